"""Is there a server at an address, does it take the key, and does it know the model? Asked of all at once, in seconds.

Nothing is retried for long and nothing is paid for where a list of models answers; a server without one, or whose list
lacks the model, is asked for one token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from inoc_evals.spec.words import did_you_mean, shown

if TYPE_CHECKING:
    import httpx

CONNECT_S, ANSWER_S = 4.0, 8.0
# The answer to all that is asked of one server. A name that does not resolve, or an answer that comes byte by byte,
# would otherwise take as long as it likes.
DEADLINE_S = 9.0
_PAUSE_S = 0.5
_TRIES = 3
_REFUSED = (401, 403)


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
    import httpx

    local = target.url.startswith(("http://127.", "http://localhost", "http://[::1]"))
    headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    try:
        with httpx.Client(headers=headers, timeout=timeout, trust_env=not local) as client:
            return _look(client, target)
    except httpx.TimeoutException as error:
        return _not_reached(target) if isinstance(error, httpx.ConnectTimeout) else _silent(target)
    except (httpx.ConnectError, httpx.ReadError, httpx.WriteError) as error:
        return _nobody(target, str(error) or type(error).__name__)
    except httpx.HTTPError as error:
        return f"what answers at {target.url} is no server of models ({error}); correct the address"
    # A wrong proxy or certificate setting of the user shows as one of the others.
    except (httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        return f"{shown(target.url)} cannot be asked ({error}); correct the address, or the settings of the proxy"


def _look(client: httpx.Client, target: Target) -> str | None:
    root = target.url.rstrip("/")
    listed = _again(lambda: client.get(f"{root}/models"))
    if listed.is_redirect:
        return f"{root} redirects to {listed.headers.get('location')}; write the address behind it"
    if listed.status_code >= 500:
        return f"the server at {root} answers with status {listed.status_code}; try again when it is up"
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
        said = "refuses the key" if target.key else "wants a key"
        return f"the server at {target.url} {said} (status {status}); put the right one into {target.key_place}"
    if status >= 500:
        return f"the server at {target.url} answers with status {status}; try again when it is up"
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


def _again(ask: Any) -> httpx.Response:
    """The answer, asked for again while it is one of a server that is busy or begins."""
    answer = ask()
    for _ in range(_TRIES - 1):
        if answer.status_code < 500:
            break
        time.sleep(_PAUSE_S)
        answer = ask()
    return answer  # type: ignore[no-any-return]


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
    return f"nobody answers at {target.url} ({reason}); start the server there, or correct the address"


def _not_reached(target: Target) -> str:
    return _nobody(target, f"no connection within {CONNECT_S:.0f} s")


def _silent(target: Target) -> str:
    what = f"the server at {target.url} takes connections and gives no answer within {ANSWER_S:.0f} s"
    return f"{what}; see what it is busy with, or correct the address"
