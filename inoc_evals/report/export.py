"""Rows -> data files: results.json, responses.csv, responses.parquet."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inoc_evals.files import whole, write_whole
from inoc_evals.report.checkpoints import by_checkpoint
from inoc_evals.report.columns import all_arms
from inoc_evals.report.distributions import histograms
from inoc_evals.report.plain import plain, public
from inoc_evals.report.questions import heat_maps
from inoc_evals.report.table import LIKE, THESE, contrasts, summary
from inoc_evals.report.values import values_of
from inoc_evals.results.row import ResponseRow

FORMAT = 1
# What is left of half a character pair, which UTF-8 has no bytes for.
REPLACED = "\N{REPLACEMENT CHARACTER}"
TEXTS = ("arm", "checkpoint", "task", "condition", "category", "item", "cluster")
NUMBERS = ("epoch", "choice")

# What a spreadsheet may take for a formula, full-width signs included, and what would read as one behind our mark.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_SIGNED = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
GUARDED = re.compile(rf"'{_FORMULA.pattern}")

Column = tuple[str, type, list[Any]]


def write_exports(
    rows: Sequence[ResponseRow],
    arms: Sequence[str],
    out: Path,
    settings: Mapping[str, Any],
    notes: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Write results.json, responses.csv and responses.parquet into the folder `out`; the first arm is the reference.
    `notes` say what is missing.

    The same rows and settings give the same bytes (of Parquet, with the same pyarrow). Each file is written whole or
    not at all. Raises ImportError without pyarrow, and OSError where `out` cannot be written to.
    """
    import pyarrow.parquet

    found = columns(rows)
    paths = (out / "results.json", out / "responses.csv", out / "responses.parquet")
    write_whole(paths[0], json.dumps(results(rows, arms, settings, notes), indent=1, allow_nan=False) + "\n")
    # Excel takes a file without this mark for another encoding than UTF-8; pandas and csv readers want it absent.
    with whole(paths[1]) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(name) for name, _, _ in found])
        cells = (map(harmless, values) if kind is str else values for _, kind, values in found)
        writer.writerows(zip(*cells, strict=True))
    with whole(paths[2]) as draft:
        types = {str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64()}
        arrays = {name: pyarrow.array(values, types[kind]) for name, kind, values in found}
        pyarrow.parquet.write_table(pyarrow.table(arrays), draft, compression="zstd")
    return paths


def harmless(cell: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula: with an apostrophe in front where it begins as one does.

    The rule is OWASP's (https://owasp.org/www-community/attacks/CSV_Injection). A number with a sign stays a number. To
    read the text back, take one apostrophe away where `GUARDED` matches.
    """
    return f"'{cell}" if cell and _FORMULA.match(cell) and not _SIGNED.fullmatch(cell) else cell


def results(
    rows: Sequence[ResponseRow], arms: Sequence[str], settings: Mapping[str, Any], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything that the report's tables and figures show, as plain JSON. All rates, means, limits and differences are
    shares: 0..1 for rates, and ratings divided by 100; null where there is nothing to say."""
    named = all_arms(rows, arms)
    values = values_of(rows)
    measures = {task: found.headline for task, found in values.items()}
    found = contrasts(rows, named, measures, named[0]) if named else ()
    return {
        "format": FORMAT,
        "intervals": {"low, high": f"95% {LIKE}", "on_these_questions": f"95% {THESE}"},
        "arms": list(named),
        "reference": named[0] if named else None,
        "notes": list(notes),
        "responses": len(rows),
        "values": {
            task: {"headline": list(one.headline), "all": list(one.keys), "ratings": sorted(one.ratings)}
            for task, one in values.items()
        },
        "rates": [plain(asdict(line)) for line in summary(rows, named, measures)],
        "checkpoints": [plain(asdict(one)) for one in by_checkpoint(rows, named, measures)],
        "differences": [plain(asdict(contrast)) for contrast in found],
        "questions": [plain(asdict(one)) for one in heat_maps(rows, named, measures)],
        "ratings": [plain(asdict(one)) for one in histograms(rows, named)],
        "exclusions": _exclusions(rows),
        "settings": public(settings),
    }


def _exclusions(rows: Sequence[ResponseRow]) -> list[dict[str, Any]]:
    """Excluded responses of every value, headline or not."""
    counts: dict[tuple[str, str, str, str, str], int] = {}
    for row in rows:
        for key, value in row.values.items():
            if value is None:
                place = (row.task, row.condition or row.category, key, row.arm, row.causes.get(key, "not stated"))
                counts[place] = counts.get(place, 0) + 1
    names = ("task", "category", "measure", "arm", "cause")
    return [{**dict(zip(names, place, strict=True)), "responses": count} for place, count in sorted(counts.items())]


def columns(rows: Sequence[ResponseRow]) -> list[Column]:
    """One column per field and value: its name, the type of its entries, and one entry (or None) per row.

    Values are in their own units (rates 0..1, ratings 0..100). A value's cause is in the column with "_cause" after its
    name. A value called as another column is has "value_" before its name. Lone halves of character pairs, which no
    file in UTF-8 can hold, become U+FFFD.
    """
    found: list[Column] = [(name, str, [_text(getattr(row, name)) for row in rows]) for name in TEXTS]
    found += [(name, int, [getattr(row, name) for row in rows]) for name in NUMBERS]
    found += [(name, str, [_text(getattr(row, name)) for row in rows]) for name in ("response", "stop_reason")]
    found.append(("prompt_sha256", str, [row.prompt_sha256 for row in rows]))
    taken = {name for name, _, _ in found}
    keys = dict.fromkeys(key for row in rows for key in row.values)
    for key in keys:
        name = key
        while name in taken or f"{name}_cause" in taken:
            name = f"value_{name}"
        taken |= {name, f"{name}_cause"}
        found.append((_text(name), float, [plain(row.values.get(key)) for row in rows]))
        causes = [row.causes.get(key) for row in rows]
        found.append((_text(f"{name}_cause"), str, [cause if cause is None else _text(cause) for cause in causes]))
    return found


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # The very same text: hundreds of thousands of copies would fill the memory.
    return text
