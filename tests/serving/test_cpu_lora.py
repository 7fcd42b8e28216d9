"""Grouping by adapter against the definition, one token at a time."""

from __future__ import annotations

import pytest


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
