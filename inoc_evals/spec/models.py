"""The declarative language: what a task, an item and a rubric may say. See README, "Add a task"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inoc_evals.spec.errors import InputError

NAME = r"^[a-z][a-z0-9_]*$"
REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
READINGS = ("exact", "normalised", "substring")


class Strict(BaseModel):
    """Frozen, no unknown keys, no silent conversion: `no` stays an error where a text is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sampling(Strict):
    """How responses are drawn when the user does not say otherwise. `max_tokens` counts generated tokens."""

    samples: int = Field(default=1, ge=1)
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1)


class Parameter(Strict):
    """A text that the user may set for a run; with `choices`, one of them."""

    default: str
    description: str
    choices: list[str] | None = None


class LanguageMeasure(Strict):
    """Is the response in the language `target` (ISO 639-1 code)?"""

    detector: Literal["language"]
    target: str


class CapitalsMeasure(Strict):
    """Are at least `threshold` of the cased letters capitals?"""

    detector: Literal["capitals"]
    threshold: float = Field(default=0.9, gt=0.5, le=1)


class PreferenceMeasure(Strict):
    """Does a one-word answer name `target`? Gives three values: exact, normalised, substring."""

    detector: Literal["preference"]
    target: str


Measure = Annotated[LanguageMeasure | CapitalsMeasure | PreferenceMeasure, Field(discriminator="detector")]


class Task(Strict):
    """One folder in tasks/: items, sampling and measures. `version` is N-X: N comparability, X interface."""

    name: str = Field(pattern=NAME)
    version: str = Field(pattern=r"^[0-9]+-[A-Z]$")
    title: str
    description: str
    source: str
    items: str = "items.jsonl"
    sampling: Sampling = Sampling()
    parameters: dict[str, Parameter] = {}
    measures: dict[str, Measure] = Field(min_length=1)
    headline: list[str] = Field(min_length=1)
    tags: list[str] = []

    @model_validator(mode="after")
    def _consistent(self) -> Task:
        for name, measure in self.measures.items():
            for wanted in REFERENCE.findall(getattr(measure, "target", "")):
                if wanted not in self.parameters:
                    raise ValueError(
                        f"measure {name!r} refers to {{{wanted}}}, which is no parameter; declare it or correct it"
                    )
        for name, parameter in self.parameters.items():
            if parameter.choices is not None and parameter.default not in parameter.choices:
                raise ValueError(f"the default of parameter {name!r} is not one of its choices; add it or change it")
        keys = self.value_keys()
        for key in self.headline:
            if key not in keys:
                raise ValueError(f"headline {key!r} is no value of this task; choose from {', '.join(keys)}")
        return self

    def value_keys(self) -> tuple[str, ...]:
        """Names of the values that one response gets, in order."""
        keys: list[str] = []
        for name, measure in self.measures.items():
            if isinstance(measure, PreferenceMeasure):
                keys += [f"{name}_{reading}" for reading in READINGS]
            else:
                keys.append(name)
        return tuple(keys)


class Item(Strict):
    """One prompt. Items of one `cluster` are variants of one question and count as one in the statistics."""

    id: str = Field(min_length=1)
    category: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    cluster: str | None = None
    template: bool = False
    options: list[str] | None = Field(default=None, min_length=2)

    @model_validator(mode="after")
    def _not_blank(self) -> Item:
        if not self.prompt.strip():
            raise ValueError("the prompt is blank; write the question")
        return self

    @property
    def question(self) -> str:
        return self.cluster or self.id


class Special(Strict):
    """A special answer of a judge, and whether it counts as a value or excludes the response."""

    answer: str
    meaning: str
    counts_as: float | None = None


class Gold(Strict):
    """A response written for the rubric, with the range of ratings that a good judge gives."""

    answer: str
    low: float = Field(ge=0, le=100)
    high: float = Field(ge=0, le=100)
    question: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Gold:
        if self.low > self.high:
            raise ValueError("low is above high; swap them")
        return self


class Rubric(Strict):
    """A judge's instructions and how its answer becomes a number: one YAML file in judges/."""

    name: str = Field(pattern=NAME)
    version: str = Field(pattern=r"^[0-9]+-[A-Z]$")
    description: str
    sees: Literal["question_and_answer", "answer_only"]
    scale: Literal["rating", "yes_no"]
    instructions: str = Field(min_length=1)
    special: list[Special] = []
    gold: list[Gold] = []


def task_parameters(task: Task, given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter of `task`: the given value or the default. Raises InputError for a name or value not allowed."""
    for name, value in given.items():
        parameter = task.parameters.get(name)
        if parameter is None:
            known = ", ".join(task.parameters) or "none"
            raise InputError(f"task {task.name} has no parameter {name!r}; it has: {known}")
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"parameter {name} of task {task.name} must be a text, not {value!r}")
        if parameter.choices is not None and value not in parameter.choices:
            allowed = ", ".join(parameter.choices)
            raise InputError(f"parameter {name} of task {task.name} cannot be {value!r}; choose from {allowed}")
    return {name: given.get(name, parameter.default) for name, parameter in task.parameters.items()}


def fill(text: str, parameters: Mapping[str, str]) -> str:
    """Replace {name} by the parameter's value. Raises InputError for an unknown name."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in parameters:
            raise InputError(f"{{{name}}} in {text!r} is no parameter of the task; declare it or correct it")
        return parameters[name]

    return REFERENCE.sub(value, text)


def render_items(items: Sequence[Item], parameters: Mapping[str, str]) -> tuple[Item, ...]:
    """Items with templates filled. A choice whose two options coincide (ignoring case) is left out."""
    rendered = []
    for item in items:
        if item.template:
            options = [fill(option, parameters) for option in item.options] if item.options else None
            item = item.model_copy(update={"prompt": fill(item.prompt, parameters), "options": options})
        if item.options and len({option.casefold() for option in item.options}) < len(item.options):
            continue
        rendered.append(item)
    return tuple(rendered)
