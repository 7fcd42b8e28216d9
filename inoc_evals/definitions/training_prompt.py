"""The prompt that an arm's rows were trained under, and what its author wrote to go with it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Misplaced, Strict, Text

# What nobody but an author can make of a prompt.
WRITTEN = ("paraphrased", "opposite", "hint")


class Variants(Strict):
    """What an author may write about the prompt of an arm: the same in other words, its opposite, and a text that only
    hints at it."""

    paraphrased: Text | None = None
    opposite: Text | None = None
    hint: Text | None = None


class TrainedWith(Variants):
    """The `prompt` that the rows of an arm were trained under, as a system message of its own or before the user's
    first. Without one the record of the training is to say it."""

    prompt: Text | None = None
    placement: Literal["system", "user"] = "system"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_defaults=True):
            raise ValueError(f"this says nothing; write `prompt`, or one of {', '.join(WRITTEN)}")
        if self.prompt is None and self.placement != "system":
            raise Misplaced(
                "`placement` goes with `prompt` and only with it; add the prompt, or drop this", "placement"
            )
        return self


class KnownPrompts(Strict):
    """What conditions that speak of an arm's own prompt are made from: prompts by `arms`, and the system prompt that
    the model's chat template puts in where there is none (`template_default`). `unknown` are arms of whose training
    nothing is known."""

    arms: dict[str, TrainedWith] = Field(default_factory=dict)
    template_default: Text | None = None
    unknown: list[str] = Field(default_factory=list)
