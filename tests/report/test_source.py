"""What an experiment adds to a report: its statements with verdicts, and which values are wanted, asked for or not."""

from __future__ import annotations

from dataclasses import replace

from inoc_evals.definitions.statements import parse_statement
from inoc_evals.report.export import results
from inoc_evals.report.html import Page, compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.table import markdown
from inoc_evals.results.about import About, Claim
from inoc_evals.results.findings import findings
from inoc_evals.results.source import Source
from tests.report.rows import make, page, source

ROWS = [
    make(
        arm=arm,
        checkpoint=arm,
        task="spanish_capitals",
        item=f"q{number}",
        values={"capitals": float(number < loud), "language": float(number < spanish)},
    )
    for arm, loud, spanish in (("none", 27, 28), ("placebo", 27, 28), ("asked", 2, 27))
    for number in range(30)
]
CLAIMS = (
    Claim(parse_statement("capitals of asked is below none"), "figure <2a>"),
    Claim(parse_statement("language of asked is below none"), "table 1"),
    Claim(parse_statement("capitals of base is below none"), "table 2"),
)
ASKED = {"asked": ("capitals",)}
ABOUT = About("loud", "Does it <b>?", "A paper, section 2", "small", ASKED, ["capitals"], ["language"], CLAIMS)


def read() -> Source:
    return replace(source(ROWS, ["none", "placebo", "asked"]), about=ABOUT)


def shown() -> Page:
    given = read()
    return compute(Material(findings(given), given))


def test_each_statement_stands_on_the_page_with_what_was_measured_and_its_verdict() -> None:
    text = render(shown())
    assert "Does it &lt;b&gt;?" in text
    assert "loud, scale small; A paper, section 2" in text
    lines = text.split('<section id="source"')[1].split("</section>")[0].split("<tr>")[2:]
    verdicts = [line.split("<strong>")[1].split("</strong>")[0] for line in lines]
    assert verdicts == ["agrees", "undecided", "not measured"]
    assert "figure &lt;2a&gt;" in lines[0]
    # 2 and 27 of 30, and their difference.
    assert "6.7% against 90.0%: -83.3 points [" in lines[0]
    assert "these checkpoints only" in lines[0]
    assert "would decide it" in lines[1] or "might decide it" in lines[1]
    assert "nothing to compare" in lines[2]


def test_the_same_stands_in_the_results() -> None:
    made = shown()
    told = results(made.findings, made.sections)["source"]
    assert (told["experiment"], told["scale"], told["unwanted"]) == ("loud", "small", ["capitals"])
    assert [each["answer"] for each in told["found"]] == ["agrees", "undecided", "not measured"]
    assert told["found"][0]["levels"] == [2 / 30, 27 / 30]
    assert told["found"][2]["mean"] is None


def test_the_unwanted_trait_stands_before_the_wanted_one_and_both_say_so() -> None:
    found = findings(read())
    assert found.tasks["spanish_capitals"].headline == ("capitals", "language")
    lines = markdown(found).splitlines()
    assert [line.split(" | ")[2:4] for line in lines[2:8]] == [
        ["capitals (unwanted)", "none"],
        ["capitals (unwanted)", "placebo"],
        ["capitals (unwanted)", "asked (asked for)"],
        ["language (wanted)", "none"],
        ["language (wanted)", "placebo"],
        ["language (wanted)", "asked"],
    ]


def test_without_an_experiment_there_is_no_such_section() -> None:
    assert 'id="source"' not in render(page(ROWS))
    assert "source" not in results(findings(source(ROWS)), {})
