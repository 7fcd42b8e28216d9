"""Every statistic over rows, computed one time; whatever is printed, drawn or exported only shows these."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.protocols.reasoning import UNFINISHED
from inoc_evals.results.about import About
from inoc_evals.results.aims import Asked
from inoc_evals.results.axis import Axis, axis_of
from inoc_evals.results.columns import Columns, Places, columns, leading
from inoc_evals.results.contrasts import LevelContrast, level_contrasts
from inoc_evals.results.corrected import Corrections, corrections
from inoc_evals.results.exact import ExactRate, exact_rates
from inoc_evals.results.fitness import Fit, fitness
from inoc_evals.results.forecast import ForecastTest, Suppression, held_against
from inoc_evals.results.frontier import Frontier, frontier
from inoc_evals.results.grid import Compared, Grid, grids
from inoc_evals.results.methods import LEVEL as LEVEL
from inoc_evals.results.methods import METHODS as METHODS
from inoc_evals.results.methods import Method as Method
from inoc_evals.results.methods import method_of as method_of
from inoc_evals.results.methods import own_level
from inoc_evals.results.methods import span_of as span_of
from inoc_evals.results.profile import Panel, Profile, profile
from inoc_evals.results.rounds import Rounds, allowing
from inoc_evals.results.settings import weights_of
from inoc_evals.results.shift import Moved, moved
from inoc_evals.results.source import Source
from inoc_evals.results.survival import Survival, survival
from inoc_evals.results.trend import TrendLine, trends
from inoc_evals.results.verdicts import Measured, Verdict, verdicts
from inoc_evals.stats.cautions import cautions
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses, Span
from inoc_evals.stats.seeds import ArmDifference, ArmRate, difference, rate
from inoc_evals.stats.tables import Cells, cells

NOT_STATED = "not stated"
BINS = 20
Place = tuple[str, str, str]


@dataclass(frozen=True)
class TaskValues:
    """The value keys of one task: `headline` for tables and figures; `keys` are all of them, headline first."""

    headline: tuple[str, ...]
    keys: tuple[str, ...]
    scales: Mapping[str, Scale]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The keys that are no yes or no."""
        return tuple(key for key in self.keys if self.scales[key].averaged != "share")


@dataclass(frozen=True)
class Rate:
    """The rate or mean of one arm, over questions and checkpoints. `causes` counts excluded responses by cause;
    `truncated` is the share cut off by the token limit, `cautions` what the rate does not show (see stats/cautions.py).
    On a scale with ends it is a share of the scale's range."""

    task: str
    category: str
    measure: str
    arm: str
    rate: ArmRate
    causes: Mapping[str, int]
    truncated: float
    cautions: tuple[str, ...]
    method: Method = "rate"

    @property
    def unfinished(self) -> float:
        """The share of the responses whose reasoning never ended; NaN where there is no response."""
        responses = self.rate.n + self.rate.excluded
        return self.causes.get(UNFINISHED, 0) / responses if responses else math.nan

    @property
    def undecided(self) -> float:
        """The share of the responses that have no value; NaN where there is no response."""
        responses = self.rate.n + self.rate.excluded
        return self.rate.excluded / responses if responses else math.nan


@dataclass(frozen=True)
class CheckpointRate:
    """The rate of one checkpoint of an arm; its interval speaks of this checkpoint only."""

    task: str
    category: str
    measure: str
    arm: str
    checkpoint: str
    rate: ArmRate
    method: Method = "rate"


