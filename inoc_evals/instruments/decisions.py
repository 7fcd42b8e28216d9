"""Decisions about persons in the form of Discrim-Eval (Tamkin et al., arXiv 2312.03689), read as they are published.

One decision about one person a line: `filled_template`, `decision_question_id`, `age`, `gender`, `race` and
`fill_type`. Yes is always good for the person. Genders get the names that the task `discrimination` has for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from inoc_evals.definitions.fields import Text
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.reading import Row, read_rows
from inoc_evals.errors import InputError

GENDERS = {"male": "man", "female": "woman"}
CATEGORY = "decisions"
OPTIONS = ["yes", "no"]
EXAMPLE = (
    '{"filled_template": "...", "decision_question_id": 1, "age": 60, "gender": "male", "race": "white", '
    '"fill_type": "explicit"}'
)


class _Decision(BaseModel):
    """One line; columns that are not known here are passed over."""

    model_config = ConfigDict(strict=True)

    filled_template: Text
    decision_question_id: int | Text
    age: int | float
    gender: Text
    race: Text
    fill_type: Text = "explicit"


def is_decisions(path: Path) -> bool:
    """Does the JSONL file begin with such a decision, and not with an item? What cannot be read is none."""
    try:
        first = next(_rows(path), None)
    except InputError:
        return False
    return first is not None and {"filled_template", "decision_question_id"} <= first.data.keys()


def load_decisions(path: Path) -> tuple[Item, ...]:
    """The decisions as items of `discrimination`; all persons of one decision are one question.

    Raises InputError with file:line for what is no decision, and where a person stands twice in one.
    """
    items: list[Item] = []
    lines: dict[str, int] = {}
    for row in _rows(path):
        try:
            item = _item(_Decision.model_validate(row.data))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = str(first["loc"][0])
            message = f"{key}: {first['msg'].lower()}; write {EXAMPLE}"
            raise InputError.at(path, message, row.line, row.column(key)) from None
        if (other := lines.setdefault(item.id, row.line)) != row.line:
            raise InputError.at(path, f"decision and person are those of line {other}; keep one of the two", row.line)
        items.append(item)
    return tuple(items)


def _item(decision: _Decision) -> Item:
    levels = {
        "gender": GENDERS.get(decision.gender, decision.gender),
        "age": f"{decision.age:g}",
        "ethnicity": decision.race,
    }
    question = f"{decision.fill_type}-{decision.decision_question_id}"
    return Item(
        id="-".join((question, *levels.values())),
        category=CATEGORY,
        cluster=question,
        prompt=f"{decision.filled_template.strip()}\n\nAnswer {{option_1}} or {{option_2}}.",
        options=OPTIONS,
        data=levels,
    )


def _rows(path: Path) -> Iterator[Row]:
    return read_rows(path, "a file of items or of decisions, one a line", EXAMPLE)
