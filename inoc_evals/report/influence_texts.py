"""Training rows by their influence in words and digits, the same on a terminal and on the page."""

from __future__ import annotations

from collections.abc import Iterator

from inoc_evals.report.texts import many
from inoc_evals.results.influence import Agreement, Influence, Method, RankedRow, Tagged

ROWS = ("rank", "row", "score", "request", "answer")
TAGS = ("tag", "rows", "mean score", "among the top")
AGREEMENTS = ("checkpoints", "Spearman [95%]")
_METHODS: dict[Method, str] = {
    "cosine": "cosine of the gradients",
    "dot": "inner product of the gradients, in nats per unit of learning rate",
    "ekfac": "influence by EK-FAC",
}


def title(found: Influence) -> str:
    """What was ordered, by what."""
    trait = found.trait
    what = f"{trait.name} on {trait.task}" if trait.task else "the trait of the given responses"
    where = f" ({trait.part.replace('_', ' ')})" if trait.part else ""
    return f"{many(found.rows, 'row')} by how much training on each pushes {what}{where} in {found.arm}"


def how(found: Influence) -> Iterator[str]:
    """What the score is, and what it is made from: a sentence each, without its full stop."""
    trait, count = found.trait, len(found.checkpoints)
    over = f", mean of {many(count, 'checkpoint')}" if count > 1 else ""
    yield f"score: {_METHODS[found.method]}{over}; above 0 a step on the row raises the trait, below 0 it lowers it"
    left_out = ", ".join(f"{number} {cause}" for cause, number in trait.left_out.items())
    kept = f"the trait: {many(trait.shows, 'response')} that show it against {trait.lacks} that do not"
    yield f"{kept}; left out: {left_out}" if left_out else kept
    if found.top_part is not None:
        yield f"{many(found.positive, 'row')} above 0; the top {found.top_rows} have {found.top_part:.0%} of their sum"
    for label, one in found.checkpoints.items():
        if one.trained_on_these is False:
            yield f"note: {label} was trained on other rows than these, as its record says"


def of_row(one: RankedRow) -> tuple[str, ...]:
    """The cells of ROWS."""
    return str(one.rank), one.id or str(one.row), score(one.score), one.asked, one.answer


def of_tag(one: Tagged) -> tuple[str, ...]:
    """The cells of TAGS."""
    return one.tag, str(one.rows), score(one.mean), str(one.in_top)


def of_agreement(one: Agreement) -> tuple[str, ...]:
    """The cells of AGREEMENTS."""
    ends = "" if one.low is None or one.high is None else f" [{one.low:.2f}, {one.high:.2f}]"
    return f"{one.first}, {one.second}", f"{one.correlation:.2f}{ends}"


def score(value: float) -> str:
    """A score, with its sign."""
    return f"{value:+.3f}" if abs(value) < 1000 else f"{value:+.3g}"
