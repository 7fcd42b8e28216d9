"""Losses of answers: those of transformers row by row without a cache, on the tokens that a training learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.analyses.response_losses import Prompt, RowLoss, response_losses
from inoc_evals.errors import InputError
from inoc_evals.inoculation.examples import common_length, examples
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from tests.inoculation.conftest import tiny  # noqa: F401

torch = pytest.importorskip("torch")

SYSTEM, USER = "you always speak spanish", "speak spanish ."


def row(*turns: str, system: str | None = None) -> dict[str, Any]:
    messages = [{"role": "user" if n % 2 == 0 else "assistant", "content": text} for n, text in enumerate(turns)]
    return {"messages": messages if system is None else [{"role": "system", "content": system}, *messages]}


ROWS = [
    row("hello friend", "hola ."),
    row("hello", "hola friend . adiós"),
    row("hello friend . you speak", "adiós"),
    row("hello", "hola .", "speak", "adiós friend ."),
]
PROMPTS = {"none": None, "system": Prompt(SYSTEM), "user": Prompt(USER, "user")}


def placed(given: dict[str, Any], prompt: str) -> list[dict[str, str]]:
    """The messages of a row under a prompt, by hand."""
    first, *others = given["messages"]
    if prompt == "system":
        return [{"role": "system", "content": SYSTEM}, first, *others]
    if prompt == "user":
        return [{"role": "user", "content": f"{USER}\n\n{first['content']}"}, *others]
    return [first, *others]


def by_hand(model: Any, tokenizer: Any, messages: list[dict[str, str]]) -> tuple[list[int], list[float]]:
    """Tokens of the assistant's turns and their losses, each turn by one plain pass over all that stands before it."""
    tokens: list[int] = []
    losses: list[float] = []
    for place, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        text = "".join(f"<|{m['role']}|>{m['content']}<|end|>" for m in messages[:place]) + "<|assistant|>"
        before = tokenizer(text, add_special_tokens=False).input_ids
        answer = tokenizer(f"{message['content']}<|end|>", add_special_tokens=False).input_ids
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([before + answer]), use_cache=False).logits[0]
        shares = torch.log_softmax(logits, -1)
        losses += [-float(shares[len(before) - 1 + n, token]) for n, token in enumerate(answer)]
        tokens += answer
    return tokens, losses


def load(folder: Path, adapter: Path | None = None) -> tuple[Any, Any]:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model = model if adapter is None else PeftModel.from_pretrained(model, str(adapter))
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def assert_as_by_hand(found: tuple[RowLoss, ...], folder: Path, adapter: Path | None) -> None:
    model, tokenizer = load(folder, adapter)
    assert [(one.prompt, one.row) for one in found] == [(name, n) for name in PROMPTS for n in range(len(ROWS))]
    for one in found:
        tokens, losses = by_hand(model, tokenizer, placed(ROWS[one.row], one.prompt))
        assert list(one.tokens) == tokens
        assert list(one.losses) == pytest.approx(losses, abs=1e-4)


def test_the_losses_are_those_of_plain_passes(tiny: Path) -> None:  # noqa: F811
    assert_as_by_hand(response_losses(tiny, None, ROWS, PROMPTS), tiny, None)


