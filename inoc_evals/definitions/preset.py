"""Conditions that any task may be asked under: one YAML file in conditions/."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import VERSION, Misplaced, Name, Strict, Text
from inoc_evals.definitions.one_condition import OneCondition, check_conditions


class OfPrompt(Strict):
    """A condition that is made of the prompt that an arm was trained under, and stands where that stood.

    `itself`, its `key_word` alone, an `irrelevant` text of as many words, cut from `text`, and a `template`, which is
    `text` with {prompt} in it, are made by rule; `paraphrased`, `opposite` and `hint` are what an arm's author wrote.
    """

    make: Literal["itself", "key_word", "irrelevant", "template", "paraphrased", "opposite", "hint"]
    text: Text | None = None

    @model_validator(mode="after")
    def _text_where_used(self) -> Self:
        if (self.make in ("irrelevant", "template")) != (self.text is not None):
            message = "`text` goes with `make: template` and `make: irrelevant` and only with them; "
            place = "make" if self.text is None else "text"
            raise Misplaced(message + ("add it" if self.text is None else "drop it"), place)
        if self.make == "template" and "{prompt}" not in (self.text or ""):
            raise Misplaced("the template has no place for the prompt; write {prompt} in it", "text")
        return self


class Preset(Strict):
    """Conditions for any task: one YAML file in conditions/. `reference` is the one that others are compared with.
    Those in `of_prompts` are made for every prompt that an arm was trained under, and called VARIANT_of_ARM."""

    name: Name
    version: str = Field(pattern=VERSION)
    description: Text
    source: Text
    trigger: Text | None = None
    conditions: dict[Name, OneCondition] = Field(min_length=1)
    of_prompts: dict[Name, OfPrompt] = Field(default_factory=dict)
    reference: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_conditions(self.trigger, self.conditions, self.reference)
        return self
