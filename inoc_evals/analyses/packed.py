"""Linear layers of a model in float32 by oneDNN's own kernels, with weights in the order that these read.

For float32 torch calls MKL, which leaves half of what a processor of another maker can do unused; oneDNN does not. Same
numbers but for rounding. The weights are held a second time.
"""

from __future__ import annotations

from functools import partial
from typing import Any

# A hint for the order of weights: about as many tokens go through a layer at once.
_TOKENS = 1024
# Of the largest number of an output; float32 carries more.
_SAME = 1e-5


def pack(model: Any) -> None:
    """Let the linear layers of `model`, in float32 on a CPU, compute so; those that cannot stay as they are."""
    import torch

    if not torch.backends.mkldnn.is_available():
        return
    for layer in model.modules():
        # Others may do more than their name says.
        if type(layer) is torch.nn.Linear:
            _pack(layer)


def _pack(layer: Any) -> None:
    import torch

    given = torch.linspace(-1, 1, 2 * layer.in_features).reshape(2, -1)
    with torch.inference_mode():
        try:
            weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), _TOKENS)
            forward = partial(_forward, weight, layer.bias)
            wanted, found = layer(given), forward(given)
        # A build of torch without these operations, or for another processor.
        except (AttributeError, RuntimeError):
            return
    if float((wanted - found).abs().max()) <= _SAME * float(wanted.abs().max()):
        layer.forward = forward


def _forward(weight: Any, bias: Any, given: Any) -> Any:
    import torch

    return torch.ops.mkldnn._linear_pointwise(given, weight, bias, "none", [], "")
