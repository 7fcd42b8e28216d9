"""A task's measures applied to one response; the same function serves every harness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import CapitalsMeasure, LanguageMeasure, Task, fill
from inoc_evals.traits.capitals import read_capitals
from inoc_evals.traits.language import TARGETS, read_language
from inoc_evals.traits.preference import read_preference
from inoc_evals.traits.reading import Detail, Reading


@dataclass(frozen=True)
class Measured:
    """Values by key (1.0, 0.0 or None), causes of the missing ones, and what each detector saw."""

    values: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Detail]]


def check_targets(task: Task, parameters: Mapping[str, str]) -> None:
    """Raise InputError for a target that a detector would refuse, before any response is paid for."""
    for name, measure in task.measures.items():
        if isinstance(measure, LanguageMeasure):
            target = fill(measure.target, parameters)
            if target not in TARGETS:
                known = ", ".join(sorted(TARGETS))
                raise InputError(f"measure {name} of task {task.name}: no language {target!r}; choose from {known}")


def measure_response(task: Task, parameters: Mapping[str, str], text: str) -> Measured:
    """Read every measure of `task` off `text`. The keys are always those of `task.value_keys()`."""
    readings: dict[str, Reading] = {}
    for name, measure in task.measures.items():
        if isinstance(measure, LanguageMeasure):
            readings[name] = read_language(text, fill(measure.target, parameters))
        elif isinstance(measure, CapitalsMeasure):
            readings[name] = read_capitals(text, measure.threshold)
        else:
            for reading, value in read_preference(text, fill(measure.target, parameters)).items():
                readings[f"{name}_{reading}"] = value
    return Measured(
        values={key: reading.value for key, reading in readings.items()},
        causes={key: reading.cause for key, reading in readings.items() if reading.cause is not None},
        details={key: reading.details for key, reading in readings.items()},
    )
