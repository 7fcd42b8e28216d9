"""What `inoc-evals surprise` finds: the loss of training answers with and without a prompt, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.results.beside import read_beside
from inoc_evals.stats.ratios import Estimate

FILE = "surprise.json"
ROWS = "surprise.jsonl"
FORMAT = 1


@dataclass(frozen=True)
class Change:
    """A mean loss in nats: without the prompt, under it, and the second less the first, paired by row."""

    without: Estimate
    under: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Learned:
    """By how much the mean loss of a token is lower than that of the model that the training began from, in nats,
    paired by row: without the prompt, and under it."""

    without: Estimate
    under: Estimate


@dataclass(frozen=True)
class Point:
    """One checkpoint of a training of an arm, which is called after the arm, and by its number where there are several.
    It is that after `step` steps, 0 for the model that the training began from and None where nothing tells. The losses
    are of a token and of a whole row's answers. What was learned is known where the model at step 0 was read."""

    arm: str
    training: str
    checkpoint: str
    step: int | None
    per_token: Change
    per_row: Change
    learned: Learned | None


@dataclass(frozen=True)
class Token:
    """A token of the answers, `count` times there: its mean losses in nats, and the sum of what the prompt takes off
    each."""

    text: str
    count: int
    without: float
    under: float
    fall: float


@dataclass(frozen=True)
class Stretch:
    """The tokens of the answers from the `first` to the `last` of each row (from 1; None: to the end)."""

    first: int
    last: int | None
    count: int
    change: Change


@dataclass(frozen=True)
class Answers:
    """Of one checkpoint: the tokens whose loss falls most under the prompt, and the loss by place in the answer."""

    tokens: tuple[Token, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Surprise:
    """The losses of the answers in `rows` chat rows (`tokens` tokens; `data_sha256` is their content hash) under a
    prompt at its `placement`; `answers` by the label of a checkpoint."""

    prompt: str
    placement: str
    rows: int
    tokens: int
    data_sha256: str
    points: tuple[Point, ...]
    answers: Mapping[str, Answers]
    format: int = FORMAT


def read_surprise(path: Path) -> Surprise:
    """The findings in a file. Raises InputError for anything else."""
    return read_beside(path, Surprise, "surprise", FORMAT)
