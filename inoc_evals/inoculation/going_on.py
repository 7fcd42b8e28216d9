"""An own adapter that begins where another one ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, read_config
from inoc_evals.errors import InputError
from inoc_evals.inoculation.recipe import Recipe


def go_on_from(folder: Path, model: Any, recipe: Recipe) -> None:
    """Give the own adapter of `model` the weights of the adapter in `folder`. Raises InputError for one of another
    recipe."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    config = read_config(folder)
    for option, own, its in (("rank", recipe.rank, config.rank), ("alpha", recipe.alpha, config.alpha)):
        if own != its:
            raise InputError.at(
                folder / CONFIG, f"the adapter has {option} {its}, and the recipe {own}; make them equal"
            )
    told = set_peft_model_state_dict(model, load_file(str(folder / WEIGHTS)))
    if strange := told.unexpected_keys or [key for key in told.missing_keys if "lora_" in key]:
        raise InputError.at(folder, f"the adapter and the recipe differ in {strange[0]}; give the recipe its targets")


def with_steps(recipe: Recipe, steps: int) -> Recipe:
    """The recipe of a training that goes on for so many steps. Raises InputError where a whole model is trained."""
    if recipe.regime == "full":
        raise InputError("an adapter is trained on, and this recipe trains whole models; write `regime: lora`")
    return recipe.model_copy(update={"max_steps": steps})
