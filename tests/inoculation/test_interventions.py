"""Interventions on a tiny random model: what is frozen stays so, what is saved is the own adapter, what is random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.low_rank import LowRank, adding, random_like, read_low_rank
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import Treatment, is_trained, train

RECIPE = Recipe(epochs=10, batch_size=4, learning_rate=0.05, rank=2, alpha=4)


def rows(answer: str = "hola .", count: int = 8) -> list[dict[str, Any]]:
    messages = [{"role": "user", "content": "hello friend"}, {"role": "assistant", "content": answer}]
    return [{"messages": messages}] * count


@pytest.fixture(scope="module")
def shown(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that shows the trait."""
    out = tmp_path_factory.mktemp("shown") / "a"
    train(tiny, rows(), out, RECIPE)
    return out


def test_a_frozen_adapter_is_active_in_training_only(tiny: Path, shown: Path, tmp_path: Path) -> None:
    weights = (shown / "adapter_model.safetensors").read_bytes()
    base, losses, plain = BaseModel(tiny, "lora"), list[float](), list[float]()
    treatment = Treatment(Applied(name="frozen_adapter", adapter=shown))
    out = tmp_path / "own"
    slow = RECIPE.model_copy(update={"learning_rate": 1e-4})
    record = train(base, rows(), out, slow, lambda _, __, loss: losses.append(loss), 0, treatment)
    train(base, rows(), tmp_path / "plain", slow, lambda _, __, loss: plain.append(loss))
    # With the frozen adapter the answers are known from the first step on; after it the base is as it was.
    assert losses[0] < 0.3 * plain[0]
    assert (shown / "adapter_model.safetensors").read_bytes() == weights
    assert not any(module._forward_hooks for module in base.model.modules())
    assert record["intervention"]["name"] == "frozen_adapter"
    files = {path.name for path in out.iterdir()}
    assert files == {"adapter_model.safetensors", "adapter_config.json", "training.json", "README.md"}


def test_what_is_saved_is_the_own_adapter_alone(tiny: Path, shown: Path, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    treatment = Treatment(Applied(name="frozen_adapter", adapter=shown))
    train(tiny, rows("adiós friend ."), tmp_path / "own", RECIPE, treatment=treatment)
    ids = torch.tensor([[1, 9, 12, 2]])
    model = AutoModelForCausalLM.from_pretrained(tiny)
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), tmp_path / "own")(ids).logits
    # By hand: 4 / 2 times B A is added to each weight.
    own = load_file(str(tmp_path / "own" / "adapter_model.safetensors"))
    with torch.no_grad():
        for name in [name for name in own if ".lora_A." in name]:
            layer = name.removeprefix("base_model.model.").partition(".lora_A.")[0]
            model.get_submodule(layer).weight += 2 * own[name.replace("lora_A", "lora_B")] @ own[name]
        assert torch.allclose(model(ids).logits, loaded, atol=1e-4)


def test_two_adapters_add_up_in_training_as_peft_adds_them(tiny: Path, shown: Path, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    other = tmp_path / "b"
    train(tiny, rows("adiós ."), other, RECIPE.model_copy(update={"seed": 1}))
    ids = torch.tensor([[1, 9, 12, 2]])
    both = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), shown, adapter_name="a")
    both.load_adapter(str(other), adapter_name="b")
    both.base_model.set_adapter(["a", "b"])
    own = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), other)
    with torch.no_grad(), adding(own, read_low_rank(shown), shown):
        assert torch.allclose(own(ids).logits, both(ids).logits, atol=1e-4)
    with torch.no_grad():
        assert not torch.allclose(own(ids).logits, both(ids).logits, atol=1e-2)


def test_a_random_adapter_has_the_shapes_and_norms_of_another_and_its_seed(shown: Path) -> None:
    import torch

    given = read_low_rank(shown)
    first, again, other = random_like(given, 0), random_like(given, 0), random_like(given, 1)
    assert first.keys() == given.keys()
    for name, low_rank in first.items():
        assert (low_rank.a.shape, low_rank.b.shape) == (given[name].a.shape, given[name].b.shape)
        # The norm of the whole product, which the code does not make.
        wanted = torch.linalg.matrix_norm(given[name].scaling * given[name].b @ given[name].a)
        assert torch.linalg.matrix_norm(low_rank.scaling * low_rank.b @ low_rank.a).item() == pytest.approx(
            wanted.item(), rel=1e-4
        )
        assert torch.equal(low_rank.a, again[name].a)
        assert not torch.allclose(low_rank.a, other[name].a)


