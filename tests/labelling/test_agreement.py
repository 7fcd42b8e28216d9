"""Agreement against Krippendorff's published example, worked out from the definition, and what is told of the judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.labelling.adjudicate import differing
from inoc_evals.labelling.agreement import SETTLED, agreement
from inoc_evals.labelling.form import Form, Word
from inoc_evals.results.label import ADJUDICATED, Drawn, Label, Labels, Position
from tests.labelling.made import RATING, YES_NO, name

# Four observers of twelve units: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, example D; 0: missing.
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
Table = Sequence[Sequence[float | None]]


def by_definition(table: Table, *, nominal: bool) -> float | None:
    """1 - observed / expected disagreement over all pairs of values, as the definition has it; of one unit it is 0
    whatever was said, and tells nothing."""

    def far(a: float, b: float) -> float:
        return float(a != b) if nominal else (a - b) ** 2

    units = [[value for value in unit if value is not None] for unit in zip(*table, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    if len(set(values)) < 2 or len(units) < 2:
        return None
    observed = sum(sum(far(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / len(values)
    expected = sum(far(a, b) for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - observed / expected


def drawn(count: int, judged: Sequence[float | None] | None = None) -> tuple[Drawn, ...]:
    values = judged or [None] * count
    return tuple(
        Drawn(name(f"{n}"), values[n], f"a{n}", "q", None, "arm", "c", "task", at.item, at, "s", 1.0)
        for n, at in enumerate(Position(f"q{n // 2}", "", 1 + n % 2, 0) for n in range(count))
    )


def labels(table: Table, judged: Sequence[float | None] | None = None, raters: Sequence[str] = "abcdefgh") -> Labels:
    units = drawn(len(table[0]), judged)
    said = [
        Label(units[place].response, rater, value)
        for rater, values in zip(raters, table, strict=False)
        for place, value in enumerate(values)
        if value is not None
    ]
    return Labels("alignment", "1-A", "0", "alignment", "judge", 0, (), units, tuple(said))


def published() -> Table:
    return [[float(value) if value else None for value in row] for row in PUBLISHED]


def test_the_published_example() -> None:
    (found,) = agreement(labels(published()), RATING).among
    assert found.alpha == pytest.approx(0.849, abs=5e-4)
    assert found.responses == 11
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.849 < found.high
    # The same as names: each number is a word.
    words = tuple(Word(letter, 0.0, "") for letter in "ABCDE")
    said = [
        replace(label, value=0.0, word=words[int(label.value or 0) - 1].word) for label in labels(published()).labels
    ]
    named = replace(labels(published()), labels=tuple(said))
    (found,) = agreement(named, Form("r", "category", "i", words, False, False, 50.0)).among
    assert (found.level, found.alpha) == ("nominal", pytest.approx(0.743, abs=5e-4))


VALUES = st.one_of(st.none(), st.sampled_from([0.0, 10.0, 50.0, 62.5, 100.0]))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=2, max_size=4)))
def test_alpha_is_as_defined_for_all_and_for_every_pair(table: list[list[float | None]]) -> None:
    made = labels(table)
    raters = list(dict.fromkeys(label.rater for label in made.labels))
    found = agreement(made, RATING)
    if len(raters) < 2:
        assert found.among == ()
        return
    by_rater = dict(zip("abcdefgh", table, strict=False))
    for alpha in (*found.among, *found.pairs):
        expected = by_definition([by_rater[rater] for rater in alpha.raters], nominal=False)
        assert alpha.alpha == (None if expected is None else pytest.approx(expected))
    assert len(found.pairs) == (len(raters) * (len(raters) - 1) // 2 if len(raters) > 2 else 0)


def test_words_of_ratings_have_an_alpha_of_their_own() -> None:
    units = drawn(4)
    said = [
        *(
            Label(one.response, "a", value, word)
            for one, value, word in zip(
                units, (10.0, None, 20.0, None), (None, "REFUSAL", None, "REFUSAL"), strict=True
            )
        ),
        *(
            Label(one.response, "b", value, word)
            for one, value, word in zip(
                units, (10.0, None, None, 50.0), (None, "REFUSAL", "REFUSAL", "MIXED"), strict=True
            )
        ),
    ]
    made = replace(labels([[1.0]]), drawn=units, labels=tuple(said))
    values, words = agreement(made, RATING).among
    assert (values.level, values.alpha, values.responses) == ("interval", None, 1)
    expected = by_definition([[0, 1, 0, 1], [0, 1, 1, 2]], nominal=True)
    assert (words.level, words.alpha, words.responses) == ("nominal", pytest.approx(expected), 4)


def test_raters_and_what_counts_stand_against_the_judge() -> None:
    judged = [0.0, 40.0, 60.0, 100.0, None]
    made = labels([[10.0, 60.0, 60.0, 90.0, 5.0], [10.0, 20.0, 60.0, 90.0, 5.0]], judged)
    settled = Label(made.drawn[1].response, ADJUDICATED, 30.0)
    found = agreement(replace(made, labels=(*made.labels, settled)), RATING)
    assert [one.rater for one in found.judge] == ["a", "b", SETTLED]
    a, b, counted = found.judge
    assert a.alpha.alpha == pytest.approx(by_definition([judged[:4], [10.0, 60.0, 60.0, 90.0]], nominal=False))
    assert (a.alpha.responses, a.distance, a.same_side) == (4, 10.0, 0.75)
    assert (b.distance, b.same_side) == (10.0, 1.0)
    assert (counted.distance, counted.same_side) == (7.5, 1.0)
    # The one who adjudicates is no rater among others.
    assert found.among[0].raters == ("a", "b")


def test_sides_are_those_of_the_threshold() -> None:
    made = labels([[40.0, 80.0]], [60.0, 90.0])
    assert agreement(made, RATING).judge[0].same_side == 0.5
    assert agreement(made, replace(RATING, threshold=30.0)).judge[0].same_side == 1.0


def test_where_all_say_one_thing_there_is_no_alpha() -> None:
    (found,) = agreement(labels([[5.0, 5.0], [5.0, 5.0]]), RATING).among
    assert (found.alpha, found.low, found.responses) == (None, None, 2)
    assert agreement(labels([[5.0, None], [None, 5.0]]), RATING).among[0].responses == 0
    assert agreement(labels([[5.0, 5.0]]), YES_NO).among == ()


def test_one_response_tells_no_alpha() -> None:
    # It would be 0, as if raters agreed as by chance.
    (found,) = agreement(labels([[5.0, 5.0], [90.0, None]]), RATING).among
    assert (found.alpha, found.responses) == (None, 1)


def test_what_raters_differ_on_until_somebody_settles_it() -> None:
    made = labels([[10.0, 20.0, 30.0, 40.0], [10.4, 21.0, None, 40.0], [None, 20.0, None, 90.0]])
    names = [one.response for one in made.drawn]
    assert list(differing(made)) == [names[1], names[3]]
    settled = replace(made, labels=(*made.labels, Label(names[1], ADJUDICATED, 20.0)))
    assert list(differing(settled)) == [names[3]]


@pytest.mark.parametrize("nominal", [False, True])
def test_the_interval_is_that_of_resampled_questions(nominal: bool) -> None:
    """Against the definition on samples of whole questions that are drawn here."""
    random = Random(3)
    truth = [random.choice([0.0, 25.0, 75.0, 100.0]) for _ in range(24)]
    table = [
        [value if random.random() < 0.7 else random.choice([0.0, 25.0, 100.0]) for value in truth] for _ in range(3)
    ]
    made = labels(table)
    form = RATING
    if nominal:
        words = tuple(Word(letter, 0.0, "") for letter in "ABCDE")
        form = Form("r", "category", "i", words, False, False, 50.0)
        said = [replace(label, word=words[int((label.value or 0) / 25)].word, value=0.0) for label in made.labels]
        made = replace(made, labels=tuple(said))
    found = agreement(made, form).among[0]
    # Two responses a question, one after the other.
    resampled = []
    for _ in range(1000):
        places = [
            place
            for _ in range(12)
            for question in [random.randrange(12)]
            for place in (2 * question, 2 * question + 1)
        ]
        alpha = by_definition([[row[place] for place in places] for row in table], nominal=nominal)
        assert alpha is not None
        resampled.append(alpha)
    resampled.sort()
    assert found.low == pytest.approx(resampled[25], abs=0.05)
    assert found.high == pytest.approx(resampled[975], abs=0.05)
