"""What models wrote for themselves before they answered: how often, how much, and how often it never ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.row import ResponseRow


@dataclass(frozen=True)
class Line:
    """The responses of one arm to one task: the shares that begin with reasoning and whose reasoning never ended, the
    limit of tokens (0 where it is not known), and mean tokens in all and of reasoning (NaN where nobody tells)."""

    task: str
    arm: str
    responses: int
    reasoning: float
    unfinished: float
    limit: int
    tokens: float
    thought: float


def compute(material: Material) -> tuple[Line, ...] | None:
    """One line per task and arm; None where no model thought."""
    rows = material.source.rows
    if not any(row.reasoning is not None or row.unfinished for row in rows):
        return None
    groups: dict[tuple[str, str], list[ResponseRow]] = {}
    for row in rows:
        groups.setdefault((row.task, row.arm), []).append(row)
    order = {arm: place for place, arm in enumerate(material.findings.arms)}
    # The tasks stay in the order in which they first appear.
    tasks = list(dict.fromkeys(task for task, _ in groups))
    places = sorted(groups, key=lambda place: (tasks.index(place[0]), order[place[1]]))
    return tuple(_line(*place, groups[place]) for place in places)


def _line(task: str, arm: str, rows: Sequence[ResponseRow]) -> Line:
    limits = [row.tokens.limit for row in rows if row.tokens is not None and row.tokens.limit is not None]
    return Line(
        task,
        arm,
        len(rows),
        fmean(row.reasoning is not None or row.unfinished for row in rows),
        fmean(row.unfinished for row in rows),
        max(limits, default=0),
        _mean(rows, lambda row: row.tokens.output if row.tokens is not None else None),
        _mean(rows, lambda row: row.tokens.reasoning if row.tokens is not None else None),
    )


def _mean(rows: Sequence[ResponseRow], of: Callable[[ResponseRow], float | None]) -> float:
    found = [number for row in rows if (number := of(row)) is not None]
    return fmean(found) if found else math.nan


def record(lines: tuple[Line, ...]) -> object:
    """The same as plain JSON."""
    return plain(lines)


SECTION = Section(
    name="reasoning",
    title="Reasoning before the answer",
    order=36,
    compute=compute,
    record=record,
    template="""<p class="soft">Some models write for themselves before they answer. That is stored apart, and no detector reads it; a judge
does only in a run with reasoning=judge. Reasoning that never ended is no answer: it is excluded from every value under the cause
unfinished_reasoning. More tokens for it (--reasoning-tokens) make it rarer. Tokens are those that the server counted.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">arm</th><th scope="col" class="number">responses</th><th scope="col" class="number">with reasoning %</th><th scope="col" class="number">unfinished %</th><th scope="col" class="number">limit of tokens</th><th scope="col" class="number">mean tokens</th><th scope="col" class="number">of which reasoning</th></tr></thead>
<tbody>
{% for line in shown %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.arm }}</td><td class="number">{{ line.responses }}</td><td class="number">{{ line.reasoning | number }}</td><td class="number">{{ line.unfinished | number }}</td><td class="number">{{ line.limit or "-" }}</td><td class="number">{{ line.tokens | number("open mean") }}</td><td class="number">{{ line.thought | number("open mean") }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
