"""What is found of a judge's drift, in sentences and as a document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from inoc_evals.judging.drift import ANOTHER, FIRST, SAME, UNDECIDED
from inoc_evals.judging.drifted import JudgeDrift, RubricDrift
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.version import Version, described


def sentence(drift: JudgeDrift) -> str:
    """The verdict on a judge, with what it rests on and what follows."""
    by_told = {told: [rubric for rubric in drift.rubrics if rubric.decided.told == told] for told in _TOLD}
    judge = drift.judge
    if drift.told == FIRST:
        return f"nothing was stored of {judge}: its {_examples(drift.rubrics)} are stored now, to compare with later"
    undecided = _joined([f"{_name(rubric)} ({rubric.decided.why})" for rubric in by_told[UNDECIDED]])
    if drift.told == UNDECIDED:
        return f"it cannot be said whether {judge} is the same judge: {undecided}"
    if drift.told == SAME:
        same = by_told[SAME]
        said = f"{judge} is the same judge as on {_since(same)}: "
        said += f"its {_compared(same)} differ by no more than its own noise{_renamed(same, drift.version)}"
        return f"{said}; open: {undecided}" if undecided else said
    moved = by_told[ANOTHER]
    what = "; ".join(f"{_name(rubric)} {_moved(rubric)}" for rubric in moved)
    return f"{judge} is another judge than on {_since(moved)}: {what}; {_consequence(moved, drift.version)}"


_TOLD = (ANOTHER, SAME, UNDECIDED, FIRST)


def lines(drift: JudgeDrift) -> list[str]:
    """One line a rubric: what was compared, and how far it moved."""
    return [f"  {_name(rubric)}: {_line(rubric)}" for rubric in drift.rubrics]


def document(judge: Judge, drift: JudgeDrift) -> dict[str, Any]:
    """The same for programs."""
    return {
        "judge": drift.judge,
        "version": described(judge),
        "verdict": drift.told,
        "in_words": sentence(drift),
        "rubrics": [_rubric(rubric) for rubric in drift.rubrics],
    }


def _rubric(rubric: RubricDrift) -> dict[str, Any]:
    before = None
    if rubric.before is not None:
        before = {
            **asdict(rubric.before.group.version),
            "made": rubric.before.made,
            "compared": rubric.before.compared or None,
        }
    return {
        "rubric": rubric.anew.rubric.name,
        "version": rubric.anew.rubric.version,
        "verdict": rubric.decided.told,
        "why": rubric.decided.why,
        "reading": rubric.anew.group.reading,
        "missing": rubric.anew.missing,
        "resumed": rubric.anew.resumed,
        "before": before,
        **asdict(rubric.decided.change),
        "p_holm": rubric.decided.p_holm,
    }


def _name(rubric: RubricDrift) -> str:
    return rubric.anew.rubric.name


def _line(rubric: RubricDrift) -> str:
    said = {SAME: "the same", ANOTHER: "another judge", UNDECIDED: "undecided", FIRST: "stored"}[rubric.decided.told]
    missing = f", {rubric.anew.missing} without an answer" if rubric.anew.missing else ""
    if rubric.before is None or not rubric.decided.change.examples:
        why = f", {rubric.decided.why}" if rubric.decided.why else ""
        return f"{said}, {len(rubric.anew.answers)} answers{missing}{why}"
    return f"{said}, {_moved(rubric)}{missing}"


def _moved(rubric: RubricDrift) -> str:
    change = rubric.decided.change
    texts = [f"{change.examples} examples"]
    if change.rated:
        texts = [
            f"moved by {_number(change.difference, '+.1f')} points (95% interval {_span(change.low, change.high)})"
        ]
        texts.append(f"{100 * (1 - change.same_side):.0f}% of {change.rated} examples on the other side of 50")
        texts.append(f"rank correlation {_number(change.rank, '.2f')}")
    if not math.isnan(change.distance):
        texts.append(f"{100 * change.distance:.2g}% of its probability elsewhere (own noise {100 * change.noise:.2g}%)")
    if change.moved:
        texts.append(f"{change.moved} examples farther than noise")
    return ", ".join([*texts, f"p {_number(rubric.decided.p_holm, '.2g')}"])


def _span(low: float, high: float) -> str:
    return f"{_number(low, '+.1f')} to {_number(high, '+.1f')}"


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)


def _examples(rubrics: Sequence[RubricDrift]) -> str:
    return _answers(sum(len(rubric.anew.answers) for rubric in rubrics), rubrics)


def _compared(rubrics: Sequence[RubricDrift]) -> str:
    """Those of which something was stored."""
    return _answers(sum(rubric.decided.change.examples for rubric in rubrics), rubrics)


def _answers(count: int, rubrics: Sequence[RubricDrift]) -> str:
    return f"answers to {count} examples of {_joined([_name(rubric) for rubric in rubrics])}"


def _since(rubrics: Sequence[RubricDrift]) -> str:
    days = sorted({rubric.before.made[:10] for rubric in rubrics if rubric.before is not None})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _renamed(rubrics: Sequence[RubricDrift], now: Version) -> str:
    then = {rubric.before.group.version for rubric in rubrics if rubric.before is not None} - {now}
    return (
        f", though it answered as {_joined(sorted(map(_text, then)))} then and answers as {_text(now)} now"
        if then
        else ""
    )


def _consequence(moved: Sequence[RubricDrift], now: Version) -> str:
    then = {rubric.before.group.version for rubric in moved if rubric.before is not None}
    if any(version.model == now.model for version in then):
        last = min(rubric.before.compared or rubric.before.made for rubric in moved if rubric.before is not None)[:10]
        apart = f"what it rates from now on is kept apart as generation {now.generation}"
        return f"{apart}, and what it rated since {last} may be of either"
    named = _joined(sorted(map(_text, then)))
    return f"it answered as {named} then and answers as {_text(now)} now, and their ratings are kept apart"


def _text(version: Version) -> str:
    return version.text or "no version"


def _joined(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
