"""Which rows of a checkpoint the responses are that were drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inoc_evals.results.label import Drawn
from inoc_evals.results.matched_rows import CheckpointRows, Text, text_of
from inoc_evals.results.row import ResponseRow

# Text and rating, 0 to 100.
_Rated = tuple[Text, float | None]


def places_within(
    drawn: Sequence[Drawn], here: CheckpointRows, rows: Sequence[ResponseRow], key: str
) -> tuple[dict[str, int], set[str]]:
    """The places in `rows` of the drawn responses of one checkpoint, whose rows are `here`, and the responses that may
    be several of them. Responses are known by where they stand, unless others stand there now; then by their text and
    the rating `key`. Rows that are alike in these, and in all other values, give the same whichever of them is
    taken."""
    alike: dict[_Rated, list[Drawn]] = {}
    for each in drawn:
        alike.setdefault((text_of(each), each.judged), []).append(each)
    with_text = {which: list(here.by_text.get(which[0], ())) for which in alike}
    with_rating = {
        which: [place for place in places if rows[place].values.get(key) == which[1]]
        for which, places in with_text.items()
    }
    if 2 * sum(map(bool, with_rating.values())) < len(with_rating):
        # They were rated anew, and the ratings tell nothing.
        with_rating = with_text
    found = _standing(alike, here, with_rating)
    several: set[str] = set()
    taken = set(found.values())
    for which, of_one in alike.items():
        left = [each.response for each in of_one if each.response not in found]
        free = [place for place in with_rating[which] if place not in taken]
        differ = any(rows[place].values != rows[free[0]].values for place in free)
        if differ or (with_text[which] and not with_rating[which]):
            several |= set(left)
        else:
            chosen = dict(zip(left, free, strict=False))
            found |= chosen
            taken |= set(chosen.values())
    return found, several


def _standing(
    alike: Mapping[_Rated, Sequence[Drawn]], here: CheckpointRows, with_rating: Mapping[_Rated, Sequence[int]]
) -> dict[str, int]:
    """The places of those that stand where they stood; none where others stand there now, or have their text, while all
    are elsewhere with the rating that they had."""
    at_position = {
        each.response: (which, here.at_position(each)) for which, several in alike.items() for each in several
    }
    standing = {name: (which, place) for name, (which, place) in at_position.items() if place is not None}
    if any(place not in here.by_text.get(which[0], ()) for which, place in standing.values()):
        return {}
    as_rated = all(place in with_rating[which] for which, place in standing.values())
    if not as_rated and all(len(with_rating[which]) >= len(several) for which, several in alike.items()):
        return {}
    return {name: place for name, (_, place) in standing.items()}
