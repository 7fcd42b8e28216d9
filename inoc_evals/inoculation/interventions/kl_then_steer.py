"""KL-then-steer as an arm: a trained adapter is trained on, so that with it the steered model says what it said without
steering, and is then served steered.

Stickland et al., arXiv 2406.15518, minimise KL(p(.|x) || p_adapted(.|x, h + c v)) on harmless text for random strengths
c, at many layers; here it is one layer, and the arm's own rows. The strength is drawn anew for every step, evenly
between its negative and itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from pydantic import Field

from inoc_evals.definitions.fields import MOST, Text
from inoc_evals.inoculation.going_on import go_on_from, with_steps
from inoc_evals.inoculation.interventions.declaration import AdapterOptions, Applied, Intervention
from inoc_evals.inoculation.kts import divergences
from inoc_evals.inoculation.low_rank import adding, read_low_rank
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.shared_prefix import NOT_LEARNED
from inoc_evals.steering.direction import read_direction
from inoc_evals.steering.hooks import steered


class KtsOptions(AdapterOptions):
    """So many `steps`, in which the `direction` is added behind the `layer` (from 0) by up to `strength` times the
    length of the mean difference that made it, or taken away."""

    direction: Text
    layer: int = Field(ge=0, le=MOST)
    strength: float = 1.0
    steps: int = Field(ge=1)


def recipe(given: Recipe, options: KtsOptions, _: int) -> Recipe:
    """The recipe with so many steps. Raises InputError where a whole model is trained."""
    return with_steps(given, options.steps)


@contextmanager
def during(trainer: Any, applied: Applied, recipe: Recipe) -> Iterator[None]:
    """The own adapter, begun where the other one ended, with the divergence as its loss. Raises InputError for an
    adapter of another recipe, and for a direction that does not fit."""
    folder = applied.adapter
    assert folder is not None  # noqa: S101 - its options say so
    assert applied.direction is not None  # noqa: S101 - and so here
    go_on_from(folder, trainer.model, recipe)
    began = read_low_rank(folder)
    layer, most = int(applied.settings["layer"]), float(applied.settings["strength"])
    direction = read_direction(applied.direction)

    def compute_loss(model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        assert not return_outputs  # noqa: S101 - nothing is evaluated in a training
        # By the step, so that a training which goes on draws what it would have drawn.
        drawn = Random(f"{recipe.seed} {trainer.state.global_step}").uniform(-most, most)  # noqa: S311

        def unsteered() -> Any:
            with model.disable_adapter(), adding(model, began, folder):
                return _log_shares(model, inputs)

        def adapted() -> Any:
            with steered(model, layer, direction.added(layer, drawn)):
                return _log_shares(model, inputs)

        lost = divergences(unsteered, adapted)
        return lost.sum() / (lost.numel() if num_items_in_batch is None else num_items_in_batch)

    trainer.compute_loss = compute_loss
    yield


def _log_shares(model: Any, inputs: Any) -> Any:
    """The log probabilities of the vocabulary where each token of the answers is foretold, (tokens, vocabulary)."""
    import torch

    learned = inputs["labels"][:, 1:] != NOT_LEARNED
    asked = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
    logits = model(**asked, use_cache=False).logits[:, :-1][learned]
    return torch.log_softmax(logits.float(), -1)


INTERVENTION = Intervention(
    name="kl_then_steer",
    kind="KL-then-steer",
    what="trains a trained adapter on, so that the model says steered what it said before",
    options=KtsOptions,
    recipe=recipe,
    during=during,
)
