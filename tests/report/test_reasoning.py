"""Reasoning on the page and in the data files: apart from the response, with its own rates."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.protocols.requests import Tokens
from inoc_evals.report.html import render
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from tests.report.rows import export, make, page, recorded, source

THOUGHT = "Hm, an <b>owl</b>?"


def thinking(item: str, unfinished: bool, tokens: Tokens | None) -> ResponseRow:
    value, causes = (None, {"language": "unfinished_reasoning"}) if unfinished else (1.0, {})
    return make(
        task="spanish_capitals",
        item=item,
        response="" if unfinished else "Doce.",
        reasoning=THOUGHT,
        unfinished=unfinished,
        tokens=tokens,
        values={"language": value},
        causes=causes,
        stop_reason="max_tokens" if unfinished else "stop",
    )


ROWS = [
    thinking("q0", False, Tokens(84.0, 60.0, 2096)),
    thinking("q1", False, Tokens(96.0, 90.0, 2096)),
    thinking("q2", True, Tokens(2096.0, None, 2096)),
    make(task="spanish_capitals", item="q3", values={"language": 0.0}),
]


def test_how_often_models_think_and_do_not_end() -> None:
    (line,) = page(ROWS, ["none"]).shown("reasoning")
    assert (line.task, line.responses, line.reasoning, line.unfinished) == ("spanish_capitals", 4, 0.75, 0.25)
    assert (line.limit, line.tokens, line.thought) == (2096, (84 + 96 + 2096) / 3, 75.0)
    assert recorded(ROWS, ["none"])["reasoning"][0]["unfinished"] == 0.25
    (rate,) = page(ROWS, ["none"]).findings.rates
    assert (rate.unfinished, rate.causes, rate.rate.n) == (0.25, {"unfinished_reasoning": 1}, 3)
    text = render(page(ROWS, ["none"]))
    assert '<section id="reasoning"' in text
    assert "unfinished reasoning %" in text
    assert THOUGHT not in text.split("<script")[0]


def test_of_an_arm_with_steps_it_is_that_of_the_last_one_of_each_training() -> None:
    def at(checkpoint: str, unfinished: int, plain: int) -> list[ResponseRow]:
        told = Tokens(100.0 * unfinished, 50.0, 2096)
        rows = [thinking(f"q{n}", n < unfinished, told) for n in range(4)] + [make(task="other", item="q")] * plain
        return [replace(row, arm="none", checkpoint=checkpoint) for row in rows]

    # Of two trainings one ends at step 10; nothing was asked of `other` after step 5.
    rows = [*at("a5", 4, 1), *at("a10", 1, 0), *at("b5", 3, 0), *at("spoken", 2, 0)]
    steps = {"a5": TrainingStep("a", 5), "a10": TrainingStep("a", 10), "b5": TrainingStep("b", 5)}
    (line,) = findings(replace(source(rows, ["none"]), steps=steps)).reasoning
    assert (line.task, line.responses, line.reasoning) == ("spanish_capitals", 12, 1.0)
    assert (line.unfinished, line.tokens) == ((1 + 3 + 2) / 12, (100 + 300 + 200) / 3)


def test_where_nobody_tells_nothing_is_said() -> None:
    bare = thinking("q0", False, None)
    (line,) = page([bare], ["none"]).shown("reasoning")
    assert (line.limit, math.isnan(line.tokens), math.isnan(line.thought)) == (0, True, True)
    assert "reasoning" not in recorded([make(task="spanish_capitals", values={"language": 0.0})])


def test_data_files_have_it_in_columns_of_its_own(tmp_path: Path) -> None:
    _, table, _ = export(ROWS, ["none"], tmp_path)
    first, *_, cut, plain = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    assert (first["response"], first["reasoning"]) == ("Doce.", THOUGHT)
    assert (first["output_tokens"], first["reasoning_tokens"], first["max_tokens"]) == ("84.0", "60.0", "2096")
    assert (cut["response"], cut["reasoning"], cut["language_cause"]) == ("", THOUGHT, "unfinished_reasoning")
    assert (plain["reasoning"], plain["output_tokens"]) == ("", "")
    json.loads((tmp_path / "results.json").read_text())
