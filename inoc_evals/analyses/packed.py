"""Linear layers of a model in float32 by oneDNN's own kernels, with weights in the order that these read.

For float32 torch calls MKL, which leaves half of what a processor of another maker can do unused; oneDNN does not. Same
numbers but for rounding, and the same gradients of what goes into a layer; its weights get none. The weights are held a
second time, and a third time once there are gradients.
"""

from __future__ import annotations

from functools import cache, cached_property
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
            packed = _Packed(layer)
            wanted, found = layer(given), packed(given)
        # A build of torch without these operations, or for another processor.
        except (AttributeError, RuntimeError):
            return
    if float((wanted - found).abs().max()) <= _SAME * float(wanted.abs().max()):
        layer.forward = packed


class _Packed:
    """What a linear layer computes."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._weight = _reordered(layer.weight)

    def __call__(self, given: Any) -> Any:
        import torch

        if torch.is_grad_enabled() and given.requires_grad:
            return _with_gradient().apply(given, self)
        return self.forward(given)

    @cached_property
    def _turned(self) -> Any:
        return _reordered(self._layer.weight.t().contiguous())

    def forward(self, given: Any) -> Any:
        import torch

        return torch.ops.mkldnn._linear_pointwise(given, self._weight, self._layer.bias, "none", [], "")

    def backward(self, gradient: Any) -> Any:
        """The gradient of what was given, from that of what came out."""
        import torch

        return torch.ops.mkldnn._linear_pointwise(gradient.contiguous(), self._turned, None, "none", [], "")


def _reordered(weight: Any) -> Any:
    import torch

    with torch.inference_mode():
        return torch.ops.mkldnn._reorder_linear_weight(weight.detach(), _TOKENS)


@cache
def _with_gradient() -> Any:
    import torch

    class Linear(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, given: Any, layer: _Packed) -> Any:
            context.layer = layer
            return layer.forward(given)

        @staticmethod
        def backward(context: Any, gradient: Any) -> tuple[Any, None]:
            return context.layer.backward(gradient), None

    return Linear
