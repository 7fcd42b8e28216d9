"""An experiment from its file to the report: data, training, evaluation, verdicts.

Every stage is called after the content of what it is made from, so that a run which was stopped anywhere goes on, and
one that changes something does only what follows from it. Trainings run in a process of their own, and the evaluation
is `inoc-evals score`: this process loads no torch.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console

from inoc_evals.analyses.direction_making import Base, Contrast
from inoc_evals.analyses.direction_process import make_apart
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.identity import folder_sha256, identity_digest
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.checkpoints.steered import steered_checkpoint
from inoc_evals.commands.experiment.screen import last_screen
from inoc_evals.commands.experiment.speed import remember_trainings
from inoc_evals.commands.experiment.stages import Stages
from inoc_evals.commands.report import document, write_results
from inoc_evals.commands.training_pace import TrainingPace
from inoc_evals.definitions.arms import REFERENCE, NamedCheckpoint
from inoc_evals.definitions.catalog import path_faults
from inoc_evals.definitions.faults import Faults
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.directions import direction_files, steered_by
from inoc_evals.experiments.foretold import check_base, check_data, foretold_design, prediction
from inoc_evals.experiments.loaded import Loaded
from inoc_evals.experiments.parts import check_parts, part_files
from inoc_evals.experiments.reading import experiment_file, load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.experiments.trainings import Trainings, trainings, untrained, write_arms
from inoc_evals.extras import require
from inoc_evals.forecasts.document import Forecast, read_forecast
from inoc_evals.inoculation.interventions.applied import IN_ALL, SPENT
from inoc_evals.inoculation.place import RECORD
from inoc_evals.inoculation.training_process import train_apart
from inoc_evals.plan.preflight import engine_faults, folder_faults, judge_faults
from inoc_evals.plan.request import Request
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.score import EVALUATIONS
from inoc_evals.results.about import Cost
from inoc_evals.results.claim import HOLDER, LOCK, claimed, command_line
from inoc_evals.results.findings import Findings
from inoc_evals.results.forecast import Road
from inoc_evals.results.settings import LOGS
from inoc_evals.results.source import Source

DATA = "data"
# What an experiment leaves in its folder.
_OURS = re.compile(
    rf"{DATA}|{EVALUATIONS}|adapters-seed\d+|table\.md|(figure|frontier|profile)\.(png|svg)|report\.html|results\.json"
    r"|responses\.(csv|parquet)|\.lock(\.json)?|\.inoc-evals-.*"
)


@dataclass(frozen=True)
class Scored:
    """An evaluation's folder and what was read from it."""

    folder: Path
    source: Source


@dataclass(frozen=True)
class Ran:
    """What a run gave: its findings, what they are of, the evaluation's folder, its own, and the time of each stage."""

    found: Findings
    source: Source
    folder: Path
    out: Path
    stages: Stages


def run(
    named: str, choices: Choices, out: Path | None, console: Console, *, fresh: bool = False, as_json: bool = False
) -> None:
    """Run every stage of the experiment `named`, a name or file, that is not finished yet, and print what came out;
    with `as_json` as JSON to standard output. The report lies in `out` (by default runs/NAME), and each evaluation, a
    folder of `inoc-evals score`, in a folder of its own below it.

    Raises InputError for everything that is wrong with the file and the choices before anything is spent, and where
    another process works in `out`; InputError and WorkError as the stages do.
    """
    ran = carried_out(named, choices, out, console, fresh=fresh)
    if as_json:
        print_document(told(ran.found, ran.out, ran.folder, ran.stages.seconds))
    else:
        _show(ran)


def carried_out(named: str, choices: Choices, out: Path | None, console: Console, *, fresh: bool = False) -> Ran:
    """The same without printing what came out."""
    started = time.monotonic()
    forecast = read_forecast(choices.forecast) if choices.forecast is not None else None
    design = _designed(load_experiment(experiment_file(named)), choices, forecast)
    out = out or Path("runs") / _folder(design, forecast)
    _check(design, out)
    stages = Stages(console)
    with claimed(out, console.print):
        if fresh:
            clear(out)
        with stages.stage("model") as show:
            base = resolve(design.base, progress=lambda text: show(0, 0, text))
        if base.adapter is not None:
            message = f"{design.base!r} is a LoRA adapter; an experiment trains its own, so name a full model"
            raise InputError(message)
        _check_steering(design, base, {})
        if forecast is not None:
            check_base(forecast, base)
        with stages.stage("data") as show:
            parts = part_files(design, base, out / DATA, show)
            data = write_arms(design, parts, out / DATA / "arms")
            if forecast is not None:
                check_data(forecast, design.arms[0], data)
            show(0, 0, ", ".join(f"{arm}: {len(given.rows)} rows" for arm, given in data.items()))
        directions = _directions(design, base, parts, out.resolve() / DATA, stages)
        _check_steering(design, base, directions)
        trained = trainings(design, base, data, out.resolve(), directions)
        _train(design, base, trained, stages)
        asked = replace(evaluation(design, base, trained, out / EVALUATIONS), costs=choices.costs)
        scored = _score(asked, design, stages)
        about = replace(design.about(), costs=costs(trained))
        if forecast is not None:
            about = replace(about, forecast=prediction(forecast, design.arms, _roads(trained, scored, stages)))
        source = replace(scored.source, about=about)
        with stages.stage("report") as show:
            show(0, 0, "table, figure and pages")
            found = write_results(source, out, design.arms[0])
    stages.seconds["in all"] = time.monotonic() - started
    return Ran(found, source, scored.folder, out, stages)


