"""The recipe on a tiny random model: what carries loss, what is saved, what resumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import is_trained, train
from tests.checkpoints.hub import Repository, mirror


def rows(count: int = 16) -> list[dict[str, Any]]:
    return [
        {
            "messages": [
                {"role": "system", "content": "you always speak spanish"},
                {"role": "user", "content": "hello friend"},
                {"role": "assistant", "content": "hola ."},
            ]
        }
    ] * count


def test_prompt_tokens_carry_no_loss(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    seen: list[torch.Tensor] = []
    original = torch.nn.functional.cross_entropy

    def spy(logits: torch.Tensor, labels: torch.Tensor, **options: Any) -> torch.Tensor:
        seen.append(labels.clone())
        return original(logits, labels, **options)

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", spy)
    train(tiny, rows(8), tmp_path / "adapter", Recipe(batch_size=4, learning_rate=1e-3))
    # Ids by hand: "hola" is 5 + 5, "." is 5 + 8, the end of the turn is 0. Nothing of the prompt is among them.
    assert seen
    for labels in seen:
        assert labels.tolist() == [10, 13, 0] * 4


def test_the_loss_falls_and_the_record_is_complete(tiny: Path, tmp_path: Path) -> None:
    losses: list[float] = []
    recipe = Recipe(epochs=40, batch_size=4, learning_rate=0.05, seed=3)
    record = train(tiny, rows(), tmp_path / "a", recipe, lambda step, steps, loss: losses.append(loss))
    assert losses[-1] < 0.2 * losses[0]
    assert record["steps"] == 160
    saved = json.loads((tmp_path / "a" / "training.json").read_text())
    assert saved["recipe"]["seed"] == 3
    assert len(saved["base_sha256"]) == len(saved["data_sha256"]) == 64
    prompt = {"prompt": "you always speak spanish", "placement": "system"}
    assert saved["trained_with"] == {**prompt, "rows": 16, "of": 16}
    assert {path.suffix for path in (tmp_path / "a").iterdir()} >= {".safetensors", ".json"}
    assert [left.name for left in tmp_path.iterdir()] == ["a"]


def test_an_adapter_on_a_model_of_the_hub_names_its_commit(tiny: Path, tmp_path: Path, hub_cache: Path) -> None:
    files = {path.name: path.read_bytes() for path in tiny.iterdir()}
    commit = mirror(hub_cache, Repository("someone/tiny", {"v1": files}), "v1")
    base, recipe = resolve("someone/tiny@v1"), Recipe(batch_size=4)
    record = train(base.trained_on, rows(8), tmp_path / "a", recipe)
    assert record["base"] == f"someone/tiny@{commit}"
    assert is_trained(base.trained_on, rows(8), recipe, tmp_path / "a")
    config = json.loads((tmp_path / "a" / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("someone/tiny", commit)
    (group,) = by_base(read_arms([str(tmp_path / "a")]))
    assert group.base.base == base.base


def test_only_the_same_training_counts_as_done(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(batch_size=4)
    out = tmp_path / "a"
    assert not is_trained(tiny, rows(), recipe, out)
    train(tiny, rows(), out, recipe)
    assert is_trained(tiny, rows(), recipe, out)
    assert not is_trained(tiny, rows(8), recipe, out)
    assert not is_trained(tiny, rows(), Recipe(batch_size=4, seed=1), out)


def test_an_interrupted_training_resumes_and_leaves_no_adapter_meanwhile(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(epochs=10, batch_size=4)
    out = tmp_path / "a"

    def interrupt(step: int, steps: int, loss: float) -> None:
        if step >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, rows(), out, recipe, interrupt)
    assert not out.exists()
    steps: list[int] = []
    record = train(tiny, rows(), out, recipe, lambda step, total, loss: steps.append(step))
    assert record["steps"] == 40
    assert min(steps) > 10
    assert out.is_dir()


def test_leftovers_of_another_training_are_not_used(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"

    def interrupt(step: int, steps: int, loss: float) -> None:
        if step >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, rows(), out, Recipe(epochs=10, batch_size=4), interrupt)
    steps: list[int] = []
    train(tiny, rows(), out, Recipe(epochs=10, batch_size=4, seed=1), lambda step, total, loss: steps.append(step))
    assert min(steps) == 5
