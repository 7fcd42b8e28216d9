"""Where the values are read that an experiment wants to be kept, and kept away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.results.about import OTHER, About
from inoc_evals.results.columns import Columns, Places, leading
from inoc_evals.results.methods import LEVEL, Method, method_of, own_level, span_of
from inoc_evals.results.presented import Presented
from inoc_evals.results.rounds import allowing
from inoc_evals.stats.responses import Floats, Responses, Span
from inoc_evals.stats.seeds import ArmDifference, ArmRate, difference, rate
from inoc_evals.stats.tables import Cells, cells

# The part of an aim that is read in all of its task.
WHOLE = ""


@dataclass(frozen=True)
class Aim:
    """A headline value where it is read as if the model were deployed: in the `part` of its `task` that is asked under
    the condition with which others are compared or, without one, in the part that is told first."""

    task: str
    part: str
    measure: str
    method: Method


@dataclass(frozen=True)
class Asked:
    """Rows as columns, the scales of each task's headline values, how its conditions came about, what is said `about`
    the experiment, and its arms: the first is the one that all others are compared with. The tasks in `side_effects`
    say what checkpoints are still able to do. `weights` tell those of a checkpoint from others, by its label, where
    they are known."""

    columns: Columns
    headlines: Mapping[str, Mapping[str, Scale]]
    presented: Mapping[str, Presented]
    about: About
    arms: tuple[str, ...]
    side_effects: frozenset[str] = frozenset()
    weights: Mapping[str, str] = field(default_factory=dict)

    @property
    def ways(self) -> tuple[str, ...]:
        """The arms that are a way to keep a trait away, and the one that all are compared with: no controls."""
        return tuple(arm for arm in self.arms if arm == self.arms[0] or arm not in self.about.controls)

    @property
    def unwanted(self) -> tuple[Aim, ...]:
        """The unwanted values, in the order of the experiment."""
        return self._aims(self.about.unwanted)

    @property
    def wanted(self) -> tuple[Aim, ...]:
        """The wanted values, in the order of the experiment."""
        return self._aims(self.about.wanted)

    @property
    def abilities(self) -> tuple[Aim, ...]:
        """The headline values of the tasks of side effects that are neither unwanted nor wanted: in all of the task or,
        where it was asked under several conditions, as other values."""
        found = []
        for task, scales in self.headlines.items():
            for key in scales if task in self.side_effects else ():
                if self.about.rank(key) == OTHER and (part := self._part(task, key)) is not None:
                    found.append(self.aim(task, part if task in self.presented else WHOLE, key))
        return tuple(found)

    def ability_cells(self, aim: Aim, arm: str) -> Cells:
        """An arm's responses to one of the `abilities`."""
        if aim.part != WHOLE:
            return self.cells(aim, arm)
        found = [by_arm[arm] for (task, _), by_arm in self.columns.places.items() if task == aim.task and arm in by_arm]
        places = np.concatenate(found) if found else np.array([], dtype=np.intp)
        return self._cells_at(aim, places[self.columns.values[aim.measure].given[places]])

    def rate(self, aim: Aim, of: Cells, level: float = LEVEL) -> ArmRate:
        """The rate of an arm's cells, a share on a scale with ends; what is counted has intervals at `level`."""
        return rate(of, self._shares(aim), own_level(aim.method, level))

    def difference(self, aim: Aim, first: Cells, second: Cells, level: float = LEVEL) -> ArmDifference:
        """The first arm's cells less the second's, paired by question, so too; the p-value allows for the level."""
        own = own_level(aim.method, level)
        return allowing(difference(first, second, self._shares(aim), own), own)

    def aim(self, task: str, part: str, measure: str) -> Aim:
        """A headline value where somebody else says that it is read."""
        return Aim(task, part, measure, method_of(self.headlines[task][measure]))

    def same(self, aim: Aim) -> tuple[Aim, ...]:
        """Other values of an unwanted trait: those that are read in the same place, and for which the same arm's prompt
        asks."""
        return tuple(
            other
            for other in self.unwanted
            if other != aim
            and (other.task, other.part) == (aim.task, aim.part)
            and any({aim.measure, other.measure} <= set(keys) for keys in self.about.asked_for.values())
        )

    def span(self, aim: Aim) -> Span | None:
        """The ends of an aim's scale."""
        return span_of(self.headlines[aim.task][aim.measure])

    def places(self, aim: Aim, arm: str) -> Places:
        """The rows of an arm that have the value."""
        places = self.columns.places.get((aim.task, aim.part), {}).get(arm, np.array([], dtype=np.intp))
        return places[self.columns.values[aim.measure].given[places]]

    def cells(self, aim: Aim, arm: str, numbers: Floats | None = None) -> Cells:
        """An arm's responses; with `numbers`, one a row, these are read in place of the value."""
        return self._cells_at(aim, self.places(aim, arm), numbers)

    def _cells_at(self, aim: Aim, places: Places, numbers: Floats | None = None) -> Cells:
        values = self.columns.values[aim.measure].numbers if numbers is None else numbers
        whose = (self.columns.questions.at(places), self.columns.checkpoints.at(places))
        return cells(Responses(values[places], *whose, self.span(aim), aim.method == "exact mean"))

    def _shares(self, aim: Aim) -> Span | None:
        # Findings on a scale with ends are shares of its range.
        return None if self.span(aim) is None else (0.0, 1.0)

    def _aims(self, keys: Sequence[str]) -> tuple[Aim, ...]:
        return tuple(
            self.aim(task, part, key)
            for key in keys
            for task, scales in self.headlines.items()
            if key in scales and (part := self._part(task, key)) is not None
        )

    def _part(self, task: str, key: str) -> str | None:
        given = self.columns.values[key].given
        parts = [
            part
            for (name, part), by_arm in self.columns.places.items()
            if name == task and any(given[places].any() for places in by_arm.values())
        ]
        if not parts:
            return None
        reference = self.presented[task].reference if task in self.presented else None
        return reference if reference in parts else leading(parts)
