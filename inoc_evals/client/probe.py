"""Is there a server at an address, does it take the key, and does it know the model? Asked of all at once, in seconds.

Nothing is retried for long and nothing is paid for where a list of models answers; a server without one, or whose list
lacks the model, is asked for one token.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError

if TYPE_CHECKING:
    import httpx

CONNECT_S, ANSWER_S = 4.0, 8.0
# The answer to all that is asked of one server. A name that does not resolve, or an answer that comes byte by byte,
# would otherwise take as long as it likes.
DEADLINE_S = 9.0
_PAUSE_S = 0.5
_TRIES = 3
_REFUSED = (401, 403)
_ERROR_NUMBER = re.compile(r"\[Errno -?\d+\] ")
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
        return _asked(target, lambda client: _look(client, target))
    except InputError as error:
        return str(error)


def models_at(url: str, key: str, key_place: str) -> list[str]:
    """The names of the models that the server at `url` lists. Raises InputError, in seconds, if it gives no list;
    `key_place` says where its key belongs."""
    target = Target(url, "", key or None, key_place)

    def look(client: httpx.Client) -> list[str]:
        answer = _list(client, target)
        if answer.status_code in _REFUSED:
            raise InputError(_key_refused(target, answer.status_code))
        if not (names := _names(answer)):
            raise InputError(f"no model list at {url}/models; check the address, which ends in /v1")
        return names

    return _asked(target, look)


def _asked(target: Target, ask: Callable[[httpx.Client], Result]) -> Result:
    """What `ask` gives for a connected client. Raises InputError if the server is not reached or does not answer."""
    import httpx

    local = target.url.startswith(("http://127.", "http://localhost", "http://[::1]"))
    headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    try:
        with httpx.Client(headers=headers, timeout=timeout, trust_env=not local) as client:
            return ask(client)
    except httpx.ConnectTimeout:
        raise InputError(_nobody(target, f"no connection within {CONNECT_S:.0f} s")) from None
    except httpx.TimeoutException:
        raise InputError(_silent(target)) from None
    except (httpx.ConnectError, httpx.ReadError, httpx.WriteError) as error:
        raise InputError(_nobody(target, str(error) or type(error).__name__)) from None
    except httpx.HTTPError as error:
        message = f"what answers at {target.url} is no server of models ({error}); correct the address"
        raise InputError(message) from None
    # A wrong proxy or certificate setting of the user shows as one of the others.
    except (httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        message = f"{shown(target.url)} cannot be asked ({error}); correct the address, or the settings of the proxy"
        raise InputError(message) from None


def _look(client: httpx.Client, target: Target) -> str | None:
    root = target.url.rstrip("/")
    listed = _list(client, target)
    known = _names(listed)
    if target.model in known or listed.status_code == 429:
        return None
    one = client.get(f"{root}/models/{quote(target.model, safe='/:@')}")
    if one.status_code == 200 and "id" in _json(one):
        return None
    asked = {"model": target.model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    return _of_request(client.post(f"{root}/chat/completions", json=asked), target, known)


def _of_request(answer: httpx.Response, target: Target, known: Sequence[str]) -> str | None:
    status = answer.status_code
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
    if status == 200 and "choices" not in _json(answer):
        return f"what answers at {target.url} is no server of models; correct the address, which mostly ends in /v1"
    # Anything else is about this one request: OpenAI's reasoning models, for one, refuse max_tokens.
    return None


def _list(client: httpx.Client, target: Target) -> httpx.Response:
    """The answer to the question for the list of models, asked again while it is one of a server that is busy or
    begins. Raises InputError for a server that stays so, and for one that sends elsewhere."""
    root = target.url.rstrip("/")
    answer = client.get(f"{root}/models")
    for _ in range(_TRIES - 1):
        if answer.status_code < 500:
            break
        time.sleep(_PAUSE_S)
        answer = client.get(f"{root}/models")
    if answer.status_code >= 500:
        raise InputError(_not_up(target, answer.status_code))
    if answer.is_redirect:
        raise InputError(f"{root} redirects to {answer.headers.get('location')}; write the address behind it")
    return answer


def _names(answer: httpx.Response) -> list[str]:
    """The names in a list of models, sorted; none where the answer is no list."""
    try:
        reply = answer.json() if answer.status_code == 200 else None
    except (ValueError, RecursionError):
        return []
    entries = reply.get("data") if isinstance(reply, dict) else reply
    if not isinstance(entries, list):
        return []
    return sorted(entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        reply = answer.json()
    except (ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) else {}


def _nobody(target: Target, reason: str) -> str:
    reason = _ERROR_NUMBER.sub("", reason)
    return f"nobody answers at {target.url} ({reason}); start the server there, or correct the address"


def _key_refused(target: Target, status: int) -> str:
    said = "refuses the key" if target.key else "wants a key"
    return f"the server at {target.url} {said} (status {status}); put the right one into {target.key_place}"


def _not_up(target: Target, status: int) -> str:
    return f"the server at {target.url} answers with status {status}; try again when it is up"


def _silent(target: Target) -> str:
    what = f"the server at {target.url} takes connections and gives no answer within {ANSWER_S:.0f} s"
    return f"{what}; see what it is busy with, or correct the address"
