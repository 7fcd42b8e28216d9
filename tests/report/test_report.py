from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from inoc_evals.report.figure import draw
from inoc_evals.report.table import Line, contrasts, markdown, rich_table, summary
from inoc_evals.results.row import ResponseRow


def row(arm: str, item: str, value: float | None, stop: str = "stop") -> ResponseRow:
    causes = {"language": "undecided"} if value is None else {}
    return ResponseRow(
        arm=arm,
        checkpoint=arm,
        task="t",
        item=item,
        cluster=item,
        category="ood",
        condition="",
        epoch=1,
        choice=0,
        response="x",
        values={"language": value, "other": 1.0},
        causes=causes,
        details={},
        stop_reason=stop,
        prompt_text=None,
        prompt_sha256=None,
    )


ROWS = [row("none", f"q{i}", 1.0) for i in range(10)] + [row("spanish", f"q{i}", float(i < 2)) for i in range(9)]
ROWS += [row("spanish", "q9", None, "max_tokens")]


def lines() -> tuple[Line, ...]:
    return summary(ROWS, ["none", "spanish"], {"t": ["language"]})


def test_one_line_per_arm_with_exclusions_by_cause() -> None:
    first, second = lines()
    assert (first.arm, first.rate.equal, first.causes) == ("none", 1.0, {})
    assert (second.arm, second.rate.equal) == ("spanish", 2 / 9)
    assert second.causes == {"undecided": 1}
    assert (second.rate.bounds.low, second.rate.bounds.high) == (0.2, 0.3)
    assert second.truncated == 0.1


def test_differences_are_paired_by_question() -> None:
    (contrast,) = contrasts(ROWS, ["none", "spanish"], {"t": ["language"]}, "none")
    assert contrast.difference.mean == pytest.approx(2 / 9 - 1)
    assert (contrast.difference.questions, contrast.difference.unpaired) == (9, 1)


def test_tables_show_rates_and_the_one_seed_warning() -> None:
    console = Console(width=140, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(rich_table(lines()))
    shown = captured.get()
    assert "22.2" in shown
    assert "1 undecided [20.0, 30.0]" in shown
    assert "other training seeds" in shown
    assert "the same questions and checkpoints, asked again" in " ".join(shown.split())
    text = markdown(lines(), contrasts(ROWS, ["none", "spanish"], {"t": ["language"]}, "none"))
    assert "| t | ood | language | spanish | 22.2 |" in text
    assert "| spanish - none | -77.8 |" in text


def test_the_figure_is_the_same_twice(tmp_path: Path) -> None:
    png, svg = draw(lines(), tmp_path / "one", "Title")
    again = draw(lines(), tmp_path / "two", "Title")[1]
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert svg.read_bytes() == again.read_bytes()
    assert ">t: ood<" in svg.read_text()
