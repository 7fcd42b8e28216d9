"""What every reader gives and findings are made of: rows, whose they are, and what their numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.definitions.joins import Contrast
from inoc_evals.measures.scale import Scale
from inoc_evals.results.about import About
from inoc_evals.results.across import Join, Measured, joined_values
from inoc_evals.results.influence import Influence
from inoc_evals.results.joined_scales import joined_scales
from inoc_evals.results.label import Labels
from inoc_evals.results.presented import Presented
from inoc_evals.results.rated_by import changed_judges
from inoc_evals.results.rounds import Rounds
from inoc_evals.results.row import ResponseRow, refuse_doubles, without_keys
from inoc_evals.results.seen import NO_NUMBER
from inoc_evals.results.settings import relabelled
from inoc_evals.results.surprise import Surprise
from inoc_evals.results.timed import Timed

Steps = Mapping[str, TrainingStep]
Scales = Mapping[str, Mapping[str, Scale]]
Contrasts = Mapping[str, Mapping[str, Contrast]]
Instruments = Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What results tell beside their rows, each part of them and all together.

    `notes` say what is missing, left out or not alike, one sentence without its full stop each. `promised` are the arms
    that a run was asked for, in order, those without rows too; without such a run there are none. `steps` say where in
    its training a checkpoint was written, by label, for those that are no training seeds. `presented` says of tasks
    with several conditions how these came about; `surprises` are the losses of training answers, and `influences` the
    orders of training rows, that lie beside the results. A run with a width of intervals has its `rounds`. `timed` are
    the times of logs that tell them. `side_effects` are tasks that say what checkpoints are still able to do, and those
    in `spread` measure a disposition each, their first headline value; `contrasts` are those of factors, by task and
    name. `labels` are what people said of responses, and `instruments`, by task and rating, the sha256 of what judges
    were asked, where that is told.
    """

    notes: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    steps: Steps = field(default_factory=dict)
    presented: Mapping[str, Presented] = field(default_factory=dict)
    surprises: tuple[Surprise, ...] = ()
    influences: tuple[Influence, ...] = ()
    rounds: Rounds | None = None
    timed: tuple[Timed, ...] = ()
    side_effects: frozenset[str] = frozenset()
    spread: frozenset[str] = frozenset()
    contrasts: Contrasts = field(default_factory=dict)
    labels: tuple[Labels, ...] = ()
    instruments: Mapping[str, Instruments] = field(default_factory=dict)


@dataclass(frozen=True)
class Source(Told):
    """Rows from anywhere. `arms` have rows, in the order in which they were named; `scales` and `headlines` are by task
    and hold every value key of the rows, and those that tables and figures show. Rows of an experiment come with what
    is said `about` it."""

    rows: tuple[ResponseRow, ...]
    arms: tuple[str, ...]
    scales: Scales
    headlines: Mapping[str, Sequence[str]]
    settings: Mapping[str, Any]
    about: About | None = None


