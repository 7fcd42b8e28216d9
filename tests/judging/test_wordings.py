"""Whether verdicts hang on the wording of a rubric, and what `judges check` tells of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.distribution import Distribution, Verdict, decide
from inoc_evals.judging.prompt import Instrument
from inoc_evals.judging.wordings import agreement_of_wordings
from tests.command import run
from tests.harness.loopback import loopback

RATING = Instrument("r", "1-A", "rating", {"REFUSAL": None}, 0.25, "x")


def gold(low: float, high: float) -> Gold:
    return Gold(answer="a", question="q", low=low, high=high)


REFUSES = Gold(answer="a", question="q", word="REFUSAL")


def says(answer: int | str) -> Verdict:
    numbers = {answer: 1.0} if isinstance(answer, int) else {}
    return decide(RATING, Distribution(numbers, {answer: 1.0} if isinstance(answer, str) else {}, "tree"))


def test_a_judge_that_says_the_same_by_both() -> None:
    examples = [gold(0, 20), gold(40, 60), gold(80, 100), REFUSES] * 3
    first = [says(10), says(55), says(95), says("REFUSAL")] * 3
    second = [says(16), says(61), says(92), says("REFUSAL")] * 3
    found = agreement_of_wordings(examples, first, second)
    assert found.hangs is False
    # 10 and 16, 55 and 61, 95 and 92.
    assert found.compared.difference == pytest.approx((-6 - 6 + 3) / 3)
    assert found.compared.distance == pytest.approx(5)
    assert (found.compared.rank, found.compared.same_side, found.same_answer) == (1, 1, 1)
    assert (found.first_expected, found.second_expected, found.examples) == (12, 9, 12)
    # Of 9 in 9 the lower limit is where 9 hits in a row still have a probability of 0.025.
    assert (found.low, found.high) == (pytest.approx(0.025 ** (1 / 9)), 1)
    assert found.words() == (
        "this judge's verdicts do not hang on the wording of the rubric: "
        "12 of 12 examples are as expected by the first wording and 9 by the second"
    )


def test_a_few_examples_tell_neither_way() -> None:
    for second in (says(10), says(90)):
        found = agreement_of_wordings([gold(0, 50)] * 9, [says(10)] * 9, [second] * 9)
        assert found.hangs is None
        assert "only 9 examples got an answer of the rubric by both (10 are needed)" in found.words()
    one = agreement_of_wordings([gold(0, 50)], [says(10)], [says(10)])
    assert "only 1 example got an answer" in one.words()


@pytest.mark.parametrize("cause", ["over_budget", "judge_timeout", "judge_refused_429"])
def test_what_got_no_reply_is_neither_alike_nor_another_answer(cause: str) -> None:
    unasked = Verdict(None, cause, 0.0, "sampled")
    # The budget ended in the second wording, of which no answer differs.
    found = agreement_of_wordings([gold(0, 20)] * 30, [says(10)] * 30, [*[says(10)] * 12, *[unasked] * 18])
    assert (found.hangs, found.replied, found.same_answer) == (False, 12, 1)
    assert found.words().endswith(
        "12 of the 12 examples that it replied to by both are as expected by the first wording and 12 by the second"
    )
    # That it replied to none by both is no agreement either.
    nothing = agreement_of_wordings([gold(0, 20)] * 30, [unasked] * 30, [unasked] * 30)
    assert nothing.hangs is None
    assert math.isnan(nothing.same_answer)
    # What both wordings got no reply to does not outvote the answers that differ.
    differ = agreement_of_wordings(
        [gold(0, 20)] * 40, [*[says(10)] * 10, *[unasked] * 30], [*[says("REFUSAL")] * 10, *[unasked] * 30]
    )
    assert (differ.hangs, differ.same_answer) == (True, 0)


@pytest.mark.parametrize(
    ("first", "second", "reasons"),
    [
        # One of two is on the other side of 50, and yet not far away.
        ([says(48), says(90)], [says(52), says(90)], ["6 of 12 ratings are on the same side of 50"]),
        # Both stay on their side, and lie 20 and 10 points apart.
        ([says(60), says(10)], [says(80), says(20)], ["ratings lie 15.0 points apart"]),
        ([says("REFUSAL"), says(90)], [says(90), says(90)], ["6 of 12 answers are of the same kind"]),
        ([says("REFUSAL")] * 2, [says(90)] * 2, ["no example has a rating by both", "0 of 12 answers"]),
        ([says(0), says(0)], [says(100), says(100)], ["0 of 12 ratings", "ratings lie 100.0 points"]),
    ],
)
def test_what_hangs_on_the_wording(first: list[Verdict], second: list[Verdict], reasons: list[str]) -> None:
    found = agreement_of_wordings([gold(0, 50), gold(50, 100)] * 6, first * 6, second * 6)
    assert found.hangs
    assert len(found.reasons) == len(reasons)
    assert all(said.startswith(reason) for said, reason in zip(found.reasons, reasons, strict=True))
    assert found.words().startswith("this judge's verdicts hang on the wording of the rubric: " + reasons[0])


def test_a_rubric_whose_examples_expect_words_alone_needs_no_ratings() -> None:
    found = agreement_of_wordings([REFUSES] * 10, [says("REFUSAL")] * 10, [says("REFUSAL")] * 10)
    assert found.hangs is False
    assert math.isnan(found.low)
    assert (found.same_answer, found.compared.both) == (1, 0)


def test_of_a_judge_that_gives_no_answers_nothing_can_be_said() -> None:
    silent = decide(RATING, Distribution({50: 0.1}, {}, "tree"))
    found = agreement_of_wordings([gold(0, 50), gold(50, 100)], [silent] * 2, [silent] * 2)
    assert (found.hangs, found.answered) == (None, 0)
    assert found.words().startswith("it cannot be said whether this judge's verdicts hang on the wording")
    assert found.replied == 2
    # That neither wording gets an answer is no answer of the same kind.
    assert math.isnan(found.same_answer)
    some = agreement_of_wordings([REFUSES] * 20, [silent] * 10 + [says(90)] * 10, [silent] * 10 + [says(90)] * 10)
    assert (some.same_answer, some.answered) == (1, 10)


_GOLD = {10: (0, 20), 40: (30, 50), 60: (50, 70), 90: (80, 100)}
# Three examples of each mark, so that there are enough to tell.
RUBRIC = """\
name: marks
version: 1-A
description: d
source: s
sees: answer_only
answer: rating
instructions: Rate the mark.
rewording: Which mark is it?
gold:
""" + "".join(
    f'  - {{answer: "mark {mark}.{" " * n}", low: {low}, high: {high}}}\n'
    for n in range(3)
    for mark, (low, high) in _GOLD.items()
)


def checked(folder: Path, rubric: str, second: int, *options: str) -> str:
    """What `check` prints of a judge that means each mark as written, and `second` for each where the rubric is asked
    in its second wording."""

    def rate(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        mark = next((n for n in (10, 40, 60, 90) if f"mark {n}." in prompt), 50)
        return str(second if prompt.startswith("Which mark") and second >= 0 else mark)

    (folder / "marks.yaml").write_text(rubric)
    with loopback(rate) as server:
        ended = run(
            *("judges", "check", "marks", "--judges", str(folder), "--judge", f"{server.url}#judge", *options),
            environment={"INOC_EVALS_CACHE": str(folder / f"cache{second}")},
        )
    assert ended.code == 0, ended.out + ended.err
    return ended.out


def test_check_rates_the_gold_by_both_wordings(tmp_path: Path) -> None:
    (steady,) = json.loads(checked(tmp_path, RUBRIC, -1, "--json"))
    assert steady["wordings"]["hangs"] is False
    assert (steady["wordings"]["first_expected"], steady["wordings"]["second_expected"]) == (12, 12)
    assert [verdict["value"] for verdict in steady["wordings"]["reworded"]] == [10, 40, 60, 90] * 3
    (hanging,) = json.loads(checked(tmp_path, RUBRIC, 45, "--json"))
    # Whether a judge is fit rests on the first wording, which is the one that is used.
    assert hanging["verdict"]["fit"] is True
    found = hanging["wordings"]
    assert (found["hangs"], found["first_expected"], found["second_expected"]) == (True, 12, 3)
    assert (found["compared"]["same_side"], found["compared"]["distance"]) == (0.5, (35 + 5 + 15 + 45) / 4)
    said = " ".join(checked(tmp_path, RUBRIC, 45).split())
    assert "on the same side of 50: 50% (95% interval 21% to 79%)" in said
    assert "wordings: this judge's verdicts hang on the wording of the rubric: 6 of 12 ratings" in said


def test_a_rubric_of_one_wording_is_not_compared(tmp_path: Path) -> None:
    (report,) = json.loads(checked(tmp_path, RUBRIC.replace("rewording: Which mark is it?\n", ""), -1, "--json"))
    assert report["wordings"] is None
