"""Where names stand beside points so that no two lie on each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Directions in which a name may stand, the best first, and how far; far enough to leave any cluster of points.
_ANGLES = (30, -30, 150, -150, 0, 180, 90, -90)
_STEPS = 14


class Box(NamedTuple):
    """A rectangle; `left` < `right` and `low` < `high`, whichever way the axis points."""

    left: float
    low: float
    right: float
    high: float

    def shared(self, other: Box) -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.high, other.high) - max(self.low, other.low)
        return max(0.0, width) * max(0.0, height)

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.left + self.right) / 2, (self.low + self.high) / 2

    def line_from(self, point: tuple[float, float], far: float) -> tuple[float, float] | None:
        """Where a line from the point to the box ends; None where the box is no more than `far` away, counted along
        both axes."""
        near = min(max(point[0], self.left), self.right), min(max(point[1], self.low), self.high)
        return near if abs(near[0] - point[0]) + abs(near[1] - point[1]) > far else None

    @property
    def area(self) -> float:
        """Its size."""
        return (self.right - self.left) * (self.high - self.low)


def placed(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    marks: Sequence[Box],
    area: Box,
    gap: float,
) -> list[Box]:
    """A box of the size (width, height) of each point's name, within `area` and `gap` or more from its point, so that
    it covers no other name, none of the `marks` if that can be, and is near. Names are placed in their order."""
    found: list[Box] = []
    for point, size in zip(points, sizes, strict=True):
        found.append(min(_candidates(point, size, gap), key=lambda box: _cost(box, point, found, marks, area)))
    return found


def _candidates(point: tuple[float, float], size: tuple[float, float], gap: float) -> Iterator[Box]:
    for step in range(1, _STEPS + 1):
        for angle in _ANGLES:
            across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            # The side of the box that looks at the point is as far away as the step says.
            x = point[0] + across * gap * step + (size[0] / 2) * _side(across)
            y = point[1] + up * gap * step + (size[1] / 2) * _side(up)
            yield Box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)


def _side(part: float) -> int:
    return 0 if abs(part) < 1e-9 else 1 if part > 0 else -1


def _cost(
    box: Box, point: tuple[float, float], names: Sequence[Box], marks: Sequence[Box], area: Box
) -> tuple[float, float, float]:
    """What lies outside or on a name is worst, then what lies on a mark, then what is far."""
    outside = box.area - box.shared(area)
    on_names = sum(box.shared(name) for name in names)
    return round(outside + on_names, 6), round(sum(box.shared(mark) for mark in marks), 6), math.dist(point, box.middle)
