"""The LoRA recipe: TRL's SFTTrainer with PEFT, loss on the answers only, the same code on CPU and GPU.

What makes it fast on a CPU: bfloat16 weights where the processor has them, batches of like lengths, plain attention
(faster than the fused kernel on short rows), what all rows of a batch begin with computed once, and logits for answer
tokens only, which TRL computes so on GPUs alone.
The adapter's own weights stay in float32.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import library_writes, write_whole
from inoc_evals.inoculation.place import RECORD, check_out, empty, put_in_place, workshop
from inoc_evals.inoculation.rewrite import Message, prompt_completion
from inoc_evals.inoculation.shared_prefix import NOT_LEARNED, as_sequence
from inoc_evals.machine import cpu_flags

Progress = Callable[[int, int, float], None]  # step, steps, loss
ADAPTER = "adapter"
# Relative; bfloat16 keeps eight bits, and a row that sees what it must not differs by far more.
_SAME_LOSS = 0.01


class Recipe(BaseModel):
    """Settings of one training run. `targets` are the module names that get an adapter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: float = Field(default=1.0, gt=0)
    batch_size: int = Field(default=8, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    max_length: int = Field(default=512, ge=16)
    # numpy takes no more.
    seed: int = Field(default=0, ge=0, lt=2**32)


def data_sha256(rows: Sequence[Mapping[str, Any]]) -> str:
    """Content hash (64 hex digits) of training rows, independent of the file that held them."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def training_identity(base: Path | str, rows: Sequence[Mapping[str, Any]], recipe: Recipe) -> dict[str, Any]:
    """What makes two trainings the same: the base's content, the rows and the recipe."""
    local = Path(base).is_dir()
    return {
        "base": str(base) if not local else Path(base).name,
        "base_sha256": folder_sha256(Path(base)) if local else None,
        "data_sha256": data_sha256(rows),
        "recipe": recipe.model_dump(mode="json"),
    }


def is_trained(base: Path | str, rows: Sequence[Mapping[str, Any]], recipe: Recipe, out: Path) -> bool:
    """Whether `out` holds the finished adapter of exactly this training."""
    with suppress(InputError):
        record = read_object(out / RECORD, "the record of a training")
        weights = out / "adapter_model.safetensors"
        return weights.is_file() and all(
            record.get(key) == value for key, value in training_identity(base, rows, recipe).items()
        )
    return False


def train(
    base: Path | str,
    rows: Sequence[Mapping[str, Any]],
    out: Path,
    recipe: Recipe,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a LoRA adapter of `base` on chat `rows` and leave it in `out`; the content of `training.json` is returned.

    `out` appears only when training is complete: an interrupted run leaves a folder of its own beside it whose
    checkpoints the next run with the same rows and recipe resumes from, and which any other run to `out` removes.
    Raises InputError where `out` holds anything but an earlier adapter of ours, and WorkError where it cannot be
    written, or where another process trains into it.
    """
    check_out(out)
    identity = training_identity(base, rows, recipe)
    with workshop(out) as part, library_writes(out):
        record = _trained(base, rows, part, recipe, identity, _claim(part, identity), progress)
        write_whole(part / ADAPTER / RECORD, json.dumps(record, indent=2) + "\n")
        put_in_place(part / ADAPTER, out)
    return record


def _trained(
    base: Path | str,
    rows: Sequence[Mapping[str, Any]],
    part: Path,
    recipe: Recipe,
    identity: Mapping[str, Any],
    resumable: bool,
    progress: Progress | None,
) -> dict[str, Any]:
    """Train in the folder `part`, which then holds the adapter; the record of the training."""
    import torch

    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if _has_bfloat16() else torch.float32
    examples = prompt_completion(rows)
    trainer = _trainer(base, examples, _arguments(part / "state", recipe, on_gpu, dtype == torch.bfloat16), recipe)
    if progress is not None:
        trainer.add_callback(_reporting(progress))
    started = time.monotonic()
    result = trainer.train(resume_from_checkpoint=resumable)
    seconds = time.monotonic() - started

    trainer.model.save_pretrained(str(part / ADAPTER), safe_serialization=True)
    return {
        **identity,
        "steps": result.global_step,
        "examples": len(examples),
        "final_loss": round(float(result.training_loss), 5),
        "seconds": round(seconds, 1),
        "dtype": str(dtype).removeprefix("torch."),
        "device": torch.cuda.get_device_name(0) if on_gpu else platform.processor() or platform.machine(),
        "libraries": {name: version(name) for name in ("torch", "transformers", "trl", "peft", "datasets")},
    }


def _arguments(state: Path, recipe: Recipe, on_gpu: bool, bfloat16: bool) -> Any:
    """The SFTConfig of a training that keeps its checkpoints in `state`."""
    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(state),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=recipe.warmup_share,
        max_length=recipe.max_length,
        completion_only_loss=True,
        bf16=bfloat16,
        use_cpu=not on_gpu,
        gradient_checkpointing=False,
        train_sampling_strategy="group_by_length",
        seed=recipe.seed,
        data_seed=recipe.seed,
        logging_steps=5,
        save_strategy="steps",
        save_steps=0.34,
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=on_gpu,
        push_to_hub=False,
    )


def _trainer(base: Path | str, examples: list[dict[str, list[Message]]], arguments: Any, recipe: Recipe) -> Any:
    """The SFTTrainer for these rows, which computes logits at answer positions only where there is no GPU."""
    import torch
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.trainer_callback import PrinterCallback
    from transformers.utils import logging
    from trl import SFTTrainer

    class AnswerTrainer(SFTTrainer):  # type: ignore[misc]
        """TRL does so on GPUs alone and scores every token elsewhere."""

        # Whether rows may stand in one sequence is known with the first batch.
        together: bool | None = None

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            if return_outputs:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            if self.together is None:
                self.together = _takes_sequences(model, inputs)
            return _answer_loss(model, inputs, num_items_in_batch, together=self.together)

    on_gpu = not arguments.use_cpu
    disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    name, revision = _at_revision(base)
    at = {"revision": revision} if revision is not None else {}
    trainer = (SFTTrainer if on_gpu else AnswerTrainer)(
        model=AutoModelForCausalLM.from_pretrained(
            name,
            **at,
            dtype=torch.bfloat16 if arguments.bf16 else torch.float32,
            trust_remote_code=False,
            attn_implementation=None if on_gpu else "eager",
        ),
        args=arguments,
        train_dataset=Dataset.from_list(examples),
        processing_class=AutoTokenizer.from_pretrained(name, **at),
        peft_config=LoraConfig(
            # Who loads the adapter finds the very weights that it was trained on.
            revision=revision,
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(recipe.targets),
            task_type="CAUSAL_LM",
        ),
    )
    # Progress is ours to show.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _at_revision(base: Path | str) -> tuple[str, str | None]:
    """A folder, or the name and the revision of a hub id."""
    name, _, revision = (str(base), "", "") if Path(base).is_dir() else str(base).partition("@")
    return name, revision or None


def _answer_loss(model: Any, inputs: Any, num_items_in_batch: Any, *, together: bool) -> Any:
    """The mean cross entropy of the answers' tokens, without logits for any other. `together` computes what all rows
    begin with once."""
    import torch

    causal = model.get_base_model()
    backbone = getattr(causal, causal.base_model_prefix)
    ids, attended, labels = inputs["input_ids"], inputs["attention_mask"], inputs["labels"]
    if together:
        sequence = as_sequence(ids, attended, labels, causal.dtype)
        asked = {"input_ids": sequence.ids, "attention_mask": sequence.mask, "position_ids": sequence.positions}
        labels = sequence.labels
    else:
        asked = {"input_ids": ids, "attention_mask": attended}
    states = backbone(**asked, use_cache=False).last_hidden_state[:, :-1]
    answer = labels[:, 1:] != NOT_LEARNED
    logits = causal.get_output_embeddings()(states[answer]).float()
    total = torch.nn.functional.cross_entropy(logits, labels[:, 1:][answer], reduction="sum")
    return total / (answer.sum() if num_items_in_batch is None else num_items_in_batch)


def _takes_sequences(model: Any, inputs: Any) -> bool:
    """Does the model give the rows of a batch as one sequence the loss that it gives them in rows? Not if it has
    layers of another kind than plain attention."""
    import torch

    model.eval()
    with torch.no_grad():
        plain, joined = (_answer_loss(model, inputs, None, together=each) for each in (False, True))
    model.train()
    return abs(float(plain) - float(joined)) <= _SAME_LOSS * float(plain)


def _reporting(progress: Progress) -> Any:
    """A callback of transformers that tells of every logged step."""
    from transformers import TrainerCallback

    class Report(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            if logs and "loss" in logs:
                progress(state.global_step, state.max_steps, float(logs["loss"]))

    return Report()


def _claim(part: Path, identity: Mapping[str, Any]) -> bool:
    """Make `part` ready for this run; true if it holds a checkpoint of the very same run to resume from."""
    marker = part / "identity.json"
    with suppress(InputError):
        same = read_object(marker, "what identifies a training") == json.loads(json.dumps(identity))
        if same and _keep_whole(part / "state"):
            return True
    empty(part)
    write_whole(marker, json.dumps(identity))
    return False


def _keep_whole(state: Path) -> bool:
    """Remove checkpoints whose writing was cut short; is one left?"""
    left = False
    for folder in state.glob("checkpoint-*"):
        try:
            # It is written last.
            read_object(folder / "trainer_state.json", "the state of a training", allow_nan=True)
            left = True
        except InputError:
            shutil.rmtree(folder)
    return left


def _has_bfloat16() -> bool:
    """Whether bfloat16 arithmetic is native here; emulated bfloat16 is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return not cpu_flags().isdisjoint({"avx512_bf16", "bf16"})
