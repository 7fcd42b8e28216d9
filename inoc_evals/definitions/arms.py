"""Arms as a YAML file writes them: checkpoints, what an arm varies at evaluation, and its role in the comparison."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, field_validator, model_serializer, model_validator

from inoc_evals.definitions.document import YamlFile, read_yaml, validate
from inoc_evals.definitions.fields import MOST, Misplaced, Strict, Text
from inoc_evals.definitions.training_prompt import TrainedWith
from inoc_evals.definitions.words import shown

Role = Literal["reference", "control", "treatment"]
REFERENCE: Role = "reference"
# May change nothing, or be another arm once more.
CONTROL: Role = "control"
# As LABEL, in the regular expressions of pydantic.
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
_ELSEWHERE = ("http://", "https://", "~", "/")


class Steer(Strict):
    """What is added to the states of a model's `layer` (from 0): the direction in the safetensors file, as long as the
    mean difference that made it times `strength`. Below 0 it is taken away."""

    direction: Text
    layer: int = Field(ge=0, le=MOST)
    strength: float


class Variation(Strict):
    """What an arm changes at evaluation besides weights; what is None stays as the task has it.

    The names are those of a task's arguments, but for `steer`, which changes the model that is asked. `system_prompt`
    "" sends an empty system message; a `user_prompt` stands before the first message of the user.
    """

    system_prompt: str | None = None
    user_prompt: Text | None = None
    prefill: Text | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=MOST)
    enable_thinking: bool | None = None
    steer: Steer | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        if value is None:
            raise ValueError('a key without a value says nothing; leave it out, or write "" for an empty text')
        return value

    @model_serializer
    def given(self) -> dict[str, Any]:
        """What is set, by name, in plain JSON."""
        values = {name: value for name, value in self if value is not None}
        return {name: value.model_dump() if isinstance(value, Steer) else value for name, value in values.items()}

    def arguments(self) -> dict[str, Any]:
        """The arguments of a task that are set, by name."""
        return {name: value for name, value in self.given().items() if name != "steer"}


PLAIN = Variation()


def told_variation(given: Mapping[str, Any]) -> str:
    """What an arm varies, as `Variation.given` has it, for a line of a screen."""

    def told(value: Any) -> str:
        if not isinstance(value, Mapping):
            return shown(value)
        return f"by {shown(Path(value['direction']).name)} times {value['strength']:g} at layer {value['layer']}"

    return ", ".join(f"{name} {told(value)}" for name, value in given.items())


class _Arm(Strict):
    checkpoints: list[Text] = Field(min_length=1)
    role: Role = "treatment"
    variation: Variation = PLAIN
    trained_with: TrainedWith | None = None


class _Arms(Strict):
    arms: dict[Label, _Arm]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.arms:
            raise Misplaced("there is no arm; write a name with its `checkpoints` below it", "arms")
        references = [name for name, arm in self.arms.items() if arm.role == REFERENCE]
        if len(references) > 1:
            message = f"{references[0]} is the reference already; keep one, and make this a control or treatment"
            raise Misplaced(message, "arms", references[1], "role")
        for name, arm in self.arms.items():
            for place, checkpoint in enumerate(arm.checkpoints):
                if checkpoint in arm.checkpoints[:place]:
                    message = f"{shown(checkpoint)} is named twice in arm {name}; name each checkpoint once"
                    raise Misplaced(message, "arms", name, "checkpoints", place)
        return self


@dataclass(frozen=True)
class NamedCheckpoint:
    """A checkpoint as the user named it, for an arm. `place` is file:line:column where it stands in a file.
    `trained_with` is what its arm says of the prompt in its training."""

    arm: str
    reference: str
    role: Role = "treatment"
    variation: Variation = PLAIN
    place: str = ""
    trained_with: TrainedWith | None = None


@dataclass(frozen=True)
class TrainingStep:
    """A checkpoint after `step` optimiser steps (0 or more) of the training in the folder `run`, here or on the hub.
    `origin` is the label of the checkpoint that the training began from, where that is asked in the same way."""

    run: str
    step: int
    origin: str | None = None


def training_step(noted: object) -> TrainingStep | None:
    """The step as `dataclasses.asdict` has noted it in a log; None for anything else."""
    if not isinstance(noted, Mapping) or not isinstance(noted.get("run"), str):
        return None
    step, origin = noted.get("step"), noted.get("origin")
    if not isinstance(step, int) or isinstance(step, bool) or step < 0:
        return None
    return TrainingStep(noted["run"], step, origin if isinstance(origin, str) else None)


def reference_arm(roles: Mapping[str, str]) -> str:
    """The arm that all others are compared with: the one of that role, or else the first; `roles` by arm, in order."""
    return next((arm for arm, role in roles.items() if role == REFERENCE), next(iter(roles)))


def by_role(roles: Mapping[str, str]) -> tuple[str, ...]:
    """The arms in the order of every table: the one that all others are compared with, controls, treatments; those of
    one role in the order of `roles`, which are by arm."""
    first = reference_arm(roles)
    return tuple(sorted(roles, key=lambda arm: (arm != first, roles[arm] != CONTROL)))


def load_arms(path: Path) -> list[NamedCheckpoint]:
    """The checkpoints of a file of arms, in its order. Paths in it are looked for beside the file, then here.

    Raises InputError with file:line:column for everything that is wrong with what is written.
    """
    document = read_yaml(path, yaml.MappingNode, "comparison of arms")
    return list(_checkpoints(document, document.validate(_Arms)))


def arms_of(written: Mapping[str, Any]) -> list[NamedCheckpoint]:
    """The checkpoints of arms as a program writes them: by name a checkpoint, several, or the mapping that a file of
    arms would hold. Raises InputError with everything that is wrong."""
    arms = {
        name: dict(arm)
        if isinstance(arm, Mapping)
        else {"checkpoints": [arm] if isinstance(arm, str | Path) else list(arm)}
        for name, arm in written.items()
    }
    for arm in arms.values():
        if isinstance(arm.get("checkpoints"), list):
            arm["checkpoints"] = [str(one) if isinstance(one, Path) else one for one in arm["checkpoints"]]
    checked = validate({"arms": arms}, _Arms)
    return [
        NamedCheckpoint(name, reference, arm.role, arm.variation, trained_with=arm.trained_with)
        for name, arm in checked.arms.items()
        for reference in arm.checkpoints
    ]


def beside(file: Path, reference: str) -> str:
    """What `reference` in the `file` means: what lies beside the file, pattern or not, comes before what lies here."""
    path = file.parent / reference
    # Not Path.exists, which raises for a name that no file can have.
    if not reference.startswith(_ELSEWHERE) and (os.path.exists(path) or glob.glob(str(path))):  # noqa: PTH110, PTH207
        return str(path)
    return reference


def steered_from(variation: Variation, path_of: Callable[[str], str]) -> Variation:
    """The same variation with the path of its direction, which `path_of` tells by what it is called there."""
    if variation.steer is None:
        return variation
    steer = variation.steer.model_copy(update={"direction": path_of(variation.steer.direction)})
    return variation.model_copy(update={"steer": steer})


def _checkpoints(document: YamlFile, written: _Arms) -> Iterator[NamedCheckpoint]:
    for name, arm in written.arms.items():
        variation = steered_from(arm.variation, partial(beside, document.path))
        for number, reference in enumerate(arm.checkpoints):
            place = document.place("arms", name, "checkpoints", number)
            where = beside(document.path, reference)
            yield NamedCheckpoint(name, where, arm.role, variation, place, arm.trained_with)
