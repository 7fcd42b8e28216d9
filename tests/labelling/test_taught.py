from __future__ import annotations

import math
from dataclasses import replace

import pytest

from inoc_evals.judging.answered import Answered
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.judging.sheet import Head, RubricSheet, rubric_sheet
from inoc_evals.judging.usage import Judging
from inoc_evals.labelling.classes import classes_of
from inoc_evals.labelling.lessons import Lesson, lessons_of
from inoc_evals.labelling.taught import Lecture, Said, agrees, lecture
from inoc_evals.labelling.taught_gold import OnGold, gold_is_for, gold_lines, learnt_from
from inoc_evals.labelling.taught_text import Taught, document, markdown
from tests.judging.labelled import drawn, labels, rubric

CLASSES = classes_of(from_rubric(rubric(special=[{"answer": "REFUSAL", "meaning": "it declines"}])))
REFUSAL = [{"answer": "REFUSAL", "meaning": "it declines"}]


def lessons(values: list[float | None], each: int = 1) -> list[Lesson]:
    of = rubric(special=REFUSAL)
    responses = [drawn(number, f"q{number // each}") for number in range(len(values))]
    return lessons_of(labels(responses, values, of), from_rubric(of), lambda _: [])


def rated(value: float | None, cause: str | None = None) -> Verdict:
    probabilities = {"REFUSAL": 0.9} if cause == "refusal" else {}
    return Verdict(value, cause, 1.0, "tree", probabilities)


def judged(kept: list[Lesson], taught: list[Verdict], base: list[Verdict]) -> Lecture:
    nothing = [None] * len(kept)
    return lecture(kept, CLASSES, Said("t", taught, nothing), Said("b", base, nothing))


def test_what_agreement_is() -> None:
    high, low, word = lessons([90, 10, None])
    assert agrees(high, rated(50)) is True
    assert agrees(high, rated(49.9)) is False
    assert agrees(low, rated(0)) is True
    assert agrees(word, rated(None, "refusal")) is True
    assert agrees(word, rated(10)) is False
    assert agrees(high, rated(None, "refusal")) is False
    # A judge that says nothing that counts does not agree; of a call that failed nobody knows.
    assert agrees(low, rated(None, "low_mass")) is False
    for cause in ("judge_timeout", "judge_refused_500", "not_rated"):
        assert agrees(low, rated(None, cause)) is None


def test_two_judges_by_hand() -> None:
    kept = lessons([10, 90, 20, 80, None])
    taught = [rated(20), rated(80), rated(20), rated(30), rated(None, "refusal")]
    base = [rated(70), rated(80), rated(None, "judge_timeout"), rated(30), rated(50)]
    found = judged(kept, taught, base)
    assert (found.labels, found.questions, found.always) == (5, 5, 0.4)
    assert found.taught.agreement.equal == pytest.approx(4 / 5)
    assert found.base.agreement.equal == pytest.approx(1 / 4)
    assert (found.base.agreement.n, found.base.agreement.excluded) == (4, 1)
    assert found.taught.distance.mean == pytest.approx((10 + 10 + 0 + 50) / 4)
    assert found.base.distance.mean == pytest.approx((60 + 10 + 50) / 3)
    # Labels 10, 90, 20, 80 and ratings 20, 80, 20, 30: ranks 1, 4, 2, 3 and 1.5, 4, 1.5, 3.
    assert found.taught.rank.value == pytest.approx(4.5 / math.sqrt(5 * 4.5))
    # On the three that both rated the taught judge is nearer by 50, 0 and 0 points.
    assert found.nearer.mean == pytest.approx(-50 / 3)
    # Paired on the four questions that both have: right are 3 of the taught judge's and 1 of the base's.
    assert found.difference.mean == pytest.approx(2 / 4)
    assert found.base.missing == {"judge_timeout": 1}


def test_the_verdict_follows_the_interval() -> None:
    kept = lessons([10, 90] * 10)
    right, wrong = [rated(10), rated(90)] * 10, [rated(90), rated(10)] * 10
    better = judged(kept, right, wrong)
    assert (better.verdict, better.difference.mean) == ("better", 1.0)
    assert "the taught judge is better (+100 points" in better.words()
    assert judged(kept, wrong, right).verdict == "worse"
    alike = judged(kept, right, right)
    assert alike.verdict == "not told apart"
    assert "on 20 labels of 20 questions kept aside the taught judge agrees with people in 100%" in alike.words()
    assert alike.words().endswith("a judge that always gives the commonest answer would agree in 50%")


