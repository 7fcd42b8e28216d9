"""The profile of a panel of dispositions on the page, on paper, in tables and in the results."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.export import results
from inoc_evals.report.frontier_picture import name_width
from inoc_evals.report.html import compute, render, write_report
from inoc_evals.report.profile_picture import picture
from inoc_evals.report.profile_plot import SHOWN, plot
from inoc_evals.report.profile_texts import HEAD, lines, sentences, ways
from inoc_evals.report.sections import Material
from inoc_evals.report.table import markdown
from inoc_evals.report.told import told
from inoc_evals.report.write import write_all
from inoc_evals.results.findings import findings
from inoc_evals.results.source import Source
from tests.report.browser import visit
from tests.report.rows import page
from tests.report.test_accessibility import AXE, UNFOLD, axe  # noqa: F401
from tests.results.test_profile import LOG_ODDS, Values, normal, panel, rows

HOSTILE = "odd <i>&x"
NOISE = normal(2, 60, 0.0)


def moved(shift: float) -> list[float]:
    return [x + shift + 0.3 * y for x, y in zip(normal(1, 60, 0.0), NOISE, strict=True)]


def given_source(arms: tuple[str, ...] = ("b", HOSTILE)) -> Source:
    """A panel: surely changed in opposite ways, without standard units, without a value, and one that is open."""
    base = normal(1, 60, 0.0)
    shifts = {arm: (1.0, -0.5) if place % 2 == 0 else (0.0, 0.02) for place, arm in enumerate(arms)}
    tasks: dict[str, dict[str, Values]] = {
        "ultimatum": {"a": base, **{arm: moved(shifts[arm][0]) for arm in arms}},
        "bargaining": {"a": base, **{arm: moved(shifts[arm][1]) for arm in arms}},
        "few_questions": {"a": base[:8], **{arm: normal(5, 8, 0.0) for arm in arms}},
        "subterfuge": {"a": [0.0] * 20, **{arm: [0.0] * 20 for arm in arms}},
        "silent": {"a": base, **{arm: [None] * 60 for arm in arms}},
    }
    trust = replace(LOG_ODDS, direction="higher is fairer", unit="")
    scales = dict.fromkeys(tasks, LOG_ODDS) | {"subterfuge": share("rung", "higher is oftener climbed")}
    return panel(tasks, scales | {"bargaining": trust})


def test_where_a_change_would_have_to_be_greater_than_the_scale_none_could_have_been_seen() -> None:
    few: dict[str, Values] = {"a": [0.0, 1.0, 0.0], "b": [1.0, 0.0, 0.0]}
    found = findings(panel({"one": few, "two": few}, dict.fromkeys(("one", "two"), share("rung", "higher is more"))))
    (said,) = sentences(found)
    assert "one (no change whatever could have been seen)" in said
    assert found.profile is not None
    assert [line[HEAD.index("least that would have been seen")] for line in lines(found, found.profile)] == ["none"] * 2


def test_the_sentences_say_what_changed_what_did_not_and_of_what_nothing_can_be_said() -> None:
    first, second = sentences(findings(given_source()))
    assert re.match(
        r"b against a: surely changed: ultimatum \(more generous, \+1\.\d\d standard units\), "
        r"bargaining \(lower \(higher is fairer\), -0\.\d\d standard units\); nothing can be said of ",
        first,
    )
    assert re.search(r"few questions \(less than [\d.]+ nats could not have been seen\)", first)
    assert re.search(r"subterfuge \(less than [\d.]+ points could not have been seen\)", first)
    assert first.endswith("silent (no response of b has a value (malformed)).")
    assert second.startswith(
        f"{HOSTILE} against a: no disposition is surely changed; no change of more than 0.2 standard units: "
    )
    assert "ultimatum" in second.partition("; nothing")[0]


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        ("higher is more generous", ("less generous", "more generous")),
        ("higher is less honest", ("more honest", "less honest")),
        ("higher is oftener right", ("less often right", "oftener right")),
        ("higher is more often solved", ("less often solved", "more often solved")),
        ("higher is fairer", ("lower (higher is fairer)", "fairer")),
        ("more is better", ("lower (more is better)", "higher (more is better)")),
        ("", ("lower", "higher")),
    ],
)
def test_less_and_more_are_told_in_the_words_of_the_scale(direction: str, words: tuple[str, str]) -> None:
    scale = Scale(None, None, "unbounded", "", direction)
    both = {"one": {"a": moved(0.0), "b": moved(0.5)}, "two": {"a": moved(0.0), "b": moved(0.5)}}
    found = findings(panel(both, {"one": scale, "two": scale})).profile
    assert found is not None
    assert ways(found.dispositions[0]) == words


def test_the_page_the_results_the_document_and_the_table_tell_the_same() -> None:
    read = given_source()
    found = findings(read)
    made = compute(Material(found, read, 1))
    text = render(made)
    section = text.split('<section id="profile"')[1].split("</section>")[0]
    assert text.index('id="answer"') < text.index('<section id="profile"') < text.index('<section id="rates"')
    assert "odd &lt;i&gt;&amp;x" in section
    assert HOSTILE not in section
    # Two arms in four dispositions, of which one has no standard units.
    assert section.count("<circle") == 6
    assert section.count('class="full"') == 2
    assert section.count('<th scope="row">') == 8
    assert "silent, b: no response of b has a value (malformed)" in section
    assert "surely changed: more generous" in section
    recorded = results(made.findings, made.sections)
    json.dumps(recorded, allow_nan=False)
    kept = recorded["profile"]
    assert kept["sentences"] == list(sentences(found))
    assert [each["task"] for each in kept["dispositions"]] == ["ultimatum", "bargaining", "few_questions", "subterfuge"]
    assert kept["dispositions"][0]["changes"][0]["state"] == "changed"
    assert kept["dispositions"][3]["changes"][0]["standard"]["effect"] is None
    assert kept["tests"] == 8
    assert [each["task"] for each in kept["unread"]] == ["silent", "silent"]
    assert told(found)["profile"]["dispositions"] == found.profile.dispositions  # type: ignore[union-attr]
    lines = markdown(found).splitlines()
    head = lines.index(f"| {' | '.join(HEAD)} |")
    assert [line.split(" | ")[0] for line in lines[head + 2 : head + 10 : 2]] == [
        "| ultimatum: log odds of giving",
        "| bargaining: log odds of giving",
        "| few questions: log odds of giving",
        "| subterfuge: rung",
    ]
    assert lines[head + 2].endswith(" | surely changed: more generous |")


def test_without_a_panel_there_is_no_profile(tmp_path: Path) -> None:
    assert 'id="profile"' not in render(page([row for arm in "ab" for row in rows("one", arm, [0.0, 1.0])]))
    read = replace(given_source(), spread=frozenset())
    write_all(read, findings(read), tmp_path)
    assert not list(tmp_path.glob("profile.*"))
    assert "surely changed" not in (tmp_path / "table.md").read_text()


def test_files_for_a_paper_are_the_same_every_time(tmp_path: Path) -> None:
    read = given_source()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_all(read, findings(read), tmp_path / name)
    for name in ("profile.png", "profile.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    svg = (tmp_path / "one" / "profile.svg").read_text()
    assert all(each in svg for each in ("ultimatum", "few questions", "more generous →", "against a"))
    assert "surely changed: ultimatum" in (tmp_path / "one" / "table.md").read_text()


def test_everything_stands_where_its_number_is() -> None:
    found = findings(given_source())
    assert found.profile is not None
    seen, shown = picture(found, found.profile), plot(found, found.profile)
    assert seen is not None
    assert shown is not None
    for band, row in zip(seen.bands, shown.rows, strict=True):
        for mark, dot in zip(band.marks, row.dots, strict=True):
            # 160 units on either side of 0.
            assert (mark.x - seen.zero) / 160 == pytest.approx(dot.effect / shown.limit, abs=1e-4)
            assert mark.left <= mark.x <= mark.right
    first, second = seen.bands[0].marks
    assert first.x > second.x
    assert (first.sure, second.sure) == (True, False)
    assert [tick.text for tick in seen.ticks].count("0") == 1
    assert "ultimatum: b +1." in seen.aloud
    assert "subterfuge: no standard units" in seen.aloud


def test_of_many_arms_those_with_the_surest_changes_have_dots() -> None:
    arms = tuple(f"arm{number:02d}" for number in range(12))
    found = findings(given_source(arms))
    assert found.profile is not None
    shown = plot(found, found.profile)
    assert shown is not None
    assert len(shown.arms) == SHOWN
    # Every other arm is changed.
    assert set(arms[::2]) < set(shown.arms)
    assert shown.others == 5
    said = sentences(found)
    assert len(said) == 5
    assert said[-1] == "8 more arms stand in the table."


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_a_name_and_a_direction_stand_beside_each_other(task: str, direction: str) -> None:
    from inoc_evals.report.profile_picture import _beside
    from inoc_evals.report.profile_plot import Row

    name, more = _beside(Row(task, direction, ()))
    assert name
    assert name_width(name) + name_width(more) <= 330


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 390), ("light", 320)])
def test_on_a_phone_axe_finds_no_violation(tmp_path: Path, axe: str, theme: str, width: int) -> None:  # noqa: F811
    pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)
    read = given_source()
    file = write_report(compute(Material(findings(read), read, 1)), tmp_path)
    whole = (
        "document.querySelector('#profile figure').getBoundingClientRect().right <="
        " document.documentElement.clientWidth"
    )
    inside = (
        "(() => { const box = document.querySelector('#profile figure').getBoundingClientRect(); return"
        " [...document.querySelectorAll('#profile svg text')].every((e) => { const one = e.getBoundingClientRect();"
        " return one.left >= box.left - 1 && one.right <= box.right + 1; }); })()"
    )
    options = (f"--width={width}", *(["--dark"] if theme == "dark" else []))
    found = visit(file, axe + "; 1", UNFOLD, whole, inside, AXE, "until window.found", options=options)
    assert found.results[2] is True
    assert found.results[3] is True
    assert json.loads(found.results[5]) == []
    assert found.console == []
