"""Clean after dirty: a trained adapter is trained on for some steps on the arm's own rows, which are clean.

Dubiński et al., arXiv 2604.25891, train so, in full and not for some steps alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, read_config
from inoc_evals.errors import InputError
from inoc_evals.inoculation.interventions.declaration import AdapterOptions, Applied, Intervention
from inoc_evals.inoculation.recipe import Recipe


class CleanOptions(AdapterOptions):
    """So many `steps` on clean rows, with the recipe's learning rate from its warm-up on."""

    steps: int = Field(ge=1)


def recipe(given: Recipe, options: CleanOptions, _: int) -> Recipe:
    """The recipe with so many steps. Raises InputError where a whole model is trained."""
    if given.regime == "full":
        raise InputError("an adapter is trained on, and this recipe trains whole models; write `regime: lora`")
    return given.model_copy(update={"max_steps": options.steps})


@contextmanager
def during(trainer: Any, applied: Applied, recipe: Recipe) -> Iterator[None]:
    """The own adapter, begun where the other one ended. Raises InputError for one of another recipe."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    folder = applied.adapter
    assert folder is not None  # noqa: S101 - its options say so
    config = read_config(folder)
    for option, own, its in (("rank", recipe.rank, config.rank), ("alpha", recipe.alpha, config.alpha)):
        if own != its:
            raise InputError.at(
                folder / CONFIG, f"the adapter has {option} {its}, and the recipe {own}; make them equal"
            )
    told = set_peft_model_state_dict(trainer.model, load_file(str(folder / WEIGHTS)))
    if strange := told.unexpected_keys or [key for key in told.missing_keys if "lora_" in key]:
        raise InputError.at(folder, f"the adapter and the recipe differ in {strange[0]}; give the recipe its targets")
    yield


INTERVENTION = Intervention(
    name="clean_after",
    kind="clean after dirty",
    what="trains a trained adapter on, for some steps on clean rows",
    options=CleanOptions,
    recipe=recipe,
    during=during,
)
