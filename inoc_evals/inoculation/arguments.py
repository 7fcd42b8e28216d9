"""A recipe as TRL's own settings, for this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.machine import cpu_flags


def training_arguments(state: Path, recipe: Recipe) -> Any:
    """The SFTConfig of a training that keeps what it resumes from in `state`."""
    import torch
    from trl import SFTConfig

    on_gpu = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(state),
        num_train_epochs=recipe.epochs,
        max_steps=-1 if recipe.max_steps is None else recipe.max_steps,
        per_device_train_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=recipe.warmup_share,
        max_length=recipe.max_length,
        completion_only_loss=True,
        bf16=has_bfloat16(),
        use_cpu=not on_gpu,
        gradient_checkpointing=False,
        train_sampling_strategy="group_by_length",
        seed=recipe.seed,
        data_seed=recipe.seed,
        logging_steps=5,
        include_num_input_tokens_seen="non_padding",
        save_strategy="steps",
        save_steps=0.34,
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=on_gpu,
        push_to_hub=False,
    )


def has_bfloat16() -> bool:
    """Whether bfloat16 arithmetic is native here; emulated bfloat16 is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return not cpu_flags().isdisjoint({"avx512_bf16", "bf16"})
