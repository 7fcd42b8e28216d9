"""What a vLLM server's chat template makes of a conversation, asked once for each prompt."""

from __future__ import annotations

import json
from collections.abc import Sequence

import anyio
from inspect_ai.model import ChatMessage, Model

from inoc_evals.client.endpoint import Endpoint, Rendered
from inoc_evals.client.errors import INCOMPLETE, TIMEOUT, UNREACHABLE, ServerError
from inoc_evals.protocols import requests
from inoc_evals.protocols.requests import UNKNOWN

# (server, messages) -> rendered text and tokens. All arms of a server share its chat template.
_rendered: dict[tuple[str, str], Rendered | None] = {}
_pending: dict[tuple[str, str], anyio.Event] = {}


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


async def render(model: Model, messages: Sequence[ChatMessage]) -> Rendered | None:
    """Ask a vLLM server for the rendered prompt; None from one that does not tell, and from other providers."""
    endpoint = endpoint_of(model)
    if endpoint is None or not on_vllm(model):
        return None
    chat = [{"role": message.role, "content": message.text} for message in messages]
    place = (endpoint.url, json.dumps(chat))
    if place not in _rendered:
        if place in _pending:
            await _pending[place].wait()
        else:
            _pending[place] = anyio.Event()
            try:
                await _ask(endpoint, place, chat)
            finally:
                _pending.pop(place).set()
    return _rendered.get(place)


async def _ask(endpoint: Endpoint, place: tuple[str, str], chat: list[dict[str, str]]) -> None:
    endpoint.tries = 1
    async with endpoint:
        try:
            _rendered[place] = await endpoint.rendered(chat)
        except ServerError as error:
            # A busy server may answer for the next sample of this item; the response itself is not affected.
            if error.cause not in (UNREACHABLE, TIMEOUT, INCOMPLETE):
                _rendered[place] = None
