"""What is found of a judge's drift, in sentences and as a document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from inoc_evals.judging.asked_again import Found, Verdict
from inoc_evals.judging.drift import ANOTHER, FIRST, SAME, UNDECIDED
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.version import Version, described


def sentence(verdict: Verdict) -> str:
    """The verdict on a judge, with what it rests on and what follows."""
    by_told = {told: [one for one in verdict.rubrics if one.decided.told == told] for told in _TOLD}
    judge = verdict.judge
    if verdict.told == FIRST:
        return f"nothing was stored of {judge}: its {_examples(verdict.rubrics)} are stored now, to compare with later"
    open_ones = _joined([f"{_name(one)} ({one.decided.why})" for one in by_told[UNDECIDED]])
    if verdict.told == UNDECIDED:
        return f"it cannot be said whether {judge} is the same judge: {open_ones}"
    if verdict.told == SAME:
        same = by_told[SAME]
        said = f"{judge} is the same judge as on {_since(same)}: "
        said += f"its {_compared(same)} differ by no more than its own noise{_renamed(same, verdict.version)}"
        return f"{said}; open: {open_ones}" if open_ones else said
    moved = by_told[ANOTHER]
    what = "; ".join(f"{_name(one)} {_moved(one)}" for one in moved)
    return f"{judge} is another judge than on {_since(moved)}: {what}; {_consequence(moved, verdict.version)}"


_TOLD = (ANOTHER, SAME, UNDECIDED, FIRST)


def lines(verdict: Verdict) -> list[str]:
    """One line a rubric: what was compared, and how far it moved."""
    return [f"  {_name(one)}: {_line(one)}" for one in verdict.rubrics]


def document(judge: Judge, verdict: Verdict) -> dict[str, Any]:
    """The same for programs."""
    return {
        "judge": verdict.judge,
        "version": described(judge),
        "verdict": verdict.told,
        "in_words": sentence(verdict),
        "rubrics": [_rubric(one) for one in verdict.rubrics],
    }


def _rubric(one: Found) -> dict[str, Any]:
    before = None
    if one.before is not None:
        before = {**asdict(one.before.group.version), "made": one.before.made, "compared": one.before.compared or None}
    return {
        "rubric": one.anew.rubric.name,
        "version": one.anew.rubric.version,
        "verdict": one.decided.told,
        "why": one.decided.why,
        "reading": one.anew.group.reading,
        "missing": one.anew.missing,
        "resumed": one.anew.resumed,
        "before": before,
        **asdict(one.decided.change),
        "p_holm": one.decided.p_holm,
    }


def _name(one: Found) -> str:
    return one.anew.rubric.name


def _line(one: Found) -> str:
    said = {SAME: "the same", ANOTHER: "another judge", UNDECIDED: "undecided", FIRST: "stored"}[one.decided.told]
    missing = f", {one.anew.missing} without an answer" if one.anew.missing else ""
    if one.before is None or not one.decided.change.examples:
        return f"{said}, {len(one.anew.answers)} answers{missing}{f', {one.decided.why}' if one.decided.why else ''}"
    return f"{said}, {_moved(one)}{missing}"


def _moved(one: Found) -> str:
    found = one.decided.change
    texts = [f"{found.examples} examples"]
    if found.rated:
        texts = [f"moved by {_number(found.difference, '+.1f')} points (95% interval {_span(found.low, found.high)})"]
        texts.append(f"{100 * (1 - found.same_side):.0f}% of {found.rated} examples on the other side of 50")
        texts.append(f"rank correlation {_number(found.rank, '.2f')}")
    if not math.isnan(found.distance):
        texts.append(f"{100 * found.distance:.2g}% of its probability elsewhere (own noise {100 * found.noise:.2g}%)")
    if found.moved:
        texts.append(f"{found.moved} examples farther than noise")
    return ", ".join([*texts, f"p {_number(one.decided.p_holm, '.2g')}"])


def _span(low: float, high: float) -> str:
    return f"{_number(low, '+.1f')} to {_number(high, '+.1f')}"


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)


def _examples(rubrics: Sequence[Found]) -> str:
    return _answers(sum(len(one.anew.answers) for one in rubrics), rubrics)


def _compared(rubrics: Sequence[Found]) -> str:
    """Those of which something was stored."""
    return _answers(sum(one.decided.change.examples for one in rubrics), rubrics)


def _answers(count: int, rubrics: Sequence[Found]) -> str:
    return f"answers to {count} examples of {_joined([_name(one) for one in rubrics])}"


def _since(rubrics: Sequence[Found]) -> str:
    days = sorted({one.before.made[:10] for one in rubrics if one.before is not None})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _renamed(rubrics: Sequence[Found], now: Version) -> str:
    then = {one.before.group.version for one in rubrics if one.before is not None} - {now}
    return (
        f", though it answered as {_joined(sorted(map(_text, then)))} then and answers as {_text(now)} now"
        if then
        else ""
    )


def _consequence(moved: Sequence[Found], now: Version) -> str:
    then = {one.before.group.version for one in moved if one.before is not None}
    if any(version.model == now.model for version in then):
        last = min(one.before.compared or one.before.made for one in moved if one.before is not None)[:10]
        apart = f"what it rates from now on is kept apart as generation {now.generation}"
        return f"{apart}, and what it rated since {last} may be of either"
    named = _joined(sorted(map(_text, then)))
    return f"it answered as {named} then and answers as {_text(now)} now, and their ratings are kept apart"


def _text(version: Version) -> str:
    return version.text or "no version"


def _joined(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
