"""TRL's SFTTrainer with PEFT, for one recipe on one base model, the same code on CPU and GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.loss import answer_loss, takes_sequences
from inoc_evals.inoculation.recipe import Recipe

Progress = Callable[[int, int, float], None]  # step, steps, loss


def make_trainer(base: BaseModel, examples: Sequence[dict[str, Any]], arguments: Any, recipe: Recipe) -> Any:
    """The SFTTrainer for these examples, which computes logits at answer positions only where there is no GPU, as TRL
    does on GPUs alone."""
    from datasets import Dataset, disable_progress_bars
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTTrainer

    disable_progress_bars()
    kind = _answer_trainer() if arguments.use_cpu else SFTTrainer
    trainer = kind(
        model=base.model,
        args=arguments,
        train_dataset=Dataset.from_list(list(examples)),
        processing_class=base.tokenizer,
        peft_config=lora_config(base, recipe) if recipe.regime == "lora" else None,
    )
    # Progress is ours to show.
    trainer.remove_callback(PrinterCallback)
    return trainer


def reporting(progress: Progress) -> Any:
    """A callback of transformers that tells of every logged step."""
    from transformers import TrainerCallback

    class Report(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            if logs and "loss" in logs:
                progress(state.global_step, state.max_steps, float(logs["loss"]))

    return Report()


def _answer_trainer() -> Any:
    from trl import SFTTrainer

    class AnswerTrainer(SFTTrainer):  # type: ignore[misc]
        """TRL's trainer scores every token where there is no GPU."""

        # Whether rows may stand in one sequence is known with the first batch.
        together: bool | None = None

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            if return_outputs:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            if self.together is None:
                self.together = takes_sequences(model, inputs)
            return answer_loss(model, inputs, num_items_in_batch, together=self.together)

    return AnswerTrainer


def lora_config(base: BaseModel, recipe: Recipe) -> Any:
    """The configuration of a LoRA adapter of the recipe on this base."""
    from peft import LoraConfig

    return LoraConfig(
        # Who loads the adapter finds the very weights that it was trained on.
        revision=base.revision,
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.targets),
        task_type="CAUSAL_LM",
    )
