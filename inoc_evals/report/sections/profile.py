"""What else changed: the panel of dispositions, read together."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.profile_picture import Picture, picture
from inoc_evals.report.profile_texts import HEAD, WORDS, intervals_speak_of, lines, sentences, unread
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.profile import SMALL, Profile

# So many lines stand open.
_LINES = 30


@dataclass(frozen=True)
class Shown:
    """The profile, its sentences, its picture (None without standard units), and its table: what stands open, and what
    is folded."""

    profile: Profile
    sentences: tuple[str, ...]
    picture: Picture | None
    lines: tuple[tuple[str, ...], ...]
    more: tuple[tuple[str, ...], ...]
    unread: tuple[str, ...]
    speaks_of: str
    head: tuple[str, ...] = HEAD
    words: tuple[int, ...] = WORDS
    small: float = SMALL


def compute(material: Material) -> Shown | None:
    """The profile; None where results hold fewer than two tasks of the panel, or one arm."""
    found = material.findings
    if found.profile is None:
        return None
    table = lines(found, found.profile)
    return Shown(
        found.profile,
        sentences(found),
        picture(found, found.profile),
        table[:_LINES],
        table[_LINES:],
        unread(found.profile),
        intervals_speak_of(found.profile),
    )


def record(shown: Shown) -> object:
    """The profile and its sentences as plain JSON."""
    return plain({"sentences": shown.sentences, **vars(shown.profile)})


SECTION = Section(
    name="profile",
    title="What else changed",
    order=1,
    compute=compute,
    record=record,
    template="""{% macro table(lines) %}
<div class="wide">
<table>
<thead><tr>{% for name in shown.head %}<th scope="col"{% if loop.index0 not in shown.words %} class="number"{% endif %}>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for line in lines %}
<tr>{% for cell in line %}{% if loop.first %}<th scope="row">{{ cell }}</th>{% else %}<td class="{{ "text" if loop.index0 in shown.words else "number" }}">{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endmacro %}
{% for sentence in shown.sentences %}<p>{{ sentence }}</p>
{% endfor %}
{% set seen = shown.picture %}
{% if seen %}
<figure>
<svg viewBox="0 0 {{ width }} {{ seen.height }}" role="img" aria-label="{{ seen.aloud }}">
{% for tick in seen.ticks %}<line class="grid" x1="{{ tick.x }}" x2="{{ tick.x }}" y1="{{ seen.top }}" y2="{{ seen.bottom }}"></line>
<text class="tick" x="{{ tick.x }}" y="{{ seen.bottom + 14 }}">{{ tick.text }}</text>
{% endfor %}
{% for x in seen.small %}<line class="axis dashed" x1="{{ x }}" x2="{{ x }}" y1="{{ seen.top }}" y2="{{ seen.bottom }}"></line>
{% endfor %}
<line class="axis" x1="{{ seen.zero }}" x2="{{ seen.zero }}" y1="{{ seen.top }}" y2="{{ seen.bottom }}"></line>
{% for band in seen.bands %}
<text x="10" y="{{ band.text_y }}">{{ band.name }}</text>
<text class="tick last" x="330" y="{{ band.text_y }}">{{ band.more }} &rarr;</text>
{% for mark in band.marks %}
<g class="c{{ mark.colour }}">
<line class="whisker" x1="{{ mark.left }}" x2="{{ mark.right }}" y1="{{ mark.y }}" y2="{{ mark.y }}"></line>
<circle class="{% if mark.sure %}full{% else %}hollow{% endif %}" cx="{{ mark.x }}" cy="{{ mark.y }}" r="4"><title>{{ mark.told }}</title></circle>
</g>
{% endfor %}
{% endfor %}
</svg>
{% if seen.arms | length > 1 %}<p class="soft legend">{% for arm, colour in seen.arms %}<span><svg width="16" height="8" aria-hidden="true"><line class="curve c{{ colour }}" x1="0" x2="16" y1="4" y2="4"></line></svg> {{ arm }}</span>{% endfor %}{% if seen.others %}<span>{{ seen.others }} more in the table</span>{% endif %}</p>{% endif %}

<figcaption class="soft">Changes against {{ shown.profile.reference }} in standard units: how much questions differ is 1. Filled dots are sure,
hollow ones are not. Between the dashed lines, {{ shown.small }} either way, a change is none of note. A bar that reaches the edge goes on
beyond it. Bars: {{ shown.speaks_of }}</figcaption>
</figure>
{% endif %}
{{ table(shown.lines) }}
{% if shown.more %}
<details>
<summary>{{ shown.more | length }} more lines</summary>
{{ table(shown.more) }}
</details>
{% endif %}
{% if shown.unread %}
<p>Without a value:</p>
<ul>
{% for each in shown.unread %}<li>{{ each }}</li>
{% endfor %}
</ul>
{% endif %}
<details>
<summary>How to read the profile</summary>
<p class="soft">A disposition is the first value of a task of the panel. Differences are paired by question, with training seeds as a level of
their own; shares are in points. Standard units are the difference divided by the mean of both arms' standard deviations of question
means (Cohen's d_av), with that deviation taken for known. &ldquo;Surely changed&rdquo;: the interval leaves out 0, and p with Holm's correction for all
{{ shown.profile.tests }} changes of the panel is at most 0.05, so that one false finding or more is in at most 5% of such panels. &ldquo;Probably changed&rdquo;:
the false discovery rate (Benjamini and Hochberg) is at most 0.05, so that of such findings 5% are false on average. &ldquo;No change of note&rdquo;: the whole interval lies
within {{ shown.small }} standard units. &ldquo;Not told&rdquo; is no proof of no change: a true change below the least that would have been seen, with a chance of 80% and Holm's
correction, is missed more often than that.</p>
</details>
""",
)
