"""Several draws of one rating: what they say together, and of which responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from inoc_evals.results.corrected import CorrectedRate, Corrections
from inoc_evals.results.label import Label, Labels
from inoc_evals.results.row import ResponseRow
from tests.results.test_corrected import as_judged, by_place, corrected, labels, study


def rate(found: Corrections, arm: str = "none", measure: str = "misaligned") -> CorrectedRate:
    return by_place(found)[measure, arm]


def of(rows: Sequence[ResponseRow], arm: str) -> list[ResponseRow]:
    return [row for row in rows if row.arm == arm]


def doubted(row: ResponseRow) -> float:
    """People, who find every third response to be the other way round."""
    value = as_judged(row) or 0.0
    return 100 - value if row.epoch % 3 == 0 else value


def test_draws_of_an_arm_each_say_of_it_what_they_say_alone() -> None:
    rows = study()
    none, spanish = (labels(of(rows, arm), doubted, seed=seed) for seed, arm in enumerate(("none", "spanish")))
    both = corrected(rows, none, spanish)
    for arm, alone in (("none", none), ("spanish", spanish)):
        for measure in ("misaligned", "alignment"):
            expected = rate(corrected(rows, alone), arm, measure)
            assert rate(both, arm, measure) == expected


def test_draws_of_a_checkpoint_each_are_those_of_the_arm() -> None:
    rows = study(seeds=2)
    parts = [
        labels([row for row in of(rows, "none") if row.checkpoint == f"none-s{seed}"], doubted, seed=seed)
        for seed in range(2)
    ]
    together = labels(of(rows, "none"), doubted)
    joined, once = rate(corrected(rows, *parts)), rate(corrected(rows, together))
    assert joined.rate.mean == pytest.approx(once.rate.mean)
    assert (joined.rate.low, joined.rate.high) == (pytest.approx(once.rate.low), pytest.approx(once.rate.high))


def test_a_draw_of_all_is_the_rate_of_people_whatever_was_drawn_before() -> None:
    rows = study()
    every, some = labels(rows, doubted, share=1.0), labels(rows, doubted, share=1 / 4, seed=5)
    alone = corrected(rows, every)
    own = of(rows, "none")
    assert rate(alone).rate.mean == pytest.approx(sum(doubted(row) < 50 for row in own) / len(own))
    for order in ((every, some), (some, every)):
        assert corrected(rows, *order).rates == alone.rates


def test_labels_of_what_was_sure_to_be_drawn_are_no_draw_of_all() -> None:
    rows = study()
    some, half = labels(rows, doubted, share=1 / 4, seed=5), labels(rows, doubted)
    certain = tuple(replace(each, weight=1.0) for each in some.drawn)
    # One more was drawn, for all others of its arm, and nobody has labelled it.
    one = next(row for row in of(rows, "none") if row.epoch == 2)
    other = replace(labels([one], doubted).drawn[0], stratum="none: others", weight=90.0)
    found = corrected(rows, replace(some, drawn=(*certain, other)), half)
    labelled = {each.response for each in (*some.drawn, *half.drawn) if each.arm == "none"}
    assert rate(found).rate.labels == len(labelled)


def test_a_response_that_two_draws_settle_differently_counts_as_not_labelled() -> None:
    rows = study()
    given = labels(rows, as_judged)
    first = given.labels[0]
    other = replace(given, seed=9, labels=(*given.labels[1:], replace(first, value=100 - (first.value or 0))))
    for order in ((given, other), (other, given)):
        found = corrected(rows, *order)
        assert any("counts as not labelled (1 of the responses)" in note for note in found.notes)
        assert rate(found).rate.labels == 59
    assert not corrected(rows, given, replace(given, seed=9)).notes


def test_labels_of_a_part_of_an_arm_are_said_to_stand_for_the_others_too() -> None:
    rows = study(seeds=2)
    half = [row for row in rows if row.checkpoint != "none-s1"]
    found = corrected(rows, labels(half, as_judged))
    (note,) = found.notes
    assert "drawn from 120 of the 240 responses of none that are here" in note
    every = labels(rows, as_judged)
    assert not corrected(rows, every).notes
    # It is known from how many they were drawn, whatever those that were drawn stand for.
    assert not corrected(rows, replace(every, drawn=tuple(replace(each, weight=1.5) for each in every.drawn))).notes
    rest = labels([row for row in rows if row.checkpoint == "none-s1"], as_judged, seed=4)
    assert not corrected(rows, labels(half, as_judged), rest).notes


def test_the_order_in_which_raters_are_read_is_nothing() -> None:
    said = [Label("a" * 16, name, value) for name, value in (("ann", 50.0), ("ben", 50.4), ("cem", 49.8))]
    none = Labels("alignment", "1-A", "0" * 64, "alignment", "", 0, (), (), ())
    settled = {
        replace(none, labels=tuple(said[place] for place in order)).settled().get("a" * 16)
        for order in ((0, 1, 2), (1, 2, 0), (2, 1, 0))
    }
    assert settled == {None}
    near = [replace(said[0], value=49.6), said[0]]
    values = {replace(none, labels=tuple(order)).settled()["a" * 16].value for order in (near, near[::-1])}
    assert values == {49.8}
