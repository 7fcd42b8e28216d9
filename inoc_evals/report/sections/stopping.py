"""Where sampling stopped when intervals were narrow enough: which are, which are not, and why."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.rounds import METHOD, Rounds, Width


@dataclass(frozen=True)
class Line:
    """One interval at the last look, and how much its arms were asked."""

    width: Width
    asked: str


@dataclass(frozen=True)
class Shown:
    """All of them, and the responses after each look."""

    rounds: Rounds
    lines: tuple[Line, ...]
    responses: tuple[int, ...]

    @property
    def narrow(self) -> int:
        """How many are narrow enough, in one way or the other."""
        return sum(line.width.state != "too wide" for line in self.lines)


def compute(material: Material) -> Shown | None:
    """None for a run that asked everything at once."""
    rounds = material.findings.rounds
    if rounds is None or not rounds.last_look:
        return None
    looks = [one for one in rounds.rounds if one.look is not None]
    taken = looks[-1].taken
    lines = []
    for width in rounds.last_look:
        arms = [arm for arm in (width.arm, width.reference) if arm is not None]
        asked = [taken[width.task][width.part][arm] for arm in arms]
        lines.append(Line(width, "; ".join(f"{one.questions} x {one.responses}" for one in asked)))
    return Shown(rounds, tuple(lines), tuple(one.responses for one in looks))


def record(shown: Shown) -> object:
    """Method, looks and widths as plain JSON."""
    rounds = shown.rounds
    return {
        "method": METHOD,
        "ci_width": rounds.ci_width,
        "level": rounds.level,
        "finished": rounds.finished,
        "parts": {task: {part: one.model_dump() for part, one in of.items()} for task, of in rounds.parts.items()},
        "looks": [
            {"responses": one.responses, "asked": one.model_dump()["asked"], "widths": plain_widths(one.look)}
            for one in rounds.rounds
            if one.look is not None
        ],
        "not_reached": plain_widths([one for one in rounds.last_look if one.state != "narrow"]),
    }


def plain_widths(widths: tuple[Width, ...] | list[Width]) -> object:
    """Widths as plain JSON."""
    return plain([one.model_dump() for one in widths])


SECTION = Section(
    name="stopping",
    title="When sampling stopped",
    order=38,
    compute=compute,
    record=record,
    template="""<p>Responses were asked for in rounds, until every 95% interval was at most {{ "%g" | format(shown.rounds.ci_width) }}
points wide or the most was asked: {{ shown.narrow }} of {{ shown.lines | length }} are, after {{ shown.responses | join(", ") }}
responses{{ "" if shown.rounds.finished else " so far; the run is not finished" }}.</p>
<p class="soft">All intervals of shares and bounded means are adjusted for stopping: they are computed at
{{ "%g" | format(100 * shown.rounds.level) }}% and cover what 95% says, and p-values agree with them. Questions were asked in an
order that chance drew; "on these questions" means those that were asked. Where questions or checkpoints are too few for so narrow
an interval for questions like these, the one on these questions counts.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">value</th><th scope="col">arm</th><th scope="col" class="number">questions x responses</th><th scope="col" class="number">width like these</th><th scope="col" class="number">width on these</th><th scope="col">is it narrow enough?</th></tr></thead>
<tbody>
{% for line in shown.lines %}
{% set width = line.width %}
<tr><th scope="row">{{ title(width.task, width.part, width.value) }}</th><td>{{ width.arm }}{% if width.reference %} less {{ width.reference }}{% endif %}</td><td class="number">{{ line.asked }}</td><td class="number">{{ "-" if width.like is none else "%.1f" | format(width.like) }}</td><td class="number">{{ "-" if width.these is none else "%.1f" | format(width.these) }}</td><td class="text">{{ "yes" if width.state == "narrow" else ("on these questions" if width.state == "narrow on these questions" else "no") }}{% if width.why %}: {{ width.why }}{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
