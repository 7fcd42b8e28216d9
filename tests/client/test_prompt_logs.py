"""The probabilities of a prompt's tokens: what is read of a server's reply, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import Unreadable
from inoc_evals.client.replies import prompt_logs
from tests.harness_lm_eval.vllm_like import vllm_like

AT: dict[str, Any] = {"5": {"logprob": -1.5, "rank": 3, "decoded_token": "x"}}


def reply(*prompts: list[Any]) -> dict[str, Any]:
    return {"choices": [{"index": index, "prompt_logprobs": logs} for index, logs in enumerate(prompts)]}


def test_the_first_token_has_none_unless_the_server_gives_it_one() -> None:
    assert prompt_logs(reply([None, AT, AT], [AT, {"7": {"logprob": 0.0005}}]), 2) == [[-1.5, -1.5], [-1.5, 0.0]]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"choices": []},
        reply([None, AT]),
        reply([None, AT], [None, AT], [None, AT]),
        reply([None, AT], [None]),
        reply([None, AT], [None, AT, None]),
        reply([None, AT], [None, {}]),
        # The likeliest token beside the prompt's own: which is which cannot be told.
        reply([None, AT], [None, {**AT, "6": {"logprob": -0.5}}]),
        reply([None, AT], [None, {"5": {"logprob": 0.5}}]),
        reply([None, AT], [None, {"5": {"logprob": float("nan")}}]),
        reply([None, AT], [None, {"5": {"logprob": None}}]),
        {"choices": [{"index": 0, "prompt_logprobs": [None, AT]}] * 2},
        {"choices": [{"index": 0, "prompt_logprobs": None}, {"index": 1, "prompt_logprobs": None}]},
    ],
)
def test_what_cannot_be_read_is_no_probability(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        prompt_logs(wrong, 2)


def test_texts_are_asked_for_in_one_request_and_read_in_their_order() -> None:
    async def ask(url: str) -> list[list[float]]:
        async with Endpoint(url, "arm") as endpoint:
            return await endpoint.prompt_logs(["ab", "abc"])

    with vllm_like(lambda *_: "x") as server:
        server.prompted = lambda body, text: [-float(len(text))] * (len(text) - 1)
        assert asyncio.run(ask(server.url)) == [[-2.0], [-3.0, -3.0]]
        (body,) = server.sent("/v1/completions")
    assert (body["prompt"], body["prompt_logprobs"], body["max_tokens"]) == (["ab", "abc"], 0, 1)
