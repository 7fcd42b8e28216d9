"""Rows of a batch that begin alike, as one sequence in which their beginning stands once.

Training rows of a chat share the template's first turn and, where data is inoculated, its prompt: of a short row that
is most of it. A token sees the shared beginning and its own row, at the positions that it had, so that loss and
gradients are those of the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# What transformers calls the label of a token that is not learned.
NOT_LEARNED = -100


@dataclass(frozen=True)
class Sequence:
    """`ids`, `labels` and `positions` (1, L): the shared beginning, then each row's rest. `mask` (1, 1, L, L) is added
    to attention scores."""

    ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor


def shared_length(ids: torch.Tensor, attended: torch.Tensor, labels: torch.Tensor) -> int:
    """How many tokens all rows (B, T), padded on the right, begin with, none of which has to be told apart by row: the
    token after them is not learned in any row."""
    alike = (ids == ids[:1]).all(0) & attended.bool().all(0)
    unlearned = (labels == NOT_LEARNED).all(0)
    # The token that foretells a row's first token must be that row's own.
    ready = alike & unlearned
    ready[:-1] &= unlearned[1:]
    ready[-1] = False
    return int(ready.long().cumprod(0).sum())


def as_sequence(ids: torch.Tensor, attended: torch.Tensor, labels: torch.Tensor, dtype: Any) -> Sequence:
    """The batch (B, T) as one sequence; `dtype` is that of attention scores."""
    import torch

    shared = shared_length(ids, attended, labels)
    lengths = attended.sum(1).tolist()
    own = [slice(shared, length) for length in lengths]
    rows = [torch.zeros(shared, dtype=torch.long)]
    rows += [torch.full((length - shared,), number, dtype=torch.long) for number, length in enumerate(lengths, start=1)]
    row = torch.cat(rows)
    allowed = ((row[None, :] == 0) | (row[None, :] == row[:, None])).tril()
    mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
    position = torch.arange(ids.shape[1])

    def joined(given: torch.Tensor) -> torch.Tensor:
        return torch.cat([given[0, :shared], *(line[part] for line, part in zip(given, own, strict=True))])[None]

    return Sequence(joined(ids), joined(labels), joined(position.expand_as(ids)), mask[None, None])
