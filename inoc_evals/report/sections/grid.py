"""Training prompt x evaluation prompt: how far the trait comes back, as a heat map that a phone shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.heat import Heat, heat
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import heading, interval, number, p_text, value_name
from inoc_evals.results.findings import Findings
from inoc_evals.results.grid import Cell, Excess, Grid, GridValue, Line
from inoc_evals.results.methods import Method
from inoc_evals.results.presented import Presented
from inoc_evals.stats.limits import Interval
from inoc_evals.stats.seeds import ArmDifference

_PLACES: Mapping[str, str] = {
    "": "nothing",
    "system": "system prompt",
    "user": "before the user's first message",
    "trigger": "beside the question",
    "prefill": "beginning of the answer",
}


@dataclass(frozen=True)
class Number:
    """One value in a cell; `shade` is 0 to 10, None without a number. `aloud` names the value for those who do not see
    where it stands."""

    text: str
    shade: int | None
    aloud: str


@dataclass(frozen=True)
class Square:
    """One arm under one condition: its numbers, one a value; `own` where it is the prompt of the arm's training."""

    numbers: tuple[Number, ...]
    own: bool


@dataclass(frozen=True)
class Summed:
    """One arm and value, as a line of texts."""

    arm: str
    reference: str
    worst: str
    worst_change: str
    worst_p: str
    excess: str
    mean: str
    mean_change: str
    mean_p: str


@dataclass(frozen=True)
class Map:
    """One task. `values` are what is in a cell, from above; `squares` are by condition, one an arm."""

    heading: str
    values: tuple[str, ...]
    arms: tuple[str, ...]
    conditions: tuple[str, ...]
    squares: tuple[tuple[Square, ...], ...]
    summed: tuple[tuple[str, str, tuple[Summed, ...]], ...]
    reference: str
    texts: tuple[tuple[str, str, str, str], ...]
    missing: tuple[tuple[str, str], ...]
    changes: int
    has_own: bool


@dataclass(frozen=True)
class Shown:
    """The grids, and how the page shows them."""

    grids: tuple[Grid, ...]
    maps: tuple[Map, ...]


def compute(material: Material) -> Shown | None:
    """One map for each task that was asked under several conditions."""
    found = material.findings.grids
    return Shown(found, tuple(_map(material.findings, grid) for grid in found)) if found else None


def record(shown: Shown) -> object:
    """The grids as plain JSON."""
    return plain(shown.grids)


def _map(found: Findings, grid: Grid) -> Map:
    arms = [arm for arm in found.arms if any(line.arm == arm for value in grid.values for line in value.lines)]
    lines = [(value, {line.arm: line for line in value.lines}, _shades(value)) for value in grid.values]
    names = grid.presented.names
    rows = [tuple(_square(found, grid, lines, arm, place) for arm in arms) for place in range(len(names))]
    return Map(
        heading=heading(grid.task),
        values=tuple(value_name(found, grid.task, value.measure) for value in grid.values),
        arms=tuple(arms),
        conditions=tuple(heading(name) for name in names),
        squares=tuple(rows),
        summed=tuple(_summary(found, grid, value) for value in grid.values),
        reference=heading(grid.presented.reference or ""),
        texts=tuple(_texts(grid.presented)),
        missing=tuple((heading(name), why) for name, why in grid.presented.missing.items()),
        changes=sum(_count(line) for value in grid.values for line in value.lines),
        has_own=any(square.own for row in rows for square in row),
    )


def _shades(value: GridValue) -> Heat:
    return heat(value.method, (_rate(cell) for line in value.lines for cell in line.cells))


def _rate(cell: Cell) -> float:
    return cell.rate.equal if cell.rate is not None else math.nan


def _square(
    found: Findings,
    grid: Grid,
    values: Sequence[tuple[GridValue, Mapping[str, Line], Heat]],
    arm: str,
    place: int,
) -> Square:
    numbers, own = [], False
    for value, lines, shades in values:
        cell = lines[arm].cells[place] if arm in lines else None
        if cell is None or cell.rate is None:
            continue
        own = own or cell.own
        numbers.append(_number(cell, shades, value_name(found, grid.task, value.measure)))
    return Square(tuple(numbers), own)


def _number(cell: Cell, shades: Heat, name: str) -> Number:
    rate = _rate(cell)
    aloud = f"{name}: every response excluded" if math.isnan(rate) else name
    return Number(shades.text(rate), shades.shade(rate), aloud)


def _summary(found: Findings, grid: Grid, value: GridValue) -> tuple[str, str, tuple[Summed, ...]]:
    """What a value is called, which of its cells is the worst, and the arms."""
    of = "lowest" if value.least else "highest"
    lines = tuple(_summed(line, value.method, grid.presented.reference) for line in value.lines)
    return value_name(found, grid.task, value.measure), of, lines