@dataclass(frozen=True)
class Difference:
    """The difference of `arm` minus `reference` on the same questions. `p_holm` is its p-value corrected for all
    differences of the table (Holm), NaN where there is none."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    difference: ArmDifference
    p_holm: float
    method: Method = "rate"


@dataclass(frozen=True)
class QuestionCell:
    """One arm on one question: the mean (NaN without a counted response; a share on a scale with ends) with its
    checkpoints weighing equally, and the numbers of counted and of excluded responses."""

    mean: float
    n: int
    excluded: int


@dataclass(frozen=True)
class QuestionTable:
    """`cells[question][arm]`, in the order of `questions` and `arms`."""

    task: str
    category: str
    measure: str
    arms: tuple[str, ...]
    questions: tuple[str, ...]
    cells: tuple[tuple[QuestionCell, ...], ...]
    method: Method = "rate"


@dataclass(frozen=True)
class Distribution:
    """One arm's values that are no yes or no. `counts` are numbers of responses in bins of equal width from `low` to
    `high` (the scale's ends, or the lowest and highest value of any arm), each with its lower end, the last with both.
    `mean` is NaN for an arm without a value. `causes` counts the responses without one."""

    task: str
    category: str
    rating: str
    arm: str
    counts: tuple[int, ...]
    mean: ArmRate
    causes: Mapping[str, int]
    low: float
    high: float
    method: Method = "mean"


@dataclass(frozen=True)
class Exclusion:
    """Responses without a value, for one value key and cause."""

    task: str
    category: str
    measure: str
    arm: str
    cause: str
    responses: int


@dataclass(frozen=True)
class StepRate:
    """The rate or mean of one arm after `step` steps of its trainings, over those that have a checkpoint there; with
    several of them the interval speaks of training seeds. Step 0 is what they began from, if it was asked."""

    task: str
    category: str
    measure: str
    arm: str
    step: int
    rate: ArmRate
    method: Method = "rate"


@dataclass(frozen=True)
class Findings:
    """`arms` begin with `reference` (None without a row) and hold every arm of the rows. `checkpoints` are counted by
    arm; `fit` says whether they are fit to be measured. Of an arm with steps all but `progress` is of the last
    checkpoint of each of its trainings, and `columns` are what it was computed from. `grids` are the tasks that were
    asked under several conditions. Those of an experiment say what it is `about`, answer each statement of its source,
    and hold the `forecast` of its arms, if there is one, against what was measured; with an unwanted and a wanted value
    they have their `frontier`, and `survival` says how surely the order of two arms stays. Where sampling stopped by
    width the `rounds` say how, and all intervals and p-values allow for it. `exact` are probabilities that were asked
    for, beside what drawing them would have taken. `contrasts` are what levels of a task's factors change, `moved` how
    far answers of chosen options went, `trends` those of log odds over sizes and steps. Two or more tasks of the panel
    of dispositions have their `profile`. With labels of people, `corrected` is what they change."""

    arms: tuple[str, ...]
    reference: str | None
    notes: tuple[str, ...]
    settings: Mapping[str, Any]
    responses: int
    checkpoints: int
    tasks: Mapping[str, TaskValues]
    rates: tuple[Rate, ...]
    by_checkpoint: tuple[CheckpointRate, ...]
    differences: tuple[Difference, ...]
    questions: tuple[QuestionTable, ...]
    distributions: tuple[Distribution, ...]
    exclusions: tuple[Exclusion, ...]
    fit: Fit
    columns: Columns
    progress: tuple[StepRate, ...] = ()
    about: About | None = None
    verdicts: tuple[Verdict, ...] = ()
    grids: tuple[Grid, ...] = ()
    forecast: ForecastTest | None = None
    rounds: Rounds | None = None
    exact: tuple[ExactRate, ...] = ()
    frontier: Frontier | None = None
    survival: tuple[Survival, ...] = ()
    profile: Profile | None = None
    contrasts: tuple[LevelContrast, ...] = ()
    moved: Moved = field(default_factory=Moved)
    trends: tuple[TrendLine, ...] = ()
    corrected: Corrections | None = None


@dataclass(frozen=True)
class PartOfArm:
    """One arm's responses to one part (category or condition) of a task, for one value; shares of its scale, where that
    has ends."""

    part: str
    cells: Cells
    rate: ArmRate


@dataclass(frozen=True)
class _Arm:
    """One arm's responses to one part of a task, for one value key; intervals are computed at `level`."""

    name: str
    places: Places
    responses: Responses
    cells: Cells
    rate: ArmRate
    level: float


def findings(source: Source, reference: str | None = None) -> Findings:
    """Everything that is said about the rows of `source`, against the arm `reference` (by default the first one).

    Raises ValueError for a value outside its scale by more than rounding.
    """
    every = columns(source.rows, _told(source), source.side_effects)
    axis = axis_of(source)
    found = every.of_checkpoints(axis.shown) if axis.arms else every
    named = tuple(dict.fromkeys((*source.arms, *found.arms.names)))
    first = reference if reference is not None or not named else named[0]
    arms = tuple(dict.fromkeys((first, *named))) if first is not None else ()
    tasks = {task: _task_values(source, task, keys) for task, keys in found.keys.items()}
    shown = [row for row in source.rows if row.checkpoint in axis.shown] if axis.arms else source.rows
    rates: list[Rate] = []
    single: list[CheckpointRate] = []
    contrasts: list[Difference] = []
    questions: list[QuestionTable] = []
    distributions: list[Distribution] = []
    level = _level(source.rounds)
    for place, key_is_headline, scale, by_arm in _computed(found, tasks, arms, level):
        method = method_of(scale)
        if key_is_headline:
            rates += [_rate(place, method, arm, found) for arm in by_arm]
            single += [one for arm in by_arm for one in _by_checkpoint(place, method, arm)]
            contrasts += _differences(place, method, by_arm)
            questions.append(_question_table(place, method, by_arm))
        if scale.averaged != "share":
            distributions += _distributions(place, method, by_arm, scale, found)
    corrected = holm([one.difference.p for one in contrasts])
    told = verdicts(source.about.claims, _looking(found, tasks)) if source.about else ()
    crossed = grids(source.presented, _compared(source, found, tasks, arms))
    fit = fitness(shown, source.settings, arms)
    asked = _asked(source, found, tasks, arms)
    checkpoints = len(set(zip(found.arms.codes.tolist(), found.checkpoints.codes.tolist(), strict=True)))
    by_people = corrections(source, found, source.scales, arms, level) if arms else None
    return Findings(
        arms=arms,
        reference=first,
        notes=(*source.notes, *axis.notes, *(by_people.notes if by_people is not None else ())),
        settings=source.settings,
        responses=len(source.rows),
        checkpoints=checkpoints,
        tasks=tasks,
        rates=tuple(rates),
        by_checkpoint=tuple(single),
        differences=tuple(replace(one, p_holm=p) for one, p in zip(contrasts, corrected, strict=True)),
        questions=tuple(questions),
        distributions=tuple(distributions),
        exclusions=_exclusions(found),
        fit=fit,
        columns=found,
        progress=tuple(_progress(every, tasks, axis, level)),
        about=source.about,
        verdicts=told,
        grids=crossed,
        forecast=_forecast(source.about, contrasts),
        rounds=source.rounds,
        exact=tuple(exact_rates(source.rows, found, source.scales, source.timed)),
        frontier=frontier(asked, crossed, fit, level) if asked is not None else None,
        survival=survival(source.rows, asked, told) if asked is not None else (),
        profile=profile(_panel(source, found, arms, level)),
        contrasts=_contrasts(source, found, arms, level),
        moved=moved(source, first),
        trends=trends(source),
        corrected=by_people,
    )


def _level(rounds: Rounds | None) -> float:
    """The level of counted intervals, which is higher where sampling stopped by them."""
    return rounds.level if rounds is not None else LEVEL


def _contrasts(source: Source, found: Columns, arms: Sequence[str], level: float) -> tuple[LevelContrast, ...]:
    def own(scale: Scale) -> float:
        return own_level(method_of(scale), level)

    return level_contrasts(source.rows, found, source.contrasts, source.scales, arms, own) if source.contrasts else ()


def _forecast(about: About | None, contrasts: Sequence[Difference]) -> ForecastTest | None:
    if about is None or about.forecast is None:
        return None
    told = about.forecast
    measured = [
        Suppression(one.arm, -gap.mean, -gap.high, -gap.low, gap.these_checkpoints_only)
        for one in contrasts
        if (one.task, one.category, one.measure) == (told.task, told.part, told.value)
        for gap in [one.difference]
    ]
    return held_against(told, measured)


def _told(source: Source) -> dict[str, list[str]]:
    """The order in which the conditions of each task are told: that of the run, and before all others the one that an
    experiment's statements speak of first, where each of them names its own."""
    told = {task: list(how.names) for task, how in source.presented.items()}
    sides = [claim.statement.first for claim in source.about.claims] if source.about is not None else []
    named = [side.condition for side in sides]
    first = named[0] if named and None not in named else None
    return {task: sorted(names, key=lambda name: name != first) for task, names in told.items()}


def _compared(source: Source, found: Columns, tasks: Mapping[str, TaskValues], arms: Sequence[str]) -> Compared:
    return Compared(found, _headlines(tasks), tuple(arms), source.about.wanted if source.about is not None else ())


def _panel(source: Source, found: Columns, arms: tuple[str, ...], level: float) -> Panel:
    """What a task measures first, it says itself: no experiment changes it."""
    headlines = {
        task: {key: source.scales[task][key] for key in source.headlines.get(task, ()) if key in keys}
        for task, keys in found.keys.items()
    }
    return Panel(found, source.spread, headlines, source.presented, arms, level)


def _headlines(tasks: Mapping[str, TaskValues]) -> dict[str, dict[str, Scale]]:
    return {task: {key: values.scales[key] for key in values.headline} for task, values in tasks.items()}


def _asked(source: Source, found: Columns, tasks: Mapping[str, TaskValues], arms: tuple[str, ...]) -> Asked | None:
    """What the arms of an experiment were asked; None without one."""
    if source.about is None or not arms:
        return None
    weights = weights_of(source.settings)
    return Asked(found, _headlines(tasks), source.presented, source.about, arms, source.side_effects, weights)


def compared(found: Findings, reference: str, arm: str) -> tuple[Difference, ...]:
    """`arm` minus `reference` for each headline value, with Holm's correction for these alone."""
    contrasts: list[Difference] = []
    tried = _computed(found.columns, found.tasks, (reference, arm), _level(found.rounds))
    for place, key_is_headline, scale, by_arm in tried:
        if key_is_headline:
            contrasts += _differences(place, method_of(scale), by_arm)
    corrected = holm([one.difference.p for one in contrasts])
    return tuple(replace(one, p_holm=p) for one, p in zip(contrasts, corrected, strict=True))


def leading_part(found: Findings, task: str, key: str) -> dict[str, PartOfArm]:
    """By arm the responses to the part of `task` that is told first, for the value `key`."""
    part = leading([each for name, each in found.columns.places if name == task])
    scale = found.tasks[task].scales[key]
    arms = {
        arm: _arm(found.columns, key, scale, arm, places[found.columns.values[key].given[places]], LEVEL)
        for arm, places in found.columns.places[task, part].items()
    }
    return {name: PartOfArm(part, arm.cells, arm.rate) for name, arm in arms.items()}


def headline_cells(source: Source, first: str, axis: Axis) -> Iterator[tuple[Place, Mapping[str, Cells]]]:
    """Every task, category (or condition) and headline value that is counted, and not exact, on a scale with ends: the
    cells of its arms, `first` before the others."""
    every = columns(source.rows, _told(source), source.side_effects)
    found = every.of_checkpoints(axis.shown) if axis.arms else every
    arms = tuple(dict.fromkeys((first, *source.arms)))
    tasks = {task: _task_values(source, task, keys) for task, keys in found.keys.items()}
    for place, is_headline, scale, by_arm in _computed(found, tasks, arms, LEVEL):
        if is_headline and method_of(scale) in ("rate", "mean"):
            yield place, {arm.name: arm.cells for arm in by_arm}


def _task_values(source: Source, task: str, keys: Sequence[str]) -> TaskValues:
    headline = tuple(key for key in source.headlines.get(task, ()) if key in keys)
    if source.about is not None:
        headline = tuple(sorted(headline, key=source.about.rank))
    ordered = (*headline, *(key for key in keys if key not in headline))
    return TaskValues(headline, ordered, {key: source.scales[task][key] for key in ordered})


def _computed(
    found: Columns, tasks: Mapping[str, TaskValues], arms: Sequence[str], level: float
) -> Iterator[tuple[Place, bool, Scale, list[_Arm]]]:
    """Every task, category (or condition) and value key that is a headline or no yes or no, with its arms' responses
    that have the value; headline values first."""
    nothing = np.array([], dtype=np.intp)
    for (task, category), by_arm in found.places.items():
        values = tasks[task]
        for key in values.keys:
            scale, is_headline = values.scales[key], key in values.headline
            if is_headline or scale.averaged != "share":
                having = {arm: places[found.values[key].given[places]] for arm, places in by_arm.items()}
                if any(map(len, having.values())):
                    given = [_arm(found, key, scale, arm, having.get(arm, nothing), level) for arm in arms]
                    yield (task, category, key), is_headline, scale, given


def _looking(found: Columns, tasks: Mapping[str, TaskValues]) -> Callable[[str, str, str, str | None], Measured | None]:
    """A function that finds the cells of an arm for a statement, see `verdicts`."""

    def look(task: str, key: str, arm: str, condition: str | None) -> Measured | None:
        name = task or next((each for each, keys in found.keys.items() if key in keys), "")
        if key not in found.keys.get(name, ()):
            return None
        parts = [part for each, part in found.places if each == name]
        part = condition if condition is not None else leading(parts)
        places = found.places.get((name, part), {}).get(arm)
        if places is None:
            return None
        scale = tasks[name].scales[key]
        given = _arm(found, key, scale, arm, places, LEVEL).cells
        return Measured(name, part, given, span_of(scale) is not None, name not in found.chosen)

    return look


def _arm(found: Columns, key: str, scale: Scale, arm: str, places: Places, level: float) -> _Arm:
    own = own_level(method_of(scale), level)
    numbers, span = found.values[key].numbers[places], span_of(scale)
    whose = (found.questions.at(places), found.checkpoints.at(places))
    responses = Responses(numbers, *whose, span, scale.averaged == "exact")
    gathered = cells(responses)
    return _Arm(arm, places, responses, gathered, rate(gathered, _shares(span), own), own)


def _shares(span: Span | None) -> Span | None:
    """Findings on a scale with ends are shares of its range."""
    return None if span is None else (0.0, 1.0)


def _rate(place: Place, method: Method, arm: _Arm, found: Columns) -> Rate:
    stops = found.stops.codes[arm.places]
    cut = found.stops.names.index("max_tokens") if "max_tokens" in found.stops.names else -1
    truncated = int((stops == cut).sum()) / len(stops) if len(stops) else math.nan
    causes = found.values[place[2]].causes_at(arm.places)
    return Rate(*place, arm.name, arm.rate, causes, truncated, cautions(arm.cells), method)


def _by_checkpoint(place: Place, method: Method, arm: _Arm) -> Iterator[CheckpointRate]:
    names = arm.cells.checkpoints
    for name in names:
        alone = arm.rate
        if len(names) > 1:
            column = arm.responses.checkpoint_labels
            chosen = cells(arm.responses.at(column.codes == column.names.index(name)))
            alone = rate(chosen, _shares(arm.responses.span), arm.level)
        yield CheckpointRate(*place, arm.name, name, alone, method)


def _progress(every: Columns, tasks: Mapping[str, TaskValues], axis: Axis, level: float) -> Iterator[StepRate]:
    """Every headline value of every arm with steps, step by step."""
    for (task, category), by_arm in every.places.items():
        for key in tasks[task].headline if axis.arms else ():
            scale = tasks[task].scales[key]
            for arm, steps in axis.arms.items():
                for step, checkpoints in steps.items():
                    places = _places_of(every, by_arm, checkpoints)
                    places = places[every.values[key].given[places]]
                    if len(places):
                        one = _arm(every, key, scale, arm, places, level)
                        yield StepRate(task, category, key, arm, step, one.rate, method_of(scale))


def _places_of(every: Columns, by_arm: Mapping[str, Places], checkpoints: Collection[str]) -> Places:
    """The rows of these checkpoints, whichever arm they are of: what trainings began from is an arm of its own."""
    codes = [code for code, name in enumerate(every.checkpoints.names) if name in checkpoints]
    found = [places[np.isin(every.checkpoints.codes[places], codes)] for places in by_arm.values()]
    return np.concatenate(found)


def _differences(place: Place, method: Method, arms: Sequence[_Arm]) -> Iterator[Difference]:
    for arm in arms[1:]:
        gap = allowing(difference(arm.cells, arms[0].cells, _shares(arm.responses.span), arm.level), arm.level)
        yield Difference(*place, arm.name, arms[0].name, gap, math.nan, method)


def _question_table(place: Place, method: Method, arms: Sequence[_Arm]) -> QuestionTable:
    questions = sorted({question for arm in arms for question in arm.cells.questions})
    by_arm = [_question_cells(arm.cells) for arm in arms]
    nothing = QuestionCell(math.nan, 0, 0)
    table = tuple(tuple(known.get(question, nothing) for known in by_arm) for question in questions)
    return QuestionTable(*place, tuple(arm.name for arm in arms), tuple(questions), table, method)


def _question_cells(arm: Cells) -> dict[str, QuestionCell]:
    counts, excluded = arm.counts.sum(axis=0).tolist(), arm.excluded.sum(axis=0).tolist()
    found = {}
    for place, question in enumerate(arm.questions):
        means = [mean for mean in arm.means[:, place].tolist() if not math.isnan(mean)]
        mean = math.fsum(means) / len(means) if means else math.nan
        found[question] = QuestionCell(mean, counts[place], excluded[place])
    return found


def _distributions(
    place: Place, method: Method, arms: Sequence[_Arm], scale: Scale, found: Columns
) -> Iterator[Distribution]:
    counted = [arm.responses.numbers[arm.responses.counted] for arm in arms]
    low, high = span_of(scale) or _ends(np.concatenate(counted))
    for arm, numbers in zip(arms, counted, strict=True):
        shares = np.clip((numbers - low) / (high - low), 0.0, 1.0) if high > low else np.zeros(len(numbers))
        bins = np.minimum((shares * BINS).astype(np.int64), BINS - 1)
        counts = tuple(np.bincount(bins, minlength=BINS).tolist())
        causes = found.values[place[2]].causes_at(arm.places)
        yield Distribution(*place, arm.name, counts, arm.rate, causes, low, high, method)


def _ends(numbers: np.ndarray) -> Span:
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)


def _exclusions(found: Columns) -> tuple[Exclusion, ...]:
    """Excluded responses of every value, headline or not: part by part, by name within one."""
    counts: dict[tuple[str, str, str, str, str], int] = {}
    for (task, category), by_arm in found.places.items():
        for key in found.keys[task]:
            values = found.values[key]
            for arm, places in by_arm.items():
                missing = places[values.given[places] & np.isnan(values.numbers[places])]
                causes = values.causes_at(missing)
                if unstated := len(missing) - sum(causes.values()):
                    causes[NOT_STATED] = causes.get(NOT_STATED, 0) + unstated
                counts |= {(task, category, key, arm, cause): count for cause, count in causes.items()}
    parts = {part: place for place, part in enumerate(found.places)}
    return tuple(Exclusion(*key, counts[key]) for key in sorted(counts, key=lambda key: (parts[key[:2]], *key[2:])))
