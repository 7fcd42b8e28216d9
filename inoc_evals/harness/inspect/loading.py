"""Tasks that are not ours, of a package or a file: loaded as inspect loads them, limited and varied as ours are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    Content,
    ContentText,
    GenerateConfig,
    Model,
)

from inoc_evals.client.endpoint import TEMPLATE
from inoc_evals.definitions.arms import Variation
from inoc_evals.definitions.words import did_you_mean, one_line, shown, without_markup
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.compat import arguments_taken, load_tasks, parameters_of
from inoc_evals.plan.foreign import Foreign
from inoc_evals.plan.request import LIMIT, SAMPLES
from inoc_evals.plan.thinking import SWITCH

_DECODING = ("temperature", "top_p", "max_tokens")


def look_at(asked: str, arguments: Mapping[str, Any]) -> Foreign:
    """What the task that `asked` names would run as. Raises InputError as `load` does."""
    task = load(asked, arguments)
    samples = len(task.dataset)
    return Foreign(task.name, asked, samples, samples * (task.epochs or 1), dict(arguments))


def load(asked: str, arguments: Mapping[str, Any]) -> Task:
    """The task that inspect knows as PACKAGE/TASK or FILE.py@TASK; the code of a file runs. Among its arguments may be
    our limit of samples and number of epochs. Raises InputError for what cannot be loaded and for unknown arguments."""
    own = {name: value for name, value in arguments.items() if name not in (SAMPLES, LIMIT)}
    file, at, _ = asked.rpartition("@")
    place = file if at else asked
    if place.endswith(".py") and not os.path.isfile(place):  # noqa: PTH113 - Path raises for what no file can be called
        raise InputError(f"task {shown(asked)}: there is no file {shown(place)}; correct the path")
    try:
        tasks = load_tasks(asked, own)
        samples = [len(task.dataset) for task in tasks]
    # Whatever the code of the task raises, or the library that fetches its samples.
    except (Exception, SystemExit) as error:
        remedy = "see whether `inspect eval` runs it"
        raise InputError(f"task {shown(asked)} cannot be loaded ({_said(error)}); {remedy}") from error
    if len(tasks) != 1:
        raise InputError(_not_one(asked, tasks))
    (task,) = tasks
    if unknown := [name for name in own if name not in arguments_taken(task)]:
        known = parameters_of(task)
        hint = did_you_mean(unknown[0], known) or f"; it has: {', '.join(known) or 'none'}"
        raise InputError(f"task {shown(asked)} has no argument {shown(unknown[0])}{hint}")
    if not samples[0]:
        raise InputError(f"task {shown(asked)} has no samples; correct its arguments")
    if LIMIT in arguments:
        task.dataset = task.dataset[: arguments[LIMIT]]
    if SAMPLES in arguments:
        task.epochs = arguments[SAMPLES]
    return task


def varied_model(model: Model, variation: Variation) -> Model:
    """The same model as an arm asks it: whatever a task sends has the arm's prompts before its own and the arm's
    decoding, which also wins over what a solver sets. A prefill has no place in it."""
    decoding = {name: value for name, value in variation.given().items() if name in _DECODING}
    template = {} if variation.enable_thinking is None else {TEMPLATE: {SWITCH: variation.enable_thinking}}
    if not (decoding or template) and variation.system_prompt is None and variation.user_prompt is None:
        return model
    api = copy(model.api)
    generate = api.generate

    async def changed(input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig) -> Any:
        messages = _behind(variation.system_prompt, _after(variation.user_prompt, input))
        extra = {"extra_body": {**(config.extra_body or {}), **template}} if template else {}
        asked = config.model_copy(update={**decoding, **extra})
        return await generate(input=messages, tools=tools, tool_choice=tool_choice, config=asked)

    api.generate = changed  # type: ignore[method-assign]
    varied = copy(model)
    varied.api = api
    return varied


def _behind(system_prompt: str | None, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with the system prompt at their head, in one message with their own: templates know only one."""
    if system_prompt is None:
        return list(messages)
    if messages and isinstance(messages[0], ChatMessageSystem):
        own, rest = messages[0].text, messages[1:]
        return [ChatMessageSystem(content=f"{system_prompt}\n\n{own}" if system_prompt else own), *rest]
    return [ChatMessageSystem(content=system_prompt), *messages]


def _after(user_prompt: str | None, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with the user prompt before the first of the user, with a blank line between."""
    changed = list(messages)
    place = next((place for place, message in enumerate(changed) if isinstance(message, ChatMessageUser)), None)
    if user_prompt is None or place is None:
        return changed
    content = changed[place].content
    asked: str | list[Content]
    if isinstance(content, str):
        asked = f"{user_prompt}\n\n{content}"
    else:
        asked = [ContentText(text=f"{user_prompt}\n\n"), *content]
    changed[place] = changed[place].model_copy(update={"content": asked})
    return changed


def _not_one(asked: str, tasks: Sequence[Task]) -> str:
    if not tasks:
        where = "correct the name, or install its package"
        return f"inspect knows no task {shown(asked)}; {where} (ours are plain names, see `inoc-evals list`)"
    names = ", ".join(task.name for task in tasks)
    return f"{shown(asked)} holds {len(tasks)} tasks ({names}); name one, as in {Path(asked).name}@{tasks[0].name}"


def _said(error: BaseException) -> str:
    text = without_markup(one_line(error) if isinstance(error, Exception) else f"it ends the program with {error}")
    return text if len(text) <= 300 else f"{text[:297]}..."
