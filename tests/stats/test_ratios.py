"""A sum over a sum: by hand, against a usual interval, and how often the truth is inside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.ratios import ratio


def test_by_hand() -> None:
    # 12 over 4. What is left of each: 2 - 3, 10 - 9; the variance 2/1 * (1 + 1) / 16, t of one degree 12.706.
    found = ratio([2, 10], [1, 3])
    assert found.mean == 3.0
    assert found.low == pytest.approx(3 - 12.7062 * 0.5, abs=1e-3)
    assert found.high == pytest.approx(3 + 12.7062 * 0.5, abs=1e-3)


def test_with_sizes_of_one_it_is_a_mean() -> None:
    given = [0.3, 1.7, 2.2, 0.1, 5.0]
    found = ratio(given, [1] * 5)
    ends = stats.t.interval(0.95, 4, loc=np.mean(given), scale=stats.sem(given))
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(given), *ends))


def test_one_cluster_has_no_interval() -> None:
    found = ratio([2.0], [4.0])
    assert (found.mean, found.low, found.high) == (0.5, None, None)


@pytest.mark.parametrize(("totals", "sizes"), [([], []), ([1.0], [1.0, 2.0])])
def test_what_makes_no_ratio_is_refused(totals: list[float], sizes: list[float]) -> None:
    with pytest.raises(ValueError, match="empty or differ"):
        ratio(totals, sizes)


def test_the_interval_covers() -> None:
    # Rows of 1 to 40 tokens, whose mean loss differs from row to row and is larger in short ones.
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(2000):
        sizes = random.integers(1, 41, 60)
        totals = sizes * random.gamma(4.0, 0.25, 60) + random.gamma(2.0, 0.5, 60)
        found = ratio(totals.tolist(), sizes.tolist())
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 1.0 + 1.0 / 20.5 <= found.high
    assert 0.93 <= inside / 2000 <= 0.97
