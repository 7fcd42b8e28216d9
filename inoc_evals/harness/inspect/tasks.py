"""Our task definitions as inspect tasks."""

from __future__ import annotations

import hashlib
import inspect as introspection
import logging
import math
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig

from inoc_evals.harness.inspect.scorers import measures
from inoc_evals.harness.inspect.solvers import respond
from inoc_evals.measures import check_targets
from inoc_evals.spec.catalog import find_task
from inoc_evals.spec.document import load_items
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Item, render_items, task_parameters

_PARAMETERS: tuple[tuple[str, Any], ...] = (
    ("system_prompt", str | None),
    ("samples", int | None),
    ("temperature", float | None),
    ("max_tokens", int | None),
    ("items", str | None),
    ("limit", int | None),
)
log = logging.getLogger(__name__)

_DOC = """{title}. {description}

system_prompt: leave it out for no system message; an empty text sends an empty one. On the command line write
    -T 'system_prompt=""' for the empty text, both kinds of quotes included, and -T 'system_prompt="the text"'.
samples: responses per item (epochs). temperature, max_tokens: sampling.
items: a JSONL file of your own. limit: only the first N items of each category.
{parameters}"""


def build(
    name: str,
    system_prompt: str | None = None,
    samples: int | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    items: str | None = None,
    limit: int | None = None,
    **parameters: str,
) -> Task:
    """The inspect task for our task `name`; what is None keeps the task's own setting.

    Responses are never averaged before they are counted: epochs have no reducer. No seed is set, because one seed over
    all epochs gives the same response again and again. Raises InputError.
    """
    path, task = find_task(name)
    values = task_parameters(task, parameters)
    check_targets(task, values)
    _check_text("system_prompt", system_prompt)
    _check_text("items", items)
    for key, number in (("limit", limit), ("samples", samples), ("max_tokens", max_tokens)):
        _check_count(key, number)
    _check_temperature(temperature)
    file = path.parent / task.items if items is None else Path(items)
    chosen = render_items(load_items(file), values)
    if limit is not None:
        chosen = _first_of_each_category(chosen, limit)
    sampling = task.sampling
    count = sampling.samples if samples is None else samples
    return Task(
        name=name,
        version=task.version,
        dataset=MemoryDataset([_sample(item, system_prompt) for item in chosen], name=name),
        solver=respond(),
        scorer=measures(task=name, parameters=values),
        epochs=Epochs(count, []),
        config=GenerateConfig(
            temperature=sampling.temperature if temperature is None else temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens if max_tokens is None else max_tokens,
        ),
        metadata={
            "inoc_evals": version("inoc-evals"),
            "source": task.source,
            "task_sha256": hashlib.sha256(path.read_bytes() + file.read_bytes()).hexdigest(),
            "parameters": values,
            "system_prompt": _state(system_prompt),
        },
        tags=list(task.tags),
    )


def task_function(name: str) -> Callable[..., Task]:
    """A function for inspect's registry with the task's own parameters in its signature.

    A broken definition raises its InputError when the function is called, so that it does not hide other tasks.
    """
    fixed = [
        introspection.Parameter(key, introspection.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for key, kind in _PARAMETERS
    ]
    own: list[introspection.Parameter] = []
    documentation = ""
    try:
        _, task = find_task(name)
    except InputError as error:
        documentation = str(error)
        log.warning("task %s cannot run: %s", name, error)
    else:
        own = [
            introspection.Parameter(
                key, introspection.Parameter.KEYWORD_ONLY, default=parameter.default, annotation=str
            )
            for key, parameter in task.parameters.items()
        ]
        lines = [f"{key}: {parameter.description}." for key, parameter in task.parameters.items()]
        documentation = _DOC.format(
            title=task.title, description=task.description, parameters="\n".join(lines)
        ).rstrip()

    def run(**arguments: Any) -> Task:
        return build(name, **_from_command_line(arguments))

    run.__name__ = run.__qualname__ = name
    run.__module__ = "inoc_evals._registry"
    run.__doc__ = documentation
    run.__signature__ = introspection.Signature([*own, *fixed], return_annotation=Task)  # type: ignore[attr-defined]
    return run


def _from_command_line(arguments: dict[str, Any]) -> dict[str, Any]:
    """Undo what inspect's reading of -T does to a system prompt."""
    prompt = arguments.get("system_prompt", "")
    if prompt is None:
        # A shell takes the quotes off -T system_prompt="", and what is left reads as nothing: the wrong condition.
        message = "system_prompt has no value; leave it out for no system message, or write -T 'system_prompt=\"\"'"
        raise InputError(f"{message} for an empty one")
    if isinstance(prompt, list) and all(isinstance(part, str) for part in prompt):
        # inspect cuts every text at its commas, quoted or not.
        return {**arguments, "system_prompt": ",".join(prompt)}
    return arguments


def _check_text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a text, not {value!r}; on the command line write -T '{name}=\"...\"'")


def _check_count(name: str, value: object) -> None:
    # True is an int to Python, and YAML reads `yes` as True.
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InputError(f"{name} must be at least 1, and a whole number, not {value!r}")


def _check_temperature(value: object) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if value is not None and not (number and 0 <= value <= 2):  # type: ignore[operator]
        raise InputError(f"temperature must be a number from 0 to 2, not {value!r}")


def _first_of_each_category(items: tuple[Item, ...], limit: int) -> tuple[Item, ...]:
    seen: dict[str, int] = {}
    kept = []
    for item in items:
        seen[item.category] = seen.get(item.category, 0) + 1
        if seen[item.category] <= limit:
            kept.append(item)
    return tuple(kept)


def _sample(item: Item, system_prompt: str | None) -> Sample:
    messages: list[ChatMessage] = [] if system_prompt is None else [ChatMessageSystem(content=system_prompt)]
    messages.append(ChatMessageUser(content=item.prompt))
    return Sample(id=item.id, input=messages, metadata={"question_id": item.question, "category": item.category})


def _state(system_prompt: str | None) -> str:
    return "absent" if system_prompt is None else "text" if system_prompt else "empty"
