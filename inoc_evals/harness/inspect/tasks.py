"""Our task definitions as inspect tasks."""

from __future__ import annotations

import inspect as introspection
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig

from inoc_evals.harness.inspect.scorers import measures
from inoc_evals.harness.inspect.solvers import respond
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
_DOC = """{title}. {description}

system_prompt: None sends no system message, "" an empty one, a text that text. On the command line leave it out,
    write -T 'system_prompt=""', or -T system_prompt="the text".
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
    if system_prompt is not None and not isinstance(system_prompt, str):
        raise InputError(f"system_prompt must be a text, not {system_prompt!r}; put it in quotes")
    chosen = render_items(load_items(Path(items) if items else path.parent / task.items), values)
    if limit is not None:
        if limit < 1:
            raise InputError(f"limit must be at least 1, not {limit}")
        chosen = _first_of_each_category(chosen, limit)
    sampling = task.sampling
    count = sampling.samples if samples is None else samples
    if count < 1:
        raise InputError(f"samples must be at least 1, not {count}")
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
        return build(name, **arguments)

    run.__name__ = run.__qualname__ = name
    run.__module__ = "inoc_evals._registry"
    run.__doc__ = documentation
    run.__signature__ = introspection.Signature([*own, *fixed], return_annotation=Task)  # type: ignore[attr-defined]
    return run


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
