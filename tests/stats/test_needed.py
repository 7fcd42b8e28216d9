"""How many answers an exact probability stands for: against a simulation and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.needed import Known, needed


def width(shares: np.ndarray) -> float:
    return float(2 * stats.t.ppf(0.975, len(shares) - 1) * shares.std(ddof=1) / len(shares) ** 0.5)


def test_so_many_drawn_answers_give_an_interval_five_percent_wider_and_half_of_them_do_not() -> None:
    draw = np.random.default_rng(3)
    shares = draw.beta(2, 5, 40)
    found = needed([Known(f"q{place}", "one", share) for place, share in enumerate(shares)])
    assert found.like is not None
    assert found.half_like == pytest.approx(width(shares) / 2)

    def ratio(answers: int) -> float:
        widths = [width(draw.binomial(answers, shares) / answers) ** 2 for _ in range(3000)]
        return float(np.mean(widths)) ** 0.5 / width(shares)

    assert ratio(found.like) == pytest.approx(1.05, abs=0.004)
    assert ratio(found.like // 2) > 1.07


def test_on_these_questions_only_what_is_unresolved_can_be_matched() -> None:
    exact = [Known(f"q{place}", "one", 0.2 + place / 100) for place in range(10)]
    assert needed(exact).these is None
    open_ = [Known(each.question, "one", each.probability, 0.1) for each in exact]
    found = needed(open_)
    spread = np.mean([(p := each.probability + 0.05) * (1 - p) for each in open_])
    # 1.96 sqrt(spread / (10 n)) is half of 0.1.
    assert found.these == int(np.ceil(stats.norm.ppf(0.975) ** 2 * spread / 10 / 0.05**2))
    assert (found.low, found.high) == pytest.approx((0.245, 0.345))


def test_equal_questions_are_matched_by_no_number_and_certain_ones_by_one() -> None:
    assert needed([Known("a", "one", 0.3), Known("b", "one", 0.3)]).like is None
    assert needed([Known("a", "one", 0.0), Known("b", "one", 1.0)]).like == 1
    assert needed([Known("a", "one", 0.3)]).like is None
    with pytest.raises(ValueError, match="no probabilities"):
        needed([])
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        needed([Known("a", "one", 0.8, 0.4)])
