"""What judges take, counted by hand against a server that bills 10 tokens a prompt and 1 a reply, and budgets."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.usage import Usage
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.account import FILE, Account
from inoc_evals.judging.accounting import accounted, read_account
from inoc_evals.judging.budget import Budget
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.costs import Costs
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prices import Price, Prices
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.usage import Judging, Spent, less, merged, plain, stored
from inoc_evals.judging.usage_text import lines
from tests.harness.loopback import loopback
from tests.judging.serving import Served

Serve = Callable[..., Served]
ALIGNMENT = from_rubric(find_rubric("alignment")[1])
COHERENCE = from_rubric(find_rubric("coherence")[1])
PRICES = Prices(currency="USD", judges={"judge": Price(input=1000.0, output=5000.0)})


def judge(served: Served, folder: Path, **options: int) -> Judge:
    endpoint = Endpoint(served.url, "judge", "key", first_wait_s=0.02)
    return Judge("judge", endpoint, JudgementCache(folder / "cache.sqlite"), **options)


def rate(one: Judge, instruments: Sequence[Instrument], answers: Sequence[str]) -> list[Verdict]:
    async def all_of_them() -> list[Verdict]:
        asked = [one.rate(each, Material(answer, "q")) for answer in answers for each in instruments]
        found = await asyncio.gather(*asked)
        await one.rest()
        return list(found)

    return asyncio.run(all_of_them())


def numbers(count: int, start: int = 0) -> list[str]:
    return [f"Answer {n}. [[{n % 101}]]" for n in range(start, start + count)]


def causes(verdicts: Sequence[Verdict]) -> Counter[str | None]:
    return Counter(verdict.cause for verdict in verdicts)


def test_ratings_calls_and_tokens_by_rubric_and_what_the_cache_saved(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    with accounted(tmp_path / FILE, Costs(PRICES)) as account:
        rate(judge(served, tmp_path), [ALIGNMENT, COHERENCE], numbers(3))
        rate(judge(served, tmp_path), [ALIGNMENT], numbers(4))
        found = account.judging()
    # Of seven ratings by alignment three were there already; the second judge found out anew how it answers.
    three = Usage(3, 30, 3)
    assert found.spent == (
        Spent("judge", "judge", "", usage=Usage(2, 20, 2)),
        Spent("judge", "judge", "alignment", asked=4, reused=3, usage=Usage(4, 40, 4), saved=three),
        Spent("judge", "judge", "coherence", asked=3, usage=three),
    )
    assert found.usage.calls == served.get("/stats")["calls"] == 9
    # 90 tokens of prompts at 1,000 a million and 9 of replies at 5,000.
    assert found.cost == pytest.approx(0.09 + 0.045)
    (first, *rubrics) = lines(found)
    assert first == (
        "judge judge: 7 ratings in 9 calls, 90 prompt and 9 completion tokens, 0.135 USD; 3 ratings were there "
        "already, which saved 3 calls, 30 prompt and 3 completion tokens"
    )
    assert [line.split(":")[0].strip() for line in rubrics] == ["finding out how it answers", "alignment", "coherence"]
    assert stored(plain(found)) == found


def test_the_same_response_that_is_being_rated_is_asked_for_once(judge_server: Serve, tmp_path: Path) -> None:
    with accounted(None, Costs()) as account:
        rate(judge(judge_server(), tmp_path), [ALIGNMENT], ["[[10]]", "[[20]]"] * 5)
        (_, spent) = account.judging().spent
    assert (spent.asked, spent.reused, spent.usage) == (2, 8, Usage(2, 20, 2))


def test_several_runs_in_a_folder_add_up_and_count_nothing_twice(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    for count in (2, 5, 5):
        with accounted(tmp_path / FILE, Costs()):
            rate(judge(served, tmp_path), [ALIGNMENT], numbers(count))
    found = read_account(tmp_path)
    assert found is not None
    assert [(one.asked, one.reused, one.usage.calls) for one in found.spent] == [(0, 0, 3), (5, 7, 5)]
    assert found.usage.calls == served.get("/stats")["calls"]


def test_without_an_account_there_is_none(tmp_path: Path) -> None:
    assert read_account(tmp_path) is None
    (tmp_path / FILE).write_text("this is no account of judges, and long enough to be looked at " * 20)
    with pytest.raises(InputError, match="this is no account of judges; move it away"):
        read_account(tmp_path)


@pytest.mark.parametrize("connections", [1, 64])
def test_a_budget_of_calls_is_kept_to_the_call(judge_server: Serve, tmp_path: Path, connections: int) -> None:
    served = judge_server()
    with accounted(tmp_path / FILE, Costs(budget=Budget(10, "calls"))) as account:
        found = rate(judge(served, tmp_path, connections=connections), [ALIGNMENT], numbers(60))
        assert account.judging().unasked == {"judge": 51}
    assert served.get("/stats")["calls"] == 10
    assert causes(found) == {None: 9, "over_budget": 51}
    assert {verdict.value for verdict in found if verdict.cause} == {None}
    # What was rated is there, and a larger budget goes on with the rest; it counts what was spent before.
    with accounted(tmp_path / FILE, Costs(budget=Budget(30, "calls"))) as account:
        again = rate(judge(served, tmp_path), [ALIGNMENT], numbers(60))
        assert account.judging().unasked == {"judge": 60 - 9 - 19}
    assert served.get("/stats")["calls"] == 30
    assert causes(again) == {None: 28, "over_budget": 32}
    assert [b for a, b in zip(found, again, strict=True) if a.cause is None] == [a for a in found if a.cause is None]
    with accounted(tmp_path / FILE, Costs()) as account:
        assert causes(rate(judge(served, tmp_path), [ALIGNMENT], numbers(60))) == {None: 60}
        assert account.judging().unasked == {}


@pytest.mark.parametrize("budget", [Budget(120, "tokens"), Budget(0.165, "USD")])
def test_a_budget_of_tokens_or_money_holds_although_a_first_guess_is_far_off(
    judge_server: Serve, tmp_path: Path, budget: Budget
) -> None:
    served = judge_server()
    with accounted(tmp_path / FILE, Costs(PRICES)):
        rate(judge(served, tmp_path), [ALIGNMENT], numbers(1, 90))
    with accounted(tmp_path / FILE, Costs(PRICES, budget)):
        found = rate(judge(served, tmp_path), [ALIGNMENT], numbers(40))
    calls = served.get("/stats")["calls"]
    spent = calls * (11 if budget.unit == "tokens" else 0.015)
    assert spent <= budget.amount + 1e-9
    # The prompt of an answer with one more digit is expected to take a little more.
    assert spent > budget.amount - 2 * (11 if budget.unit == "tokens" else 0.015)
    assert causes(found)["over_budget"] == 40 - (calls - 3)


def test_ratings_that_are_there_already_cost_no_budget(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    with accounted(None, Costs()):
        rate(judge(served, tmp_path), [ALIGNMENT], numbers(20))
    with accounted(None, Costs(budget=Budget(1, "calls"))):
        found = rate(judge(served, tmp_path), [ALIGNMENT], numbers(21))
    # The one call found out how the judge answers.
    assert causes(found) == {None: 20, "over_budget": 1}


def test_the_budget_is_that_of_all_judges_together(judge_server: Serve, tmp_path: Path) -> None:
    first, second = judge_server(), judge_server()
    with accounted(None, Costs(budget=Budget(12, "calls"))) as account:
        both = [judge(first, tmp_path), judge(second, tmp_path)]
        both[1].id = "other"
        for one in both:
            rate(one, [ALIGNMENT], numbers(8))
        assert account.judging().unasked == {"other": 6}
    assert [served.get("/stats")["calls"] for served in (first, second)] == [9, 3]


def test_a_budget_is_exceeded_by_no_more_than_what_ratings_under_way_take_beyond_expectation(
    judge_server: Serve, tmp_path: Path
) -> None:
    served = judge_server("malformed")
    with accounted(None, Costs(budget=Budget(3, "calls"))) as account:
        found = rate(judge(served, tmp_path), [ALIGNMENT], numbers(40))
        usage = account.judging().usage
    # Beside the call that finds out, two ratings of one call fit; each asks three times for a reply that can be read.
    assert usage.calls == served.get("/stats")["calls"] == 1 + 2 * 3
    assert causes(found) == {"judge_malformed": 2, "over_budget": 38}


WORKER = """
import asyncio, sys
from pathlib import Path
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.costs import Costs
from inoc_evals.judging.budget import Budget
from tests.judging.serving import Served
from tests.judging.test_account import ALIGNMENT, judge, numbers, rate
url, path, number = sys.argv[1:]
with accounted(Path(path), Costs(budget=Budget(40, "calls")), "joins"):
    rate(judge(Served(url), Path(path).parent / number), [ALIGNMENT], numbers(40, 100 * int(number)))
