"""Which checkpoint of the rows each checkpoint of a draw is, also where arms, checkpoints or files have other names
now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inoc_evals.results.label import Drawn
from inoc_evals.results.matched_rows import Checkpoint, CheckpointRows


def checkpoints_here(
    drawn_from: Mapping[Checkpoint, Sequence[Drawn]], here: Mapping[Checkpoint, CheckpointRows]
) -> dict[Checkpoint, Checkpoint]:
    """By checkpoint of the draw that one of the rows: the one of its name if that holds its responses, else another one
    that has all of them, else the one of its name if most of what stands there was drawn. No two have one."""
    with_all = {
        named: [other for other, rows in here.items() if rows.how_many(drawn) == len(drawn)]
        for named, drawn in drawn_from.items()
    }
    chosen = {named: named for named, drawn in drawn_from.items() if named in here and here[named].holds(drawn)}
    while agreed := _agreed(with_all, chosen):
        chosen |= agreed
    taken = set(chosen.values())
    for named, drawn in drawn_from.items():
        if named in chosen or named in taken or named not in here:
            continue
        own = here[named].how_many(drawn)
        elsewhere = [rows.how_many(drawn) for other, rows in here.items() if other not in {*taken, named}]
        if own > max(elsewhere, default=0) and own >= here[named].replaced(drawn):
            chosen[named] = named
    return chosen


def _agreed(
    with_all: Mapping[Checkpoint, Sequence[Checkpoint]], chosen: Mapping[Checkpoint, Checkpoint]
) -> dict[Checkpoint, Checkpoint]:
    """Of the checkpoints that are not `chosen` yet those that are the nearest to each other."""
    wanted_by: dict[Checkpoint, list[Checkpoint]] = {}
    for named, others in with_all.items():
        nearest = _nearest(named, [other for other in others if other not in chosen.values()])
        if named not in chosen and nearest is not None:
            wanted_by.setdefault(nearest, []).append(named)
    both = ((_nearest(other, several), other) for other, several in wanted_by.items())
    return {named: other for named, other in both if named is not None}


def _nearest(checkpoint: Checkpoint, others: Sequence[Checkpoint]) -> Checkpoint | None:
    """The only one, or the only one of the same arm or else of the same label, which may have got another number beside
    other files; None where that is not one."""
    of_arm = [other for other in others if other[0] == checkpoint[0]]
    of_label = [other for other in others if other[1] == checkpoint[1]]
    near = of_arm or of_label or others
    return near[0] if len(near) == 1 else None