@dataclass(frozen=True)
class Part(Told):
    """What one reader found in one place: rows by file, and what the files say about them.

    `scales` and `headlines` are those that are declared somewhere; the others are seen from all rows of a source.
    `across` are values by task that join items of one question, and are still to be made.
    Scores of the tasks in `points` are points from 0 to 100 if one of them is above 1. `versions` are those of each
    task. Is each file a checkpoint (`of_files`), as the tables of other programs are? `names_arms`: did whoever made
    the files name the arms, so that nobody else may call several of them one?
    """

    files: tuple[tuple[Path, tuple[ResponseRow, ...]], ...]
    settings: Mapping[str, Any]
    scales: Scales = field(default_factory=dict)
    headlines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    across: Mapping[str, Mapping[str, Join]] = field(default_factory=dict)
    points: frozenset[str] = frozenset()
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    of_files: bool = False
    names_arms: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that have rows, promised ones first and in their order."""
        there = dict.fromkeys(row.arm for _, rows in self.files for row in rows)
        return (*(arm for arm in self.promised if arm in there), *(arm for arm in there if arm not in self.promised))


def joined(parts: Sequence[Part]) -> Source:
    """One source of several parts. Where two checkpoints have one label, the later one gets another.

    A value whose numbers are all words is left out, and said. Raises InputError where one response stands twice, and
    where a value has another declared scale in another part.
    """
    parts = _with_own_labels(parts)
    files = [file for part in parts for file in part.files]
    refuse_doubles(files)
    every = [row for part in parts for row in _with_across(part)]
    rows, words = _without_words(tuple(without_keys(every)))
    scales = joined_scales(parts, rows)
    alone = len(parts) == 1
    settings = parts[0].settings if alone else {"sources": [part.settings for part in parts]}
    notes = [note for part in parts for note in part.notes]
    notes += [f"the values {key} of {task} are words and no numbers, and left out" for task, key in words]
    return Source(
        rows=rows,
        arms=tuple(dict.fromkeys(arm for part in parts for arm in part.arms)),
        scales=scales,
        headlines={task: _headline(parts, task, keys) for task, keys in scales.items()},
        settings=settings,
        notes=tuple(dict.fromkeys((*notes, *_other_versions(parts), *changed_judges(settings)))),
        promised=parts[0].promised if alone else (),
        steps={label: at for part in parts for label, at in part.steps.items()},
        presented={task: how for part in reversed(parts) for task, how in part.presented.items()},
        surprises=tuple(one for part in parts for one in part.surprises),
        influences=tuple(one for part in parts for one in part.influences),
        rounds=max((part.rounds for part in parts if part.rounds), key=lambda one: one.level, default=None),
        timed=tuple(log for part in parts for log in part.timed),
        side_effects=frozenset(task for part in parts for task in part.side_effects),
        spread=frozenset(task for part in parts for task in part.spread),
        contrasts={task: told for part in reversed(parts) for task, told in part.contrasts.items()},
        labels=tuple(dict.fromkeys(each for part in parts for each in part.labels)),
        instruments=merged_instruments(part.instruments for part in parts),
    )


def merged_instruments(several: Iterable[Mapping[str, Instruments]]) -> dict[str, dict[str, frozenset[str]]]:
    """What is told in any of them."""
    merged: dict[str, dict[str, frozenset[str]]] = {}
    for by_task in several:
        for task, told in by_task.items():
            of_task = merged.setdefault(task, {})
            for key, identities in told.items():
                of_task[key] = of_task.get(key, frozenset()) | identities
    return merged


def _with_across(part: Part) -> Sequence[ResponseRow]:
    """The rows of a part with the values that join items of one question."""
    rows = [row for _, found in part.files for row in found]
    for task, makes in part.across.items():
        places = [place for place, row in enumerate(rows) if row.task == task]
        given = [
            Measured((row.checkpoint, row.cluster, row.condition), row.category, row.values, row.causes)
            for row in (rows[place] for place in places)
        ]
        for place, (values, causes) in zip(places, joined_values(makes, given), strict=True):
            rows[place] = replace(rows[place], values=values, causes=causes)
    return rows


def _with_own_labels(parts: Sequence[Part]) -> list[Part]:
    """The parts with labels of which none stands for two checkpoints: those of two arms, and those of two files where
    each file is one. The order of the parts is nothing to them."""
    owners: dict[str, object] = {}
    names: list[dict[tuple[str, str], str]] = [{} for _ in parts]
    for arm, _, place, label in sorted(_called(parts)):
        owner = (arm, place) if parts[place].of_files else (arm, None)
        name, number = label, 1
        while owners.setdefault(name, owner) != owner:
            number += 1
            name = f"{label}-{number}"
        names[place][arm, label] = name
    return [renamed(part, called) for part, called in zip(parts, names, strict=True)]


def _called(parts: Sequence[Part]) -> Iterator[tuple[str, str, int, str]]:
    """Arm, first file, part and label of all checkpoints."""
    for place, part in enumerate(parts):
        first = str(min((file for file, _ in part.files), default=""))
        for arm, label in dict.fromkeys((row.arm, row.checkpoint) for _, rows in part.files for row in rows):
            yield arm, first, place, label


def _without_words(rows: tuple[ResponseRow, ...]) -> tuple[tuple[ResponseRow, ...], list[tuple[str, str]]]:
    """The rows without the values that are words in all of them, and which those are, by task."""
    if not any(row.causes and NO_NUMBER in row.causes.values() for row in rows):
        return rows, []
    numbers: set[tuple[str, str]] = set()
    words: dict[tuple[str, str], None] = {}
    for row in rows:
        for key, value in row.values.items():
            if value is not None:
                numbers.add((row.task, key))
            elif row.causes.get(key) == NO_NUMBER:
                words[row.task, key] = None
    dropped = [place for place in words if place not in numbers]
    if not dropped:
        return rows, []

    def kept(task: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in given.items() if (task, key) not in dropped}

    tasks = {task for task, _ in dropped}
    return tuple(
        replace(
            row,
            values=kept(row.task, row.values),
            causes=kept(row.task, row.causes),
            details=kept(row.task, row.details),
        )
        if row.task in tasks
        else row
        for row in rows
    ), dropped


def renamed(part: Part, names: Mapping[tuple[str, str], str], arm: str | None = None) -> Part:
    """The part with other checkpoint labels, by arm and label, and all rows in `arm` if one is given."""
    if arm is None and all(label == name for (_, label), name in names.items()):
        return part

    def changed(row: ResponseRow) -> ResponseRow:
        checkpoint = names.get((row.arm, row.checkpoint), row.checkpoint)
        return replace(row, arm=row.arm if arm is None else arm, checkpoint=checkpoint)

    called = {label: name for (_, label), name in names.items()}
    steps = {called.get(label, label): _with_origin(at, called) for label, at in part.steps.items()}
    files = tuple((file, tuple(map(changed, rows))) for file, rows in part.files)
    timed = tuple(
        replace(
            log, arm=log.arm if arm is None else arm, checkpoint=names.get((log.arm, log.checkpoint), log.checkpoint)
        )
        for log in part.timed
    )
    settings = relabelled(part.settings, called)
    return replace(part, files=files, settings=settings, steps=steps, timed=timed)


def _with_origin(at: TrainingStep, called: Mapping[str, str]) -> TrainingStep:
    return at if at.origin is None else replace(at, origin=called.get(at.origin, at.origin))


def _headline(parts: Sequence[Part], task: str, keys: Mapping[str, Scale]) -> tuple[str, ...]:
    named = dict.fromkeys(key for part in parts for key in part.headlines.get(task, ()))
    return tuple(key for key in named if key in keys) or tuple(keys)


def _other_versions(parts: Sequence[Part]) -> list[str]:
    of_task: dict[str, set[str]] = {}
    for part in parts:
        for task, versions in part.versions.items():
            of_task.setdefault(task, set()).update(versions)
    return [
        f"task {task} was run in versions {' and '.join(sorted(versions))}, which may be why values differ"
        for task, versions in of_task.items()
        if len(versions) > 1
    ]
