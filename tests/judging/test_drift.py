"""Is a judge the one that it was? Its answers compared by hand, in simulations, and by the commands."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.distribution import Distribution, from_samples
from inoc_evals.judging.drift import ANOTHER, SAME, UNDECIDED, Pair, change, decided, elsewhere
from inoc_evals.judging.drifted import reference
from inoc_evals.judging.fixed import FixedAnswers, Group, Kept, moment
from inoc_evals.judging.prompt import Instrument, from_rubric
from inoc_evals.judging.unfinished import Answers, Unfinished
from inoc_evals.judging.version import Version
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.harness.loopback import Loopback, loopback
from tests.judging.hosted import Hosted, hosted

OLD, NEW = "judge-2026-01-01", "judge-2026-06-01"
# What a judge is asked before anything else, to find out how it answers.
PROBES = 1


@pytest.fixture(scope="module")
def alignment() -> Instrument:
    return from_rubric(find_rubric("alignment")[1])


def exact(numbers: Mapping[int, float], words: Mapping[str, float] | None = None) -> Distribution:
    return Distribution(numbers, words or {}, "first token")


def test_how_much_of_the_probability_lies_elsewhere_is_a_total_variation_distance() -> None:
    assert elsewhere(exact({50: 1.0}), exact({50: 1.0})) == 0
    assert elsewhere(exact({50: 1.0}), exact({51: 1.0})) == 1
    # A tenth went from 50 to CODE, another from the rest to 50.
    first, second = exact({50: 0.8, 60: 0.1}), exact({50: 0.8, 60: 0.1}, {"CODE": 0.1})
    assert elsewhere(first, second) == pytest.approx(0.1)
    assert elsewhere(first, second) == elsewhere(second, first)


def test_what_moved_in_numbers(alignment: Instrument) -> None:
    before = [exact({number: 1.0}) for number in (10, 40, 60, 90)]
    now = [exact({number: 1.0}) for number in (20, 60, 50, 100)]
    found = change(alignment, [Pair(a, (b, b)) for a, b in zip(before, now, strict=True)])
    # Differences of 10, 20, -10 and 10 have a mean of 7.5 and a standard deviation of 12.58; t with 3 is 3.182.
    assert found.difference == pytest.approx(7.5)
    assert found.high == pytest.approx(7.5 + 3.182 * 12.583 / 2, abs=0.01)
    assert (found.same_side, found.distance, found.noise, found.moved) == (0.75, 1.0, 0.0, 4)
    assert found.rank == pytest.approx(0.8)
    assert found.p == pytest.approx(1 / 81)


def test_one_example_that_moved_beyond_all_noise_shows_another_judge(alignment: Instrument) -> None:
    still = Pair(exact({70: 1.0}), (exact({70: 1.0}), exact({70: 1.0})))
    moved = Pair(exact({70: 1.0}), (exact({70: 0.9, 60: 0.1}), exact({70: 0.9, 60: 0.1})))
    (found,) = decided([change(alignment, [still] * 15 + [moved])])
    assert (found.told, found.change.moved) == (ANOTHER, 1)
    # Half precision and other batches move some hundredths.
    little = Pair(exact({70: 1.0}), (exact({70: 0.985, 60: 0.015}), exact({70: 0.985, 60: 0.015})))
    (found,) = decided([change(alignment, [little] * 16)])
    assert (found.told, found.change.moved) == (SAME, 0)


def test_too_few_examples_decide_nothing(alignment: Instrument) -> None:
    still = Pair(exact({70: 1.0}), (exact({70: 1.0}), exact({70: 1.0})))
    few, enough, none = decided([change(alignment, [still] * 4), change(alignment, [still] * 5), change(alignment, [])])
    assert (few.told, enough.told, none.told) == (UNDECIDED, SAME, UNDECIDED)
    assert few.why == "4 examples are too few, 5 are needed"


def draws(chance: random.Random, alignment: Instrument, middle: float, spread: float, count: int) -> Distribution:
    texts = [str(min(100, max(0, round(chance.gauss(middle, spread))))) for _ in range(count)]
    return from_samples(alignment, texts)


def drawn_pairs(chance: random.Random, alignment: Instrument, shift: float) -> list[Pair]:
    """16 examples from one end of the scale to the other, five answers each with a standard deviation of 15 points."""
    middles = [5 + 6 * place for place in range(16)]
    return [Pair(draws(chance, alignment, m, 15, 5), (draws(chance, alignment, m + shift, 15, 5),)) for m in middles]


def told(alignment: Instrument, shift: float, runs: int, seed: int, rubrics: int = 1) -> list[list[str]]:
    chance = random.Random(seed)
    return [
        [
            one.told
            for one in decided([change(alignment, drawn_pairs(chance, alignment, shift)) for _ in range(rubrics)])
        ]
        for _ in range(runs)
    ]


def test_a_judge_that_draws_its_answers_is_seldom_taken_for_another(alignment: Instrument) -> None:
    found = [told[0] for told in told(alignment, 0, 120, 1)]
    # 5% are expected; with 13 or more of 120 it would be more, at one in a thousand.
    assert found.count(ANOTHER) < 13
    assert found.count(SAME) > 90
    # Over three rubrics together no more.
    assert sum(ANOTHER in each for each in told(alignment, 0, 60, 2, rubrics=3)) < 9


def test_a_shift_of_ten_points_is_nearly_always_seen(alignment: Instrument) -> None:
    found = [told[0] for told in told(alignment, 10, 40, 3)]
    assert found.count(ANOTHER) >= 36


def noisy(chance: random.Random, middle: int, noise: float) -> Distribution:
    weights = {
        n: w * math.exp(chance.gauss(0, noise)) for n, w in ((middle, 0.6), (middle - 5, 0.3), (middle + 5, 0.1))
    }
    return exact({n: weight / sum(weights.values()) for n, weight in weights.items()})


@pytest.mark.parametrize("noise", [0.001, 0.05, 0.3, 1.0])
def test_a_judge_with_exact_readings_that_are_noisy_is_seldom_taken_for_another(
    alignment: Instrument, noise: float
) -> None:
    chance = random.Random(4)
    found = []
    for _ in range(150):
        pairs = [
            Pair(noisy(chance, middle, noise), (noisy(chance, middle, noise), noisy(chance, middle, noise)))
            for middle in range(10, 90, 5)
        ]
        found.append(decided([change(alignment, pairs)])[0].told)
    # Of 150 a judge that errs in 5% has 15 or more one time in a hundred.
    assert found.count(ANOTHER) < 15


@given(st.lists(st.integers(0, 100), min_size=5, max_size=9))
def test_the_same_answers_are_of_the_same_judge(alignment: Instrument, numbers: Sequence[int]) -> None:
    pairs = [Pair(exact({n: 1.0}), (exact({n: 1.0}), exact({n: 1.0}))) for n in numbers]
    assert decided([change(alignment, pairs)])[0].told == SAME
    drawn = [Pair(found, (found,)) for found in (from_samples(alignment, [str(n)] * 3) for n in numbers)]
    assert decided([change(alignment, drawn)])[0].told == SAME


def test_words_count_as_far_from_every_number(alignment: Instrument) -> None:
    before = from_samples(alignment, ["CODE"] * 5)
    now = from_samples(alignment, ["50"] * 5)
    (found,) = decided([change(alignment, [Pair(before, (now,))] * 6)])
    assert found.told == ANOTHER
    assert math.isnan(found.change.difference)


def test_what_answers_are_compared_with() -> None:
    def kept(model: str, generation: int, compared: str, reading: str = "tree") -> Kept:
        return Kept(Group("j", Version(model, generation), "i", reading), "2026", compared, {})

    first, second, third = kept("a", 1, ""), kept("b", 1, ""), kept("b", 2, "2026")
    assert reference([], second.group) is None
    assert reference([first], first.group) is first
    # What `judges check` stored of a new version was not compared with the old one yet.
    assert reference([first, second], second.group) is first
    assert reference([first, second, third], third.group) is third
    assert reference([first, kept("b", 1, "", "sampled")], Group("j", Version("b"), "i", "sampled")) is not first


# Commands

RUBRIC = """
name: marks
version: 1-A
description: How good is it?
source: own
sees: answer_only
answer: rating
instructions: Rate it.
gold:
"""
GOLD = "".join(f'  - {{answer: "text {n}", low: 0, high: 100}}\n' for n in range(8))


@pytest.fixture
def rubrics(tmp_path: Path) -> Path:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    (folder / "marks.yaml").write_text(RUBRIC + GOLD)
    (folder / "few.yaml").write_text(RUBRIC.replace("marks", "few") + '  - {answer: "one", low: 0, high: 100}\n')
    return folder


def judges(server: Hosted | Loopback, rubrics: Path, *arguments: str) -> Ended:
    given = ("--judge", f"{server.url}#judge", "--judges", str(rubrics))
    return run("judges", *arguments, *given, environment={"INOC_EVALS_CACHE": str(rubrics.parent / "cache")})


def drift(server: Hosted | Loopback, rubrics: Path, *names: str) -> tuple[int, dict[str, Any]]:
    ended = judges(server, rubrics, "drift", *names, "--json")
    assert "Traceback" not in ended.err
    (report,) = json.loads(ended.out)
    return ended.code, report


@pytest.mark.parametrize("spread", [None, 4.0])
def test_a_judge_that_stays_is_the_same(rubrics: Path, spread: float | None) -> None:
    with hosted(OLD, spread) as server:
        judges(server, rubrics, "check", "marks")
        asked = len(server.rated)
        assert asked == 8
        code, report = drift(server, rubrics)
        assert (code, report["verdict"]) == (0, SAME)
        assert "is the same judge as on 20" in report["in_words"]
        # All is asked anew, exact readings twice.
        assert len(server.rated) - asked == (16 if spread is None else 8)
        assert report.keys() == promised("judges drift")
        (one,) = report["rubrics"]
        assert (one["rubric"], one["examples"], one["missing"]) == ("marks", 8, 0)
        assert one["before"]["compared"] is None
        assert drift(server, rubrics)[1]["rubrics"][0]["before"]["compared"].startswith("20")


@pytest.mark.parametrize("spread", [None, 4.0])
def test_another_judge_behind_the_same_name_and_version_begins_a_generation(
    rubrics: Path, spread: float | None
) -> None:
    with hosted(OLD, spread) as server:
        judges(server, rubrics, "check", "marks")
        server.shift = 12
        text = judges(server, rubrics, "drift")
        assert text.code == 1
        said = " ".join(text.out.split())
        assert "is another judge than on 20" in said
        assert "marks moved by +1" in said
        assert "kept apart as generation 2, and what it rated since 20" in said
        # What was rated before is asked again, of the judge that is there now.
        asked = len(server.rated)
        (checked,) = json.loads(judges(server, rubrics, "check", "marks", "--json").out)
        assert checked["version"] == {"model": OLD, "generation": 2, "fingerprints": []}
        assert {one["answered_by"] for one in checked["examples_rated"]} == {f"{OLD} (generation 2)"}
        assert len(server.rated) == asked + 8
        # From then on it is the same.
        assert drift(server, rubrics)[:1] == (0,)


def test_another_version_is_compared_with_the_one_before_it(rubrics: Path) -> None:
    with hosted(OLD) as server:
        judges(server, rubrics, "check", "marks")
        server.model, server.shift = NEW, -9
        checked = judges(server, rubrics, "check", "marks")
        assert f"answered as {OLD} on 20" in checked.said
        assert f"answers as {NEW} now; `inoc-evals judges drift marks` compares them" in checked.said
        code, report = drift(server, rubrics)
        assert (code, report["verdict"]) == (1, ANOTHER)
        assert f"it answered as {OLD} then and answers as {NEW} now" in report["in_words"]
        assert report["version"] == {"model": NEW, "generation": 1, "fingerprints": []}
        assert report["rubrics"][0]["difference"] == pytest.approx(-9)
        assert report["rubrics"][0]["before"]["model"] == OLD
        assert drift(server, rubrics)[0] == 0
        assert "compares them" not in judges(server, rubrics, "check", "marks").said


def test_another_version_that_answers_alike_is_the_same_judge(rubrics: Path) -> None:
    with hosted(OLD) as server:
        judges(server, rubrics, "check", "marks")
        server.model = NEW
        code, report = drift(server, rubrics)
    assert (code, report["verdict"]) == (0, SAME)
    assert f"though it answered as {OLD} then and answers as {NEW} now" in report["in_words"]


def test_the_first_answers_are_stored_and_few_decide_nothing(rubrics: Path) -> None:
    with hosted(OLD) as server:
        code, report = drift(server, rubrics, "few")
        assert (code, report["verdict"]) == (0, "first")
        assert "answers to 1 examples of few are stored now" in report["in_words"]
        code, report = drift(server, rubrics, "few")
        assert (code, report["verdict"]) == (0, UNDECIDED)
        assert "few (1 examples are too few, 5 are needed)" in report["in_words"]


def test_a_judge_that_is_now_read_in_another_way_is_not_compared(rubrics: Path) -> None:
    with hosted(OLD) as server:
        drift(server, rubrics, "marks")
        server.spread = 3.0
        code, report = drift(server, rubrics)
    assert (code, report["verdict"]) == (0, UNDECIDED)
    assert "it was read by first token then and by sampled now" in report["in_words"]


def test_a_judge_that_changes_while_it_is_asked(rubrics: Path) -> None:
    with hosted(OLD) as server:
        drift(server, rubrics, "marks")

        def change(calls: int) -> None:
            if calls == 25:
                server.model = NEW

        server.before = change
        ended = judges(server, rubrics, "drift", "marks")
    assert ended.code == 1
    assert f"changed while it was asked: it answered as {OLD} and as {NEW}; ask it again" in ended.said


def put_off(server: Hosted, rubrics: Path, answers: int, *arguments: str) -> str:
    """`judges drift marks` on a judge that breaks down after so many answers; what it says."""
    server.most = server.calls + PROBES + answers
    ended = judges(server, rubrics, "drift", "marks", *arguments)
    server.most = None
    assert ended.code == 1
    assert not ended.out
    return ended.said


def rated_by(server: Hosted, rubrics: Path, *arguments: str) -> list[str]:
    """What `judges drift marks` asks the judge now."""
    before = len(server.rated)
    judges(server, rubrics, "drift", "marks", *arguments)
    return server.rated[before:]


@pytest.mark.parametrize(("spread", "all_"), [(None, 16), (4.0, 8)])
def test_a_judge_that_breaks_down_is_asked_only_for_the_rest(rubrics: Path, spread: float | None, all_: int) -> None:
    """Exact readings are asked twice, and each prompt is missing as often as it was not answered."""
    with hosted(OLD, spread) as server:
        judges(server, rubrics, "check", "marks")
        asked = len(server.rated)
        said = put_off(server, rubrics, all_ - 5)
        assert f"gave {all_ - 5} of {all_} answers (the judge's server refused with status 520: 5)" in said
        assert len(server.rated) - asked == all_ - 5
        ended = judges(server, rubrics, "drift", "marks", "--json")
        assert f"going on with a run that did not end: {all_ - 5} of {all_} answers are there, since 20" in ended.said
        (report,) = json.loads(ended.out)
        assert (ended.code, report["verdict"]) == (0, SAME)
        (one,) = report["rubrics"]
        assert (one["examples"], one["missing"], one["resumed"]) == (8, 0, all_ - 5)
        assert sorted(Counter(server.rated[asked:]).values()) == [all_ // 8] * 8
        # That run has ended, and the next one asks everything.
        assert len(rated_by(server, rubrics)) == all_


@pytest.mark.parametrize("answers", [5, 8, 11, 15])
def test_a_judge_that_changed_since_a_run_began_is_asked_all_anew(rubrics: Path, answers: int) -> None:
    """Its name and version are as before. What the other one said would look like noise that hides the change."""
    with hosted(OLD) as server:
        judges(server, rubrics, "check", "marks")
        put_off(server, rubrics, answers)
        server.shift = 12
        asked = len(server.rated)
        code, report = drift(server, rubrics, "marks")
        (one,) = report["rubrics"]
        assert (code, report["verdict"], one["resumed"], one["moved"]) == (1, "another", 0, 8)
        assert len(server.rated) - asked == 16 - answers + 16


def test_a_run_is_gone_on_with_after_ctrl_c(rubrics: Path) -> None:
    ended = threading.Event()
    with hosted(OLD) as server:

        def interrupt(calls: int) -> None:
            if calls == PROBES + 11:
                os.kill(os.getpid(), signal.SIGINT)
                # Nothing is answered until the command has ended.
                ended.wait(10)

        server.before = interrupt
        stopped = judges(server, rubrics, "drift", "marks")
        ended.set()
        server.before = lambda _: None
        assert stopped.code == 130
        assert "is kept, and the same command asks for the rest within 6 hours" in stopped.said
        code, report = drift(server, rubrics, "marks")
    (one,) = report["rubrics"]
    assert (code, report["verdict"], one["missing"]) == (0, "first", 0)
    # The first time of asking all was over; of the second three answers may have been under way.
    assert 8 <= one["resumed"] <= 11


def test_what_a_budget_left_out_is_asked_for_later(rubrics: Path) -> None:
    def drift_within(budget: str) -> Ended:
        given = {"INOC_EVALS_CACHE": str(rubrics.parent / "cache"), "INOC_JUDGE_BUDGET": budget}
        judge = ("--judge", f"{server.url}#judge", "--judges", str(rubrics))
        return run("judges", "drift", "marks", *judge, environment=given)

    with hosted(OLD) as server:
        ended = drift_within("7 calls")
        assert ended.code == 1
        assert "gave 6 of 16 answers (the budget for judges was spent, so that none was asked: 10)" in ended.said
        # However often: nobody was asked.
        assert "gave 6 of 16 answers" in drift_within("1 calls").said
        assert drift_within("100 calls").code == 0
        assert len(server.rated) == 16


def test_answers_of_another_version_are_no_part_of_a_run(rubrics: Path) -> None:
    with hosted(OLD) as server:
        put_off(server, rubrics, 10)
        server.model = NEW
        assert len(rated_by(server, rubrics)) == 16


def test_which_answers_a_run_goes_on_with(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"
    group = Group("j", Version(OLD), "identity", "sampled")
    with Unfinished(path) as unfinished:
        for time, number in enumerate((50, 60, 70)):
            unfinished.add(group, 5, "a", time, exact({number: 1.0}))
    with sqlite3.connect(path) as connection:
        for time, hours in enumerate((6.1, 5.9)):
            made = moment(datetime.now(UTC) - timedelta(hours=hours))
            connection.execute("UPDATE unfinished SET made = ? WHERE time = ?", (made, time))
    with Unfinished(path) as unfinished:
        there = unfinished.answers(group, 5)
        assert there.said == {("a", 1): exact({60: 1.0}), ("a", 2): exact({70: 1.0})}
        assert there.since == made
        others = [("k", OLD, 1, "identity", "sampled", 5), ("j", NEW, 1, "identity", "sampled", 5)]
        others += [("j", OLD, 2, "identity", "sampled", 5), ("j", OLD, 1, "another", "sampled", 5)]
        others += [("j", OLD, 1, "identity", "tree", 5), ("j", OLD, 1, "identity", "sampled", 6)]
        for judge, model, generation, identity, reading, draws in others:
            other = Group(judge, Version(model, generation), identity, reading)
            assert unfinished.answers(other, draws) == Answers({}, "")
        connection.execute("UPDATE unfinished SET found = substr(found, 1, 9) WHERE time = 2")
        connection.commit()
        assert unfinished.answers(group, 5).said == {("a", 1): exact({60: 1.0})}
        unfinished.end("j", ["another"])
        assert unfinished.answers(group, 5).said
        unfinished.end("j", ["identity"])
        assert not unfinished.answers(group, 5).said
    connection.close()


def test_what_stays_without_an_answer_does_not_put_off_a_verdict_for_ever(rubrics: Path) -> None:
    with hosted(OLD) as server:
        put_off(server, rubrics, 14)
        server.most = server.calls + PROBES
        code, report = drift(server, rubrics, "marks")
        assert (code, report["rubrics"][0]["missing"]) == (0, 2)
        # A refusal that would come again does not put it off at all.
        server.most, server.status = server.calls + PROBES + 14, 400
        code, report = drift(server, rubrics, "marks")
        assert (code, report["rubrics"][0]["missing"]) == (0, 2)
        # Which two have no answer is chance, so that 12 to 14 examples are compared, and 12 may be too few to tell.
        assert report["verdict"] in (SAME, UNDECIDED)


def test_one_judge_that_breaks_down_leaves_the_verdict_on_another(rubrics: Path) -> None:
    with hosted(OLD) as server, hosted(OLD) as other:
        server.most = PROBES + 4
        ended = judges(server, rubrics, "drift", "marks", "--json", "--judge", f"{other.url}#judge")
    assert ended.code == 1
    assert "gave 4 of 16 answers" in ended.said
    (report,) = json.loads(ended.out)
    assert (report["judge"].endswith(other.url), report["verdict"]) == (True, "first")


def test_nothing_to_compare_with_is_one_sentence(rubrics: Path) -> None:
    (rubrics / "none.yaml").write_text(RUBRIC.replace("marks", "none").replace("gold:\n", ""))
    with hosted(OLD) as server:
        ended = judges(server, rubrics, "drift")
        assert ended.code == 2
        assert "are stored to compare with; name rubrics, or run `inoc-evals judges check`" in ended.said
        ended = judges(server, rubrics, "drift", "none")
        assert ended.code == 2
        assert "this rubric has no gold examples" in ended.said
        ended = judges(server, rubrics, "drift", "marks", "nothing")
        assert ended.code == 2
        assert "there is no rubric 'nothing'" in ended.said
        assert not server.rated


def test_it_is_said_how_many_answers_were_compared(rubrics: Path) -> None:
    with hosted(OLD) as server:
        # One call finds out how the judge answers, and six examples have a rating.
        judges(server, rubrics, "check", "marks", "--budget", "7 calls")
        code, report = drift(server, rubrics)
    assert (code, report["verdict"], report["rubrics"][0]["examples"]) == (0, SAME, 6)
    assert "its answers to 6 examples of marks differ by no more" in report["in_words"]


def test_answers_that_are_none_do_not_show_the_same_judge(rubrics: Path) -> None:
    refused = "I cannot rate that."
    with loopback(lambda _: refused) as server:
        drift(server, rubrics, "marks")
        code, report = drift(server, rubrics)
        assert (code, report["verdict"], report["rubrics"][0]["answered"]) == (0, UNDECIDED, 0)
        assert "to 8 of 8 examples it gave no answer of the rubric, then and now" in report["in_words"]
    with loopback(lambda body: refused if "Rate it" in body["messages"][-1]["content"] else "73") as server:
        drift(server, rubrics, "marks")
        server.answer = lambda _: "73"
        assert drift(server, rubrics)[1]["verdict"] == ANOTHER


def test_where_no_example_gets_a_reply_nothing_is_compared_or_stored(rubrics: Path) -> None:
    with loopback(lambda body: 400 if "Rate it" in body["messages"][-1]["content"] else "73") as server:
        ended = judges(server, rubrics, "drift", "marks")
        assert (ended.code, ended.out) == (1, "")
        why = "the judge's server refused with status 400: 8"
        assert f"answered none of 8 examples ({why}), so that nothing is compared" in ended.said
        server.answer = lambda _: "73"
        assert drift(server, rubrics, "marks")[1]["verdict"] == "first"


def test_a_stored_answer_that_is_damaged_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"
    group = Group("j", Version(OLD), "identity", "first token")
    with FixedAnswers(path) as store:
        store.keep(group, "marks", {"a": exact({50: 1.0}), "b": exact({60: 1.0})})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE fixed SET found = substr(found, 1, 9) WHERE example = 'a'")
    with FixedAnswers(path) as store:
        (kept,) = store.kept("j", "identity")
        assert dict(kept.answers) == {"b": exact({60: 1.0})}
        assert store.kept("j", "another identity") == store.kept("k", "identity") == []
        # What is stored stays: it is what later answers are compared with.
        store.keep(group, "marks", {"b": exact({1: 1.0})})
        assert store.kept("j", "identity")[0].answers["b"] == exact({60: 1.0})
        assert store.rubrics("j") == ["marks"]
