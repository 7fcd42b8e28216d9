"""What people say of responses: the draw that was put before them, and their labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Annotated

from pydantic import Field

from inoc_evals.results.row import ResponseRow

Points = Annotated[float, Field(ge=0, le=100)]
ADJUDICATED = "adjudicated"  # the rater whose word settles what the others differ on
_NEAR = 0.5


@dataclass(frozen=True)
class Position:
    """Which of a checkpoint's responses to a task this is, as its row has it."""

    item: str
    condition: str
    epoch: int
    choice: int


@dataclass(frozen=True)
class Candidate:
    """A response that may be drawn to be labelled. `response` is its name, see `response_name`; `judged` is what the
    judge said of it, 0 to 100, None where nothing. The texts are what a rater sees; whose it is no rater sees.
    """

    response: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    judged: Points | None
    answer: str
    question: str | None
    system: str | None
    arm: str
    checkpoint: str
    task: str
    cluster: str
    position: Position


@dataclass(frozen=True)
class Drawn(Candidate):
    """One that was drawn from its `stratum`. `weight` is one over the probability with which it was, the number of
    responses that it stands for."""

    stratum: str
    weight: Annotated[float, Field(ge=1)]


@dataclass(frozen=True)
class Pool:
    """How many `responses` of a checkpoint there were in a stratum to draw from."""

    stratum: str
    arm: str
    checkpoint: str
    responses: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Label:
    """What `rater` says of a response by the draw's rubric: `value` from 0 to 100 (100 and 0 for yes and no, or what a
    `word` of the rubric counts as), None where the word sets the response apart. `note` is the rater's own."""

    response: str
    rater: str
    value: float | None
    word: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Labels:
    """One draw with what was said of it. `rubric` is named with its version and the sha256 of what decides a rating;
    `key` is the value of the rows that it rates, `judge` who rated them; `seed` is the draw's own, and `pools` are what
    it was drawn from."""

    rubric: str
    version: str
    identity: str
    key: str
    judge: str
    seed: int
    pools: tuple[Pool, ...]
    drawn: tuple[Drawn, ...]
    labels: tuple[Label, ...]

    @property
    def draw(self) -> str:
        """What tells this draw from others, whatever its folder and its responses are called: a sha256 of the rubric,
        the seed and what raters saw."""
        seen = [[drawn.stratum, drawn.question, drawn.system, drawn.answer] for drawn in self.drawn]
        text = json.dumps([self.identity, self.seed, seen], ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def settled(self) -> Mapping[str, Label]:
        """By response the label that counts: the adjudicated one, else the one on which all raters agree in word and,
        within half a point, in value. Responses on which they differ are left out until somebody settles them."""
        by_response: dict[str, list[Label]] = {}
        for label in self.labels:
            by_response.setdefault(label.response, []).append(label)
        found = {response: _settled(given) for response, given in by_response.items()}
        return {response: label for response, label in found.items() if label is not None}


def _settled(labels: Iterable[Label]) -> Label | None:
    given = list(labels)
    last = [label for label in given if label.rater == ADJUDICATED]
    if last:
        return last[-1]
    if not alike(given):
        return None
    values = [label.value for label in given if label.value is not None]
    # Of values that are near the one in the middle, so that it does not matter who was read first.
    return replace(given[0], value=median(values)) if values else given[0]


def alike(labels: Collection[Label]) -> bool:
    """Do all say the same, in word and within half a point in value?"""
    values = [label.value for label in labels if label.value is not None]
    one_word = len({label.word for label in labels}) == 1
    return one_word and len(values) in (0, len(labels)) and (not values or max(values) - min(values) <= _NEAR)


def position_of(row: ResponseRow) -> Position:
    """Where a row stands among those of its checkpoint and task."""
    return Position(row.item, row.condition, row.epoch, row.choice)


def response_name(row: ResponseRow) -> str:
    """The name of a response among all, which tells nobody whose it is: 16 hexadecimal digits."""
    place = [row.checkpoint, row.task, row.item, row.condition, row.epoch, row.choice, row.response]
    return hashlib.sha256(json.dumps(place, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]