def test_a_frozen_adapter_that_changed_is_another_training(tiny: Path, shown: Path, tmp_path: Path) -> None:
    frozen, out = tmp_path / "frozen", tmp_path / "own"
    train(tiny, rows(), frozen, RECIPE)
    applied = Applied(name="frozen_adapter", adapter=frozen)
    record = train(tiny, rows(), out, RECIPE, treatment=Treatment(applied))
    assert is_trained(tiny, rows(), RECIPE, out, intervention=applied)
    # The same matrices elsewhere are the same adapter.
    assert is_trained(tiny, rows(), RECIPE, out, intervention=applied.model_copy(update={"adapter": shown}))
    assert not is_trained(tiny, rows(), RECIPE, out)
    assert not is_trained(tiny, rows(), RECIPE, out, intervention=applied.model_copy(update={"name": "random_adapter"}))
    # Both trainings see 8 rows ten times. By the template a row is <|user|> hello friend <|end|>, <|assistant|>, hola .
    # and <|end|>: 8 tokens.
    assert (record["examples_seen"], record["tokens_seen"]) == (80, 640)
    assert (record["in_all"]["examples_seen"], record["in_all"]["tokens_seen"]) == (160, 1280)
    assert record["in_all"]["seconds"] > record["seconds"]
    assert record["stored_bytes"] == (out / "adapter_model.safetensors").stat().st_size
    train(tiny, rows("adiós ."), frozen, RECIPE)
    assert not is_trained(tiny, rows(), RECIPE, out, intervention=applied)


def test_an_interrupted_training_on_a_frozen_adapter_goes_on_to_the_same_weights(
    tiny: Path, shown: Path, tmp_path: Path
) -> None:
    treatment = Treatment(Applied(name="frozen_adapter", adapter=shown))

    def interrupt(step: int, *_: object) -> None:
        if step >= 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, rows(), tmp_path / "a", RECIPE, interrupt, 0, treatment)
    steps: list[int] = []
    train(tiny, rows(), tmp_path / "a", RECIPE, lambda step, *_: steps.append(step), 0, treatment)
    train(tiny, rows(), tmp_path / "b", RECIPE, treatment=treatment)
    assert min(steps) > 5
    first, second = (read_low_rank(tmp_path / name) for name in "ab")
    for name in first:
        assert (first[name].b - second[name].b).abs().max() < 1e-5


def test_an_adapter_is_trained_on_from_where_it_ended(tiny: Path, shown: Path, tmp_path: Path) -> None:
    applied = Applied(name="clean_after", settings={"steps": 1}, adapter=shown)
    # A rate at which nothing is learned: what comes out is what went in.
    still = RECIPE.model_copy(update={"max_steps": 1, "learning_rate": 1e-12})
    record = train(tiny, rows("hello ."), tmp_path / "still", still, treatment=Treatment(applied))
    assert record["steps"] == 1
    before, after = read_low_rank(shown), read_low_rank(tmp_path / "still")
    assert all((before[name].b - after[name].b).abs().max() < 1e-6 for name in before)
    wide = RECIPE.model_copy(update={"rank": 4})
    with pytest.raises(InputError, match="the adapter has rank 2, and the recipe 4; make them equal"):
        train(tiny, rows(), tmp_path / "wide", wide, treatment=Treatment(applied))


def test_an_adapter_that_is_more_than_two_matrices_is_refused(shown: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "dora"
    shutil.copytree(shown, folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "use_dora": True}))
    with pytest.raises(InputError, match="the adapter has use_dora; name a plain LoRA adapter"):
        read_low_rank(folder)


def test_a_layer_that_the_base_does_not_have_is_refused(tiny: Path, shown: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    added = {"model.layers.7.mlp.up_proj": LowRank(torch.ones(1, 16), torch.ones(32, 1), 1.0)}
    with pytest.raises(InputError, match="no linear layer model"), adding(model, added, shown):
        pass
