"""The row that everything behind a harness works on: one response with its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inoc_evals.traits.reading import Detail


@dataclass(frozen=True)
class SampleRow:
    """`measures` maps value keys to 1.0, 0.0 or None; `causes` says why a value is None."""

    arm: str
    checkpoint: str
    task: str
    item: str
    cluster: str
    category: str
    epoch: int
    response: str
    measures: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Detail]]
    stop_reason: str
    prompt_text: str | None
    prompt_sha256: str | None
