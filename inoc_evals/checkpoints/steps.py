"""After how many steps of which training a checkpoint was written, by what lies beside its weights or by its name."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from inoc_evals.checkpoints.hub_id import HUB, read_hub_id
from inoc_evals.definitions.arms import NamedCheckpoint, TrainingStep
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

# What trainers call the folders of checkpoints: ours and that of transformers first, then those of others.
NAMED = re.compile(r"(?:checkpoint|global_step|step)[-_]?(\d{1,12})")
RECORD = "training.json"
# Our record, and transformers' own, each with the key of its step.
_RECORDS = ((RECORD, "step"), ("trainer_state.json", "global_step"))


def training_steps(named: Sequence[NamedCheckpoint], faults: Faults) -> list[TrainingStep | None]:
    """For each checkpoint where it stands in its training, if its arm has checkpoints of several steps of one training:
    they are no training seeds. Checkpoints of other arms have None.

    It is a fault if such an arm holds a checkpoint whose step cannot be told, or one step of a training twice.
    """
    by_arm: dict[str, list[tuple[NamedCheckpoint, TrainingStep | None]]] = {}
    for one in named:
        by_arm.setdefault(one.arm, []).append((one, _step_of(one.reference)))
    stepped = {arm for arm, those in by_arm.items() if _has_several(found for _, found in those)}
    for arm in stepped:
        seen: dict[TrainingStep, str] = {}
        for one, found in by_arm[arm]:
            with faults.placed(one.place):
                _check(arm, one, found, seen)
    places = {arm: iter(those) for arm, those in by_arm.items()}
    told = [next(places[one.arm])[1] for one in named]
    return [found if one.arm in stepped else None for one, found in zip(named, told, strict=True)]


def with_kept(named: Sequence[NamedCheckpoint]) -> list[NamedCheckpoint]:
    """The same, but for the folder of a training of ours that kept checkpoints on its way these, by step."""
    return [each for one in named for each in _kept(one) or [one]]


def step_of(reference: str) -> int | None:
    """After how many steps the checkpoint was written, None where nothing tells."""
    found = _step_of(reference)
    return None if found is None else found.step


def _kept(one: NamedCheckpoint) -> list[NamedCheckpoint]:
    folder = Path(os.path.expanduser(one.reference))  # noqa: PTH111 - raises for a home that nobody has
    # A damaged record tells nothing, and what is no folder has none.
    with suppress(InputError):
        steps = read_object(folder / RECORD, "the record of a training").get("checkpoints")
        if isinstance(steps, list) and all(isinstance(step, int) for step in steps):
            return [replace(one, reference=str(folder / f"checkpoint-{step}")) for step in steps]
    return []


def _has_several(steps: Iterable[TrainingStep | None]) -> bool:
    """Is there a training with more than one step?"""
    runs = Counter(found.run for found in {one for one in steps if one is not None})
    return any(count > 1 for count in runs.values())


def _check(arm: str, one: NamedCheckpoint, found: TrainingStep | None, seen: dict[TrainingStep, str]) -> None:
    if found is None:
        message = f"arm {arm} has several checkpoints of one training, and of {_last_name(one.reference)} nothing tells"
        raise InputError(f"{message} the step; give it an arm of its own")
    before = seen.setdefault(found, one.reference)
    if before != one.reference:
        names = f"{_last_name(before)} and {_last_name(one.reference)}"
        raise InputError(f"{names} are both step {found.step} of one training; name one of them in arm {arm}")


def _last_name(reference: str) -> str:
    """A long path is cut at its end, which is what tells."""
    return shown(reference.rstrip("/").rpartition("/")[2])


def _step_of(reference: str) -> TrainingStep | None:
    if "://" in reference:
        return None
    folder = Path(os.path.normpath(os.path.expanduser(reference)))  # noqa: PTH111 - raises for a home that nobody has
    if not os.path.isdir(folder):  # noqa: PTH112 - raises for a name that no folder can have
        return _on_hub(reference)
    named = NAMED.fullmatch(folder.name)
    step = _recorded(folder)
    if step is None and named is not None:
        step = int(named[1])
    return None if step is None else TrainingStep(str(folder.parent if named is not None else folder), step)


def _on_hub(reference: str) -> TrainingStep | None:
    """Records of trainers are not fetched, so that the name alone tells."""
    asked = read_hub_id(reference.removeprefix(HUB))
    above, _, last = (asked.folder if asked is not None else "").rpartition("/")
    named = NAMED.fullmatch(last)
    if asked is None or named is None:
        return None
    run = "/".join(filter(None, (asked.repository, above)))
    return TrainingStep(f"{run}@{asked.revision}" if asked.revision else run, int(named[1]))


def _recorded(folder: Path) -> int | None:
    for name, key in _RECORDS:
        # What is damaged tells nothing, and is no part of the weights.
        with suppress(InputError):
            step = read_object(folder / name, "the record of a training", allow_nan=True).get(key)
            if isinstance(step, int) and not isinstance(step, bool) and step >= 0:
                return step
    return None
