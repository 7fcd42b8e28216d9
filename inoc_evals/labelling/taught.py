"""A judge that was taught beside the base that it was taught from, on the labels that were kept aside. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from inoc_evals.judging.causes import is_read
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.gold import mean_mass
from inoc_evals.judging.gold import said as word_of
from inoc_evals.labelling.classes import Classes
from inoc_evals.labelling.labelled import LEAST_LABELS
from inoc_evals.labelling.lessons import SIDE, Lesson
from inoc_evals.stats.correlations import Correlation, spearman
from inoc_evals.stats.ratios import Estimate, ratio
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_difference, arm_rate

NAN = float("nan")
_ROUNDING = 1e-9  # of a share that is a mean of means


@dataclass(frozen=True)
class Said:
    """What a judge said of responses: a verdict on each, and `found`, the probabilities behind it, None where the call
    failed."""

    judge: str
    verdicts: Sequence[Verdict]
    found: Sequence[Distribution | None]


@dataclass(frozen=True)
class Heard:
    """One judge against the labels kept aside. `agreement` is the share of them with which it agrees: on the same side
    of 50, or with the word that sets the response apart; no rating is no agreement, and a call that failed does not
    count. `rank` is Spearman's correlation and `distance` the mean distance in points, of what has a number in both.
    `log_likelihood` is that of the labels in nats, under a temperature that was fitted to others (see
    stats/calibration.py), of what both judges say something of. `mass` is the mean probability, 0 to 1, of answers that
    the rubric allows, of what it replied to. `missing` counts ratings that are not there, by cause.
    """

    judge: str
    rated: int
    agreement: ArmRate
    rank: Correlation
    distance: Estimate
    log_likelihood: Estimate
    mass: float
    missing: Mapping[str, int]


@dataclass(frozen=True)
class KeptAside:
    """One label that was kept aside, by the names of the draw for its `response` and for the first to its `question`:
    the `value` or `word` of people, and both judges' verdicts."""

    response: str
    question: str
    value: float | None
    word: str | None
    taught: Verdict
    base: Verdict


