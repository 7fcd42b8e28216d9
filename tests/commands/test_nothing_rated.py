"""Commands of `judges` whose judge answers nothing at all: exit code 1, and one sentence that says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import run
from tests.commands.test_one_version import judge, rubrics
from tests.judging.hosted import Hosted, hosted

pytestmark = pytest.mark.usefixtures("own_cache")
WHY = "the judge's server refused with status 520"


@pytest.fixture
def silent() -> Iterator[Hosted]:
    """It says how it can be read, and answers nothing else."""
    with hosted() as server:
        server.most = 1
        yield server


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, ...]:
    return rubrics(tmp_path / "rubrics", "a")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_try(silent: Hosted, given: tuple[str, ...], more: tuple[str, ...]) -> None:
    ended = run("judges", "try", "a", "--answer", "x", *given, *judge(silent), *more)
    assert ended.code == 1
    assert f"error: there is no rating of this response (openai-api/judge/judge at {silent.url}: {WHY})" in ended.said
    # What was asked and why it failed is shown all the same.
    verdict = json.loads(ended.out)["judges"][0]["verdict"] if more else ended.out
    assert "judge_refused_520" in str(verdict)


def test_try_with_one_judge_that_answers(silent: Hosted, given: tuple[str, ...]) -> None:
    with hosted() as other:
        ended = run("judges", "try", "a", "--answer", "x", *given, *judge(silent), *judge(other))
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_compare(silent: Hosted, given: tuple[str, ...], more: tuple[str, ...]) -> None:
    with hosted() as other:
        ended = run("judges", "compare", "a", *given, *judge(other), *judge(silent), *more)
    assert ended.code == 1
    told = f"judge openai-api/judge/judge at {silent.url} rated none of 10 responses ({WHY}: 10)"
    assert f"error: {told}, so that there is nothing to compare" in ended.said
    assert (json.loads(ended.out)["only_first"] if more else "by the first only 10" in ended.out) in (10, True)


def test_sheet_leaves_the_one_that_is_there(silent: Hosted, given: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "sheet.md"
    out.write_text("an earlier one")
    ended = run("judges", "sheet", *given, *judge(silent), "--out", str(out))
    assert (ended.code, ended.out) == (1, "")
    assert f"replied to none of 10 gold examples ({WHY}: 10), so that there is no data sheet of it" in ended.said
    assert out.read_text() == "an earlier one"


def test_rate(silent: Hosted, given: tuple[str, ...], tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("answer\none\ntwo\n")
    asked = ("judges", "rate", str(table), "--rubric", "a", *given, *judge(silent))
    ended = run(*asked, "--out", str(tmp_path / "rated.jsonl"))
    assert ended.code == 1
    assert f"0 of 2 responses rated; without a rating: 2 judge_refused_520 ({WHY})" in ended.out