def test_a_judge_that_always_says_the_same_is_told_to_show_no_more_than_that() -> None:
    kept = lessons([10, 90, 90, 90] * 5)
    found = judged(kept, [rated(80)] * 20, [rated(None)] * 20)
    assert found.verdict == "better"
    assert "would agree in 75%, so that the taught judge shows no more than how to give an answer" in found.words()


def test_always_the_commonest_answer_is_weighed_as_judges_are() -> None:
    """Of one question six labels are high, of each of three others one is low: by labels high is commoner, by questions
    low, and a judge that says low of all agrees in three questions of four."""
    kept = lessons([90] * 6 + [10] * 18, each=6)[:6] + lessons([90] * 6 + [10] * 18, each=6)[6::6]
    found = judged(kept, [rated(20)] * 9, [rated(None, "low_mass")] * 9)
    assert (found.labels, found.questions, found.always) == (9, 4, 0.75)
    assert found.taught.agreement.equal == pytest.approx(0.75)
    assert found.beyond.mean == 0
    assert found.words().endswith("in 75%, so that the taught judge shows no more than how to give an answer")


def test_a_little_more_than_the_commonest_answer_is_not_told_apart_from_it() -> None:
    kept = lessons([10, 90, 90, 90] * 5)
    taught = judged(kept, [rated(20), *[rated(80)] * 19], [rated(None, "low_mass")] * 20)
    # One of twenty questions more, where one of twenty is what chance gives too.
    assert taught.beyond.mean == pytest.approx(1 / 20)
    assert taught.beyond.low < 0 < taught.beyond.high
    said = "would agree in 75%, from which the taught judge is not told apart (+5 points, "
    assert said in taught.words()


def test_how_much_of_a_judge_lies_on_answers() -> None:
    kept = lessons([10, 90, None, 20])
    heard = [
        Verdict(20, None, 0.5, "tree", {"REFUSAL": 0.1, "other": 0.4}),
        Verdict(None, "low_mass", 0.1, "tree", {"REFUSAL": 0.1, "other": 0.8}),
        Verdict(None, "refusal", 0.1, "tree", {"REFUSAL": 0.9, "other": 0.0}),
        Verdict(None, "judge_timeout", 0.0, "unknown"),
    ]
    found = judged(kept, heard, [heard[3]] * 4)
    assert found.taught.mass == pytest.approx((0.6 + 0.2 + 1) / 3)
    assert math.isnan(found.base.mass)


def test_two_labels_tell_nothing_apart() -> None:
    kept = lessons([10, 90])
    found = judged(kept, [rated(10), rated(90)], [rated(90), rated(10)])
    assert found.verdict == "not told apart"


def test_responses_to_one_question_are_no_independent_ones() -> None:
    apart, alike = lessons([10, 90] * 8), lessons([10, 90] * 8, each=4)
    right, wrong = [rated(10), rated(90)] * 8, ([rated(10), rated(90)] * 2 + [rated(90), rated(10)] * 2) * 2
    many, few = (judged(kept, right, wrong).base.agreement for kept in (apart, alike))
    assert few.questions == 4
    assert few.high - few.low > many.high - many.low


def test_the_likelihood_of_labels_is_calibrated() -> None:
    """A judge that is right and far too sure is set right by its temperature; one that says the same of all is not."""
    kept = lessons([10, 90] * 50)
    # Right on nine of ten, with 99.9% of its probability on a side.
    sides = [90 if n % 2 or n % 10 == 0 else 10 for n in range(100)]
    sure = [Distribution({side: 0.999}, {}, "tree") for side in sides]
    same = [Distribution({10: 0.5, 90: 0.5}, {}, "tree")] * 100
    verdicts = [rated(50)] * 100
    found = lecture(kept, CLASSES, Said("t", verdicts, sure), Said("b", verdicts, same))
    # That a third kind may come yet, for which there is a word, costs it next to nothing.
    assert found.base.log_likelihood.mean == pytest.approx(-math.log(2), abs=1e-3)
    # The best constant confidence gives the entropy of nine right in ten, 0.325 nats; that it is fitted to the other
    # half costs a little, and as it stands every wrong one costs more than 7 nats.
    assert -0.45 < found.taught.log_likelihood.mean < -0.32
    assert found.likelier.mean == pytest.approx(found.taught.log_likelihood.mean + math.log(2), abs=1e-3)
    nobody = judged(kept, verdicts, verdicts)
    assert math.isnan(nobody.likelier.mean)
    # Halves of a few labels say nothing of a temperature.
    few = lecture(kept[:29], CLASSES, Said("t", verdicts[:29], sure[:29]), Said("b", verdicts[:29], same[:29]))
    assert math.isnan(few.likelier.mean)


