"""The responses of one sample, and a record of what the model was really given."""

from __future__ import annotations

import json
from collections.abc import Sequence

import anyio
from inspect_ai.model import ChatMessage, ChatMessageAssistant, GenerateConfig, Model, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import collect

from inoc_evals.client.endpoint import CONTINUE, Endpoint
from inoc_evals.client.errors import INCOMPLETE, TIMEOUT, UNREACHABLE, ServerError
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.answers import Place, answered, request_key
from inoc_evals.harness.inspect.graders import prepare_graders

# (server, messages) -> rendered text and hash of its tokens. All arms of a server share its chat template.
_rendered: dict[tuple[str, str], dict[str, str | None]] = {}
_pending: dict[tuple[str, str], anyio.Event] = {}
_NOT_KNOWN: dict[str, str | None] = {"text": None, "token_sha256": None}
# Providers that go on with a last message of the assistant by themselves.
_PREFILLING = ("anthropic/", "bedrock/", "hf/", "mockllm/", "none/")


@solver
def respond(choices: int = 1, judged: bool = False, ratings: int = 5, task: str = "", task_sha256: str = "") -> Solver:
    """Draw `choices` responses, and store under `rendered_prompt` the text and token hash that the chat template made.

    Answers that an earlier run kept are taken, if they are to the same request in the same sample of `task` as it is
    defined (`task_sha256`). With `judged`, the judges are asked first whether they answer: a run must not spend on
    responses that nobody rates.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - inspect's signature
        if judged:
            await prepare_graders(ratings)
        model = get_model()
        messages = list(state.messages)
        place = Place(str(model), task, str(state.sample_id), state.epoch)
        state.output = await _draw(model, messages, choices, place, task_sha256)
        if not isinstance(messages[-1], ChatMessageAssistant):
            state.messages.append(state.output.message)
        state.metadata["rendered_prompt"] = await _render(model, messages)
        return state

    return solve


async def _draw(
    model: Model, messages: Sequence[ChatMessage], choices: int, place: Place, task_sha256: str
) -> ModelOutput:
    """One request for all `choices`; what a provider leaves out is drawn one by one."""

    async def drawn(number: int, config: GenerateConfig) -> ModelOutput:
        key = request_key(place, task_sha256, messages, config, number)
        return await answered(key, place, lambda: model.generate(list(messages), config=config))

    config = _config(model, messages)
    first = await drawn(0, config.merge(GenerateConfig(num_choices=choices or None)))
    missing = choices - len(first.choices)
    if missing > 0:
        more = await collect(*[drawn(number, config) for number in range(1, missing + 1)])
        first.choices = [*first.choices, *(choice for output in more for choice in output.choices[:1])]
    return first


def _config(model: Model, messages: Sequence[ChatMessage]) -> GenerateConfig:
    if not isinstance(messages[-1], ChatMessageAssistant):
        return GenerateConfig()
    if _on_vllm(model):
        return GenerateConfig(extra_body=dict(CONTINUE))
    if str(model).startswith(_PREFILLING):
        return GenerateConfig()
    message = f"{model} does not go on with the beginning of an answer; leave prefill out, or serve the model with vLLM"
    raise InputError(message)


def _on_vllm(model: Model) -> bool:
    return str(model).startswith(("openai-api/vllm/", "vllm/"))


def forget_rendered() -> None:
    """Drop what servers told so far: a new server, with another chat template, may stand at an old address."""
    _rendered.clear()


async def _render(model: Model, messages: list[ChatMessage]) -> dict[str, str | None]:
    """Ask a vLLM server for the rendered prompt; other providers do not tell, and get nulls."""
    url, key = getattr(model.api, "base_url", None), getattr(model.api, "api_key", None)
    if not _on_vllm(model) or not isinstance(url, str):
        return _NOT_KNOWN
    chat = [{"role": message.role, "content": message.text} for message in messages]
    place = (url, json.dumps(chat))
    if place not in _rendered:
        if place in _pending:
            await _pending[place].wait()
        else:
            _pending[place] = anyio.Event()
            try:
                answer = await _ask(url, key, model.name.removeprefix("vllm/"), chat)
                if answer is not None:
                    _rendered[place] = answer
            finally:
                _pending.pop(place).set()
    return _rendered.get(place, _NOT_KNOWN)


async def _ask(url: str, key: str | None, name: str, chat: list[dict[str, str]]) -> dict[str, str | None] | None:
    async with Endpoint(url, name, key, connections=1, tries=1, timeout_s=60.0) as endpoint:
        try:
            found = await endpoint.rendered(chat)
        except ServerError as error:
            # A busy server may answer for the next sample of this item; the response itself is not affected.
            return None if error.cause in (UNREACHABLE, TIMEOUT, INCOMPLETE) else _NOT_KNOWN
    return _NOT_KNOWN if found is None else {**found.record()}
