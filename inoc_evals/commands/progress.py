"""How far a run is: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from inoc_evals.cell import Line
from inoc_evals.plan.duration import left

if TYPE_CHECKING:
    from rich.console import Console

# How often a line is said: in a log of lines, and where a line takes the place of the one before.
_EVERY_S, _REPLACED_EVERY_S = 30.0, 1.0
RESPONSES = "responses"


class Pace:
    """Responses of one set of checkpoints, those of earlier runs apart, or other things that are called `what`. `now`
    gives seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic, what: str = RESPONSES) -> None:
        self._now = now
        self.what = what
        self._begun = now()
        self._kept: int | None = None
        self.done = self.total = 0

    def count(self, done: int, total: int) -> None:
        """Note how many responses there are, and how many there will be."""
        if self._kept is None or not self.total:
            self._kept = done
        self.done, self.total = done, total

    def keep(self, more: int) -> None:
        """Note that so many of the responses counted from now on were made earlier."""
        self._kept = (self._kept or 0) + more

    @property
    def made(self) -> int:
        """The responses that this run made."""
        return self.done - (self._kept or 0)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._now() - self._begun

    @property
    def left(self) -> str:
        """Such as "2 to 5 min left", and "" while nothing can be said."""
        missing = self.total - self.done
        span = left(self.made, self.seconds, missing) if missing > 0 else None
        return f"{span.words} left" if span else ""

    @property
    def line(self) -> str:
        """How far it is."""
        told = f"{self.done} of {self.total} {self.what} after {self.seconds:.0f} s"
        return f"{told}, {self.left}" if self.left else told


@contextmanager
def progress_shown(
    console: Console, title: str, now: Callable[[], float] = time.monotonic, what: str = RESPONSES
) -> Iterator[tuple[Pace, Callable[[int, int], None]]]:
    """The pace, and what to tell of responses (or `what` else) done and in all, while the block runs. `now` gives
    seconds."""
    pace = Pace(now, what)
    every_s = _REPLACED_EVERY_S if isinstance(console.file, Line) else _EVERY_S
    shown = _bar(console, title, pace) if console.is_terminal else _now_and_then(console, title, pace, every_s)
    with shown as show:
        yield pace, show


def part_shown(show: Callable[[int, int], None], number: int, parts: int) -> Callable[[int, int], None]:
    """What to tell of the part `number` (from 0) of so many `parts` that are equally long."""
    return lambda done, total: show(number * total + done, parts * total)


@contextmanager
def _bar(console: Console, title: str, pace: Pace) -> Iterator[Callable[[int, int], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed}}/{{task.total}} {pace.what}"),
    )
    rest = (TimeElapsedColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, *rest, console=console, transient=True) as bars:
        bar = bars.add_task(title, total=None, left="")

        def show(done: int, total: int) -> None:
            pace.count(done, total)
            bars.update(bar, completed=done, total=total, left=pace.left)

        yield show


@contextmanager
def _now_and_then(console: Console, title: str, pace: Pace, every_s: float) -> Iterator[Callable[[int, int], None]]:
    said, estimated = 0.0, False

    def show(done: int, total: int) -> None:
        nonlocal said, estimated
        pace.count(done, total)
        first = bool(pace.left) and not estimated
        if done < total and (first or pace.seconds >= said + every_s):
            said, estimated = pace.seconds, estimated or first
            console.print(f"{title}: {pace.line}")

    yield show
    if pace.made:
        console.print(f"{title}: {pace.line}")
