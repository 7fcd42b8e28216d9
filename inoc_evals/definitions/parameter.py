"""A text in a task or a rubric that the user may set for a run."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from inoc_evals.definitions.fields import Misplaced, Strict, Text


class Parameter(Strict):
    """A text that the user may set for a run; with `choices`, one of them."""

    default: Text
    description: Text
    choices: list[Text] | None = None

    @model_validator(mode="after")
    def _default_allowed(self) -> Self:
        if self.choices is not None and self.default not in self.choices:
            allowed = ", ".join(self.choices) or "none"
            raise Misplaced(
                f"default {self.default!r} is not one of the choices ({allowed}); add or change it", "default"
            )
        return self
