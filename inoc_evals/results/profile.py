"""The panel of dispositions read together: by how much each arm moved each of them, and what could not be told."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places, leading
from inoc_evals.results.methods import LEVEL, SIGNIFICANT, Method, method_of, own_level, span_of
from inoc_evals.results.presented import Presented
from inoc_evals.results.rounds import allowing
from inoc_evals.stats.discovery import discovery_rate
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, difference, rate
from inoc_evals.stats.sensitivity import seen
from inoc_evals.stats.standardized import Standardized, average_deviation, standardized
from inoc_evals.stats.tables import Cells, cells

# A panel of one would be the difference that stands elsewhere.
LEAST_TASKS = 2
# Standard units, either way, within which a change is called none of note: what Cohen calls small (Statistical Power
# Analysis for the Behavioral Sciences, 1988, 2.2.3).
SMALL = 0.2
POWER = 0.8
State = Literal["changed", "likely", "alike", "open"]


@dataclass(frozen=True)
class Change:
    """How an arm differs from the reference in one disposition: paired by question, and in standard units (see
    `standardized`). `p_holm` and `p_fdr` are corrected for all changes of the panel. `z` is the difference in standard
    errors. A true change below `least` (in the unit of the difference; NaN: not known) would not have been told with
    a power of 80%.

    `state`: "changed" is told (p (Holm) is at most 0.05 and the interval leaves out 0); "likely" is told when a few
    false findings are borne (p of the false discovery rate is at most 0.05); "alike" has its whole interval within 0.2
    standard units; of "open" nothing can be said.
    """

    arm: str
    rate: ArmRate
    difference: ArmDifference
    standard: Standardized
    z: float
    least: float
    p_holm: float = math.nan
    p_fdr: float = math.nan
    state: State = "open"


@dataclass(frozen=True)
class Disposition:
    """The first headline value of a task of the panel, of the reference and of each arm that can be compared with it,
    in all of the task or, where it was asked under several conditions, in the `part` of the one that others are
    compared with. `more` says in words what more of it means ("higher is more generous")."""

    task: str
    part: str
    measure: str
    method: Method
    unit: str
    more: str
    reference: ArmRate
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Unread:
    """A disposition that nothing can be said of for an arm, and why."""

    task: str
    arm: str
    why: str


@dataclass(frozen=True)
class Profile:
    """The dispositions, that with the surest change first, against the arm `reference`; `tests` is how many changes the
    corrections are for."""

    reference: str
    dispositions: tuple[Disposition, ...]
    unread: tuple[Unread, ...]
    tests: int

    def of(self, arm: str) -> tuple[tuple[Disposition, Change], ...]:
        """The changes of one arm, in the order of the dispositions."""
        return tuple((each, change) for each in self.dispositions for change in each.changes if change.arm == arm)


@dataclass(frozen=True)
class Panel:
    """What a profile is made of: rows as columns, of the tasks in `spread` the headline values with their scales, the
    first one first, and how conditions came about; the arms begin with the reference. Counted values have intervals at
    `level`."""

    columns: Columns
    spread: Collection[str]
    headlines: Mapping[str, Mapping[str, Scale]]
    presented: Mapping[str, Presented]
    arms: Sequence[str]
    level: float = LEVEL


def profile(panel: Panel) -> Profile | None:
    """The profile; None with fewer than two tasks of the panel, or with one arm alone."""
    tasks = [task for task, keys in panel.headlines.items() if task in panel.spread and keys]
    if len(tasks) < LEAST_TASKS or len(panel.arms) < 2:
        return None
    found: list[Disposition] = []
    unread: list[Unread] = []
    for task in tasks:
        disposition, missing = _disposition(panel, task)
        found += [disposition] if disposition.changes else []
        unread += missing
    tests = sum(len(each.changes) for each in found)
    judged = sorted(_judged(found, tests, panel.level), key=_doubt)
    return Profile(panel.arms[0], tuple(judged), tuple(unread), tests)


def _disposition(panel: Panel, task: str) -> tuple[Disposition, list[Unread]]:
    key, scale = next(iter(panel.headlines[task].items()))
    part, first = _part(panel, task), panel.arms[0]
    gathered = {arm: _cells(panel, task, part, arm) for arm in panel.arms}
    span = None if span_of(scale) is None else (0.0, 1.0)
    method = method_of(scale)
    level = own_level(method, panel.level)
    rates = {arm: rate(each, span, level) for arm, each in gathered.items()}
    changes: list[Change] = []
    unread: list[Unread] = []
    for arm in panel.arms[1:]:
        gap = difference(gathered[arm], gathered[first], span, level)
        if math.isnan(gap.p):
            unread.append(Unread(task, arm, _why(panel, task, key, (arm, rates[arm]), (first, rates[first]), gap)))
            continue
        gap = allowing(gap, level)
        deviation = average_deviation(gathered[arm], gathered[first])
        ends = (gap.mean, gap.low, gap.high)
        changes.append(Change(arm, rates[arm], gap, standardized(ends, deviation), math.nan, math.nan))
    unit = scale.unit if method == "open mean" else "points"
    return Disposition(task, part, key, method, unit, scale.direction, rates[first], tuple(changes)), unread


def _part(panel: Panel, task: str) -> str:
    """The part in which a task is read, "" for all of it."""
    if task not in panel.presented:
        return ""
    parts = [part for name, part in panel.columns.places if name == task]
    reference = panel.presented[task].reference
    return reference if reference in parts else leading(parts)


def _cells(panel: Panel, task: str, part: str, arm: str) -> Cells:
    key, scale = next(iter(panel.headlines[task].items()))
    places = _places(panel, task, part, arm)
    columns, values = panel.columns, panel.columns.values[key]
    places = places[values.given[places]]
    whose = (columns.questions.at(places), columns.checkpoints.at(places))
    return cells(Responses(values.numbers[places], *whose, span_of(scale), scale.averaged == "exact"))


def _places(panel: Panel, task: str, part: str, arm: str) -> Places:
    found = [
        by_arm[arm]
        for (name, each), by_arm in panel.columns.places.items()
        if name == task and (not part or each == part) and arm in by_arm
    ]
    return np.concatenate(found) if found else np.array([], dtype=np.intp)


def _why(
    panel: Panel, task: str, key: str, arm: tuple[str, ArmRate], first: tuple[str, ArmRate], gap: ArmDifference
) -> str:
    """Why two arms cannot be compared."""
    for name, of in (first, arm):
        if not of.n and not of.excluded:
            return f"{name} was not asked"
        if not of.n:
            causes = panel.columns.values[key].causes_at(_places(panel, task, _part(panel, task), name))
            told = ", ".join(cause.replace("_", " ") for cause in causes)
            return f"no response of {name} has a value" + (f" ({told})" if told else "")
    return "one question alone in common" if gap.questions else "no question in common"


def _judged(dispositions: Sequence[Disposition], tests: int, level: float) -> Iterator[Disposition]:
    """The dispositions with all that depends on how many changes there are."""
    family = [change.difference.p for each in dispositions for change in each.changes]
    corrected = iter(zip(holm(family), discovery_rate(family), strict=True))
    for each in dispositions:
        changes = []
        for change in each.changes:
            gap, (p_holm, p_fdr) = change.difference, next(corrected)
            ends = (gap.mean, gap.low, gap.high)
            found = seen(ends, gap.questions, tests, POWER, own_level(each.method, level))
            one = replace(change, p_holm=p_holm, p_fdr=p_fdr, z=found.z, least=found.least)
            changes.append(replace(one, state=_state(one)))
        yield replace(each, changes=tuple(changes))


def _state(change: Change) -> State:
    gap, standard = change.difference, change.standard
    if gap.low > 0 or gap.high < 0:
        if change.p_holm <= SIGNIFICANT:
            return "changed"
        if change.p_fdr <= SIGNIFICANT:
            return "likely"
    ends = (standard.low, standard.high)
    return "alike" if all(end is not None and abs(end) <= SMALL for end in ends) else "open"


def _doubt(disposition: Disposition) -> tuple[float, float, str]:
    """What dispositions are ordered by: how unsure the surest change is."""
    sizes = [abs(change.z) for change in disposition.changes if not math.isnan(change.z)]
    return min(change.difference.p for change in disposition.changes), -max(sizes, default=0.0), disposition.task
