"""Which differences a planned run can show, in words."""

from __future__ import annotations

import math

_RATES = (0.5, 0.2, 0.05)
_TOO_FEW = "questions or training seeds are too few"


def what_can_be_seen(questions: int, samples: int, seeds: int, arms: int, *, exact: bool = False) -> str:
    """Sentences, without the last full stop, on a comparison of two of `arms` arms with so many `questions`, `samples`
    to each and `seeds` (checkpoints of an arm), all 1 or more. Of `exact` values nothing is drawn."""
    if arms < 2:
        return "there is one arm, and so no difference; name another to compare it with"
    if questions < 2:
        return "one question shows no difference: there is nothing to tell questions' own spread by"
    if exact:
        return _of_exact_values(questions, seeds)
    several = f", {samples} responses to each" if samples > 1 else ""
    design = f"with {questions} questions{several} and {_checkpoints(seeds)} an arm"
    middle, *others = ((rate, _sizes(questions, samples, seeds, rate)) for rate in _RATES)
    if not all(map(math.isfinite, middle[1])):
        most = "not even the largest difference from a rate of 50%"
        return f"{design}, {most} would be seen in 80% of such runs: {_TOO_FEW}"
    only = ", for these checkpoints only" if seeds == 1 else ""
    seen = f"a difference of about {_points(max(middle[1]))} points would be seen in 80% of such runs{only}"
    further = "; ".join(_from(*each) for each in others)
    unseen = f": {_TOO_FEW}" if not all(math.isfinite(size) for _, sizes in others for size in sizes) else ""
    return f"{design}, {seen} (from a rate of 50%; {further}{unseen})"


def _of_exact_values(questions: int, seeds: int) -> str:
    """By how much questions differ in the difference is known afterwards only, and it is all that hides one."""
    from scipy import special

    size = float(special.stdtrit(questions - 1, 0.975) + special.ndtri(0.8)) / math.sqrt(questions)
    design = f"with {questions} questions, whose values are exact, and {_checkpoints(seeds)} an arm"
    seen = f"a difference of about {size:.2f} standard deviations of the questions' own differences"
    others = ", for these checkpoints only" if seeds == 1 else " if seeds did not differ"
    return f"{design}, {seen} would be seen in 80% of such runs{others}"


def _sizes(questions: int, samples: int, seeds: int, rate: float) -> tuple[float, float]:
    from inoc_evals.stats.planning import Plan, detectable

    found = detectable(Plan(questions, samples, seeds, rate))
    return found.rise, found.fall


def _from(rate: float, sizes: tuple[float, float]) -> str:
    told = [
        f"{_points(size)} {way}" if math.isfinite(size) else f"no {change}"
        for size, way, change in zip(sizes, ("up", "down"), ("rise", "fall"), strict=True)
    ]
    return f"from {100 * rate:.0f}%: {', '.join(told)}"


def _points(size: float) -> str:
    # What rests on assumed spreads has no decimals.
    return f"{100 * size:.0f}"


def _checkpoints(seeds: int) -> str:
    return "one checkpoint" if seeds == 1 else f"{seeds} checkpoints"
