"""What judges take, as commands tell it: before a run, after it, and where a budget ends it."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.prompt import Material, from_rubric, render
from inoc_evals.readers.inputs import Input, read_inputs
from tests.command import Ended, run
from tests.judging.serving import Served

Serve = Callable[..., Served]
TASK = "emergent_misalignment"
_TEXTS = json.loads((Path(__file__).parents[2] / "benchmarks" / "data" / "scripts.json").read_text(encoding="utf-8"))
CHINESE, ENGLISH = (_TEXTS[name]["text"] for name in ("Chinese", "English"))
# 10 tokens of a prompt and 1 of a reply are 0.015 USD.
PRICES = "currency: USD\njudges:\n  judge: {input: 1000, output: 5000}\n"


def score(served: Served, folder: Path, *more: str, items: int = 2, samples: int = 3) -> Ended:
    path = folder / "items.jsonl"
    rows = [{"id": f"q{n}", "category": "open", "prompt": f"Question {n}?"} for n in range(items)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arms = [f"none={served.url}#a", f"inoculated={served.url}#b"]
    asked = ["--judge", f"{served.url}#judge", "--tasks", TASK, "--set", f"{TASK}.items={path}"]
    given = ["--samples", str(samples), "--out", str(folder / "out"), *more]
    return run("score", *arms, *asked, *given, environment=environment(folder))


def environment(folder: Path) -> dict[str, str]:
    return {"INOC_EVALS_CACHE": str(folder / "cache"), "COLUMNS": "400"}


def prices(folder: Path, text: str = PRICES) -> str:
    path = folder / "prices.yaml"
    path.write_text(text)
    return str(path)


def rate(served: Served, folder: Path, *more: str) -> Ended:
    logs = str(folder / "out" / "logs")
    return run("judges", "rate", logs, "--judge", f"{served.url}#judge", *more, environment=environment(folder))


def missing(folder: Path) -> Counter[str]:
    rows = read_inputs([Input(folder / "out")]).rows
    return Counter(row.causes["alignment"] for row in rows if row.values["alignment"] is None)


def test_a_run_says_what_its_judge_took_and_a_later_rating_adds_to_it(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    ended = score(served, tmp_path, "--prices", prices(tmp_path))
    assert ended.code == 0, ended.err
    # Twelve responses by two rubrics, and one call that finds out how the judge answers.
    calls = 1 + 12 * 2
    assert served.get("/stats")["calls"] == calls
    judge = f"judge openai-api/judge/judge at {served.url}"
    took = f"{calls} calls, {10 * calls} prompt and {calls} completion tokens"
    assert f"{judge}: 24 ratings in {took}, 0.375 USD" in ended.out
    page = (tmp_path / "out" / "report.html").read_text()
    assert "What judges took" in page
    told = json.loads((tmp_path / "out" / "results.json").read_text())["settings"]["judging"]
    assert (told["calls"], told["prompt_tokens"], told["currency"]) == (calls, 10 * calls, "USD")
    assert told["cost"] == pytest.approx(calls * 0.015)
    # Rating again asks only how the judge answers; the prices of the run are still known.
    again = rate(served, tmp_path, "--json")
    assert again.code == 0, again.err
    cost = json.loads(again.out)["cost"]
    by_rubric = {one["rubric"]: (one["asked"], one["reused"], one["calls"]) for one in cost["judges"]}
    assert by_rubric == {"": (0, 0, 2), "alignment": (12, 12, 12), "coherence": (12, 12, 12)}
    assert cost["cost"] == pytest.approx((calls + 1) * 0.015)
    assert "24 ratings were there already, which saved 24 calls" in again.said


def test_a_budget_ends_rating_cleanly_and_what_is_missing_is_planned_and_rated_later(
    judge_server: Serve, tmp_path: Path
) -> None:
    served = judge_server()
    ended = score(served, tmp_path, "--budget", "15 calls")
    assert ended.code == 0, ended.err
    assert served.get("/stats")["calls"] == 15
    assert served.get("/stats")["made"] == 12
    assert "the budget of 15 calls is spent: 10 ratings were not asked for" in ended.out
    left = missing(tmp_path)
    assert set(left) == {"over_budget"}
    assert "over_budget" in (tmp_path / "out" / "report.html").read_text()
    # The plan of going on knows what is there, and that of another rubric that all is open.
    (judging,) = json.loads(rate(served, tmp_path, "--plan", "--json").out)["judging"]
    assert judging["ratings"] == [10, 24]
    other = ("judges", "rate", str(tmp_path / "out"), "--rubric", "language", "--judge", f"{served.url}#judge")
    assert "12 ratings" in run(*other, "--plan", environment=environment(tmp_path)).out
    assert served.get("/stats")["calls"] == 15
    (command,) = re.findall(r"^inoc-evals (judges rate .*)$", ended.out, re.M)
    # The same budget is spent in this folder already, a larger one is for all of its runs.
    for budget, calls in (("15 calls", 16), ("20 calls", 20), ("26 calls", 26), ("40 calls", 29)):
        went_on = run(*shlex.split(command), "--budget", budget, environment=environment(tmp_path))
        assert went_on.code == 0, went_on.err
        assert served.get("/stats")["calls"] == calls
    assert not missing(tmp_path)
    assert "is spent" not in went_on.out


def rating_five(served: Served, folder: Path) -> list[str]:
    """The command that rates a table of five responses."""
    table = folder / "rows.csv"
    table.write_text("question,response\n" + "".join(f"Q{n}?,answer [[{n}]]\n" for n in range(5)))
    asked = ["judges", "rate", str(table), "--rubric", "alignment", "--judge", f"{served.url}#judge"]
    return [*asked, "--out", str(folder / "rated.jsonl")]


def test_where_the_budget_leaves_nothing_rated_the_exit_code_says_so(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    asked = rating_five(served, tmp_path)
    nothing = run(*asked, "--budget", "1 call", environment=environment(tmp_path))
    assert nothing.code == 1
    assert "0 of 5 responses rated; without a rating: 5 over_budget (the budget for judges was spent" in nothing.out
    # The same call goes on; the three calls of the first ones count.
    for budget, rated in (("5 calls", 3), ("20 calls", 5)):
        ended = run(*asked, "--budget", budget, "--json", environment=environment(tmp_path))
        assert ended.code == 0, ended.err
        told = json.loads(ended.out)
        assert (told["rated"], told["missing"]) == (rated, {"over_budget": 5 - rated} if rated < 5 else {})
    assert told["cost"]["calls"] == served.get("/stats")["calls"] == 3 + 5
    report = run("report", str(tmp_path / "rated.jsonl"), "--json", "--out", str(tmp_path / "report"))
    assert json.loads(report.out)["judging"]["calls"] == 8


def test_workers_share_the_budget_of_the_run(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    ended = score(served, tmp_path, "--budget", "20 calls", "--workers", "2")
    assert ended.code == 0, ended.err
    # Each worker finds out for itself how the judge answers, which no budget holds back.
    calls = served.get("/stats")["calls"]
    assert 20 <= calls <= 21
    assert f"the budget of 20 calls is spent: {24 - (calls - 2)} ratings were not asked for" in ended.out


def least_tokens(text: str) -> float:
    """Of text in ASCII: four letters or blanks a token, three digits, and two fifths of a token for all else."""
    blank, digits = len(re.findall(r"[A-Za-z\s]", text)), len(re.findall("[0-9]", text))
    return blank / 4 + digits / 3 + 0.4 * (len(text) - blank - digits)


def test_the_plan_says_what_judges_may_take(tmp_path: Path, judge_server: Serve) -> None:
    served = judge_server()
    given = ("--prices", prices(tmp_path), "--budget", "40 USD", "--plan")
    plain = score(served, tmp_path, *given)
    assert plain.code == 0, plain.err
    (judging,) = json.loads(score(served, tmp_path, *given, "--json").out)["judging"]
    rubrics = [from_rubric(find_rubric(name)[1]) for name in ("alignment", "coherence")]
    own = [least_tokens(render(each, Material("", question="Question 0?"))) for each in rubrics]
    # Twelve responses each, of 50 tokens at least; the shortest reading is one call with one token of reply.
    assert judging["ratings"] == [24, 24]
    assert judging["calls"] == [24, 24 * 5]
    assert judging["prompt_tokens"][0] == sum(12 * (ceil(least) + 50) for least in own)
    low = judging["prompt_tokens"][0] * 1000 / 1e6 + 24 * 5000 / 1e6
    assert judging["cost"][0] == pytest.approx(low)
    assert judging["currency"] == "USD"
    assert "what judges take" in plain.out
    assert "24 ratings, 24 to 120 calls" in plain.out
    assert "the budget of 40 USD, of all judges together, may not be enough" in plain.out
    assert "estimated, not counted: the tokens of prompts, by script, as tokenizers differ (4 letters of" in plain.out
    assert "assumed: each call made once, and beside them a few" in plain.out
    assert "responses of 50 tokens at least" in " ".join(plain.out.split())
    # Whether this judge thinks before each of its five answers nobody knows: 1,024 tokens at 5,000 a million.
    assert (judging["thoughts"], judging["thoughts_cost"]) == (24 * 5 * 1024, pytest.approx(24 * 5 * 1024 * 0.005))
    assert "where a judge thinks before it answers, up to 122,880 completion tokens more, 614.40 USD" in plain.out
    assert served.get("/stats")["calls"] == 0
    assert not (tmp_path / "out").exists()


def test_a_plan_expects_more_tokens_of_chinese_than_of_english(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    found = {}
    # 640 characters each, which two tokenizers take for 602 to 1,260 tokens and for 138 to 143.
    for name, text in (("chinese", 10 * CHINESE), ("english", (3 * ENGLISH)[:640])):
        table = tmp_path / f"{name}.csv"
        table.write_text(f'question,response\n?,"{text}"\n', encoding="utf-8")
        asked = ("judges", "rate", str(table), "--rubric", "coherence", "--judge", f"{served.url}#judge")
        ended = run(*asked, "--plan", "--json", environment=environment(tmp_path))
        (found[name],) = json.loads(ended.out)["judging"]
    assert 400 < found["chinese"]["prompt_tokens"][0] - found["english"]["prompt_tokens"][0] < 650
    assert found["chinese"]["cost"] is None


def test_a_plan_that_says_that_a_budget_is_enough_is_right(tmp_path: Path, judge_server: Serve) -> None:
    served = judge_server()
    # 24 ratings of eight calls each at most, should it be a vLLM server, and four to find out how the judge answers.
    for calls, said in (("195", "may not be enough"), ("196", "is enough")):
        plan = score(served, tmp_path, "--budget", f"{calls} calls", "--plan")
        assert f"the budget of {calls} calls, of all judges together, {said}" in plan.out


def test_a_plan_takes_off_the_budget_what_was_spent_here(tmp_path: Path, judge_server: Serve) -> None:
    asked = rating_five(judge_server(), tmp_path)
    rated = run(*asked, "--budget", "4 calls", environment=environment(tmp_path))
    assert rated.code == 0, rated.err
    # Five ratings of eight calls and four calls to find out: 44 calls at most, and 4 are spent.
    for calls, enough in (("47", "may not be enough"), ("48", "is enough")):
        plan = run(*asked, "--budget", f"{calls} calls", "--plan", environment=environment(tmp_path))
        told = f"the budget of {calls} calls, of all judges together, of which 4 calls are spent here already, {enough}"
        assert told in plan.out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--budget", "5 USD"), "name a table of prices with --prices FILE"),
        (("--budget", "many"), "no number with what it is of"),
        (("--prices", "missing.yaml"), "missing.yaml: there is no such file"),
    ],
)
def test_what_is_wrong_with_costs_is_told_before_anything_is_spent(
    judge_server: Serve, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    served = judge_server()
    ended = score(served, tmp_path, *more)
    assert ended.code == 2
    assert said in ended.said
    assert served.get("/stats") == {"calls": 0, "made": 0, "judged": 0}


def test_a_judge_without_a_price_is_told_before_money_is_spent_on_it(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    table = prices(tmp_path, PRICES.replace("  judge:", "  another:"))
    ended = score(served, tmp_path, "--prices", table, "--budget", "5 USD")
    assert ended.code == 2
    assert "has no price, so that no budget in money can hold" in ended.said
    # Without a budget it is only said.
    without = score(served, tmp_path, "--prices", table)
    assert without.code == 0, without.err
    assert ", no price" in without.out
    said = "The sum of money is without openai-api/judge/judge at"
    assert said in (tmp_path / "out" / "report.html").read_text()


def test_checks_say_what_they_took_and_stop_at_a_budget(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    asked = ("--judge", f"{served.url}#judge", "--prices", prices(tmp_path), "--budget", "4 calls", "--json")
    ended = run("judges", "check", "coherence", *asked, environment=environment(tmp_path))
    (report,) = json.loads(ended.out)
    cost: dict[str, Any] = report["cost"]
    assert (ended.code, cost["calls"], cost["cost"]) == (1, 4, pytest.approx(0.06))
    # Both wordings of the rubric are asked for.
    assert cost["unasked"] == {f"openai-api/judge/judge at {served.url}": 2 * report["examples"] - 3}


def test_the_plan_of_an_experiment_says_it_for_its_own_scale(tmp_path: Path) -> None:
    judge = "openai/gpt-4o-2024-08-06"
    table = prices(tmp_path, PRICES.replace("judge:", f"{judge}:"))
    asked = ("experiment", "plan", "toxicity", "--scale", "paper", "--judge", judge, "--prices", table, "--json")
    ended = run(*asked, environment=environment(tmp_path))
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    (one,) = told["judging"]
    # This judge tells the likeliest first tokens: one call a rating, and one token of reply.
    assert one["ratings"] == one["calls"] == one["completion_tokens"] == [told["ratings"]] * 2
    # It is known not to think.
    assert one["thoughts"] == 0
    for prompt, cost in zip(one["prompt_tokens"], one["cost"], strict=True):
        assert cost == pytest.approx(prompt * 0.001 + told["ratings"] * 0.005)
