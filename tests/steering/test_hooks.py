"""Hooks on tiny random models of several families: zero changes nothing, and more is what a hand-made pass gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.steering.hooks import decoder_layers, reading, steered

torch = pytest.importorskip("torch")

WIDTH = 16
SIZES = {"vocab_size": 14, "hidden_size": WIDTH, "intermediate_size": 32, "num_hidden_layers": 3}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2}


def llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**SIZES, **HEADS))


def qwen3() -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(**SIZES, **HEADS, head_dim=8))


def gemma2() -> Any:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    return Gemma2ForCausalLM(Gemma2Config(**SIZES, **HEADS, head_dim=8))


def gpt2() -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(vocab_size=14, n_embd=WIDTH, n_layer=3, n_head=2, n_positions=64))


def neox() -> Any:
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    return GPTNeoXForCausalLM(GPTNeoXConfig(**SIZES, num_attention_heads=2))


FAMILIES: list[Callable[[], Any]] = [llama, qwen3, gemma2, gpt2, neox]
IDS = [[3, 4, 5, 6, 7, 8]]


def logits(model: Any, ids: list[list[int]] = IDS) -> Any:
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids)).logits


def made(family: Callable[[], Any]) -> Any:
    torch.manual_seed(0)
    return family().eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_zero_changes_no_bit_and_hooks_go(family: Callable[[], Any]) -> None:
    model = made(family)
    before = logits(model)
    with steered(model, 1, torch.zeros(WIDTH)):
        assert torch.equal(logits(model), before)
    vector = torch.linspace(-1, 1, WIDTH)
    with steered(model, 1, vector):
        assert not torch.allclose(logits(model), before, atol=1e-3)
    with pytest.raises(RuntimeError), steered(model, 1, vector):
        raise RuntimeError
    assert torch.equal(logits(model), before)
    assert len(decoder_layers(model)) == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_the_states_are_the_models_own(family: Callable[[], Any]) -> None:
    model = made(family)
    with torch.no_grad(), reading(model) as found:
        told = model(input_ids=torch.tensor(IDS), output_hidden_states=True).hidden_states
    # The library's first is the embedding, and its last is behind the last norm.
    for place in range(2):
        torch.testing.assert_close(found[place], told[place + 1], rtol=0, atol=0)


def test_the_vector_is_added_to_every_state_of_the_layer_alone() -> None:
    model, vector = made(llama), torch.linspace(-1, 1, WIDTH)
    with torch.no_grad(), reading(model) as plain:
        model(input_ids=torch.tensor(IDS))
        plain = list(plain)
    with torch.no_grad(), steered(model, 1, vector), reading(model) as moved:
        model(input_ids=torch.tensor(IDS))
    torch.testing.assert_close(moved[0], plain[0], rtol=0, atol=0)
    torch.testing.assert_close(moved[1], plain[1] + vector, rtol=0, atol=0)
    assert not torch.allclose(moved[2], plain[2], atol=1e-3)


def test_an_adapter_on_it_is_steered_too() -> None:
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(made(llama), LoraConfig(r=2, target_modules=["down_proj"]))
    before = logits(model)
    with steered(model, 2, torch.ones(WIDTH)):
        assert not torch.equal(logits(model), before)
    assert torch.equal(logits(model), before)


@pytest.mark.parametrize(
    ("layer", "width", "said"),
    [(3, WIDTH, "no layer 3; name one from 0 to 2"), (-1, WIDTH, "no layer -1"), (1, 8, "8")],
)
def test_what_does_not_fit_is_refused(layer: int, width: int, said: str) -> None:
    with pytest.raises(InputError, match=said), steered(made(llama), layer, torch.zeros(width)):
        pass


def test_layers_that_cannot_be_told_are_refused() -> None:
    model = made(llama)
    model.model.others = torch.nn.ModuleList([torch.nn.Linear(1, 1) for _ in range(3)])
    with pytest.raises(InputError, match="LlamaForCausalLM cannot be told"):
        decoder_layers(model)
