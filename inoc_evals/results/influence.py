"""What `inoc-evals influence` finds: which training rows push a trait, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inoc_evals.results.beside import read_beside

FILE = "influence.json"
ROWS = "influence.jsonl"
FORMAT = 1
Method = Literal["cosine", "dot", "ekfac"]


@dataclass(frozen=True)
class Trait:
    """What the rows are held against: the mean log-probability of a token of responses that show the trait, less that
    of responses that do not, questions weighing equally on each side.

    `shows` and `lacks` count these responses, `left_out` the others by cause. They are those to `task` (in its `part`,
    a condition or category), split by the `value` that is called `name`; all four are "" where a file says which
    responses show the trait. `sha256` (64 hex digits) covers the responses and their weights.
    """

    task: str
    value: str
    name: str
    part: str
    shows: int
    lacks: int
    left_out: Mapping[str, int]
    sha256: str


@dataclass(frozen=True)
class Seen:
    """One checkpoint: what it was named as, the hash of its files, with respect to which weights gradients were taken,
    and whether its own record says that it was trained on these rows (None: it has none)."""

    reference: str
    sha256: str
    weights: str
    trained_on_these: bool | None


@dataclass(frozen=True)
class RankedRow:
    """A training row, numbered from 1, with the beginnings of what is asked and answered in it."""

    rank: int
    row: int
    id: str | None
    score: float
    asked: str
    answer: str


@dataclass(frozen=True)
class Tagged:
    """The rows with a tag: how many, their mean score, and how many are among the `top` ones."""

    tag: str
    rows: int
    mean: float
    in_top: int


@dataclass(frozen=True)
class Agreement:
    """Spearman's correlation of the scores of two checkpoints over rows, with its 95% interval."""

    first: str
    second: str
    correlation: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Influence:
    """The rows (`rows` of them, `data_sha256` their content hash) by how much a step of training on them would push the
    trait, in the mean of the `checkpoints` (by label) of one arm.

    `share` of the rows are the `top_rows` first ones, whose part of all positive scores is `top_part` (None without
    any). `top` and `bottom` show the ends of the order. `agreements` are between every two checkpoints.
    """

    arm: str
    method: Method
    trait: Trait
    checkpoints: Mapping[str, Seen]
    rows: int
    data_sha256: str
    share: float
    top_rows: int
    top_part: float | None
    positive: int
    top: tuple[RankedRow, ...]
    bottom: tuple[RankedRow, ...]
    tags: tuple[Tagged, ...]
    agreements: tuple[Agreement, ...]
    seconds: float
    format: int = FORMAT


def read_influence(path: Path) -> Influence:
    """The findings in a file. Raises InputError for anything else."""
    return read_beside(path, Influence, "influence", FORMAT)
