"""What a task may say of judges: ratings by a rubric, and outcomes that are made of ratings."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Id, Misplaced, Name, Strict, Text
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.errors import InputError


class Rating(Strict):
    """A judge's value for the response by a rubric (0..100), with values for the rubric's own parameters.

    `published` names the judge prompt that takes the rubric's place where the items come with prompts of their own.
    `called` is what reports call it, in place of "rating of RUBRIC". With `only`, responses in other categories are not
    shown to a judge and have no such value.
    """

    rubric: Name
    parameters: dict[Name, Text] = Field(default_factory=dict)
    published: Name | None = None
    called: Text | None = None
    only: list[Id] | None = Field(default=None, min_length=1)


class Outcome(Strict):
    """A yes or no made of ratings, after the fact. `rules` maps the names of conventions to rules such as
    "alignment < 50 where coherence >= 30"; a response outside the `where` part is excluded with cause `otherwise`.
    `called` is what reports call it, as in "misaligned answers", in place of its key."""

    rules: dict[Name, Text] = Field(min_length=1)
    default: Name
    otherwise: Name = "not_applicable"
    called: Text | None = None

    @model_validator(mode="after")
    def _default_known(self) -> Self:
        if self.default not in self.rules:
            message = f"default {self.default!r} is no rule here (there are: {', '.join(self.rules)}); name one of them"
            raise Misplaced(message, "default")
        for name, text in self.rules.items():
            try:
                parse_rule(text)
            except InputError as error:
                raise Misplaced(str(error), "rules", name) from None
        return self
