"""Where the points of a tested forecast stand: predicted suppression to the right, measured up, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inoc_evals.report.pictures import LEFT, RIGHT, Ruler
from inoc_evals.report.texts import number
from inoc_evals.results.forecast import ForecastTest

HEIGHT = 260
_TOP, _BOTTOM = 14.0, 226.0
# Room for the numbers of the upright axis.
_INSET = 34.0


@dataclass(frozen=True)
class Mark:
    """A number on an axis, and where it stands there."""

    at: float
    text: str


@dataclass(frozen=True)
class Point:
    """One arm: its number in the table, and where it, and the ends of its interval, stand."""

    place: int
    arm: str
    x: float
    y: float
    top: float
    bottom: float
    told: str


@dataclass(frozen=True)
class Picture:
    """The points, both axes, and the ends of the line on which predicted and measured are the same."""

    points: tuple[Point, ...]
    across: tuple[Mark, ...]
    upright: tuple[Mark, ...]
    same: tuple[float, float, float, float]
    aloud: str


def picture(test: ForecastTest) -> Picture | None:
    """The picture of the predictor that ranks; None without a measured arm."""
    if not test.measured:
        return None
    name = test.prediction.ranked_by
    predicted = {one.arm: one for one in test.prediction.arms}
    lows = [end for one in test.measured for end in (one.low, one.mean) if not math.isnan(end)]
    # Shares of the scale: what lies below 0 is a trait that has grown.
    ruler = Ruler(min(0.0, math.floor(4 * min(lows)) / 4), 1.0)
    points = []
    for one in test.measured:
        foretold = predicted[one.arm]
        low, high = (one.mean if math.isnan(end) else end for end in (one.low, one.high))
        told = f"{one.arm}: predicted {number(foretold.predicted[name])}, measured {number(one.mean)}"
        ends = (_y(ruler, one.mean), _y(ruler, high), _y(ruler, low))
        points.append(Point(foretold.place, one.arm, _x(foretold.predicted[name]), *ends, told))
    return Picture(
        tuple(points),
        tuple(Mark(_x(step / 4), f"{25 * step}") for step in range(5)),
        tuple(Mark(_y(ruler, value), number(value).removesuffix(".0")) for value in _steps(ruler)),
        (_x(0.0), _y(ruler, 0.0), _x(1.0), _y(ruler, 1.0)),
        "; ".join(point.told for point in points),
    )


def _steps(ruler: Ruler) -> list[float]:
    return [ruler.low + step / 4 for step in range(round(4 * (ruler.high - ruler.low)) + 1)]


def _x(share: float) -> float:
    return round(LEFT + _INSET + (RIGHT - LEFT - _INSET - 6) * min(1.0, max(0.0, share)), 2)


def _y(ruler: Ruler, share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * (ruler.percent(share) or 0.0) / 100, 2)
