"""How probable is an option as the beginning of the answer, of those that the model chose from?

probability       of the target: all its surface forms together
share             of the target in what all options have; missing ("one_option") where the target is the only one
log_odds          natural logarithm of the target's probability over that of `against`, or of all other options, or of
                  every other beginning where there is no other option
order_difference  share with the options as written less share with them reversed; the other values are then means of
                  both orders
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from inoc_evals.client.continuations import log_sum
from inoc_evals.definitions.fields import Id, Misplaced, Options, Template, Text
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.known import begins, known
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.scale import Scale
from inoc_evals.protocols.requests import Cost

if TYPE_CHECKING:
    from inoc_evals.protocols.requests import Chosen
    from inoc_evals.protocols.trajectory import Trajectory

NO_OPTION, ONE_OPTION, IMPOSSIBLE = "no_such_option", "one_option", "impossible"
# The chance of one text over another's; None with the cause where there is none.
Figure = tuple[float | None, str | None]


class ProbabilityOptions(Options):
    """`target` is the option whose probability is read, `against` another one for the log odds; `target_place` in its
    stead is its number, from 1, where every item has options of its own. `called` is what reports call the target. With
    `only`, responses in other categories have no such value. `both_orders` goes with the same word under `protocol`.
    """

    target: Template | None = None
    target_place: int | None = Field(default=None, ge=1, le=99)
    against: Template | None = None
    called: Text | None = None
    only: list[Id] | None = Field(default=None, min_length=1)
    both_orders: bool = False

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.target is None) == (self.target_place is None):
            raise Misplaced("this measure has either `target` or `target_place`; write one of the two", "target")
        return self

    @property
    def named(self) -> str:
        """What reports call the target."""
        if self.called is not None:
            return self.called
        return f"option {self.target_place}" if self.target is None else self.target.strip()


def scales(options: ProbabilityOptions) -> Mapping[str, Scale]:
    """Probabilities are means from 0 to 1, and nothing is drawn for them; log odds have no ends."""
    target = options.named
    against = f"{options.against.strip()}" if options.against else "the rest"
    towards = f"higher is more {target}"
    found = {
        "probability": Scale(0.0, 1.0, "exact", "", towards, f"P({target})"),
        "share": Scale(0.0, 1.0, "exact", "", towards, f"share of {target} in the options"),
        "log_odds": Scale(None, None, "unbounded", "nats", towards, f"log odds of {target} against {against}"),
    }
    if options.both_orders:
        what = "higher is more where the option stands as written"
        found["order_difference"] = Scale(-1.0, 1.0, "exact", "", what, f"share of {target}, as written less reversed")
    return found


def ask(options: ProbabilityOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one trajectory's option probabilities."""
    if options.only is not None and trajectory.item.category not in options.only:
        return {ending: Reading(None, DOES_NOT_APPLY) for ending in scales(options)}
    return read_probabilities(options, trajectory.chosen)
    yield  # a generator that yields nothing


def read_probabilities(options: ProbabilityOptions, chosen: Mapping[str, Chosen]) -> dict[str, Reading]:
    """The readings, means over the orders in which the options stood. `details` have, by order, every option's
    probability, the logarithm of each form's, and the mass
    that was seen; a model that told no probabilities has the cause "no_such_option"."""
    orders = list(chosen.values())
    details = {
        "options": {order: each.shares() for order, each in chosen.items()},
        "logs": {order: _plain(each) for order, each in chosen.items()},
        "seen": {order: each.seen for order, each in chosen.items()},
        "exact": all(each.exact for each in orders),
        **_known(options, orders),
    }
    shares = [_share(options, each) for each in orders]
    readings = {
        "probability": _mean([_probability(options, each) for each in orders], details),
        "share": _mean(shares, {}),
        "log_odds": _mean([_log_odds(options, each) for each in orders], {}),
    }
    if options.both_orders:
        readings["order_difference"] = _difference(shares)
    return readings


