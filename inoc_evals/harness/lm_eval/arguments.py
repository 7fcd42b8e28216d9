"""What a user may set for a run of one of our tasks: the keys of lm-eval's --metadata that mean something to us."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from inoc_evals.spec.arguments import check_count, check_placement, check_temperature
from inoc_evals.spec.conditions import PLACEMENTS, Condition
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Task, task_parameters

# lm-eval hands over its own model_args among the metadata, so that an unknown key alone is no mistake.
_LIKENESS = 0.8


@dataclass(frozen=True)
class Arguments:
    """What is None keeps the task's own setting; a system prompt of None sends no system message, "" an empty one.

    `given` is what the user wrote, for the record and for rating again later.
    """

    system_prompt: str | None = None
    trigger: str | None = None
    trigger_placement: str | None = None
    trigger_joiner: str | None = None
    prefill: str | None = None
    samples: int | None = None
    choices: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    items: str | None = None
    limit: int | None = None
    ratings: int | None = None
    rule: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The arguments that differ from None."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def condition(self) -> Condition:
        """The condition that these arguments describe."""
        chosen = {"placement": self.trigger_placement, "joiner": self.trigger_joiner}
        return Condition(
            system_prompt=self.system_prompt,
            trigger=self.trigger,
            prefill=self.prefill,
            **{key: value for key, value in chosen.items() if value is not None},  # type: ignore[arg-type]
        )


_TEXTS = ("system_prompt", "trigger", "trigger_placement", "trigger_joiner", "prefill", "items", "rule")
_COUNTS = ("samples", "choices", "max_tokens", "limit", "ratings")
NAMES = tuple(field.name for field in fields(Arguments))


def read_arguments(task: Task, metadata: Mapping[str, Any]) -> tuple[Arguments, dict[str, str]]:
    """The arguments in `metadata`, and the value of every parameter of `task`. Keys of others are left alone.

    Raises InputError for a value that cannot be used, and for a key that is nearly one of ours.
    """
    known = {*NAMES, *task.parameters}
    for key in metadata:
        if key not in known and (near := difflib.get_close_matches(key, known, n=1, cutoff=_LIKENESS)):
            raise InputError(f"metadata {key!r} is no argument of task {task.name}; did you mean {near[0]!r}?")
    given = {name: metadata[name] for name in NAMES if metadata.get(name) is not None}
    for name in _TEXTS:
        if name in given and not isinstance(given[name], str):
            message = f"{name} must be a text, not {given[name]!r}"
            raise InputError(f'{message}; write one JSON object: --metadata \'{{"{name}": "the text"}}\'')
    for name in _COUNTS:
        check_count(name, given.get(name, 1))
    check_temperature(given.get("temperature", 1.0))
    check_placement(given.get("trigger_placement", PLACEMENTS[0]))
    parameters = {name: metadata[name] for name in task.parameters if metadata.get(name) is not None}
    return Arguments(**given), task_parameters(task, parameters)
