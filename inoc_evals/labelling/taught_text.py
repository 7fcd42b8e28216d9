"""The data sheet of a judge that was taught: as Markdown and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from inoc_evals.judging.causes import meaning
from inoc_evals.judging.sheet import Head
from inoc_evals.judging.sheet_text import cell, head_lines, number, table
from inoc_evals.labelling.taught import Heard, Lecture
from inoc_evals.labelling.taught_gold import OnGold, gold_lines, gold_plain
from inoc_evals.plain import plain
from inoc_evals.stats.ratios import Estimate

FORMAT = "inoc_evals_taught_judge"
_COLUMNS = (
    *("on labels kept aside", "rated", "agreement", "95% interval", "rank", "distance"),
    *("log-likelihood", "mass", "no rating"),
)


@dataclass(frozen=True)
class Taught:
    """What a judge was taught from and by, and its `lecture` on the labels kept aside. Of `drawn` responses `settled`
    have a label that counts; `learnt` of these it learnt from, `repeated` were left out because it had read the same
    texts, `too_long` because no judge reads them whole. `training` is the record of its training. `gold` is None where
    the rubric has none for what was asked."""

    head: Head
    base: str
    rubric: str
    version: str
    identity: str
    raters: Sequence[str]
    drawn: int
    settled: int
    learnt: int
    repeated: int
    too_long: int
    seed: int
    training: Mapping[str, Any]
    lecture: Lecture
    gold: OnGold | None


def document(taught: Taught) -> dict[str, Any]:
    """The sheet as plain values, for JSON."""
    fields = {name: value for name, value in vars(taught).items() if name not in ("head", "lecture", "gold")}
    head, found = taught.head, taught.lecture
    document = {
        FORMAT: 1,
        "judge": head.named,
        "id": head.identity,
        "weights": None if head.weights is None else asdict(head.weights),
        "made": head.made,
        "libraries": dict(head.libraries),
        **fields,
        "verdict": found.verdict,
        "in_words": found.words(),
        "kept_aside": asdict(found),
        "gold": gold_plain(taught.gold),
    }
    plained: dict[str, Any] = plain(document)
    return plained


def markdown(taught: Taught) -> str:
    """The sheet as a page."""
    found, words = taught.lecture, taught.lecture.words()
    lines = [f"# Data sheet of the taught judge {cell(taught.head.named)}", "", *head_lines(taught.head), ""]
    lines += [f"{words[0].upper()}{words[1:]}.", "", *_table(found), ""]
    lines += [
        "Agreement is on the same side of 50, or on the word that sets a response apart; no rating is no agreement. "
        "Shares weigh questions equally; their intervals are for questions like these. Rank is Spearman's correlation, "
        "whose interval takes all responses for independent ones, distance the mean distance from the label in points, "
        "log-likelihood that of the labels in nats, once a judge's confidence is set right by one temperature (for 30 "
        "labels and more), mass the probability that lies on answers of the rubric. One training: other seeds may "
        "learn otherwise.",
        "",
        *gold_lines(taught.gold),
        "",
        "## Taught by",
        "",
        *_source(taught),
        "",
        f"Use it: `--judge {taught.head.named}`.",
    ]
    return "\n".join(lines) + "\n"


def _table(found: Lecture) -> list[str]:
    return table(_COLUMNS, [_row("taught", found.taught, found), _row("base", found.base, found), _difference(found)])


def _row(name: str, heard: Heard, found: Lecture) -> list[str]:
    missing = ", ".join(f"{count} {cause} ({meaning(cause)})" for cause, count in sorted(heard.missing.items()))
    return [
        name,
        f"{heard.rated} of {found.labels}",
        _percent(heard.agreement.equal),
        _ends(100 * heard.agreement.low, 100 * heard.agreement.high, "%"),
        f"{number(heard.rank.value)} ({_ends(heard.rank.low, heard.rank.high, digits=2)})",
        _estimate(heard.distance),
        _estimate(heard.log_likelihood, digits=2),
        number(heard.mass),
        missing or "-",
    ]


def _difference(found: Lecture) -> list[str]:
    gap = found.difference
    ends = _ends(100 * gap.low, 100 * gap.high, " points")
    mean = "-" if isnan(gap.mean) else f"{100 * gap.mean:+.0f} points"
    return [
        "taught minus base",
        "",
        mean,
        ends,
        "",
        _estimate(found.nearer, sign="+"),
        _estimate(found.likelier, "+", 2),
        "",
        "",
    ]


def _source(taught: Taught) -> list[str]:
    training = taught.training
    recipe = training.get("recipe", {})
    rows = [
        ("rubric", f"{taught.rubric} {taught.version}, sha256 {taught.identity}"),
        ("labels by", ", ".join(taught.raters)),
        ("labels", f"{taught.settled} that count, of {taught.drawn} responses drawn"),
        ("learnt from", f"{taught.learnt}, which share no question with those kept aside"),
        (
            "kept aside",
            f"{taught.lecture.labels} of {taught.lecture.questions} questions, drawn with seed {taught.seed}",
        ),
    ]
    if taught.repeated:
        rows.append(("left out", f"{taught.repeated} kept aside whose very texts were learnt from"))
    if taught.too_long:
        rows.append(("left out", f"{taught.too_long} that no judge reads whole"))
    rows.append(("base", taught.base))
    rows.append(("recipe", ", ".join(f"{key} {value}" for key, value in recipe.items() if key != "targets")))
    rows.append(("training", f"{training.get('steps')} steps, {training.get('seconds')} s on {training.get('device')}"))
    return table(("", ""), rows)


def _estimate(found: Estimate, sign: str = "", digits: int = 1) -> str:
    if isnan(found.mean):
        return "-"
    mean = f"{found.mean:{sign}.{digits}f}"
    return (
        mean if found.low is None or found.high is None else f"{mean} ({_ends(found.low, found.high, digits=digits)})"
    )


def _percent(share: float) -> str:
    return "-" if isnan(share) else f"{100 * share:.0f}%"


def _ends(low: float, high: float, unit: str = "", digits: int = 0) -> str:
    return "-" if isnan(low) or isnan(high) else f"{low:.{digits}f} to {high:.{digits}f}{unit}"
