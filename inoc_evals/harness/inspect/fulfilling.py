"""What protocols ask for, fulfilled by inspect's models. Answers are kept as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

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

from inoc_evals.checkpoints.providers import goes_on, takes_template
from inoc_evals.client.endpoint import CONTINUE, TEMPLATE, Rendered
from inoc_evals.client.thinking import opens
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.answers import Place, answered, request_key
from inoc_evals.harness.inspect.choosing import choose
from inoc_evals.harness.inspect.compat import limit_of_answers, parted
from inoc_evals.harness.inspect.following import follow
from inoc_evals.harness.inspect.messages import completions, to_inspect, tool_infos, with_reasoning
from inoc_evals.harness.inspect.rendering import model_thinks, on_vllm, record, render
from inoc_evals.plan.thinking import DROP, Thinking
from inoc_evals.protocols.reasoning import told_apart
from inoc_evals.protocols.requests import Choose, Generate, Generated, NextTokens, Reply, Request, Tokens

_PLAIN = Thinking()


class Fulfilling:
    """Requests of one sample on `model`, one after another; `outputs` are inspect's own of the evaluated model.

    Raises InputError for a request that the model cannot fulfil.
    """

    def __init__(self, model: Model, place: Place, task_sha256: str, thinking: Thinking = _PLAIN) -> None:
        self.outputs: list[ModelOutput] = []
        self._model, self._place, self._task_sha256, self._thinking = model, place, task_sha256, thinking
        # A number for each answer of the sample, so that the same request twice is two answers.
        self._numbers = 0

    async def __call__(self, request: Request) -> Reply:
        """The reply to `Generate`, `Choose` and `NextTokens`."""
        number = self._numbers
        if isinstance(request, Generate):
            self._numbers += request.n
            return await self._generate(request, number)
        if isinstance(request, Choose | NextTokens):
            self._numbers += 1
            template = self._thinking.template(choosing=True)
            kept = partial(self._kept, to_inspect(request.messages), number)
            if isinstance(request, NextTokens):
                return await follow(self._model, request, kept, template)
            return await choose(self._model, request, kept, template)
        raise InputError(f"a protocol asks for {type(request).__name__}, which is a measure's to ask for")

    async def _generate(self, request: Generate, number: int) -> Generated:
        """One request for all `n` answers; what a provider leaves out is drawn one by one."""
        model = self._model if request.role is None else _bound(request.role)
        messages = to_inspect(request.messages)
        # What a partner is asked is no matter of the evaluated model's template.
        template = self._thinking.template() if request.role is None else {}
        rendered = await render(model, messages, template)
        config = _config(model, messages, template).merge(GenerateConfig(**asdict(request.decoding)))
        if request.role is None:
            config = config.merge(await self._with_room(config, template, rendered))
        tools = tool_infos(request.tools)
        # What no request had before stands in no key, so that answers kept of it are found.
        also = [request.role, [asdict(tool) for tool in request.tools]] if request.role or tools else []

        async def drawn(number: int, config: GenerateConfig) -> ModelOutput:
            async def generate() -> ModelOutput:
                limit = config.max_tokens or limit_of_answers()
                part = partial(self._part, request, rendered, limit)
                with parted(model, part, forget=self._thinking.reasoning == DROP):
                    return await model.generate(list(messages), tools=tools, config=config)

            return await self._kept(messages, number, config, generate, also)

        output = await drawn(number, config.merge(GenerateConfig(num_choices=request.n)))
        missing = request.n - len(output.choices)
        if missing > 0:
            more = await collect(*[drawn(number + extra, config) for extra in range(1, missing + 1)])
            output = _joined(output, more)
        if request.role is None:
            self.outputs.append(output)
        # The first prompt of a sample is the one that its condition makes.
        first = rendered if number == 0 and request.role is None else None
        return Generated(completions(output), record(first))

    async def _with_room(
        self, config: GenerateConfig, template: Mapping[str, Any], rendered: Rendered | None
    ) -> GenerateConfig:
        """The limit of tokens with room for reasoning, where there is a limit and the model thinks."""
        limit = config.max_tokens or limit_of_answers()
        if limit is None:
            return GenerateConfig()
        thinks = await model_thinks(self._model, template) or (rendered is not None and opens(rendered.text))
        known = (len(rendered.tokens), rendered.limit) if rendered is not None else (0, None)
        room = self._thinking.room(thinks, limit, *known)
        return GenerateConfig(max_tokens=limit + room) if room else GenerateConfig()

    def _part(self, request: Generate, rendered: Rendered | None, limit: int | None, output: ModelOutput) -> None:
        """Tell reasoning from answer in `output`, in place, so that inspect's own record of it has them apart too."""
        prompt = rendered.text if rendered is not None else None
        last = request.messages[-1]
        prefill = last.content if last.role == "assistant" else ""
        thinks = self._thinking.enable if request.role is None else None
        for choice, said in zip(output.choices, completions(output), strict=True):
            apart = told_apart(said, prompt, prefill, thinks=thinks)
            apart = replace(apart, tokens=replace(apart.tokens or Tokens(), limit=limit))
            if self._thinking.reasoning == DROP:
                apart = replace(apart, reasoning=None)
            with_reasoning(choice.message, apart.turn())
        output.completion = output.choices[0].message.text if output.choices else ""

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


def _joined(output: ModelOutput, more: Sequence[ModelOutput]) -> ModelOutput:
    """One output with the first answers of others."""
    usage = output.usage
    for each in more:
        usage = usage + each.usage if usage is not None and each.usage is not None else None
    choices = [*output.choices, *(choice for each in more for choice in each.choices[:1])]
    return output.model_copy(update={"choices": choices, "usage": usage})


def _config(model: Model, messages: Sequence[ChatMessage], template: Mapping[str, Any]) -> GenerateConfig:
    if template and not takes_template(str(model)):
        remedy = "leave enable_thinking out, or name an OpenAI-compatible server"
        raise InputError(f"{model} takes no arguments of a chat template; {remedy}")
    extra: dict[str, Any] = {TEMPLATE: dict(template)} if template else {}
    if not isinstance(messages[-1], ChatMessageAssistant):
        return GenerateConfig(extra_body=extra or None)
    if on_vllm(model):
        return GenerateConfig(extra_body={**extra, **CONTINUE})
    if goes_on(str(model)):
        return GenerateConfig(extra_body=extra or None)
    message = f"{model} does not go on with the beginning of an answer; leave prefill out, or serve the model with vLLM"
    raise InputError(message)
