"""How far a run is, where there is no terminal."""

from __future__ import annotations

import io

from rich.console import Console

from inoc_evals.commands.progress import Pace, progress_shown


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_earlier_runs_made_does_not_make_this_one_faster() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.count(900, 1000)
    clock.seconds = 20
    pace.count(920, 1000)
    assert pace.made == 20
    # 80 at one a second: not the few seconds that 920 in 20 s would mean.
    assert pace.left == "up to 3 min left"
    clock.seconds = 100
    pace.count(1000, 1000)
    assert pace.left == ""
    assert pace.line == "1000 of 1000 responses after 100 s"


def test_a_line_at_the_first_estimate_then_every_half_minute_and_at_the_end() -> None:
    clock, said = Clock(), io.StringIO()
    with progress_shown(Console(file=said, width=200), "none", clock) as (_, show):
        show(0, 600)
        for second in range(1, 101):
            clock.seconds = float(second)
            show(second * 6, 600)
    lines = said.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "none: 60 of 600 responses after 10 s",
        "none: 240 of 600 responses after 40 s",
        "none: 420 of 600 responses after 70 s",
        "none: 600 of 600 responses after 100 s",
    ]
    assert "left" in lines[0]
    assert "left" not in lines[-1]


def test_nothing_is_said_where_nothing_was_to_be_done() -> None:
    said = io.StringIO()
    with progress_shown(Console(file=said), "none", Clock()) as (_, show):
        show(600, 600)
    assert said.getvalue() == ""
