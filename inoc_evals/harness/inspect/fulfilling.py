"""What protocols ask for, fulfilled by inspect's models. Answers are kept as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Model,
    ModelOutput,
    get_model,
    model_roles,
)
from inspect_ai.util import collect

from inoc_evals.checkpoints.providers import goes_on
from inoc_evals.client.endpoint import CONTINUE
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.answers import Place, answered, request_key
from inoc_evals.harness.inspect.choosing import choose
from inoc_evals.harness.inspect.messages import completion, to_inspect, tool_infos
from inoc_evals.harness.inspect.rendering import on_vllm, record, render
from inoc_evals.protocols.requests import Choose, Generate, Generated, Reply, Request


class Fulfilling:
    """Requests of one sample on `model`, one after another; `outputs` are inspect's own of the evaluated model.

    Raises InputError for a request that the model cannot fulfil.
    """

    def __init__(self, model: Model, place: Place, task_sha256: str) -> None:
        self.outputs: list[ModelOutput] = []
        self._model, self._place, self._task_sha256 = model, place, task_sha256
        # A number for each answer of the sample, so that the same request twice is two answers.
        self._numbers = 0

    async def __call__(self, request: Request) -> Reply:
        """The reply to `Generate` and `Choose`."""
        number = self._numbers
        if isinstance(request, Generate):
            self._numbers += request.n
            return await self._generate(request, number)
        if isinstance(request, Choose):
            self._numbers += 1
            return await choose(self._model, request, partial(self._kept, to_inspect(request.messages), number))
        raise InputError(f"a protocol asks for {type(request).__name__}, which is a measure's to ask for")

    async def _generate(self, request: Generate, number: int) -> Generated:
        """One request for all `n` answers; what a provider leaves out is drawn one by one."""
        model = self._model if request.role is None else _bound(request.role)
        messages = to_inspect(request.messages)
        decoding = GenerateConfig(**asdict(request.decoding))
        config = _config(model, messages).merge(decoding)
        tools = tool_infos(request.tools)
        # What no request had before stands in no key, so that answers kept of it are found.
        also = [request.role, [asdict(tool) for tool in request.tools]] if request.role or tools else []

        async def drawn(number: int, config: GenerateConfig) -> ModelOutput:
            async def generate() -> ModelOutput:
                return await model.generate(list(messages), tools=tools, config=config)

            return await self._kept(messages, number, config, generate, also)

        output = await drawn(number, config.merge(GenerateConfig(num_choices=request.n)))
        missing = request.n - len(output.choices)
        if missing > 0:
            more = await collect(*[drawn(number + extra, config) for extra in range(1, missing + 1)])
            output.choices = [*output.choices, *(choice for each in more for choice in each.choices[:1])]
        if request.role is None:
            self.outputs.append(output)
        # The first prompt of a sample is the one that its condition makes.
        rendered = await render(model, messages) if number == 0 and request.role is None else None
        return Generated(tuple(map(completion, output.choices)), record(rendered))

    async def _kept(
        self,
        messages: Sequence[ChatMessage],
        number: int,
        config: GenerateConfig,
        ask: Callable[[], Awaitable[ModelOutput]],
        also: Sequence[object] = (),
    ) -> ModelOutput:
        key = request_key(self._place, self._task_sha256, messages, config, number, also)
        return await answered(key, self._place, ask)


def _bound(role: str) -> Model:
    """The model of a role. Raises InputError where there is none: inspect would let the evaluated model play it."""
    if role not in model_roles():
        remedy = f"write --model-role {role}=PROVIDER/MODEL"
        raise InputError(f"this task talks to the model of role {role!r}, and there is none; {remedy}")
    return get_model(role=role)


def _config(model: Model, messages: Sequence[ChatMessage]) -> GenerateConfig:
    if not isinstance(messages[-1], ChatMessageAssistant):
        return GenerateConfig()
    if on_vllm(model):
        return GenerateConfig(extra_body=dict(CONTINUE))
    if goes_on(str(model)):
        return GenerateConfig()
    message = f"{model} does not go on with the beginning of an answer; leave prefill out, or serve the model with vLLM"
    raise InputError(message)
