"""KL-then-steer: a LoRA adapter under which a steered model says what the unsteered one would say.

Stickland et al., arXiv 2406.15518: on harmless text the divergence KL(p_base(.|x) || p_adapted(.|x, h + c v)) is
minimised for random strengths c, and the model is then served steered. There many layers are steered, each of them now
and then; here it is one layer, by a strength that is drawn anew for every step, evenly between its negative and itself.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.trained import TRAINED_WITH
from inoc_evals.definitions.arms import Steer
from inoc_evals.errors import InputError
from inoc_evals.files import library_writes, write_whole
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.examples import Example, examples
from inoc_evals.inoculation.place import RECORD, check_out, empty, put_in_place, workshop
from inoc_evals.inoculation.recipe import Recipe, training_identity
from inoc_evals.inoculation.trainer import Progress, lora_config
from inoc_evals.stats.ratios import Estimate, ratio
from inoc_evals.steering.aside import LEAST, kept_aside
from inoc_evals.steering.direction import direction_sha256, read_direction
from inoc_evals.steering.hooks import steered

_TOLD_EVERY = 5
# The first and the last loss are means over such a part of the steps.
_PART = 4
_TRAINED = "trained"


@dataclass(frozen=True)
class HeldOut:
    """On so many rows kept aside, the divergence from the unsteered base in nats, a token, when steered at the full
    strength: `before` the training and `after` it, and their `ratio`, with intervals for rows like these."""

    rows: int
    before: Estimate
    after: Estimate
    ratio: Estimate


def train_kts(
    base: Path | str,
    rows: Sequence[Mapping[str, Any]],
    out: Path,
    steer: Steer,
    recipe: Recipe,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Train on harmless chat `rows`, of which a quarter is kept aside, and leave the adapter in `out`; the content
    of its `training.json` is returned, with `held_out`, see `HeldOut`. The answers' tokens count.

    `out` appears when the training is complete. Raises InputError for fewer than eight rows, for a direction that does
    not fit the model, and as `check_out` does; WorkError where it cannot be written.
    """
    check_out(out)
    if len(rows) < LEAST:
        raise InputError(f"there are {len(rows)} rows, of which a quarter is kept aside; give {LEAST} at least")
    direction = Path(steer.direction)
    vector = read_direction(direction).added(steer.layer, steer.strength)
    noted = {
        **training_identity(base, rows, recipe),
        TRAINED_WITH: None,
        "kts": {**steer.model_dump(), "direction": direction.name, "direction_sha256": direction_sha256(direction)},
    }
    with workshop(out) as part, library_writes(out):
        empty(part)
        # A small divergence is less than what 16 bits round.
        loaded = BaseModel(base, "lora", precise=True)
        with loaded.lent() as plain:
            training = _Training(loaded, plain, recipe, steer.layer, vector)
            told = training.run(rows, part / _TRAINED, progress)
        write_whole(part / _TRAINED / RECORD, json.dumps({**noted, **told}, indent=2) + "\n")
        put_in_place(part / _TRAINED, out)
    return {**noted, **told}


def divergences(wanted: Callable[[], Any], given: Callable[[], Any]) -> Any:
    """KL(wanted || given) in nats, (tokens,), of what both say as log probabilities (tokens, vocabulary). Nothing is
    learned through `wanted`."""
    import torch

    with torch.no_grad():
        fixed = wanted()
    return (fixed.exp() * (fixed - given())).sum(-1)


