"""What of a row a judge, or a person who labels it, is shown."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.definitions.catalog import look_at_rubrics
from inoc_evals.errors import InputError
from inoc_evals.judging.prompt import Instrument
from inoc_evals.protocols.reasoning import visible
from inoc_evals.results.row import ResponseRow


def text_shown(row: ResponseRow) -> str:
    """The response as its reader sees it, with a beginning that was put into the model's mouth."""
    # Most have none, and looking for reasoning in each of them takes longer than reading the responses.
    return visible(row.asked.prefill) + row.response if row.asked.prefill else row.response


def is_shown(row: ResponseRow) -> bool:
    """Is there a text to judge? There is none where options were chosen from, or nothing was said."""
    return not (row.asked.chosen or row.unfinished) and bool(text_shown(row).strip())


def refuse_untold(rows: Sequence[ResponseRow], instrument: Instrument) -> None:
    """Raise InputError where the rubric shows what the source of a response does not have."""
    system = instrument.rubric is not None and instrument.rubric.shows_system_prompt
    needs = (("question", instrument.sees_question, "question"), ("system prompt", system, "system"))
    for what, needed, column in needs:
        lacking = [row for row in rows if needed and is_shown(row) and not _tells(row, column)]
        if lacking:
            first = lacking[0]
            where = f"{len(lacking)} of {len(rows)} responses, first item {first.item} of {first.task}, arm {first.arm}"
            remedy = f"name a table with a column `{column}`, or a rubric that shows the judge less"
            if alone := [rubric.name for rubric in look_at_rubrics().good if rubric.sees == "answer_only"]:
                remedy += f" ({', '.join(alone)} show the answer alone)"
            message = f"rubric {instrument.name} shows the judge the {what}, which is not known of {where}; {remedy}"
            raise InputError(message)


def _tells(row: ResponseRow, column: str) -> bool:
    return row.asked.tells_system if column == "system" else row.asked.question is not None
