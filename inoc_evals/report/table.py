"""Rows -> lines of a table: one rate per task, category, measure and arm, and differences between arms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.samples import SampleRow
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_difference, arm_rate

if TYPE_CHECKING:
    from rich.table import Table

ONE_SEED = "One checkpoint in an arm: its intervals speak of these checkpoints only, not of other training seeds."
SEEDS = "Intervals speak of other questions and other training seeds."


@dataclass(frozen=True)
class Line:
    """One rate, over questions and checkpoints. `causes` counts excluded responses by cause; `truncated` is the share
    cut off by the token limit."""

    task: str
    category: str
    measure: str
    arm: str
    rate: ArmRate
    causes: Mapping[str, int]
    truncated: float


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


def summary(rows: Sequence[SampleRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]]) -> tuple[Line, ...]:
    """Lines for the named `measures` of each task, arms in the order given; categories as they first appear."""
    lines = []
    for (task, category, measure), by_arm in _grouped(rows, measures).items():
        for arm in arms:
            group = by_arm.get(arm, [])
            found = arm_rate(_responses(group, measure))
            causes = Counter(row.causes[measure] for row in group if measure in row.causes)
            cut = sum(row.stop_reason == "max_tokens" for row in group) / len(group) if group else math.nan
            lines.append(Line(task, category, measure, arm, found, dict(sorted(causes.items())), cut))
    return tuple(lines)


def contrasts(
    rows: Sequence[SampleRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]], reference: str
) -> tuple[Contrast, ...]:
    """Every other arm minus `reference`, paired by question, with training seeds as a level of their own."""
    found = []
    for place, by_arm in _grouped(rows, measures).items():
        base = _responses(by_arm.get(reference, []), place[2])
        for arm in arms:
            if arm != reference:
                found.append((place, arm, arm_difference(_responses(by_arm.get(arm, []), place[2]), base)))
    corrected = holm([difference.p for _, _, difference in found])
    return tuple(
        Contrast(*place, arm, reference, difference, p)
        for (place, arm, difference), p in zip(found, corrected, strict=True)
    )


def _responses(rows: Sequence[SampleRow], measure: str) -> Responses:
    return Responses(
        [row.measures.get(measure) for row in rows], [row.cluster for row in rows], [row.checkpoint for row in rows]
    )


def _grouped(
    rows: Sequence[SampleRow], measures: Mapping[str, Sequence[str]]
) -> dict[Place, dict[str, list[SampleRow]]]:
    groups: dict[Place, dict[str, list[SampleRow]]] = {}
    order = list(measures)
    for row in sorted(rows, key=lambda row: order.index(row.task) if row.task in order else len(order)):
        for measure in measures.get(row.task, ()):
            groups.setdefault((row.task, row.condition or row.category, measure), {}).setdefault(row.arm, []).append(
                row
            )
    return groups


def percent(share: float) -> str:
    """A share as a percentage with one decimal, a dash for NaN."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def _cells(line: Line) -> tuple[str, ...]:
    found = line.rate
    excluded = ", ".join(f"{count} {cause}" for cause, count in line.causes.items()) or "0"
    if line.causes:
        excluded += f" [{percent(found.bounds.low)}, {percent(found.bounds.high)}]"
    return (
        line.arm,
        percent(found.equal),
        f"[{percent(found.low)}, {percent(found.high)}]",
        str(found.n),
        str(found.questions),
        str(found.checkpoints),
        excluded,
    )


_HEAD = ("arm", "rate %", "95% interval", "responses", "questions", "checkpoints", "excluded [bounds %]")


def _title(task: str, category: str, measure: str) -> str:
    return f"{task} / {category} / {measure}".replace("_", " ")


def rich_table(lines: Sequence[Line]) -> Table:
    """The table for a terminal."""
    from rich.table import Table

    table = Table(caption=note(lines), caption_justify="left", box=None, padding=(0, 1))
    for name in _HEAD:
        table.add_column(name, justify="left" if name in ("arm", _HEAD[-1]) else "right")
    last: Place | None = None
    for line in lines:
        place = (line.task, line.category, line.measure)
        if place != last:
            table.add_row(f"[bold]{_title(*place)}[/bold]")
            last = place
        table.add_row(*_cells(line))
    return table


def markdown(lines: Sequence[Line], differences: Sequence[Contrast] = ()) -> str:
    """The tables as Markdown."""
    text = ["| task | category | measure | " + " | ".join(_HEAD) + " |", "|" + "---|" * (3 + len(_HEAD))]
    text += ["| " + " | ".join((line.task, line.category, line.measure, *_cells(line))) + " |" for line in lines]
    text += ["", note(lines)]
    if differences:
        text += [
            "",
            "| task | category | measure | difference | points | 95% interval | p | p (Holm) |",
            "|" + "---|" * 8,
        ]
    for contrast in differences:
        found = contrast.difference
        cells = (contrast.task, contrast.category, contrast.measure, f"{contrast.arm} - {contrast.reference}")
        interval = f"[{percent(found.low)}, {percent(found.high)}]"
        both = [_probability(found.p), _probability(contrast.p_holm)]
        text.append("| " + " | ".join((*cells, percent(found.mean), interval, *both)) + " |")
    return "\n".join(text) + "\n"


def note(lines: Sequence[Line]) -> str:
    """What the intervals speak of."""
    return ONE_SEED if any(line.rate.these_checkpoints_only for line in lines) else SEEDS


def _probability(p: float) -> str:
    return "-" if math.isnan(p) else f"{p:.2g}"
