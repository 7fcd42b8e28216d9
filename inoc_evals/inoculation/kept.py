"""Checkpoints of a training on its way, each a checkpoint by itself: what it had learnt after so many steps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.steps import NAMED
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.inoculation.place import RECORD

_DRAFT = "draft"


def kept_steps(steps: int, count: int) -> tuple[int, ...]:
    """The `count` steps, evenly spaced and the last of all `steps` among them, after which a checkpoint is kept.

    Raises InputError where there are fewer steps than checkpoints.
    """
    if count > steps:
        message = f"the training has {steps} steps, which are fewer than the {count} checkpoints to keep; keep fewer"
        raise InputError(f"{message}, or train for longer")
    return tuple(round(steps * number / count) for number in range(1, count + 1))


def checkpoint_folder(out: Path, step: int) -> Path:
    """Where the checkpoint of a training in `out` after `step` steps lies."""
    return out / f"checkpoint-{step}"


def kept_checkpoints(out: Path, identity: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """The records of the checkpoints of the training `identity` in `out`, by step."""
    return {
        record["step"]: record
        for folder in (out.iterdir() if out.is_dir() else ())
        if NAMED.fullmatch(folder.name) and (record := _record(folder, identity)) is not None
    }


def keeping(part: Path, out: Path, steps: Collection[int], write: Callable[[Path, int], Mapping[str, Any]]) -> Any:
    """A callback of transformers that lets `write` write a checkpoint into a folder in `part` after each of `steps`, of
    which it gives the record. The folder then goes into `out`, whole."""
    from transformers import TrainerCallback

    class Keep(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            step = state.global_step
            if step not in steps:
                return
            draft, target = part / _DRAFT, checkpoint_folder(out, step)
            for folder in (draft, target):
                if folder.exists():
                    shutil.rmtree(folder)
            record = write(draft, step)
            write_whole(draft / RECORD, json.dumps(record, indent=2) + "\n")
            out.mkdir(exist_ok=True)
            draft.replace(target)

    return Keep()


def without(out: Path, steps: Collection[int]) -> Iterator[Path]:
    """The folders of checkpoints in `out` of other steps than these."""
    wanted = {checkpoint_folder(out, step).name for step in steps}
    return (path for path in out.glob("checkpoint-*") if path.name not in wanted)


def _record(folder: Path, identity: Mapping[str, Any]) -> Mapping[str, Any] | None:
    with suppress(InputError):
        record = read_object(folder / RECORD, "the record of a checkpoint")
        if isinstance(record.get("step"), int) and all(record.get(key) == value for key, value in identity.items()):
            return record
    return None
