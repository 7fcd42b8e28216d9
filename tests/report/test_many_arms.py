"""More arms than anybody reads: what stands on the screen and the page, and that nothing is lost."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from inoc_evals.report.figure import draw
from inoc_evals.report.html import render
from inoc_evals.report.summary import blocks
from inoc_evals.report.table import markdown
from inoc_evals.report.terminal import as_text
from inoc_evals.results.findings import Findings, findings
from inoc_evals.results.row import ResponseRow
from tests.report.rows import make, page, source

# Arm a000 is the reference; the rating of arm aN is such that their order is not that of their names.
MANY = 200
RATING = {f"a{number:03}": float(number * 77 % MANY) / 2 for number in range(MANY)}
RANKED = sorted(RATING, key=lambda arm: -RATING[arm])


def rows(count: int = MANY) -> list[ResponseRow]:
    return [
        make(arm=arm, checkpoint=arm, item=f"q{question}", values={"rating": RATING[arm]})
        for arm in list(RATING)[:count]
        for question in range(3)
    ]


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings(source(rows()))


def test_a_table_holds_the_reference_and_both_ends(found: Findings) -> None:
    (block,) = blocks(found)
    expected = ["a000", *RANKED[:10], *[arm for arm in RANKED if arm != "a000"][-10:]]
    assert [row[0] for row in block.rates.rows] == expected
    assert block.differences is not None
    assert [row[0] for row in block.differences.rows] == expected[1:]
    text = as_text(found)
    assert len(text.splitlines()) < 100
    assert "179 more arms, between these or without a value, stand in table.md" in text
    table = markdown(found)
    assert all(f"| {arm} |" in table and (arm == "a000" or f"| {arm} - a000 |" in table) for arm in RATING)


def test_of_fitness_the_screen_has_the_reference_and_those_that_are_least_fit() -> None:
    texts = {arm: "" if number in (50, 150) else "An answer." for number, arm in enumerate(RATING)}
    broken = [
        make(arm=arm, checkpoint=arm, item=f"q{question}", response=text)
        for arm, text in texts.items()
        for question in range(12)
    ]
    text = as_text(findings(source(broken)))
    table = text[text.index("% of each arm's texts") :].splitlines()
    assert [line.split()[0] for line in table[2:5]] == ["a000", "a050", "a150"]
    assert "179 more arms, which are no nearer to being broken, stand in report.html" in text


def test_thirty_arms_are_shown_as_they_are() -> None:
    (block,) = blocks(findings(source(rows(30))))
    assert [row[0] for row in block.rates.rows] == list(RATING)[:30]
    assert block.more == ""


def test_arms_without_a_value_are_at_no_end() -> None:
    without = [
        make(arm=f"b{number}", item="q1", values={"rating": None}, causes={"rating": "error"}) for number in range(40)
    ]
    (block,) = blocks(findings(source([*without, *rows(3)])))
    assert {row[0] for row in block.rates.rows} == {"b0", "a000", "a001", "a002"}


def test_the_page_has_all_cards_and_folds_those_between_the_ends() -> None:
    html = render(page(rows()))
    cards = html[html.index("Each trait, arm by arm") :]
    cards = cards[: cards.index("How to read a card")]
    first, others = cards.split("<details><summary>179 more arms</summary>")
    named = {part: [arm for arm in RATING if f'<p class="arm">{arm}</p>' in part] for part in (first, others)}
    low = [arm for arm in RANKED if arm != "a000"][-10:]
    assert sorted(named[first]) == sorted(["a000", *RANKED[:10], *low])
    assert len(named[others]) == MANY - 21
    assert not set(named[first]) & set(named[others])


def test_the_figure_stays_as_large_and_names_places_in_the_order_of_rates(found: Findings, tmp_path: Path) -> None:
    def size(name: str, shown: Findings) -> tuple[int, ...]:
        png, _ = draw(shown, tmp_path / name, "Title")
        return struct.unpack(">II", png.read_bytes()[16:24])

    assert size("many", found) == size("few", findings(source(rows(3))))
    svg = (tmp_path / "many.svg").read_text()
    named = [arm for arm in RANKED if f">{arm}<" in svg]
    assert len(named) == 8
    assert {RANKED[0], RANKED[-1]} <= {*named}
    assert "200 arms, by rating" in svg


@pytest.mark.filterwarnings("error")
def test_a_long_name_and_one_of_other_letters_leave_room_for_the_picture(tmp_path: Path) -> None:
    names = ("none", "漢字", "a name that no person would type, but a script that writes its settings into it did " * 2)
    made = [
        make(arm=arm, checkpoint=arm, item=f"q{question}", values={"rating": 40.0 + question})
        for arm in names
        for question in range(3)
    ]
    _, svg = draw(findings(source(made)), tmp_path / "figure", "")
    drawn = svg.read_text()
    assert "漢字" in drawn
    assert names[2][:60] not in drawn
