"""How surely the order of two arms stays, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from inoc_evals.report.texts import number, title
from inoc_evals.results.findings import Findings
from inoc_evals.results.survival import Hang, Survival
from inoc_evals.stats.worlds import Order

ONE: Mapping[str, str] = {
    "questions": "question",
    "seeds": "training seed",
    "judges": "judge",
    "thresholds": "threshold",
    "values": "value",
}


def comparison(found: Findings, one: Survival) -> str:
    """What is compared: which arm has less of what."""
    order = "below" if one.mean < 0 else "above" if one.mean > 0 else "as"
    return f"{title(found, one.task, one.part, one.measure)}: {one.arm} {order} {one.other}"


def stays(one: Survival) -> str:
    """In which share of the worlds the order stays, and what it hangs on."""
    if one.order is None:
        return "there is no order"
    of = f"all {one.order.worlds:,}" if one.order.exact else f"{one.order.worlds:,}"
    said = f"the order stays in {share(one.order)}% of {of} worlds"
    if one.order.ties:
        said += f" (no difference in {number(one.order.ties)}%)"
    hangs = "; ".join(hang(each, one) for each in one.hangs)
    return f"{said}; it hangs on {hangs}" if hangs else said


def hang(each: Hang, one: Survival) -> str:
    """What turns the order around."""
    what = f"{ONE[each.source]} {each.name}"
    said = "without it" if each.source in ("questions", "seeds", "judges") else "by it"
    # Values of one trait may have other scales.
    amount = "" if each.source == "values" else f" the difference is {number(each.mean, one.method)}"
    return f"{what} ({said}{amount or ' the order does not stay'})"


def share(order: Order | None) -> str:
    """A share in percent; a dash where a source has one choice. 100 is said of all worlds only."""
    return "-" if order is None else number(math.floor(1000 * order.stays) / 1000)


def fixed(survivals: tuple[Survival, ...]) -> str:
    """Which sources no comparison could draw again, as a sentence; nothing where all were."""
    never = [name for name in ONE if all(name not in one.alone for one in survivals)]
    return f"Not drawn again, as there is one alone: {', '.join(ONE[name] for name in never)}." if never else ""
