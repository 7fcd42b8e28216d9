"""LoRA in vLLM's CPU engine, grouped by adapter: a vLLM plugin that our server switches on where there is no GPU.

vLLM 0.32's own CPU operations copy an adapter's matrices once for every token (`weights[indices]`), which makes LoRA
requests tens of times slower than the base's. And a token without an adapter has index -1, which in that copy means the
last adapter: in a batch of base and adapter requests the base's answers would be changed by somebody's adapter.
Here tokens with one adapter lie together in chunks of one size, all chunks are one batched matrix product, and tokens
with index -1 get nothing. How the tokens lie is worked out once for a step of the engine, not for every layer.
The probabilities of a prompt's tokens, on which vLLM's own operations fail, can be asked for. And adapters can be put
on layers of 8-bit weights, which vLLM asks where they lie when oneDNN has packed them away.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

SWITCH = "INOC_EVALS_CPU_LORA"
# A chunk is as long as the largest group of tokens, unless so much of the chunks would be padding.
_PADDED = 1.5


def register() -> None:
    """Entry point of the group `vllm.general_plugins`; does nothing unless INOC_EVALS_CPU_LORA is 1."""
    if os.environ.get(SWITCH) != "1":
        return
    from vllm.lora.layers import base_linear
    from vllm.lora.ops.torch_ops import lora_ops
    from vllm.lora.punica_wrapper import punica_cpu

    for module in (lora_ops, punica_cpu):
        module.bgmv_shrink = shrink
        module.bgmv_expand = expand
        module.bgmv_expand_slice = expand_slice
    wrapper = punica_cpu.PunicaWrapperCPU
    wrapper.update_metadata = _with_layout(wrapper.update_metadata)
    wrapper.add_lora_linear = add_lora_linear
    wrapper.add_lora_logits = _of_next_tokens(wrapper.add_lora_logits)
    base_linear._get_lora_device = _here


def _here(_: Any) -> torch.device:
    """Where the matrices of an adapter of any layer lie, and the layer too."""
    import torch

    return torch.device("cpu")


@dataclass(frozen=True)
class Layout:
    """Where `tokens` tokens lie in chunks of `size` places; chunk c belongs to adapter `adapters[c]`.

    `source` (chunks * size,) is the token in each place, `place` (tokens,) each token's place; both are None where the
    tokens are one chunk as they are. Tokens without an adapter share the place `empty`, which holds zeros.
    `consecutive` is the first adapter where the chunks' adapters follow one another, so that a view of them does.
    """

    tokens: int
    size: int
    adapters: torch.Tensor
    consecutive: int | None
    source: torch.Tensor | None
    place: torch.Tensor | None
    empty: int | None


def layout(indices: Sequence[int]) -> Layout | None:
    """How tokens with these adapters lie in chunks, a negative index meaning none; None where no token has one."""
    import torch

    groups: dict[int, list[int]] = {}
    for token, adapter in enumerate(indices):
        if adapter >= 0:
            groups.setdefault(adapter, []).append(token)
    if not groups:
        return None
    count, largest = sum(map(len, groups.values())), max(map(len, groups.values()))
    if len(groups) == 1 and count == len(indices):
        adapters = list(groups)
        return Layout(count, count, torch.tensor(adapters), adapters[0], None, None, None)
    size = largest if len(groups) * largest <= _PADDED * count else -(-count // (2 * len(groups)))
    chunks = [
        (adapter, group[start : start + size])
        for adapter, group in sorted(groups.items())
        for start in range(0, len(group), size)
    ]
    if count < len(indices) and all(len(chunk) == size for _, chunk in chunks):
        size += 1
    # Padding repeats the first token; nobody reads what becomes of it.
    source, place, empty = [0] * (len(chunks) * size), [-1] * len(indices), None
    for number, (_, chunk) in enumerate(chunks):
        start = number * size
        source[start : start + len(chunk)] = chunk
        for offset, token in enumerate(chunk):
            place[token] = start + offset
        if count < len(indices) and len(chunk) < size:
            empty = start + len(chunk)
    if empty is not None:
        place = [empty if at < 0 else at for at in place]
    adapters = [adapter for adapter, _ in chunks]
    steps = all(later - earlier == 1 for earlier, later in pairwise(adapters))
    first = adapters[0] if steps else None
    return Layout(len(indices), size, torch.tensor(adapters), first, torch.tensor(source), torch.tensor(place), empty)


def _chunked(inputs: torch.Tensor, lay: Layout) -> torch.Tensor:
    """(tokens, in) -> (chunks, size, in)"""
    if lay.source is None:
        return inputs.unsqueeze(0)
    chunks = inputs.index_select(0, lay.source)
    if lay.empty is not None:
        chunks[lay.empty] = 0
    return chunks.view(len(lay.adapters), lay.size, -1)


def _product(chunks: torch.Tensor, weights: torch.Tensor, lay: Layout) -> torch.Tensor:
    """(chunks, size, in) and (adapters, out, in), or (adapters, 1, out, in) as vLLM has it -> (chunks, size, out)"""
    import torch

    if weights.dim() == 4:
        weights = weights.squeeze(1)
    if lay.consecutive is None:
        weights = weights.index_select(0, lay.adapters)
    else:
        weights = weights[lay.consecutive : lay.consecutive + len(lay.adapters)]
    return torch.bmm(chunks, weights.to(chunks.dtype).transpose(1, 2))


def _in_order(chunks: torch.Tensor, lay: Layout) -> torch.Tensor:
    """(chunks, size, out) -> (tokens, out)"""
    rows = chunks.flatten(0, 1)
    return rows if lay.place is None else rows.index_select(0, lay.place)


def grouped_product(inputs: torch.Tensor, weights: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Row t of the result is `weights[indices[t]] @ inputs[t]`, or zeros where the index is negative.

    Shapes: inputs (tokens, in), weights (adapters, out, in) or (adapters, 1, out, in), indices (tokens,); result
    (tokens, out) in inputs' dtype.
    """
    lay = layout(indices.tolist())
    if lay is None:
        return inputs.new_zeros(inputs.shape[0], weights.shape[-2])
    return _in_order(_product(_chunked(inputs, lay), weights, lay), lay)


