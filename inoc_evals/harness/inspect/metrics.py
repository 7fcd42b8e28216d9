"""What inspect prints and logs for a task. Metrics run on partial data during a run and must never raise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from inspect_ai.scorer import Metric, MetricProtocol, SampleScore, Value, metric

MOST_FREQUENT = 10


@metric(scores="unreduced")
def rates() -> Metric:
    """Per value key and, where there are several, per category: the rate (questions weigh equally), its clustered
    standard error and 95% interval, the pooled rate, counts, bounds for the excluded, and exclusions by cause."""

    def compute(scores: list[SampleScore]) -> Value:
        # Every inspect run imports this module, and scipy takes longer to load than all the rest of it.
        from inoc_evals.stats.rates import rate

        result: dict[str, str | int | float | bool | None] = {}
        categories = sorted({str(_metadata(score).get("category", "")) for score in scores})
        groups = {"": scores}
        if len(categories) > 1:
            groups |= {f"{name}/": [s for s in scores if _metadata(s).get("category") == name] for name in categories}
        for prefix, group in groups.items():
            for key in _keys(group):
                values = [_value(score, key) for score in group]
                questions = [str(_metadata(score).get("question_id", score.sample_id)) for score in group]
                found = rate(values, questions)
                name = prefix + key
                result[name] = found.equal
                result[f"{name}_stderr"] = _stderr(values, questions)
                result[f"{name}_low"], result[f"{name}_high"] = found.low, found.high
                result[f"{name}_pooled"] = found.pooled
                result[f"{name}_n"], result[f"{name}_excluded"] = found.n, found.excluded
                if found.excluded:
                    result[f"{name}_bound_low"], result[f"{name}_bound_high"] = found.bound_low, found.bound_high
                causes = Counter(_causes(score).get(key) for score in group)
                result |= {f"{name}_excluded_{cause}": n for cause, n in sorted(causes.items(), key=str) if cause}
        if scores:
            cut = [bool((score.score.metadata or {}).get("truncated")) for score in scores]
            result["truncated"] = sum(cut) / len(cut)
        return result

    return _typed(compute)


@metric(scores="unreduced")
def other_answers() -> Metric:
    """For preference measures: shares of the ten most frequent answers other than the target, by category.

    "(none)" is the share of responses that name no one word. Excluded responses count nowhere; the target's own share
    is the rate of the measure.
    """

    def compute(scores: list[SampleScore]) -> Value:
        found = [
            (key.removesuffix("_normalised"), str(_metadata(score).get("category", "")), value, details["answer"])
            for score in scores
            for key, details in _details(score).items()
            if key.endswith("_normalised") and "answer" in details and (value := _value(score, key)) is not None
        ]
        several = len({measure for measure, *_ in found}) > 1
        result: dict[str, str | int | float | bool | None] = {}
        for place in sorted({(measure, category) for measure, category, *_ in found}):
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


def _metadata(score: SampleScore) -> Mapping[str, object]:
    return score.sample_metadata or {}


def _causes(score: SampleScore) -> Mapping[str, str]:
    return (score.score.metadata or {}).get("causes") or {}


def _details(score: SampleScore) -> Mapping[str, Mapping[str, str | None]]:
    return (score.score.metadata or {}).get("details") or {}


def _stderr(values: Sequence[float | None], questions: Sequence[str]) -> float:
    """Standard error of the mean of question means; NaN for fewer than two questions."""
    groups: dict[str, list[float]] = {}
    for value, question in zip(values, questions, strict=True):
        if value is not None:
            groups.setdefault(question, []).append(value)
    means = [fmean(group) for group in groups.values()]
    return stdev(means) / math.sqrt(len(means)) if len(means) > 1 else math.nan


def _keys(scores: list[SampleScore]) -> list[str]:
    return list(dict.fromkeys(key for s in scores if isinstance(s.score.value, dict) for key in s.score.value))


def _value(score: SampleScore, key: str) -> float | None:
    value = score.score.value.get(key) if isinstance(score.score.value, dict) else None
    return float(value) if isinstance(value, (int, float)) and not math.isnan(value) else None