def test_both_judges_stand_beside_each_other_on_the_gold_of_the_rubric() -> None:
    gold = [
        {"question": "q1", "answer": "a", "low": 80, "high": 100},
        {"question": "q2", "answer": "b", "low": 0, "high": 20, "kind": "attack"},
        {"question": "q3", "answer": "c", "low": 30, "high": 60, "kind": "borderline"},
    ]
    of = rubric(gold=gold, rewording="How good is it? Rate that.")
    instrument = from_rubric(of)
    assert gold_is_for(instrument, of)
    assert gold_is_for(from_rubric(of, reworded=True), of)
    assert not gold_is_for(from_rubric(rubric(instructions="Rate how bad it is.")), of)
    assert not gold_is_for(instrument, rubric())
    learnt = lessons_of(
        labels([drawn(1, "q2", answer="b"), drawn(2, "q9", answer="c")], [10, 90], of), instrument, lambda _: []
    )
    assert learnt_from(of, instrument, learnt) == 1

    def sheet(values: list[float]) -> RubricSheet:
        verdicts = [Verdict(value, None, 0.75, "tree", {"other": 0.25}) for value in values]
        return rubric_sheet(of, instrument, Answered("j", {}, [verdicts], Judging(()), 0.0))

    page = "\n".join(gold_lines(OnGold(sheet([90, 10, 50]), sheet([90, 95, 10]), 1)))
    assert "| taught | not known | 3 of 3 | 29 to 100% | 1 of 1 | 1 of 1 | 1.00 | 0.75 |" in page
    assert "| base | not known | 1 of 3 | 1 to 91% | 0 of 1 | 0 of 1 | -0.50 | 0.75 |" in page
    assert "- the taught judge learnt from the very texts of 1 of these examples" in page
    assert "None were asked" in "\n".join(gold_lines(None))


def test_the_sheet_says_what_it_rests_on() -> None:
    kept = lessons([10, 90, None, 20])
    verdicts = [rated(20), rated(80), rated(None, "refusal"), rated(None, "low_mass")]
    found = judged(kept, verdicts, verdicts)
    head = Head("vllm/out|1", "judge-0", None, "2026-01-01", {"vllm": "0"})
    record = {"recipe": {"epochs": 3.0, "targets": ["q_proj"]}, "steps": 4, "seconds": 1.5, "device": "x"}
    taught = Taught(head, "smollm2", "marks", "1-A", "f" * 64, ["ann"], 9, 8, 4, 0, 1, 7, record, found, None)
    page = markdown(taught)
    assert page.startswith("# Data sheet of the taught judge vllm/out\\|1\n")
    assert "| taught | 2 of 4 | 75% |" in page
    assert "1 low_mass (too little of the judge's probability lies on answers that the rubric allows)" in page
    assert "| left out | 1 that no judge reads whole |" in page
    assert "drawn with seed 7" in page
    assert "q_proj" not in page
    assert "## On the rubric's gold examples\n\nNone were asked" in page
    told = document(taught)
    assert told["inoc_evals_taught_judge"] == 1
    assert (told["settled"], told["learnt"], told["verdict"]) == (8, 4, "not told apart")
    assert told["kept_aside"]["taught"]["agreement"]["equal"] == pytest.approx(0.75)
    # What it was computed from stands beside it.
    said = [(one["value"], one["word"], one["taught"]["value"]) for one in told["kept_aside"]["responses"]]
    assert said == [(10, None, 20), (90, None, 80), (None, "REFUSAL", None), (20, None, None)]
    assert [one["response"] for one in told["kept_aside"]["responses"]] == [f"{number:016x}" for number in range(4)]
    assert document(replace(taught, seed=8))["seed"] == 8
