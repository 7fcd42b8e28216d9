"""How far the ratings are, on standard error: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

EVERY_S = 10.0
Advance = Callable[[object], None]  # called with each verdict
# What is rated and how many ratings it takes -> what to call after each of them.
Watch = Callable[[str, int], AbstractContextManager[Advance]]


def unwatched(what: str, total: int) -> AbstractContextManager[Advance]:  # noqa: ARG001 - a Watch
    """Shows nothing."""
    return nullcontext(lambda _: None)


@contextmanager
def ratings_shown(what: str, total: int) -> Iterator[Advance]:
    """A function to call after each of `total` ratings of `what`."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _lines(console.print, what, total)
        return
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} ratings"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        bar = bars.add_task(escape(what), total=total)
        yield lambda _: bars.advance(bar)


def _lines(write: Callable[..., object], what: str, total: int) -> Advance:
    def say(text: str) -> None:
        write(text, markup=False, soft_wrap=True)

    say(f"{what}: {total} ratings")
    done = 0
    started = told = time.monotonic()

    def advance(_: object) -> None:
        nonlocal done, told
        done += 1
        now = time.monotonic()
        if now - told >= EVERY_S:
            told = now
            say(f"{what}: {done} of {total} ratings after {now - started:.0f} s")

    return advance
