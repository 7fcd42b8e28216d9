from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.figure import draw
from inoc_evals.report.table import markdown
from inoc_evals.results.findings import Findings, compared, findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source


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


def found(scale: Scale | None = None) -> Findings:
    scales = {"t": {"language": scale or share("answers in Spanish"), "other": share()}}
    return findings(Source(tuple(ROWS), ("none", "spanish"), scales, {"t": ["language"]}, {}))


def test_one_line_per_arm_with_exclusions_by_cause() -> None:
    first, second = found().rates
    assert (first.arm, first.rate.equal, first.causes) == ("none", 1.0, {})
    assert (second.arm, second.rate.equal) == ("spanish", 2 / 9)
    assert second.causes == {"undecided": 1}
    assert (second.rate.bounds.low, second.rate.bounds.high) == (0.2, 0.3)
    assert second.truncated == 0.1


def test_differences_are_paired_by_question() -> None:
    (contrast,) = found().differences
    assert contrast.difference.mean == pytest.approx(2 / 9 - 1)
    assert (contrast.difference.questions, contrast.difference.unpaired) == (9, 1)


def test_tables_show_rates_and_the_one_seed_warning() -> None:
    text = markdown(found())
    assert "1 undecided [20.0, 30.0]" in text
    assert "other training seeds" in text
    assert "the same questions and checkpoints, asked again" in text
    assert "| t | ood | answers in Spanish | spanish | 22.2 |" in text
    assert "| spanish - none | -77.8 |" in text


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ({"none": 1, "spanish": 1}, "with one checkpoint an arm, not other training seeds"),
        ({"none": 1, "spanish": 2}, "other training seeds of the arms that have several checkpoints"),
        ({"none": 2, "spanish": 2}, "other questions and other training seeds"),
    ],
)
def test_what_an_interval_speaks_of_is_said_as_it_is(seeds: dict[str, int], said: str) -> None:
    rows = [
        replace(row(arm, f"q{item}", float(item < 3 + seed)), checkpoint=f"{arm}-{seed}")
        for arm, count in seeds.items()
        for seed in range(count)
        for item in range(9)
    ]
    scales = {"t": {"language": share(), "other": share()}}
    text = markdown(findings(Source(tuple(rows), tuple(seeds), scales, {"t": ["language"]}, {})))
    assert f"{said}." in text


def test_the_figure_is_the_same_twice(tmp_path: Path) -> None:
    png, svg = draw(found(), tmp_path / "one", "Title")
    again = draw(found(), tmp_path / "two", "Title")[1]
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert svg.read_bytes() == again.read_bytes()
    assert ">t: ood<" in svg.read_text()
    assert ">answers in Spanish<" in svg.read_text()


def test_an_arm_can_be_compared_with_any_other() -> None:
    (contrast,) = compared(found(), "spanish", "none")
    assert (contrast.arm, contrast.reference) == ("none", "spanish")
    assert contrast.difference.mean == pytest.approx(1 - 2 / 9)
    assert contrast.p_holm == contrast.difference.p


def test_a_scale_without_ends_has_a_mean_in_its_own_unit(tmp_path: Path) -> None:
    shown = found(Scale(None, None, "unbounded", "nats"))
    second = shown.rates[1]
    values = [1.0] * 2 + [0.0] * 7
    low, high = stats.t.interval(0.95, 8, loc=2 / 9, scale=stats.sem(values))
    assert (second.method, second.rate.low, second.rate.high) == ("open mean", pytest.approx(low), pytest.approx(high))
    assert f"| spanish | 0.222 | [{low:.3g}, {high:.3g}] |" in markdown(shown)
    assert [spread.counts[0] + spread.counts[-1] for spread in shown.distributions] == [10, 9]
    assert (shown.distributions[0].low, shown.distributions[0].high) == (0.0, 1.0)
    assert draw(shown, tmp_path / "open", "")[0].stat().st_size > 0
