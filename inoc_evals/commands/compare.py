"""What `inoc-evals compare` does: the paired differences between arms, whatever the paths hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inoc_evals.commands.report import Choices
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.readers.inputs import Input, runs_of
from inoc_evals.results.claim import all_claimed
from inoc_evals.results.promised import reference_arm
from inoc_evals.results.row import ResponseRow

if TYPE_CHECKING:
    from rich.console import Console


def compare(inputs: Sequence[Input], choices: Choices, console: Console, *, as_json: bool = False) -> None:
    """Print, for every headline value that two arms have, the difference of each arm from the reference, paired by
    question, and how many questions are common, and with an unwanted and a wanted value what the frontier says; with
    `as_json` as JSON to standard output. With labels of people each stands beside what they make of it.

    Raises InputError as `Choices.read` does, for fewer than two arms, and where no value is common to two of them.
    """
    from inoc_evals.report.comparison import comparison, shared
    from inoc_evals.report.frontier_texts import sentences
    from inoc_evals.report.told import told_corrected, told_differences, told_frontier
    from inoc_evals.results.findings import findings

    with all_claimed(runs_of(inputs), console.print):
        source = choices.read(inputs)
    first = reference_arm(source, choices.reference, inputs[0].path)
    if len(source.arms) < 2:
        raise InputError(f"there is one arm, {first}, and two are compared; name another, as in none=PATH other=PATH")
    found = findings(source, first)
    differences, notes = shared(found)
    if not differences:
        has = "; ".join(f"{arm} has {', '.join(_tasks(source.rows, arm))}" for arm in source.arms)
        raise InputError(f"no arm has a value of the reference {first}: {has}; name results of the same task")
    if any(one.difference.questions == 0 for one in differences):
        notes = (*notes, "where no question is common, the arms were asked other questions, or name them otherwise")
    if as_json:
        told = {**told_differences(found, differences), "notes": (*found.notes, *notes)}
        print_document({**told, **told_frontier(found), **told_corrected(found)})
        return
    for part in comparison(differences, found):
        console.print(part)
    for sentence in sentences(found):
        console.print(sentence, markup=False, highlight=False)
    for note in (*found.notes, *notes):
        console.print(f"note: {note}", markup=False, highlight=False)


def _tasks(rows: Sequence[ResponseRow], arm: str) -> list[str]:
    return sorted({row.task for row in rows if row.arm == arm})
