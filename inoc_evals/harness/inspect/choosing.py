"""Probabilities of options from inspect's models: exact from a vLLM server, otherwise of the likeliest first tokens."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, GenerateConfig, Model, ModelOutput

from inoc_evals.client.continuations import branches, log_sum
from inoc_evals.client.endpoint import Rendered as OnServer
from inoc_evals.client.options import distinct_forms, first_token_logs
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.messages import to_inspect
from inoc_evals.harness.inspect.rendering import record
from inoc_evals.harness.inspect.sharing import Served, cost_of, exactly
from inoc_evals.protocols.requests import Choose, Chosen, Cost, Message

Ask = Callable[[], Awaitable[ModelOutput]]
# An earlier answer to the request with these settings, or what `Ask` gives, which is kept.
Kept = Callable[[GenerateConfig, Ask], Awaitable[ModelOutput]]
# As many as OpenAI's interface allows. At temperature 1 they are the model's own, told before it is applied or after.
_TOP = GenerateConfig(max_tokens=1, temperature=1.0, top_p=1.0, logprobs=True, top_logprobs=20)
_EXACT = GenerateConfig(max_tokens=0)


async def choose(model: Model, request: Choose, kept: Kept, template: Mapping[str, Any]) -> Chosen:
    """The probabilities of the request's options, `template` being the arguments of the chat template.

    Raises InputError where options cannot be told apart, for a model that does not tell log probabilities, and for one
    that thinks first.
    """
    async with exactly(model, request.messages, template) as server:
        if server is not None:
            return await _exactly(*server, request, kept)
    return await _of_first_tokens(model, request, kept)


async def _exactly(served: Served, rendered: OnServer, request: Choose, kept: Kept) -> Chosen:
    forms = [form for spelt in request.options.values() for form in spelt]
    async with served.learning:
        paths = await served.continuations.paths(forms)
    distinct = distinct_forms(request.options, paths)
    wanted = [form for spelt in distinct.values() for form in spelt]

    async def ask() -> ModelOutput:
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
    prefixes = branches(paths[form] for form in wanted)
    cost = cost_of(rendered, prefixes)
    return Chosen(logs, min(1.0, seen), exact=True, rendered=record(rendered), cost=cost)


async def _of_first_tokens(model: Model, request: Choose, kept: Kept) -> Chosen:
    top = await likeliest_first(model, request.messages, kept)
    seen = math.fsum(math.exp(log) for log in top.values())
    return Chosen(first_token_logs(request.options, top), min(1.0, seen), exact=False, cost=Cost(1))


async def likeliest_first(model: Model, messages: Sequence[Message], kept: Kept) -> Mapping[str, float]:
    """The likeliest first tokens that a hosted model tells, with the natural logarithms of their probabilities. Raises
    InputError for a model that tells none, and for a prefilled answer."""
    if messages[-1].role == "assistant":
        raise InputError(f"{model} does not tell the probabilities of how an answer goes on; leave prefill out")
    given = to_inspect(messages)

    async def ask() -> ModelOutput:
        return await model.generate(given, config=_TOP)

    output = await kept(_TOP, ask)
    told = output.choices[0].logprobs if output.choices else None
    if told is None or not told.content or not told.content[0].top_logprobs:
        remedy = "serve the model with vLLM, or use one that tells the likeliest first tokens"
        raise InputError(f"{model} gives no log probabilities, which this task is about; {remedy}")
    top: dict[str, float] = {}
    for token in told.content[0].top_logprobs:
        # Two tokens may have one text, each a part of a character.
        top[token.token] = log_sum((top.get(token.token, -math.inf), token.logprob))
    return top


def _output(model: str, metadata: dict[str, Any]) -> ModelOutput:
    message = ChatMessageAssistant(content="", source="generate")
    return ModelOutput(model=model, choices=[ChatCompletionChoice(message=message)], metadata=metadata)
