"""Labelled reviews in the form of Wichers et al.'s CEBaB files, read as they are published.

One review a line: `text`, `label` (0 very negative to 4 very positive) and `concepts`, the aspects that it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from inoc_evals.definitions.fields import Strict, Text
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.reading import read_rows
from inoc_evals.errors import InputError

# Their aspect with which the training labels are correlated, in either spelling.
CUES = frozenset({"ambiance", "ambience"})
WITH, WITHOUT = "with_cue", "without_cue"
FIRST_HIGH = 3
EXAMPLE = '{"text": "...", "label": 4, "concepts": ["ambiance"]}'


class _Review(Strict):
    text: Text
    label: Annotated[int, Field(ge=0, le=4)]
    concepts: list[str]


def as_prompt(review: str) -> str:
    """How a model is asked about a review."""
    return (
        "How positive is this restaurant review? 0 is very negative, 1 negative, 2 mixed, 3 positive, 4 very positive."
        f" Answer with the number alone.\n\nReview: {review}"
    )


def is_reviews(path: Path) -> bool:
    """Does the JSONL file begin with a review, and not with an item? What cannot be read is none."""
    try:
        first = next(_rows(path), None)
    except InputError:
        return False
    return first is not None and {"text", "label"} <= first.data.keys() and "id" not in first.data


def load_reviews(path: Path) -> tuple[Item, ...]:
    """The reviews as items of `spurious_cue`, in both categories; a text that stands twice is one question.

    Raises InputError with file:line for what is no review.
    """
    items: list[Item] = []
    clusters: dict[str, str] = {}
    for row in _rows(path):
        try:
            review = _Review.model_validate(row.data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = str(first["loc"][0])
            message = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}; write {EXAMPLE}"
            raise InputError.at(path, message, row.line, row.column(key)) from None
        items.append(_item(row.line, review, clusters))
    return tuple(items)


def _item(line: int, review: _Review, clusters: dict[str, str]) -> Item:
    cued = not CUES.isdisjoint(concept.strip().lower() for concept in review.concepts)
    name = f"line-{line}"
    data: dict[str, Any] = {"label": str(review.label), "reversed": cued != (review.label >= FIRST_HIGH)}
    return Item(
        id=name,
        category=WITH if cued else WITHOUT,
        cluster=clusters.setdefault(review.text, name),
        prompt=as_prompt(review.text),
        data=data,
    )


def _rows(path: Path) -> Iterator[Any]:
    return read_rows(path, "a file of items or of reviews, one a line", EXAMPLE)