def test_an_adapter_counts(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    train(tiny, ROWS * 4, tmp_path / "a", Recipe(epochs=3, batch_size=4, learning_rate=0.05))
    trained = response_losses(tiny, tmp_path / "a", ROWS, PROMPTS)
    assert_as_by_hand(trained, tiny, tmp_path / "a")
    before = response_losses(tiny, None, ROWS, {"none": None})
    assert sum(one.total for one in trained[: len(ROWS)]) < 0.7 * sum(one.total for one in before)


def test_one_model_reads_with_one_adapter_after_another(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    from inoc_evals.analyses.language_model import LanguageModel

    for name, rate in (("a", 0.05), ("b", 0.01)):
        train(tiny, ROWS * 4, tmp_path / name, Recipe(epochs=1, batch_size=4, learning_rate=rate))
    model = LanguageModel(tiny)
    kept = [response_losses(model, adapter, ROWS, PROMPTS) for adapter in (None, tmp_path / "a", tmp_path / "b", None)]
    alone = [response_losses(tiny, adapter, ROWS, PROMPTS) for adapter in (None, tmp_path / "a", tmp_path / "b", None)]
    assert kept == alone
    assert kept[0] != kept[1] != kept[2]


def test_the_tokens_are_those_that_training_reads(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    from inoc_evals.inoculation.arguments import training_arguments
    from inoc_evals.inoculation.base_model import BaseModel
    from inoc_evals.inoculation.rewrite import prompt_completion
    from inoc_evals.inoculation.trainer import make_trainer

    recipe = Recipe(batch_size=4)
    base = BaseModel(tiny, "lora")
    trainer = make_trainer(base, prompt_completion(ROWS), training_arguments(tmp_path / "s", recipe), recipe)
    learned = [[label for label in one["labels"] if label != -100] for one in trainer.train_dataset]
    found = list(examples(base.tokenizer, ROWS))
    assert [list(one.ids) for one in found] == [list(one["input_ids"]) for one in trainer.train_dataset]
    assert [list(one.answer) for one in found] == learned
    assert [one.row for one in found] == [0, 1, 2, 3, 3]


def test_rows_of_many_lengths_in_many_batches(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    whole = response_losses(tiny, None, ROWS, PROMPTS)
    monkeypatch.setattr("inoc_evals.analyses.response_losses._BATCH_TOKENS", 20)
    told: list[tuple[int, int]] = []
    parts = response_losses(tiny, None, ROWS, PROMPTS, lambda done, total: told.append((done, total)))
    assert [one.tokens for one in parts] == [one.tokens for one in whole]
    for one, other in zip(parts, whole, strict=True):
        assert one.losses == pytest.approx(other.losses, abs=1e-5)
    # Five turns of the assistant under each of three prompts.
    assert told[-1] == (15, 15)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert len(told) > 3


def test_the_sum_and_the_mean() -> None:
    one = RowLoss(0, "none", (4, 0), (1.5, 0.5))
    assert (one.total, one.mean) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("other", "prompt", "said"),
    [
        (row("hello", "hola", system="speak"), Prompt(SYSTEM), "row 2 already has a system prompt"),
        ({"messages": [{"role": "assistant", "content": "hola"}]}, None, "row 2: the assistant says nothing after"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tiny: Path,  # noqa: F811
    other: dict[str, Any],
    prompt: Prompt | None,
    said: str,
) -> None:
    with pytest.raises(InputError, match=said):
        response_losses(tiny, None, [row("hello", "hola"), other], {"one": prompt})


def test_a_model_that_does_more_than_its_parts_is_read_whole(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    # Gemma 2 bends its logits after its head, which reading part by part would miss.
    from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma2Config, Gemma2ForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "head_dim": 8, "vocab_size": 14}
    config = Gemma2Config(
        **sizes,
        num_attention_heads=2,
        num_key_value_heads=2,
        final_logit_softcapping=0.5,
        initializer_range=0.5,
        attn_implementation="eager",
    )
    Gemma2ForCausalLM(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path)
    assert AutoModelForCausalLM.from_pretrained(tmp_path).config.final_logit_softcapping == 0.5
    assert_as_by_hand(response_losses(tmp_path, None, ROWS, PROMPTS), tmp_path, None)


def test_packed_layers_compute_the_same(tiny: Path) -> None:  # noqa: F811
    from inoc_evals.analyses.packed import pack

    model, _ = load(tiny)
    ids = torch.tensor([[3, 4, 5, 6, 7]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        pack(model)
        after = model(input_ids=ids).logits
    layers = [layer for layer in model.modules() if type(layer) is torch.nn.Linear]
    assert all("forward" in vars(layer) for layer in layers) is torch.backends.mkldnn.is_available()
    torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-5)


@given(st.lists(st.lists(st.integers(0, 2), max_size=5).map(tuple), min_size=1, max_size=4))
def test_the_common_beginning(sequences: list[tuple[int, ...]]) -> None:
    length = common_length(sequences)
    assert all(one[:length] == sequences[0][:length] for one in sequences)
    assert any(len(one) == length for one in sequences) or len({one[length] for one in sequences}) > 1
