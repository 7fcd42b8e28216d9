"""What inspect prints and logs for a task. Metrics run on partial data during a run and must never raise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from inspect_ai.scorer import Metric, MetricProtocol, SampleScore, Value, metric

from inoc_evals.stats.rates import rate

MOST_FREQUENT = 10


@metric(scores="unreduced")
def rates() -> Metric:
    """Per value key and, where there are several, per category: the rate (questions weigh equally), its clustered 95%
    interval, the pooled rate, counts, bounds for the excluded, and exclusions by cause."""

    def compute(scores: list[SampleScore]) -> Value:
        result: dict[str, str | int | float | bool | None] = {}
        categories = sorted({str(_metadata(score).get("category", "")) for score in scores})
        groups = {"": scores}
        if len(categories) > 1:
            groups |= {f"{name}/": [s for s in scores if _metadata(s).get("category") == name] for name in categories}
        for prefix, group in groups.items():
            for key in _keys(group):
                values = [_value(score, key) for score in group]
                found = rate(values, [str(_metadata(score).get("question_id", score.sample_id)) for score in group])
                name = prefix + key
                result[name] = found.equal
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
    """For preference measures: shares of the ten most frequent one-word answers of each category."""

    def compute(scores: list[SampleScore]) -> Value:
        answers: dict[str, Counter[str]] = {}
        for score in scores:
            for key, details in ((score.score.metadata or {}).get("details") or {}).items():
                if key.endswith("_normalised") and "answer" in details:
                    category = str(_metadata(score).get("category", ""))
                    answers.setdefault(category, Counter())[details["answer"] or "(none)"] += 1
        return {
            f"answer/{category}/{word}": count / counter.total()
            for category, counter in sorted(answers.items())
            for word, count in counter.most_common(MOST_FREQUENT + 1)
        }

    return _typed(compute)


def _typed(compute: MetricProtocol) -> Metric:
    return compute


def _metadata(score: SampleScore) -> Mapping[str, object]:
    return score.sample_metadata or {}


def _causes(score: SampleScore) -> Mapping[str, str]:
    return (score.score.metadata or {}).get("causes") or {}


def _keys(scores: list[SampleScore]) -> list[str]:
    return list(dict.fromkeys(key for s in scores if isinstance(s.score.value, dict) for key in s.score.value))


def _value(score: SampleScore, key: str) -> float | None:
    value = score.score.value.get(key) if isinstance(score.score.value, dict) else None
    return float(value) if isinstance(value, (int, float)) and not math.isnan(value) else None