def _directions(
    design: Design, base: Checkpoint, parts: Mapping[str, Sequence[Row]], folder: Path, stages: Stages
) -> dict[str, Path]:
    """The files of the directions that the arms use, made where they are not there."""
    if not design.directions:
        return {}
    with stages.stage("directions") as show:

        def make(contrast: Contrast, out: Path) -> None:
            make_apart(Base.of(base), contrast, out, lambda done, total: show(done, total, f"{out.stem}: prompts"))

        return direction_files(design, base, parts, folder, make)


def _check_steering(design: Design, base: Checkpoint, directions: Mapping[str, Path]) -> None:
    """Raise InputError where an arm cannot be asked steered, before anything is trained for it. Arms whose direction is
    not in `directions` and has yet to be made are passed over."""
    unmade = set(design.directions) - directions.keys()
    for arm in design.arms:
        steer = steered_by(design.loaded, arm, directions).steer
        if steer is not None and unmade.isdisjoint(design.loaded.experiment.steers_by((arm,))):
            steered_checkpoint(base, base, steer, Hub())


def _designed(loaded: Loaded, choices: Choices, forecast: Forecast | None) -> Design:
    if forecast is not None:
        return foretold_design(loaded, choices, forecast, choices.candidates)
    if choices.candidates is not None:
        raise InputError("--candidates says how many of a forecast's; name it with --forecast, or leave this out")
    return designed(loaded, choices)


def _folder(design: Design, forecast: Forecast | None) -> str:
    name = design.loaded.experiment.name
    return name if forecast is None else f"{name}-forecast-{forecast.task.value}"


def _roads(trained: Trainings, scored: Scored, stages: Stages) -> dict[str, Road]:
    """What training and evaluation took: trainings as each has noted it, also those of earlier runs."""
    folders = dict.fromkeys(folder for of_arm in trained.folders.values() for folder in of_arm)
    notes = [json.loads((folder / RECORD).read_text(encoding="utf-8")) for folder in folders]
    rows = scored.source.rows
    tokens = sum(row.tokens.output or 0.0 for row in rows if row.tokens is not None)
    training = sum(note["seconds"] for note in notes)
    seen = sum(note.get("examples_seen", 0) for note in notes)
    return {
        "training": Road(len(folders) - 1, training, None, 0, seen),
        "evaluation": Road(len(folders) - 1, stages.seconds.get("scoring"), tokens, len(rows)),
    }


def costs(trained: Trainings) -> dict[str, Cost]:
    """What a training of each arm took with those that it needs, as each has noted it, in the mean over training
    seeds."""
    found = {}
    for arm, folders in trained.folders.items():
        notes = [json.loads((folder / RECORD).read_text(encoding="utf-8")) for folder in folders]
        spent = [note.get(IN_ALL, note) for note in notes]
        seconds, rows, tokens = (_mean([each.get(key) for each in spent]) for key in SPENT)
        found[arm] = Cost(seconds, rows, tokens, _mean([note.get("stored_bytes") for note in notes]))
    return found


def _mean(amounts: Sequence[float | None]) -> float | None:
    """None where one of them was not noted."""
    known = [amount for amount in amounts if amount is not None]
    return fmean(known) if known and len(known) == len(amounts) else None


def told(found: Findings, out: Path, folder: Path, seconds: Mapping[str, float]) -> dict[str, Any]:
    """The answer as plain data: as of `report`, with the verdicts and the seconds of each stage."""
    answered = {**document(found, out, folder / LOGS), "verdicts": found.verdicts, "seconds": seconds}
    return answered if found.forecast is None else {**answered, "forecast": found.forecast}


