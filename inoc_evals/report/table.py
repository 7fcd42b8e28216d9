"""Rows -> lines of a table: one rate per task, category, measure and arm, and differences between arms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.samples import SampleRow
from inoc_evals.stats.differences import Difference, paired_difference
from inoc_evals.stats.rates import Rate, rate

if TYPE_CHECKING:
    from rich.table import Table

ONE_SEED = "One checkpoint per arm: intervals speak of these checkpoints only, not of other training seeds."


@dataclass(frozen=True)
class Line:
    """One rate. `causes` counts excluded responses by cause; `truncated` is the share cut off by the token limit."""

    task: str
    category: str
    measure: str
    arm: str
    rate: Rate
    causes: Mapping[str, int]
    truncated: float


@dataclass(frozen=True)
class Contrast:
    """The difference of `arm` minus `reference` on the same questions."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    difference: Difference


Place = tuple[str, str, str]


def summary(rows: Sequence[SampleRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]]) -> tuple[Line, ...]:
    """Lines for the named `measures` of each task, arms in the order given; categories as they first appear."""
    lines = []
    for (task, category, measure), by_arm in _grouped(rows, measures).items():
        for arm in arms:
            group = by_arm.get(arm, [])
            found = rate([row.measures.get(measure) for row in group], [row.cluster for row in group])
            causes = Counter(row.causes[measure] for row in group if measure in row.causes)
            cut = sum(row.stop_reason == "max_tokens" for row in group) / len(group) if group else math.nan
            lines.append(Line(task, category, measure, arm, found, dict(sorted(causes.items())), cut))
    return tuple(lines)


def contrasts(
    rows: Sequence[SampleRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]], reference: str
) -> tuple[Contrast, ...]:
    """Every other arm minus `reference`, paired by question."""
    result = []
    for (task, category, measure), by_arm in _grouped(rows, measures).items():
        base = _question_means(by_arm.get(reference, []), measure)
        for arm in arms:
            if arm != reference:
                difference = paired_difference(_question_means(by_arm.get(arm, []), measure), base)
                result.append(Contrast(task, category, measure, arm, reference, difference))
    return tuple(result)


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


def _question_means(rows: Sequence[SampleRow], measure: str) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for row in rows:
        value = row.measures.get(measure)
        if value is not None:
            values.setdefault(row.cluster, []).append(value)
    return {cluster: sum(group) / len(group) for cluster, group in values.items()}


def percent(share: float) -> str:
    """A share as a percentage with one decimal, a dash for NaN."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def _cells(line: Line) -> tuple[str, ...]:
    found = line.rate
    excluded = ", ".join(f"{count} {cause}" for cause, count in line.causes.items()) or "0"
    if line.causes:
        excluded += f" [{percent(found.bound_low)}, {percent(found.bound_high)}]"
    return (
        line.arm,
        percent(found.equal),
        f"[{percent(found.low)}, {percent(found.high)}]",
        str(found.n),
        str(found.clusters),
        excluded,
    )


_HEAD = ("arm", "rate %", "95% interval", "responses", "questions", "excluded [bounds %]")


def _title(task: str, category: str, measure: str) -> str:
    return f"{task} / {category} / {measure}".replace("_", " ")


def rich_table(lines: Sequence[Line]) -> Table:
    """The table for a terminal."""
    from rich.table import Table

    table = Table(caption=ONE_SEED, caption_justify="left", box=None, padding=(0, 1))
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
    text += ["", ONE_SEED]
    if differences:
        text += ["", "| task | category | measure | difference | points | 95% interval | p |", "|" + "---|" * 7]
    for contrast in differences:
        found = contrast.difference
        cells = (contrast.task, contrast.category, contrast.measure, f"{contrast.arm} - {contrast.reference}")
        interval = f"[{percent(found.low)}, {percent(found.high)}]"
        p = "-" if math.isnan(found.p) else f"{found.p:.2g}"
        text.append("| " + " | ".join((*cells, percent(found.mean), interval, p)) + " |")
    return "\n".join(text) + "\n"
