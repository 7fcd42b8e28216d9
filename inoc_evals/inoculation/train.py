"""Training on chat rows, with loss on the answers only: TRL's SFTTrainer, with PEFT or of all weights.

What makes it fast on a CPU: bfloat16 where the processor has it, batches of like lengths, plain attention (faster than
the fused kernel on short rows), what all rows of a batch begin with computed once, and logits for answer tokens only,
which TRL computes so on GPUs alone. What learns stays in float32.
"""

from __future__ import annotations

import gc
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.trained import TRAINED_WITH
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import library_writes, write_whole
from inoc_evals.inoculation.arguments import training_arguments
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.interventions.applied import IN_ALL, around, identity_of, spent_in_all
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.kept import keeping, kept_checkpoints, kept_steps, without
from inoc_evals.inoculation.place import RECORD, check_out, put_in_place, workshop
from inoc_evals.inoculation.prompt_found import prompt_of_rows
from inoc_evals.inoculation.recipe import Recipe, training_identity
from inoc_evals.inoculation.resume import STATE, Stopwatch, claim, keeping_order
from inoc_evals.inoculation.rewrite import prompt_completion
from inoc_evals.inoculation.trainer import Progress, make_trainer, reporting
from inoc_evals.inoculation.written import write_weights

TRAINED = "trained"
_WEIGHTS = {"lora": "adapter_model*.safetensors", "full": "model*.safetensors"}


@dataclass(frozen=True)
class Treatment:
    """What an arm does in its training beside rows and recipe: its `intervention`, and what is noted of the rows'
    prompt as `trained_with` (None: the rows say it)."""

    intervention: Applied | None = None
    trained_with: Mapping[str, Any] | None = None


PLAIN = Treatment()


def is_trained(
    base: Path | str,
    rows: Sequence[Mapping[str, Any]],
    recipe: Recipe,
    out: Path,
    keep_checkpoints: int = 0,
    intervention: Applied | None = None,
) -> bool:
    """Whether `out` holds what exactly this training gives, and at least the checkpoints that are to be kept."""
    with suppress(InputError):
        # An adapter that is not there yet has given nothing.
        identity = training_identity(base, rows, recipe, identity_of(intervention))
        record = read_object(out / RECORD, "the record of a training")
        if not any(out.glob(_WEIGHTS[recipe.regime])) or any(record.get(key) != identity[key] for key in identity):
            return False
        return set(kept_steps(record["steps"], keep_checkpoints)) <= kept_checkpoints(out, identity).keys()
    return False


def train(
    base: Path | str | BaseModel,
    rows: Sequence[Mapping[str, Any]],
    out: Path,
    recipe: Recipe,
    progress: Progress | None = None,
    keep_checkpoints: int = 0,
    treatment: Treatment = PLAIN,
) -> dict[str, Any]:
    """Train `base` on chat `rows` and leave a LoRA adapter or a whole model in `out`; the content of `training.json` is
    returned. A `base` that is loaded already is as before when it is trained; it must be of the recipe's regime.

    In `out` lie too, as `checkpoint-STEP`, so many evenly spaced checkpoints as are to be kept, the last one at the end
    of the training. `out` appears only when training is complete: an interrupted run leaves a folder of its own beside
    it from which the next run with the same rows and recipe goes on, and which any other run to `out` removes.
    Raises InputError where `out` holds anything but what we have trained earlier, where there are fewer steps than
    checkpoints to keep, and for an intervention's adapter that is damaged or of another base, and WorkError where it
    cannot be written, or where another process trains into it.
    """
    name = base.base if isinstance(base, BaseModel) else base
    kept = kept_steps(recipe.steps(len(rows)), keep_checkpoints)
    check_out(out)
    if treatment.intervention is not None and treatment.intervention.adapter is not None:
        check_adapter(str(name), treatment.intervention.adapter)
    identity = training_identity(name, rows, recipe, identity_of(treatment.intervention))
    with workshop(out) as part, library_writes(out):
        trained = part / TRAINED
        resumable = claim(part, identity, kept, kept_checkpoints(trained, identity))
        loaded = base if isinstance(base, BaseModel) else BaseModel(name, recipe.regime)
        told = treatment.trained_with
        noted = {**identity, TRAINED_WITH: prompt_of_rows(rows) if told is None else dict(told)}
        record = _Training(loaded, rows, part, recipe, treatment.intervention, noted, kept).run(resumable, progress)
        for folder in without(trained, kept):
            shutil.rmtree(folder)
        write_whole(trained / RECORD, json.dumps(record, indent=2) + "\n")
        put_in_place(trained, out)
    return record


