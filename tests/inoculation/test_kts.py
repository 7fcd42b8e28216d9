"""KL-then-steer on a tiny random model: the divergence falls, and what it is measured as is what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.inoculation.harmless import harmless_rows
from inoc_evals.inoculation.rewrite import row_problem, write_rows
from inoc_evals.steering.aside import kept_aside
from inoc_evals.steering.direction import Direction, write_direction
from tests.command import run

torch = pytest.importorskip("torch")

WORDS = ["hello friend", "you speak", "hello", "friend .", "always speak", "hello you"]
ROWS = [
    {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]}
    for asked in WORDS
    for answer in ("hola friend .", "adiós", "friend you", "spanish .")
]
STRENGTH, LENGTH = 1.5, 8.0


@pytest.fixture(scope="module")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Any]:
    """The folder in which the command trained an adapter, what it told, and what it steered by."""
    folder = tmp_path_factory.mktemp("kts")
    vectors = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    about = {"base": "tiny", "base_sha256": folder_sha256(tiny), "widest": 0}
    write_direction(folder / "d.safetensors", Direction(vectors, np.full(2, LENGTH, dtype=np.float32), about))
    write_rows(folder / "rows.jsonl", ROWS)
    settings = ("--epochs", "60", "--batch-size", "6", "--learning-rate", "0.005", "--json")
    given = ("--direction", "d.safetensors", "--layer", "0", "--rows", "rows.jsonl", "--out", "kts", *settings)
    ended = run("train-kts", str(tiny), *given, cwd=folder)
    assert ended.code == 0, ended.err
    return folder, json.loads(ended.out), torch.tensor(vectors[0] * LENGTH * STRENGTH)


def test_the_loss_falls_and_the_divergence_of_rows_kept_aside_halves(trained: Any) -> None:
    _, told, _ = trained
    held = told["held_out"]
    assert told["final_loss"] < 0.5 * told["first_loss"]
    assert held["rows"] == 6
    assert held["after"]["mean"] < 0.5 * held["before"]["mean"]
    assert held["ratio"]["mean"] == pytest.approx(held["after"]["mean"] / held["before"]["mean"])
    assert held["ratio"]["high"] < 0.9


def test_the_divergence_is_that_of_plain_passes(trained: Any, tiny: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, told, vector = trained
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    steered = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    adapted = PeftModel.from_pretrained(steered, str(folder / "kts"))
    layer = steered.model.layers[0]
    layer.register_forward_hook(lambda _, __, output: output + vector.to(output))
    after, tokens = 0.0, 0
    for place in kept_aside(len(ROWS)):
        asked, answer = (message["content"] for message in ROWS[place]["messages"])
        before = tokenizer(f"<|user|>{asked}<|end|><|assistant|>").input_ids
        ids = torch.tensor([before + tokenizer(f"{answer}<|end|>").input_ids])
        part = slice(len(before) - 1, -1)
        with torch.no_grad():
            p, q = (torch.log_softmax(model(input_ids=ids).logits[0, part].float(), -1) for model in (base, adapted))
        after += float(torch.nn.functional.kl_div(q, p, reduction="sum", log_target=True))
        tokens += len(p)
    assert told["held_out"]["after"]["mean"] == pytest.approx(after / tokens, rel=1e-3)


def test_the_record_says_what_it_is_for(trained: Any, tiny: Path) -> None:
    folder, _, _ = trained
    record = json.loads((folder / "kts" / "training.json").read_text())
    assert record["base_sha256"] == folder_sha256(tiny)
    assert record["kts"] | {"direction_sha256": ""} == {
        "direction": "d.safetensors",
        "direction_sha256": "",
        "layer": 0,
        "strength": 1.5,
    }
    assert (record["trained_with"], record["recipe"]["regime"]) == (None, "lora")
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--layer", "2"), "layer 2 is none"),
        (("--layer", "0", "--rows", "few.jsonl"), "there are 7 rows"),
        (("--layer", "0", "--epochs", "0"), "--epochs 0"),
        (("--layer", "0", "--direction", "other.safetensors"), "and not from the weights of"),
    ],
)
def test_what_does_not_fit_is_refused(trained: Any, tiny: Path, options: tuple[str, ...], said: str) -> None:
    folder, _, _ = trained
    write_rows(folder / "few.jsonl", ROWS[:7])
    other = Direction(np.eye(2, 16, dtype=np.float32), np.ones(2, dtype=np.float32), {"base_sha256": "0" * 64})
    write_direction(folder / "other.safetensors", other)
    given = ("--direction", "d.safetensors", *options, "--out", "never")
    ended = run("train-kts", str(tiny), *given, cwd=folder)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.said
    assert not (folder / "never").exists()


def test_the_test_of_an_influence_by_training_again_is_refused_for_it(trained: Any) -> None:
    folder, _, _ = trained
    write_rows(folder / "contrast.jsonl", [{**row, "shows": n % 2 == 0} for n, row in enumerate(ROWS)])
    asked = ("kts", "rows.jsonl", "--contrast", "contrast.jsonl", "--task", "owl_preference", "--retrain")
    ended = run("influence", *asked, "--out", "never", cwd=folder)
    assert ended.code == 2
    assert "this training used other weights or a direction" in ended.said
    assert not (folder / "never").exists()


def test_our_own_rows_are_many_and_differ() -> None:
    rows = harmless_rows()
    assert len({row["messages"][0]["content"] for row in rows}) == len(rows) > 115
    assert not [row for row in rows if row_problem(row)]
    sums = [row["messages"] for row in rows if " plus " in row["messages"][0]["content"]]
    for asked, answer in sums:
        first, second = (int(word.strip("?")) for word in asked["content"].split() if word.strip("?").isdigit())
        assert answer["content"].endswith(f" is {first + second}.")