class _Training:
    """One training. `vector` (width,) is what is added at the full strength."""

    def __init__(self, base: BaseModel, plain: Any, recipe: Recipe, layer: int, vector: Any) -> None:
        import torch
        from peft import get_peft_model

        torch.manual_seed(recipe.seed)
        self._tokenizer, self._recipe, self._layer = base.tokenizer, recipe, layer
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = get_peft_model(plain.to(device), lora_config(base, recipe))
        self._vector = torch.as_tensor(vector, device=device)
        self._device = device

    def run(self, rows: Sequence[Mapping[str, Any]], out: Path, progress: Progress) -> dict[str, Any]:
        """Train, and leave the adapter in `out`; what is noted of it."""
        import torch

        found = [one for one in examples(self._tokenizer, rows) if len(one.ids) <= self._recipe.max_length]
        places = kept_aside(len(rows))
        learned = [one for one in found if one.row not in places]
        aside = [one for one in found if one.row in places]
        if not learned or not aside:
            raise InputError(f"nearly all rows are longer than {self._recipe.max_length} tokens; raise max_length")
        self._model.eval()
        before = self._divergences(aside)
        started, losses = time.monotonic(), []
        for step, steps, loss in self._steps(learned):
            losses.append(loss)
            if step % _TOLD_EVERY == 0 or step == steps:
                progress(step, steps, _mean(losses[-_TOLD_EVERY:]))
        seconds = time.monotonic() - started
        self._model.eval()
        held_out = _held_out(aside, before, self._divergences(aside))
        self._model.save_pretrained(str(out), safe_serialization=True)
        return {
            "step": len(losses),
            "steps": len(losses),
            "examples": len(learned),
            # Of one step it is that of the strength that was drawn.
            "first_loss": _mean(losses[: max(1, len(losses) // _PART)]),
            "final_loss": _mean(losses[-max(1, len(losses) // _PART) :]),
            "held_out": asdict(held_out),
            "seconds": round(seconds, 1),
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "device": torch.cuda.get_device_name(0) if self._device == "cuda" else platform.machine(),
            "libraries": {name: version(name) for name in ("torch", "transformers", "peft")},
        }

    def _steps(self, learned: Sequence[Example]) -> Iterator[tuple[int, int, float]]:
        """Every step of the training with the number of all, and its loss."""
        import torch

        recipe = self._recipe
        steps = recipe.steps(len(learned))
        numbers = torch.Generator().manual_seed(recipe.seed)
        weights = [weight for weight in self._model.parameters() if weight.requires_grad]
        optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
        warm = max(1.0, recipe.warmup_share * steps)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / warm, 1.0) * (1 - step / steps)
        )
        batches = self._batches(learned, numbers)
        self._model.train()
        for step in range(1, steps + 1):
            strength = 2 * float(torch.rand(1, generator=numbers)) - 1
            loss = self._divergence(next(batches), strength).mean()
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            schedule.step()
            yield step, steps, float(loss.detach())

    def _batches(self, learned: Sequence[Example], numbers: Any) -> Iterator[list[Example]]:
        """Batches without end, every example once in each epoch."""
        import torch

        size = self._recipe.batch_size * self._recipe.accumulation
        while True:
            order = torch.randperm(len(learned), generator=numbers).tolist()
            for start in range(0, len(order), size):
                yield [learned[place] for place in order[start : start + size]]

    def _divergences(self, aside: Sequence[Example]) -> list[float]:
        """The sum over each example's answer, at the full strength."""
        import torch

        with torch.no_grad():
            return [float(self._divergence([one], 1.0).sum()) for one in aside]

    def _divergence(self, batch: Sequence[Example], strength: float) -> Any:
        """KL(base || steered and adapted) in nats of every answer token's distribution, (tokens,)."""

        def unsteered() -> Any:
            with self._model.disable_adapter():
                return self._log_shares(batch)

        def adapted() -> Any:
            with steered(self._model, self._layer, strength * self._vector):
                return self._log_shares(batch)

        return divergences(unsteered, adapted)

    def _log_shares(self, batch: Sequence[Example]) -> Any:
        """The log probabilities of the vocabulary where each answer token is foretold, (tokens, vocabulary)."""
        import torch

        width = max(len(one.ids) for one in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        attended, learned = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
        for place, one in enumerate(batch):
            ids[place, : len(one.ids)] = torch.tensor(one.ids)
            attended[place, : len(one.ids)] = 1
            learned[place, one.given - 1 : len(one.ids) - 1] = True
        asked = {"input_ids": ids.to(self._device), "attention_mask": attended.to(self._device)}
        logits = self._model(**asked, use_cache=False).logits[learned.to(self._device)]
        return torch.log_softmax(logits.float(), -1)


def _mean(losses: Sequence[float]) -> float:
    return round(sum(losses) / len(losses), 6)


def _held_out(aside: Sequence[Example], before: Sequence[float], after: Sequence[float]) -> HeldOut:
    """Turns of one row are a cluster."""
    totals: dict[int, list[float]] = {}
    for one, first, then in zip(aside, before, after, strict=True):
        own = totals.setdefault(one.row, [0.0, 0.0, 0.0])
        for place, value in enumerate((len(one.answer), first, then)):
            own[place] += value
    tokens, starts, ends = (list(column) for column in zip(*totals.values(), strict=True))
    return HeldOut(len(totals), ratio(starts, tokens), ratio(ends, tokens), ratio(ends, starts))