@dataclass(frozen=True)
class _Training:
    """One training in the folder `part`. `noted` is what its record says of it beforehand."""

    base: BaseModel
    rows: Sequence[Mapping[str, Any]]
    part: Path
    recipe: Recipe
    intervention: Applied | None
    noted: Mapping[str, Any]
    kept: Sequence[int]

    def run(self, resumable: bool, progress: Progress | None) -> dict[str, Any]:
        """Train, and leave weights and kept checkpoints in the folder `TRAINED`; the record of the training."""
        arguments = training_arguments(self.part / STATE, self.recipe)
        try:
            with self.base.lent():
                told = self._trained(arguments, resumable, progress)
        finally:
            # The trainer stands in circles, and its optimiser is as large as what learnt.
            gc.collect()
        steps = told.pop("steps")
        record = {**self._record(steps, steps), **told}
        return {
            **record,
            "examples": len(self.rows),
            "checkpoints": list(self.kept),
            IN_ALL: spent_in_all(record, self.intervention),
            "stored_bytes": sum(file.stat().st_size for file in (self.part / TRAINED).glob("*.safetensors")),
            **_machine(arguments),
        }

    def _trained(self, arguments: Any, resumable: bool, progress: Progress | None) -> dict[str, Any]:
        trained = self.part / TRAINED
        trainer = make_trainer(self.base, prompt_completion(self.rows), arguments, self.recipe)

        def write(folder: Path, step: int) -> dict[str, Any]:
            write_weights(trainer, self.base, folder)
            return self._record(step, trainer.state.max_steps)

        stopwatch = Stopwatch(self.part / STATE)
        trainer.add_callback(stopwatch.callback())
        trainer.add_callback(keeping_order(self.part / STATE))
        trainer.add_callback(keeping(self.part, trained, self.kept, write))
        if progress is not None:
            trainer.add_callback(reporting(progress))
        with around(trainer, self.intervention, self.recipe):
            result = trainer.train(resume_from_checkpoint=resumable)
        seconds = stopwatch.seconds()
        write_weights(trainer, self.base, trained)
        # What the library calls the loss of the training is after a resumption the mean of the rest.
        logged = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
        loss = float(logged[-1] if logged else result.training_loss)
        return {
            "steps": result.global_step,
            "final_loss": round(loss, 5),
            "seconds": round(seconds, 1),
            "tokens_seen": int(trainer.state.num_input_tokens_seen),
        }

    def _record(self, step: int, steps: int) -> dict[str, Any]:
        """What identifies the training, and how far it was after `step` of `steps`."""
        return {
            **self.noted,
            "step": step,
            "steps": steps,
            "examples_seen": self.recipe.examples_seen(step, len(self.rows)),
            "share": round(step / steps, 5),
        }


def _machine(arguments: Any) -> dict[str, Any]:
    import torch

    device = platform.processor() or platform.machine()
    return {
        "dtype": "bfloat16" if arguments.bf16 else "float32",
        "device": device if arguments.use_cpu else torch.cuda.get_device_name(0),
        "libraries": {name: version(name) for name in ("torch", "transformers", "trl", "peft", "datasets")},
    }
