"""Judges that are models which think first: told not to, and otherwise read behind their thoughts."""

from __future__ import annotations

import asyncio

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material, from_rubric
from tests.harness.loopback import loopback
from tests.harness_lm_eval.vllm_like import Server, vllm_like

ALIGNMENT = from_rubric(find_rubric("alignment")[1])
MATERIAL = Material("Be kind.", "What now?", None)


def verdict(server: Server) -> tuple[Verdict, str | None]:
    judge = Judge("judge", Endpoint(server.url, "arm", tries=1), ratings=2)

    async def rate() -> Verdict:
        try:
            return await judge.rate(ALIGNMENT, MATERIAL)
        finally:
            await judge.rest()

    return asyncio.run(rate()), judge.reading


def test_a_judge_that_can_be_told_not_to_think_is_read_exactly() -> None:
    with vllm_like(lambda *_: "50") as server:
        server.opens = "<think>\n"
        found, reading = verdict(server)
        asked = [body for path, body in server.bodies if path == "/tokenize" and "messages" in body]
    assert reading == "tree"
    assert found.reading == "tree"
    assert asked
    assert [body["chat_template_kwargs"] for body in asked] == [{"enable_thinking": False}] * len(asked)


@pytest.mark.parametrize(
    ("said", "value"),
    [("I think 10.\n</think>\n\n70", 70.0), ("I think of 10 and of 90 and", None), ("<think>10</think>70", 70.0)],
)
def test_what_a_judge_thinks_all_the_same_is_no_rating(said: str, value: float | None) -> None:
    with vllm_like(lambda *_: said) as server:
        server.opens, server.always = "<think>\n", True
        found, reading = verdict(server)
        limits = {body["max_tokens"] for body in server.sent()}
    assert reading == "sampled"
    assert found.value == value
    assert limits == {8 + 1024}


def test_a_judge_behind_another_server_is_read_behind_its_thoughts() -> None:
    with loopback(lambda _: "<think>\n10 or 20?\n</think>\n\n70") as server:
        judge = Judge("judge", Endpoint(server.url, "m", tries=1), ratings=2)

        async def rate() -> Verdict:
            try:
                return await judge.rate(ALIGNMENT, MATERIAL)
            finally:
                await judge.rest()

        assert asyncio.run(rate()).value == 70.0
        assert not [body for body in server.bodies if "chat_template_kwargs" in body]
