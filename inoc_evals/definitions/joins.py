"""What a task may say of the items of one question together: values that join them, and contrasts between them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Id, Misplaced, Name, Strict, Text


class Across(Strict):
    """A value that joins responses to two items of one question: `value` of a response in `category`, and
    `other_value` of the response to the same question in `other_category` that was drawn as early. Without the two
    categories, of the responses that have `value`, and of those that have `other_value`.

    `both` is the product of two values from 0 to 1: 1 where two shares are 1, and of two exact probabilities how
    probable both are, so that its rate is a joint rate over all questions; `difference` is the first less the second.
    Where one is missing, so is this, with the same cause. `called` is what reports call it.
    """

    make: Literal["both", "difference"]
    value: Name
    category: Id | None = None
    other_value: Name
    other_category: Id | None = None
    called: Text | None = None

    @model_validator(mode="after")
    def _two_categories(self) -> Self:
        if (self.category is None) != (self.other_category is None):
            missing, there = ("category", "other_category") if self.category is None else ("other_category", "category")
            raise Misplaced(f"`{there}` goes with `{missing}`; write both, or neither", there)
        if self.category is None:
            if self.value == self.other_value:
                message = f"{self.value!r} stands on both sides; name another value, or two categories"
                raise Misplaced(message, "other_value")
        elif self.category == self.other_category:
            message = f"{self.category!r} stands on both sides; name another category, or make a rule of ratings"
            raise Misplaced(message, "other_category")
        return self


class Deviation(Strict):
    """A value that joins the responses to all items of one question: how far, whichever way, the `value` of a response
    lies from their mean, those of one model under one condition. Its mean says how much hangs on what the items of a
    question differ in. Of exact values only: drawn ones differ by chance too. `called` is what reports call it, and
    `direction` says in words what more of it means."""

    value: Name
    called: Text | None = None
    direction: Text | None = None


class Ladder(Strict):
    """A value that joins the responses to one question in `categories`, the lowest first: the place, from 1, of the
    highest in which the yes or no `value` is 1, and 0 without any. Where a higher one has no value nobody can say, and
    this is missing with the cause of that one. The n-th responses of all categories belong together. `called` is what
    reports call it."""

    value: Name
    categories: list[Id] = Field(min_length=2)
    called: Text | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for place, category in enumerate(self.categories):
            if category in self.categories[:place]:
                raise Misplaced(f"{category!r} stands twice on the ladder; keep one", "categories", place)
        return self


class Contrast(Strict):
    """What the levels of a factor change: `value` where the items' `data` have another level under `by`, less that
    where they have the level `reference`, within questions. Contrasts of one value are told free of each other."""

    value: Name
    by: Name
    reference: Text
