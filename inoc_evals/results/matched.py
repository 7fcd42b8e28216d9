"""Which rows the drawn responses of a folder of labels are, also where checkpoints, arms or files have other names now,
or a table has other lines first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from inoc_evals.results.label import Drawn, Labels, response_name, whole
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import text_shown

_Text = tuple[str, str, str]
_Whose = tuple[str, str]


def places_of(labels: Labels, rows: Sequence[ResponseRow]) -> dict[str, int]:
    """By drawn response the place of its row; those that no row is are left out.

    A checkpoint of the draw is that one of the rows which gave most of its responses: of several the one that is called
    so, or is of that arm. In it a response is the row with its name or, where the rows are numbered otherwise, another
    one with its text, rated as it was if there is such a one.
    """
    drawn = {(each.task, each.cluster, each.answer) for each in labels.drawn}
    found: dict[_Whose, dict[_Text, list[int]]] = {}
    tasks = {task for task, _, _ in drawn}
    for place, row in enumerate(rows):
        if row.task in tasks and (text := (row.task, row.cluster, whole(text_shown(row)))) in drawn:
            found.setdefault((row.arm, row.checkpoint), {}).setdefault(text, []).append(place)
    groups: dict[_Whose, list[Drawn]] = {}
    for each in labels.drawn:
        groups.setdefault((each.arm, each.checkpoint), []).append(each)
    places: dict[str, int] = {}
    for whose, of_one in groups.items():
        texts = [_text(each) for each in of_one]
        shared = {other: sum(text in there for text in texts) for other, there in found.items()}
        if most := max(shared.values(), default=0):
            best = min((other for other in shared if shared[other] == most), key=lambda other: _distance(whose, other))
            places |= _within(of_one, found[best], rows, labels.key)
    return places


def _written(row: ResponseRow) -> str:
    text = text_shown(row)
    return text if text.isascii() else whole(text)


def _text(drawn: Drawn) -> _Text:
    return drawn.task, drawn.cluster, drawn.answer


def _distance(drawn: _Whose, row: _Whose) -> tuple[bool, bool, bool, _Whose]:
    """Of checkpoints that gave the same the nearest by name."""
    return drawn != row, drawn[0] != row[0], drawn[1] != row[1], row


def _within(
    drawn: Sequence[Drawn], there: Mapping[_Text, Sequence[int]], rows: Sequence[ResponseRow], key: str
) -> dict[str, int]:
    """The places of the drawn responses of one checkpoint, of which these are the rows by text."""
    checkpoint = drawn[0].checkpoint
    names: dict[str, int] = {}
    for text in dict.fromkeys(map(_text, drawn)):
        for place in there.get(text, ()):
            names[response_name(replace(rows[place], checkpoint=checkpoint))] = place
    found = {each.response: names[each.response] for each in drawn if each.response in names}
    taken = set(found.values())
    free: dict[_Text, list[int]] = {}
    for each in drawn:
        if each.response in found:
            continue
        if (text := _text(each)) not in free:
            left = [place for place in there.get(text, ()) if place not in taken]
            free[text] = sorted(left, key=lambda place: response_name(rows[place]), reverse=True)
        if left := free[text]:
            alike = [place for place in left if rows[place].values.get(key) == each.judged]
            found[each.response] = (alike or left)[-1]
            left.remove(found[each.response])
    return found