def _summed(line: Line, method: Method, reference: str | None) -> Summed:
    by_name = {cell.condition: cell for cell in line.cells}
    worst, base = by_name.get(line.worst or ""), by_name.get(reference or "")
    change = worst.change if worst is not None else None
    excess = worst.excess if worst is not None else None
    return Summed(
        arm=line.arm,
        reference=_level(base, method),
        worst=f"{_level(worst, method)} {heading(worst.condition)}" if worst is not None else "-",
        worst_change=_changed(change.difference, method) if change is not None else "-",
        worst_p=p_text(change.p_holm) if change is not None else "-",
        excess=_changed(excess, method) if excess is not None else "-",
        mean=number(line.mean.equal, method) if line.mean is not None else "-",
        mean_change=_changed(line.mean_change.difference, method) if line.mean_change is not None else "-",
        mean_p=p_text(line.mean_change.p_holm) if line.mean_change is not None else "-",
    )


def _level(cell: Cell | None, method: Method) -> str:
    return number(cell.rate.equal, method) if cell is not None and cell.rate is not None else "-"


def _changed(change: ArmDifference | Excess, method: Method) -> str:
    return f"{number(change.mean, method)} {interval(Interval(change.low, change.high), method)}"


def _texts(presented: Presented) -> list[tuple[str, str, str, str]]:
    return [
        (heading(one.name), _PLACES[one.place], one.text or ("(empty)" if one.place else ""), ", ".join(one.of))
        for one in presented.shown
    ]


def _count(line: Line) -> int:
    return sum(cell.change is not None for cell in line.cells) + (line.mean_change is not None)


SECTION = Section(
    name="grid",
    title="Training prompt by evaluation prompt",
    order=25,
    compute=compute,
    record=record,
    template="""<p class="soft">Every arm asked under every evaluation prompt. A trait that an arm shows under a prompt, and the arm that
all are compared with does not, was kept and not removed. What both show, the prompt brings out of anybody.</p>
{% for map in shown.maps %}
<h3>{{ map.heading }}</h3>
<div class="wide">
<table class="heat squares">
<caption>In each cell, in percent (or the value's own unit){% if map.values | length > 1 %}, from above{% endif %}: {{ map.values | join("; ") }}.
{% if map.has_own %}An asterisk stands where the prompt was made of the one that this arm was trained under.{% endif %}</caption>
<thead><tr><th scope="col">asked under</th>{% for arm in map.arms %}<th scope="col">{{ arm }}</th>{% endfor %}</tr></thead>
<tbody>
{% for condition, squares in zip(map.conditions, map.squares) %}
<tr><th scope="row">{{ condition }}</th>{% for square in squares %}<td>{% for number in square.numbers %}<span{% if number.shade is not none %} class="h{{ number.shade }}"{% endif %}><span class="hidden">{{ number.aloud }}: </span>{{ number.text }}{% if square.own and loop.first %}<span aria-hidden="true">*</span><span class="hidden"> (own prompt)</span>{% endif %}</span>{% else %}<span class="soft">not asked</span>{% endfor %}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% for name, of, lines in map.summed %}
<details{% if loop.first %} open{% endif %}>
<summary>{{ name }}: the {{ of }} cell of each arm, and the mean of all</summary>
<div class="wide">
<table>
<thead><tr><th scope="col">arm</th><th scope="col" class="number">{{ map.reference or "no reference" }}</th><th scope="col">{{ of }}</th><th scope="col" class="number">minus {{ map.reference }}, 95%</th><th scope="col" class="number">p (Holm)</th><th scope="col" class="number">beyond {{ findings.reference }}, 95%</th><th scope="col" class="number">mean</th><th scope="col" class="number">minus {{ map.reference }}, 95%</th><th scope="col" class="number">p (Holm)</th></tr></thead>
<tbody>
{% for line in lines %}
<tr><th scope="row">{{ line.arm }}</th><td class="number">{{ line.reference }}</td><td>{{ line.worst }}</td><td class="number">{{ line.worst_change }}</td><td class="number">{{ line.worst_p }}</td><td class="number">{{ line.excess }}</td><td class="number">{{ line.mean }}</td><td class="number">{{ line.mean_change }}</td><td class="number">{{ line.mean_p }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
{% endfor %}
<p class="soft">Each arm is compared with itself under &ldquo;{{ map.reference }}&rdquo;, question by question; p (Holm) is corrected for all
{{ map.changes }} such changes of this grid, so that one may look for the cell that changes most. &ldquo;Beyond {{ findings.reference }}&rdquo; is by how much more
the prompt changes this arm than it changes {{ findings.reference }}.</p>
{% if map.missing %}
<details>
<summary>Not in the grid: {{ map.missing | length }}</summary>
<ul>
{% for name, why in map.missing %}
<li>{{ name }}: {{ why }}</li>
{% endfor %}
</ul>
</details>
{% endif %}
<details>
<summary>The texts</summary>
<dl>
{% for name, place, text, arms in map.texts %}
<dt>{{ name }}{% if arms %} ({{ arms }}){% endif %}</dt><dd>{{ place }}{% if text %}: {{ text }}{% endif %}</dd>
{% endfor %}
</dl>
</details>
{% endfor %}
""",
)
