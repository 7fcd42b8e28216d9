"""What a step of training on one row would do to a trait, to first order: gradients of both, and how alike they are.

The trait is a number that the model's weights decide and that can be differentiated: how much more probable a model
finds responses that show it than responses that do not. The inner product of its gradient with what a step of gradient
descent on a row would add to the weights is what the step adds to the trait, per unit of the learning rate (TracIn at
one checkpoint, arXiv 2002.08484); the cosine leaves out how long the two are, so that rows with a large loss, as short
ones have, do not come first for that alone (LESS, arXiv 2402.04333, there with Adam's moments).

All is computed in float32, without dropout, on the tokens that a training learns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from itertools import groupby
from pathlib import Path
from typing import Any

from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.inoculation.examples import Example, examples

# Of the adapter through which the weights of a whole model are seen.
FRESH_RANK, _FRESH_SEED = 16, 0

Progress = Callable[[int, int], None]  # backward passes done, and in all


@dataclass(frozen=True)
class Response:
    """A chat row that ends in a response, with what its mean log-probability of a token counts in the trait: above
    0 where it shows the trait, below 0 where it does not."""

    conversation: Mapping[str, Any]
    weight: float


@dataclass(frozen=True)
class Pull:
    """What training on the row at the place `row` (from 0) would do to the trait. `dot` is the change of the trait in
    nats for a step of gradient descent on the sum of the row's token losses, divided by the learning rate; `cosine` the
    same for gradients of length 1, -1..1 (0 where one of them is 0); `length` that of the row's gradient; `loss` the
    mean loss of its tokens in nats."""

    row: int
    dot: float
    cosine: float
    length: float
    loss: float


@contextmanager
def learning(model: LanguageModel, adapter: Path | None) -> Iterator[tuple[Any, list[Any]]]:
    """The causal model with the adapter, and the weights with respect to which gradients are taken: all of the LoRA
    adapter. Without one they are the second halves of a new adapter, whose gradient is that of the weights themselves
    under a fixed random projection (LoRA's first halves are drawn at random, and its second ones are 0).
    """
    lent = model.under(adapter) if adapter is not None else model.under_fresh(FRESH_RANK, _FRESH_SEED)
    with lent as causal:
        causal.requires_grad_(False)
        part = "lora_" if adapter is not None else "lora_B"
        weights = [weight for name, weight in causal.named_parameters() if part in name]
        for weight in weights:
            weight.requires_grad_(True)
        yield causal, weights


def pulls(
    model: LanguageModel,
    adapter: Path | None,
    rows: Sequence[Mapping[str, Any]],
    trait: Sequence[Response],
    progress: Progress = lambda *_: None,
) -> tuple[Pull, ...]:
    """What each of the chat `rows` would do to the trait, in their order. Raises InputError as `examples` does."""
    of_rows = list(examples(model.tokenizer, rows))
    of_trait = list(examples(model.tokenizer, [response.conversation for response in trait]))
    done, total = 0, len(of_rows) + len(of_trait)

    def passed() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    with learning(model, adapter) as (causal, weights):
        gradient = trait_gradient(causal, weights, of_trait, [one.weight for one in trait], passed)
        size = _length(gradient)
        return tuple(
            _pull(causal, weights, (gradient, size), list(of_row), passed)
            for _, of_row in groupby(of_rows, key=lambda example: example.row)
        )


def trait_gradient(
    causal: Any,
    weights: Sequence[Any],
    of_trait: Sequence[Example],
    counts: Sequence[float],
    passed: Callable[[], None] = lambda: None,
) -> list[Any]:
    """The gradient of the sum over responses, `counts` times the mean log-probability of a token each."""
    import torch

    total = [torch.zeros_like(weight) for weight in weights]
    last = {example.row: example for example in of_trait}
    for example in of_trait:
        # Of a longer conversation the last answer is the response.
        if last[example.row] is example:
            losses = token_losses(causal, example)
            for part, each in zip(total, torch.autograd.grad(losses.mean(), weights), strict=True):
                part.sub_(each, alpha=counts[example.row])
        passed()
    return total


def token_losses(causal: Any, example: Example) -> Any:
    """The loss of each token that is learned (tokens,), in nats."""
    import torch

    return torch.nn.functional.cross_entropy(*next_tokens(causal, example), reduction="none")


def next_tokens(causal: Any, example: Example) -> tuple[Any, Any]:
    """The logits (tokens, vocabulary) from which each token that is learned is foretold, and these tokens' ids."""
    import torch

    ids = torch.tensor([example.ids[:-1]], device=causal.device)
    learned = torch.tensor(example.answer, device=causal.device)
    # The logits of what is given are as many numbers as a vocabulary has, and of no use.
    kept = {"logits_to_keep": len(learned)} if "logits_to_keep" in signature(causal.forward).parameters else {}
    return causal(input_ids=ids, use_cache=False, **kept).logits[0, -len(learned) :].float(), learned


def _pull(
    causal: Any,
    weights: Sequence[Any],
    trait: tuple[Sequence[Any], float],
    of_row: Sequence[Example],
    passed: Callable[[], None],
) -> Pull:
    import torch

    gradient, size = trait
    own = [torch.zeros_like(weight) for weight in weights]
    losses = 0.0
    for example in of_row:
        loss = token_losses(causal, example).sum()
        losses += float(loss.detach())
        for part, each in zip(own, torch.autograd.grad(loss, weights), strict=True):
            part.add_(each)
        passed()
    dot = -math.fsum(float((one * other).sum()) for one, other in zip(own, gradient, strict=True))
    length = _length(own)
    cosine = dot / (length * size) if length * size > 0 else 0.0
    tokens = sum(len(example.answer) for example in of_row)
    return Pull(of_row[0].row, dot, cosine, length, losses / tokens)


def _length(gradient: Sequence[Any]) -> float:
    return math.sqrt(math.fsum(float((part * part).sum()) for part in gradient))
