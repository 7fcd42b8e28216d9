"""LoRA in vLLM's CPU engine, grouped by adapter: a vLLM plugin that our server switches on where there is no GPU.

vLLM 0.32's own CPU operations copy an adapter's matrices once for every token (`weights[indices]`), which makes LoRA
requests tens of times slower than the base's. And a token without an adapter has index -1, which in that copy means the
last adapter: in a batch of base and adapter requests the base's answers would be changed by somebody's adapter.
Here tokens are grouped by adapter, each group is one matrix product, and tokens with index -1 get nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SWITCH = "INOC_EVALS_CPU_LORA"


def register() -> None:
    """Entry point of the group `vllm.general_plugins`; does nothing unless INOC_EVALS_CPU_LORA is 1."""
    if os.environ.get(SWITCH) != "1":
        return
    from vllm.lora.ops.torch_ops import lora_ops
    from vllm.lora.punica_wrapper import punica_cpu

    for module in (lora_ops, punica_cpu):
        module.bgmv_shrink = shrink
        module.bgmv_expand = expand
        module.bgmv_expand_slice = expand_slice


def grouped_product(inputs: torch.Tensor, weights: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Row t of the result is `weights[indices[t]] @ inputs[t]`, or zeros where the index is negative.

    Shapes: inputs (tokens, in), weights (adapters, out, in), indices (tokens,); result (tokens, out) in inputs' dtype.
    """
    result = inputs.new_zeros(inputs.shape[0], weights.shape[1])
    for index in indices.unique().tolist():
        if index >= 0:
            rows = (indices == index).nonzero().squeeze(1)
            result[rows] = inputs[rows] @ weights[index].to(inputs.dtype).T
    return result


def _outputs(inputs: torch.Tensor, weights: torch.Tensor, output: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    if weights.dim() == 4:
        weights = weights.squeeze(1)
    return grouped_product(inputs.to(output.dtype), weights, indices[: inputs.shape[0]])


def shrink(
    inputs: torch.Tensor,
    lora_b_weights: torch.Tensor,
    output_tensor: torch.Tensor,
    lora_indices_tensor: torch.Tensor,
    scaling: float = 1.0,
) -> None:
    """vLLM's bgmv_shrink: write scaling * A x into the first columns of `output_tensor`."""
    product = _outputs(inputs, lora_b_weights, output_tensor, lora_indices_tensor)
    output_tensor[:, : product.shape[1]] = scaling * product


def expand(
    inputs: torch.Tensor,
    lora_b_weights: torch.Tensor,
    output_tensor: torch.Tensor,
    lora_indices_tensor: torch.Tensor,
    add_inputs: bool = True,
) -> None:
    """vLLM's bgmv_expand: add (or write) B y to the first columns of `output_tensor`."""
    product = _outputs(inputs, lora_b_weights, output_tensor, lora_indices_tensor)
    width = min(product.shape[1], output_tensor.shape[1])
    if add_inputs:
        output_tensor[:, :width] += product[:, :width]
    else:
        output_tensor[:, :width] = product[:, :width]


def expand_slice(
    inputs: torch.Tensor,
    lora_b_weights: torch.Tensor,
    output_tensor: torch.Tensor,
    lora_indices_tensor: torch.Tensor,
    slice_offset: int,
    slice_size: int,
    add_inputs: bool = True,
) -> None:
    """vLLM's bgmv_expand_slice: the same for the columns from `slice_offset` on."""
    product = _outputs(inputs, lora_b_weights, output_tensor, lora_indices_tensor)
    columns = slice(slice_offset, slice_offset + slice_size)
    if add_inputs:
        output_tensor[:, columns] += product
    else:
        output_tensor[:, columns] = product
