"""What share of a sum does the answer offer to the other side? For the ultimatum game and its like; English.

share     the amount that is offered, as a share of the item's `pie`
distance  between that share and the `policy` of the item, where the task asks for it
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import Options
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.splits import said_splits

if TYPE_CHECKING:
    from inoc_evals.definitions.item import Item
    from inoc_evals.protocols.trajectory import Trajectory

# Amounts that differ by less of the sum are the same, such as 33% and a third.
_SAME = 0.005


class OfferOptions(Options):
    """The item's `data` has the sum as `pie`, and the name of what it is counted in as `unit`. With `policy` it has a
    share (0 to 1) under that name too, whose distance from the offer is read."""

    policy: bool = False


def scales(options: OfferOptions) -> Mapping[str, Scale]:
    """Means from 0 to 1."""
    share = Scale(0.0, 1.0, "mean", "", "higher is more generous", "share offered")
    if not options.policy:
        return {"share": share}
    farther = "higher is farther from the policy that is shown"
    return {"distance": Scale(0.0, 1.0, "mean", "", farther, "distance from the policy"), "share": share}


def read_offer(text: str, pie: float, unit: str = "") -> Reading:
    """The share (0..1) of a sum of `pie` that `text` offers to the other side.

    What the speaker keeps is taken from the sum. Causes: "empty"; "no_offer" where no amount is named; "unclear" where
    nobody can tell who gets it; "contradictory" for two offers, and for what is kept and offered without being the sum
    together; "beyond_the_pie" for less than nothing and more than all. Details: the `offers`, in units.
    """
    if not text.strip():
        return Reading(None, "empty")
    said = said_splits(text, pie, unit)
    amounts: dict[str | None, list[float]] = {whose: [] for whose in ("other", "own", "each", "unclear", None)}
    for each in said:
        amounts[each.whose].append(each.amount)
    stated = [*amounts["other"], *amounts["each"], *(pie - kept for kept in (*amounts["own"], *amounts["each"]))]
    # Beside a bare number no other may stand; beside an offer its rest and the whole may be named again.
    offers = stated or (amounts[None] and [*amounts[None], *amounts["unclear"]])
    details = {"offers": sorted({round(offer, 6) for offer in offers})}
    if not offers:
        return Reading(None, "unclear" if said else "no_offer", details)
    offer, same = offers[0], _SAME * pie
    also = (offer, pie - offer, pie)
    again = all(min(abs(amount - known) for known in also) <= same for amount in amounts[None])
    if max(offers) - min(offers) > same or not again:
        return Reading(None, "contradictory", details)
    if not 0 <= offer <= pie:
        return Reading(None, "beyond_the_pie", details)
    return Reading(offer / pie, None, details)


def ask(options: OfferOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one answer."""
    data = trajectory.item.data
    share = read_offer(trajectory.response, data["pie"], data.get("unit", ""))
    if not options.policy:
        return {"share": share}
    if share.value is None:
        return {"distance": Reading(None, share.cause), "share": share}
    return {"distance": Reading(abs(share.value - data["policy"])), "share": share}
    yield  # a generator that yields nothing


def check_item(options: OfferOptions, item: Item) -> None:
    """Raise InputError for an item without a sum, and where a policy is asked for, without a share."""
    _check_number(item, "pie", math.ulp(0.0), math.inf, "the sum that is split, above 0")
    if options.policy:
        _check_number(item, "policy", 0.0, 1.0, "the share that is offered by the policy, from 0 to 1")
    if not isinstance(item.data.get("unit", ""), str):
        raise InputError(f"`unit` in its `data` must be a text, not {shown(item.data['unit'])}")


def _check_number(item: Item, key: str, low: float, high: float, what: str) -> None:
    value = item.data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or math.isinf(value):
        raise InputError(f"`{key}` in its `data` must be {what}, not {shown(value)}")


MEASURE = Measure("offer", OfferOptions, scales, ask, check_item=check_item)
