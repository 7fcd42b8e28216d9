"""Do larger or longer trained models answer better, or worse? The slope of log odds over sizes and steps."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import interval, number, value_name
from inoc_evals.results.methods import Method
from inoc_evals.results.trend import ALL, TrendLine
from inoc_evals.stats.limits import Interval

_METHOD: Method = "open mean"


@dataclass(frozen=True)
class Line:
    """A trend in words and digits; `over` says along what, `found` which way it goes."""

    task: str
    category: str
    value: str
    over: str
    slope: str
    interval: str
    p_holm: float
    found: str
    questions: str


@dataclass(frozen=True)
class Shown:
    """The trends, what they say together, and their lines."""

    trends: tuple[TrendLine, ...]
    sentences: tuple[str, ...]
    lines: tuple[Line, ...]


def compute(material: Material) -> Shown | None:
    """None where no log odds were asked of models of several sizes or at several steps."""
    lines = material.findings.trends
    if not lines:
        return None
    names = {(one.task, one.measure): value_name(material.findings, one.task, one.measure) for one in lines}
    shown = tuple(_line(one, names[one.task, one.measure]) for one in lines)
    axes = dict.fromkeys((one.task, one.measure, one.arm) for one in lines)
    said = [
        _sentence(names[task, key], [one for one in lines if (one.task, one.measure, one.arm) == (task, key, arm)])
        for task, key, arm in axes
    ]
    return Shown(lines, tuple(said), shown)


def record(shown: Shown) -> object:
    """Every trend as plain JSON."""
    return plain(shown.trends)


def over(line: TrendLine) -> str:
    """Along what a trend goes."""
    if line.arm is None:
        return f"parameters, {', '.join(map(_short, line.at))}"
    return f"steps of {line.arm}, {', '.join(f'{step:.0f}' for step in line.at)}"


def _short(parameters: float) -> str:
    return f"{parameters / 1e9:.4g}B" if parameters >= 1e9 else f"{parameters / 1e6:.4g}M"


def _line(one: TrendLine, value: str) -> Line:
    found = one.trend
    left = f", {found.left_out} left out" if found.left_out else ""
    return Line(
        task=one.task,
        category=one.category,
        value=value,
        over=over(one),
        slope=number(found.slope, _METHOD),
        interval=interval(Interval(found.low, found.high), _METHOD),
        p_holm=one.p_holm,
        found=one.direction,
        questions=f"{found.questions}{left}",
    )


def _sentence(value: str, lines: list[TrendLine]) -> str:
    """Which parts fall and which rise, of one value along one axis."""
    what = "with size" if lines[0].arm is None else f"over the steps of {lines[0].arm}"
    parts = [line for line in lines if line.category != ALL] or lines
    told = []
    for direction in ("falls", "rises"):
        if there := [line.category for line in parts if line.direction == direction]:
            told.append(f"{direction} {what} in {', '.join(there)}")
    whole = next((line for line in lines if line.category == ALL), None)
    if whole is not None and whole.direction != "undecided":
        told.insert(0, f"{whole.direction} {what} over all categories")
    return f"{lines[0].task}: {value} {'; it '.join(told) or f'neither falls nor rises {what} for sure'}."


SECTION = Section(
    name="trend",
    title="Trends over size and steps",
    order=22,
    compute=compute,
    record=record,
    template="""<p class="soft">The slope of log odds, in nats per tenfold parameters or from the first step to the last along the line: the mean of the
questions' own slopes, with a 95% interval by question (t) and its p-value, corrected for all lines (Holm). It speaks of other questions like these, not of
other models of the same size. Sizes are what the names of the models say; arms of one size are averaged.</p>
<ul>{% for sentence in shown.sentences %}<li>{{ sentence }}</li>{% endfor %}</ul>
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">category or condition</th><th scope="col">value</th><th scope="col">over</th><th scope="col" class="number">slope</th><th scope="col" class="number">95%</th><th scope="col" class="number">p (Holm)</th><th scope="col">it</th><th scope="col" class="number">questions</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.category }}</td><td>{{ line.value }}</td><td>{{ line.over }}</td><td class="number">{{ line.slope }}</td><td class="number">{{ line.interval }}</td><td class="number">{{ line.p_holm | p }}</td><td>{{ line.found }}</td><td class="number">{{ line.questions }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