@dataclass(frozen=True)
class Lecture:
    """The `taught` judge beside its `base` on `labels` of `questions`. `difference`, `nearer` and `likelier` are of
    agreement, of distance and of log-likelihood, taught minus base, paired by question. `always` is the share with
    which a judge agrees that always gives the commonest answer, questions weighing equally as in all agreement, and
    `beyond` how much more the taught judge does, paired by question. `responses` are what all of it comes from."""

    labels: int
    questions: int
    taught: Heard
    base: Heard
    difference: ArmDifference
    nearer: Estimate
    likelier: Estimate
    always: float
    beyond: ArmDifference
    responses: Sequence[KeptAside]

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `not told apart`: where the interval of the difference in agreement lies."""
        low, high = self.difference.low, self.difference.high
        if not isnan(low) and low > 0:
            return "better"
        if not isnan(high) and high < 0:
            return "worse"
        return "not told apart"

    def words(self) -> str:
        """The verdict in a sentence, with what it rests on."""
        taught, base = self.taught.agreement, self.base.agreement
        told = (
            f"on {self.labels} labels of {self.questions} questions kept aside the taught judge agrees with people in "
            f"{_percent(taught)} and the untaught base in {_percent(base)}"
        )
        found = self.difference
        gap = f"{100 * found.mean:+.0f} points, {100 * found.low:+.0f} to {100 * found.high:+.0f}"
        if isnan(found.low):
            gap = "it cannot be said how far apart they are"
        verdicts = {
            "better": f"the taught judge is better ({gap})",
            "worse": f"the taught judge is worse ({gap})",
            "not told apart": f"the two are not told apart ({gap})",
        }
        return f"{told}: {verdicts[self.verdict]}; {self._beyond()}"

    def _beyond(self) -> str:
        always = f"a judge that always gives the commonest answer would agree in {100 * self.always:.0f}%"
        gap = self.beyond
        if self.taught.agreement.equal <= self.always + _ROUNDING:
            return f"{always}, so that the taught judge shows no more than how to give an answer"
        if isnan(gap.low) or gap.low <= 0:
            ends = (
                ""
                if isnan(gap.low)
                else f" ({100 * gap.mean:+.0f} points, {100 * gap.low:+.0f} to {100 * gap.high:+.0f})"
            )
            return f"{always}, from which the taught judge is not told apart{ends}"
        return always


def lecture(kept: Sequence[Lesson], classes: Classes, taught: Said, base: Said) -> Lecture:
    """Compare what two judges say of the lessons `kept` aside, of which there is one. `classes` are those of the
    rubric."""
    questions = [lesson.question for lesson in kept]
    first, second, gap = _log_likelihoods(kept, classes, taught, base)
    learnt, constant = _responses(kept, taught.verdicts), _commonest(kept)
    return Lecture(
        labels=len(kept),
        questions=len(set(questions)),
        taught=_heard(kept, taught, first),
        base=_heard(kept, base, second),
        difference=arm_difference(learnt, _responses(kept, base.verdicts)),
        nearer=_nearer(kept, taught.verdicts, base.verdicts),
        likelier=gap,
        always=arm_rate(constant).equal,
        beyond=arm_difference(learnt, constant),
        responses=[
            KeptAside(lesson.drawn.response, lesson.question, lesson.label.value, lesson.label.word, *verdicts)
            for lesson, *verdicts in zip(kept, taught.verdicts, base.verdicts, strict=True)
        ],
    )


def agrees(lesson: Lesson, verdict: Verdict) -> bool | None:
    """Does the judge say what the label says? None where the call failed."""
    if not is_read(verdict.cause):
        return None
    value = lesson.label.value
    if value is None:
        return word_of(verdict) == (lesson.label.word or "").lower()
    return verdict.value is not None and (verdict.value >= SIDE) == (value >= SIDE)


def _heard(kept: Sequence[Lesson], said: Said, log_likelihood: Estimate) -> Heard:
    verdicts = said.verdicts
    pairs = _numbers(kept, verdicts)
    causes = Counter(verdict.cause for verdict in verdicts if verdict.cause is not None)
    return Heard(
        judge=said.judge,
        rated=sum(verdict.value is not None for verdict in verdicts),
        agreement=arm_rate(_responses(kept, verdicts)),
        rank=spearman([label for _, label, _ in pairs], [rating for _, _, rating in pairs]),
        distance=_mean_by_question([(question, abs(rating - label)) for question, label, rating in pairs]),
        log_likelihood=log_likelihood,
        mass=mean_mass(verdicts),
        missing=dict(causes),
    )


def _responses(kept: Sequence[Lesson], verdicts: Sequence[Verdict]) -> Responses:
    return _of_one_judge(kept, [agrees(lesson, verdict) for lesson, verdict in zip(kept, verdicts, strict=True)])


def _commonest(kept: Sequence[Lesson]) -> Responses:
    """What a judge says that knows nothing but which answer agrees most."""
    always = [
        _of_one_judge(kept, [lesson.kind == kind for lesson in kept]) for kind in sorted({each.kind for each in kept})
    ]
    return max(always, key=lambda right: arm_rate(right).equal)


def _of_one_judge(kept: Sequence[Lesson], right: Sequence[bool | None]) -> Responses:
    values = [None if one is None else float(one) for one in right]
    return Responses(values, [lesson.question for lesson in kept], ["judge"] * len(kept))


def _numbers(kept: Sequence[Lesson], verdicts: Sequence[Verdict]) -> list[tuple[str, float, float]]:
    """Question, label and rating where both are numbers."""
    return [
        (lesson.question, lesson.label.value, verdict.value)
        for lesson, verdict in zip(kept, verdicts, strict=True)
        if lesson.label.value is not None and verdict.value is not None
    ]


def _nearer(kept: Sequence[Lesson], taught: Sequence[Verdict], base: Sequence[Verdict]) -> Estimate:
    gaps = [
        (lesson.question, abs(a.value - lesson.label.value) - abs(b.value - lesson.label.value))
        for lesson, a, b in zip(kept, taught, base, strict=True)
        if lesson.label.value is not None and a.value is not None and b.value is not None
    ]
    return _mean_by_question(gaps)


def _log_likelihoods(
    kept: Sequence[Lesson], classes: Classes, taught: Said, base: Said
) -> tuple[Estimate, Estimate, Estimate]:
    """Those of both judges and their difference, on the labels that both say something of; nothing of
    a few, whose halves say too little of a temperature."""
    import numpy as np

    from inoc_evals.stats.calibration import Truth, cross_validated, estimated, estimated_likelihood, smoothed

    labels = [classes.of_label(lesson.label) for lesson in kept]
    pairs = zip(labels, taught.found, base.found, strict=True)
    places = [at for at, (label, *both) in enumerate(pairs) if label is not None and None not in both]
    questions = sorted({kept[at].question for at in places})
    nothing = Estimate(NAN, None, None)
    if len(places) < LEAST_LABELS or len(questions) < 2:
        return nothing, nothing, nothing
    truth = Truth(
        len(classes.names),
        np.array([labels[at] for at in places], dtype=np.intp),
        np.ones(len(places)),
        np.array([questions.index(kept[at].question) for at in places], dtype=np.intp),
    )
    scores = []
    for said in (taught, base):
        shares = np.array([classes.shares(found) for at in places if (found := said.found[at]) is not None])
        drawn = _draws(said)
        scores.append(cross_validated(smoothed(shares, drawn), truth))
    first, second = scores
    return estimated_likelihood(first, truth), estimated_likelihood(second, truth), estimated(first - second, truth)


def _draws(said: Said) -> int | None:
    """How many answers were drawn for a verdict; None where its reading is exact."""
    return next((len(found.samples) for found in said.found if found is not None and found.samples), None)


def _mean_by_question(values: Sequence[tuple[str, float]]) -> Estimate:
    if not values:
        return Estimate(NAN, None, None)
    of_question: dict[str, list[float]] = {}
    for question, value in values:
        of_question.setdefault(question, []).append(value)
    return ratio([sum(each) for each in of_question.values()], [len(each) for each in of_question.values()])


def _percent(found: ArmRate) -> str:
    if isnan(found.low):
        return f"{100 * found.equal:.0f}%" if not isnan(found.equal) else "an unknown share"
    return f"{100 * found.equal:.0f}% (95% interval {100 * found.low:.0f} to {100 * found.high:.0f}%)"
