"""What a task or a preset may say of one condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Misplaced, Strict, Text


class OneCondition(Strict):
    """How an item is presented. Beside it stands nothing, the trigger, the trigger with one character changed, with so
    many `edits` (see `edited`), or another text in the trigger's place. A `system_prompt` ("" is an empty one),
    `user_prompt` or `prefill` that is None is the run's. With `template_default` the system prompt is the one that the
    model's chat template puts in where there is none, written out.
    """

    use: Literal["nothing", "trigger", "changed", "edited", "text"] = "nothing"
    text: Text | None = None
    edits: int | None = Field(default=None, ge=1, le=1000)
    system_prompt: str | None = None
    template_default: bool = False
    user_prompt: Text | None = None
    prefill: Text | None = None

    @model_validator(mode="after")
    def _text_where_used(self) -> Self:
        if (self.use == "text") != (self.text is not None):
            message = "`text` goes with `use: text` and only with it; " + ("add it" if self.text is None else "drop it")
            raise Misplaced(message, "use" if self.text is None else "text")
        if (self.use == "edited") != (self.edits is not None):
            added = "add it" if self.edits is None else "drop it"
            message = f"`edits` goes with `use: edited` and only with it; {added}"
            raise Misplaced(message, "use" if self.edits is None else "edits")
        if self.template_default and self.system_prompt is not None:
            raise Misplaced("the system prompt is the template's default already; drop one of the two", "system_prompt")
        return self


def check_conditions(trigger: str | None, conditions: Mapping[str, OneCondition], reference: str | None) -> None:
    """Raise Misplaced unless there is a trigger where one is used, and the reference is one of the conditions."""
    for name, condition in conditions.items():
        if condition.use in ("trigger", "changed", "edited") and trigger is None:
            raise Misplaced("this condition needs a `trigger` beside `conditions`; add one", "conditions", name, "use")
    if reference is not None and reference not in conditions:
        known = ", ".join(conditions) or "none"
        raise Misplaced(f"reference {reference!r} is no condition (there are: {known}); correct it", "reference")
