"""What a vLLM server's chat template makes of a conversation, asked once for each prompt."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import anyio
from inspect_ai.model import ChatMessage, Model

from inoc_evals.client.endpoint import Endpoint, Rendered
from inoc_evals.client.errors import INCOMPLETE, TIMEOUT, UNREACHABLE, ServerError
from inoc_evals.client.thinking import thinks
from inoc_evals.protocols import requests
from inoc_evals.protocols.requests import UNKNOWN

# (server, messages, arguments of the template) -> rendered text and tokens. All arms of a server share its template.
Asked = tuple[str, str, str]
_rendered: dict[Asked, Rendered | None] = {}
_pending: dict[tuple[str, ...], anyio.Event] = {}
# Does a server's model think, its template having these arguments?
_thinking: dict[tuple[str, str], bool] = {}
# Whether a text is reasoning depends on its prompt, so that a server that is busy for a moment is asked again.
_TRIES = 3
# Servers without such paths, which are not vLLM.
_silent: set[str] = set()


def on_vllm(model: Model) -> bool:
    """Is this a model on a vLLM server?"""
    return str(model).startswith(("openai-api/vllm/", "openai-api/vllm-", "vllm/"))


def endpoint_of(model: Model) -> Endpoint | None:
    """The server behind the model, which may be vLLM, for the caller to close; None for providers of their own."""
    url, key = getattr(model.api, "base_url", None), getattr(model.api, "api_key", None)
    if not str(model).startswith(("openai-api/", "vllm/")) or not isinstance(url, str):
        return None
    return Endpoint(url, model.api.service_model_name(), key, timeout_s=60.0)


def record(rendered: Rendered | None) -> requests.Rendered:
    """What is stored of a rendered prompt."""
    return UNKNOWN if rendered is None else requests.Rendered(**rendered.record())


def forget_rendered() -> None:
    """Drop what servers told so far: a new server, with another chat template, may stand at an old address."""
    _rendered.clear()
    _thinking.clear()
    _silent.clear()


async def render(
    model: Model, messages: Sequence[ChatMessage], template: Mapping[str, Any] | None = None
) -> Rendered | None:
    """Ask a server that may be vLLM for the prompt as its chat template, with the arguments `template`, renders it.
    None from one that does not tell, and from other providers."""
    endpoint = endpoint_of(model)
    if endpoint is None or endpoint.url in _silent:
        return None
    chat = [{"role": message.role, "content": message.text} for message in messages]
    place = (endpoint.url, json.dumps(chat), json.dumps(template or {}))
    if place not in _rendered:
        await _once(place, lambda: _ask(endpoint, place, chat, template or {}))
    return _rendered.get(place)


async def model_thinks(model: Model, template: Mapping[str, Any]) -> bool:
    """Does the model think before it answers, as far as its server's chat template tells? Asked once of a server."""
    endpoint = endpoint_of(model)
    if endpoint is None or endpoint.url in _silent:
        return False
    place = (endpoint.url, json.dumps(template))
    if place not in _thinking:
        await _once(place, lambda: _look(endpoint, place, template))
    return _thinking.get(place, False)


async def _once(place: tuple[str, ...], ask: Callable[[], Awaitable[None]]) -> None:
    """Let one of those who want to know ask, and the others wait for it."""
    if place in _pending:
        await _pending[place].wait()
        return
    _pending[place] = anyio.Event()
    try:
        await ask()
    finally:
        _pending.pop(place).set()


async def _look(endpoint: Endpoint, place: tuple[str, str], template: Mapping[str, Any]) -> None:
    endpoint.tries = _TRIES
    async with endpoint:
        try:
            _thinking[place] = await thinks(endpoint, template)
        except ServerError as error:
            # A busy server may answer for the next sample.
            if error.cause not in (UNREACHABLE, TIMEOUT, INCOMPLETE):
                _thinking[place] = False


async def _ask(endpoint: Endpoint, place: Asked, chat: list[dict[str, str]], template: Mapping[str, Any]) -> None:
    endpoint.tries = _TRIES
    async with endpoint:
        try:
            rendered = _rendered[place] = await endpoint.rendered(chat, template)
            if rendered is None:
                _silent.add(endpoint.url)
        except ServerError as error:
            # A busy server may answer for the next sample of this item; the response itself is not affected.
            if error.cause not in (UNREACHABLE, TIMEOUT, INCOMPLETE):
                _rendered[place] = None