def _with_layout(update_metadata: Any) -> Any:
    @wraps(update_metadata)
    def updated(self: Any, *args: Any, **kwargs: Any) -> None:
        update_metadata(self, *args, **kwargs)
        self.inoc_layout = layout(self.token_lora_indices.tolist())

    return updated


def _of_next_tokens(add_lora_logits: Any) -> Any:
    @wraps(add_lora_logits)
    def added(self: Any, y: torch.Tensor, x: torch.Tensor, *args: Any, **kwargs: Any) -> None:
        # There is an index for each sequence, and a row for each token of a prompt whose probabilities are asked for:
        # vLLM's own operation ends the engine. What an adapter adds to the output layer is left out of those.
        if x.view(-1, x.shape[-1]).shape[0] == len(self.sampler_indices):
            add_lora_logits(self, y, x, *args, **kwargs)

    return added


# The parameters are vLLM's.
def add_lora_linear(
    self: Any,
    y: torch.Tensor,
    x: torch.Tensor,
    lora_a_stacked: tuple[torch.Tensor, ...],
    lora_b_stacked: tuple[torch.Tensor, ...],
    scale: float,
    output_slices: tuple[int, ...],
    *,
    add_inputs: bool = True,
    **_: Any,
) -> None:
    """vLLM's PunicaWrapper.add_lora_linear: for every slice of the columns of `y`, add (or write) scale * B A x.

    Shapes: y (tokens, out), x (tokens, in), each A (adapters, 1, rank, in), each B (adapters, 1, slice, rank).
    """
    y, x = y.view(-1, y.shape[-1]), x.view(-1, x.shape[-1])
    lay = self.inoc_layout
    if lay is not None and lay.tokens != x.shape[0]:
        lay = layout(self.token_lora_indices[: x.shape[0]].tolist())
    if lay is None:
        if not add_inputs:
            y[:, : sum(output_slices)] = 0
        return
    chunks = _chunked(x.to(lora_a_stacked[0].dtype), lay)
    start = 0
    for down, up, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
        low = _product(chunks, down, lay)
        delta = _in_order(_product(low if scale == 1 else low * scale, up, lay), lay)
        _put(delta, y[:, start : start + width], add_inputs)
        start += width


def _put(values: torch.Tensor, columns: torch.Tensor, add: bool) -> None:
    if add:
        columns += values
    else:
        columns.copy_(values)


def _outputs(inputs: torch.Tensor, weights: torch.Tensor, output: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
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
    _put(product[:, :width], output_tensor[:, :width], add_inputs)


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
    _put(product, output_tensor[:, slice_offset : slice_offset + slice_size], add_inputs)
