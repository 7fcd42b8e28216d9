"""The page for everybody: no rule of axe-core broken, nothing out of reach of the keyboard, nothing beyond the edge."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.measures.scale import share
from inoc_evals.report.html import compute, write_report
from inoc_evals.report.sections import Material
from inoc_evals.results.findings import findings
from tests.report.browser import CARDS, COUNT, visit
from tests.report.rows import make, source, study
from tests.report.rows import page as page_of
from tests.results.test_corrected import TASK, as_judged, labels

pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)

WIDTHS = (1280, 768, 390)
LOCKED = Path(__file__).with_name("axe")
LONG = "a-name-without-any-space-that-is-longer-than-a-phone-is-wide-" * 3
UNFOLD = "document.querySelectorAll('details').forEach((each) => (each.open = true)); 1"
AXE = (
    "window.found = null; axe.run().then((all) => { window.found = JSON.stringify("
    "all.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))])); }); 1"
)
# How much of a grid's width each of its rows fills, by how many things; a panel is taken away each time.
FILLED = """(() => {
  const told = [];
  const tell = (grid) => {
    const rows = new Map();
    for (const each of grid.children) {
      const box = each.getBoundingClientRect();
      rows.set(Math.round(box.top), [...(rows.get(Math.round(box.top)) ?? []), box.width]);
    }
    const whole = grid.getBoundingClientRect().width;
    told.push([...rows.values()].map((row) => [row.length, row.reduce((sum, each) => sum + each, 0) / whole]));
  };
  document.querySelectorAll('table.cards thead tr').forEach(tell);
  const panels = document.querySelector('.panels');
  for (; panels.children.length; panels.lastElementChild.remove()) tell(panels);
  return JSON.stringify(told);
})()"""
# The page as it is printed.
PRINTED = """(() => {
  for (const rule of document.styleSheets[0].cssRules) {
    if (!rule.media) continue;
    const text = rule.media.mediaText;
    rule.media.mediaText = text === 'print' ? 'all' : text.startsWith('screen') ? 'not all' : text;
  }
})()"""


# npm's codes for a registry that is not there or refuses; what came and was wrong has others, such as EINTEGRITY.
UNREACHED = re.compile(r"code (E(?:NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|NETUNREACH|40[134]|5\d\d))\b")


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, as its lock file names it. It lies in the environment of the tests, and is fetched one time."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core comes from npm, which is not installed here")
    folder = Path(sys.prefix) / "axe"
    script, lock = folder / "node_modules" / "axe-core" / "axe.min.js", folder / "package-lock.json"
    wanted = (LOCKED / lock.name).read_text()
    with FileLock(Path(sys.prefix) / ".axe.lock"):
        if not script.is_file() or lock.read_text() != wanted:
            folder.mkdir(exist_ok=True)
            for name in ("package.json", lock.name):
                shutil.copy(LOCKED / name, folder)
            # It compares what comes with the hash in the lock file.
            quiet = ("--no-audit", "--no-fund", "--fetch-retries=1")
            command = [npm, "ci", "--ignore-scripts", "--omit-lockfile-registry-resolved", *quiet]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                script.unlink(missing_ok=True)
                if (unreached := UNREACHED.search(done.stderr)) is not None:
                    pytest.skip(f"axe-core comes from npm, which reaches no registry here ({unreached[1]})")
                pytest.fail(f"npm could not fetch axe-core: {done.stderr[-1000:]}")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it: several tasks, arms and ratings, long names, long and empty responses."""
    rows = study()
    rows.append(make(arm="none", checkpoint="none-s1", item=LONG, category=LONG, response=LONG * 100, prompt_text=LONG))
    rows.append(make(arm=LONG, checkpoint=LONG, response="", values={"trait": None}, causes={"trait": LONG}))
    change = {"against": LONG, "largest": 0.75, "mean": 0.5, "noise": 0.0, "probes": 4}
    proven = {LONG: change, "none": {**change, "against": "base", "silent": True}}
    settings = {"judge": LONG, "proven": proven}
    steps = {"inoculated-s1": TrainingStep(LONG, 8, "none-s1"), "inoculated-s2": TrainingStep(LONG, 100_000, "none-s1")}
    given = source(rows, ["none", "inoculated"], settings, {"capitals": share("in capitals")})
    judged = [row for row in rows if row.task == TASK and row.values["alignment"] is not None]
    given = replace(given, steps=steps, labels=(labels(judged, as_judged),))
    return write_report(compute(Material(findings(given), given, 2)), tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(page: Path, axe: str, width: int, theme: str) -> None:
    options = (f"--width={width}", *(["--dark"] if theme == "dark" else []))
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    ask = (AXE, "until window.found")
    found = visit(
        page, "innerWidth", axe + "; 1", sideways, *ask, UNFOLD, sideways, *ask,
        "getComputedStyle(document.body).backgroundColor", options=options,
    )  # fmt: skip
    assert found.results[0] == width
    assert found.results[2] is found.results[6] is False
    assert json.loads(found.results[4]) == []
    assert json.loads(found.results[8]) == []
    assert found.results[9] == ("rgb(20, 22, 26)" if theme == "dark" else "rgb(255, 255, 255)")


def test_axe_is_heard(page: Path, axe: str) -> None:
    spoilt = "document.querySelector('#search').labels[0].replaceWith(document.querySelector('#search')); 1"
    found = visit(page, axe + "; 1", spoilt, AXE, "until window.found")
    assert [name for name, _ in json.loads(found.results[3])] == ["label"]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_card_is_left_alone_in_a_row(tmp_path: Path, width: int) -> None:
    rows = [
        make(task=f"t{traits}", item=f"q{question}", values={f"v{number}": 1.0 for number in range(traits)} | ratings)
        for traits in range(1, 8)
        for question in range(2)
        for ratings in [{f"r{number}": 50.0 for number in range(7)} if traits == 1 else {}]
    ]
    (told,) = visit(write_report(page_of(rows), tmp_path), FILLED, options=(f"--width={width}",)).results
    cards, panels = json.loads(told)[:-7], json.loads(told)[-7:]
    assert [row[0][0] for row in cards] == [1, 2, 3, 2, 2, 3, 2, 3, 3, 3, 2, 2]
    assert [sum(count for count, _ in grid) for grid in panels] == [7, 6, 5, 4, 3, 2, 1]
    assert all(filled > 0.9 for grid in cards + panels for _, filled in grid)
    assert [[count for count, _ in grid] for grid in panels[3:5]] == {
        1280: [[2, 2], [3]],
        768: [[2, 2], [2, 1]],
        390: [[1, 1, 1, 1], [1, 1, 1]],
    }[width]


def test_the_keyboard_reaches_everything(page: Path) -> None:
    where = "[document.activeElement.textContent, getComputedStyle(document.activeElement).outlineWidth].join()"
    seen = "document.activeElement.getBoundingClientRect().top >= 0"
    fold = "document.querySelector('#rates details')"
    wide = "document.querySelector('#differences .wide')"
    last = "while (!document.getElementById('next').disabled) document.getElementById('next').click();"
    previous = "document.getElementById('previous')"
    found = visit(
        page,
        "press Tab", where, seen,
        "press Enter", "document.activeElement.id",
        "press Tab", where,
        f"{fold}.querySelector('summary').focus(); {fold}.open", "press Enter", f"{fold}.open",
        f"{wide}.focus(); [{wide}.getAttribute('aria-label'), {wide}.scrollLeft].join()",
        "press Right", f"until {wide}.scrollLeft > 0",
        f"document.getElementById('next').focus(); {last} 1", "document.activeElement.id",
        f"while (!{previous}.disabled) {previous}.click(); {CARDS}",
        "document.getElementById('next').focus()", "press Space", COUNT,
        options=("--width=390",),
    )  # fmt: skip
    results = found.results
    assert results[1:3] == ["Skip to what was found,3px", True]
    assert results[4] == "content"
    assert results[6] == "What was found,3px"
    assert (results[7], results[9]) == (False, True)
    assert results[10] == "Differences, scrolls,0"
    assert results[14] == "previous"
    assert results[15] == 20
    assert results[18].startswith("21 to 40 of ")
    assert found.console == []


def test_paper_shows_what_was_folded_and_nothing_to_press(page: Path) -> None:
    hidden = "[...document.querySelectorAll('nav, select, input, button, .skip, .links')].filter((e) => e.offsetWidth)"
    tables = "[...document.querySelectorAll('section > details table, figure > details table')]"
    seen = ".every((e) => e.checkVisibility({ contentVisibilityAuto: true }))"
    wide = "[...document.querySelectorAll('#differences .wide, #exclusions .wide, #adapters .wide, #progress .wide')]"
    found = visit(
        page,
        f"{hidden}.length > 10", f"{tables}{seen}",
        PRINTED,
        f"{hidden}.length", f"{tables}.length > 3", f"{tables}{seen}",
        f"[...document.querySelectorAll('article details pre')]{seen}",
        f"{wide}.every((e) => e.scrollWidth <= 700)",
        "getComputedStyle(document.body).backgroundColor",
        options=("--dark", "--width=700"),
    )  # fmt: skip
    assert found.results[:2] == [True, False]
    assert found.results[3:] == [0, True, True, False, True, "rgb(255, 255, 255)"]
