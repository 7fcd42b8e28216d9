"""Judges behind a real HTTP server on loopback, sound and faulty."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import combine, panel_of
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.protocols.requests import Judged
from tests.judging.serving import Served

Serve = Callable[..., Served]


@pytest.fixture
def alignment() -> Instrument:
    return from_rubric(find_rubric("alignment")[1])


def judge(served: Served, cache: Path | None = None, **options: int) -> Judge:
    endpoint = Endpoint(served.url, "judge", "key", first_wait_s=0.02)
    return Judge("judge", endpoint, JudgementCache(cache) if cache else None, **options)


def rate(one: Judge, instrument: Instrument, answers: Sequence[str]) -> list[Verdict]:
    async def all_of_them() -> list[Verdict]:
        found = await asyncio.gather(*(one.rate(instrument, Material(answer, "q")) for answer in answers))
        await one.rest()
        return list(found)

    return asyncio.run(all_of_them())


def test_single_token_numbers_are_read_from_the_first_token(judge_server: Serve, alignment: Instrument) -> None:
    (found,) = rate(judge(judge_server()), alignment, ["Fine. [[80]]"])
    # The server says 80 with 0.9, 79 with 0.05, 81 with 0.03 and "I" with 0.02.
    assert found.value == pytest.approx((80 * 0.9 + 79 * 0.05 + 81 * 0.03) / 0.98)
    assert found.mass == pytest.approx(0.98)
    assert found.reading == "first token"


@pytest.mark.parametrize("fault", ["digits", "no_logprobs"])
def test_where_no_exact_reading_is_possible_answers_are_drawn(
    judge_server: Serve, alignment: Instrument, fault: str
) -> None:
    (found,) = rate(judge(judge_server(fault), ratings=3), alignment, ["Fine. [[80]]"])
    assert found.value == 80.0
    assert found.reading == "sampled"


def test_words_exclude(judge_server: Serve, alignment: Instrument) -> None:
    (found,) = rate(judge(judge_server()), alignment, ["I can't. [[REFUSAL]]"])
    assert (found.value, found.cause) == (None, "refusal")


def test_nothing_is_asked_twice(judge_server: Serve, alignment: Instrument, tmp_path: Path) -> None:
    served = judge_server()
    answers = [f"[[{number}]]" for number in (10, 20, 30)] * 5
    first = rate(judge(served, tmp_path / "c"), alignment, answers)
    # One call finds out the reading, and three answers are different.
    assert served.get("/stats")["calls"] == 4
    second = rate(judge(served, tmp_path / "c"), alignment, answers)
    assert served.get("/stats")["calls"] == 5
    assert first == second
    other = from_rubric(Rubric.model_validate({**_plain(), "instructions": "Rate it otherwise."}))
    rate(judge(served, tmp_path / "c"), other, answers[:1])
    assert served.get("/stats")["calls"] == 7


def _plain() -> dict[str, object]:
    rubric = {"name": "r", "version": "1-A", "description": "d", "source": "s", "sees": "question_and_answer"}
    return {**rubric, "answer": "rating", "instructions": "Rate it."}


def test_calls_that_fail_are_tried_again(judge_server: Serve, alignment: Instrument) -> None:
    found = rate(judge(judge_server("every_third")), alignment, [f"[[{number}]]" for number in range(60)])
    assert [verdict.cause for verdict in found] == [None] * 60


def test_a_server_that_is_gone_for_a_while_is_waited_for(judge_server: Serve, alignment: Instrument) -> None:
    served = judge_server()
    one = judge(served)

    async def through_the_gap() -> list[Verdict]:
        await one.prepare()
        await asyncio.to_thread(served.get, "/gone/1.0")
        started = time.monotonic()
        found = await asyncio.gather(*(one.rate(alignment, Material(f"[[{n}]]", "q")) for n in range(40)))
        assert time.monotonic() - started > 0.9
        await one.rest()
        return list(found)

    # The waits add up to 0.02 + 0.04 + ... + 0.64 s and a quarter more or less, which is enough.
    assert [verdict.cause for verdict in asyncio.run(through_the_gap())] == [None] * 40


def test_a_server_that_stays_away_costs_its_ratings_and_no_more(judge_server: Serve, alignment: Instrument) -> None:
    served = judge_server()
    one = judge(served)

    async def into_the_gap() -> tuple[list[Verdict], float]:
        await one.prepare()
        await asyncio.to_thread(served.get, "/gone/600")
        started = time.monotonic()
        found = [await one.rate(alignment, Material(f"[[{n}]]", "q")) for n in range(20)]
        await one.rest()
        return found, time.monotonic() - started

    found, seconds = asyncio.run(into_the_gap())
    assert {verdict.cause for verdict in found} == {"judge_unreachable"}
    assert {verdict.value for verdict in found} == {None}
    # Only the first call waits through all its tries.
    assert seconds < 5


@pytest.mark.parametrize(("fault", "cause"), [("malformed", "judge_malformed"), ("empty", "judge_empty")])
def test_a_useless_reply_is_a_missing_rating_with_its_cause(
    judge_server: Serve, alignment: Instrument, fault: str, cause: str, tmp_path: Path
) -> None:
    served = judge_server(fault)
    found = rate(judge(served, tmp_path / "c"), alignment, ["[[10]]", "[[20]]"])
    assert [(verdict.value, verdict.cause) for verdict in found] == [(None, cause)] * 2
    # What failed is not remembered: a sound server rates it.
    served.get("/faults/none")
    again = rate(judge(served, tmp_path / "c"), alignment, ["[[10]]", "[[20]]"])
    assert [verdict.cause for verdict in again] == [None, None]


def test_a_refused_key_is_an_error_before_anything_else(judge_server: Serve, alignment: Instrument) -> None:
    with pytest.raises(InputError, match=r"judge judge refuses .*check its key") as caught:
        rate(judge(judge_server("unauthorised")), alignment, ["x"])
    assert "Bearer" not in str(caught.value)


def test_a_server_that_is_not_there(alignment: Instrument) -> None:
    one = Judge("j", Endpoint("http://127.0.0.1:9/v1", "judge", first_wait_s=0.01))
    with pytest.raises(WorkError, match="judge j cannot be reached"):
        rate(one, alignment, ["x"])


def test_the_key_is_not_shown() -> None:
    assert "sesame" not in repr(Judge("j", Endpoint("http://127.0.0.1:9/v1", "judge", "sesame")))


def test_a_panel_is_a_mean_with_its_spread(judge_server: Serve, alignment: Instrument) -> None:
    judges = [judge(judge_server()), judge(judge_server("no_logprobs"))]
    judges[1].id = "other"

    async def both() -> Judged:
        panel = panel_of(judges)
        found = await panel.rate(alignment, Material("[[80]]", "q"))
        await panel.rest()
        return found

    found = asyncio.run(both())
    exact = (80 * 0.9 + 79 * 0.05 + 81 * 0.03) / 0.98
    assert found.details["judges"] == {"judge": pytest.approx(exact), "other": 80.0}
    assert found.value == pytest.approx((exact + 80) / 2)
    # The standard deviation of two values is their distance over the root of two.
    assert found.details["spread"] == pytest.approx(abs(80 - exact) / 2**0.5)


def test_a_panel_without_one_of_its_judges_has_no_value() -> None:
    rated, missing = Verdict(80.0, None, 0.9, "tree"), Verdict(None, "judge_timeout", 0.0, "sampled")
    found = combine([rated, missing])
    assert (found.value, found.cause, found.mass) == (None, "judge_timeout", 0.0)
    assert combine([rated]) is rated


def test_a_second_event_loop_can_use_the_same_judge(judge_server: Serve, alignment: Instrument) -> None:
    one = judge(judge_server())
    assert rate(one, alignment, ["[[10]]"])[0].cause is None
    assert rate(one, alignment, ["[[20]]"])[0].cause is None


def test_a_model_of_any_provider_of_inspect_can_judge_by_sampling(alignment: Instrument) -> None:
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from inoc_evals.judging.connect import judge_of

    # The first reply only shows that it is there.
    said = iter(["73", "70", "90", "I would rather not say", "80"])

    def reply(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", next(said))
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    one = judge_of(get_model("mockllm/model", custom_outputs=reply), None, ratings=4)
    (found,) = rate(one, alignment, ["Fine."])
    assert found.reading == "sampled"
    assert found.value == pytest.approx(80.0)
    assert found.mass == pytest.approx(0.75)
