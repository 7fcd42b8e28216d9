"""Where a training was interrupted, and what it needs to go on as if it had not been."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.inoculation.place import empty

STATE = "state"
# Written last.
_ORDER = "order_of_rows.bin"
_SECONDS = "seconds.json"
_STEP = re.compile(r"checkpoint-(\d+)")


def claim(part: Path, identity: Mapping[str, Any], kept: Collection[int], there: Collection[int]) -> bool:
    """Make `part` ready for this run; true if it holds a state of the very same training to resume from, and beside it
    (`there`) all checkpoints that are to be `kept` up to its step."""
    marker = part / "identity.json"
    with suppress(InputError):
        same = read_object(marker, "what identifies a training") == json.loads(json.dumps(identity))
        step = _last_whole(part / STATE) if same else None
        if step is not None and all(one in there for one in kept if one <= step):
            return True
    empty(part)
    write_whole(marker, json.dumps(identity))
    return False


def keeping_order(folder: Path) -> Any:
    """A callback of transformers for the `folder` of states. In the middle of an epoch a Trainer resumes with another
    order of the rows than it had begun with, so that some would be seen twice and others never: it draws the order from
    what the random numbers are when it starts. The callback keeps what they were when the epoch began."""
    import torch
    from transformers import TrainerCallback

    class Order(TrainerCallback):  # type: ignore[misc]
        drawn_from = b""

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            resumed = _state(folder, state.global_step) / _ORDER
            if not self.drawn_from and resumed.is_file():
                kept = bytearray(resumed.read_bytes())
                torch.random.set_rng_state(torch.frombuffer(kept, dtype=torch.uint8))
            self.drawn_from = _random_numbers()

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            at_end = float(state.epoch).is_integer()
            order = _random_numbers() if at_end else self.drawn_from
            (_state(folder, state.global_step) / _ORDER).write_bytes(order)

    return Order()


class Stopwatch:
    """The seconds of all steps of a training that keeps its states in `folder`, those before an interruption too, as
    far as they were kept."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._before, self._since = folder, 0.0, time.monotonic()

    def seconds(self) -> float:
        """How long the steps took so far."""
        return self._before + time.monotonic() - self._since

    def callback(self) -> Any:
        """The callback of transformers that starts it, and keeps its time with each state."""
        from transformers import TrainerCallback

        watch = self

        class Watch(TrainerCallback):  # type: ignore[misc]
            def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
                watch._start(state.global_step)

            def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
                (_state(watch._folder, state.global_step) / _SECONDS).write_text(
                    json.dumps({"seconds": watch.seconds()})
                )

        return Watch()

    def _start(self, step: int) -> None:
        self._since = time.monotonic()
        with suppress(InputError):
            self._before = float(
                read_object(_state(self._folder, step) / _SECONDS, "the time of a training")["seconds"]
            )


def _state(folder: Path, step: int) -> Path:
    return folder / f"checkpoint-{step}"


def _random_numbers() -> bytes:
    """What torch makes its next ones from."""
    import torch

    state: bytes = torch.random.get_rng_state().numpy().tobytes()
    return state


def _last_whole(state: Path) -> int | None:
    """The step of the last state; those whose writing was cut short are removed."""
    steps = []
    for folder in state.glob("checkpoint-*"):
        found = _STEP.fullmatch(folder.name)
        if found is not None and (folder / _ORDER).is_file() and _is_whole(folder):
            steps.append(int(found[1]))
        else:
            shutil.rmtree(folder)
    return max(steps, default=None)


def _is_whole(folder: Path) -> bool:
    try:
        read_object(folder / "trainer_state.json", "the state of a training", allow_nan=True)
    except InputError:
        return False
    return True
