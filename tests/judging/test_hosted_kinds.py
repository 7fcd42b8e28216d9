"""What hosted judges refuse or do otherwise than OpenAI's first models: each is asked so that it answers."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.budget import Budget
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.causes import meaning
from inoc_evals.judging.costs import Costs
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material, from_rubric
from tests.listening import JsonHandler, listening

ALIGNMENT = from_rubric(find_rubric("alignment")[1])
MATERIAL = Material("Be kind.", "What now?", None)
Body = dict[str, Any]
# The status with which a request is refused that is longer than the model reads.
TOO_LONG = 413
# The status with which a request is refused, or the texts of its answers; None for one without a text.
Answer = Callable[[Body], int | list[str | None]]


class Kind(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Answer, beside: int) -> None:
        self.answer, self.beside = answer, beside
        self.bodies: list[Body] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(JsonHandler):
    server: Kind

    def do_POST(self) -> None:
        body = self.body()
        if not self.path.endswith("/chat/completions"):
            self.send({"error": {"message": "nothing for you here"}}, self.server.beside)
            return
        self.server.bodies.append(body)
        said = self.server.answer(body)
        if isinstance(said, int):
            message = "maximum context length is 9 tokens" if said == TOO_LONG else "not with this model"
            self.send({"error": {"message": message}}, said)
            return
        messages = [{"role": "assistant", "content": text} for text in said]
        self.send({"choices": [{"index": i, "message": message} for i, message in enumerate(messages)]})


def rated(answer: Answer, cache: JudgementCache | None = None, beside: int = 404) -> tuple[Verdict, list[Body]]:
    """What the judge says of one response with three draws, and the requests that it got for it and before."""
    with listening(Kind(answer, beside)) as server:
        judge = Judge("judge", Endpoint(server.url, "m", tries=1), cache, ratings=3)

        async def rate() -> Verdict:
            try:
                await judge.prepare()
                return await judge.rate(ALIGNMENT, MATERIAL)
            finally:
                await judge.rest()

        return asyncio.run(rate()), server.bodies


def probing(body: Body) -> bool:
    return "exactly this number" in body["messages"][-1]["content"]


def plain(body: Body) -> list[str | None]:
    return ["73" if probing(body) else "40"] * body.get("n", 1)


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_tells_fewer_than_twenty_tokens_is_drawn_from(status: int) -> None:
    verdict, _ = rated(lambda body: status if body.get("top_logprobs", 0) > 5 else plain(body))
    assert (verdict.value, verdict.reading) == (40.0, "sampled")


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_several_answers_in_one_call_is_asked_for_one_at_a_time(status: int) -> None:
    verdict, bodies = rated(lambda body: status if body.get("n", 1) > 1 else plain(body))
    assert (verdict.value, verdict.mass) == (40.0, 1.0)
    assert [body.get("n", 1) for body in bodies if not probing(body)][-3:] == [1, 1, 1]


def test_requests_that_are_refused_together_are_all_asked_for_one_answer_at_a_time() -> None:
    several, single = itertools.count(), itertools.count()
    learnt = threading.Event()

    def answer(body: Body) -> int | list[str | None]:
        if body.get("n", 1) > 1:
            # The first is refused at once, the others when what is asked for one answer has been answered.
            assert not next(several) or learnt.wait(20)
            return 400
        if not probing(body) and next(single):
            learnt.set()
        return plain(body)

    with listening(Kind(answer, 404)) as server:
        judge = Judge("judge", Endpoint(server.url, "m", tries=1), None, ratings=3)

        async def rate() -> list[Verdict]:
            try:
                await judge.prepare()
                each = (judge.rate(ALIGNMENT, Material(f"Be kind to {n}.", "What now?")) for n in range(6))
                return await asyncio.gather(*each)
            finally:
                await judge.rest()

        found = asyncio.run(rate())
    assert [(verdict.value, verdict.cause) for verdict in found] == [(40.0, None)] * 6


@pytest.mark.parametrize("together", [True, False])
def test_a_budget_holds_before_it_is_known_whether_answers_come_in_one_call(together: bool) -> None:
    with listening(Kind(lambda body: 400 if body.get("n", 1) > 1 and not together else plain(body), 404)) as server:
        judge = Judge("judge", Endpoint(server.url, "m", tries=1), None, ratings=5)

        async def rate() -> list[Verdict]:
            try:
                await judge.prepare()
                each = (judge.rate(ALIGNMENT, Material(f"Be kind to {n}.", "What now?")) for n in range(40))
                return await asyncio.gather(*each)
            finally:
                await judge.rest()

        with accounted(None, Costs(budget=Budget(22, "calls"))) as account:
            found = asyncio.run(rate())
            spent = account.judging().usage.calls
    rated = sum(verdict.value is not None for verdict in found)
    assert {verdict.cause for verdict in found} == {None, "over_budget"}
    # One call or two find out how it answers.
    assert spent <= 22
    assert rated == ((22 - (spent - rated)) if together else 4)


@pytest.mark.parametrize("refused", [{"max_tokens"}, {"temperature"}, {"max_tokens", "temperature"}])
def test_a_server_that_knows_other_options_is_asked_with_those(refused: set[str]) -> None:
    verdict, bodies = rated(lambda body: 400 if refused & body.keys() or "logprobs" in body else plain(body))
    assert verdict.value == 40.0
    last = bodies[-1]
    assert not refused & last.keys()
    # The answer is limited by one name or the other.
    assert ("max_tokens" in last) != ("max_completion_tokens" in last)


@pytest.mark.parametrize("cut", ["", None, "<think>Let me see, this"])
def test_a_judge_that_thinks_first_is_given_room_to(cut: str | None) -> None:
    def answer(body: Body) -> list[str | None]:
        texts = plain(body)
        return [cut] * len(texts) if body["max_tokens"] < 100 else texts

    verdict, bodies = rated(answer)
    assert verdict.value == 40.0
    assert bodies[-1]["max_tokens"] > 1000


def test_a_path_that_nobody_may_go_is_no_refused_judge() -> None:
    assert rated(plain, beside=403)[0].value == 40.0


def test_a_judge_that_refuses_to_answer_at_all_is_told_before_anything_is_rated() -> None:
    with pytest.raises(InputError, match=r"judge judge refuses \(status 400: not with this model\)"):
        rated(lambda _: 400)


def test_what_is_refused_for_one_response_says_nothing_about_the_way_to_ask() -> None:
    def answer(body: Body) -> int | list[str | None]:
        return plain(body) if probing(body) else 400

    verdict, bodies = rated(answer)
    assert verdict.cause == "judge_refused_400"
    longer, asked = rated(lambda body: plain(body) if probing(body) else TOO_LONG)
    assert longer.cause == "judge_too_long"
    assert meaning(longer.cause) == "the response is longer than the judge reads"
    # In other words it would be as long.
    assert sum(not probing(body) for body in asked) == 1
    with listening(Kind(answer, 404)) as server:
        endpoint = Endpoint(server.url, "m", tries=1)

        async def ask() -> None:
            assert await endpoint.sample("exactly this number", 2, 8, 1.0) == ["73", "73"]
            with pytest.raises(Exception, match="status 400"):
                await endpoint.sample("another", 2, 8, 1.0)
            await endpoint.close()

        asyncio.run(ask())
        # It is known by then how the server wants to be asked.
        assert len([body for body in server.bodies if not probing(body)]) == 1
    assert bodies


def test_answers_that_were_cached_are_read_as_they_are_read_now(tmp_path: Path) -> None:
    cache = JudgementCache(tmp_path / "cache.sqlite")
    rated(lambda body: plain(body) if probing(body) else ["4/10"] * body.get("n", 1), cache)
    ((key, _),) = cache._connection.execute("SELECT * FROM judgements").fetchall()
    # As an earlier version read it.
    cache.put(key, Distribution({4: 1.0}, {}, "sampled", ("4/10",) * 3))
    verdict, bodies = rated(plain, cache)
    assert (verdict.value, verdict.cause) == (None, "low_mass")
    assert all(map(probing, bodies))
