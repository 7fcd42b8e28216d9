"""How long trainings still take, from how fast they were so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from inoc_evals.plan.duration import Range

# Rows of other trainings are of other lengths, and batches of one training too.
_SPREAD = 1.3
# Seconds below which a speed is mostly its start.
_FIRST_S = 5.0


class TrainingPace:
    """Trainings one after another, by name, each with its number of steps. `now` gives seconds."""

    def __init__(self, steps: Mapping[str, int], now: Callable[[], float] = time.monotonic) -> None:
        self._steps, self._now = dict(steps), now
        self._begun: dict[str, tuple[int, float]] = {}
        self._made, self._seconds = 0, 0.0

    def left(self, name: str, step: int) -> str:
        """Note that the training `name` has so many steps, those of an earlier run among them. What is left of it and,
        where there are more, of all, such as "2 to 4 min left, 9 to 16 min of all"; "" while nothing can be said."""
        if name not in self._begun:
            for earlier in list(self._begun):
                self._end(earlier)
            self._begun[name] = self._last = step, self._now()
        first, since = self._begun[name]
        self._last = step, self._now()
        made, seconds = self._made + step - first, self._seconds + self._last[1] - since
        if made < 1 or seconds < _FIRST_S:
            return ""
        here = self._steps[name] - step
        later = sum(steps for other, steps in self._steps.items() if other not in self._begun)
        told = f"{_words(here * seconds / made)} left"
        return f"{told}, {_words((here + later) * seconds / made)} of all" if later else told

    def _end(self, name: str) -> None:
        """Its steps tell of the speed of those after it; the time between two trainings does not."""
        first, since = self._begun[name]
        if self._last[0] > first:
            self._made, self._seconds = self._made + self._last[0] - first, self._seconds + self._last[1] - since
        self._begun[name] = self._last


def _words(seconds: float) -> str:
    return Range(seconds / _SPREAD, seconds * _SPREAD, 0).words
