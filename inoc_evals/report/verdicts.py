"""The answer to a statement of the source in words, the same on the page and on a terminal."""

from __future__ import annotations

import math

from inoc_evals.report.texts import THESE_ONLY, heading, interval, number, p_text
from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import Method
from inoc_evals.results.verdicts import Verdict
from inoc_evals.stats.limits import Interval

# A share of responses without a value from which they are told.
_MANY = 0.05


def measured(found: Findings, verdict: Verdict) -> str:
    """Both sides, their difference with its interval, and what that speaks of."""
    if math.isnan(verdict.mean):
        return "nothing to compare"
    method: Method = "exact mean" if verdict.exact else "rate" if verdict.bounded else "open mean"
    unit = " points" if verdict.bounded else ""
    sign = "%" if verdict.bounded else ""
    first, second = (f"{number(level, method)}{sign}" for level in verdict.levels)
    difference = f"{number(verdict.mean, method)}{unit} {interval(Interval(verdict.low, verdict.high), method)}"
    parts = " and ".join(heading(part) for part in verdict.parts if part)
    several = len(found.tasks) > 1
    where = "; ".join(text for text in (heading(verdict.task) if several else "", parts) if text)
    seeds = THESE_ONLY if verdict.these_checkpoints_only else f"{verdict.checkpoints} training seeds"
    told = f"{first} against {second}: {difference}, p (Holm) {p_text(verdict.p_holm)}"
    return f"{told} ({'; '.join(text for text in (where, seeds, _left_out(verdict)) if text)})"


def _left_out(verdict: Verdict) -> str:
    """How many responses have no value, where these are so many that they may change the answer."""
    pairs = list(zip(verdict.excluded, verdict.counted, strict=True))
    if not any(lacking > _MANY * (lacking + there) for lacking, there in pairs):
        return ""
    return (
        f"left out {' and '.join(f'{lacking:,} of {lacking + there:,}' for lacking, there in pairs)}, mind the bounds"
    )


def remedy(verdict: Verdict) -> str:
    """What would decide an undecided statement; nothing for the others."""
    if verdict.answer != "undecided":
        return ""
    ways = [f"{verdict.seeds} training seeds an arm"] if verdict.seeds is not None else []
    ways += [f"{verdict.responses} responses to a question"] if verdict.responses is not None else []
    return f"about {' or '.join(ways)} would decide it" if ways else "more questions might decide it, nothing else"
