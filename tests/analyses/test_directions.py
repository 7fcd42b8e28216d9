"""Directions from states that were planted, states as the model has them, and the commands on a tiny model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inoc_evals.analyses.directions import along, make_direction, mean_by_item, widest
from inoc_evals.analyses.prompts import Pair, contrast_of_prompt, read_contrast, read_prompts
from inoc_evals.analyses.response_losses import Prompt
from inoc_evals.errors import InputError
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.train import train
from tests.command import run
from tests.inoculation.conftest import tiny  # noqa: F401

torch = pytest.importorskip("torch")

ROWS = [
    {"id": f"r-{n}", "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": "hola ."}]}
    for n, asked in enumerate(["hello friend", "hello", "you speak", "friend", "speak friend", "hello you"] * 2)
]
PROMPT = "always speak spanish"


def planted(pairs: int, shift: float, noise: float) -> tuple[Any, Any]:
    """States of two layers, of which only the second holds the trait, along its first axis."""
    numbers = np.random.default_rng(3)
    plain = numbers.normal(size=(pairs, 2, 4)).astype(np.float32) * noise
    given = numbers.normal(size=(pairs, 2, 4)).astype(np.float32) * noise
    given[:, 1, 0] += shift
    return given, plain


def test_a_planted_direction_is_found_where_it_is() -> None:
    made = make_direction(*planted(200, 5.0, 1.0))
    assert (made.used, made.aside) == (150, 50)
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(made.vectors[1], [1, 0, 0, 0], atol=0.1)
    assert made.norms[1] == pytest.approx(5, abs=0.4)
    nothing, trait = made.separations
    assert widest(made.separations) == 1
    # Normal states 5 deviations apart: the share on the right side of the middle is that below 2.5, 0.994.
    assert trait.right > 0.97
    assert trait.gap == pytest.approx(5, abs=0.8)
    assert trait.low < trait.right <= trait.high <= 1
    # Noise that made the direction says nothing of other noise.
    assert nothing.right == pytest.approx(0.5, abs=0.12)
    assert nothing.low < 0.5 < nothing.high


def test_the_direction_is_the_mean_difference_of_those_that_are_not_kept_aside() -> None:
    given, plain = planted(8, 1.0, 1.0)
    from inoc_evals.steering.aside import kept_aside

    used = [place for place in range(8) if place not in kept_aside(8)]
    made = make_direction(given, plain)
    wanted = sum(given[place] - plain[place] for place in used) / len(used)
    np.testing.assert_allclose(made.vectors * made.norms[:, None], wanted, rtol=1e-5, atol=1e-6)


def test_too_few_pairs_and_equal_sides_are_refused() -> None:
    given, plain = planted(7, 1.0, 1.0)
    with pytest.raises(InputError, match="7 pairs"):
        make_direction(given, plain)
    given, _ = planted(8, 1.0, 1.0)
    with pytest.raises(InputError, match="the same states"):
        make_direction(given, given)


def test_projections_are_in_lengths_of_the_difference_and_items_are_clusters() -> None:
    states = np.array([[3, 9], [6, 1]], dtype=np.float32)
    np.testing.assert_allclose(along(states, np.array([1, 0], dtype=np.float32), 3), [1, 2])
    alone = mean_by_item([1, 2, 3, 4], ["a", "b", "c", "d"])
    paired = mean_by_item([1, 2, 3, 4], ["a", "a", "b", "b"])
    assert (alone.mean, paired.mean) == (2.5, 2.5)
    # Two means, 1.5 and 3.5: half their distance times t with one degree of freedom.
    assert paired.high == pytest.approx(2.5 + 12.7062)
    # Four values with a deviation of 1.291: t with three degrees of freedom.
    assert alone.high == pytest.approx(2.5 + 3.18245 * 1.290994 / 2)


def test_both_kinds_of_contrast(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    messages = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}]
    path.write_text(json.dumps({"with": messages, "without": "hello"}) + "\n")
    user = {"role": "user", "content": "hello"}
    assert read_contrast(path) == (Pair(({"role": "system", "content": "be kind"}, user), (user,)),)
    write_rows(tmp_path / "rows.jsonl", ROWS)
    asked = read_prompts(str(tmp_path / "rows.jsonl"), 2)
    assert [one.item for one in asked] == ["r-0", "r-1"]
    pairs = contrast_of_prompt(asked, Prompt("be kind"))
    assert pairs[1] == read_contrast(path)[0]
    assert contrast_of_prompt(asked, Prompt("be kind", "user"))[1].given[0]["content"] == "be kind\n\nhello"
    items = read_prompts("spanish_capitals")
    assert len(items) > 20
    assert items[0].messages[-1]["role"] == "user"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"with": "hello"}', "'without' is no prompt"),
        ('{"with": "hello", "without": " "}', "1:19: 'without' is no prompt"),
        ('{"with": [], "without": "hello"}', "'with' is no prompt"),
        ('{"with": [{"role": "assistant", "content": "x"}], "without": "hello"}', "end in the user's"),
        ('{"with": "a", "without": "b", "label": 1}', "'label' is no key of a pair"),
    ],
)
def test_bad_pairs_are_told_with_their_place(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match=said):
        read_contrast(path)


def test_states_are_those_at_the_last_token(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from inoc_evals.analyses.language_model import LanguageModel
    from inoc_evals.analyses.last_states import last_states

    train(tiny, ROWS, tmp_path / "a", Recipe(epochs=1, batch_size=4, learning_rate=0.05))
    prompts = [row["messages"][:1] for row in ROWS[:3]]
    for adapter in (None, tmp_path / "a"):
        found = last_states(LanguageModel(tiny), adapter, prompts)
        model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
        model = model if adapter is None else PeftModel.from_pretrained(model, str(adapter))
        tokenizer = AutoTokenizer.from_pretrained(tiny)
        for place, prompt in enumerate(prompts):
            ids = tokenizer(f"<|user|>{prompt[0]['content']}<|end|><|assistant|>", return_tensors="pt").input_ids
            with torch.no_grad():
                told = model(input_ids=ids, output_hidden_states=True).hidden_states
            np.testing.assert_allclose(found[place, 0], told[1][0, -1], rtol=1e-4, atol=1e-5)
        assert found.shape == (3, 2, 16)


@pytest.fixture(scope="module")
def worked(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder with the tiny model's direction, made by the command, and an adapter."""
    folder = tmp_path_factory.mktemp("worked")
    write_rows(folder / "rows.jsonl", ROWS)
    given = ("--prompts", "rows.jsonl", "--prompt", PROMPT, "--out", "d.safetensors")
    ended = run("direction", "make", str(tiny), *given, cwd=folder)
    assert ended.code == 0, ended.err
    assert "9 pairs made the direction, 3 were kept aside" in ended.out
    train(tiny, ROWS, folder / "a", Recipe(epochs=2, batch_size=4, learning_rate=0.05))
    return folder


