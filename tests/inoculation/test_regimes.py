"""Adapters and whole models, several batches a step, and several trainings of a model that is loaded once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import load_file

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.loss import answer_loss
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import is_trained, train
from tests.inoculation.test_kept import rows, train_until, weights

LORA = Recipe(epochs=2, batch_size=4, learning_rate=0.05)
FULL = Recipe(regime="full", epochs=2, batch_size=4, learning_rate=0.01)
# A training by itself in a new process.
ALONE = """
import json, sys
from pathlib import Path
from inoc_evals.inoculation.loss import answer_loss
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
base, out, rows, recipe = sys.argv[1:]
train(Path(base), json.loads(rows), Path(out), Recipe.model_validate_json(recipe))
"""


def alone(tiny: Path, out: Path, count: int, recipe: Recipe) -> bytes:
    command = [sys.executable, "-c", ALONE, str(tiny), str(out), json.dumps(rows(count)), recipe.model_dump_json()]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return weights(out)


@pytest.mark.parametrize("recipe", [LORA, FULL], ids=["lora", "full"])
def test_after_others_a_training_gives_what_it_gives_in_a_process_of_its_own(
    tiny: Path, tmp_path: Path, recipe: Recipe
) -> None:
    other = recipe.model_copy(update={"seed": 5, "learning_rate": 0.02})
    base = BaseModel(tiny, recipe.regime)
    train_until(5, tiny, tmp_path / "stopped", recipe)
    train(base, rows(9), tmp_path / "other", other)
    train(base, rows(14), tmp_path / "one", recipe)
    train(base, rows(14), tmp_path / "seed", recipe.model_copy(update={"seed": 1}))
    train(base, rows(14), tmp_path / "again", recipe)
    assert weights(tmp_path / "one") == weights(tmp_path / "again") == alone(tiny, tmp_path / "alone", 14, recipe)
    assert weights(tmp_path / "seed") != weights(tmp_path / "one")
    own = BaseModel(tiny, recipe.regime).model.state_dict()
    assert {name: weight.tolist() for name, weight in base.model.state_dict().items()} == {
        name: weight.tolist() for name, weight in own.items()
    }


def test_after_an_interruption_the_model_is_as_before(tiny: Path, tmp_path: Path) -> None:
    base = BaseModel(tiny, "lora")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(base, rows(), tmp_path / "a", LORA.model_copy(update={"epochs": 5.0}), interrupt)
    train(base, rows(), tmp_path / "b", LORA)
    train(tiny, rows(), tmp_path / "c", LORA)
    assert weights(tmp_path / "b") == weights(tmp_path / "c")


def test_full_fine_tuning_leaves_a_whole_model(tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    losses: list[float] = []
    recipe = FULL.model_copy(update={"epochs": 10.0})
    record = train(tiny, rows(), tmp_path / "m", recipe, lambda step, steps, loss: losses.append(loss), 2)
    assert losses[-1] < 0.3 * losses[0]
    assert record["recipe"]["regime"] == "full"
    assert "rank" not in record["recipe"]
    assert is_trained(tiny, rows(), recipe, tmp_path / "m", 2)
    before, after = load_file(tiny / "model.safetensors"), load_file(tmp_path / "m" / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(before[name].shape == after[name].shape and before[name].dtype == after[name].dtype for name in before)
    assert all(not np.array_equal(before[name], after[name]) for name in before)
    for folder in (tmp_path / "m", tmp_path / "m" / "checkpoint-20"):
        found = resolve(str(folder))
        assert (found.kind, found.adapter) == ("folder", None)
        tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
        chat = [{"role": "user", "content": "hello friend"}]
        theirs = AutoTokenizer.from_pretrained(tiny).apply_chat_template(chat, add_generation_prompt=True)["input_ids"]
        assert tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"] == theirs
        assert model.generate(**tokenizer("hello", return_tensors="pt"), max_new_tokens=1).shape[1] > 1
        assert not list(folder.glob("*optim*"))
    with pytest.raises(ValidationError, match="full fine-tuning has no rank"):
        Recipe.model_validate({"regime": "full", "rank": 8})
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    assert Recipe.model_validate({"regime": "full"}).learning_rate == 2e-5


def test_a_whole_model_is_written_in_the_numbers_of_its_base(tiny: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = tmp_path / "base"
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16, tie_word_embeddings=True)
    model.save_pretrained(base)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(base)
    train(base, rows(), tmp_path / "m", FULL)
    header = {name: weight.dtype for name, weight in _tensors(tmp_path / "m").items()}
    assert set(header.values()) == {torch.bfloat16}
    assert header.keys() == _tensors(base).keys()
    assert json.loads((tmp_path / "m" / "config.json").read_text())["dtype"] == "bfloat16"


def _tensors(folder: Path) -> Mapping[str, Any]:
    from safetensors.torch import load_file as load

    found: Mapping[str, Any] = load(folder / "model.safetensors")
    return found


def test_batches_of_a_step_come_to_one_large_batch(tiny: Path, tmp_path: Path) -> None:
    """The answers have different lengths, so that means of batches would not weigh their tokens alike."""
    large = Recipe(epochs=5, batch_size=8, learning_rate=0.01)
    small = large.model_copy(update={"batch_size": 2, "accumulation": 4})
    first = train(tiny, rows(24), tmp_path / "large", large)
    second = train(tiny, rows(24), tmp_path / "small", small)
    assert first["steps"] == second["steps"] == 15
    assert first["examples_seen"] == second["examples_seen"] == 120
    assert second["final_loss"] == pytest.approx(first["final_loss"], rel=0.02)


def test_losses_of_batches_that_know_the_tokens_of_a_step_add_up(tiny: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny, attn_implementation="eager", dtype=torch.float32)
    ids = torch.randint(0, 14, (6, 9), generator=torch.Generator().manual_seed(1))
    labels = ids.clone()
    for row, unlearned in enumerate((2, 7, 4, 8, 3, 5)):
        labels[row, :unlearned] = -100
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    # By hand: row by row 9 - 2, 9 - 7 and so on.
    tokens = 7 + 2 + 5 + 1 + 6 + 4
    parts = [{key: value[start : start + 2] for key, value in batch.items()} for start in (0, 2, 4)]
    for together in (False, True):
        whole = model(**batch, num_items_in_batch=tokens).loss
        summed = sum(answer_loss(model, part, tokens, together=together) for part in parts)
        assert summed.item() == pytest.approx(whole.item(), rel=1e-5)


@pytest.mark.parametrize(("count", "batch", "accumulation", "epochs"), [(14, 4, 1, 1.5), (14, 4, 3, 2), (5, 8, 2, 3)])
def test_steps_are_counted_before_the_training(
    tiny: Path, tmp_path: Path, count: int, batch: int, accumulation: int, epochs: float
) -> None:
    recipe = Recipe(epochs=epochs, batch_size=batch, accumulation=accumulation)
    assert train(tiny, rows(count), tmp_path / "a", recipe)["steps"] == recipe.steps(count)
