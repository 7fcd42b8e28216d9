"""Which rows the drawn responses of a folder of labels are, also where checkpoints, arms or files have other names now,
or a table has other lines first.

A label counts for a row only if that has what was labelled (task, item, condition, question, system prompt and text)
and is of the checkpoint that was drawn from. A checkpoint is known by its arm and label or, under other names, by
having every response that was drawn of it: what was drawn at random from one is then drawn at random from the other
too, so that its labels are right there, whatever it is called. What could be several rows is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.results.label import Drawn, Labels
from inoc_evals.results.matched_checkpoints import checkpoints_here
from inoc_evals.results.matched_responses import places_within
from inoc_evals.results.matched_rows import Checkpoint, CheckpointRows, rows_by_checkpoint
from inoc_evals.results.row import ResponseRow


@dataclass(frozen=True)
class Matched:
    """By drawn response the `places` of their rows. The `ambiguous` ones may be several rows, and all others are not
    here. `notes` say why, one sentence without its full stop each."""

    places: Mapping[str, int]
    ambiguous: frozenset[str]
    notes: tuple[str, ...]


def matched(labels: Labels, rows: Sequence[ResponseRow]) -> Matched:
    """The rows of the drawn responses of `labels`, no row for two of them."""
    drawn_from: dict[Checkpoint, list[Drawn]] = {}
    for each in labels.drawn:
        drawn_from.setdefault((each.arm, each.checkpoint), []).append(each)
    here = rows_by_checkpoint(labels.drawn, rows)
    chosen = checkpoints_here(drawn_from, here)
    places: dict[str, int] = {}
    ambiguous: set[str] = set()
    for named, other in chosen.items():
        found, several = places_within(drawn_from[named], here[other], rows, labels.key)
        places |= found
        ambiguous |= several
    notes = [note for named, other in chosen.items() if (note := _taken_for(named, other, drawn_from[named]))]
    if ambiguous:
        what = "have the text of responses here that are rated differently, and which of them was labelled is not known"
        notes.append(f"{len(ambiguous)} of the drawn responses {what}; they are left out")
    left = {other: of_other for other, of_other in here.items() if other not in chosen.values()}
    for named, drawn in drawn_from.items():
        if named not in chosen:
            several, note = _why_not(named, drawn, left)
            ambiguous |= several
            notes += [note] if note else []
    return Matched(places, frozenset(ambiguous), tuple(notes))


def _taken_for(named: Checkpoint, other: Checkpoint, drawn: Sequence[Drawn]) -> str:
    if named[0] == other[0] or named[1] == other[1]:
        return ""
    return f"the {len(drawn)} responses of {_called(named)} are taken for those of {_called(other)}, which has them all"


def _why_not(
    named: Checkpoint, drawn: Sequence[Drawn], left: Mapping[Checkpoint, CheckpointRows]
) -> tuple[set[str], str]:
    """The responses of a checkpoint of which it is not known which rows they are, and why, if anything is to be said:
    most are simply not here. Rows of the checkpoints that are `left` are no other's."""
    counts = {other: of_other.how_many(drawn) for other, of_other in left.items()}
    most = max(counts.values(), default=0)
    names = " and ".join(_called(other) for other, count in counts.items() if count == most)
    if most == len(drawn):
        what = f"the {most} responses of {_called(named)} may be those of {names}, which say the same"
        remedy = "they are left out; call arms and files as they were when they were drawn"
        return {each.response for each in drawn}, f"{what}; {remedy}"
    if named in left and (replaced := left[named].replaced(drawn)) > counts[named]:
        what = f"other texts stand where {replaced} of the {len(drawn)} drawn responses of {_called(named)} stood"
        return set(), f"{what}, as in another sample, and its labels are left out"
    what = f"{most} of the {len(drawn)} drawn responses of {_called(named)} are in {names}"
    if named in left and most:
        several = {each.response for each in drawn if left[named].with_text(each)}
        return several, f"{what}, and they are left out, since it is not known whose they are"
    if 2 * most >= len(drawn):
        return set(), f"{what}, but not all; they are left out, unless it is called as it was when they were drawn"
    return set(), ""


def _called(checkpoint: Checkpoint) -> str:
    arm, label = checkpoint
    return arm if arm == label else f"{arm} ({label})"
