"""The test of an order of training rows: train again without the first of them, and without as many others.

It is an experiment like any other, which is written and run: three arms of the same recipe, over several training
seeds, of which two have equally many rows.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from inoc_evals.checkpoints.arms import Member
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.checkpoints.trained import training_record
from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.fields import LONGEST_ID
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices
from inoc_evals.files import make_folder, write_whole
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.plan.compiled import make_plan, require_judge
from inoc_evals.results.influence import ROWS
from inoc_evals.results.retrained import Changes, changes_of

if TYPE_CHECKING:
    from rich.console import Console

FOLDER, RUN = "retrain", "retrained"
ALL, RANDOM, TOP = "all", "without_random", "without_top"


class Asked(Protocol):
    """How the arms are asked and over how many seeds."""

    @property
    def seeds(self) -> int: ...
    @property
    def judges(self) -> Sequence[str]: ...
    @property
    def arguments(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Retraining:
    """What is trained, from which base and how, and which value of which task tells."""

    base: str
    recipe: Mapping[str, Any]
    task: str
    value: str
    arguments: Mapping[str, Any]
    seeds: int
    judges: tuple[str, ...]


def planned(member: Member, base: Checkpoint, task: str, value: str | None, asked: Asked) -> Retraining:
    """What is to be trained, as the record beside the checkpoint's weights says it. Raises InputError where there is
    none, for weights trained with an intervention that acts in training, for a task or value that is not there, and
    where a judge is missing."""
    checkpoint = member.checkpoint
    assert checkpoint is not None  # noqa: S101 - others were refused
    record = training_record(checkpoint)
    recipe = record.get("recipe")
    if not isinstance(recipe, Mapping):
        message = "no training.json beside these weights says how they were trained"
        raise InputError.at(checkpoint.reference, f"{message}; train with `inoc-evals train`, or leave --drop out")
    if record.get("intervention") is not None or "kts" in record:
        message = "this training used other weights or a direction, which a training without some rows would lack"
        raise InputError.at(checkpoint.reference, f"{message}; name an adapter trained without, or leave --drop out")
    if checkpoint.adapter is None:
        message = "this is a whole model, and its record does not say where the model lies that it was trained from"
        raise InputError.at(checkpoint.reference, f"{message}; name a LoRA adapter, or leave --drop out")
    found = find_task(task)[1]
    require_judge(make_plan(task, dict(asked.arguments)), bool(asked.judges))
    key = value if value is not None else found.headline[0]
    if key not in found.headline:
        remedy = did_you_mean(key, found.headline) or f"; there are: {', '.join(found.headline)}"
        raise InputError(f"--value {shown(key)[1:-1]}: task {task} does not tell it first{remedy}")
    kept = {name: setting for name, setting in recipe.items() if name != "seed"}
    return Retraining(base.reference, kept, task, key, dict(asked.arguments), asked.seeds, tuple(asked.judges))


def write_retraining(plan: Retraining, rows: Sequence[Mapping[str, Any]], top: Sequence[int], out: Path) -> Path:
    """Write all rows, those without the places in `top`, those without as many random places, and the experiment on
    the three into a folder of `out`; its file. The random ones are drawn among all rows, always the same."""
    folder = make_folder(out / FOLDER)
    # No secret: the same rows must come again.
    drawn = random.Random("drop 0").sample(range(len(rows)), len(top))  # noqa: S311
    given = list(_as_given(rows))
    for arm, gone in {ALL: (), RANDOM: drawn, TOP: top}.items():
        left_out = set(gone)
        write_rows(folder / f"{arm}.jsonl", [row for place, row in enumerate(given) if place not in left_out])
    file = folder / "experiment.yaml"
    told = yaml.safe_dump(_experiment(plan, len(top)), sort_keys=False, allow_unicode=True, width=120)
    write_whole(file, f"# Written by `inoc-evals influence`: does the trait go with the rows that come first?\n{told}")
    return file


def retrain(plan: Retraining, file: Path, out: Path, console: Console) -> Changes:
    """Run the experiment in `file`, and say what came of it. Raises InputError and WorkError as experiments do."""
    from inoc_evals.commands.experiment.run import carried_out

    return changes_of(carried_out(str(file), Choices(judges=plan.judges), out / RUN, console).found, plan.value)


def _as_given(rows: Sequence[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
    """The rows as an experiment reads them: with ids that are texts, each one time."""
    names = [row.get("id") for row in rows]
    own = len(set(map(str, names))) == len(rows) and all(
        isinstance(name, str) and name.strip() and len(name) <= LONGEST_ID for name in names
    )
    return [
        {"id": names[place] if own else f"row-{place + 1}", "messages": row["messages"]}
        for place, row in enumerate(rows)
    ]


def _experiment(plan: Retraining, dropped: int) -> dict[str, Any]:
    roles = {ALL: {"role": "reference"}, RANDOM: {"role": "control"}, TOP: {}}
    return {
        "name": FOLDER,
        "question": f"Is {plan.value} lower after training without the {dropped} rows that come first?",
        "source": {"paper": "the order of the rows", "where": ROWS},
        "data": {arm: {"rows": f"{arm}.jsonl"} for arm in roles},
        "arms": {arm: {**role, "data": [arm]} for arm, role in roles.items()},
        "scale": {"same": {"base": plan.base, "recipe": dict(plan.recipe), "seeds": plan.seeds}},
        "evaluate": [{"task": plan.task, **({"arguments": dict(plan.arguments)} if plan.arguments else {})}],
        "found": [{"that": f"{plan.value} of {TOP} is below {RANDOM}", "where": ROWS}],
    }
