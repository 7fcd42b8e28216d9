"""Is there a server at an address, does it take the key, and does it know the model? Asked of all at once, in seconds.

Nothing is retried for long and nothing is paid for where a list of models answers; a server without one, or whose list
lacks the model, is asked for one token.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from inoc_evals.client.apart import run_apart
from inoc_evals.client.errors import INCOMPLETE, MALFORMED, TIMEOUT
from inoc_evals.client.post import Failure, connected, fetch
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError

if TYPE_CHECKING:
    import aiohttp

CONNECT_S, ANSWER_S = 4.0, 8.0
# The answer to all that is asked of one server. A name that does not resolve, or an answer that comes byte by byte,
# would otherwise take as long as it likes.
DEADLINE_S = 9.0
_PAUSE_S = 0.5
_TRIES = 3
_REFUSED = (401, 403)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Target:
    """A `model` behind the OpenAI-compatible interface at `url` (up to and including /v1). `key_place` says where its
    key belongs. An address that is not the user's `own` belongs to a provider, who may have other paths."""

    url: str
    model: str
    key: str | None = field(repr=False)
    key_place: str
    own: bool = True


class Probes:
    """Targets that are being looked at, each in a thread of its own; the same target is looked at once."""

    def __init__(self) -> None:
        self._found: dict[Target, list[str | None]] = {}
        self._threads: list[threading.Thread] = []

    def start(self, target: Target) -> None:
        """Begin to look at `target`."""
        if target in self._found:
            return
        answer = self._found[target] = []

        def look() -> None:
            answer.append(fault_of(target))

        # A thread that hangs must not keep the program from ending.
        thread = threading.Thread(target=look, name=f"probe of {target.url}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def faults(self) -> Iterator[str]:
        """What is wrong with the targets, at most `DEADLINE_S` after the last of them was begun."""
        until = time.monotonic() + DEADLINE_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for target, answer in self._found.items():
            fault = answer[0] if answer else _silent(target)
            if fault is not None:
                yield fault


def fault_of(target: Target) -> str | None:
    """What is wrong with `target`, in one sentence, or None."""
    try:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            return runner.run(_asked(target, lambda session: _look(session, target)))
    except InputError as error:
        return str(error)


def models_at(url: str, key: str, key_place: str) -> list[str]:
    """The names of the models that the server at `url` lists. Raises InputError, in seconds, if it gives no list;
    `key_place` says where its key belongs."""
    target = Target(url, "", key or None, key_place)

    async def look(session: aiohttp.ClientSession) -> list[str]:
        answer = await _list(session, target)
        if isinstance(answer, Failure) and answer.status in _REFUSED:
            raise InputError(_key_refused(target, answer.status))
        if not (names := _names(answer)):
            raise InputError(f"no model list at {url}/models; check the address, which ends in /v1")
        return names

    return run_apart(_asked(target, look))


def listed(url: str, key: str) -> list[str] | Failure:
    """The same at once, without a second try or a sentence about what is wrong."""

    async def look(session: aiohttp.ClientSession) -> list[str] | Failure:
        answer = await fetch(session, "GET", f"{url}/models", key)
        return answer if isinstance(answer, Failure) else _names(answer)

    return run_apart(_asked(Target(url, "", key, ""), look))


class _Loop(asyncio.SelectorEventLoop):
    """Looks names up in its own thread. One of asyncio's pool that hangs would keep the program from ending."""

    async def getaddrinfo(self, *args: Any, **options: Any) -> Any:
        return socket.getaddrinfo(*args, **options)


async def _asked(target: Target, ask: Callable[[aiohttp.ClientSession], Awaitable[Result]]) -> Result:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)
    async with connected(target.url, target.key, 1, timeout) as session:
        return await ask(session)


async def _look(session: aiohttp.ClientSession, target: Target) -> str | None:
    root = target.url.rstrip("/")
    known = await _list(session, target)
    names = _names(known)
    if target.model in names or (isinstance(known, Failure) and known.status == 429):
        return None
    model = await _reached(session, target, "GET", f"{root}/models/{quote(target.model, safe='/:@')}")
    if isinstance(model, dict) and "id" in model:
        return None
    asked = {"model": target.model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    return _of_request(await _reached(session, target, "POST", f"{root}/chat/completions", asked), target, names)


def _of_request(answer: object, target: Target, known: Sequence[str]) -> str | None:
    status = answer.status if isinstance(answer, Failure) else 200
    if status in _REFUSED:
        return _key_refused(target, status)
    if status >= 500:
        return _not_up(target, status)
    if known and status in (400, 404, 422):
        some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
        hint = did_you_mean(target.model, known)
        return f"the server at {target.url} has no model {shown(target.model)}; it has: {some}{hint}"
    if not target.own:
        return None
    if status in (404, 405, 501):
        what = f"the server at {target.url} has no model {shown(target.model)}, or no chat there (status {status})"
        return f"{what}; correct the name, or the address, which mostly ends in /v1"
    if status in (0, 200) and not (isinstance(answer, dict) and "choices" in answer):
        return f"what answers at {target.url} is no server of models; correct the address, which mostly ends in /v1"
    # Anything else is about this one request: OpenAI's reasoning models, for one, refuse max_tokens.
    return None


async def _list(session: aiohttp.ClientSession, target: Target) -> object:
    """The answer to the question for the list of models, asked again while it is one of a server that is busy or
    begins. Raises InputError for a server that stays so, and for one that sends elsewhere."""
    root = target.url.rstrip("/")
    for attempt in range(_TRIES):
        if attempt:
            await asyncio.sleep(_PAUSE_S)
        answer = await _reached(session, target, "GET", f"{root}/models")
        if not isinstance(answer, Failure) or answer.status < 500:
            break
    if isinstance(answer, Failure) and answer.status >= 500:
        raise InputError(_not_up(target, answer.status))
    if isinstance(answer, Failure) and 300 <= answer.status < 400:
        raise InputError(f"{root} answers with {answer.said}; write the address behind it")
    return answer


async def _reached(
    session: aiohttp.ClientSession, target: Target, method: str, url: str, body: object = None
) -> object:
    """The answer, or the Failure of a server that is there. Raises InputError where none is."""
    answer = await fetch(session, method, url, target.key, body)
    if not isinstance(answer, Failure) or answer.status or answer.cause == MALFORMED:
        return answer
    if answer.cause == TIMEOUT:
        raise InputError(_silent(target))
    if not answer.again:
        remedy = "correct the address, or the settings of the proxy"
        raise InputError(f"{shown(target.url)} cannot be asked ({answer.said}); {remedy}")
    if answer.speaks or answer.cause == INCOMPLETE:
        message = f"what answers at {target.url} is no server of models ({answer.said}); correct the address"
        raise InputError(message)
    raise InputError(_nobody(target, answer.said))


def _names(answer: object) -> list[str]:
    """The names in a list of models, sorted; none where the answer is no list."""
    entries = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(entries, list):
        return []
    return sorted(entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str))


def _nobody(target: Target, reason: str) -> str:
    return f"nobody answers at {target.url} ({reason}); start the server there, or correct the address"


def _key_refused(target: Target, status: int) -> str:
    said = "refuses the key" if target.key else "wants a key"
    return f"the server at {target.url} {said} (status {status}); put the right one into {target.key_place}"


def _not_up(target: Target, status: int) -> str:
    return f"the server at {target.url} answers with status {status}; try again when it is up"


def _silent(target: Target) -> str:
    what = f"the server at {target.url} takes connections and gives no answer within {ANSWER_S:.0f} s"
    return f"{what}; see what it is busy with, or correct the address"
