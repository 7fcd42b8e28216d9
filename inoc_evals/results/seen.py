"""The scales of values that nobody has declared, from their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inoc_evals.measures.scale import Scale, share

# A value may lie outside its scale by rounding.
ROUNDING = 1e-6
# The cause of a value that is a word and no number.
NO_NUMBER = "not_a_number"


def seen_scale(key: str, numbers: Sequence[float]) -> Scale:
    """The scale of the value `key` with these `numbers`.

    Only 0 and 1 are a share of correct answers, or of whatever else is a yes; numbers from 0 to 1 with others between
    are a bounded mean. All else is an open mean: that no number was above 5 does not say that none can be. Without any
    number it is open too.
    """
    if numbers and all(number in (0.0, 1.0) for number in numbers):
        return share(key)
    if numbers and all(-ROUNDING <= number <= 1 + ROUNDING for number in numbers):
        return Scale(0.0, 1.0, "mean", "", "", key)
    return Scale(None, None, "unbounded", "", "", key)


def point_scales(numbers: Mapping[str, Sequence[float]]) -> dict[str, Scale]:
    """The same for scores of which a judge gives 0 to 100 points: if one of them is above 1, all are points that lie
    there, but for those that are only 0 and 1 and both."""
    every = [number for each in numbers.values() for number in each]
    if not any(number > 1 + ROUNDING for number in every):
        return {key: seen_scale(key, each) for key, each in numbers.items()}
    found = {}
    for key, each in numbers.items():
        yes_or_no = {*each} == {0.0, 1.0}
        if yes_or_no or not all(0 <= number <= 100 for number in each):
            found[key] = seen_scale(key, each)
        else:
            found[key] = Scale(0.0, 100.0, "mean", "points", "", key)
    return found