def _known(options: ProbabilityOptions, orders: Sequence[Chosen]) -> dict[str, object]:
    """What was not seen of a hosted model's first tokens could all be the target's; an answer that was drawn counts if
    it begins as the target is said."""
    target = None if not orders else _target_name(options, orders[0])
    if target is None:
        return {}
    unresolved = fmean([0.0 if each.exact else 1 - each.seen for each in orders])
    costs = [each.cost for each in orders if each.cost is not None]
    cost = sum(costs, Cost()) if len(costs) == len(orders) else None
    return known(max(0.0, unresolved), cost, begins(list(orders[0].logs[target])))


def _plain(chosen: Chosen) -> dict[str, dict[str, float | None]]:
    # JSON has no infinity.
    return {
        option: {form: None if math.isinf(log) else log for form, log in forms.items()}
        for option, forms in chosen.logs.items()
    }


def _mean(figures: Sequence[Figure], details: Mapping[str, object]) -> Reading:
    values = [value for value, _ in figures if value is not None]
    if not values or len(values) < len(figures):
        return Reading(None, next((cause for _, cause in figures if cause), NO_OPTION), details)
    return Reading(fmean(values), None, details)


def _difference(shares: Sequence[Figure]) -> Reading:
    if len(shares) != 2:
        return Reading(None, NO_OPTION)
    (first, cause), (second, other) = shares
    return Reading(None, cause or other) if first is None or second is None else Reading(first - second)


def _probability(options: ProbabilityOptions, chosen: Chosen) -> Figure:
    target = _target(options, chosen)
    return (None, NO_OPTION) if target is None else (min(1.0, math.exp(log_sum(target))), None)


def _share(options: ProbabilityOptions, chosen: Chosen) -> Figure:
    target = _target_name(options, chosen)
    if target is None:
        return None, NO_OPTION
    if len(chosen.logs) == 1:
        return None, ONE_OPTION
    shares = option_shares(chosen)
    return (None, IMPOSSIBLE) if shares is None else (shares[target], None)


def _log_odds(options: ProbabilityOptions, chosen: Chosen) -> Figure:
    target = _target(options, chosen)
    against = None if options.against is None else _logs(options.against, chosen)
    if target is None or (options.against is not None and against is None):
        return None, NO_OPTION
    own = log_sum(target)
    if against is not None:
        rest = log_sum(against)
    elif len(chosen.logs) > 1:
        named = _target_name(options, chosen)
        rest = log_sum([log for option, forms in chosen.logs.items() if option != named for log in forms.values()])
    else:
        rest = math.log1p(-math.exp(own)) if own < 0 else -math.inf
    return (None, IMPOSSIBLE) if math.isinf(own) or math.isinf(rest) else (own - rest, None)


def option_shares(chosen: Chosen) -> dict[str, float] | None:
    """What each option (0..1) has of the probability of all, in their order; None where they have none."""
    logs = {option: log_sum(list(forms.values())) for option, forms in chosen.logs.items()}
    every = log_sum(list(logs.values()))
    return None if math.isinf(every) else {option: min(1.0, math.exp(log - every)) for option, log in logs.items()}


def _target(options: ProbabilityOptions, chosen: Chosen) -> list[float] | None:
    name = _target_name(options, chosen)
    return None if name is None else list(chosen.logs[name].values())


def _target_name(options: ProbabilityOptions, chosen: Chosen) -> str | None:
    if options.target is not None:
        return _name(options.target, chosen)
    # Whatever order they stood in, replies have the options in the order of the item.
    return next(islice(chosen.logs, (options.target_place or 1) - 1, None), None)


def _logs(option: str, chosen: Chosen) -> list[float] | None:
    name = _name(option, chosen)
    return None if name is None else list(chosen.logs[name].values())


def _name(option: str, chosen: Chosen) -> str | None:
    wanted = option.strip().casefold()
    return next((name for name in chosen.logs if name.strip().casefold() == wanted), None)


MEASURE = Measure(
    "probability", ProbabilityOptions, scales, ask, needs=frozenset({"exact probabilities"}), section="measures"
)
