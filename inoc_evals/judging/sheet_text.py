"""The data sheet of a judge in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from inoc_evals.judging.causes import meaning
from inoc_evals.judging.sheet import Head, RubricSheet, Sheet
from inoc_evals.judging.trust import AS_EXPECTED, FEWEST, MASS, RANK, Trust
from inoc_evals.judging.version import text_of
from inoc_evals.judging.wordings import Wordings

GOLD_COLUMNS = ("fit", "as expected", "95% interval", "borderline", "attacks", "rank", "mass")
_COLUMNS = (
    *("rubric", *GOLD_COLUMNS),
    *("two wordings, same side of 50", "reading", "calls", "seconds"),
)


def markdown(sheet: Sheet) -> str:
    """The sheet of one judge: its head, a table of all rubrics, and a part for each."""
    fit, asked = len(sheet.fit), len(sheet.rubrics)
    lines = [f"# Data sheet of the judge {cell(sheet.head.named)}", "", *head_lines(sheet.head), ""]
    if (version := text_of(sheet.version)) is not None:
        lines += [f"It answers as {cell(version)}.", ""]
    names = f": {', '.join(sheet.fit)}" if sheet.fit else ""
    lines += [f"Fit for {fit} of {asked} rubrics{names}.", ""]
    lines += [
        f"A judge is fit where {100 * AS_EXPECTED:.0f}% of a rubric's gold examples are as their authors expect, "
        "answers at random would not do as well, ratings follow the examples' order (rank correlation of "
        f"{RANK:g}) and {MASS:g} of the probability lies on answers of the rubric; not known where it replied to fewer "
        f"than {FEWEST}, or where those without a reply decide. Intervals are exact (Clopper and Pearson). Calls and "
        "seconds are those of this run: what the cache had is not asked again.",
        "",
    ]
    if sheet.rubrics:
        lines += [*table(_COLUMNS, (_row(each) for each in sheet.rubrics)), ""]
    if sheet.without_gold:
        lines += [f"Without gold examples, so that nothing is known: {', '.join(sheet.without_gold)}.", ""]
    for each in sheet.rubrics:
        lines += [*_part(each), ""]
    return "\n".join(lines).rstrip() + "\n"


def head_lines(head: Head) -> list[str]:
    """The table that says which judge it was."""
    rows = [("judge", head.identity)]
    weights = head.weights
    if weights is None:
        rows.append(("weights", "not known: it is asked over the network"))
    else:
        rows.append(("weights, sha256", weights.sha256))
        if weights.pinned is not None:
            rows.append(("of the hub", weights.pinned))
        if weights.base is not None:
            rows.append(("base", f"{weights.base}, sha256 {weights.base_sha256}"))
        rows.append(("quantisation", weights.quantisation))
    rows.append(("asked", head.made))
    rows.append(("libraries", ", ".join(f"{name} {version}" for name, version in head.libraries.items())))
    return table(("", ""), rows)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(text: str) -> str:
    """A text that stays in its cell and on its line."""
    return " ".join(text.split()).replace("|", "\\|")


def number(value: float, digits: int = 2) -> str:
    """A number, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def share(value: float) -> str:
    """A share in percent, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{100 * value:.0f}%"


def gold_cells(sheet: RubricSheet) -> list[str]:
    """What stands under `GOLD_COLUMNS`."""
    trusted, agreed = sheet.trusted, sheet.agreed
    return [
        "not known" if trusted.undecided else "yes" if trusted.fit else "no",
        f"{trusted.as_expected} of {trusted.examples - trusted.silent}",
        f"{100 * trusted.low:.0f} to {100 * trusted.high:.0f}%",
        _kind(trusted, "borderline"),
        _kind(trusted, "attack"),
        number(agreed.rank),
        number(agreed.mass),
    ]


def _row(sheet: RubricSheet) -> list[str]:
    return [
        sheet.rubric.name,
        *gold_cells(sheet),
        _sides(sheet.wordings),
        ", ".join(sheet.agreed.readings),
        str(sheet.answered.judging.usage.calls),
        f"{sheet.answered.seconds:.0f}",
    ]


def _kind(trusted: Trust, kind: str) -> str:
    hits, examples = trusted.kinds.get(kind, (0, 0))
    return f"{hits} of {examples}" if examples else "-"


def _sides(wordings: Wordings | None) -> str:
    return "-" if wordings is None else f"{share(wordings.compared.same_side)} of {wordings.compared.both}"


def _part(sheet: RubricSheet) -> list[str]:
    trusted, agreed, usage = sheet.trusted, sheet.agreed, sheet.answered.judging.usage
    words = trusted.words()
    lines = [f"## {sheet.rubric.name} {sheet.rubric.version}", "", f"{words[0].upper()}{words[1:]}.", ""]
    lines.append(f"- rubric, sha256: {sheet.identity}")
    lines.append(
        f"- ratings within the expected range: {share(agreed.within)}; mean distance from it "
        f"{number(agreed.distance, 1)} points; rank correlation {number(agreed.rank)}"
    )
    readings = ", ".join(f"{reading} {count}" for reading, count in agreed.readings.items())
    lines.append(f"- captured mass {number(agreed.mass, 3)} on average; reading: {readings}")
    if sheet.missing:
        causes = ", ".join(f"{count} {cause} ({meaning(cause)})" for cause, count in sorted(sheet.missing.items()))
        lines.append(f"- without a rating: {causes}")
    if (wordings := sheet.wordings) is not None:
        compared = wordings.compared
        lines.append(
            f"- both wordings: {wordings.words()}; of {compared.both} rated by both {share(compared.same_side)} on the "
            f"same side of 50, rank correlation {number(compared.rank)}, {number(compared.distance, 1)} points apart "
            "on average"
        )
    else:
        lines.append("- both wordings: the rubric has one")
    estimated = sum(one.estimated for one in sheet.answered.judging.spent)
    calls = f"{usage.calls} call{'' if usage.calls == 1 else 's'}"
    tokens = f"{usage.prompt_tokens} prompt and {usage.completion_tokens} completion tokens"
    lines.append(f"- cost: {calls}, {tokens}, {sheet.answered.seconds:.1f} s{_estimated(estimated)}")
    return [*lines, *_confusions(sheet)]


def _estimated(ratings: int) -> str:
    if not ratings:
        return ""
    return f"; the tokens of {ratings} rating{'' if ratings == 1 else 's'} are estimates, as the server tells none"


def _confusions(sheet: RubricSheet) -> list[str]:
    """What was answered in place of what; nothing where numbers alone are expected and given."""
    words = sheet.agreed.words
    if all(pair == ("rating", "rating") for pair in words):
        return []
    rows = [(expected, given, str(count)) for (expected, given), count in sorted(words.items())]
    return ["", *table(("expected", "given", "examples"), rows)]
