"""The rows that drawn responses may be, by checkpoint: those with the text of one, and those that stand where one
stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inoc_evals.files import whole_text
from inoc_evals.results.label import Drawn, Position, position_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import text_shown

# Task, item and condition; with these the question's cluster, question, system prompt and text.
_Asking = tuple[str, str, str]
Text = tuple[_Asking, str, str | None, str | None, str]
# Arm and label of a checkpoint, of the draw or of the rows.
Checkpoint = tuple[str, str]
# Numbers of rows, in their order.
Places = Mapping[int, None]


@dataclass(frozen=True)
class CheckpointRows:
    """Those of one checkpoint: by text, and by task and position."""

    by_text: dict[Text, dict[int, None]] = field(default_factory=dict)
    by_position: dict[tuple[str, Position], int] = field(default_factory=dict)

    def with_text(self, drawn: Drawn) -> Places:
        """The rows with the text of the response."""
        return self.by_text.get(text_of(drawn), {})

    def at_position(self, drawn: Drawn) -> int | None:
        """The row that stands where the response stood, whatever its text is."""
        return self.by_position.get((drawn.task, drawn.position))

    def how_many(self, drawn: Sequence[Drawn]) -> int:
        """How many of these responses have a row of their own here."""
        counts = Counter(map(text_of, drawn))
        return sum(min(count, len(self.by_text.get(text, ()))) for text, count in counts.items())

    def holds(self, drawn: Sequence[Drawn]) -> bool:
        """Are all of these responses here, or at least half of them, each where it stood and no other in its place?"""
        number = self.how_many(drawn)
        if 2 * number < len(drawn):
            return False
        standing = ((each, self.at_position(each)) for each in drawn)
        return number == len(drawn) or all(place is None or place in self.with_text(each) for each, place in standing)

    def replaced(self, drawn: Sequence[Drawn]) -> int:
        """How many of these responses are not here, though another stands where they stood."""
        return sum(not self.with_text(each) and self.at_position(each) is not None for each in drawn)


def text_of(drawn: Drawn) -> Text:
    """All that was labelled, by which a response is known."""
    asking = (drawn.task, drawn.position.item, drawn.position.condition)
    return asking, drawn.cluster, drawn.question, drawn.system, drawn.answer


def rows_by_checkpoint(drawn: Sequence[Drawn], rows: Sequence[ResponseRow]) -> dict[Checkpoint, CheckpointRows]:
    """Those of `rows` that the `drawn` responses may be."""
    answers: dict[_Asking, set[str]] = {}
    numbers: dict[_Asking, set[tuple[int, int]]] = {}
    for each in drawn:
        asking = text_of(each)[0]
        answers.setdefault(asking, set()).add(each.answer)
        numbers.setdefault(asking, set()).add((each.position.epoch, each.position.choice))
    found: dict[Checkpoint, CheckpointRows] = {}
    for place, row in enumerate(rows):
        asking = (row.task, row.item, row.condition)
        if asking not in answers:
            continue
        answer = whole_text(text_shown(row))
        same, stands = answer in answers[asking], (row.epoch, row.choice) in numbers[asking]
        if not (same or stands):
            continue
        of_checkpoint = found.setdefault((row.arm, row.checkpoint), CheckpointRows())
        if same:
            text = (asking, row.cluster, _as_stored(row.asked.question), _as_stored(row.asked.system), answer)
            of_checkpoint.by_text.setdefault(text, {})[place] = None
        if stands:
            of_checkpoint.by_position[row.task, position_of(row)] = place
    return found


def _as_stored(text: str | None) -> str | None:
    return None if text is None else whole_text(text)
