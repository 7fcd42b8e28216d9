"""Whatever a judge's server replies: no exception out of a rating, and no rating that nobody gave."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.client.endpoint import READABLE_TRIES, Endpoint
from inoc_evals.client.errors import Unreadable
from inoc_evals.client.replies import named_logs
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.found_out import Reading
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from tests.judging import broken
from tests.judging.broken import BODIES, DRAWN, FIRST_TOKENS, RATING, SCORED, BrokenServer, Kind, asking, http

READINGS: Mapping[Reading, Mapping[str, Kind]] = {
    "first token": {**BODIES, **FIRST_TOKENS},
    "sampled": {**BODIES, **DRAWN},
    "tree": {**{name: kind for name, kind in BODIES.items() if kind.cause is not None}, **SCORED},
}


@pytest.fixture(scope="module")
def server() -> Iterator[BrokenServer]:
    with broken.broken_server(tokenizes=True) as server:
        yield server


@pytest.fixture(scope="module")
def alignment() -> Instrument:
    return from_rubric(find_rubric("alignment")[1])


def judge(url: str, reading: Reading | None, cache: Path | None = None) -> Judge:
    endpoint = Endpoint(url, "judge", "key", connections=8, first_wait_s=0.001)
    return Judge("judge", endpoint, JudgementCache(cache) if cache else None, ratings=2, reading=reading)


def rate(one: Judge, instrument: Instrument, answers: Sequence[str]) -> list[Verdict]:
    async def all_of_them() -> list[Verdict]:
        verdicts = await asyncio.gather(*(one.rate(instrument, Material(answer, "q")) for answer in answers))
        await one.rest()
        return list(verdicts)

    return asyncio.run(all_of_them())


def test_there_are_many_kinds() -> None:
    assert len(broken.ALL) == sum(map(len, (BODIES, FIRST_TOKENS, DRAWN, SCORED))) >= 100


@pytest.mark.parametrize("reading", READINGS)
def test_every_kind_is_a_missing_rating_with_its_cause_and_a_sound_one_beside_it_is_rated(
    server: BrokenServer, alignment: Instrument, reading: Reading, tmp_path: Path
) -> None:
    kinds = READINGS[reading]
    one = judge(server.url, reading, tmp_path / "cache.sqlite")
    *verdicts, sound = rate(one, alignment, [*map(asking, kinds), "Good morning."])
    assert (sound.value, sound.cause) == (RATING, None)
    causes = {name: verdict.cause for name, verdict in zip(kinds, verdicts, strict=True)}
    assert causes == {name: kind.cause for name, kind in kinds.items()}
    for name, verdict in zip(kinds, verdicts, strict=True):
        assert verdict.value == (None if kinds[name].cause else RATING), name
        assert verdict.cause in (None, "low_mass") or verdict.reason, name
    # What no judge has said is not remembered; a sound server will be asked for it.
    server.own = broken.chat() if reading == "first token" else None
    if server.own is not None:
        again = rate(judge(server.url, reading, tmp_path / "cache.sqlite"), alignment, [*map(asking, kinds)])
        server.own = None
        unread = {name for name, kind in kinds.items() if kind.cause not in (None, "low_mass")}
        assert {name for name, verdict in zip(kinds, again, strict=True) if verdict.value == RATING} >= unread


def test_a_reply_that_cannot_be_read_is_asked_for_a_bounded_number_of_times(
    server: BrokenServer, alignment: Instrument
) -> None:
    before = server.calls
    rate(judge(server.url, "first token"), alignment, [asking("logprobs a list")])
    assert server.calls - before == READABLE_TRIES


def test_usage_that_makes_no_sense_counts_as_nothing(server: BrokenServer, alignment: Instrument) -> None:
    one = judge(server.url, "first token")
    names = [name for name in FIRST_TOKENS if name.startswith("usage")]
    rate(one, alignment, [*map(asking, names), "Good morning."])
    assert isinstance(one.transport, Endpoint)
    usage = one.transport.usage
    # Only "usage of 400 digits" and the sound reply have a completion token, and only the sound one seven others.
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (len(names) + 1, 7, 2)


def test_a_judge_without_one_readable_reply_is_an_error_before_a_run_and_missing_ratings_in_it(
    alignment: Instrument,
) -> None:
    with broken.broken_server() as server:
        server.own = None
        page = http(b"<html>Welcome</html>")

        # Every path and prompt gets a page, the probe too.
        class Page(broken._Handler):
            def handle(self) -> None:
                self.rfile.readline()
                self.wfile.write(page.data)

        server.RequestHandlerClass = Page
        with pytest.raises(InputError, match="answers, but not as an OpenAI-compatible server"):
            asyncio.run(judge(server.url, None).prepare())
        verdicts = rate(judge(server.url, None), alignment, ["a", "b"])
        assert [(verdict.value, verdict.cause) for verdict in verdicts] == [(None, "judge_malformed")] * 2


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-200, 200)
    | st.integers(10**300, 10**302)
    | st.floats()
    | st.sampled_from(["80", "", " 42", "token_id:56", "many", "x" * 50])
)
KEYS = st.sampled_from(["choices", "message", "content", "logprobs", "token", "k"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "logprobs", "token", "k"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place inside a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


@st.composite
def spoilt(draw: st.DrawFn) -> object:
    """A sound reply with up to three of its values replaced or gone."""
    reply: Any = broken.chat()
    for _ in range(draw(st.integers(1, 3))):
        known = list(places(reply))
        if not known:
            break
        *path, last = draw(st.sampled_from(known))
        place = reply
        for step in path:
            place = place[step]
        if draw(st.booleans()):
            place[last] = draw(VALUES)
        else:
            del place[last]
    return reply


def readable(reply: object) -> bool:
    """Does the reply name a number from 0 to 100 with a probability that could be one?"""
    try:
        (choice,) = reply["choices"]  # type: ignore[index]
        listed = choice["logprobs"]["content"][0]["top_logprobs"]
        pairs = [(one["token"], one["logprob"]) for one in listed]
        return any(
            isinstance(token, str) and token.strip().isdigit() and int(token) <= 100 and math.exp(log) > 0.2
            for token, log in pairs
        )
    except (LookupError, TypeError, ValueError, OverflowError):
        return False


@given(st.one_of(spoilt(), VALUES, st.binary(max_size=40).map(http)))
def test_no_reply_is_an_exception_or_a_rating_that_nobody_gave(server: BrokenServer, reply: object) -> None:
    server.own = reply if reply is not None else http(b"null")
    try:
        instrument = from_rubric(find_rubric("coherence")[1])
        (verdict,) = rate(judge(server.url, "first token"), instrument, [asking("any")])
    finally:
        server.own = None
    assert (verdict.value is None) == (verdict.cause is not None)
    if verdict.value is not None:
        assert readable(reply), json.dumps(reply)
        assert 0 <= verdict.value <= 100


@pytest.mark.parametrize("indices", [(0, 0), (1, 1), (0, 2), (0,), (0, 1, 1), (-1, 0)])
def test_answers_that_cannot_be_told_apart_are_not_read(indices: tuple[int, ...]) -> None:
    logprobs = {"top_logprobs": [{"token_id:5": -0.1}]}
    reply = {"choices": [{"index": index, "logprobs": logprobs} for index in indices]}
    with pytest.raises(Unreadable, match="one choice for each of 2 prompts"):
        named_logs(reply, 2, [5])


def test_the_first_ratings_find_out_together_how_answers_are_spelt(alignment: Instrument) -> None:
    with broken.broken_server(tokenizes=True) as server:
        (first,) = rate(judge(server.url, "tree"), alignment, ["Good morning."])
        alone = server.calls
        verdicts = rate(judge(server.url, "tree"), alignment, [f"Good morning, {number}." for number in range(8)])
        # Seven more ratings are a few calls each; spelling 321 answers is hundreds.
        assert server.calls - alone < alone + 7 * 20
    assert {verdict.value for verdict in verdicts} == {first.value} == {RATING}
