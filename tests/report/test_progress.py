"""Curves over the steps of training, wherever they are shown."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.terminal import as_text
from inoc_evals.report.told import told
from inoc_evals.report.write import write_all
from inoc_evals.results.findings import findings
from inoc_evals.results.source import Source
from tests.report.rows import make, source, study

# Hits out of ten, of the unwanted and of the wanted trait.
HITS = {"spanish": {5: (2, 9), 10: (7, 4)}, "placebo": {5: (3, 8), 10: (9, 2)}}


def grown() -> Source:
    rows = [row for one in ("none", "base") for row in asked(one, one, 1, 10)]
    steps = {}
    for arm, by_step in HITS.items():
        for step, (unwanted, wanted) in by_step.items():
            label = f"{arm}-step{step}"
            rows += asked(arm, label, unwanted, wanted)
            steps[label] = TrainingStep(f"runs/{arm}", step, "base")
    return replace(source(rows, ("none", "spanish", "placebo", "base")), steps=steps)


def asked(arm: str, checkpoint: str, unwanted: int, wanted: int) -> list:  # type: ignore[type-arg]
    return [
        make(
            arm=arm,
            checkpoint=checkpoint,
            task="spanish_capitals",
            category="out_of_distribution",
            item=f"q{number}",
            values={"language": float(number < unwanted), "capitals": float(number < wanted)},
        )
        for number in range(10)
    ]


def test_the_page_has_a_curve_an_arm_and_the_numbers_below(tmp_path: Path) -> None:
    given = grown()
    found = findings(given, "none")
    html = render(compute(Material(found, given)))
    section = html[html.index('<section id="progress"') :]
    section = section[: section.index("</section>")]
    assert section.count("<figure>") == 2
    assert section.index("<h4>language</h4>") < section.index("<h4>capitals</h4>")
    assert section.count('<polyline class="curve') == 4
    assert "spanish, step 10: 70.0 [" in section
    cells = re.findall(r'<td class="number">([\d.]+) \[', section)
    # Row by row: step 0, 5 and 10, of spanish and then of the placebo.
    assert cells == ["10.0", "10.0", "20.0", "30.0", "70.0", "90.0", "100.0", "100.0", "90.0", "80.0", "40.0", "20.0"]
    assert "spanish, placebo have checkpoints at several steps of training; what is said of them is of" in html
    assert "those of the last step are here" in html


def test_files_hold_every_point_and_every_response(tmp_path: Path) -> None:
    given = grown()
    found = findings(given, "none")
    write_all(given, found, tmp_path)
    points = json.loads((tmp_path / "results.json").read_text())["progress"]
    assert [(one["arm"], one["step"], one["rate"]["equal"]) for one in points if one["measure"] == "language"] == [
        ("spanish", 0, 0.1),
        ("spanish", 5, 0.2),
        ("spanish", 10, 0.7),
        ("placebo", 0, 0.1),
        ("placebo", 5, 0.3),
        ("placebo", 10, 0.9),
    ]
    with (tmp_path / "responses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {(row["checkpoint"], row["step"]) for row in rows} >= {("spanish-step5", "5"), ("none", "")}
    first = [(tmp_path / f"progress.{kind}").read_bytes() for kind in ("png", "svg")]
    assert first[0].startswith(b"\x89PNG")
    assert b"step of training" in first[1]
    write_all(given, found, tmp_path)
    assert first == [(tmp_path / f"progress.{kind}").read_bytes() for kind in ("png", "svg")]
    assert "70.0" in (tmp_path / "table.md").read_text()
    assert "20.0" not in (tmp_path / "table.md").read_text().split("| spanish_capitals")[2]


def test_a_small_table_for_terminals() -> None:
    text = as_text(findings(grown(), "none"))
    assert max(map(len, text.splitlines())) <= 80
    table = text[text.index("language by step (%, 95% interval)") :].splitlines()
    assert table[1].split() == ["step", "spanish", "placebo"]
    assert [re.findall(r"([\d.]+) \[", line) for line in table[2:5]] == [
        ["10.0", "10.0"],
        ["20.0", "30.0"],
        ["70.0", "90.0"],
    ]
    document = told(findings(grown(), "none"))
    assert len(document["progress"]) == 12


@pytest.mark.parametrize("rows", [study(), []])
def test_without_steps_nothing_of_it_is_there(rows: list, tmp_path: Path) -> None:  # type: ignore[type-arg]
    given = source(rows)
    found = findings(given)
    page = compute(Material(found, given))
    assert 'id="progress"' not in render(page)
    assert "by step" not in as_text(found)
    assert "progress" not in told(found)
    if rows:
        write_all(given, found, tmp_path)
        assert not list(tmp_path.glob("progress.*"))
        assert "step" not in (tmp_path / "responses.csv").read_text().splitlines()[0].split(",")
        assert "progress" not in json.loads((tmp_path / "results.json").read_text())
