"""KL-then-steer as an intervention: what is minimised, what comes out, and that it goes on after an interruption."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.errors import InputError
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.low_rank import read_low_rank
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import Treatment, train
from inoc_evals.steering.direction import Direction, write_direction

torch = pytest.importorskip("torch")

RECIPE = Recipe(epochs=1, batch_size=4, learning_rate=0.02, rank=2, alpha=4)
# <|user|> hello friend <|end|> <|assistant|> hola . <|end|> are the tokens of every row.
ROWS = [
    {"messages": [{"role": "user", "content": "hello friend"}, {"role": "assistant", "content": "hola ."}]}
    for _ in range(8)
]
LAYER, MOST = 0, 2.0


@pytest.fixture
def began(tiny: Path, tmp_path: Path) -> Path:
    """An adapter that was trained before."""
    train(tiny, ROWS, tmp_path / "began", RECIPE.model_copy(update={"epochs": 5.0}))
    return tmp_path / "began"


@pytest.fixture
def vector(tiny: Path, tmp_path: Path) -> Any:
    """What strength 1 adds; it lies in the file of the direction."""
    vectors = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    about = {"base": "tiny", "base_sha256": folder_sha256(tiny)}
    write_direction(tmp_path / "d.safetensors", Direction(vectors, np.full(2, 30.0, dtype=np.float32), about))
    return torch.tensor(30.0 * vectors[LAYER])


def kts(began: Path, steps: int) -> Applied:
    settings = {"layer": LAYER, "strength": MOST, "steps": steps}
    return Applied(name="kl_then_steer", settings=settings, adapter=began, direction=began.with_name("d.safetensors"))


def log_shares(tiny: Path, adapter: Path, moved: Any = None) -> Any:
    """The log probabilities at the three places before the tokens of the answer, with a hook of this test."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    ids = tokenizer.apply_chat_template(ROWS[0]["messages"], return_tensors="pt", return_dict=True)["input_ids"]
    asked = tokenizer.apply_chat_template(
        ROWS[0]["messages"][:1], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )["input_ids"]
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), adapter)
    if moved is not None:
        layer = model.get_base_model().model.layers[LAYER]
        layer.register_forward_hook(lambda _, __, output: output + moved)
    with torch.no_grad():
        return model(ids).logits[0, asked.shape[1] - 1 : -1].log_softmax(-1)


def divergence(wanted: Any, given: Any) -> float:
    """In nats a token."""
    return float(torch.nn.functional.kl_div(given, wanted, log_target=True, reduction="sum") / len(wanted))


def test_the_loss_is_the_divergence_of_the_steered_model_from_what_it_was(
    tiny: Path, tmp_path: Path, began: Path, vector: Any
) -> None:
    # A rate at which nothing is learned.
    still = RECIPE.model_copy(update={"max_steps": 1, "learning_rate": 1e-12})
    record = train(tiny, ROWS, tmp_path / "own", still, treatment=Treatment(kts(began, 1)))
    strength = Random("0 0").uniform(-MOST, MOST)
    wanted = divergence(log_shares(tiny, began), log_shares(tiny, began, strength * vector))
    assert wanted > 0.01
    assert record["final_loss"] == pytest.approx(wanted, rel=0.02)
    before, after = read_low_rank(began), read_low_rank(tmp_path / "own")
    assert all((before[name].b - after[name].b).abs().max() < 1e-6 for name in before)


def test_what_the_steered_model_says_comes_nearer_to_what_it_said_before(
    tiny: Path, tmp_path: Path, began: Path, vector: Any
) -> None:
    recipe = RECIPE.model_copy(update={"max_steps": 60})
    train(tiny, ROWS, tmp_path / "own", recipe, treatment=Treatment(kts(began, 60)))
    said = log_shares(tiny, began)
    for strength in (MOST, -MOST):
        before = divergence(said, log_shares(tiny, began, strength * vector))
        after = divergence(said, log_shares(tiny, tmp_path / "own", strength * vector))
        assert after < 0.5 * before


def test_it_goes_on_to_the_same_weights(tiny: Path, tmp_path: Path, began: Path, vector: Any) -> None:
    treatment = Treatment(kts(began, 20))
    recipe = RECIPE.model_copy(update={"max_steps": 20})

    def interrupt(step: int, *_: object) -> None:
        if step >= 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, ROWS, tmp_path / "a", recipe, interrupt, 0, treatment)
    steps: list[int] = []
    train(tiny, ROWS, tmp_path / "a", recipe, lambda step, *_: steps.append(step), 0, treatment)
    train(tiny, ROWS, tmp_path / "b", recipe, treatment=treatment)
    assert min(steps) > 5
    first, second = (read_low_rank(tmp_path / name) for name in "ab")
    assert all((first[name].b - second[name].b).abs().max() < 1e-5 for name in first)


def test_an_adapter_of_another_rank_is_refused(tiny: Path, tmp_path: Path, began: Path, vector: Any) -> None:
    wide = RECIPE.model_copy(update={"max_steps": 1, "rank": 4})
    with pytest.raises(InputError, match="the adapter has rank 2, and the recipe 4; make them equal"):
        train(tiny, ROWS, tmp_path / "own", wide, treatment=Treatment(kts(began, 1)))
