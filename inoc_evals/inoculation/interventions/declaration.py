"""What an intervention declares. Each is one file in this folder, whose `INTERVENTION` is an `Intervention`.

Prompts need none: those of an arm are keys of its own. What is here changes rows, the recipe, or the model while it is
trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inoc_evals.definitions.arms import Label
from inoc_evals.definitions.fields import Misplaced, Name, Strict, Text
from inoc_evals.inoculation.recipe import Recipe

# For each row, in order, its place among the arm's rows (0 or more) or among those of the intervention's `data`
# (-1 - place), and whether the arm's prompt is put before it.
Places = Sequence[tuple[int, bool]]


class InterventionOptions(Strict):
    """What an experiment says under `intervention`: the name, and the fields that each intervention adds."""

    name: Name


class DataOptions(InterventionOptions):
    """Of an intervention with rows of its own: parts of the experiment's data, by name."""

    data: list[Name] = Field(min_length=1)


class AdapterOptions(InterventionOptions):
    """Of an intervention that uses an adapter: that of another `arm`, of the same training seed, or the one in a
    folder."""

    arm: Label | None = None
    adapter: Text | None = None

    @model_validator(mode="after")
    def _one_adapter(self) -> Self:
        if self.arm is None and self.adapter is None:
            raise Misplaced("nothing says which adapter is used; add `arm` or `adapter`", "name", at_key=True)
        if self.arm is not None and self.adapter is not None:
            raise Misplaced("`arm` says already which adapter is used; drop this", "adapter", at_key=True)
        return self


class Applied(BaseModel):
    """An intervention as a training is told of it: its `settings`, and the folder of the `adapter`, or the file of the
    `direction`, that it uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    adapter: Path | None = None
    direction: Path | None = None


@dataclass(frozen=True)
class Intervention:
    """An intervention: its `name` (that of its file), what reports call an arm of this `kind`, `what` it does,
    and its fields in the file.

    `rows` chooses rows from so many of the arm and so many of `data`; `recipe` changes that of a training on so many
    rows, and raises InputError where it cannot; `during` is entered around the steps of a training, whose trainer, with
    the own adapter in its model, it is given. With `needs_prompt` an arm without one is refused.
    """

    name: str
    kind: str
    what: str
    options: type[InterventionOptions]
    rows: Callable[[int, int, Any], Places] | None = None
    recipe: Callable[[Recipe, Any, int], Recipe] | None = None
    during: Callable[[Any, Applied, Recipe], AbstractContextManager[None]] | None = None
    needs_prompt: bool = False
