"""Grouping by adapter against the definition, one token at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("indices", [[0, 1, -1, 2, 0], [-1] * 5, [2] * 5])
def test_each_token_gets_its_own_adapter_and_none_where_it_has_none(indices: list[int]) -> None:
    import torch

    from inoc_evals.serving.cpu_lora import expand, expand_slice, shrink

    torch.manual_seed(0)
    inputs = torch.randn(5, 6)
    down, up = torch.randn(3, 1, 2, 6), torch.randn(3, 1, 4, 2)
    which = torch.tensor(indices)
    small = torch.zeros(5, 2)
    shrink(inputs, down, small, which, 0.5)
    added, sliced, written = torch.ones(5, 4), torch.ones(5, 9), torch.ones(5, 4)
    expand(small, up, added, which, add_inputs=True)
    expand(small, up, written, which, add_inputs=False)
    expand_slice(small, up, sliced, which, 3, 4)
    for token, adapter in enumerate(indices):
        low = 0.5 * (down[adapter, 0] @ inputs[token]) if adapter >= 0 else torch.zeros(2)
        delta = up[adapter, 0] @ low if adapter >= 0 else torch.zeros(4)
        torch.testing.assert_close(small[token], low)
        torch.testing.assert_close(added[token], 1 + delta)
        torch.testing.assert_close(written[token], delta)
        torch.testing.assert_close(sliced[token], torch.cat([torch.ones(3), 1 + delta, torch.ones(2)]))


def test_vllms_own_operations_agree_where_every_token_has_an_adapter() -> None:
    import torch

    lora_ops = pytest.importorskip("vllm.lora.ops.torch_ops.lora_ops")
    from inoc_evals.serving.cpu_lora import expand, shrink

    torch.manual_seed(1)
    inputs, which = torch.randn(4, 8), torch.tensor([1, 0, 1, 1])
    down, up = torch.randn(2, 1, 3, 8), torch.randn(2, 1, 5, 3)
    ours, theirs = (torch.zeros(4, 3), torch.zeros(4, 5)), (torch.zeros(4, 3), torch.zeros(4, 5))
    shrink(inputs, down, ours[0], which, 2.0)
    expand(ours[0], up, ours[1], which)
    lora_ops.bgmv_shrink(inputs, down, theirs[0], which, 2.0)
    lora_ops.bgmv_expand(theirs[0], up, theirs[1], which)
    torch.testing.assert_close(ours[1], theirs[1])


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=40))
def test_however_the_tokens_are_mixed(indices: list[int]) -> None:
    import torch

    from inoc_evals.serving.cpu_lora import grouped_product

    generator = torch.Generator().manual_seed(len(indices))
    inputs = torch.randn(len(indices), 3, generator=generator)
    weights = torch.randn(5, 2, 3, generator=generator)
    found = grouped_product(inputs, weights, torch.tensor(indices))
    for token, adapter in enumerate(indices):
        wanted = weights[adapter] @ inputs[token] if adapter >= 0 else torch.zeros(2)
        torch.testing.assert_close(found[token], wanted)


@given(st.lists(st.integers(-1, 7), min_size=1, max_size=200))
def test_chunks_are_not_much_larger_than_what_is_in_them(indices: list[int]) -> None:
    from inoc_evals.serving.cpu_lora import layout

    found = layout(indices)
    used = [index for index in indices if index >= 0]
    if found is None:
        assert not used
        return
    kinds = len(set(used))
    places = len(found.adapters) * found.size
    # Half as much again at most, what rounding a chunk up adds, and one place a chunk for tokens without an adapter.
    assert places <= 1.5 * len(used) + 2 * kinds + len(found.adapters)
    assert len(found.adapters) <= 3 * kinds


@pytest.mark.parametrize("tokens", [6, 4])
@pytest.mark.parametrize("ids", [(7, 9, 0, 7, 8, 8), (9, 9, 9, 9, 9, 9), (0,) * 6, (7, 9, 7, 9, 7, 9)])
def test_a_layer_in_vllms_own_wrapper(monkeypatch: pytest.MonkeyPatch, ids: tuple[int, ...], tokens: int) -> None:
    import torch

    lora_ops = pytest.importorskip("vllm.lora.ops.torch_ops.lora_ops")
    from vllm.lora.layers import LoRAMapping, base_linear
    from vllm.lora.punica_wrapper import punica_cpu

    from inoc_evals.serving.cpu_lora import SWITCH, register

    # So that what is registered here ends with the test.
    for place in (lora_ops, punica_cpu):
        for name in ("bgmv_shrink", "bgmv_expand", "bgmv_expand_slice"):
            monkeypatch.setattr(place, name, getattr(place, name))
    for name in ("update_metadata", "add_lora_linear"):
        monkeypatch.setattr(punica_cpu.PunicaWrapperCPU, name, getattr(punica_cpu.PunicaWrapperCPU, name))
    monkeypatch.setattr(base_linear, "_get_lora_device", base_linear._get_lora_device)
    monkeypatch.setenv(SWITCH, "1")
    register()
    # A layer of 8-bit weights has none any more when oneDNN has them.
    assert base_linear._get_lora_device(SimpleNamespace(weight=None)) == torch.device("cpu")
    wrapper: Any = punica_cpu.PunicaWrapperCPU(64, 8, "cpu")
    slots = [7, 8, 9]
    wrapper.update_metadata(LoRAMapping(ids, ids, is_prefill=True), slots, 3, 100)
    torch.manual_seed(2)
    x, widths = torch.randn(tokens, 6), (4, 3)
    downs = tuple(torch.randn(3, 1, 2, 6) for _ in widths)
    ups = tuple(torch.randn(3, 1, width, 2) for width in widths)
    added, written = torch.ones(tokens, 7), torch.ones(tokens, 7)
    wrapper.add_lora_linear(added, x, downs, ups, 0.5, widths)
    wrapper.add_lora_linear(written, x, downs, ups, 0.5, widths, add_inputs=False)
    for token, adapter in enumerate(ids[:tokens]):
        wanted = torch.zeros(7)
        if adapter:
            at = slots.index(adapter)
            wanted = torch.cat(
                [0.5 * up[at, 0] @ (down[at, 0] @ x[token]) for down, up in zip(downs, ups, strict=True)]
            )
        torch.testing.assert_close(added[token], 1 + wanted)
        torch.testing.assert_close(written[token], wanted)


def test_rows_of_a_prompts_tokens_are_left_to_the_base() -> None:
    """vLLM has one index for each sequence, and its own operation ends the engine where there are more rows."""
    import torch

    punica_cpu = pytest.importorskip("vllm.lora.punica_wrapper.punica_cpu")
    from inoc_evals.serving import cpu_lora

    class Wrapper:
        sampler_indices = torch.tensor([1, 0])
        add_lora_logits = cpu_lora._of_next_tokens(punica_cpu.PunicaWrapperCPU.add_lora_logits)

    torch.manual_seed(0)
    down, up = torch.randn(2, 1, 3, 8), torch.randn(2, 1, 5, 3)
    for rows in (2, 7):
        inputs, logits = torch.randn(rows, 8), torch.zeros(rows, 5)
        Wrapper().add_lora_logits(logits, inputs, down, up, 1.0)
        wanted = [up[one, 0] @ (down[one, 0] @ inputs[row]) for row, one in enumerate((1, 0))]
        torch.testing.assert_close(logits, torch.stack(wanted) if rows == 2 else torch.zeros(7, 5))
