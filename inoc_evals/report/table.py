"""Rows -> lines of a table: one rate per task, category, measure and arm, and differences between arms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.report.columns import parts, responses
from inoc_evals.report.values import values_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.cautions import cautions
from inoc_evals.stats.holm import holm
from inoc_evals.stats.limits import Interval
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_difference, arm_rate

if TYPE_CHECKING:
    from rich.table import Table

LIKE = "for questions like these"
THESE = "on these questions"
ONE_SEED = f"95% {LIKE}: other questions, but, as an arm has one checkpoint, not other training seeds."
SEEDS = f"95% {LIKE}: other questions and other training seeds."
ASKED_AGAIN = f"95% {THESE}: the same questions and checkpoints, asked again."
THESE_ONLY = "these checkpoints only"


@dataclass(frozen=True)
class Line:
    """One rate, over questions and checkpoints. `causes` counts excluded responses by cause; `truncated` is the share
    cut off by the token limit, `cautions` what the rate does not show (see stats/cautions.py). A rating's mean is given
    as a share of its 100 points."""

    task: str
    category: str
    measure: str
    arm: str
    rate: ArmRate
    causes: Mapping[str, int]
    truncated: float
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class Contrast:
    """The difference of `arm` minus `reference` on the same questions. `p_holm` is its p-value corrected for all
    differences of the table (Holm), NaN where there is none."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    difference: ArmDifference
    p_holm: float


Place = tuple[str, str, str]


def summary(
    rows: Sequence[ResponseRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]]
) -> tuple[Line, ...]:
    """Lines for the named `measures` of each task, arms in the order given; categories as they first appear."""
    lines = []
    for (task, category, measure), by_arm, top in places(rows, measures):
        for arm in arms:
            group = by_arm.get(arm, [])
            columns = responses(group, measure, top)
            causes = Counter(row.causes[measure] for row in group if measure in row.causes)
            cut = sum(row.stop_reason == "max_tokens" for row in group) / len(group) if group else math.nan
            found = (arm_rate(columns), dict(sorted(causes.items())), cut, cautions(columns))
            lines.append(Line(task, category, measure, arm, *found))
    return tuple(lines)


def contrasts(
    rows: Sequence[ResponseRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]], reference: str
) -> tuple[Contrast, ...]:
    """Every other arm minus `reference`, paired by question, with training seeds as a level of their own."""
    found = []
    for place, by_arm, top in places(rows, measures):
        base = responses(by_arm.get(reference, []), place[2], top)
        for arm in arms:
            if arm != reference:
                found.append((place, arm, arm_difference(responses(by_arm.get(arm, []), place[2], top), base)))
    corrected = holm([difference.p for _, _, difference in found])
    return tuple(
        Contrast(*place, arm, reference, difference, p)
        for (place, arm, difference), p in zip(found, corrected, strict=True)
    )


def places(
    rows: Sequence[ResponseRow], measures: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Place, dict[str, list[ResponseRow]], float]]:
    """Every task, category (or condition) and measure, with its rows by arm and its highest possible value."""
    values = values_of(rows)
    for (task, category), by_arm in parts(rows, measures).items():
        for measure in measures.get(task, ()):
            yield (task, category, measure), by_arm, values[task].top(measure)


def percent(share: float) -> str:
    """A share as a percentage with one decimal, a dash for NaN."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def interval_text(found: Interval | ArmRate | ArmDifference) -> str:
    """An interval in percent."""
    return f"[{percent(found.low)}, {percent(found.high)}]"


def _cells(line: Line) -> tuple[str, ...]:
    found = line.rate
    excluded = ", ".join(f"{count} {cause}" for cause, count in line.causes.items()) or "0"
    if line.causes:
        excluded += f" [{percent(found.bounds.low)}, {percent(found.bounds.high)}]"
    return (
        line.arm,
        percent(found.equal),
        interval_text(found),
        interval_text(found.on_these_questions),
        str(found.n),
        str(found.questions),
        str(found.checkpoints),
        excluded,
    )


_INTERVALS = (f"95% {LIKE}", f"95% {THESE}")
_HEAD = ("arm", "rate %", *_INTERVALS, "responses", "questions", "checkpoints", "excluded [bounds %]")


def _title(task: str, category: str, measure: str) -> str:
    return f"{task} / {category} / {measure}".replace("_", " ")


def rich_table(lines: Sequence[Line]) -> Table:
    """The table for a terminal."""
    from rich.table import Table
    from rich.text import Text

    # Texts and not markup: names of the user may hold square brackets.
    table = Table(caption=Text(note(lines)), caption_justify="left", box=None, padding=(0, 1))
    for name in _HEAD:
        table.add_column(Text(name), justify="left" if name in ("arm", _HEAD[-1]) else "right")
    last: Place | None = None
    for line in lines:
        place = (line.task, line.category, line.measure)
        if place != last:
            table.add_row(Text(_title(*place), style="bold"))
            last = place
        *numbers, excluded = _cells(line)
        table.add_row(*map(Text, (*numbers, "; ".join((excluded, *line.cautions)))))
    return table


def markdown(lines: Sequence[Line], differences: Sequence[Contrast] = ()) -> str:
    """The tables as Markdown."""
    text = [_row("task", "category", "measure", *_HEAD, "note"), "|" + "---|" * (4 + len(_HEAD))]
    text += [_row(line.task, line.category, line.measure, *_cells(line), "; ".join(line.cautions)) for line in lines]
    text += ["", note(lines)]
    if differences:
        head = ("task", "category", "measure", "difference", "points", *_INTERVALS, "p", "p (Holm)", "speaks of")
        text += ["", _row(*head), "|" + "---|" * len(head)]
    for contrast in differences:
        found = contrast.difference
        cells = (contrast.task, contrast.category, contrast.measure, f"{contrast.arm} - {contrast.reference}")
        intervals = (interval_text(found), interval_text(found.on_these_questions))
        numbers = (percent(found.mean), *intervals, p_text(found.p), p_text(contrast.p_holm))
        text.append(_row(*cells, *numbers, speaks_of(contrast)))
    return "\n".join(text) + "\n"


def _row(*cells: str) -> str:
    # A bar or the end of a line in a name would end its cell.
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def speaks_of(contrast: Contrast) -> str:
    """What a difference holds for."""
    return THESE_ONLY if contrast.difference.these_checkpoints_only else "training seeds"


def note(lines: Sequence[Line]) -> str:
    """What both intervals speak of."""
    return f"{headline(lines)} {ASKED_AGAIN}"


def headline(lines: Sequence[Line]) -> str:
    """What the interval that figures show speaks of."""
    return ONE_SEED if any(line.rate.these_checkpoints_only for line in lines) else SEEDS


def p_text(p: float) -> str:
    """A p-value with two digits, a dash for NaN."""
    return "-" if math.isnan(p) else f"{p:.2g}"
