"""The row that everything behind a harness works on: one response with its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SampleRow:
    """`measures` maps value keys to values (0..1, ratings 0..100) or None; `causes` says why a value is None.

    `item` is the sample's id, `epoch` and `choice` number the responses to it from 1 and 0. `condition` is "" for a
    task with one condition.
    """

    arm: str
    checkpoint: str
    task: str
    item: str
    cluster: str
    category: str
    condition: str
    epoch: int
    choice: int
    response: str
    measures: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Any]]
    stop_reason: str
    prompt_text: str | None
    prompt_sha256: str | None
