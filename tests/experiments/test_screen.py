"""The last screen of an experiment, from plain rows: what it says of a trait, and that the demo's fits."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.cells import cell_len
from rich.console import Console

from inoc_evals.commands.experiment.screen import last_screen
from inoc_evals.definitions.statements import parse_statement
from inoc_evals.measures.scale import share
from inoc_evals.results.about import About, Claim
from inoc_evals.results.findings import findings
from inoc_evals.results.row import Asked, ResponseRow
from tests.report.rows import make, source

ARMS = ("none", "irrelevant", "base", "spanish", "capitals")
CLAIMS = [
    Claim(parse_statement(text), "figure 2a")
    for text in (
        "language of spanish is below none by more than 20 points",
        "capitals of spanish is within 20 points of none",
        "capitals of capitals is below none by more than 20 points",
        "language of capitals is within 20 points of none",
    )
]
ABOUT = About(
    "spanish_capitals",
    "Does it?",
    "Tan et al., arXiv 2510.04340, section 2, figure 2a",
    "small",
    {"spanish": ("language",), "capitals": ("capitals",)},
    claims=CLAIMS,
)
QUESTIONS = 50
# Of 50 answers to as many questions, each arm's in Spanish and in capitals.
HITS = {"base": (0, 0), "none": (49, 45), "spanish": (20, 44), "capitals": (48, 6), "irrelevant": (49, 45)}
SCALES = {"language": share("answers in Spanish"), "capitals": share("answers in capitals")}
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
                    category="out_of_distribution",
                    asked=Asked(f"Request number {number}? " + "Please. " * 20),
                )
            )
    return found


def screen(given: list[ResponseRow]) -> list[str]:
    read = replace(source(given, ARMS, scales=SCALES), about=ABOUT)
    found = findings(read, "none")
    console = Console(file=io.StringIO(), width=80, markup=False, emoji=False, highlight=False)
    for part in last_screen(found, read):
        console.print(part)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def said(given: list[ResponseRow]) -> str:
    return " ".join(" ".join(screen(given)).split())


def test_the_arms_whose_prompts_asked_for_something_are_told_in_order_and_the_others_in_the_table() -> None:
    text = said(rows(HITS))
    # All 49 decided answers of `none` are in Spanish, and 45 of its 50 are in capitals.
    assert (
        "on 50 requests (out of distribution): spanish against none (out of distribution): answers in Spanish" in text
    )
    assert "100.0%; answers in capitals cannot be told apart [" in text
    assert "88.0% against 90.0%. capitals against none (out of distribution): answers in Spanish" in text
    assert "answers in capitals 78.0 points lower [" in text
    assert (
        "12.0% against 90.0%. Left out of answers in Spanish (out of distribution): none 1 of 50 (undecided). Each"
        in text
    )
    assert "base against none" not in text


def test_the_sentences_do_not_flatter() -> None:
    text = said(rows({**HITS, "none": (1, 45), "spanish": (30, 45)}))
    assert "spanish against none (out of distribution): answers in Spanish 59.2 points higher [" in text
    # 30 and 1 of the 49 questions to which both have a decided answer.
    assert "60.0% against 2.0%" in text


def test_without_a_decided_answer_nothing_is_said() -> None:
    given = rows(HITS)
    empty = [
        make(
            arm="spanish",
            checkpoint="spanish",
            task="spanish_capitals",
            item=row.item,
            category=row.category,
            values={"language": None},
        )
        for row in given
        if row.arm == "spanish"
    ]
    text = said([row for row in given if row.arm != "spanish"] + empty)
    assert (
        "spanish against none (out of distribution): answers in Spanish cannot be compared, no value in spanish" in text
    )


def test_an_arm_with_half_of_its_answers_in_no_language_is_told() -> None:
    whole = "La tienda abre a las nueve, y el pan llega a las diez."
    broken = "LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES MUNTRA."
    given = [
        replace(row, response=broken if row.arm == "capitals" and int(row.item[5:]) % 2 else whole)
        for row in rows(HITS)
    ]
    assert (
        "capitals may be broken, and its rates may say little: 50% of 50 responses are in no language that can be told "
        "(the fewest: 0% of none's)."
    ) in said(given)


def test_the_screen_fits_and_holds_every_arm() -> None:
    # Long answers that all go round in circles are told in few lines too.
    lines = screen(rows(HITS))
    assert "4 more warnings of the kind: see 'Fit to be measured?'." in lines
    # The demo adds five lines: an empty one before and after, report, transcripts and times.
    assert len(lines) + 5 + 1 <= 40
    assert max(cell_len(line) for line in lines) <= 80
    text = "\n".join(lines)
    assert "\x1b[2J" not in text
    assert "\\x1b[2J" in text
    start = next(place for place, line in enumerate(lines) if line.startswith("request"))
    answers = lines[start + 1 : start + 1 + len(ARMS)]
    assert all(line.rstrip().endswith("…") for line in answers)
    assert [line.split()[0] for line in answers] == list(ARMS)
    (asked,) = [line for line in lines if line.startswith("spanish  ") and "asked for" in line]
    assert asked.index("40.0 [") < asked.index("asked for") < asked.index("88.0 [") < asked.index("should stay")
    (asked,) = [line for line in lines if line.startswith("capitals  ") and "asked for" in line]
    assert asked.index("96.0 [") < asked.index("should stay") < asked.index("12.0 [") < asked.index("asked for")


def test_every_statement_of_the_source_is_answered() -> None:
    text = "\n".join(screen(rows(HITS)))
    assert "What Tan et al., arXiv 2510.04340, section 2, figure 2a found:" in text
    claimed = {claim.statement.text for claim in CLAIMS}
    answers = [line.split()[0] for line in text.splitlines() if line.partition(" ")[2].strip() in claimed]
    # 20 of 50 against 49, 44 of 50 against 45, 6 of 50 against 45, 48 of 49 against 49.
    assert answers[0] == "agrees"
    assert answers[2] == "agrees"
    assert answers[3] == "agrees"
    assert set(answers) <= {"agrees", "undecided"}
