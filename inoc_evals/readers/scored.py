"""Responses with scores, one column each, as persona vectors (Chen et al., arXiv 2507.21509) write them -> rows.

The columns are prompt (or question) and answer (or response), mostly question_id, then one for each score: a trait and
`coherence` there. A table without scores is read too, so that its responses can be rated.
"""

from __future__ import annotations

from pathlib import Path

from inoc_evals.readers.imported import (
    ARM,
    CHECKPOINT,
    CONDITION,
    ID,
    PLACES,
    QUESTION,
    RESPONSE,
    numbers,
    rows_of_table,
)
from inoc_evals.readers.table import columns_of, read_table
from inoc_evals.results.source import Part

WHAT = "a CSV or JSONL file with the columns prompt, answer and its scores"
COHERENCE = "coherence"
UNSCORED = "responses"
_TEXTS = {*RESPONSE, *QUESTION, *ID, *ARM, *CHECKPOINT, *CONDITION, *PLACES}


def takes(path: Path) -> bool:
    """Is this a table with responses and what they answer?"""
    columns = columns_of(path)
    return any(name in columns for name in RESPONSE) and any(name in columns for name in QUESTION)


def read(path: Path) -> Part:
    """Read one table; its task is called after its scores, so that files of several traits are tasks of their own.
    Raises InputError.
    """
    table = read_table(path)
    scores = [column for column in table.columns if column not in _TEXTS and table.is_scores(column)]
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
