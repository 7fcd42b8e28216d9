"""One generation per sample, and a record of what the model was really given."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import anyio
import httpx
from inspect_ai.model import ChatMessage, Model, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

# (server, messages) -> rendered text and hash of its tokens. All arms of a server share its chat template.
_rendered: dict[tuple[str, str], dict[str, str | None]] = {}
_pending: dict[tuple[str, str], anyio.Event] = {}
_NOT_KNOWN: dict[str, str | None] = {"text": None, "token_sha256": None}


@solver
def respond() -> Solver:
    """Generate once, and store under `rendered_prompt` the text and token hash that the chat template made."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        messages = list(state.messages)
        state = await generate(state)
        state.metadata["rendered_prompt"] = await _render(get_model(), messages)
        return state

    return solve


def forget_rendered() -> None:
    """Drop what servers told so far: a new server, with another chat template, may stand at an old address."""
    _rendered.clear()


async def _render(model: Model, messages: list[ChatMessage]) -> dict[str, str | None]:
    """Ask a vLLM server for the rendered prompt; other providers do not tell, and get nulls."""
    url, key = getattr(model.api, "base_url", None), getattr(model.api, "api_key", None)
    if not str(model).startswith(("openai-api/vllm/", "vllm/")) or not isinstance(url, str):
        return _NOT_KNOWN
    root = url.rstrip("/").removesuffix("/v1")
    chat = [{"role": message.role, "content": message.text} for message in messages]
    place = (root, json.dumps(chat))
    if place not in _rendered:
        if place in _pending:
            await _pending[place].wait()
        else:
            _pending[place] = anyio.Event()
            try:
                answer = await _ask(root, key, model.name, chat)
                if answer is not None:
                    _rendered[place] = answer
            finally:
                _pending.pop(place).set()
    return _rendered.get(place, _NOT_KNOWN)


async def _ask(root: str, key: str | None, name: str, chat: list[dict[str, str]]) -> dict[str, str | None] | None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body: dict[str, Any] = {"model": name.removeprefix("vllm/"), "messages": chat, "add_generation_prompt": True}
    async with httpx.AsyncClient(headers=headers, timeout=60.0, trust_env=False) as client:
        try:
            answer = await client.post(f"{root}/tokenize", json=body)
            answer.raise_for_status()
            tokens = answer.json()["tokens"]
            answer = await client.post(f"{root}/detokenize", json={"model": body["model"], "tokens": tokens})
            answer.raise_for_status()
            text = answer.json()["prompt"]
        except httpx.TransportError:
            # A busy server may answer for the next sample of this item.
            return None
        except (httpx.HTTPError, ValueError, KeyError):
            # An OpenAI-compatible server need not have these two paths; the response itself is not affected.
            return _NOT_KNOWN
    return {"text": text, "token_sha256": hashlib.sha256(json.dumps(tokens).encode()).hexdigest()}
