"""How much less surprising a prompt makes training answers, from their losses with and without it: pure computing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from inoc_evals.analyses.response_losses import RowLoss
from inoc_evals.errors import InputError
from inoc_evals.results.surprise import Answers, Change, Learned, Point, Stretch, Token
from inoc_evals.stats.ratios import Estimate, ratio

# Tokens that are listed of one checkpoint.
_LISTED = 20
# Where the stretches of an answer begin; those of beginnings are short, as most is decided there.
_BEGINNINGS = (1, 2, 3, 5, 9, 17, 33)


@dataclass(frozen=True)
class Read:
    """The losses of all rows, in their order, in one model: without the prompt and under it."""

    without: tuple[RowLoss, ...]
    under: tuple[RowLoss, ...]

    @property
    def tokens(self) -> int:
        """How many tokens the answers have."""
        return sum(len(row.tokens) for row in self.without)


@dataclass(frozen=True)
class Checkpoint:
    """What was read in one checkpoint; `step` is None where nothing tells it. `text` writes a token's id."""

    label: str
    step: int | None
    read: Read
    text: Callable[[int], str]


@dataclass(frozen=True)
class Training:
    """The checkpoints of one training of an arm, in the order of its steps, and what it began from, where that was
    read."""

    arm: str
    name: str
    start: Checkpoint | None
    checkpoints: tuple[Checkpoint, ...]


def points(trainings: Sequence[Training]) -> Iterator[Point]:
    """What is said of each checkpoint; what a training began from is its step 0."""
    for training in trainings:
        start = None if training.start is None else training.start.read
        if training.start is not None:
            yield _point(training, replace(training.start, step=0), None)
        yield from (_point(training, one, start) for one in training.checkpoints)


def check_alike(read: Read) -> None:
    """Raise InputError where a row's answers are other tokens under the prompt, so that no two losses belong together:
    a tokenizer may join what stands on both sides of where an answer begins."""
    for one, other in zip(read.without, read.under, strict=True):
        if one.tokens != other.tokens:
            message = "its answer is read in other tokens under the prompt than without it"
            raise InputError(f"row {one.row + 1}: {message}; leave the row out, or place the prompt otherwise")


def answers(one: Checkpoint) -> Answers:
    """The tokens and the stretches of the answers."""
    return Answers(tuple(_tokens(one)), tuple(_stretches(one.read)))


def _point(training: Training, one: Checkpoint, start: Read | None) -> Point:
    read, rows = one.read, [1.0] * len(one.read.without)
    learned = None if start is None else _learned(start, read)
    means = (_change(read, _sizes(read)), _change(read, rows))
    return Point(training.arm, training.name, one.label, one.step, *means, learned)


def _change(read: Read, sizes: Sequence[float]) -> Change:
    without, under = ([row.total for row in rows] for rows in (read.without, read.under))
    return Change(ratio(without, sizes), ratio(under, sizes), _fall(under, without, sizes))


def _learned(start: Read, read: Read) -> Learned:
    sides = ((start.without, read.without), (start.under, read.under))
    falls = [_fall([row.total for row in one], [row.total for row in other], _sizes(read)) for one, other in sides]
    return Learned(*falls)


def _fall(first: Sequence[float], second: Sequence[float], sizes: Sequence[float]) -> Estimate:
    return ratio([one - other for one, other in zip(first, second, strict=True)], sizes)


def _sizes(read: Read) -> list[float]:
    return [float(len(row.tokens)) for row in read.without]


def _tokens(one: Checkpoint) -> Iterator[Token]:
    losses: dict[int, list[tuple[float, float]]] = {}
    for without, under in zip(one.read.without, one.read.under, strict=True):
        for token, before, after in zip(without.tokens, without.losses, under.losses, strict=True):
            losses.setdefault(token, []).append((before, after))
    falls = {token: sum(before - after for before, after in both) for token, both in losses.items()}
    for token in sorted(falls, key=lambda token: -falls[token])[:_LISTED]:
        before, after = (sum(side) / len(side) for side in zip(*losses[token], strict=True))
        yield Token(one.text(token), len(losses[token]), before, after, falls[token])


def _stretches(read: Read) -> Iterator[Stretch]:
    for place, first in enumerate(_BEGINNINGS):
        last = _BEGINNINGS[place + 1] - 1 if place + 1 < len(_BEGINNINGS) else None
        part = slice(first - 1, last)
        there = [place for place, row in enumerate(read.without) if row.losses[part]]
        if there:
            cut = Read(*(tuple(_cut(rows[place], part) for place in there) for rows in (read.without, read.under)))
            yield Stretch(first, last, cut.tokens, _change(cut, _sizes(cut)))


def _cut(row: RowLoss, part: slice) -> RowLoss:
    return RowLoss(row.row, row.prompt, row.tokens[part], row.losses[part])
