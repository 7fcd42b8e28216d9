"""Lines that several commands of `judges` print of verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

import click

from inoc_evals.console import COLUMNS, list_line
from inoc_evals.judging.causes import legend
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import Comparison
from inoc_evals.judging.usage import Judging
from inoc_evals.judging.usage_text import words
from inoc_evals.judging.version import text_of


def difference_line(compared: Comparison) -> str:
    """By how many points the first ratings lie above the second."""
    difference = f"first minus second {number_text(compared.difference)} points"
    return f"  {difference}, distance {number_text(compared.distance)}"


def echo_furthest(
    compared: Comparison, first: Sequence[Verdict], second: Sequence[Verdict], answers: Sequence[str]
) -> None:
    """Print the responses, of which these are the `answers`, on which the ratings lie furthest apart."""
    for place in compared.furthest:
        echo_row([(f"{value_text(first[place]):>10} against {value_text(second[place])}", 30)], answers[place])


def answering(version: Mapping[str, Any]) -> str:
    """Behind a judge's name the version that answers, as far as it tells one."""
    told = text_of(version)
    return "" if told is None else f", which answers as {told}"


def echo_legend(verdicts: Sequence[Verdict]) -> None:
    """Print what the causes of those without a rating mean."""
    for line in legend(verdict.cause for verdict in verdicts if verdict.cause is not None):
        click.echo(line)


def cost_line(judging: Judging, seconds: float) -> str:
    """What judging took, in ratings, calls, tokens, money where there are prices, and seconds."""
    over = f"; {judging.unasked_ratings} were not asked for, as the budget is spent" if judging.unasked else ""
    return list_line([("  cost:", 0)], f"{words(judging)}, {seconds:.1f} s{over}")


def value_text(verdict: Verdict) -> str:
    """The rating, 0.0 to 100.0, or why there is none."""
    return f"{verdict.value:.1f}" if verdict.value is not None else f"missing ({verdict.cause})"


def echo_row(cells: Sequence[tuple[str, int]], text: str) -> None:
    """Print cells with their least widths, and as much of a text as fits the line."""
    lead = "  " + "  ".join(f"{cell:<{size}}" for cell, size in cells) + "  "
    room = max(20, get_terminal_size((COLUMNS, 24)).columns - len(lead))
    line = " ".join(text.split())
    click.echo(lead + (line if len(line) <= room else f"{line[: room - 3]}..."))


def number_text(value: float, digits: int = 1) -> str:
    """A number that may be NaN, which is a dash."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def share_text(value: float) -> str:
    """A share, 0 to 1, in percent; NaN is a dash."""
    return "-" if math.isnan(value) else f"{100 * value:.0f}%"
