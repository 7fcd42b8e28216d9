"""A taught judge beside its base on the gold examples of the rubric, attacks and borderline ones among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.gold import material
from inoc_evals.judging.prompt import Instrument, from_rubric
from inoc_evals.judging.sheet import RubricSheet, gold_document
from inoc_evals.judging.sheet_text import GOLD_COLUMNS, gold_cells, table
from inoc_evals.labelling.lessons import Lesson, shown_of


@dataclass(frozen=True)
class OnGold:
    """What the `taught` judge and its `base` say of a rubric's gold; of `learnt` examples the very texts were learnt
    from."""

    taught: RubricSheet
    base: RubricSheet
    learnt: int


def gold_is_for(instrument: Instrument, rubric: Rubric) -> bool:
    """Is there gold, and was it written for what `instrument` asks? It is for the defaults of the parameters."""
    wordings = [from_rubric(rubric)]
    if rubric.rewording is not None:
        wordings.append(from_rubric(rubric, reworded=True))
    return bool(rubric.gold) and instrument.identity in {wording.identity for wording in wordings}


def learnt_from(rubric: Rubric, instrument: Instrument, lessons: Sequence[Lesson]) -> int:
    """How many gold examples stand among the `lessons` with the very texts that a judge is shown."""
    read = {lesson.shown for lesson in lessons}
    return sum(shown_of(instrument, material(gold)) in read for gold in rubric.gold)


def gold_lines(found: OnGold | None) -> list[str]:
    """Both as a table, in Markdown."""
    lines = ["## On the rubric's gold examples", ""]
    if found is None:
        return [*lines, "None were asked: the rubric has none, or none for these parameters."]
    rows = [("taught", *gold_cells(found.taught)), ("base", *gold_cells(found.base))]
    lines += [*table(("judge", *GOLD_COLUMNS), rows), ""]
    for name, sheet in (("taught", found.taught), ("base", found.base)):
        lines.append(f"- {name}: {sheet.trusted.words()}")
    if found.learnt:
        lines.append(f"- the taught judge learnt from the very texts of {found.learnt} of these examples")
    return lines


def gold_plain(found: OnGold | None) -> dict[str, Any] | None:
    """Both as plain values, for JSON."""
    if found is None:
        return None
    return {"learnt": found.learnt, "taught": gold_document(found.taught), "base": gold_document(found.base)}
