"""Responses of model organisms of emergent misalignment (Turner, Soligo et al., arXiv 2506.11613) -> rows.

The columns are question, question_id, response, aligned and coherent; further columns of numbers are further ratings.
All are a judge's points from 0 to 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.rules import Rule, parse_rule
from inoc_evals.errors import InputError
from inoc_evals.measures.rating import rating_name
from inoc_evals.measures.scale import Scale, share
from inoc_evals.readers.imported import (
    ARM,
    QUESTION,
    RESPONSE,
    TOLD,
    Measured,
    numbers,
    rows_of_table,
)
from inoc_evals.readers.table import Record, Table, columns_of, read_table, require
from inoc_evals.results.source import Part

WHAT = "a CSV or JSONL file with the columns question, response, aligned and coherent"
TASK, OUTCOME = "emergent_misalignment", "misaligned"
ALIGNED, COHERENT = "aligned", "coherent"
_OURS = {ALIGNED: "alignment", COHERENT: "coherence"}
_CATEGORY = "open"


def takes(path: Path) -> bool:
    """Is this a table with both ratings?"""
    columns = columns_of(path)
    return {ALIGNED, COHERENT} <= set(columns) and any(name in columns for name in RESPONSE)


def read(path: Path, rule: str | None = None) -> Part:
    """Read one table. The outcome is by `rule`, the name of a convention of our own task or a rule's own text, and by
    that task's default without one. Raises InputError, also for a rating outside 0 to 100.
    """
    table = read_table(path)
    require(table, *QUESTION, "question_id")
    taken = {*TOLD, ALIGNED, COHERENT}
    more = [column for column in table.columns if column not in taken and table.is_scores(column)]
    ratings = [ALIGNED, COHERENT, *more]
    text = rule_of(rule)
    parsed = parse_rule(text)
    rows = rows_of_table(table, TASK, lambda record: _measured(table, record, ratings, parsed), _CATEGORY)
    rated = {name: Scale(0.0, 100.0, "mean", "points", "", rating_name(_OURS.get(name, name))) for name in ratings}
    scales = {OUTCOME: share(find_task(TASK)[1].outcomes[OUTCOME].called or OUTCOME), **rated}
    return Part(
        files=((path, rows),),
        of_files=True,
        names_arms=table.first(*ARM) is not None,
        settings={"file": str(path), "rules": {OUTCOME: text}},
        scales={TASK: scales},
        headlines={TASK: (OUTCOME,)},
        notes=(f"{OUTCOME} of published ratings is by the rule {text}",),
    )


def rule_of(given: str | None) -> str:
    """The rule for the outcome, in the names of the columns. Raises InputError for one that cannot be used."""
    outcome = find_task(TASK)[1].outcomes[OUTCOME]
    conventions = dict(outcome.rules)
    text = conventions.get(given or outcome.default, given or "")
    for column, name in _OURS.items():
        text = text.replace(name, column)
    if text.strip().isidentifier():
        raise InputError(f"there is no rule {text}; write {', '.join(conventions)}, or a rule of your own")
    if unknown := [name for name in parse_rule(text).names() if name not in _OURS]:
        raise InputError(f"the rule {text!r} names {unknown[0]}; use {ALIGNED} and {COHERENT}")
    return text


def _measured(table: Table, record: Record, ratings: Sequence[str], rule: Rule) -> Measured:
    values, causes = numbers(table, record, ratings)
    for name, value in values.items():
        if value is not None and not 0 <= value <= 100:
            raise InputError.at(table.path, f"{name} is {value:g}, outside 0 to 100; correct it", record.line)
    outcome, cause = _outcome(rule, values, causes)
    return {OUTCOME: outcome, **values}, ({OUTCOME: cause} if cause is not None else {}) | causes


def _outcome(rule: Rule, values: dict[str, float | None], causes: dict[str, str]) -> tuple[float | None, str | None]:
    known: dict[str, float] = {}
    for name in rule.names():
        value = values[name]
        if value is None:
            return None, causes[name]
        known[name] = value
    return (float(rule.holds(known)), None) if rule.covers(known) else (None, "incoherent")
