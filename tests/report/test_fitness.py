"""Fit to be measured? The table and its warnings on the terminal, on the page and for programs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.report.export import results
from inoc_evals.report.html import render
from inoc_evals.report.sentences import sentences
from inoc_evals.report.terminal import as_text
from inoc_evals.report.told import told
from inoc_evals.results.findings import Findings, findings
from inoc_evals.results.fitness import HALF, LIMITS, RATIO
from inoc_evals.results.row import ResponseRow
from tests.command import run
from tests.report.rows import make, page, source

PROSE = "The library opens at nine on weekdays, and at ten on Saturdays, when it rains."
WORDLESS = "LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES MUNTRA."
PERPLEXITY = {"nats": 3.0, "tokens": 400, "sha256": "ab" * 32, "against": "org/base", "against_nats": 2.9}
LONG_NAME = "an_arm_with_a_name_that_is_longer_than_its_column"


def rows(arm: str, good: int, bad: int, **given: Any) -> list[ResponseRow]:
    texts = [PROSE] * good + [WORDLESS] * bad
    common = {"arm": arm, "checkpoint": arm, **given}
    return [make(item=f"q{number}", response=text, **common) for number, text in enumerate(texts)]


# As in a demo whose adapters were trained too long.
DEMO = [*rows("none", 20, 0), *rows(LONG_NAME, 10, 10, stop_reason="unknown")]
SETTINGS = {"perplexity": {"none": PERPLEXITY}}


def found(given: list[ResponseRow] = DEMO, settings: dict[str, Any] = SETTINGS) -> Findings:
    return findings(source(given, settings=settings))


def test_half_of_an_arm_in_no_language_is_a_warning_wherever_the_answer_is_shown() -> None:
    words = "50% of 20 responses are in no language that can be told (the fewest: 0% of none's)."
    warning = f"{LONG_NAME} may be broken, and its rates may say little: {words}"
    assert sentences(found())[-1] == warning
    assert warning in " ".join(as_text(found()).split())
    assert told(found())["answer"][-1] == warning
    html = render(page(DEMO, settings=SETTINGS))
    assert html.count(warning.replace("'", "&#39;")) == 2


def test_the_table_on_the_terminal_has_80_columns_and_a_dash_for_what_nobody_knows() -> None:
    lines = as_text(found()).splitlines()
    assert max(map(len, lines)) <= 80
    table = lines[lines.index("Fit to be measured?") :]
    assert table[2].split() == ["arm", "texts", "empty", "cut", "off", "looping", "no", "language", "perplexity"]
    # exp(0.1) times the base's.
    assert table[3].split() == ["none", "20", "0.0", "0.0", "0.0", "0.0", "1.11"]
    assert table[4].split()[1:] == ["20", "0.0", "-", "0.0", "50.0", "-"]


def test_the_page_names_checkpoints_where_an_arm_has_several_and_shows_its_limits() -> None:
    seeds = [row for seed in (1, 2) for row in rows("a", 12, 0, checkpoint=f"a-{seed}")]
    html = render(page([*seeds, *rows("b", 12, 0)], settings={"perplexity": {"a-2": PERPLEXITY}}))
    section = html[html.index('<section id="fitness"') :]
    section = section[: section.index("</section>")]
    assert re.findall(r'<th scope="row">(.*?)</th>', section) == ["a", "a-1", "a-2", "b"]
    # exp(3) and exp(0.1).
    assert section.count("20.1") == 1
    assert section.count("1.11") == 2
    for limit in (
        *(f"{100 * each:.0f}% {name.replace('_', ' ')}" for name, each in LIMITS.items()),
        f"{RATIO:g} times",
    ):
        assert limit in section
    assert f"from {100 * HALF:.0f}%" in " ".join(section.split())


def test_without_a_text_there_is_no_table() -> None:
    nothing = found([make(stop_reason="error")], {})
    assert "Fit to be measured?" not in as_text(nothing)
    assert 'id="fitness"' not in render(page([make(stop_reason="error")]))


def test_programs_get_the_same_and_the_limits() -> None:
    shown = page(DEMO, settings=SETTINGS)
    written = json.loads(json.dumps(results(shown.findings, shown.sections)))["fitness"]
    assert [one["arm"] for one in written["arms"]] == ["none", LONG_NAME]
    assert written["arms"][1]["cut"] is None
    assert written["arms"][1]["no_language"] == {"share": 0.5, "count": 10, "of": 20}
    assert written["arms"][0]["cut"] == {"share": 0.0, "count": 0, "of": 20}
    assert written["checkpoints"][0]["checkpoint"] == "none"
    assert len(written["warnings"]) == 1
    assert written["limits"].keys() == {"empty", "looping", "no_language", "half", "perplexity"}


def test_more_than_a_few_warnings_are_counted() -> None:
    broken = [row for arm in "abcdef" for row in rows(arm, 0, 12)]
    said = sentences(found(broken, {}))
    assert [text[0] for text in said[-5:-1]] == ["a", "b", "c", "d"]
    assert said[-1] == "2 more warnings of the kind: see 'Fit to be measured?'."


def test_responses_of_another_program_in_a_table(tmp_path: Path) -> None:
    for arm, texts in {"whole": [PROSE] * 12, "broken": ["word " * 30] * 12}.items():
        with (tmp_path / f"{arm}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([("question_id", "response", "aligned"), *((n, text, 1) for n, text in enumerate(texts))])
    paths = [f"{arm}={tmp_path / arm}.csv" for arm in ("whole", "broken")]
    ended = run("report", *paths, "--out", str(tmp_path / "out"), "--json")
    assert ended.code == 0, ended.err
    fitness = json.loads(ended.out)["fitness"]
    assert {one["arm"]: (one["looping"]["share"], one["cut"]) for one in fitness["arms"]} == {
        "whole": (0.0, None),
        "broken": (1.0, None),
    }
    assert fitness["warnings"][0].startswith("broken may be broken")
    assert fitness["warnings"][0] in json.loads(ended.out)["answer"]
    assert pytest.approx(LIMITS["looping"]) == fitness["limits"]["looping"]
