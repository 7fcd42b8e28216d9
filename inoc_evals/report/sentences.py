"""The answer in a few sentences, made from the findings; the same wherever results are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.report.texts import THESE_ONLY, interval, many, number
from inoc_evals.results.findings import Difference, Findings, Rate

# What is asked first of a trait: does it show where training did not put it?
LEAD = "out_of_distribution"
_ARMS = 3
# A share of responses without a value from which the sentences say so.
_MANY_EXCLUDED = 0.05


def sentences(found: Findings) -> tuple[str, ...]:
    """What the findings say of each task: of its leading category, the arms that differ most from the reference, then
    how many responses have no value, and what the intervals do not speak of. Nothing where there are no rates."""
    said: list[str] = []
    for task in dict.fromkeys(rate.task for rate in found.rates):
        said += _of_task(found, task, name=len(found.tasks) > 1)
    if any(rate.rate.these_checkpoints_only and rate.rate.n for rate in found.rates):
        said.append(f"Each interval speaks of {THESE_ONLY}: an arm has one training seed.")
    return tuple(said)


def lead_category(rates: Sequence[Rate]) -> str:
    """The category (or condition) of one task that is said first."""
    return leading([rate.category for rate in rates])


def leading(categories: Sequence[str]) -> str:
    """The one of a task's categories (or conditions) that is said first."""
    return LEAD if LEAD in categories else categories[0]


def value_name(found: Findings, task: str, key: str) -> str:
    """What the value of a task is called: by what it measures, or else its key."""
    return found.tasks[task].scales[key].name or key.replace("_", " ")


def _of_task(found: Findings, task: str, *, name: bool) -> list[str]:
    rates = [rate for rate in found.rates if rate.task == task]
    category = lead_category(rates)
    rates = [rate for rate in rates if rate.category == category]
    where = ", ".join(text.replace("_", " ") for text in (task if name else "", category) if text)
    contrasts = [each for each in found.differences if each.task == task and each.category == category]
    arms = list(dict.fromkeys(each.arm for each in contrasts))
    if arms:
        arms.sort(key=lambda arm: -max(_clear(each) for each in contrasts if each.arm == arm))
        said = [_of_arm(found, [each for each in contrasts if each.arm == arm], rates, where) for arm in arms[:_ARMS]]
        if len(arms) > _ARMS:
            said.append(f"{many(len(arms) - _ARMS, 'more arm')} of {where or task}: see the table.")
    else:
        said = [_of_one(found, rates, where)]
    return said + _excluded(found, rates, where)


def _of_arm(found: Findings, contrasts: Sequence[Difference], rates: Sequence[Rate], where: str) -> str:
    by_place = {(rate.arm, rate.measure): rate for rate in rates}
    parts = []
    for each in contrasts:
        name = value_name(found, each.task, each.measure)
        pair = (by_place[each.arm, each.measure], by_place[each.reference, each.measure])
        parts.append(f"{name} {change(each, found)}{_against(*pair)}{_common(each, *pair)}")
    beside = f" ({where})" if where else ""
    return f"{contrasts[0].arm} against {contrasts[0].reference}{beside}: {'; '.join(parts)}."


def change(contrast: Difference, found: Findings) -> str:
    """How an arm differs from the reference, with the interval."""
    gap, method = contrast.difference, contrast.method
    if math.isnan(gap.mean):
        return "cannot be compared"
    if _clear(contrast) == 0.0:
        return f"cannot be told apart {interval(gap, method)}"
    scale = found.tasks[contrast.task].scales[contrast.measure]
    unit = f" {scale.unit}".rstrip() if method == "open mean" else " points"
    return f"{number(abs(gap.mean), method)}{unit} {'lower' if gap.mean < 0 else 'higher'} {interval(gap, method)}"


def _against(arm: Rate, reference: Rate) -> str:
    if math.isnan(arm.rate.equal) or math.isnan(reference.rate.equal):
        lacking = [rate.arm for rate in (arm, reference) if math.isnan(rate.rate.equal)]
        return f", no value in {' and '.join(lacking)}"
    return f", {level(arm)} against {level(reference)}"


def _common(contrast: Difference, arm: Rate, reference: Rate) -> str:
    """On how many questions the arms were compared, where that is less than half of what either answered."""
    common = contrast.difference.questions
    if 2 * common >= min(arm.rate.questions, reference.rate.questions) or math.isnan(contrast.difference.mean):
        return ""
    return f" (compared on {many(common, 'common question')} only)"


def level(rate: Rate) -> str:
    """A rate, or a mean, with its sign of percent."""
    return number(rate.rate.equal, rate.method) + ("" if rate.method == "open mean" else "%")


def _of_one(found: Findings, rates: Sequence[Rate], where: str) -> str:
    """The rates of the only arm, or of all where there is none to compare with."""
    texts = []
    for rate in rates:
        name = value_name(found, rate.task, rate.measure)
        if math.isnan(rate.rate.equal):
            texts.append(f"{rate.arm} has no value for {name}")
        else:
            texts.append(f"{rate.arm} {name} {level(rate)} {interval(rate.rate, rate.method)}")
    return f"{where}: {'; '.join(texts)}." if where else f"{'; '.join(texts)}."


def _excluded(found: Findings, rates: Sequence[Rate], where: str) -> list[str]:
    said = []
    for key in dict.fromkeys(rate.measure for rate in rates):
        of_key = [rate for rate in rates if rate.measure == key]
        counts = [(rate.arm, rate.rate.excluded, rate.rate.n + rate.rate.excluded) for rate in of_key]
        if any(excluded > _MANY_EXCLUDED * total for _, excluded, total in counts):
            listed = ", ".join(f"{arm} {excluded} of {total}" for arm, excluded, total in counts if excluded)
            beside = f" ({where})" if where else ""
            said.append(f"Left out, as {value_name(found, of_key[0].task, key)} has no value{beside}: {listed}.")
    return said


def _clear(contrast: Difference) -> float:
    """How large a difference is whose interval leaves out zero; 0 for any other."""
    gap = contrast.difference
    return abs(gap.mean) if gap.low > 0 or gap.high < 0 else 0.0
