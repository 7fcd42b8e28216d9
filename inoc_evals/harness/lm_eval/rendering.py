"""What a server's chat template makes of messages, asked of vLLM's /tokenize and /detokenize."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import InputError, WorkError

if TYPE_CHECKING:
    import httpx

# vLLM goes on with a last message of the assistant only if it is told to.
CONTINUE = {"add_generation_prompt": False, "continue_final_message": True}
_AT_ONCE = 32
_WAITS_S = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Rendered:
    """The prompt's text and tokens."""

    text: str
    tokens: tuple[int, ...]

    def record(self) -> dict[str, str]:
        """Text and hash of the tokens, as the inspect logs have them under `rendered_prompt`."""
        digest = hashlib.sha256(json.dumps(list(self.tokens)).encode()).hexdigest()
        return {"text": self.text, "token_sha256": digest}


async def render_on_server(
    url: str, model: str, key: str, chats: Sequence[list[dict[str, str]]]
) -> list[Rendered | None]:
    """Every chat as the server renders it; None where the server has no such paths.

    Raises InputError if the server's template refuses a chat, WorkError if the server cannot be reached.
    """
    import httpx

    root = url.rstrip("/").removesuffix("/v1")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(client: httpx.AsyncClient, chat: list[dict[str, str]]) -> Rendered | None:
        going_on = chat[-1]["role"] == "assistant"
        body = {"model": model, "messages": chat, **(CONTINUE if going_on else {"add_generation_prompt": True})}
        async with gate:
            made = await _post(client, f"{root}/tokenize", body)
            if made.status_code in (404, 405):
                return None
            if made.status_code == 400:
                raise InputError(f"the server's chat template refuses a prompt of this task: {_message(made.text)}")
            tokens = made.raise_for_status().json()["tokens"]
            text = await _post(client, f"{root}/detokenize", {"model": model, "tokens": tokens})
            return Rendered(text.raise_for_status().json()["prompt"], tuple(tokens))

    try:
        async with httpx.AsyncClient(headers=headers, timeout=60.0, trust_env=False) as client:
            return list(await asyncio.gather(*(one(client, chat) for chat in chats)))
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        raise WorkError(f"the server at {url} does not answer ({said}); check its address and key") from None


async def _post(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> httpx.Response:
    import httpx

    for wait in _WAITS_S:
        try:
            return await client.post(url, json=body)
        except httpx.TransportError:
            # A busy server turns connections away.
            await asyncio.sleep(wait)
    return await client.post(url, json=body)


def _message(text: str) -> str:
    try:
        reply: Any = json.loads(text)
    except ValueError:
        return text[:300]
    error = reply.get("error") if isinstance(reply, dict) else None
    return str(error.get("message") if isinstance(error, dict) else reply)[:300]
