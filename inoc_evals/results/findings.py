"""Every statistic over rows, computed one time; whatever is printed, drawn or exported only shows these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from inoc_evals.measures.scale import Scale
from inoc_evals.results.about import About
from inoc_evals.results.aims import Asked
from inoc_evals.results.axis import Axis, axis_of
from inoc_evals.results.columns import Columns, leading
from inoc_evals.results.contrasts import LevelContrast, level_contrasts
from inoc_evals.results.corrected import CorrectedDifference, Corrections, corrections
from inoc_evals.results.differences import Difference, corrected, differences, headline_differences
from inoc_evals.results.distributions import Distribution, distributions
from inoc_evals.results.exact import ExactRate, exact_rates
from inoc_evals.results.exclusions import Exclusion, exclusions
from inoc_evals.results.fitness import Fit, fitness
from inoc_evals.results.forecast import ForecastTest, Suppression, held_against
from inoc_evals.results.frontier import Frontier, frontier
from inoc_evals.results.grid import Compared, Grid, grids
from inoc_evals.results.layout import Layout, TaskValues, lay_out, level_of
from inoc_evals.results.lengths import Length, lengths
from inoc_evals.results.methods import method_of, own_level, span_of
from inoc_evals.results.profile import Panel, Profile, profile
from inoc_evals.results.progress import StepRate, progress
from inoc_evals.results.question_table import QuestionTable, question_table
from inoc_evals.results.rates import CheckpointRate, Rate, rates, rates_by_checkpoint
from inoc_evals.results.reasoning import Reasoning, reasoning
from inoc_evals.results.rounds import Rounds
from inoc_evals.results.settings import weights_of
from inoc_evals.results.shift import Moved, moved
from inoc_evals.results.source import Source
from inoc_evals.results.survival import Survival, survival
from inoc_evals.results.trend import TrendLine, trends
from inoc_evals.results.verdicts import Measured, Verdict, verdicts


@dataclass(frozen=True)
class Findings:
    """`arms` begin with `reference` (None without a row) and hold every arm of the rows. `checkpoints` are counted by
    arm; `fit` says whether they are fit to be measured. Of an arm with steps all but `progress` is of the last
    checkpoint of each of its trainings, and `columns` are what it was computed from. `lengths` are those of the
    responses. `grids` are the tasks that were asked under several conditions. Those of an experiment say what it is
    `about`, answer each statement of its source, and hold the `forecast` of its arms, if there is one, against what was
    measured; with an unwanted and a wanted value they have their `frontier`, and `survival` says how surely the order
    of two arms stays. Where sampling stopped by width the `rounds` say how, and all intervals and p-values allow for
    it. `exact` are probabilities that were asked for, beside what drawing them would have taken. `contrasts` are what
    levels of a task's factors change, `moved` how far answers of chosen options went, `trends` those of log odds over
    sizes and steps. Two or more tasks of the panel of dispositions have their `profile`. With labels of people,
    `corrected` is what they change."""

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
    lengths: tuple[Length, ...] = ()
    reasoning: tuple[Reasoning, ...] = ()
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


def findings(source: Source, reference: str | None = None) -> Findings:
    """Everything that is said about the rows of `source`, against the arm `reference` (by default the first one).

    Raises ValueError for a value outside its scale by more than rounding.
    """
    every, axis = lay_out(source, reference), axis_of(source)
    layout = every.of_checkpoints(axis.shown) if axis.arms else every
    found = _of_any_rows(source, layout, axis)
    told = verdicts(source.about.claims, _looking(layout)) if source.about else ()
    crossed = grids(source.presented, _compared(source, layout))
    asked = _asked(source, layout)
    by_people = corrections(source, layout.columns, source.scales, layout.arms, layout.level) if layout.arms else None
    return replace(
        found,
        notes=(*found.notes, *(by_people.notes if by_people is not None else ())),
        progress=tuple(progress(every, axis)),
        about=source.about,
        verdicts=told,
        grids=crossed,
        forecast=_forecast(source.about, found.differences),
        rounds=source.rounds,
        exact=tuple(exact_rates(source.rows, layout.columns, source.scales, source.timed)),
        frontier=frontier(asked, crossed, found.fit, layout.level) if asked is not None else None,
        survival=survival(source.rows, asked, told) if asked is not None else (),
        profile=profile(_panel(source, layout)),
        contrasts=_contrasts(source, layout),
        moved=moved(source, found.reference),
        trends=trends(source),
        corrected=by_people,
    )


def compared(found: Findings, reference: str, arm: str) -> tuple[Difference, ...]:
    """`arm` minus `reference` for each headline value, with Holm's correction for these alone."""
    return headline_differences(Layout(found.columns, found.tasks, (reference, arm), level_of(found.rounds)))


