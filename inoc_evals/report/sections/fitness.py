"""Are these models still whole? Whatever their rates, without a judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inoc_evals.report.sections import Material, Section
from inoc_evals.report.sentences import FIT
from inoc_evals.results.fitness import FEWEST, HALF, LIMITS, MOST, RATIO, Fit, Fitness


@dataclass(frozen=True)
class Shown:
    """The lines of the table, an arm's checkpoints below it where it has several, and what decides about warnings."""

    lines: tuple[Fitness, ...]
    warnings: tuple[str, ...]
    limits: str


def compute(material: Material) -> Shown | None:
    """What findings say; None where there is no text and no perplexity."""
    fit = material.findings.fit
    return Shown(tuple(_lines(fit)), fit.warnings, _limits()) if fit.arms else None


def _lines(fit: Fit) -> Iterator[Fitness]:
    for arm in fit.arms:
        yield arm
        own = [one for one in fit.checkpoints if one.arm == arm.arm]
        yield from own if len(own) > 1 else ()


def _limits() -> str:
    shares = ", ".join(f"{100 * limit:.0f}% {name.replace('_', ' ')}" for name, limit in LIMITS.items())
    return (
        f"A warning is given from {shares} on, if the arm with the fewest has as much less, from {100 * HALF:.0f}% of them "
        f"on whatever other arms have, and from {RATIO:g} times the base's perplexity on; of fewer than {FEWEST} responses "
        f"none is given. Of a checkpoint at most {MOST} responses are read."
    )


SECTION = Section(
    name="fitness",
    title=FIT,
    order=32,
    compute=compute,
    template="""{% for warning in shown.warnings %}
<p><strong>Warning:</strong> {{ warning }}</p>
{% endfor %}
<p class="soft">Percent of the responses that are texts: empty; cut off by the limit of tokens, which no warning is about, as it
depends on how long an answer may be; looping, where half of what is said was said before; in no language that can be told, of
those with 30 letters or more. Perplexity is that on a fixed plain text, measured on servers that were started for the run. A
dash stands for what is not known. {{ shown.limits }}</p>
<div class="wide">
<table>
<thead><tr><th scope="col">arm or checkpoint</th><th scope="col" class="number">texts</th><th scope="col" class="number">empty %</th><th scope="col" class="number">cut off %</th><th scope="col" class="number">looping %</th><th scope="col" class="number">no language %</th><th scope="col" class="number">perplexity</th><th scope="col" class="number">times its base's</th><th scope="col">base</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><th scope="row">{{ line.checkpoint or line.arm }}</th><td class="number">{{ line.responses }}</td><td class="number">{{ line.empty | percent }}</td><td class="number">{{ line.cut | percent }}</td><td class="number">{{ line.looping | percent }}</td><td class="number">{{ line.no_language | percent }}</td><td class="number">{{ line.perplexity | times }}</td><td class="number">{{ line.ratio | times }}</td><td class="text">{{ line.against or "" }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
