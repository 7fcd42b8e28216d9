"""Live progress of the stages of an experiment, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# Done, of how many (0: nobody knows), and what.
Show = Callable[[int, int, str], None]
_EVERY_S = 15


class Stages:
    """The stages of one run. `seconds` are those of each that is over, by name."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Show]:
        """Progress of one stage on a terminal, one line when it is done, and its time."""
        started = said = time.monotonic()
        columns = (
            TextColumn("{task.fields[stage]:<20}"),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        console = self.console
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("", total=None, stage=name)

            def show(done: int, total: int, text: str) -> None:
                nonlocal said
                described = f"{done}/{total} {text}" if total else text
                progress.update(bar, completed=done, total=total or None, description=described)
                # Without a terminal there is no bar; a line now and then shows that work goes on.
                if not console.is_terminal and time.monotonic() - said > _EVERY_S:
                    said = time.monotonic()
                    console.print(f"  {name}: {described}")

            yield show
        self.seconds[name] = time.monotonic() - started
        console.print(f"{name} done in {self.seconds[name]:.1f} s")
