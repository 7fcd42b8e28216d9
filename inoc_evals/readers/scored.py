"""Responses with scores, one column each, as persona vectors (Chen et al., arXiv 2507.21509) write them -> rows.

The columns are prompt (or question) and answer (or response), mostly question_id, then one for each score: a trait and
`coherence` there. A table with responses alone is read too, so that they can be rated.
"""

from __future__ import annotations

from pathlib import Path

from inoc_evals.readers.imported import (
    ARM,
    RESPONSE,
    TOLD,
    numbers,
    rows_of_table,
)
from inoc_evals.readers.table import columns_of, read_table
from inoc_evals.results.source import Part

WHAT = "a CSV or JSONL file with a column answer or response, and mostly prompt or question and scores"
COHERENCE = "coherence"
UNSCORED = "responses"


def takes(path: Path) -> bool:
    """Is this a table with responses?"""
    return any(name in RESPONSE for name in columns_of(path))


def read(path: Path) -> Part:
    """Read one table; its task is called after its scores, so that files of several traits are tasks of their own.
    Raises InputError.
    """
    table = read_table(path)
    scores = [column for column in table.columns if column not in TOLD and table.is_scores(column)]
    traits = [column for column in scores if column != COHERENCE] or scores
    task = "+".join(traits) or UNSCORED
    rows = rows_of_table(table, task, lambda record: numbers(table, record, scores))
    return Part(
        files=((path, rows),),
        of_files=True,
        names_arms=table.first(*ARM) is not None,
        settings={"file": str(path), "scores": scores},
        headlines={task: tuple(traits)},
        points=frozenset({task}),
    )
