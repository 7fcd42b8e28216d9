"""How findings are put into words and digits, the same in every table, picture and page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import quote

from inoc_evals.files import whole_text
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.fitness import Share
from inoc_evals.results.methods import Method, span_of
from inoc_evals.results.progress import StepRate
from inoc_evals.results.rates import Rate
from inoc_evals.stats.seeds import ArmRate

LIKE = "for questions like these"
THESE = "on these questions"
ONE_SEED = f"95% {LIKE}: other questions, but, with one checkpoint an arm, not other training seeds."
SOME_SEEDS = f"95% {LIKE}: other questions, and other training seeds of the arms that have several checkpoints."
SEEDS = f"95% {LIKE}: other questions and other training seeds."
ASKED_AGAIN = f"95% {THESE}: the same questions and checkpoints, asked again."
THESE_ONLY = "these checkpoints only"


class HasEnds(Protocol):
    """Whatever has a lower and an upper end."""

    @property
    def low(self) -> float:
        """The lower end, NaN for none."""

    @property
    def high(self) -> float:
        """The upper end, NaN for none."""


def number(value: float, method: Method = "rate") -> str:
    """A share in percent with one decimal, one of exact values with two decimals or, below 0.1%, two digits; an open
    value with three digits; a dash for NaN."""
    if math.isnan(value):
        return "-"
    if method == "open mean":
        return f"{value:.3g}"
    percent = 100 * value
    if method == "exact mean":
        return f"{percent:.2g}" if 0 < abs(percent) < 0.1 else f"{percent:.2f}"
    return f"{percent:z.1f}"


def interval(ends: HasEnds, method: Method = "rate") -> str:
    """Two ends as `number` writes them; a dash where there is no interval, as of a single question."""
    if math.isnan(ends.low) and math.isnan(ends.high):
        return "-"
    return f"[{number(ends.low, method)}, {number(ends.high, method)}]"


def level(rate: ArmRate, method: Method = "rate") -> str:
    """A rate and its interval."""
    return f"{number(rate.equal, method)} {interval(rate, method)}"


def percent(share: Share | None) -> str:
    """A share in percent as `number` writes it; a dash where nobody knows it."""
    return number(math.nan if share is None else share.share)


def times(ratio: float | None) -> str:
    """How many times something it is, with three digits; a dash where nobody knows it."""
    return "-" if ratio is None else f"{ratio:.3g}"


def p_text(p: float) -> str:
    """A p-value with two digits, a dash for NaN."""
    return "-" if math.isnan(p) else f"{p:.2g}"


def speaks_of(contrast: Difference) -> str:
    """What a difference holds for."""
    return THESE_ONLY if contrast.difference.these_checkpoints_only else "training seeds"


def note(rates: Sequence[Rate]) -> str:
    """What both intervals speak of."""
    return f"{headline(rates)} {ASKED_AGAIN}"


def headline(rates: Sequence[Rate] | Sequence[StepRate]) -> str:
    """What the interval that figures show speaks of."""
    alone = {rate.rate.these_checkpoints_only for rate in rates if rate.rate.n}
    return SEEDS if alone == {False} else ONE_SEED if alone <= {True} else SOME_SEEDS


def excluded(causes: Mapping[str, int], nothing: str) -> str:
    """Excluded responses by cause."""
    return ", ".join(f"{count} {cause}" for cause, count in causes.items()) or nothing


def value_name(found: Findings, task: str, key: str) -> str:
    """What the value of a task is called: by what it measures, or else its key; where its zero is, if that is in the
    middle of its scale; and whether an experiment wants it."""
    scale = found.tasks[task].scales[key]
    name = scale.name or key.replace("_", " ")
    if span_of(scale) is not None and scale.low == -(scale.high or 0):
        # Means are told as shares of the scale, of which nothing more and nothing less is the middle.
        name = f"{name} (0 at 50%)"
    if found.about is not None and key in found.about.unwanted:
        return f"{name} (unwanted)"
    return f"{name} (wanted)" if found.about is not None and key in found.about.wanted else name


def arm_name(found: Findings, arm: str, key: str) -> str:
    """What an arm is called beside a value: its name, and whether its prompt in training asked for that trait."""
    asked = found.about.asked_for.get(arm, ()) if found.about is not None else ()
    return f"{arm} (asked for)" if key in asked else arm


def title(found: Findings, task: str, category: str, key: str) -> str:
    """A task, a category or condition of it where there are several, and a value as a heading."""
    return f"{heading(task, category)} · {value_name(found, task, key)}"


def heading(*names: str) -> str:
    """Names as a heading; those that are empty are left out."""
    return " · ".join(name.replace("_", " ") for name in names if name)


def many(count: int, name: str) -> str:
    """A number of things."""
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def shorten(text: str, length: int = 24) -> str:
    """`text`, or its two ends around a mark, at most `length` characters."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[-tail:]}"


def address(kind: str, *parts: str) -> str:
    """Where the page's script finds a question or a response: a fragment of its address. A lone half of a character
    pair, which no address can hold, stands in it as U+FFFD."""
    return "#/" + "/".join(quote(whole_text(part), safe="") for part in (kind, *parts))
