"""From what was measured on the untrained model to a predicted suppression, and which candidates are trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from inoc_evals.forecasts.document import Predictor

Item = TypeVar("Item")
# How each number of a forecast is made, in words; the functions below do it.
RULES: Mapping[str, str] = {
    "suppression": "the rate of the arm that is trained without a prompt minus that of the arm that is trained with "
    "the candidate, both asked without it; as a share of the value's scale",
    "rate": "the untrained model's rate under the prompt; predicted suppression = that rate minus the rate without a "
    "prompt, at least 0: what the prompt brings out need not be learned",
    "uplift": "per training row the mean over the tokens of its response (with those that end it) of log p(token | "
    "prompt, request) - log p(token | request), rows weighing equally; predicted suppression = this uplift as a share "
    "of the mean loss without a prompt, from 0 to 1, times 1 minus the rate without a prompt",
    "uplift_beyond_control": "the uplift of a row minus that of the row of the control data with the same request; "
    "predicted suppression = the mean of this as a share of the control's lead (mean loss without a prompt minus that "
    "of the control), from 0 to 1, times 1 minus the rate without a prompt",
    "groups": "two candidates share a letter unless they differ: all pairs, paired by question (rate) or row (uplift, "
    "t), p corrected for all pairs by Holm, at most 0.05",
    "choice": "of n candidates in the predicted order k are trained with, at the places round(i (n - 1) / (k - 1)) "
    "for i from 0 to k - 1: the first, the last, and evenly between",
}


def by_rate(rate: float, unprompted: float) -> float:
    """The suppression (0..1) that a rate under the prompt foresees, where `unprompted` is that without."""
    return max(0.0, rate - unprompted)


def by_uplift(uplift: float, lead: float, unprompted: float) -> float:
    """The suppression (0..1) that an uplift foresees: its share of all that is to be learned, which is `lead` (nats a
    token, as the uplift), of what the model does not show without training. 0 where nothing is to be learned."""
    share = min(1.0, max(0.0, uplift / lead)) if lead > 0 else 0.0
    return share * max(0.0, 1.0 - unprompted)


def evenly(ordered: Sequence[Item], count: int) -> list[Item]:
    """`count` (1 or more) of them, evenly over their order, with both ends; all where there are no more, and of one
    alone the first."""
    number = len(ordered)
    if count >= number:
        return list(ordered)
    if count == 1:
        return [ordered[0]]
    # Halves go up, where Python's own rounding would go to even places.
    return [ordered[(2 * place * (number - 1) + count - 1) // (2 * (count - 1))] for place in range(count)]


def strongest(known: Sequence[Predictor]) -> Predictor:
    """The predictor that ranks: of the trait's own tokens rather than of any, and exact rather than drawn."""
    order: tuple[Predictor, ...] = ("uplift_beyond_control", "uplift", "rate")
    return next(name for name in order if name in known)
