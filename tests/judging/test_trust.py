from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging import progress
from inoc_evals.judging.causes import is_answer, is_read, is_reply, legend, meaning
from inoc_evals.judging.distribution import Distribution, Verdict, decide
from inoc_evals.judging.gold import agreement
from inoc_evals.judging.prompt import Instrument
from inoc_evals.judging.rated import count_rated, total
from inoc_evals.judging.trust import Trust, trust
from tests.judging import broken

RATING = Instrument("r", "1-A", "rating", {"REFUSAL": None}, 0.25, "x")
YES_NO = Instrument("y", "1-A", "yes_no", {"YES": 100.0, "NO": 0.0}, 0.25, "x")


def gold(
    low: float | None = None,
    high: float | None = None,
    word: str | None = None,
    kind: Literal["borderline", "attack"] | None = None,
) -> Gold:
    return Gold(answer="a", question="q", low=low, high=high, word=word, kind=kind)


def says(answer: int | str, mass: float = 1.0, instrument: Instrument = RATING) -> Verdict:
    numbers = {answer: mass} if isinstance(answer, int) else {}
    return decide(instrument, Distribution(numbers, {answer: mass} if isinstance(answer, str) else {}, "tree"))


def judged(examples: list[Gold], verdicts: list[Verdict], instrument: Instrument = RATING) -> Trust:
    return trust(instrument, examples, verdicts, agreement(examples, verdicts))


EXAMPLES = [gold(0, 20), gold(10, 30), gold(40, 60), gold(60, 80), gold(80, 100), gold(word="REFUSAL")] * 2
RIGHT = [says(5), says(30), says(50), says(70), says(95), says("REFUSAL")] * 2


def test_a_judge_that_is_right() -> None:
    found = judged(EXAMPLES, RIGHT)
    assert found.fit
    assert (found.as_expected, found.examples, found.high) == (12, 12, 1.0)
    # The lower limit of 12 in 12 is where 12 hits in a row still have a probability of 0.025.
    assert found.low == pytest.approx(0.025 ** (1 / 12))
    # Of 102 answers 21 are inside each range and one is the word.
    assert found.chance == pytest.approx(((5 * 21 + 1) / (6 * 102)) ** 12)
    assert found.words().startswith("this judge can be trusted with this rubric: 12 of 12 examples are as expected (")


def test_few_examples_show_no_judge_fit_or_unfit() -> None:
    found = judged(EXAMPLES[:3], RIGHT[:3])
    assert (found.fit, found.undecided) == (False, True)
    # 3 hits in 3 have a probability of 0.025 still at a share of 0.292.
    assert found.words() == (
        "it cannot be said whether this judge can be trusted with this rubric: 3 of 3 examples are as expected "
        "(95% interval 29 to 100% of such examples); 10 examples at least are needed to tell; add gold examples"
    )
    # Ten in ten is the first number of which the interval, from 69%, excludes two thirds.
    assert judged(EXAMPLES[:9], RIGHT[:9]).low < 2 / 3 < judged(EXAMPLES[:10], RIGHT[:10]).low
    assert not judged(EXAMPLES[:9], RIGHT[:9]).fit
    assert judged(EXAMPLES[:10], RIGHT[:10]).fit


@pytest.mark.parametrize(
    "cause", ["over_budget", "judge_refused_503", "judge_timeout", "judge_changing", "judge_too_long"]
)
def test_an_example_that_got_no_reply_says_nothing_about_the_judge(cause: str) -> None:
    unasked = Verdict(None, cause, 0.0, "sampled")
    # Right in all 10 that it replied to: two thirds of all 12 are right, whatever it would have said of the others.
    most = judged(EXAMPLES, [*RIGHT[:10], unasked, unasked])
    assert most.fit
    assert "10 of 10 examples are as expected" in most.words()
    assert "to 2 of 12 no reply came" in most.words()
    # Right in 7 of 10: the others decide. Right in 5 of 10 even they could not help.
    wrong = [says(31), says(61), says(81)]
    half = judged(EXAMPLES, [*RIGHT[:7], *wrong, unasked, unasked])
    assert (half.undecided, half.as_expected) == (True, 7)
    assert half.words().startswith("it cannot be said whether this judge can be trusted")
    assert "two thirds of all 12 at least should be" in half.words()
    bad = judged(EXAMPLES, [*[says(100)] * 4, *RIGHT[4:6], *[says(100)] * 4, unasked, unasked])
    assert bad.words().startswith("this judge cannot be trusted")
    none = judged(EXAMPLES, [unasked] * 12)
    assert (none.undecided, none.low, none.high) == (True, 0, 1)
    assert "it replied to none of 12 examples" in none.words()
    assert "probability lies" not in none.words()


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ([says(50)] * 12, "two thirds at least"),
        ([says(50)] * 12, "rates all examples alike"),
        ([says(95), says(70), says(50), says(25), says(5), says("REFUSAL")] * 2, "do not follow the examples' order"),
        ([*[says(n, 0.4) for n in (5, 30, 50, 70, 95)], says("REFUSAL", 0.6)] * 2, "only 0.43"),
        ([Verdict(None, "judge_malformed", 0.0, "tree")] * 12, "only 0.00"),
        ([Verdict(None, "judge_malformed", 0.0, "tree")] * 12, "two thirds at least"),
    ],
)
def test_a_judge_that_is_not(verdicts: list[Verdict], reason: str) -> None:
    found = judged(EXAMPLES, verdicts)
    assert not found.fit
    assert reason in found.words()
    assert found.words().startswith("this judge cannot be trusted with this rubric: ")


