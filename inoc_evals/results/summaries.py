"""From responses with values to a task's metrics; both harnesses count with these functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from inoc_evals.measures.scale import Scale, share
from inoc_evals.results.across import Measured, joined_values

if TYPE_CHECKING:
    from inoc_evals.results.across import Join
    from inoc_evals.stats.responses import Responses
    from inoc_evals.stats.seeds import ArmDifference, ArmRate

SHARE = share()


@dataclass(frozen=True)
class Response:
    """One response with its values (None: excluded, by one of `causes`). `truncated` is None where nobody knows.

    `details` are what each detector or judge saw.
    """

    question: str
    category: str
    condition: str
    values: Mapping[str, float | None]
    causes: Mapping[str, str]
    truncated: bool | None = None
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class Summary:
    """`shown` are the metrics of lm-eval's table, in order; `more` are further figures for the results file."""

    shown: dict[str, float] = field(default_factory=dict)
    more: dict[str, float] = field(default_factory=dict)


def summarise(
    responses: Sequence[Response], scales: Mapping[str, Scale], outcomes: Sequence[str], reference: str | None
) -> Summary:
    """Per value key, and per condition or category where there are several: the rate (questions weigh equally), its
    clustered standard error, its 95% intervals for questions like these (`_low`, `_high`) and on these questions
    (`_on_these_questions_low`, `_high`), counts, bounds for the excluded, and exclusions by cause; other values than
    shares get their mean and no bounds, and those without ends no intervals. Then differences from the reference
    condition. Comma and blank names stay readable: lm-eval cuts a metric's name at its first comma, so commas become
    semicolons."""
    result = Summary()
    for prefix, group in groups(responses).items():
        prefix = prefix.replace(",", ";")
        result.shown[f"{prefix}responses"] = len(group)
        for key in value_keys(group):
            add_value(result, prefix + key, key, group, scales.get(key, SHARE))
    cut = [response.truncated for response in responses if response.truncated is not None]
    if cut:
        result.shown["truncated"] = fmean(cut)
    if reference is not None:
        add_contrasts(result, responses, reference, outcomes or share_keys(responses, scales))
    return result


def with_across(responses: Sequence[Response], makes: Mapping[str, Join]) -> list[Response]:
    """The responses, all of one model, with the values that join items of one question."""
    if not makes:
        return list(responses)
    given = [Measured((one.question, one.condition), one.category, one.values, one.causes) for one in responses]
    made = joined_values(makes, given)
    return [replace(one, values=values, causes=causes) for one, (values, causes) in zip(responses, made, strict=True)]


def groups(responses: Sequence[Response]) -> dict[str, list[Response]]:
    """All responses under "" (conditions are never pooled), and those of each category or condition."""
    if len({response.condition for response in responses}) > 1:
        names = list(dict.fromkeys(response.condition for response in responses))
        return {f"{name}/": [response for response in responses if response.condition == name] for name in names}
    categories = list(dict.fromkeys(response.category for response in responses))
    if len(categories) < 2:
        return {"": list(responses)}
    return {"": list(responses)} | {f"{name}/": [r for r in responses if r.category == name] for name in categories}


def clustered_error(values: Sequence[float | None], questions: Sequence[str]) -> float:
    """Standard error of the mean of question means; NaN for fewer than two questions."""
    means = [fmean(group) for group in _by_question(values, questions).values()]
    return stdev(means) / math.sqrt(len(means)) if len(means) > 1 else math.nan


def add_value(result: Summary, name: str, key: str, group: Sequence[Response], scale: Scale) -> None:
    """Add the figures of one value, under `name`, to `result`; responses that do not have it do not count."""
    group = [response for response in group if key in response.values]
    # scipy loads for a second, and nothing of it is needed before the first request.
    from inoc_evals.stats.seeds import arm_rate

    span = None if scale.low is None or scale.high is None else (scale.low, scale.high)
    found = arm_rate(_columns(group, key, span, exact=scale.averaged == "exact"))
    error = clustered_error([response.values.get(key) for response in group], [one.question for one in group])
    # lm-eval puts its own error beside a metric; the same name again, afterwards, takes that one's place.
    result.shown |= {name: found.equal, f"{name}_stderr": error, **_intervals(name, found)}
    if found.excluded and scale.averaged == "share":
        result.shown |= {f"{name}_bound_low": found.bounds.low, f"{name}_bound_high": found.bounds.high}
    result.more |= {f"{name}_pooled": found.pooled, f"{name}_n": found.n, f"{name}_excluded": found.excluded}
    causes = Counter(response.causes.get(key) for response in group)
    result.shown |= {f"{name}_excluded_{cause}": n for cause, n in sorted(causes.items(), key=str) if cause}


def add_contrasts(result: Summary, responses: Sequence[Response], reference: str, keys: Sequence[str]) -> None:
    """Add the differences of every other condition from `reference`, paired by question, to `result`."""
    from inoc_evals.stats.seeds import arm_difference

    conditions = dict.fromkeys(response.condition for response in responses)
    for key in keys:
        arms = {
            name: _columns([response for response in responses if response.condition == name], key, (0.0, 1.0))
            for name in conditions
        }
        for name in conditions:
            if name != reference and reference in arms:
                found = arm_difference(arms[name], arms[reference])
                label = f"{key}/{name}-{reference}"
                result.shown |= {label: found.mean, **_intervals(label, found)}
                result.more[f"{label}_questions"] = found.questions


def _columns(
    group: Sequence[Response], key: str, span: tuple[float, float] | None, *, exact: bool = False
) -> Responses:
    from inoc_evals.stats.responses import Responses

    values, questions = [one.values.get(key) for one in group], [one.question for one in group]
    return Responses(values, questions, [""] * len(group), span, exact)


def _intervals(name: str, found: ArmRate | ArmDifference) -> dict[str, float]:
    """The interval for questions like these, and that on these questions."""
    these = found.on_these_questions
    return {
        f"{name}_low": found.low,
        f"{name}_high": found.high,
        f"{name}_on_these_questions_low": these.low,
        f"{name}_on_these_questions_high": these.high,
    }


def question_means(responses: Sequence[Response], condition: str, key: str) -> dict[str, float]:
    """Question -> mean of the value `key` over its responses under `condition`, where there are any."""
    group = [response for response in responses if response.condition == condition]
    found = _by_question([one.values.get(key) for one in group], [one.question for one in group])
    return {question: fmean(values) for question, values in found.items()}


def share_keys(responses: Sequence[Response], scales: Mapping[str, Scale]) -> list[str]:
    """Names of the values that are shares, in the order in which they first appear."""
    return [key for key in value_keys(responses) if scales.get(key, SHARE).averaged == "share"]


def _by_question(values: Sequence[float | None], questions: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for value, question in zip(values, questions, strict=True):
        if value is not None:
            found.setdefault(question, []).append(value)
    return found


def value_keys(responses: Sequence[Response]) -> list[str]:
    """Names of the values, in the order in which they first appear."""
    return list(dict.fromkeys(key for response in responses for key in response.values))