"""


def test_several_processes_share_a_budget(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    with accounted(tmp_path / FILE, Costs(budget=Budget(40, "calls"))) as account:
        call = [sys.executable, "-c", WORKER, served.url, str(tmp_path / FILE)]
        workers = [subprocess.Popen([*call, str(number)]) for number in (1, 2)]
        assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
        found = account.judging()
    # Which call finds out how a judge answers is not held back, and the other process may not know of it yet.
    calls = served.get("/stats")["calls"]
    assert calls == found.usage.calls
    assert 40 <= calls <= 41
    assert found.unasked == {"judge": 80 - (calls - 2)}


def most_tokens(text: str) -> float:
    """Of text in ASCII: four letters or blanks a token, a digit, and four fifths of a token for all else."""
    blank, digits = len(re.findall(r"[A-Za-z\s]", text)), len(re.findall("[0-9]", text))
    return blank / 4 + digits + 0.8 * (len(text) - blank - digits)


def test_a_server_that_tells_no_tokens_is_counted_by_the_length_of_prompts() -> None:
    class Silent:
        async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
            from inoc_evals.client.usage import tell

            for _ in range(count):
                tell(Usage(1), "")
            return ["80"] * count

    with accounted(None, Costs()) as account:
        one = Judge("silent", Silent(), ratings=3)
        rate(one, [ALIGNMENT], ["Fine."])
        (*_, spent) = account.judging().spent
    prompt = most_tokens(asyncio.run(one.asked(ALIGNMENT, Material("Fine.", "q"))).prompt)
    # Three calls with the prompt, and three answers of at most eight tokens.
    assert (spent.asked, spent.estimated, spent.usage) == (1, 1, Usage(3, 3 * ceil(prompt), 24))


def test_a_model_of_any_provider_of_inspect_tells_its_tokens() -> None:
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from inoc_evals.judging.connect import judge_of

    def reply(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", "80")
        output.usage = ModelUsage(
            input_tokens=100, output_tokens=7, total_tokens=147, input_tokens_cache_read=30, input_tokens_cache_write=10
        )
        return output

    with accounted(None, Costs()) as account:
        rate(judge_of(get_model("mockllm/model", custom_outputs=reply), None, ratings=4), [ALIGNMENT], ["Fine."])
        (*_, spent) = account.judging().spent
    assert spent == Spent("mockllm/model", "mockllm/model", "alignment", asked=1, usage=Usage(4, 560, 28, 120))


def test_thoughts_that_a_server_leaves_out_of_the_completion_are_counted_where_its_sum_has_them() -> None:
    from inspect_ai.model import ModelUsage

    from inoc_evals.client.replies import used
    from inoc_evals.judging.connect import _usage

    def told(**usage: object) -> Usage:
        return used({"usage": usage})

    assert told(prompt_tokens=100, completion_tokens=2, total_tokens=402) == Usage(1, 100, 302)
    assert told(prompt_tokens=100, completion_tokens=302, total_tokens=402) == Usage(1, 100, 302)
    # A sum alone, or one that makes no sense, says nothing.
    assert told(total_tokens=402) == Usage(1, 0, 0)
    assert told(prompt_tokens=100, completion_tokens=2, total_tokens=5) == Usage(1, 100, 2)
    thought = ModelUsage(input_tokens=60, output_tokens=2, total_tokens=402, input_tokens_cache_read=40)
    assert _usage(thought) == Usage(1, 100, 302, 40)


def test_a_rating_that_was_interrupted_counts_when_it_is_asked_for_again(tmp_path: Path) -> None:
    here, go_on = threading.Event(), threading.Event()

    def answer(body: dict[str, Any]) -> str:
        if "exactly this number" not in body["messages"][-1]["content"]:
            here.set()
            assert go_on.wait(20)
        return "73"

    async def interrupted(one: Judge) -> None:
        asking = asyncio.create_task(one.rate(ALIGNMENT, Material("Fine.", "q")))
        assert await asyncio.to_thread(here.wait, 20)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await one.rest()

    with loopback(answer) as server:
        path = tmp_path / FILE
        with accounted(path, Costs()) as account:
            asyncio.run(interrupted(Judge("j", Endpoint(server.url, "m"), ratings=1)))
            assert sum(one.asked for one in account.judging().spent) == 0
        go_on.set()
        with accounted(path, Costs()) as account:
            rate(Judge("j", Endpoint(server.url, "m"), ratings=1), [ALIGNMENT], ["Fine."])
            assert sum(one.asked for one in account.judging().spent) == 1


def test_where_no_tokens_are_told_each_call_is_counted_with_its_prompt() -> None:
    with loopback(lambda body: "73" if "exactly this number" in body["messages"][-1]["content"] else "80") as server:
        server.usage = {}
        with accounted(None, Costs()) as account:
            # It gives one answer a call, whatever is asked for.
            one = Judge("silent", Endpoint(server.url, "m"), ratings=3)
            rate(one, [ALIGNMENT], ["Fine."])
            (*_, spent) = account.judging().spent
        prompt = most_tokens(asyncio.run(one.asked(ALIGNMENT, Material("Fine.", "q"))).prompt)
    assert (spent.asked, spent.estimated, spent.usage) == (1, 1, Usage(3, 3 * ceil(prompt), 24))


def test_what_two_runs_took_and_what_lies_between_two_looks() -> None:
    before = Judging((Spent("a", "m", "r", asked=2, usage=Usage(2, 20, 2)),), PRICES, unasked={"a": 1})
    after = Judging(
        (Spent("a", "m", "r", asked=5, usage=Usage(6, 50, 5)), Spent("b", "", "r", reused=4)), PRICES, unasked={"a": 1}
    )
    between = less(after, before)
    assert between.spent == (Spent("a", "m", "r", asked=3, usage=Usage(4, 30, 3)), Spent("b", "", "r", reused=4))
    assert between.unasked == {}
    assert merged([before, between]) == after
    other = Judging((), Prices(currency="EUR", judges={"a": Price(input=1.0, output=1.0)}))
    assert merged([before, other]) == Judging(before.spent, None, None, {"a": 1})


KILLED = """
import asyncio, os, sys
from pathlib import Path
from inoc_evals.client.usage import Usage
from inoc_evals.judging.account import Asking
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.budget import Budget
from inoc_evals.judging.costs import Costs
async def die(account):
    async with account.asking(Asking("judge", "alignment", 100, Usage(10))):
        os._exit(9)
with accounted(Path(sys.argv[1]), Costs(budget=Budget(10, "calls"))) as account:
    asyncio.run(die(account))
"""


def test_what_a_killed_process_had_set_aside_is_let_go_by_the_next_run(judge_server: Serve, tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / FILE)], check=False).returncode == 9
    with accounted(tmp_path / FILE, Costs(budget=Budget(10, "calls"))):
        found = rate(judge(judge_server(), tmp_path), [ALIGNMENT], numbers(12))
    assert causes(found) == {None: 9, "over_budget": 3}


def test_a_file_that_nothing_was_counted_in_is_taken_away_and_one_that_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "judging.sqlite"
    Account(path, begins="when it counts").close()
    assert not list(tmp_path.iterdir())
    Account(path).close()
    Account(path, begins="when it counts").close()
    assert path.is_file()


def test_an_account_by_another_version_of_this_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("CREATE TABLE spent (judge TEXT, model TEXT, rubric TEXT, PRIMARY KEY (judge, model, rubric))")
    with (
        pytest.raises(InputError, match="an account of judges by another version of inoc_evals; name another folder"),
        accounted(tmp_path / FILE, Costs()) as account,
    ):
        account.judging()
