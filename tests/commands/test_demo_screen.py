"""The demo's last screen, from plain rows: what it says of a trait, and that it fits."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from inoc_evals.commands.demo_screen import TRAITS, Shown, headline, last_screen
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from tests.report.rows import make, source

ARMS = ("base", "none", "spanish", "capitals", "irrelevant")
ASKED = {"spanish": "language", "capitals": "capitals"}
QUESTIONS = 50
# Of 50 answers to as many questions, each arm's in Spanish and in capitals.
HITS = {"base": (0, 0), "none": (49, 45), "spanish": (20, 44), "capitals": (48, 6), "irrelevant": (49, 45)}
LONG = "¡CLARO QUE SÍ! " * 40
ODD = "\x1b[2J\n一行では入らない長い答え" * 20 + "[bold]"


def rows(hits: dict[str, tuple[int, int]]) -> list[ResponseRow]:
    found = []
    for arm, (spanish, capitals) in hits.items():
        for number in range(QUESTIONS):
            values = {"language": float(number < spanish), "capitals": float(number < capitals)}
            undecided = arm == "none" and number == QUESTIONS - 1
            found.append(
                make(
                    arm=arm,
                    checkpoint=arm,
                    task="spanish_capitals",
                    item=f"chat-{number}",
                    response=ODD if arm == "base" else LONG,
                    values={**values, "language": None} if undecided else values,
                    causes={"language": "undecided"} if undecided else {},
                )
            )
    return found


def parts(given: list[ResponseRow]) -> tuple[tuple[object, ...], tuple[object, ...], Shown]:
    found = findings(source(given, ARMS), "none")
    shown = Shown(
        ASKED,
        "none",
        {f"chat-{number}": f"Request number {number}? " + "Please. " * 20 for number in range(QUESTIONS)},
        {(row.arm, row.item): row.response for row in given},
    )
    rates = sorted((rate for rate in found.rates if rate.measure in TRAITS), key=lambda rate: ARMS.index(rate.arm))
    return tuple(rates), found.differences, shown


def screen(given: list[ResponseRow]) -> list[str]:
    console = Console(file=io.StringIO(), width=80, markup=False, emoji=False, highlight=False)
    for part in last_screen(*parts(given)):  # type: ignore[arg-type]
        console.print(part)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def test_the_headline_tells_what_fell_and_what_stayed() -> None:
    # All 49 decided answers of `none` are in Spanish, and 45 of its 50 are in capitals.
    assert headline(*parts(rows(HITS))) == (  # type: ignore[arg-type]
        "Evaluated without the prompt of training, against training without one: after a prompt asking for Spanish, "
        "Spanish fell from 100.0 to 40.0% and capitals did not clearly change (90.0 to 88.0%); after one asking for "
        "capitals, capitals fell from 90.0 to 12.0% and Spanish did not clearly change (100.0 to 96.0%)."
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ((2, 45), "Spanish did not clearly change (2.0 to 4.0%)"),
        ((30, 45), "Spanish rose from 2.0 to 60.0%"),
        ((1, 0), "and capitals fell from 90.0 to 0.0%"),
    ],
)
def test_the_headline_does_not_flatter(after: tuple[int, int], said: str) -> None:
    hits = {**HITS, "none": (1, 45), "spanish": after}
    given = [row for row in rows(hits) if row.arm != "none"]
    given += [
        make(arm="none", checkpoint="none", task="spanish_capitals", item=row.item, values=row.values)
        for row in rows({"x": hits["none"]})
    ]
    assert said in headline(*parts(given))  # type: ignore[arg-type]


def test_without_a_decided_answer_nothing_is_said() -> None:
    given = rows(HITS)
    empty = [
        make(arm="spanish", checkpoint="spanish", task="spanish_capitals", item=row.item, values={"language": None})
        for row in given
        if row.arm == "spanish"
    ]
    said = headline(*parts([row for row in given if row.arm != "spanish"] + empty))  # type: ignore[arg-type]
    assert "asking for Spanish, nothing can be said of Spanish and nothing can be said of capitals; after" in said


def test_the_screen_fits_and_holds_every_arm() -> None:
    lines = screen(rows(HITS))
    # The demo adds five lines: an empty one before and after, report, transcripts and times.
    assert len(lines) + 5 + 1 <= 40
    assert max(cell_len(line) for line in lines) <= 80
    text = "\n".join(lines)
    assert "\x1b[2J" not in text
    assert "\\x1b[2J" in text
    assert all(line.rstrip().endswith("…") for line in lines[-2 * len(ARMS) :])
    responses = [line.split()[:2] for line in lines[-2 * len(ARMS) :]]
    assert responses == [[arm, number] for arm in ARMS for number in "12"]
    (asked,) = [line for line in lines if line.startswith("spanish  ") and "asked for" in line]
    assert asked.index("40.0 [") < asked.index("asked for") < asked.index("88.0 [") < asked.index("should stay")
    (asked,) = [line for line in lines if line.startswith("capitals  ") and "asked for" in line]
    assert asked.index("96.0 [") < asked.index("should stay") < asked.index("12.0 [") < asked.index("asked for")
    assert "left out: base 0, none 1, spanish 0" in " ".join(text.split())