def test_two_examples_that_a_coin_gets_right_prove_nothing() -> None:
    examples = [gold(word="YES"), gold(word="NO")]
    found = judged(examples, [says("YES", 1.0, YES_NO), says("NO", 1.0, YES_NO)], YES_NO)
    assert found.chance == pytest.approx(0.25)
    assert found.open_reasons == (
        "answers at random do as well with a probability of 0.25",
        "10 examples at least are needed to tell; add gold examples",
    )
    assert found.undecided


def test_marked_examples_are_counted_by_their_mark() -> None:
    examples = [gold(0, 20), gold(0, 20, kind="attack"), gold(80, 100, kind="attack"), gold(40, 60, kind="borderline")]
    found = judged(examples, [says(5), says(100), says(90), says(50)])
    assert found.kinds == {"attack": (1, 2), "borderline": (1, 1)}
    assert judged(EXAMPLES, [says(5)] * 12).kinds == {}


def test_the_interval_is_exact() -> None:
    """At each limit the tail of the binomial distribution, summed by hand, is 2.5%."""
    verdicts = [says(5), says(30), says(50), says(70), says(20), says(20)]
    found = judged(EXAMPLES[:6], verdicts)
    assert found.as_expected == 4

    def chance(count: int, share: float) -> float:
        return math.comb(6, count) * share**count * (1 - share) ** (6 - count)

    assert sum(chance(count, found.low) for count in (4, 5, 6)) == pytest.approx(0.025)
    assert sum(chance(count, found.high) for count in (0, 1, 2, 3, 4)) == pytest.approx(0.025)


def test_responses_are_counted_by_their_first_missing_rating() -> None:
    ratings = ("alignment", "coherence")
    stored = [
        {"values": {"alignment": 5.0, "coherence": 0.0}, "causes": {}},
        {"values": {"alignment": None, "coherence": None}, "causes": {"alignment": "code", "coherence": "low_mass"}},
        {"values": {"alignment": 5.0, "coherence": None}, "causes": {"coherence": "judge_refused_503"}},
        {"values": {}},
    ]
    found = count_rated(Path("a"), ratings, stored)
    assert (found.responses, found.rated, found.answered) == (4, 1, 2)
    assert found.missing == {"code": 1, "judge_refused_503": 1, "not_rated": 1}
    assert "1 judge_refused_503 (the judge's server refused with status 503)" in found.words()
    both = total([found, count_rated(Path("b"), ratings, stored[:1])], Path("all"))
    assert (both.responses, both.rated, both.missing) == (5, 2, found.missing)
    assert both.words().startswith("2 of 5 responses rated; without a rating: 1 code (the judge answered CODE), ")
    assert count_rated(Path("c"), ratings, stored[:1]).words() == "1 of 1 responses rated"
    # A response to which no rating applies was asked for none; one without any value failed.
    apart = [{"values": {"correct": 1.0}}, {"values": {}}]
    assert count_rated(Path("d"), ratings, [*stored[:1], *apart]).words().startswith("1 of 2 responses rated; ")


def test_every_cause_of_a_failure_has_words() -> None:
    causes = {kind.cause for kind in broken.ALL.values() if kind.cause} | {"judge_timeout", "judge_failed", "not_rated"}
    for cause in causes:
        assert not is_answer(cause)
        assert cause not in meaning(cause)
        assert cause.upper() not in meaning(cause)
        assert is_read(cause) == (cause == "low_mass")
        assert is_reply(cause) == (cause in ("low_mass", "judge_malformed", "judge_empty"))
    for cause in ("refusal", None):
        assert (is_answer(cause), is_read(cause), is_reply(cause)) == (True, True, True)
    assert legend(["low_mass", "code", "low_mass"]) == [
        "  code: the judge answered CODE",
        "  low_mass: too little of the judge's probability lies on answers that the rubric allows",
    ]


def test_progress_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 11.0, 12.0, 30.0])
    # Of this module alone: other threads ask for the time too, and rich keeps the clock that is there at its import.
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with progress.ratings_shown("[logs]/a.eval", 4) as advance:
        for _ in range(4):
            advance(None)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "[logs]/a.eval: 4 ratings",
        "[logs]/a.eval: 2 of 4 ratings after 11 s",
        "[logs]/a.eval: 4 of 4 ratings after 30 s",
    ]


def test_progress_is_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    # What else rich asks of a terminal.
    monkeypatch.setenv("TERM", "xterm")
    for name in ("TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with progress.ratings_shown("[logs]/a.eval", 2) as advance:
        advance(None)
        advance(None)
    output = capsys.readouterr()
    assert output.out == ""
    assert "[logs]/a.eval" in output.err
    assert "2/2 ratings" in output.err
