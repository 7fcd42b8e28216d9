"""One connection to each model on a server that tells exact probabilities, shared by the samples that ask for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import Model

from inoc_evals.client.continuations import Continuations
from inoc_evals.client.endpoint import Endpoint, Rendered
from inoc_evals.client.next_tokens import NextTokens
from inoc_evals.client.thinking import refuse_thoughts
from inoc_evals.harness.inspect.rendering import endpoint_of
from inoc_evals.protocols.requests import Cost, Message


@dataclass
class Served:
    """A server's model while samples ask for it; the tokens of forms, and the texts of tokens, are learnt by one and
    used by all."""

    continuations: Continuations
    following: NextTokens
    template: Mapping[str, Any]
    users: int = 0
    learning: asyncio.Lock = field(default_factory=asyncio.Lock)
    _prompts: dict[str, Rendered | None] = field(default_factory=dict)

    async def rendered(self, messages: Sequence[Message]) -> Rendered | None:
        """What the server's chat template makes of the messages, asked for once; None from a server that is no vLLM.
        Raises ServerError."""
        chat = [{"role": message.role, "content": message.content} for message in messages]
        place = json.dumps(chat)
        if place not in self._prompts:
            self._prompts[place] = await self.continuations.endpoint.rendered(chat, self.template)
        return self._prompts[place]


_served: dict[tuple[str, str, str], Served] = {}


@asynccontextmanager
async def shared(endpoint: Endpoint, template: Mapping[str, Any]) -> AsyncIterator[Served]:
    """The one connection to a model on a server, `template` being the arguments of its chat template. It is closed when
    nobody uses it: its event loop may end then."""
    place = (endpoint.url, endpoint.model, json.dumps(template))
    served = _served.get(place)
    if served is None:
        served = Served(Continuations(endpoint, template), NextTokens(endpoint, template), template)
        _served[place] = served
    served.users += 1
    try:
        yield served
    finally:
        served.users -= 1
        if not served.users:
            # Not in the next event loop, and not for another server at this address.
            _served.pop(place, None)
            await served.continuations.endpoint.close()


@asynccontextmanager
async def exactly(
    model: Model, messages: Sequence[Message], template: Mapping[str, Any]
) -> AsyncIterator[tuple[Served, Rendered] | None]:
    """The shared connection to a model that tells exact probabilities, and the rendered messages; None for any other
    model. Raises InputError for one that thinks first."""
    endpoint = endpoint_of(model)
    if endpoint is None:
        yield None
        return
    async with shared(endpoint, template) as served:
        rendered = await served.rendered(messages)
        if rendered is not None:
            refuse_thoughts(rendered.text)
        yield None if rendered is None else (served, rendered)


def cost_of(prompt: Rendered, prefixes: Collection[Sequence[int]]) -> Cost:
    """What the next tokens after the prompt and each prefix take."""
    return Cost(len(prefixes), sum(len(prompt.tokens) + len(prefix) for prefix in prefixes))
