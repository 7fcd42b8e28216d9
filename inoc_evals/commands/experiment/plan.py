"""What `inoc-evals experiment plan` does: it tells what an experiment would do, before anything is spent."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from inoc_evals.checkpoints.embedded import NAME, is_embedded_here
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.experiment.facts_of import facts_of
from inoc_evals.commands.experiment.own_trainings import some_rows
from inoc_evals.commands.experiment.plan_texts import lines
from inoc_evals.commands.experiment.speed import measure_scoring, measure_training
from inoc_evals.commands.judge_cost import ASSUMED, expected_document, expected_lines
from inoc_evals.definitions.faults import Faults
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.reading import experiment_file, load_experiment
from inoc_evals.extras import require
from inoc_evals.plan.preflight import engine_faults, judge_faults

_NARROWEST = 40


def plan(named: str, choices: Choices, console: Console, *, measured: bool = False, as_json: bool = False) -> None:
    """Print what `run` would do, as a screen or as JSON alone. With `measured` a few steps are trained first and a
    few responses drawn, to know how long they take here; else nothing is asked, fetched or made. Raises InputError as
    `run` does."""
    design = designed(load_experiment(experiment_file(named)), choices)
    notes = []
    try:
        base = _base(design, fetch=measured)
    except InputError as error:
        # The hub may be out of reach from here, and all else can still be told.
        if measured:
            raise
        base = None
        notes.append(f"the base model cannot be looked at now: {error}")
    if base is not None and measured:
        _measure(design, base, console)
    facts = facts_of(design, base, notes, choices.costs)
    if as_json:
        print_document({**asdict(facts), "judging": expected_document(facts.judging, choices.costs)})
    else:
        costs = tuple(expected_lines(facts.judging, choices.costs, ASSUMED))
        for line in lines(facts, costs, max(_NARROWEST, console.width)):
            console.print(line, soft_wrap=True)


def _measure(design: Design, base: Checkpoint, console: Console) -> None:
    """See how long a few steps and a few responses take here. Raises InputError where something is missing for that,
    and what `train_apart` and `score` do."""
    faults = Faults()
    faults.add(*engine_faults(), *judge_faults(design.judges))
    faults.refuse()
    if design.trained:
        require("train", "a measurement")
        console.print("training a few steps to see how long they take here")
        measure_training(design, base, some_rows(design))
    console.print("asking the untrained model for a few responses to see how long they take here")
    measure_scoring(design, base)


def _base(design: Design, *, fetch: bool) -> Checkpoint | None:
    """The base model, or without `fetch` None where it would first have to be made."""
    if not fetch and design.base == NAME and not is_embedded_here():
        return None
    base = resolve(design.base, fetch_models=fetch)
    if base.adapter is not None:
        raise InputError(f"{design.base!r} is a LoRA adapter; an experiment trains its own, so name a full model")
    return base
