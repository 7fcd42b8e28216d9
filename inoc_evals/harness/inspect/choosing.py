"""Probabilities of options from inspect's models: exact from a vLLM server, otherwise of the likeliest first tokens."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, GenerateConfig, Model, ModelOutput

from inoc_evals.client.continuations import Continuations, log_sum
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.endpoint import Rendered as OnServer
from inoc_evals.client.options import distinct_forms, first_token_logs
from inoc_evals.client.thinking import refuse_thoughts
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.messages import to_inspect
from inoc_evals.harness.inspect.rendering import endpoint_of, record
from inoc_evals.protocols.requests import Choose, Chosen

Ask = Callable[[], Awaitable[ModelOutput]]
# An earlier answer to the request with these settings, or what `Ask` gives, which is kept.
Kept = Callable[[GenerateConfig, Ask], Awaitable[ModelOutput]]
# As many as OpenAI's interface allows. At temperature 1 they are the model's own, told before it is applied or after.
_TOP = GenerateConfig(max_tokens=1, temperature=1.0, top_p=1.0, logprobs=True, top_logprobs=20)
_EXACT = GenerateConfig(max_tokens=0)


@dataclass
class _Served:
    """A server's model while samples ask for it; the tokens of forms are learnt by one and used by all."""

    continuations: Continuations
    users: int = 0
    learning: asyncio.Lock = field(default_factory=asyncio.Lock)


_served: dict[tuple[str, str, str], _Served] = {}


async def choose(model: Model, request: Choose, kept: Kept, template: Mapping[str, Any]) -> Chosen:
    """The probabilities of the request's options, `template` being the arguments of the chat template.

    Raises InputError where options cannot be told apart, for a model that does not tell log probabilities, and for one
    that thinks first.
    """
    endpoint = endpoint_of(model)
    if endpoint is not None:
        async with _shared(endpoint, template) as served:
            rendered = await served.continuations.endpoint.rendered(_chat(request), template)
            if rendered is not None:
                refuse_thoughts(rendered.text)
                return await _exactly(served, request, rendered, kept)
    return await _of_first_tokens(model, request, kept)


async def _exactly(served: _Served, request: Choose, rendered: OnServer, kept: Kept) -> Chosen:
    forms = [form for spelt in request.options.values() for form in spelt]
    async with served.learning:
        paths = await served.continuations.paths(forms)
    distinct = distinct_forms(request.options, paths)

    async def ask() -> ModelOutput:
        wanted = [form for spelt in distinct.values() for form in spelt]
        logs = await served.continuations.log_probabilities(rendered.tokens, wanted)
        # JSON has no infinity.
        plain = {form: None if math.isinf(log) else log for form, log in logs.items()}
        return _output(served.continuations.endpoint.model, {"logs": plain})

    output = await kept(_EXACT, ask)
    told: dict[str, float | None] = (output.metadata or {})["logs"]
    logs = {
        option: {form: -math.inf if (log := told[form]) is None else log for form in spelt}
        for option, spelt in distinct.items()
    }
    seen = math.exp(log_sum(log for spelt in logs.values() for log in spelt.values()))
    return Chosen(logs, min(1.0, seen), exact=True, rendered=record(rendered))


async def _of_first_tokens(model: Model, request: Choose, kept: Kept) -> Chosen:
    messages = to_inspect(request.messages)
    if request.messages[-1].role == "assistant":
        raise InputError(f"{model} does not tell the probabilities of how an answer goes on; leave prefill out")

    async def ask() -> ModelOutput:
        return await model.generate(messages, config=_TOP)

    output = await kept(_TOP, ask)
    told = output.choices[0].logprobs if output.choices else None
    if told is None or not told.content or not told.content[0].top_logprobs:
        remedy = "serve the model with vLLM, or use one that tells the likeliest first tokens"
        raise InputError(f"{model} gives no log probabilities, which this task is about; {remedy}")
    top: dict[str, float] = {}
    for token in told.content[0].top_logprobs:
        # Two tokens may have one text, each a part of a character.
        top[token.token] = log_sum((top.get(token.token, -math.inf), token.logprob))
    seen = math.fsum(math.exp(log) for log in top.values())
    return Chosen(first_token_logs(request.options, top), min(1.0, seen), exact=False)


@asynccontextmanager
async def _shared(endpoint: Endpoint, template: Mapping[str, Any]) -> AsyncIterator[_Served]:
    """The one connection to a model on a server, closed when nobody uses it: its event loop may end then."""
    place = (endpoint.url, endpoint.model, json.dumps(template))
    served = _served.get(place)
    if served is None:
        served = _served[place] = _Served(Continuations(endpoint, template))
    served.users += 1
    try:
        yield served
    finally:
        served.users -= 1
        if not served.users:
            # Not in the next event loop, and not for another server at this address.
            _served.pop(place, None)
            await served.continuations.endpoint.close()


def _chat(request: Choose) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in request.messages]


def _output(model: str, metadata: dict[str, Any]) -> ModelOutput:
    message = ChatMessageAssistant(content="", source="generate")
    return ModelOutput(model=model, choices=[ChatCompletionChoice(message=message)], metadata=metadata)
