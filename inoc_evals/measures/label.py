"""Do the probabilities of an item's options find its label? For classification; nothing is drawn.

correct      1 if the likeliest option is the label that the item's `data` holds, 0 if not
probability  of the label, as its share in what all options have
log_odds     natural logarithm of the probability of the `high` options over that of the others
correct_X    `correct` on the items whose `data` has X as true, and no value on others, where `apart: X` stands
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from inoc_evals.client.continuations import log_sum
from inoc_evals.definitions.fields import Name, Options, Text
from inoc_evals.measures.declaration import Measure, Measuring, compares_with
from inoc_evals.measures.probability import IMPOSSIBLE, NO_OPTION
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.scale import Scale, share

if TYPE_CHECKING:
    from inoc_evals.protocols.requests import Chosen
    from inoc_evals.protocols.trajectory import Trajectory


class LabelOptions(Options):
    """The label is `label` in the item's `data`. `high` are the options on one side, `apart` a key of `data`."""

    high: list[Text] = Field(min_length=1)
    apart: Name | None = None


def scales(options: LabelOptions) -> Mapping[str, Scale]:
    """Shares, a mean from 0 to 1, and log odds without ends."""
    high = " or ".join(options.high)
    found = {"correct": share("label found", "higher is oftener right")}
    if options.apart:
        found[f"correct_{options.apart}"] = share(f"label found where {options.apart}", "higher is oftener right")
    return {
        **found,
        "probability": Scale(0.0, 1.0, "mean", "", "higher is surer of the label", "share of the label in the options"),
        "log_odds": Scale(None, None, "unbounded", "nats", f"higher is more {high}", f"log odds of {high}"),
    }


def read_label(chosen: Chosen, label: str, high: frozenset[str]) -> dict[str, Reading]:
    """The readings "correct", "probability" and "log_odds" of option probabilities.

    Of options that are equally likely none is right. Causes: "no_such_option" for a label that is none, and where all
    options are high or none is; "impossible" where the options (for log odds: one side) have no probability at all.
    Details: every option's probability.
    """
    logs = {option.strip(): log_sum(list(forms.values())) for option, forms in chosen.logs.items()}
    details = {"options": chosen.shares(), "seen": chosen.seen, "exact": chosen.exact}
    whole = log_sum(list(logs.values()))
    cause = NO_OPTION if label not in logs else IMPOSSIBLE if math.isinf(whole) else None
    if cause is not None:
        return {key: Reading(None, cause, details) for key in ("correct", "probability", "log_odds")}
    likelier = [option for option, log in logs.items() if log >= logs[label]]
    return {
        "correct": Reading(float(likelier == [label]), None, details),
        "probability": Reading(min(1.0, math.exp(logs[label] - whole))),
        "log_odds": _log_odds(logs, high),
    }


def _log_odds(logs: Mapping[str, float], high: frozenset[str]) -> Reading:
    above, below = ([log for option, log in logs.items() if (option in high) is side] for side in (True, False))
    if not above or not below:
        return Reading(None, NO_OPTION)
    odds = log_sum(above) - log_sum(below)
    return Reading(odds) if math.isfinite(odds) else Reading(None, IMPOSSIBLE)


def ask(options: LabelOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one trajectory's option probabilities; a model that told none has the cause "no_such_option"."""
    chosen = next(iter(trajectory.chosen.values()), None)
    data = trajectory.item.data
    if chosen is None:
        readings = {key: Reading(None, NO_OPTION) for key in ("correct", "probability", "log_odds")}
    else:
        readings = read_label(chosen, data["label"], frozenset(options.high))
    if options.apart:
        concerned = bool(data.get(options.apart))
        readings[f"correct_{options.apart}"] = readings["correct"] if concerned else Reading(None, DOES_NOT_APPLY)
    return {ending: readings[ending] for ending in scales(options)}
    yield  # a generator that yields nothing


MEASURE = Measure(
    "label", LabelOptions, scales, ask, needs=frozenset({"exact probabilities"}), check_item=compares_with("label")
)
