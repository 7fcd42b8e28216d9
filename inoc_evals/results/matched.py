"""Which rows the drawn responses of a folder of labels are, also where checkpoints, arms or files have other names now,
or a table has other lines first.

A label counts for a row only if that has what was labelled (task, item, condition, question, system prompt and text)
and is of the checkpoint that was drawn from. A checkpoint is known by its arm and label or, under other names, by
having every response that was drawn of it: what was drawn at random from one is then drawn at random from the other
too, so that its labels are right there, whatever it is called. What could be several rows is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inoc_evals.files import whole_text
from inoc_evals.results.label import Drawn, Labels, Position, position_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import text_shown

# Task, item and condition; with these the question's cluster, question, system prompt and text; with these the rating;
# arm and checkpoint.
_Asking = tuple[str, str, str]
_Text = tuple[_Asking, str, str | None, str | None, str]
_Rated = tuple[_Text, float | None]
_Whose = tuple[str, str]
# Numbers of rows, in their order.
_Places = Mapping[int, None]


@dataclass(frozen=True)
class Matched:
    """By drawn response the `places` of their rows. The `ambiguous` ones may be several rows, and all others are not
    here. `notes` say why, one sentence without its full stop each."""

    places: Mapping[str, int]
    ambiguous: frozenset[str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _There:
    """The rows of one checkpoint that drawn responses may be: those with the text of one, and those that stand where
    one stood."""

    by_text: dict[_Text, dict[int, None]] = field(default_factory=dict)
    by_position: dict[tuple[str, Position], int] = field(default_factory=dict)

    def of(self, drawn: Drawn) -> _Places:
        return self.by_text.get(_text(drawn), {})

    def how_many(self, drawn: Sequence[Drawn]) -> int:
        """How many of these responses have a row of their own here."""
        return sum(min(count, len(self.by_text.get(text, ()))) for text, count in Counter(map(_text, drawn)).items())

    def own(self, drawn: Drawn) -> int | None:
        """The row that stands where the response stood, whatever its text is."""
        return self.by_position.get((drawn.task, drawn.position))

    def holds(self, drawn: Sequence[Drawn]) -> bool:
        """Are all of these responses here, or at least half of them, each where it stood and no other in its place?"""
        found = self.how_many(drawn)
        if 2 * found < len(drawn):
            return False
        return found == len(drawn) or all(
            own is None or own in self.of(one) for one in drawn for own in [self.own(one)]
        )

    def replaced(self, drawn: Sequence[Drawn]) -> int:
        """How many of these responses are not here, though another stands where they stood."""
        return sum(not self.of(each) and self.own(each) is not None for each in drawn)


def matched(labels: Labels, rows: Sequence[ResponseRow]) -> Matched:
    """The rows of the drawn responses of `labels`, no row for two of them."""
    groups: dict[_Whose, list[Drawn]] = {}
    for each in labels.drawn:
        groups.setdefault((each.arm, each.checkpoint), []).append(each)
    there = _there(labels.drawn, rows)
    chosen = _checkpoints(groups, there)
    places: dict[str, int] = {}
    several: set[str] = set()
    for whose, other in chosen.items():
        found, unclear = _within(groups[whose], there[other], rows, labels.key)
        places |= found
        several |= unclear
    notes = [note for whose, other in chosen.items() if (note := _taken_for(whose, other, groups[whose]))]
    if several:
        what = "have the text of responses here that are rated differently, and which of them was labelled is not known"
        notes.append(f"{len(several)} of the drawn responses {what}; they are left out")
    left = {other: those for other, those in there.items() if other not in chosen.values()}
    for whose, drawn in groups.items():
        if whose not in chosen:
            unclear, note = _why_not(whose, drawn, left)
            several |= unclear
            notes += [note] if note else []
    return Matched(places, frozenset(several), tuple(notes))


def _text(drawn: Drawn) -> _Text:
    asking = (drawn.task, drawn.position.item, drawn.position.condition)
    return asking, drawn.cluster, drawn.question, drawn.system, drawn.answer


def _there(drawn: Sequence[Drawn], rows: Sequence[ResponseRow]) -> dict[_Whose, _There]:
    texts: dict[_Asking, set[str]] = {}
    numbers: dict[_Asking, set[tuple[int, int]]] = {}
    for each in drawn:
        asking = _text(each)[0]
        texts.setdefault(asking, set()).add(each.answer)
        numbers.setdefault(asking, set()).add((each.position.epoch, each.position.choice))
    found: dict[_Whose, _There] = {}
    for place, row in enumerate(rows):
        asking = (row.task, row.item, row.condition)
        if asking not in texts:
            continue
        answer = whole_text(text_shown(row))
        same, stands = answer in texts[asking], (row.epoch, row.choice) in numbers[asking]
        if not (same or stands):
            continue
        there = found.setdefault((row.arm, row.checkpoint), _There())
        if same:
            text = (asking, row.cluster, _told(row.asked.question), _told(row.asked.system), answer)
            there.by_text.setdefault(text, {})[place] = None
        if stands:
            there.by_position[row.task, position_of(row)] = place
    return found


def _told(text: str | None) -> str | None:
    return None if text is None else whole_text(text)


def _checkpoints(groups: Mapping[_Whose, Sequence[Drawn]], there: Mapping[_Whose, _There]) -> dict[_Whose, _Whose]:
    """By checkpoint of the draw that one of the rows: the one of its name if that holds its responses, else another one
    that has all of them, else the one of its name if most of what stands there was drawn. No two have one."""
    whole_in = {
        whose: [other for other, those in there.items() if those.how_many(drawn) == len(drawn)]
        for whose, drawn in groups.items()
    }
    chosen = {whose: whose for whose, drawn in groups.items() if whose in there and there[whose].holds(drawn)}
    while True:
        settled = _agreed(whole_in, chosen)
        if not settled:
            break
        chosen |= settled
    taken = set(chosen.values())
    for whose, drawn in groups.items():
        if whose in chosen or whose in taken or whose not in there:
            continue
        own = there[whose].how_many(drawn)
        elsewhere = [those.how_many(drawn) for other, those in there.items() if other not in {*taken, whose}]
        if own > max(elsewhere, default=0) and own >= there[whose].replaced(drawn):
            chosen[whose] = whose
    return chosen


def _agreed(whole_in: Mapping[_Whose, Sequence[_Whose]], chosen: Mapping[_Whose, _Whose]) -> dict[_Whose, _Whose]:
    """Of the checkpoints that are not `chosen` yet those that are the nearest to each other."""
    wanted: dict[_Whose, list[_Whose]] = {}
    for whose, others in whole_in.items():
        nearest = _nearest(whose, [other for other in others if other not in chosen.values()])
        if whose not in chosen and nearest is not None:
            wanted.setdefault(nearest, []).append(whose)
    both = ((_nearest(other, several), other) for other, several in wanted.items())
    return {whose: other for whose, other in both if whose is not None}


def _nearest(whose: _Whose, others: Sequence[_Whose]) -> _Whose | None:
    """The only one, or the only one of the same arm or else of the same label, which may have got another number beside
    other files; None where that is not one."""
    of_arm = [other for other in others if other[0] == whose[0]]
    of_label = [other for other in others if other[1] == whose[1]]
    near = of_arm or of_label or others
    return near[0] if len(near) == 1 else None


def _within(
    drawn: Sequence[Drawn], there: _There, rows: Sequence[ResponseRow], key: str
) -> tuple[dict[str, int], set[str]]:
    """The places of the drawn responses of one checkpoint, of which these are the rows, and the responses that may be
    several of them. Responses are known by where they stand, unless others stand there now; then by their text and
    rating. Rows that are alike in these, and in all other values, give the same whichever of them is taken."""
    alike: dict[_Rated, list[Drawn]] = {}
    for each in drawn:
        alike.setdefault((_text(each), each.judged), []).append(each)
    with_text = {which: list(there.by_text.get(which[0], ())) for which in alike}
    rated = {
        which: [place for place in places if rows[place].values.get(key) == which[1]]
        for which, places in with_text.items()
    }
    if 2 * sum(map(bool, rated.values())) < len(rated):
        # They were rated anew, and the ratings tell nothing.
        rated = with_text
    found = _standing(alike, there, rated)
    several: set[str] = set()
    taken = set(found.values())
    for which, of_one in alike.items():
        left = [each.response for each in of_one if each.response not in found]
        free = [place for place in rated[which] if place not in taken]
        if any(rows[place].values != rows[free[0]].values for place in free) or (with_text[which] and not rated[which]):
            several |= set(left)
        else:
            chosen = dict(zip(left, free, strict=False))
            found |= chosen
            taken |= set(chosen.values())
    return found, several


def _standing(
    alike: Mapping[_Rated, Sequence[Drawn]], there: _There, rated: Mapping[_Rated, Sequence[int]]
) -> dict[str, int]:
    """The places of those that stand where they stood; none where others stand there now, or have their text, while all
    are elsewhere with the rating that they had."""
    own = {each.response: (which, there.own(each)) for which, several in alike.items() for each in several}
    standing = {name: (which, place) for name, (which, place) in own.items() if place is not None}
    if any(place not in there.by_text.get(which[0], ()) for which, place in standing.values()):
        return {}
    as_rated = all(place in rated[which] for which, place in standing.values())
    if not as_rated and all(len(rated[which]) >= len(several) for which, several in alike.items()):
        return {}
    return {name: place for name, (_, place) in standing.items()}


def _taken_for(whose: _Whose, other: _Whose, drawn: Sequence[Drawn]) -> str:
    if whose[0] == other[0] or whose[1] == other[1]:
        return ""
    return f"the {len(drawn)} responses of {_called(whose)} are taken for those of {_called(other)}, which has them all"


def _why_not(whose: _Whose, drawn: Sequence[Drawn], left: Mapping[_Whose, _There]) -> tuple[set[str], str]:
    """The responses of a checkpoint of which it is not known which rows they are, and why, if anything is to be said:
    most are simply not here."""
    counts = {other: those.how_many(drawn) for other, those in left.items()}
    most = max(counts.values(), default=0)
    names = " and ".join(_called(other) for other, count in counts.items() if count == most)
    if most == len(drawn):
        what = f"the {most} responses of {_called(whose)} may be those of {names}, which say the same"
        remedy = "they are left out; call arms and files as they were when they were drawn"
        return {each.response for each in drawn}, f"{what}; {remedy}"
    if whose in left and (replaced := left[whose].replaced(drawn)) > counts[whose]:
        what = f"other texts stand where {replaced} of the {len(drawn)} drawn responses of {_called(whose)} stood"
        return set(), f"{what}, as in another sample, and its labels are left out"
    what = f"{most} of the {len(drawn)} drawn responses of {_called(whose)} are in {names}"
    if whose in left and most:
        several = {each.response for each in drawn if left[whose].of(each)}
        return several, f"{what}, and they are left out, since it is not known whose they are"
    if 2 * most >= len(drawn):
        return set(), f"{what}, but not all; they are left out, unless it is called as it was when they were drawn"
    return set(), ""


def _called(whose: _Whose) -> str:
    arm, checkpoint = whose
    return arm if arm == checkpoint else f"{arm} ({checkpoint})"
