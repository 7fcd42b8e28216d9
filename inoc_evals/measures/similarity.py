"""How near a model's shares over an item's options come to those of people, and how decided they are.

similarity      1 less the Jensen-Shannon distance between the model's shares and the answers of one region, or the mean
                of that over all regions; no value where the item has no answers of it
decided         1 less the entropy of the model's shares over that of an even split
order_distance  the Jensen-Shannon distance between the shares with the options as written and reversed; the other
                values are then of the mean of both

After Durmus et al., arXiv 2306.16388. The answers stand in the item's `data`: {"answers": {REGION: [share, ...]}}, a
share or a count for each option in its order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import Options, Template
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.probability import IMPOSSIBLE, NO_OPTION, option_shares
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.scale import Scale
from inoc_evals.stats.distances import decided, jensen_shannon, normalised

if TYPE_CHECKING:
    from inoc_evals.definitions.item import Item
    from inoc_evals.protocols.requests import Chosen
    from inoc_evals.protocols.trajectory import Trajectory

# Where an item's `data` holds people's answers, and the region that stands for all of them.
ANSWERS, ALL = "answers", "all"
EXAMPLE = '{"answers": {"Northmark": [0.6, 0.4]}}'


class SimilarityOptions(Options):
    """`region` is whose answers the model's are compared with, "all" for the mean over all regions of each item.
    `both_orders` goes with the same word under `protocol`."""

    region: Template = ALL
    both_orders: bool = False


def scales(options: SimilarityOptions) -> Mapping[str, Scale]:
    """Numbers from 0 to 1 that would be the same if they were asked for again."""
    whose = "people of all regions" if options.region.strip() == ALL else options.region.strip()
    near = f"higher is nearer to the answers of {whose}"
    sure = "higher is more decided: fewer options have most of the probability"
    found = {
        "similarity": Scale(0.0, 1.0, "exact", "", near, f"similarity to {whose}"),
        "decided": Scale(0.0, 1.0, "exact", "", sure, "how decided opinions are"),
    }
    if options.both_orders:
        moved = "higher is more moved by the order of the options"
        found["order_distance"] = Scale(0.0, 1.0, "exact", "", moved, "distance between both orders")
    return found


def ask(options: SimilarityOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one trajectory's option probabilities."""
    answers = trajectory.item.data.get(ANSWERS) or {}
    return read_similarity(options, trajectory.chosen, answers)
    yield  # a generator that yields nothing


def read_similarity(
    options: SimilarityOptions, chosen: Mapping[str, Chosen], answers: Mapping[str, Sequence[float]]
) -> dict[str, Reading]:
    """The readings. Causes: "no_such_option" for a model that told no probabilities, "impossible" where it gives none
    to any option. Details, under "decided": every option's probability and the mass that was seen by order, and the
    `similarity` to each region."""
    details = {
        "options": {order: each.shares() for order, each in chosen.items()},
        "seen": {order: each.seen for order, each in chosen.items()},
        "exact": all(each.exact for each in chosen.values()),
    }
    orders = [_shares(each) for each in chosen.values()]
    told = [shares for shares in orders if shares is not None]
    if not orders or len(told) < len(orders):
        cause = IMPOSSIBLE if orders else NO_OPTION
        return {ending: Reading(None, cause, details if ending == "decided" else {}) for ending in scales(options)}
    mean = [fmean(by_order) for by_order in zip(*told, strict=True)]
    near = {region: 1 - jensen_shannon(mean, given) for region, given in answers.items()}
    found = {
        "similarity": _similarity(options, near),
        "decided": Reading(decided(mean), None, details | {"similarity": near}),
    }
    if options.both_orders:
        apart = jensen_shannon(told[0], told[1]) if len(told) == 2 else None
        found["order_distance"] = Reading(None, NO_OPTION) if apart is None else Reading(apart)
    return found


def _shares(chosen: Chosen) -> tuple[float, ...] | None:
    """What each option has of the probability of all, in their order; None where they have none, or there is one."""
    shares = option_shares(chosen)
    return None if shares is None or len(shares) < 2 else normalised(list(shares.values()))


def _similarity(options: SimilarityOptions, near: Mapping[str, float]) -> Reading:
    region = options.region.strip()
    of_region = list(near.values()) if region == ALL else [near[region]] if region in near else []
    # A question that was not asked there is no fault of the model.
    return Reading(fmean(of_region)) if of_region else Reading(None, DOES_NOT_APPLY)


def check_set(options: SimilarityOptions, items: Sequence[Item]) -> None:
    """Raise InputError for a region of which no item has answers."""
    region = options.region.strip()
    tables = [item.data.get(ANSWERS) for item in items]
    known = {name: None for table in tables if isinstance(table, dict) for name in table}
    if items and region != ALL and region not in known:
        listed = ", ".join(known) or "none"
        meant = did_you_mean(region, known)
        raise InputError(f"no item has answers of the region {shown(region)}; choose from {ALL}, {listed}{meant}")


def check_item(_: SimilarityOptions, item: Item) -> None:
    """Raise InputError for answers that are no distribution over the item's options."""
    answers = item.data.get(ANSWERS)
    if answers is None:
        return
    if not isinstance(answers, dict):
        raise InputError(f"`{ANSWERS}` in its `data` must be shares by region, not {shown(answers)}; write {EXAMPLE}")
    count = len(item.options or ())
    for region, given in answers.items():
        where = f"the answers of {shown(region)} in its `data`"
        if not isinstance(given, list) or not all(type(each) in (int, float) for each in given):
            raise InputError(f"{where} are no list of numbers; write {EXAMPLE}")
        if count and len(given) != count:
            raise InputError(f"{where} are {len(given)}, and it has {count} options; write a share for each")
        try:
            normalised(given)
        except ValueError as error:
            raise InputError(f"{where} are no shares ({error}); write {EXAMPLE}") from None


MEASURE = Measure(
    "similarity",
    SimilarityOptions,
    scales,
    ask,
    check_item=check_item,
    check_set=check_set,
    needs=frozenset({"exact probabilities"}),
)
