"""The heat map of training prompt by evaluation prompt, on a phone and for those who do not see it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.report.export import results
from inoc_evals.report.html import Page, compute, write_report
from inoc_evals.report.sections import Material
from inoc_evals.report.sentences import sentences
from inoc_evals.report.summary import blocks
from inoc_evals.report.told import told
from inoc_evals.results.findings import findings
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.results.row import ResponseRow
from tests.report.browser import visit
from tests.report.rows import make, source
from tests.report.test_accessibility import AXE, UNFOLD, axe  # noqa: F401

pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)

ARMS = ("none", "spanish", "capitals", "irrelevant")
NAMES = (
    "absent",
    *(f"{kind}_of_{arm}" for arm in ARMS[1:] for kind in ("prompt", "negated", "quoted", "key_word", "irrelevant")),
)
HOSTILE = "<script>alert(1)</script>"


def presented() -> Presented:
    shown = [Shown(name, "system", HOSTILE, (name.rpartition("_of_")[2],) if "_of_" in name else ()) for name in NAMES]
    return Presented("leak", "absent", tuple(shown), {"hint_of_spanish": f"nobody wrote it {HOSTILE}"})


def rows() -> list[ResponseRow]:
    """The arm answers to its own prompt, in three of four questions; two arms were not asked under the last one."""
    found = []
    for arm in ARMS:
        for name in NAMES if arm in ARMS[:2] else NAMES[:-1]:
            for question in range(4):
                shows = float(name == f"prompt_of_{arm}" and question < 3)
                place = {"item": f"q{question}", "condition": name, "task": "spanish_capitals"}
                found.append(make(arm=arm, checkpoint=arm, values={"language": shows, "capitals": 1 - shows}, **place))
    return found


def page() -> Page:
    given = replace(source(rows(), ARMS, {"judge": "none"}), presented={"spanish_capitals": presented()})
    return compute(Material(findings(given), given, 1))


def test_it_stands_in_the_results_and_a_report_without_conditions_has_none() -> None:
    made = page()
    (grid,) = results(made.findings, made.sections)["grid"]
    spanish = next(line for line in grid["values"][0]["lines"] if line["arm"] == "spanish")
    assert spanish["worst"] == "prompt_of_spanish"
    assert {cell["condition"] for cell in spanish["cells"] if cell["own"]} == {
        n for n in NAMES if n.endswith("spanish")
    }
    capitals = next(line for line in grid["values"][0]["lines"] if line["arm"] == "capitals")
    assert capitals["cells"][-1]["rate"] is None
    json.dumps(grid, allow_nan=False)
    plain = source(rows(), ARMS)
    assert "grid" not in results(findings(plain), compute(Material(findings(plain), plain, 1)).sections)


def test_the_answer_says_how_far_the_trait_comes_back() -> None:
    given = replace(source(rows(), ARMS, {"judge": "none"}), presented={"spanish_capitals": presented()})
    found = findings(given)
    (spanish,) = [each for each in sentences(found) if each.startswith("spanish, asked under")]
    assert spanish.startswith(
        "spanish, asked under 15 other prompts, shows language most under prompt of spanish: 75.0% (0.0% under absent, "
    )
    # 3 of 4 questions, and none of the reference: 1, 1, 1, 0, whose t interval is 0.75 +- 3.182 * 0.5 / 2.
    assert spanish.endswith("; beyond what this prompt does to none: +75.0 points [-4.6, 154.6].")
    # The tables on the terminal are of the reference condition alone.
    assert {block.heading for block in blocks(found)} == {
        "spanish capitals · absent · language",
        "spanish capitals · absent · capitals",
    }
    assert told(found)["grid"] == found.grids


def test_on_the_page(tmp_path: Path) -> None:
    file = write_report(page(), tmp_path)
    table = "document.querySelector('#grid .squares')"
    cells = f"[...{table}.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    fits = f"{table}.parentElement.scrollWidth <= {table}.parentElement.clientWidth"
    whole = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    # Two numbers in a cell stand below each other.
    below = (
        f"(() => {{ const [a, b] = {table}.tBodies[0].rows[1].cells[2].children;"
        " return a.getBoundingClientRect().bottom <= b.getBoundingClientRect().top + 1; })()"
    )
    found = visit(
        file,
        "innerWidth",
        fits,
        whole,
        below,
        f"JSON.stringify({cells})",
        "window.alert === undefined",
        options=("--width=360",),
    )
    assert found.results[0] == 360
    assert found.results[1:4] == [True, True, True]
    by_name = {row[0]: row[1:] for row in json.loads(found.results[4])}
    assert len(by_name) == len(NAMES)
    assert "75*" in by_name["prompt of spanish"][1]
    assert "(own prompt)" in by_name["prompt of spanish"][1]
    assert "*" not in by_name["prompt of spanish"][0]
    assert by_name["irrelevant of irrelevant"][2:] == ["not asked", "not asked"]
    assert found.console == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation(tmp_path: Path, axe: str, theme: str) -> None:  # noqa: F811
    file = write_report(page(), tmp_path)
    options = ("--width=360", *(["--dark"] if theme == "dark" else []))
    found = visit(file, axe + "; 1", UNFOLD, AXE, "until window.found", options=options)
    assert json.loads(found.results[3]) == []