def compared_by_people(source: Source, found: Findings, reference: str, arm: str) -> tuple[CorrectedDifference, ...]:
    """The same as labels of people in `source` correct it, which `found` are the findings of; none without labels."""
    scales, level = source.scales, level_of(found.rounds)
    by_people = corrections(source, found.columns, scales, (reference, arm), level)
    return by_people.differences if by_people is not None else ()


def _of_any_rows(source: Source, layout: Layout, axis: Axis) -> Findings:
    """What is said of any rows: rates, differences, questions, distributions, exclusions, fitness, lengths and
    reasoning."""
    of_arms: list[Rate] = []
    of_checkpoints: list[CheckpointRate] = []
    uncorrected: list[Difference] = []
    questions: list[QuestionTable] = []
    spread: list[Distribution] = []
    for values in layout.parts():
        if values.is_headline:
            of_arms += rates(values, layout.columns)
            of_checkpoints += rates_by_checkpoint(values)
            uncorrected += differences(values)
            questions.append(question_table(values))
        if values.scale.averaged != "share":
            spread += distributions(values, layout.columns)
    shown = [row for row in source.rows if row.checkpoint in axis.shown] if axis.arms else source.rows
    return Findings(
        arms=layout.arms,
        reference=layout.arms[0] if layout.arms else None,
        notes=(*source.notes, *axis.notes),
        settings=source.settings,
        responses=len(source.rows),
        checkpoints=_number_of_checkpoints(layout.columns),
        tasks=layout.tasks,
        rates=tuple(of_arms),
        by_checkpoint=tuple(of_checkpoints),
        differences=corrected(uncorrected),
        questions=tuple(questions),
        distributions=tuple(spread),
        exclusions=exclusions(layout.columns),
        fit=fitness(shown, source.settings, layout.arms),
        columns=layout.columns,
        lengths=tuple(lengths(source.rows, layout.columns, layout.arms)),
        reasoning=tuple(reasoning(shown, layout.arms)),
    )


def _number_of_checkpoints(rows: Columns) -> int:
    return len(set(zip(rows.arms.codes.tolist(), rows.checkpoints.codes.tolist(), strict=True)))


def _looking(layout: Layout) -> Callable[[str, str, str, str | None], Measured | None]:
    """A function that finds the cells of an arm for a statement, see `verdicts`."""
    rows = layout.columns

    def look(task: str, key: str, arm: str, condition: str | None) -> Measured | None:
        name = task or next((having for having, keys in rows.keys.items() if key in keys), "")
        if key not in rows.keys.get(name, ()):
            return None
        part = condition if condition is not None else leading([part for of, part in rows.places if of == name])
        places = rows.places.get((name, part), {}).get(arm)
        if places is None:
            return None
        bounded = span_of(layout.tasks[name].scales[key]) is not None
        return Measured(name, part, layout.arm_values(name, key, arm, places).cells, bounded, name not in rows.chosen)

    return look


def _compared(source: Source, layout: Layout) -> Compared:
    wanted = source.about.wanted if source.about is not None else ()
    return Compared(layout.columns, layout.headlines, layout.arms, wanted)


def _asked(source: Source, layout: Layout) -> Asked | None:
    """What the arms of an experiment were asked; None without one."""
    if source.about is None or not layout.arms:
        return None
    return Asked(
        layout.columns,
        layout.headlines,
        source.presented,
        source.about,
        layout.arms,
        source.side_effects,
        weights_of(source.settings),
    )


def _forecast(about: About | None, found: Sequence[Difference]) -> ForecastTest | None:
    if about is None or about.forecast is None:
        return None
    told = about.forecast
    measured = [
        Suppression(each.arm, -gap.mean, -gap.high, -gap.low, gap.these_checkpoints_only)
        for each in found
        if (each.task, each.category, each.measure) == (told.task, told.part, told.value)
        for gap in [each.difference]
    ]
    return held_against(told, measured)


def _panel(source: Source, layout: Layout) -> Panel:
    """What a task measures first, it says itself: no experiment changes it."""
    headlines = {
        task: {key: source.scales[task][key] for key in source.headlines.get(task, ()) if key in keys}
        for task, keys in layout.columns.keys.items()
    }
    return Panel(layout.columns, source.spread, headlines, source.presented, layout.arms, layout.level)


def _contrasts(source: Source, layout: Layout) -> tuple[LevelContrast, ...]:
    if not source.contrasts:
        return ()

    def own(scale: Scale) -> float:
        return own_level(method_of(scale), layout.level)

    return level_contrasts(source.rows, layout.columns, source.contrasts, source.scales, layout.arms, own)
