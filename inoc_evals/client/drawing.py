"""Drawing answers from a server that may refuse some of the ways to ask for them: what it refuses is learnt once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inoc_evals.client.errors import ServerError

# A request that is refused for what it asks, and not for who asks.
REFUSED_REQUEST = frozenset({"refused_400", "refused_422"})
_DEFAULT_TEMPERATURE = 1.0  # that of OpenAI's protocol where none is given
# Options of a request, and how many answers are wanted -> their texts.
Ask = Callable[[Mapping[str, Any], int], Awaitable[list[str]]]


@dataclass(frozen=True)
class Dialect:
    """What the limit of tokens is called, and whether a temperature may be given. OpenAI's models that think first know
    only `max_completion_tokens`, and some servers refuse a temperature."""

    limit: str
    temperature: bool

    def options(self, max_tokens: int, temperature: float) -> dict[str, Any]:
        """The options of a request that say these."""
        return {self.limit: max_tokens, **({"temperature": temperature} if self.temperature else {})}


PLAIN = Dialect("max_tokens", True)
_DIALECTS = (
    PLAIN,
    Dialect("max_completion_tokens", True),
    Dialect("max_completion_tokens", False),
    Dialect("max_tokens", False),
)


@dataclass
class Drawing:
    """How one server is asked for drawn answers. `one_by_one` is None until it is known whether it draws several in one
    call."""

    dialect: Dialect | None = None
    one_by_one: bool | None = None

    async def texts(self, ask: Ask, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` answers. A server that gives fewer than asked for is asked again, one that refuses to draw several at
        once is asked for one at a time. Raises ServerError, that of the first refusal where all ways are refused."""
        found: list[str] = []
        while len(found) < count:
            wanted = 1 if self.one_by_one or temperature == 0 else count - len(found)
            try:
                texts = await self._drawn(ask, wanted, max_tokens, temperature)
            except ServerError as error:
                # Requests that were under way when the first of them was refused are refused too.
                if wanted == 1 or error.cause not in REFUSED_REQUEST or self.one_by_one is False:
                    raise
                texts = await self._drawn(ask, 1, max_tokens, temperature)
                self.one_by_one = True
            else:
                if wanted > 1:
                    self.one_by_one = False
            found += texts
        return found

    async def _drawn(self, ask: Ask, wanted: int, max_tokens: int, temperature: float) -> list[str]:
        several = {"n": wanted} if wanted > 1 else {}
        refusal: ServerError | None = None
        for dialect in _DIALECTS if self.dialect is None else (self.dialect,):
            if not (dialect.temperature or temperature == _DEFAULT_TEMPERATURE):
                continue
            try:
                texts = await ask({**dialect.options(max_tokens, temperature), **several}, wanted)
            except ServerError as error:
                if error.cause not in REFUSED_REQUEST:
                    raise
                refusal = refusal or error
                continue
            self.dialect = dialect
            return texts
        raise refusal or ServerError("failed", "there is no way to ask for this temperature")
