"""Many checkpoints are asked in turns: so many have their logs in one folder, and are asked before the next ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.commands.progress import Pace

# Each model that is asked holds connections, and inspect's work for a set of logs grows faster than the set.
TOGETHER = 32
_SHOWN = 4


@dataclass(frozen=True)
class Turn:
    """The labels of checkpoints whose logs are in one `folder`; at most `at_once` of them are asked at a time."""

    labels: tuple[str, ...]
    folder: Path
    at_once: int


def turns(labels: Collection[str], folder: Path, at_once: int = TOGETHER) -> list[Turn]:
    """Checkpoints by their labels in turns, in `folder` where one is enough and else in folders beside it. The same
    labels in whatever order give the same turns, so that an interrupted run finds its logs again."""
    order = sorted(labels)
    if len(order) <= TOGETHER:
        return [Turn(tuple(order), folder, at_once)]
    starts = range(0, len(order), TOGETHER)
    return [
        Turn(tuple(order[start : start + TOGETHER]), folder.with_name(f"{folder.name}-part{number}"), at_once)
        for number, start in enumerate(starts, 1)
    ]


class Count:
    """The responses of all turns as one number: `totals` are those of each turn, and `show` is told how many there are,
    and how many there will be."""

    def __init__(self, totals: Sequence[int], pace: Pace, show: Callable[[int, int], None]) -> None:
        self._done = [(0, total) for total in totals]
        self._begun: set[int] = set()
        self._pace, self._show = pace, show

    def of(self, turn: int) -> Callable[[int, int], None]:
        """What is to be told how far a turn is. What it has when it begins was made earlier."""

        def tell(done: int, total: int) -> None:
            if turn not in self._begun:
                self._begun.add(turn)
                self._pace.keep(done)
            self._done[turn] = done, total
            self._show(sum(finished for finished, _ in self._done), sum(in_all for _, in_all in self._done))

        return tell


def called(labels: Sequence[str]) -> str:
    """The labels in a line: all of them where they are few."""
    if len(labels) <= _SHOWN:
        return ", ".join(labels)
    return f"{len(labels)} checkpoints, {labels[0]} to {labels[-1]}"
