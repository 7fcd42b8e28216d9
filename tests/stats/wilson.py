"""Wilson's interval, from its defining quadratic equation."""

from __future__ import annotations

import numpy as np


def wilson(p: float, n: float, quantile: float) -> tuple[float, float]:
    """The two shares u with (p - u)^2 = quantile^2 u(1-u) / n."""
    square = quantile**2 / n
    low, high = sorted(np.roots([1 + square, -2 * p - square, p * p]).real)
    return max(0.0, float(low)), min(1.0, float(high))
