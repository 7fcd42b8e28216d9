"""Findings and rows -> data files: results.json, responses.csv, responses.parquet."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from inoc_evals.files import whole, whole_text, write_whole
from inoc_evals.plain import plain, public
from inoc_evals.report.sections import Section
from inoc_evals.report.texts import LIKE, THESE
from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import METHODS
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Steps
from inoc_evals.spreadsheet import harmless

FORMAT = 1
NO_STEPS: Steps = {}
TEXTS = ("arm", "checkpoint", "task", "condition", "category", "item", "cluster")
NUMBERS = ("epoch", "choice")
# Columns of what a response took, in tokens.
TOKENS = {"output_tokens": "output", "reasoning_tokens": "reasoning", "max_tokens": "limit"}

# Rows that are held as columns at one time.
BATCH = 16_384


@dataclass(frozen=True)
class Column:
    """One column of the data files: its name, the type of its entries, what a row holds, and what is written of it."""

    name: str
    kind: type
    held: Callable[[ResponseRow], Any]
    written: Callable[[Any], Any] | None = None

    def entries(self, rows: Sequence[ResponseRow]) -> list[Any]:
        """The entry (or None) of each row."""
        held = map(self.held, rows)
        return list(held if self.written is None else map(self.written, held))


def write_exports(
    rows: Sequence[ResponseRow], recorded: Mapping[str, Any], out: Path, steps: Steps = NO_STEPS
) -> tuple[Path, ...]:
    """Write results.json (`recorded`), responses.csv and responses.parquet into the folder `out`; with `steps`, which
    checkpoints have by label, these are a column.

    The same rows and findings give the same bytes (of Parquet, with the same pyarrow). Each file is written whole or
    not at all. Raises ImportError without pyarrow, and WorkError where `out` cannot be written to.
    """
    paths = (out / "results.json", out / "responses.csv", out / "responses.parquet")
    write_whole(paths[0], json.dumps(recorded, indent=1, allow_nan=False) + "\n")
    with whole(paths[1]) as text_draft, whole(paths[2]) as parquet_draft:
        _write_rows(rows, columns(rows, steps), text_draft, parquet_draft)
    return paths


def _write_rows(rows: Sequence[ResponseRow], of_rows: Sequence[Column], text_draft: Path, parquet_draft: Path) -> None:
    """Both files in one pass, a batch at a time, so that the columns of all rows are never in memory."""
    import pyarrow.parquet

    types = {str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64()}
    schema = pyarrow.schema([(column.name, types[column.kind]) for column in of_rows])
    # Excel takes a file without this mark for another encoding than UTF-8; pandas and csv readers want it absent.
    with (
        text_draft.open("w", encoding="utf-8", newline="") as file,
        pyarrow.parquet.ParquetWriter(parquet_draft, schema, compression="zstd") as parquet,
    ):
        writer = csv.writer(file)
        writer.writerow([harmless(column.name) for column in of_rows])
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            entries = [column.entries(batch) for column in of_rows]
            cells = (
                map(harmless, given) if column.kind is str else given
                for column, given in zip(of_rows, entries, strict=True)
            )
            writer.writerows(zip(*cells, strict=True))
            arrays = [pyarrow.array(given, types[column.kind]) for column, given in zip(of_rows, entries, strict=True)]
            parquet.write_table(pyarrow.table(arrays, schema=schema))


def results(found: Findings, shown: Mapping[Section, Any]) -> dict[str, Any]:
    """The findings, and what sections of the page show beside them, as plain JSON.

    Rates, means, limits and differences on a scale with ends are shares of its range (0..1: ratings divided by 100), on
    one without they are in the value's unit; null where there is nothing to say.
    """
    recorded = {section.name: section.record(content) for section, content in shown.items()}
    return {
        "format": FORMAT,
        "intervals": {"low, high": f"95% {LIKE}", "on_these_questions": f"95% {THESE}"},
        "methods": dict(METHODS),
        "arms": list(found.arms),
        "reference": found.reference,
        "notes": list(found.notes),
        "responses": found.responses,
        "values": {
            task: {
                "headline": list(values.headline),
                "all": list(values.keys),
                "ratings": sorted(values.numbers),
                "scales": plain({key: asdict(scale) for key, scale in values.scales.items()}),
            }
            for task, values in found.tasks.items()
        },
        "rates": plain(found.rates),
        "checkpoints": plain(found.by_checkpoint),
        "differences": plain(found.differences),
        "questions": plain(found.questions),
        "ratings": plain(found.distributions),
        "exclusions": plain(found.exclusions),
        "fitness": plain(found.fit),
        "settings": public(found.settings),
        **{name: record for name, record in recorded.items() if record is not None},
    }


def columns(rows: Sequence[ResponseRow], steps: Steps = NO_STEPS) -> list[Column]:
    """One column per field and value, and one for the step of the checkpoint if any has one.

    Values are in their own units (rates 0..1, ratings 0..100). A value's cause is in the column with "_cause" after its
    name. A value called as another column is has "value_" before its name. Lone halves of character pairs, which no
    file in UTF-8 can hold, become U+FFFD.
    """
    found = [Column(name, str, attrgetter(name), _text) for name in TEXTS]
    found += [Column(name, int, attrgetter(name)) for name in NUMBERS]
    if steps:
        found.append(Column("step", int, lambda row: at.step if (at := steps.get(row.checkpoint)) else None))
    found += [Column("response", str, attrgetter("response"), whole_text)]
    found += [Column("reasoning", str, attrgetter("reasoning"), _thought)]
    found += [Column(name, int if part == "limit" else float, _tokens(part)) for name, part in TOKENS.items()]
    found += [Column("stop_reason", str, attrgetter("stop_reason"), _text)]
    found.append(Column("prompt_sha256", str, attrgetter("prompt_sha256")))
    taken = {column.name for column in found}
    for key in dict.fromkeys(key for row in rows for key in row.values):
        name = key
        while name in taken or f"{name}_cause" in taken:
            name = f"value_{name}"
        taken |= {name, f"{name}_cause"}
        found.append(Column(_text(name), float, _under("values", key), _finite))
        found.append(Column(_text(f"{name}_cause"), str, _under("causes", key), _cause))
    return found


def _under(field: str, key: str) -> Callable[[ResponseRow], Any]:
    get = attrgetter(field)
    return lambda row: get(row).get(key)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _tokens(part: str) -> Callable[[ResponseRow], Any]:
    get = attrgetter(part)
    return lambda row: None if row.tokens is None else get(row.tokens)


def _thought(text: str | None) -> str | None:
    return None if text is None else whole_text(text)


def _cause(cause: str | None) -> str | None:
    return None if cause is None else _text(cause)


# Names and causes are few, and each stands in many rows.
_text = lru_cache(maxsize=65_536)(whole_text)
