"""Adding a vector to what a decoder layer of transformers gives, and reading what it gives, by hooks.

Steering by a mean difference of states: Turner et al., arXiv 2308.10248; Rimsky et al., arXiv 2312.06681.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from inoc_evals.errors import InputError


def decoder_layers(model: Any) -> Sequence[Any]:
    """The decoder layers of a causal model of transformers, with an adapter or without, in their order.

    They are the one list of modules that is as long as the configuration says, nearest to the top. Raises InputError
    where there is none, or more than one.
    """
    from torch.nn import ModuleList

    count = getattr(model.config.get_text_config(decoder=True), "num_hidden_layers", None)
    lists: dict[int, list[Any]] = {}
    for name, module in model.named_modules():
        if isinstance(module, ModuleList) and len(module) == count:
            lists.setdefault(name.count("."), []).append(module)
    nearest = lists[min(lists)] if lists else []
    if len(nearest) != 1:
        kind = type(model).__name__
        raise InputError(f"the decoder layers of {kind} cannot be told from its other parts; name a plain text model")
    layers: Sequence[Any] = nearest[0]
    return layers


@contextmanager
def steered(model: Any, layer: int, vector: Any) -> Iterator[None]:
    """While the block runs, `vector` (width,) is added to what `layer` (from 0) of `model` gives, in the numbers that
    it gives. Raises InputError where the model has no such layer, or states of another width.
    """
    import torch

    layers = decoder_layers(model)
    width = model.config.get_text_config(decoder=True).hidden_size
    if not 0 <= layer < len(layers):
        raise InputError(f"the model has no layer {layer}; name one from 0 to {len(layers) - 1}")
    given = torch.as_tensor(vector)
    if given.shape != (width,):
        raise InputError(f"the direction has {given.numel()} numbers and the model's states {width}; name its own")

    def add(_: Any, __: Any, output: Any) -> Any:
        states = _states(output)
        moved = states + given.to(states)
        return (moved, *output[1:]) if isinstance(output, tuple) else moved

    handle = layers[layer].register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def reading(model: Any) -> Iterator[list[Any]]:
    """While the block runs, the list that it gets holds what each decoder layer gave last, (batch, length, width)."""
    layers = decoder_layers(model)
    found: list[Any] = [None] * len(layers)

    def keep(place: int, output: Any) -> None:
        found[place] = _states(output)

    with ExitStack() as stack:
        for place, layer in enumerate(layers):
            hook = layer.register_forward_hook(lambda _, __, output, place=place: keep(place, output))
            stack.callback(hook.remove)
        yield found


def _states(output: Any) -> Any:
    return output[0] if isinstance(output, tuple) else output
