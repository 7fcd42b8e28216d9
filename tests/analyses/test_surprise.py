"""What is said of losses with and without a prompt, by hand."""

from __future__ import annotations

import pytest

from inoc_evals.analyses.response_losses import RowLoss
from inoc_evals.analyses.surprise import Checkpoint, Read, Training, answers, check_alike, points
from inoc_evals.errors import InputError

TOKENS = ((4, 5, 0), (4, 0))


def read(without: tuple[tuple[float, ...], ...], under: tuple[tuple[float, ...], ...]) -> Read:
    return Read(
        *(tuple(RowLoss(n, "p", TOKENS[n], losses) for n, losses in enumerate(each)) for each in (without, under))
    )


BEFORE = read(((3.0, 2.0, 1.0), (5.0, 1.0)), ((1.0, 2.0, 0.0), (2.0, 2.0)))
AFTER = read(((2.0, 1.0, 0.0), (3.0, 1.0)), ((0.5, 0.5, 0.0), (1.0, 0.0)))


def named(label: str, step: int | None, given: Read) -> Checkpoint:
    return Checkpoint(label, step, given, {4: " HOLA", 5: " AMIGO", 0: "<end>"}.__getitem__)


def test_the_means_of_tokens_and_rows_and_what_was_learned() -> None:
    base, trained = named("base", 0, BEFORE), named("a-step8", 8, AFTER)
    first, second = points([Training("a", "a", base, (trained,))])
    assert (first.arm, first.checkpoint, first.step, first.learned) == ("a", "base", 0, None)
    assert (second.arm, second.checkpoint, second.step) == ("a", "a-step8", 8)
    # Five tokens: 6 + 6 without the prompt, 3 + 4 under it.
    token, row = first.per_token, first.per_row
    assert (token.without.mean, token.under.mean, token.difference.mean) == pytest.approx((2.4, 1.4, -1.0))
    assert (row.without.mean, row.under.mean, row.difference.mean) == pytest.approx((6.0, 3.5, -2.5))
    # Rows of -3 and -2: t of one degree, 12.706, times a standard error of 0.5.
    assert (row.difference.low, row.difference.high) == pytest.approx((-2.5 - 6.353, -2.5 + 6.353), abs=1e-3)
    # Left of -3 in three tokens and -2 in two at -1 a token: nothing.
    assert (token.difference.low, token.difference.high) == pytest.approx((-1.0, -1.0))
    assert second.learned is not None
    assert second.learned.without.mean == pytest.approx((12 - 7) / 5)
    assert second.learned.under.mean == pytest.approx((7 - 2) / 5)


def test_every_training_has_its_start() -> None:
    base = named("base", None, BEFORE)
    one = Training("a", "a-s1", base, (named("a-s1-step4", 4, AFTER), named("a-s1-step8", 8, AFTER)))
    found = points(
        [one, Training("a", "a-s2", base, (named("a-s2-step4", 4, AFTER),)), Training("b", "b", None, (base,))]
    )
    assert [(one.arm, one.training, one.checkpoint, one.step) for one in found] == [
        ("a", "a-s1", "base", 0),
        ("a", "a-s1", "a-s1-step4", 4),
        ("a", "a-s1", "a-s1-step8", 8),
        ("a", "a-s2", "base", 0),
        ("a", "a-s2", "a-s2-step4", 4),
        ("b", "b", "base", None),
    ]


def test_tokens_by_what_is_taken_off_and_places_in_the_answer() -> None:
    found = answers(named("base", 0, BEFORE))
    assert [(one.text, one.count, one.without, one.under, one.fall) for one in found.tokens] == [
        (" HOLA", 2, 4.0, 1.5, 5.0),
        (" AMIGO", 1, 2.0, 2.0, 0.0),
        ("<end>", 2, 1.0, 1.0, 0.0),
    ]
    assert [(one.first, one.last, one.count, one.change.difference.mean) for one in found.stretches] == [
        (1, 1, 2, -2.5),
        (2, 2, 2, 0.5),
        (3, 4, 1, -1.0),
    ]
    # One row reaches there.
    assert found.stretches[2].change.difference.low is None


def test_answers_of_other_tokens_are_refused() -> None:
    check_alike(BEFORE)
    other = Read(BEFORE.without, (BEFORE.under[0], RowLoss(1, "p", (5, 0), (1.0, 1.0))))
    with pytest.raises(InputError, match="row 2: its answer is read in other tokens"):
        check_alike(other)
