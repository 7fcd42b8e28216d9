"""What inspect prints and logs for a task. Metrics run on partial data during a run and must never raise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from inspect_ai.scorer import Metric, MetricProtocol, SampleScore, Value, metric

from inoc_evals.measures.rating import SCALE as RATING
from inoc_evals.measures.scale import Scale
from inoc_evals.results.across import read_join
from inoc_evals.results.summaries import (
    SHARE,
    Response,
    Summary,
    add_contrasts,
    add_value,
    groups,
    question_means,
    share_keys,
    value_keys,
    with_across,
)

MOST_FREQUENT = 10
Values = dict[str, str | int | float | bool | None]


@metric(scores="unreduced")
def rates() -> Metric:
    """Per value key, and per condition or category where there are several: the rate (questions weigh equally), its
    clustered standard error, its 95% intervals for questions like these (`_low`, `_high`) and on these questions
    (`_on_these_questions_low`, `_high`), the pooled rate, counts, bounds for the excluded, and exclusions by cause.
    Ratings get their mean instead of a rate, and no bounds; so do values without ends, which get no intervals.
    `truncated` is the share cut off by the limit."""

    def compute(scores: list[SampleScore]) -> Value:
        found = Summary()
        responses = _responses(scores)
        scales = _scales(scores)
        for prefix, group in groups(responses).items():
            for key in value_keys(group):
                add_value(found, prefix + key, key, group, scales.get(key, SHARE))
        result: Values = {**found.shown, **found.more}
        if responses:
            result["truncated"] = fmean(bool(response.truncated) for response in responses)
        return result

    return _typed(compute)


@metric(scores="unreduced")
def contrasts() -> Metric:
    """For a task with a reference condition: each outcome's (or, without outcomes, each detector's) rate under every
    other condition minus that under the reference, paired by question, with both 95% intervals."""

    def compute(scores: list[SampleScore]) -> Value:
        reference = next((score.score.metadata.get("reference") for score in scores if score.score.metadata), None)
        if not isinstance(reference, str):
            return {}
        responses = _responses(scores)
        outcomes = [str(key) for score in scores[:1] for key in _metadata(score, "outcomes")]
        found = Summary()
        add_contrasts(found, responses, reference, outcomes or share_keys(responses, _scales(scores)))
        return {**found.shown, **found.more}

    return _typed(compute)


@metric(scores="unreduced")
def per_question() -> Metric:
    """For a task with outcomes and one condition: each outcome's rate by question, under question/OUTCOME/ID."""

    def compute(scores: list[SampleScore]) -> Value:
        responses = _responses(scores)
        outcomes = [str(key) for score in scores[:1] for key in _metadata(score, "outcomes")]
        if len({response.condition for response in responses}) != 1:
            return {}
        return {
            f"question/{key}/{question}": value
            for key in outcomes
            for question, value in question_means(responses, responses[0].condition, key).items()
        }

    return _typed(compute)


@metric(scores="unreduced")
def other_answers() -> Metric:
    """For preference measures: shares of the ten most frequent answers other than the target, by category.

    "(none)" is the share of responses that name no one word. Excluded responses count nowhere; the target's own share
    is the rate of the measure.
    """

    def compute(scores: list[SampleScore]) -> Value:
        found = [
            (key.removesuffix("_normalised"), response.category, value, details["answer"])
            for response in _responses(scores)
            for key, details in response.details.items()
            if key.endswith("_normalised") and "answer" in details and (value := response.values.get(key)) is not None
        ]
        several = len({measure for measure, *_ in found}) > 1
        result: Values = {}
        places = dict.fromkeys((measure, category) for measure, category, *_ in found)
        for place in sorted(places, key=lambda place: place[0]):
            answers = [(value, answer) for measure, category, value, answer in found if (measure, category) == place]
            others = Counter(answer for value, answer in answers if value == 0)
            nameless = others.pop(None, 0)
            name = "answer/" + "/".join(place if several else place[1:])
            result |= {f"{name}/{word}": count / len(answers) for word, count in others.most_common(MOST_FREQUENT)}
            if nameless:
                result[f"{name}/(none)"] = nameless / len(answers)
        return result

    return _typed(compute)


def _typed(compute: MetricProtocol) -> Metric:
    return compute


def _responses(scores: Sequence[SampleScore]) -> list[Response]:
    found = []
    for score in scores:
        given = score.sample_metadata or {}
        place = (
            str(given.get("question_id", score.sample_id)),
            str(given.get("category", "")),
            str(given.get("condition") or ""),
        )
        for one in _metadata(score, "responses"):
            measured = (one.get("values") or {}, one.get("causes") or {})
            found.append(Response(*place, *measured, bool(one.get("truncated")), one.get("details") or {}))
    makes = next((dict(made) for score in scores if (made := _metadata(score, "across"))), {})
    return with_across(found, {key: read_join(given) for key, given in makes.items()})


def _scales(scores: Sequence[SampleScore]) -> dict[str, Scale]:
    # Metrics are told scores only, so that the scorer says what its values are.
    scales = {str(key): RATING for score in scores for key in _metadata(score, "ratings")}
    for ends in {str(_metadata(score, "scales")): _metadata(score, "scales") for score in scores}.values():
        scales |= {key: Scale(*parts) for key, parts in dict(ends).items()}
    return scales


def _metadata(score: SampleScore, key: str) -> Any:
    return (score.score.metadata or {}).get(key) or []
