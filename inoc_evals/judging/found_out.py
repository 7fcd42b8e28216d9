"""How a judge can be read, found out with a call or two before it rates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from inoc_evals.client.continuations import Continuations
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import EMPTY, ServerError, Unreadable
from inoc_evals.client.thinking import opened_by
from inoc_evals.protocols.reasoning import split

Reading = Literal["tree", "first token", "sampled"]
SHORT = 8  # tokens of a plain answer
# A judge that thinks first would have no number for its first token. Templates that know of no thinking pass it over.
QUIET = {"enable_thinking": False}
TEMPERATURE = 1.0
# A number of two digits shows whether digits are tokens of their own.
_PROBE, _PROBED = "Reply with exactly this number and nothing else: 73", "73"
_CLOSED_PATH = re.compile(r"refused_(?:3\d\d|4(?!29)\d\d|501)")


class Sampler(Protocol):
    """A model that can only answer. Raises ServerError for a call that stays failed."""

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies to one user message."""


@dataclass(frozen=True)
class FoundOut:
    """The best `reading` that a judge allows. Its server `tokenizes` texts, as vLLM does; `opened` is what a prompt
    ends with where the judge thinks first in spite of everything; it `thinks` first, as its short answers show."""

    reading: Reading
    tokenizes: bool = False
    opened: str | None = None
    thinks: bool = False


async def find_out(transport: Endpoint | Sampler) -> FoundOut:
    """Ask a judge how it can be read. Raises ServerError where it does not answer."""
    if not isinstance(transport, Endpoint):
        # Whether it is there, and under which name it answers.
        await transport.sample(_PROBE, 1, SHORT, TEMPERATURE)
        return FoundOut("sampled")
    start = await _tokenized_probe(transport)
    tokenizes = start is not None
    if start and await Continuations(transport, QUIET).exact(start):
        opened = await opened_by(transport, _PROBE, QUIET)
        return FoundOut("tree" if opened is None else "sampled", tokenizes, opened)
    text, tokens = await transport.probe(_PROBE) or ("", ())
    if next((token.strip() for token in tokens if token.strip()), "") == _PROBED:
        return FoundOut("first token", tokenizes)
    thinks = not text.strip().startswith(_PROBED) and await _thinks_first(transport)
    return FoundOut("sampled", tokenizes, thinks=thinks)


async def _tokenized_probe(endpoint: Endpoint) -> tuple[int, ...] | None:
    """None where the server has no such path, or lets nobody go there: whether it takes the key, others tell."""
    try:
        return await endpoint.tokenize(_PROBE, QUIET)
    except ServerError as error:
        if _CLOSED_PATH.fullmatch(error.cause):
            return None
        raise


async def _thinks_first(endpoint: Endpoint) -> bool:
    """Does a short answer hold thoughts and no more? Raises ServerError where no answer can be drawn."""
    try:
        (said,) = await endpoint.sample(_PROBE, 1, SHORT, TEMPERATURE)
    except Unreadable as error:
        if error.cause != EMPTY:
            raise
        return True
    return not split(said, cut=True).finished
