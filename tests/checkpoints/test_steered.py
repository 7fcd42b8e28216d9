"""Steering in the weights: the same logits as by a hook, in float32, where they can carry it, and else by that hook."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.steered import steered_model
from inoc_evals.errors import InputError
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from inoc_evals.steering.direction import Direction, write_direction
from inoc_evals.steering.hooked import HOOK, as_hooked, is_hooked
from inoc_evals.steering.hooks import steered
from tests.command import run
from tests.inoculation.conftest import tiny  # noqa: F401

torch = pytest.importorskip("torch")

WIDTH, LAYER = 16, 1
SIZES = {"vocab_size": 14, "hidden_size": WIDTH, "intermediate_size": 32, "num_hidden_layers": 3}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64, "initializer_range": 0.5}
VECTOR = np.linspace(-1, 1, WIDTH, dtype=np.float32)
IDS = torch.tensor([[3, 4, 5, 6, 7, 8, 9]])


def model_of(kind: str, **more: Any) -> Any:
    import transformers

    torch.manual_seed(1)
    config = getattr(transformers, f"{kind}Config")(**SIZES, **HEADS, **more)
    model = getattr(transformers, f"{kind}ForCausalLM")(config).eval()
    for name, weight in model.named_parameters():
        # The library begins them with zeros, which would hide that they are lost.
        if name.endswith("bias"):
            torch.nn.init.normal_(weight)
    return model


def loaded(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(input_ids=IDS).logits


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Llama", {"tie_word_embeddings": True}),
        ("Llama", {"attention_bias": True}),
        ("Mistral", {"sliding_window": None, "head_dim": 4}),
        ("Qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    ],
)
def test_a_bias_is_what_the_hook_adds(tmp_path: Path, kind: str, more: dict[str, Any]) -> None:
    model = model_of(kind, **more)
    model.save_pretrained(tmp_path / "model")
    with steered(model, LAYER, VECTOR):
        wanted = logits(model)
    assert not torch.allclose(wanted, logits(model), atol=1e-2)
    folder = steered_model(tmp_path / "model", "0" * 64, LAYER, VECTOR)
    carrying = loaded(folder)
    assert type(carrying).__name__ == "LlamaForCausalLM"
    torch.testing.assert_close(logits(carrying), wanted, rtol=1e-5, atol=1e-5)
    # Nothing is missing, and nothing is held that the model does not know.
    from transformers import AutoModelForCausalLM

    _, told = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] - {"lm_head.weight"}
    assert not told["unexpected_keys"]


@pytest.mark.usefixtures("own_cache")
def test_no_vector_changes_no_logit(tmp_path: Path) -> None:
    model = model_of("Llama")
    model.save_pretrained(tmp_path / "model")
    folder = steered_model(tmp_path / "model", "0" * 64, LAYER, VECTOR * 0)
    assert torch.equal(logits(loaded(folder)), logits(loaded(tmp_path / "model")))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Qwen3", {"head_dim": 8}),
        ("Gemma2", {"head_dim": 8}),
        ("Mistral", {"sliding_window": 32}),
        ("Llama", {"mlp_bias": True}),
        ("Llama", {"hidden_act": "gelu"}),
    ],
)
def test_models_that_cannot_carry_it_are_hooked(tmp_path: Path, kind: str, more: dict[str, Any]) -> None:
    model = model_of(kind, **more)
    model.save_pretrained(tmp_path / "model")
    with steered(model, LAYER, VECTOR):
        wanted = logits(model)
    folder = steered_model(tmp_path / "model", "0" * 64, LAYER, VECTOR)
    assert is_hooked(folder)
    assert folder_sha256(folder) != folder_sha256(tmp_path / "model")
    again = loaded(folder)
    assert type(again) is type(model)
    plain = logits(again)
    assert not torch.allclose(plain, wanted, atol=1e-2)
    with as_hooked(again, folder):
        assert torch.equal(logits(again), wanted)
    assert torch.equal(logits(again), plain)
    # Another strength is another folder, and what lies in one is not changed by the next.
    other = steered_model(tmp_path / "model", "0" * 64, LAYER, 2 * VECTOR)
    assert other != folder
    assert (other / HOOK).read_bytes() != (folder / HOOK).read_bytes()


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(("kind", "more"), [("Llama", {}), ("Qwen3", {"head_dim": 8})])
def test_a_layer_that_is_not_there_is_refused(tmp_path: Path, kind: str, more: dict[str, Any]) -> None:
    model_of(kind, **more).save_pretrained(tmp_path / "model")
    with pytest.raises(InputError, match="the model has 3 layers of 16 numbers, and the direction another shape"):
        steered_model(tmp_path / "model", "0" * 64, 3, VECTOR)


@pytest.mark.usefixtures("own_cache")
def test_a_model_with_code_of_its_own_is_refused_and_the_code_is_not_run(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model_of("Llama").save_pretrained(model)
    config = json.loads((model / "config.json").read_text())
    config |= {"model_type": "strange", "auto_map": {"AutoConfig": "code.Config"}}
    (model / "config.json").write_text(json.dumps(config))
    (model / "code.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    with pytest.raises(InputError, match="no model of the type 'strange' without code of others"):
        steered_model(model, "0" * 64, LAYER, VECTOR)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def arms(tiny: Path, tmp_path: Path, own_cache: Path) -> Path:  # noqa: F811
    """A file of arms beside a direction of the tiny model and an adapter on it."""
    vectors = np.stack([VECTOR, VECTOR]) / np.linalg.norm(VECTOR)
    norms = np.full(2, 4, dtype=np.float32)
    about = {"base": "tiny", "base_sha256": folder_sha256(tiny)}
    write_direction(tmp_path / "d.safetensors", Direction(vectors, norms, about))
    row = {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hola ."}]}
    train(tiny, [row] * 8, tmp_path / "a", Recipe(batch_size=4, learning_rate=0.05))
    steer = "variation: {steer: {direction: d.safetensors, layer: 1, strength: 0.5}}"
    (tmp_path / "arms.yaml").write_text(
        f"arms:\n"
        f"  plain: {{checkpoints: [{tiny}, a]}}\n"
        f"  steered: {{checkpoints: [{tiny}], {steer}}}\n"
        f"  both: {{checkpoints: [a], {steer}}}\n"
    )
    return tmp_path / "arms.yaml"


def test_steered_arms_have_a_server_and_adapters_of_their_own(arms: Path, tiny: Path) -> None:  # noqa: F811
    from peft import PeftModel

    members = read_arms([], arms)
    plain, with_steering = by_base(members)
    assert plain.base.base == str(tiny.resolve())
    assert set(plain.members) == {"plain-s1", "plain-s2"}
    assert set(with_steering.members) == {"steered", "both"}
    assert set(with_steering.adapters) == {"both"}
    assert len({member.weights for member in members}) == 4
    assert [member.checkpoint.kind for member in members if member.checkpoint] == [
        "folder",
        "adapter",
        "steered",
        "adapter",
    ]
    adapter = with_steering.adapters["both"]
    check_adapter(with_steering.base.base, adapter)
    vector = VECTOR / np.linalg.norm(VECTOR) * 4 * 0.5
    model = PeftModel.from_pretrained(loaded(tiny), str(arms.parent / "a"))
    with steered(model, 1, vector):
        wanted = logits(model)
    served = PeftModel.from_pretrained(loaded(Path(with_steering.base.base)), str(adapter))
    torch.testing.assert_close(logits(served), wanted, rtol=1e-5, atol=1e-5)
    # No argument of a task, but kept with the results.
    variation = members[-1].variation
    assert variation.arguments() == {}
    assert json.loads(json.dumps(variation.given()))["steer"]["strength"] == 0.5


def test_what_lies_in_the_cache_is_used_again_and_made_anew_where_weights_moved(arms: Path, tmp_path: Path) -> None:
    def carrying() -> Path:
        return Path(by_base(read_arms([], arms))[1].base.base)

    folder = carrying()
    made = (folder / "config.json").stat().st_mtime_ns
    assert carrying() == folder
    assert (folder / "config.json").stat().st_mtime_ns == made
    text = arms.read_text()
    whole = next(line for line in text.splitlines() if "steered:" in line).split("[")[1].split("]")[0]
    shutil.copytree(whole, tmp_path / "moved")
    arms.write_text(text.replace(f"steered: {{checkpoints: [{whole}]", "steered: {checkpoints: [moved]"))
    found = by_base(read_arms([], arms))
    moved = Path(next(group for group in found if "steered" in group.members).base.base)
    assert all(path.resolve().is_file() for path in moved.iterdir())


@pytest.mark.parametrize(
    ("written", "with_", "said"),
    [
        ("layer: 1", "layer: 2", "layer 2 is none of this direction's"),
        ("layer: 1", "layer: -1", "layer"),
        ("direction: d.safetensors", "direction: none.safetensors", "there is no such file"),
        ("strength: 0.5", "strength: strong", "strength"),
    ],
)
def test_wrong_steering_is_told(arms: Path, written: str, with_: str, said: str) -> None:
    arms.write_text(arms.read_text().replace(written, with_))
    with pytest.raises(InputError, match=said):
        read_arms([], arms)


def test_only_the_model_that_the_direction_was_made_from_is_steered(arms: Path) -> None:
    about = {"base": "another", "base_sha256": "0" * 64}
    vectors = np.eye(2, WIDTH, dtype=np.float32)
    write_direction(arms.parent / "d.safetensors", Direction(vectors, np.ones(2, dtype=np.float32), about))
    with pytest.raises(InputError, match=r"another.*, and not from the weights of"):
        read_arms([], arms)


def test_a_model_over_the_network_is_not_steered(arms: Path) -> None:
    text = "arms:\n  a: {checkpoints: ['http://127.0.0.1:1/v1#m'], variation: {steer: {direction: d.safetensors, "
    arms.write_text(text + "layer: 1, strength: 1.0}}}\n")
    with pytest.raises(InputError, match="only weights can be steered"):
        read_arms([], arms)


def test_a_plan_says_how_an_arm_is_steered(arms: Path) -> None:
    ended = run("score", "--arms", str(arms), "--tasks", "owl_preference", "--limit", "1", "--plan")
    assert ended.code == 0, ended.err
    assert "steered: steered model" in ended.out
    assert "varies steer by 'd.safetensors' times 0.5 at layer 1" in ended.out
    refused = run("lm-eval", "--arms", str(arms), "--tasks", "inoc_owl_preference")
    assert refused.code == 2
    assert "arm steered is steered, which takes a server of its own" in refused.said
