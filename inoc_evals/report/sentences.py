"""The answer in a few sentences, made from the findings; the same wherever results are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.report.exact_sentences import exact_sentences
from inoc_evals.report.grid_sentences import grid_sentences
from inoc_evals.report.texts import THESE_ONLY, interval, many, number, p_text, value_name
from inoc_evals.results.columns import leading
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import SIGNIFICANT
from inoc_evals.results.rates import Rate

# So many arms of a task are named one by one.
_ARMS = 4
# A share of responses without a value from which the sentences say what that may change.
_MANY_EXCLUDED = 0.05
# Of p-values, as the intervals are of 95%.
# What the table of what each arm's responses are like is called.
FIT = "Fit to be measured?"
_NO_INTERVAL = "(too few questions to give an interval)"


def sentences(found: Findings, arms: Sequence[str] = ()) -> tuple[str, ...]:
    """What the findings say of each task: of its leading category, the arms that differ most from the reference, how
    many responses have no value, and how far a trait comes back under other conditions; then what the intervals do not
    speak of, and which arms may be broken. Nothing where there are no rates.

    With `arms` of these alone, in their order; what may be broken is told of all.
    """
    said: list[str] = []
    for task in dict.fromkeys(rate.task for rate in found.rates):
        said += [*_of_task(found, task, arms), *grid_sentences(found, task, arms), *exact_sentences(found, task)]
    return (*said, *_of_seeds(found), *_of_broken(found, 1 if arms else _ARMS))


def _of_broken(found: Findings, most: int) -> list[str]:
    """Which arms may be broken, `most` of them by name."""
    warnings = found.fit.warnings
    more = len(warnings) - most
    return [*warnings[:most], f"{many(more, 'more warning')} of the kind: see '{FIT}'."] if more > 0 else list(warnings)


def _of_seeds(found: Findings) -> list[str]:
    """Which intervals do not speak of other training seeds."""
    told = [rate for rate in found.rates if rate.rate.n]
    alone = list(dict.fromkeys(rate.arm for rate in told if rate.rate.these_checkpoints_only))
    if len(alone) == len({rate.arm for rate in told}):
        return [f"Each interval speaks of {THESE_ONLY}: an arm has one training seed."] if alone else []
    if len(alone) > _ARMS:
        alone = [f"{len(alone)} arms"]
    of_them = f"Intervals of {', '.join(alone)}, and of what is compared with them, speak of {THESE_ONLY}"
    return [f"{of_them}: one training seed."] if alone else []


def lead_category(rates: Sequence[Rate]) -> str:
    """The category (or condition) of one task that is said first."""
    return leading([rate.category for rate in rates])


def _of_task(found: Findings, task: str, wanted: Sequence[str]) -> list[str]:
    rates = [rate for rate in found.rates if rate.task == task]
    category = lead_category(rates)
    rates = [rate for rate in rates if rate.category == category]
    name = task if len(found.tasks) > 1 else ""
    where = ", ".join(text.replace("_", " ") for text in (name, category) if text)
    contrasts = [each for each in found.differences if each.task == task and each.category == category]
    by_arm: dict[str, list[Difference]] = {}
    for each in contrasts:
        by_arm.setdefault(each.arm, []).append(each)
    if not by_arm:
        return [_of_one(found, rates, where), *_excluded(found, rates, where)]
    arms = [arm for arm in wanted if arm in by_arm] or sorted(by_arm, key=lambda arm: -_most(by_arm[arm])[0])
    named, others = (arms, []) if wanted else (arms[:_ARMS], arms[_ARMS:])
    said = [_of_arm(found, by_arm[arm], rates, where) for arm in named]
    if others:
        said.append(_of_others(found, [by_arm[arm] for arm in others], where))
    return said + _excluded(found, rates, where)


def _of_arm(found: Findings, contrasts: Sequence[Difference], rates: Sequence[Rate], where: str) -> str:
    by_place = {(rate.arm, rate.measure): rate for rate in rates}
    parts = []
    for each in contrasts:
        name = value_name(found, each.task, each.measure)
        pair = (by_place[each.arm, each.measure], by_place[each.reference, each.measure])
        parts.append(f"{name} {change(each, found)}{_against(*pair)}{doubt(each, found)}{_common(each, *pair)}")
    return f"{contrasts[0].arm} against {contrasts[0].reference}{_beside(where)}: {'; '.join(parts)}."


def _of_others(found: Findings, others: Sequence[Sequence[Difference]], where: str) -> str:
    """The largest difference of the arms that are not named, how many they are, and where they stand."""
    reference = others[0][0].reference
    size, largest = max((_most(contrasts) for contrasts in others), key=lambda most: most[0])
    if size == 0.0:
        told = f"none can be told apart from {reference}"
    else:
        name = value_name(found, largest.task, largest.measure)
        told = f"the largest difference from {reference} is that of {largest.arm}, {name} {change(largest, found)}"
        told += doubt(largest, found)
    return f"{many(len(others), 'more arm')}{_beside(where)}: {told}; all stand in the table of differences."


def _beside(where: str) -> str:
    return f" ({where})" if where else ""


def change(contrast: Difference, found: Findings) -> str:
    """How an arm differs from the reference, with the interval."""
    gap, method = contrast.difference, contrast.method
    if math.isnan(gap.mean):
        return "cannot be compared"
    scale = found.tasks[contrast.task].scales[contrast.measure]
    unit = f" {scale.unit}".rstrip() if method == "open mean" else " points"
    amount = f"{number(abs(gap.mean), method)}{unit} {'lower' if gap.mean < 0 else 'higher'}"
    if math.isnan(gap.low) or math.isnan(gap.high):
        return f"{amount} {_NO_INTERVAL}"
    if _clear(contrast) == 0.0:
        return f"cannot be told apart {interval(gap, method)}"
    return f"{amount} {interval(gap, method)}"


def doubt(contrast: Difference, found: Findings) -> str:
    """A caution where an interval leaves out zero, but not so that it would be no chance among all differences."""
    if _clear(contrast) == 0.0 or math.isnan(contrast.p_holm) or contrast.p_holm <= SIGNIFICANT:
        return ""
    tested = sum(not math.isnan(each.p_holm) for each in found.differences)
    return f" (not significant among {many(tested, 'difference')}: p (Holm) {p_text(contrast.p_holm)})"


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
            none = math.isnan(rate.rate.low) and math.isnan(rate.rate.high)
            ends = _NO_INTERVAL if none else interval(rate.rate, rate.method)
            texts.append(f"{rate.arm} {name} {level(rate)} {ends}")
    return f"{where}: {'; '.join(texts)}." if where else f"{'; '.join(texts)}."


def _excluded(found: Findings, rates: Sequence[Rate], where: str) -> list[str]:
    """How many responses of which arm have no value, and why; more of an arm than a few may change what was found."""
    said = []
    for key in dict.fromkeys(rate.measure for rate in rates):
        lacking = [rate for rate in rates if rate.measure == key and rate.rate.excluded]
        if not lacking:
            continue
        lacking.sort(key=_excluded_share, reverse=True)
        told = [f"{rate.arm} {rate.rate.excluded:,} of {_all(rate):,}" for rate in lacking[: _ARMS + 1]]
        if more := len(lacking) - len(told):
            told.append(many(more, "more arm"))
        causes = dict.fromkeys(cause.replace("_", " ") for rate in lacking for cause in rate.causes)
        why = f" ({', '.join(causes)})" if causes else ""
        warning = " More than 5% of an arm: mind the bounds." if _excluded_share(lacking[0]) > _MANY_EXCLUDED else ""
        name = value_name(found, lacking[0].task, key)
        said.append(f"Left out of {name}{_beside(where)}: {', '.join(told)}{why}.{warning}")
    return said


def _excluded_share(rate: Rate) -> float:
    return rate.rate.excluded / _all(rate)


def _all(rate: Rate) -> int:
    return rate.rate.n + rate.rate.excluded


def _most(contrasts: Sequence[Difference]) -> tuple[float, Difference]:
    """The contrast that differs most, and by how much; 0 where none leaves out zero."""
    largest = max(contrasts, key=_clear)
    return _clear(largest), largest


def _clear(contrast: Difference) -> float:
    """How large a difference is whose interval leaves out zero; 0 for any other."""
    gap = contrast.difference
    return abs(gap.mean) if gap.low > 0 or gap.high < 0 else 0.0
