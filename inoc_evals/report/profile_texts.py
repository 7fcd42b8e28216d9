"""What the data say of a panel of dispositions, and what they do not, in sentences and in the cells of its table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from inoc_evals.report.texts import (
    ONE_SEED,
    SEEDS,
    SOME_SEEDS,
    heading,
    interval,
    level,
    many,
    number,
    p_text,
    value_name,
)
from inoc_evals.results.findings import Findings
from inoc_evals.results.profile import SMALL, Change, Disposition, Profile, State

# So many arms are told one by one.
_ARMS = 4
_DIRECTION = re.compile(r"higher is (?:(more|less|oftener) )?(.+)")
_OPPOSITES = {"more": "less", "less": "more", "oftener": "less often"}
STATES: Mapping[State, str] = {
    "changed": "surely changed",
    "likely": "probably changed",
    "alike": "no change of note",
    "open": "not told",
}
HEAD = (
    "disposition",
    "arm",
    "value",
    "of the reference",
    "difference",
    "unit",
    "95% interval",
    "standard units",
    "p",
    "p (Holm)",
    "false discovery rate",
    "least that would have been seen",
    "what is told",
)
# The columns of `HEAD` that hold no numbers.
WORDS = (0, 1, 5, 12)


def sentences(found: Findings) -> tuple[str, ...]:
    """Of each arm which dispositions are surely changed, which are not, and of which nothing can be said. Nothing
    without a profile."""
    profile = found.profile
    if profile is None:
        return ()
    arms = [arm for arm in found.arms if arm != profile.reference]
    arms.sort(key=lambda arm: min((change.difference.p for _, change in profile.of(arm)), default=math.inf))
    said = [_of_arm(profile, arm) for arm in arms[:_ARMS]]
    if more := len(arms) - len(said):
        said.append(f"{many(more, 'more arm')} {'stands' if more == 1 else 'stand'} in the table.")
    return tuple(said)


def _of_arm(profile: Profile, arm: str) -> str:
    by_state: dict[State, list[tuple[Disposition, Change]]] = {}
    for disposition, change in profile.of(arm):
        by_state.setdefault(change.state, []).append((disposition, change))
    moved = {state: ", ".join(_moved(*each) for each in by_state.get(state, ())) for state in STATES}
    parts = [f"surely changed: {moved['changed']}" if moved["changed"] else "no disposition is surely changed"]
    if moved["likely"]:
        parts.append(f"probably changed, if a few false findings are borne: {moved['likely']}")
    if alike := by_state.get("alike"):
        parts.append(f"no change of more than {SMALL} standard units: {', '.join(name(each) for each, _ in alike)}")
    unsaid = [f"{name(each)} ({_unseen(each, change)})" for each, change in by_state.get("open", ())]
    unsaid += [f"{heading(each.task)} ({each.why})" for each in profile.unread if each.arm == arm]
    if unsaid:
        parts.append(f"nothing can be said of {', '.join(unsaid)}")
    return f"{arm} against {profile.reference}: {'; '.join(parts)}."


def _moved(disposition: Disposition, change: Change) -> str:
    effect = change.standard.effect
    amount = own(disposition, change) if effect is None else f"{signed(effect)} standard units"
    return f"{name(disposition)} ({word(disposition, change)}, {amount})"


def _unseen(disposition: Disposition, change: Change) -> str:
    if not change.least > 0:
        return "nothing varies"
    if _none(disposition, change):
        return "no change whatever could have been seen"
    return f"less than {number(change.least, disposition.method)} {disposition.unit}".rstrip() + (
        " could not have been seen"
    )


def _none(disposition: Disposition, change: Change) -> bool:
    """Would a change have to be greater than the scale is, to be seen?"""
    return disposition.method != "open mean" and change.least >= 1


def name(disposition: Disposition) -> str:
    """What a disposition is called: its task, and the condition where there are several."""
    return heading(disposition.task, disposition.part)


def ways(disposition: Disposition) -> tuple[str, str]:
    """What less and what more of a disposition mean, in the words of its scale."""
    told = _DIRECTION.fullmatch(disposition.more)
    if told is None:
        also = f" ({disposition.more})" if disposition.more else ""
        return f"lower{also}", f"higher{also}"
    degree, what = told.groups()
    if degree is None:
        return f"lower ({disposition.more})", what
    return f"{_OPPOSITES[degree]} {what}", f"{degree} {what}"


def word(disposition: Disposition, change: Change) -> str:
    """What the change of an arm means, in the words of the scale."""
    less, more = ways(disposition)
    return less if change.difference.mean < 0 else more if change.difference.mean > 0 else "the same"


def signed(effect: float) -> str:
    """Standard units with their sign and two decimals."""
    # Less than rounding below 0 is 0.
    return f"{round(effect, 2) + 0.0:+.2f}"


def in_units(change: Change) -> str:
    """A change in standard units with its interval, or a dash."""
    standard = change.standard
    if standard.effect is None:
        return "-"
    if standard.low is None or standard.high is None:
        return signed(standard.effect)
    return f"{signed(standard.effect)} [{signed(standard.low)}, {signed(standard.high)}]"


def own(disposition: Disposition, change: Change) -> str:
    """A difference with its sign and unit."""
    return f"{_amount(disposition, change)} {disposition.unit}".rstrip()


def _amount(disposition: Disposition, change: Change) -> str:
    amount = number(round(change.difference.mean, 9) + 0.0, disposition.method)
    return amount if amount.startswith("-") else f"+{amount}"


def told(disposition: Disposition, change: Change) -> str:
    """What is told of a change, in words."""
    said = STATES[change.state]
    if change.state in ("changed", "likely"):
        return f"{said}: {word(disposition, change)}"
    return f"{said} ({change.standard.why})" if change.standard.why else said


def lines(found: Findings, profile: Profile) -> tuple[tuple[str, ...], ...]:
    """The table: a line for each disposition and arm, the surest disposition first, with a text for each of `HEAD`."""
    return tuple(_cells(found, each, change) for each in profile.dispositions for change in each.changes)


def _cells(found: Findings, disposition: Disposition, change: Change) -> tuple[str, ...]:
    method, gap = disposition.method, change.difference
    return (
        f"{name(disposition)}: {value_name(found, disposition.task, disposition.measure)}",
        change.arm,
        level(change.rate, method),
        level(disposition.reference, method),
        _amount(disposition, change),
        disposition.unit,
        interval(gap, method),
        in_units(change),
        p_text(gap.p),
        p_text(change.p_holm),
        p_text(change.p_fdr),
        _least(disposition, change),
        told(disposition, change),
    )


def _least(disposition: Disposition, change: Change) -> str:
    if not change.least > 0:
        return "-"
    return "none" if _none(disposition, change) else number(change.least, disposition.method)


def intervals_speak_of(profile: Profile) -> str:
    """What the intervals of a profile speak of."""
    changes = [change for each in profile.dispositions for change in each.changes]
    alone = {change.difference.these_checkpoints_only for change in changes}
    return SEEDS if alone == {False} else ONE_SEED if alone <= {True} else SOME_SEEDS


def unread(profile: Profile) -> tuple[str, ...]:
    """The dispositions that nothing can be said of for an arm, each with the reason."""
    return tuple(f"{heading(each.task)}, {each.arm}: {each.why}" for each in profile.unread)