def test_where_a_direction_comes_from_stands_in_it(worked: Path, tiny: Path) -> None:  # noqa: F811
    from inoc_evals.checkpoints.identity import folder_sha256
    from inoc_evals.steering.direction import read_direction

    about = read_direction(worked / "d.safetensors").about
    assert about["base_sha256"] == folder_sha256(tiny)
    assert about["contrast"] == {"prompts": "rows.jsonl", "prompt": PROMPT, "placement": "system"}
    assert (about["layers"], about["width"], len(about["contrast_sha256"])) == (2, 16, 64)
    assert [one["layer"] for one in about["separation"]] == [0, 1]
    assert set(about["libraries"]) == {"torch", "transformers", "inoc-evals"}


def test_projections_of_base_and_adapter(worked: Path, tiny: Path) -> None:  # noqa: F811
    given = ("d.safetensors", "arm=a", "--prompts", "rows.jsonl", "--layer", "1")
    ended = run("direction", "project", *given, "--json", cwd=worked)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    base, arm = told["projections"]
    assert (base["checkpoint"], arm["checkpoint"], arm["arm"]) == ("base", "arm", "arm")
    assert base["farther"] is None
    assert arm["farther"]["mean"] == pytest.approx(arm["mean"]["mean"] - base["mean"]["mean"], abs=1e-5)
    # By hand, from the states of both.
    from inoc_evals.analyses.language_model import LanguageModel
    from inoc_evals.analyses.last_states import last_states
    from inoc_evals.steering.direction import read_direction

    direction = read_direction(worked / "d.safetensors")
    prompts = [row["messages"][:1] for row in ROWS]
    states = last_states(LanguageModel(tiny), worked / "a", prompts)[:, 1]
    by_hand = sum(float(state @ direction.vectors[1]) for state in states) / len(states) / float(direction.norms[1])
    assert arm["mean"]["mean"] == pytest.approx(by_hand, abs=1e-5)
    shown = run("direction", "project", *given, cwd=worked)
    assert "farther than base" in shown.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("make", "BASE", "--out", "x.safetensors"), "name one contrast"),
        (("make", "BASE", "--contrast", "p.jsonl", "--out", "x.bin"), "does not end in .safetensors"),
        (("make", "a", "--prompts", "rows.jsonl", "--prompt", "speak", "--out", "x.safetensors"), "is a LoRA adapter"),
        (("make", "BASE", "--prompts", "rows.jsonl", "--out", "x.safetensors"), "name one prompt"),
        (("make", "BASE", "--prompts", "no_task", "--prompt", "x", "--out", "x.safetensors"), "there is no task"),
        (("project", "d.safetensors", "a", "--prompts", "rows.jsonl", "--layer", "2"), "layer 2 is none"),
        (("project", "d.safetensors", "http://127.0.0.1:1/v1#m", "--prompts", "rows.jsonl"), "gives no states"),
    ],
)
def test_what_cannot_be_is_refused(worked: Path, tiny: Path, arguments: tuple[str, ...], said: str) -> None:  # noqa: F811
    (worked / "p.jsonl").write_text('{"with": "hello you", "without": "hello"}\n' * 8)
    ended = run("direction", *(str(tiny) if word == "BASE" else word for word in arguments), cwd=worked)
    assert ended.code == 2
    assert said in ended.said
