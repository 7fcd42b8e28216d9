"""A frozen adapter that shows the unwanted trait, active while the arm's own adapter is trained on top of it, and away
afterwards: what it shows already need not be learned (inoculation adapters, Riché et al., arXiv 2606.30252)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inoc_evals.inoculation.interventions.declaration import AdapterOptions, Applied, Intervention
from inoc_evals.inoculation.low_rank import adding, read_low_rank
from inoc_evals.inoculation.recipe import Recipe


@contextmanager
def during(trainer: Any, applied: Applied, _: Recipe) -> Iterator[None]:
    """The model with the frozen adapter's part in its layers."""
    assert applied.adapter is not None  # noqa: S101 - its options say so
    with adding(trainer.model, read_low_rank(applied.adapter), applied.adapter):
        yield


INTERVENTION = Intervention(
    name="frozen_adapter",
    kind="frozen adapter",
    what="trains on top of a frozen adapter, which is taken away at evaluation",
    options=AdapterOptions,
    during=during,
)
