"""The frontier on the page, on paper and in the results, and what is said beside the verdicts."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.statements import parse_statement
from inoc_evals.report.export import results
from inoc_evals.report.frontier_picture import name_width, picture
from inoc_evals.report.frontier_texts import sentences
from inoc_evals.report.html import compute, render, write_report
from inoc_evals.report.labels import Box, placed
from inoc_evals.report.pictures import WIDTH
from inoc_evals.report.sections import Material
from inoc_evals.report.told import told
from inoc_evals.report.write import write_all
from inoc_evals.results.about import About, Claim, Cost
from inoc_evals.results.findings import findings
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.results.source import Source
from tests.report.browser import visit
from tests.report.rows import make, page, source
from tests.report.test_accessibility import AXE, UNFOLD, axe  # noqa: F401

HOSTILE = "odd <i>&x"
ARMS = {"none": (0.9, 0.9), "good": (0.1, 0.9), HOSTILE: (0.1, 0.3), "twin": (0.1, 0.9), "clean": (0.0, 1.0)}
CLAIM = Claim(parse_statement("bad of good is below none"), "figure 1")
ABOUT = About(
    "e",
    "?",
    "s",
    "small",
    unwanted=["bad"],
    wanted=["fine"],
    claims=[CLAIM],
    kinds={"good": "frozen adapter"},
    controls=["clean"],
    costs={"good": Cost(1234.4, 10, None, 2.5e6)},
)
PRESENTED = Presented("leak", "absent", tuple(Shown(name, "system", "", ()) for name in ("absent", "leak")), {})


def given_source(*, leak: bool = True) -> Source:
    rows = []
    for arm, (bad, fine) in ARMS.items():
        for number in range(12):
            for condition in ("absent", "leak") if leak else ("absent",):
                for epoch in range(10):
                    here = 0.7 if condition == "leak" and arm == "good" else bad
                    values = {"bad": float(epoch < 10 * here), "fine": float(epoch < 10 * fine)}
                    place = {"item": f"q{number:02d}", "condition": condition, "epoch": epoch}
                    rows.append(make(arm=arm, checkpoint=arm, values=values, **place))
    found = replace(source(rows, list(ARMS), {"judge": "none"}), about=ABOUT)
    return replace(found, presented={"t": PRESENTED}) if leak else found


def test_the_sentences_say_what_the_data_tell_and_what_they_do_not() -> None:
    said = sentences(findings(given_source()))
    assert any(
        each.startswith("good keeps bad lower than none: -80.0 points [")
        and "; at no loss of fine that could be told: +0.0 points [" in each
        for each in said
    )
    assert any(
        each.startswith(f"{HOSTILE} keeps bad lower") and "; it has less of fine: -60.0" in each for each in said
    )
    assert "none is dominated by good and twin." in said
    assert "good and twin cannot be told apart." in said
    assert not any("were not asked" in each for each in said)
    assert sentences(findings(given_source(leak=False)))[-1].startswith("Other evaluation prompts were not asked")


def test_what_was_lost_stands_in_the_table_and_in_the_sentences() -> None:
    read = given_source(leak=False)
    able = [
        make(
            arm=arm,
            checkpoint=arm,
            task="easy",
            category=f"c{number % 2}",
            item=f"e{number:02d}",
            epoch=epoch,
            values={"right": float(epoch < (5 if arm == "good" else 9))},
        )
        for arm in ("none", "good", "twin")
        for number in range(12)
        for epoch in range(10)
    ]
    both = replace(source([*read.rows, *able], list(ARMS)), about=ABOUT, side_effects=frozenset({"easy"}))
    found = findings(both)
    said = sentences(found)
    assert any(each.startswith("good has less of easy (right) than none: -40.0 points [-") for each in said)
    assert not any(each.startswith("twin has less of easy") for each in said)
    made = compute(Material(found, both, 1))
    section = render(made).split('<section id="frontier"')[1].split("</section>")[0]
    assert "easy (right), %" in section
    assert "the same less that of none" in section
    lines = {
        arm: section.split(f'<th scope="row">{arm}</th>')[1].split("</tr>")[0] for arm in ("none", "good", "clean")
    }
    assert ">50.0 [" in lines["good"]
    assert ">-40.0 [-" in lines["good"]
    assert ">90.0 [" in lines["none"]
    recorded = results(made.findings, made.sections)["frontier"]
    good = next(each for each in recorded["points"] if each["arm"] == "good")
    assert good["damage"]["abilities"][0]["change"]["mean"] == pytest.approx(-0.4)
    assert recorded["abilities"][0]["task"] == "easy"
    none = next(each for each in recorded["points"] if each["arm"] == "none")
    assert none["dominated_by"] == ["twin"]


def test_the_table_says_what_was_done_in_each_arm_where_it_is_known() -> None:
    read = given_source(leak=False)
    untold = replace(read, about=replace(ABOUT, kinds={}))
    with_kinds, without = (render(compute(Material(findings(each), each, 1))) for each in (read, untold))
    assert "frozen adapter" in with_kinds
    assert "what was done" in with_kinds
    assert "frozen adapter" not in without
    assert "what was done" not in without


def test_the_page_the_results_and_the_document_tell_the_same() -> None:
    read = given_source()
    made = compute(Material(findings(read), read, 1))
    text = render(made)
    section = text.split('<section id="frontier"')[1].split("</section>")[0]
    assert "odd &lt;i&gt;&amp;x" in section
    assert HOSTILE not in section
    assert "dominated by good, twin" in section
    assert section.count("<circle") == len(ARMS)
    assert section.count('class="hollow"') == 1
    assert section.count(" faded") == 2
    # Good's cost: seconds and megabytes; its tokens nobody noted.
    row = section.split('<th scope="row">good</th>')[1].split("</tr>")[0]
    assert "70.0 [" in row
    assert '>1,234</td><td class="number">-</td><td class="number">2.5</td>' in row
    recorded = results(made.findings, made.sections)
    json.dumps(recorded, allow_nan=False)
    by_arm = {each["arm"]: each for each in recorded["frontier"]["points"]}
    assert by_arm["good"]["leak"]["condition"] == "leak"
    assert by_arm["none"]["dominated_by"] == ["good", "twin"]
    assert recorded["frontier"]["sentences"][0] in section
    assert told(made.findings)["frontier"]["points"] == made.findings.frontier.points  # type: ignore[union-attr]
    assert next((each["arm"], each["other"]) for each in recorded["survival"]) == ("good", "none")


def test_how_surely_an_order_stays_stands_beside_the_verdict() -> None:
    read = given_source()
    text = render(compute(Material(findings(read), read, 1)))
    verdict = text.split('<section id="source"')[1].split("</section>")[0]
    assert "<strong>agrees</strong>; the order stays in 100.0% of 2,000 worlds" in verdict
    survives = text.split('<section id="survival"')[1].split("</section>")[0]
    assert "good below none" in survives
    assert "training seed" in survives


def test_without_an_experiment_there_is_neither() -> None:
    text = render(page([make()]))
    assert 'id="frontier"' not in text
    assert 'id="survival"' not in text


def test_files_for_a_paper_are_the_same_every_time(tmp_path: Path) -> None:
    read = given_source()
    found = findings(read)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_all(read, found, tmp_path / name)
    for name in ("frontier.png", "frontier.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    svg = (tmp_path / "one" / "frontier.svg").read_text()
    assert all(arm in svg for arm in ("none", "good", "twin", "clean"))
    plain = replace(read, about=None)
    (tmp_path / "plain").mkdir()
    write_all(plain, findings(plain), tmp_path / "plain")
    assert not (tmp_path / "plain" / "frontier.png").exists()


def test_everything_stands_where_its_number_is() -> None:
    found = findings(given_source())
    assert found.frontier is not None
    seen = picture(found, found.frontier)
    none, good = seen.marks[0], seen.marks[1]
    # Both axes go from 0 to 100%.
    assert (none.x - seen.left) / (seen.right - seen.left) == pytest.approx(0.9, abs=1e-3)
    assert (seen.bottom - none.y) / (seen.bottom - seen.top) == pytest.approx(
        (0.9 - float(seen.upright[0].text) / 100) / (1 - float(seen.upright[0].text) / 100), abs=1e-3
    )
    assert good.leak is not None
    assert (good.leak - seen.left) / (seen.right - seen.left) == pytest.approx(0.7, abs=1e-3)
    assert good.left <= good.x <= good.right
    assert "good: 10.0 [" in seen.aloud
    assert "worst leak 70.0" in seen.aloud


CROWD = [
    *(
        "none",
        "base",
        "wanted",
        "MMMMMMMMMM",
        "placebo",
        "inoculated",
        "pool",
        "half_of_rows",
        "at_evaluation",
        "mixed",
    ),
    *("wwwwwwwwwwwwww", "QUARTER_OF_STEPS", "clean_after", "frozen", "a_random_adapter_of_its_norms"),
]


def crowd(spread: float) -> Source:
    """Fifteen arms whose rates are a half and by chance at most half of `spread` more or less."""
    chance = random.Random(5)
    rows = []
    for arm in CROWD:
        bad, fine = (0.5 + spread * (chance.random() - 0.5) for _ in range(2))
        for number in range(4):
            for epoch in range(10):
                values = {"bad": float(epoch < 10 * bad), "fine": float(chance.random() < fine)}
                rows.append(make(arm=arm, checkpoint=arm, item=f"q{number}", epoch=epoch, values=values))
    return replace(source(rows, CROWD), about=About("e", "?", "s", "small", unwanted=["bad"], wanted=["fine"]))


@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_names_of_many_arms_that_lie_together_are_apart(spread: float) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from inoc_evals.report.frontier_figure import drawn

    found = findings(crowd(spread))
    assert found.frontier is not None
    named = [mark.name for mark in picture(found, found.frontier).marks if mark.name is not None]
    assert len(named) == len(CROWD)
    # The line of a name is 13 high, and stands 4 above where it is written.
    halves = [name_width(name.text) / 2 for name in named]
    boxes = [
        Box(name.x - half, name.y - 10.5, name.x + half, name.y + 2.5) for name, half in zip(named, halves, strict=True)
    ]
    assert all(one.shared(other) < 0.1 for one, other in combinations(boxes, 2))
    assert all(box.left > -0.1 and box.right < WIDTH + 0.1 for box in boxes)
    figure = drawn(Figure(), found)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [text.get_window_extent(canvas.get_renderer()) for text in figure.axes[0].texts]
    assert len(texts) == len(CROWD)
    assert not any(one.overlaps(other) for one, other in combinations(texts, 2))
    assert all(text.x0 >= 0 and text.x1 <= figure.bbox.x1 and text.y1 <= figure.bbox.y1 for text in texts)


def test_on_a_phone_names_of_many_arms_are_apart(tmp_path: Path) -> None:
    pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)
    read = crowd(0.1)
    file = write_report(compute(Material(findings(read), read, 1)), tmp_path)
    # A line of letters is higher than the letters, by more than a name is away from the next one.
    script = (
        "(() => { const all = [...document.querySelectorAll('#frontier svg text.arm')].map((e) =>"
        " e.getBoundingClientRect()); const low = (e) => e.bottom - 2, high = (e) => e.top + 2; return [all.length,"
        " all.flatMap((one, place) => all.slice(place + 1).filter((other) => one.left < other.right - 1 && other.left <"
        " one.right - 1 && high(one) < low(other) && high(other) < low(one))).length]; })()"
    )
    found = visit(file, UNFOLD, script, options=("--width=390",))
    assert found.results[1] == [len(CROWD), 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(40, 300), st.floats(30, 270)), min_size=1, max_size=12))
def test_names_do_not_lie_on_each_other(points: list[tuple[float, float]]) -> None:
    sizes = [(60.0, 13.0)] * len(points)
    marks = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    area = Box(0.0, 0.0, 340.0, 290.0)
    boxes = placed(points, sizes, marks, area, 8.0)
    assert all(one.shared(other) <= 1e-6 for one, other in combinations(boxes, 2))
    assert all(box.shared(area) == pytest.approx(box.area) for box in boxes)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_axe_finds_no_violation(tmp_path: Path, axe: str, theme: str) -> None:  # noqa: F811
    pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)
    read = given_source()
    file = write_report(compute(Material(findings(read), read, 1)), tmp_path)
    whole = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    inside = (
        "(() => { const box = document.querySelector('#frontier figure').getBoundingClientRect(); return"
        " [...document.querySelectorAll('#frontier svg text')].every((e) => { const one = e.getBoundingClientRect();"
        " return one.left >= box.left - 1 && one.right <= box.right + 1; }); })()"
    )
    options = ("--width=390", *(["--dark"] if theme == "dark" else []))
    found = visit(file, axe + "; 1", UNFOLD, whole, inside, AXE, "until window.found", options=options)
    assert found.results[2] is True
    assert found.results[3] is True
    assert json.loads(found.results[5]) == []
    assert found.console == []
