"""Hosted judges that become others: between two runs, in the middle of one, and from call to call."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import judge_of
from inoc_evals.judging.costs import FREE
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.fulfil import rated
from inoc_evals.judging.gold import agreement, rate_by_one
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import panel_of
from inoc_evals.judging.prompt import Instrument, Material, from_rubric, render
from inoc_evals.judging.trust import trust
from inoc_evals.judging.version import Version, described, rated_by
from inoc_evals.judging.wordings import agreement_of_wordings
from inoc_evals.protocols.requests import Rate
from tests.judging.hosted import Hosted, hosted, meant

OLD, NEW = "judge-2026-01-01", "judge-2026-06-01"
ANSWERS = [f"answer {number}" for number in range(12)]


@pytest.fixture(scope="module")
def alignment() -> Instrument:
    return from_rubric(find_rubric("alignment")[1])


def judge(server: Hosted, cache: Path | None = None, connections: int = 1) -> Judge:
    endpoint = Endpoint(server.url, "judge", first_wait_s=0.02)
    return Judge("judge", endpoint, JudgementCache(cache) if cache else None, ratings=2, connections=connections)


def rate(one: Judge, instrument: Instrument, answers: Sequence[str] = ANSWERS) -> list[Verdict]:
    async def in_turn() -> list[Verdict]:
        found = [await one.rate(instrument, Material(answer, "q")) for answer in answers]
        await one.rest()
        return found

    return asyncio.run(in_turn())


def expected(instrument: Instrument, shift: int, answers: Sequence[str] = ANSWERS) -> list[float]:
    """Its three numbers lie evenly around what it means, so that this is their mean."""
    return [float(meant(render(instrument, Material(answer, "q"))) + shift) for answer in answers]


def values(verdicts: Sequence[Verdict]) -> list[float | None]:
    return [None if verdict.value is None else round(verdict.value, 6) for verdict in verdicts]


def test_what_a_judge_tells_of_itself_stands_with_its_ratings(alignment: Instrument, tmp_path: Path) -> None:
    with hosted(OLD) as server:
        server.fingerprint = "fp_1"
        one = judge(server, tmp_path / "c")
        (verdict,) = rate(one, alignment, ANSWERS[:1])
        server.fingerprint = "fp_2"
        rate(one, alignment, ANSWERS[1:2])
        assert verdict.answered_by == OLD
        assert described(one) == {"model": OLD, "generation": 1, "fingerprints": ["fp_1", "fp_2"]}
        # From the cache too.
        (again,) = rate(judge(server, tmp_path / "c"), alignment, ANSWERS[:1])
        assert again.answered_by == OLD
        assert len(server.rated) == 2


def test_another_judge_behind_the_same_name_is_asked_for_all_that_the_first_was(
    alignment: Instrument, tmp_path: Path
) -> None:
    with hosted(OLD) as server:
        first = rate(judge(server, tmp_path / "c"), alignment)
        server.model, server.shift = NEW, 15
        second = rate(judge(server, tmp_path / "c"), alignment)
        assert values(first) == expected(alignment, 0)
        assert values(second) == expected(alignment, 15)
        assert {verdict.answered_by for verdict in second} == {NEW}
        # And what the first said is not lost when it is back.
        server.model, server.shift = OLD, 0
        asked = len(server.rated)
        assert rate(judge(server, tmp_path / "c"), alignment) == first
        assert len(server.rated) == asked


def test_another_fingerprint_is_no_other_judge(alignment: Instrument, tmp_path: Path) -> None:
    with hosted(OLD) as server:
        first = rate(judge(server, tmp_path / "c"), alignment)
        server.fingerprint = "fp_other"
        assert rate(judge(server, tmp_path / "c"), alignment) == first
        assert len(server.rated) == len(ANSWERS)


@pytest.mark.parametrize("connections", [1, 16])
def test_a_change_in_the_middle_is_said_and_no_rating_is_taken_for_the_other_judges(
    alignment: Instrument, tmp_path: Path, caplog: pytest.LogCaptureFixture, connections: int
) -> None:
    with hosted(OLD) as server:

        def change(calls: int) -> None:
            if calls == 6:  # the probe, and five ratings
                server.model, server.shift = NEW, 15

        server.before = change
        one = judge(server, tmp_path / "c", connections)

        async def at_once() -> list[Verdict]:
            found = await asyncio.gather(*(one.rate(alignment, Material(answer, "q")) for answer in ANSWERS))
            await one.rest()
            return list(found)

        found = asyncio.run(at_once())
        by_version = {OLD: expected(alignment, 0), NEW: expected(alignment, 15)}
        assert [verdict.answered_by for verdict in found].count(OLD) == 5
        for place, verdict in enumerate(found):
            assert verdict.cause is None
            assert verdict.value == pytest.approx(by_version[str(verdict.answered_by)][place])
        assert one.version == Version(NEW)
        said = [record.message for record in caplog.records if "kept apart" in record.message]
        assert said == [f"judge judge answered as {OLD} and answers as {NEW} now; their ratings are kept apart"]
        # What the cache holds of the new judge is the new judge's, and the rest is asked for.
        again = rate(judge(server, tmp_path / "c"), alignment)
        assert values(again) == by_version[NEW]


def test_gold_examples_are_compared_by_one_version_alone(tmp_path: Path) -> None:
    rubric = find_rubric("alignment")[1]
    instruments = [from_rubric(rubric), from_rubric(rubric, reworded=True)]
    examples = [Material(answer, "q") for answer in ANSWERS]
    with hosted(OLD) as server, accounted(None, FREE) as account:

        def change(calls: int) -> None:
            if calls == 16:  # the probe, and of the second wording three ratings
                server.model, server.shift = NEW, 15

        server.before = change
        one = judge(server, tmp_path / "c")

        async def both() -> list[list[Verdict]]:
            try:
                return await rate_by_one(one, instruments, examples)
            finally:
                await one.rest()

        for instrument, verdicts in zip(instruments, asyncio.run(both()), strict=True):
            assert {verdict.answered_by for verdict in verdicts} == {NEW}
            assert values(verdicts) == expected(instrument, 15)
        # 15 of the first version and all 24 of the second are ratings, and the call that met the change is none.
        assert sum(one.asked for one in account.judging().spent) == 15 + 24
        assert account.judging().usage.calls == server.calls


def test_a_judge_that_goes_on_changing_is_said_to_be_several() -> None:
    gold = [Gold(answer="a", question="q", low=0, high=20)] * 20
    verdicts = [Verdict(10.0, None, 1.0, "sampled", {"other": 0.0}, answered_by=(OLD, NEW)[n % 2]) for n in range(20)]
    instrument = from_rubric(find_rubric("alignment")[1])
    found = trust(instrument, gold, verdicts, agreement(gold, verdicts))
    assert (found.fit, found.undecided) == (False, True)
    assert f"the replies are of several versions of it ({OLD}, {NEW})" in found.words()
    wordings = agreement_of_wordings(gold, verdicts, verdicts)
    assert wordings.hangs is None
    assert f"the replies are of several versions of it ({OLD}, {NEW})" in wordings.words()


def test_a_name_with_a_judge_for_each_call_gives_no_rating(alignment: Instrument, tmp_path: Path) -> None:
    with hosted(OLD) as server:

        def alternate(calls: int) -> None:
            server.model = (OLD, NEW)[calls % 2]

        server.before = alternate
        found = rate(judge(server, tmp_path / "c"), alignment, ANSWERS[:2])
    assert [verdict.cause for verdict in found] == ["judge_changing"] * 2
    assert "answered as" in str(found[0].reason)


@pytest.mark.parametrize("model", [None, 7, "", "x" * 201, "line\nline", "\x1b[31mred", ["judge"]])
def test_a_judge_without_a_usable_name_rates_all_the_same(alignment: Instrument, model: object) -> None:
    with hosted(model) as server:
        server.fingerprint = {"no": "text"}
        one = judge(server)
        found = rate(one, alignment)
    assert values(found) == expected(alignment, 0)
    assert {verdict.answered_by for verdict in found} == {None}
    assert one.version == Version()
    assert not one.fingerprints


def test_a_judge_that_drew_its_answers_is_told_apart_too(alignment: Instrument, tmp_path: Path) -> None:
    with hosted(OLD, spread=0.0) as server:
        first = rate(judge(server, tmp_path / "c"), alignment)
        assert {verdict.reading for verdict in first} == {"sampled"}
        server.model, server.shift = NEW, -10
        assert values(rate(judge(server, tmp_path / "c"), alignment)) == expected(alignment, -10)


def test_what_was_cached_before_versions_were_known_is_not_used(alignment: Instrument, tmp_path: Path) -> None:
    prompt = render(alignment, Material(ANSWERS[0], "q"))
    text = json.dumps([alignment.identity, "judge", "first token", prompt], ensure_ascii=False)
    cache = JudgementCache(tmp_path / "c")
    cache.put(hashlib.sha256(text.encode()).hexdigest(), Distribution({1: 1.0}, {}, "first token"))
    cache.close()
    for model in (OLD, None):
        with hosted(model) as server:
            found = rate(judge(server, tmp_path / "c"), alignment, ANSWERS[:1])
        assert values(found) == expected(alignment, 0, ANSWERS[:1])


def test_a_generation_begins_without_what_was_cached_before(alignment: Instrument, tmp_path: Path) -> None:
    with hosted(OLD) as server:
        first = judge(server, tmp_path / "c")
        rate(first, alignment)
        assert first.cache is not None
        assert first.cache.begin_generation("judge", first.version) == Version(OLD, 2)
        # Two that find the same at once begin one.
        first.cache.begin_generation("judge", first.version)
        server.shift = 15
        found = rate(judge(server, tmp_path / "c"), alignment)
        assert values(found) == expected(alignment, 15)
        assert {verdict.answered_by for verdict in found} == {f"{OLD} (generation 2)"}
        assert JudgementCache(tmp_path / "c").version("judge", NEW) == Version(NEW, 1)
        assert JudgementCache(tmp_path / "c").version("other", OLD) == Version(OLD, 1)


def test_a_model_of_any_provider_is_told_apart(
    alignment: Instrument, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    answers = iter([(OLD, "73"), (OLD, "70"), (NEW, "20"), (NEW, "73"), (NEW, "30"), (NEW, "40")])

    def reply(*_: object) -> ModelOutput:
        model, text = next(answers)
        output = ModelOutput.from_content(model, text)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        output.metadata = {"system_fingerprint": f"fp of {model}"}
        return output

    one = judge_of(get_model("mockllm/model", custom_outputs=reply), JudgementCache(tmp_path / "c"), ratings=1)
    found = rate(one, alignment, ANSWERS[:3])
    # The 20 is an answer to a question that was put to the old one; it is thrown away and asked again.
    assert [(verdict.value, verdict.answered_by) for verdict in found] == [(70.0, OLD), (30.0, NEW), (40.0, NEW)]
    assert list(one.fingerprints) == [f"fp of {OLD}", f"fp of {NEW}"]
    assert sum("kept apart" in record.message for record in caplog.records) == 1


def test_a_panel_says_which_version_of_each_judge_rated(alignment: Instrument) -> None:
    with hosted(OLD) as first, hosted(NEW) as second:
        judges = [judge(first), judge(second)]
        judges[1].id = "other"
        second.fingerprint = "fp"
        request = Rate("alignment", alignment, Material("x", "q"))

        async def both() -> dict[str, object]:
            reply = await rated(request, panel_of(judges))
            for one in judges:
                await one.rest()
            return dict(reply.details)

        details = asyncio.run(both())
    assert details["answered_by"] == {"judge": OLD, "other": NEW}
    assert rated_by(panel_of(judges), [{"alignment": details}, {"length": {"answered_by": 3}}]) == {
        "judge": {"versions": [OLD], "fingerprints": []},
        "other": {"versions": [NEW], "fingerprints": ["fp"]},
    }