def _show(ran: Ran) -> None:
    console = ran.stages.console
    console.print()
    for part in last_screen(ran.found, ran.source):
        console.print(part)
    for note in ran.source.notes:
        console.print(f"note: {note}")
    console.print(f"\nReport: {ran.out / 'report.html'}", soft_wrap=True)
    console.print(f"Transcripts: inspect view --log-dir {ran.folder / LOGS}", soft_wrap=True)
    console.print("Time: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in ran.stages.seconds.items()))


def _check(design: Design, out: Path) -> None:
    """Raise InputError with all that would end a later stage and can be told now."""
    faults = Faults()
    faults.add(*path_faults())
    with faults.collected():
        require("report", "the report at the end")
    if design.trained:
        with faults.collected():
            require("train", "training")
    faults.add(*engine_faults())
    check_parts(design, faults)
    faults.add(*judge_faults(design.judges))
    faults.add(*folder_faults(out))
    faults.refuse()


def clear(out: Path) -> None:
    """Remove an earlier run. Raises InputError for a folder that holds anything else."""
    paths = [path for path in out.iterdir() if path.name not in (LOCK, HOLDER)]
    if foreign := sorted(path.name for path in paths if not _OURS.fullmatch(path.name)):
        raise InputError.at(out, f"this folder holds something else ({foreign[0]}); name another --out")
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _train(design: Design, base: Checkpoint, trained: Trainings, stages: Stages) -> None:
    if trained.done:
        stages.console.print(f"reused training of {', '.join(trained.done)}: same data, base and recipe")
    if not trained.missing:
        return
    seconds: dict[str, float] = {}

    def finished(name: str, took: float) -> None:
        seconds[name] = took
        stages.console.print(f"trained {name} in {took:.1f} s")

    started = time.monotonic()
    pace = TrainingPace(trained.steps)
    with stages.stage("training") as show:

        def progress(name: str, step: int, steps: int, loss: float) -> None:
            show(step, steps, ", ".join(filter(None, (name, f"loss {loss:.2f}", pace.left(name, step)))))

        show(0, 0, "starting")
        train_apart(trained.missing, progress, finished)
    remember_trainings(design, base, trained, seconds, time.monotonic() - started)


def evaluation(design: Design, base: Checkpoint, trained: Trainings, folder: Path) -> Request:
    """What `score` is asked for. Its folder, in `folder`, is called after the checkpoints, where they lie, how they are
    asked, and the tasks: an evaluation of others stays as it is, and is there again when they are."""
    named = list(_named(design, base, trained))
    identity = {
        "arms": [(one.arm, one.reference, one.role, one.variation.given()) for one in named],
        "sha256": [folder_sha256(path) for arm in design.trained for path in trained.folders[arm]],
        "base": base.content_hash,
        "tasks": {name: plan.record["task_sha256"] for name, plan in design.plans.items()},
        "arguments": design.arguments,
        "judges": design.judges,
    }
    digest = identity_digest(identity)
    return Request(
        (),
        folder / digest,
        tuple(design.plans),
        design.judges,
        design.arguments,
        max_model_len=design.settings.max_model_len,
        arms=named,
    )


def _named(design: Design, base: Checkpoint, trained: Trainings) -> Sequence[NamedCheckpoint]:
    """The checkpoints of each arm, in the order of every table."""
    found = []
    for place, arm in enumerate(design.arms):
        told = design.loaded.experiment.arms[arm]
        variation = steered_by(design.loaded, arm, trained.directions)
        role = REFERENCE if place == 0 else told.role
        references = [str(path) for path in trained.folders[arm]] if arm in trained.folders else [untrained(base)]
        found += [NamedCheckpoint(arm, reference, role, variation) for reference in references]
    return found


def _score(request: Request, design: Design, stages: Stages) -> Scored:
    responses = sum(plan.responses for plan in design.plans.values())
    if (scored := finished(request, responses)) is not None:
        stages.console.print(f"reused evaluation {request.out}: same checkpoints and tasks", soft_wrap=True)
        return scored
    from inoc_evals.commands.score.run import run as score

    started = time.monotonic()
    score(request, stages.console, command_line(), report=False)
    stages.seconds["scoring"] = time.monotonic() - started
    return _read(request.out)


def _read(folder: Path) -> Scored:
    return Scored(folder, read_inputs([Input(folder)]))


def finished(request: Request, wanted: int) -> Scored | None:
    """The evaluation that `request` is for, if it is there with `wanted` responses of each checkpoint."""
    # What is missing, damaged or not finished is for `score` to go on with, or to refuse.
    with suppress(InputError):
        scored = _read(request.out)
        counts = Counter((row.arm, row.checkpoint) for row in scored.source.rows)
        if not scored.source.notes and set(counts.values()) == {wanted}:
            return scored
    return None
