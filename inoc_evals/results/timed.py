"""When a task was asked of a checkpoint, and how answers were drawn, as far as a log says so."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

# A share of the time of a task, in which others may have been asked too.
_BESIDE = 0.05
Span = tuple[float, float]


@dataclass(frozen=True)
class Timed:
    """One log: `task` as rows name it, the `arm` and `checkpoint` that it asked, the `spans` of time (seconds since
    1970) in which it asked them for so many `responses`. `temperature` and `top_p` are None where the server's own
    held."""

    task: str
    arm: str
    checkpoint: str
    spans: tuple[Span, ...]
    responses: int
    temperature: float | None = None
    top_p: float | None = None


@dataclass(frozen=True)
class Pace:
    """How long a response took, in seconds, over all logs of a task; `alone` says that no other task was asked
    meanwhile."""

    seconds: float
    alone: bool


def pace_of(task: str, logs: Iterable[Timed]) -> Pace | None:
    """The pace of a task. What its logs have in common counts once: arms are asked at the same time. None where no log
    tells it."""
    logs = list(logs)
    own = merged(span for log in logs if log.task == task for span in log.spans)
    others = merged(span for log in logs if log.task != task for span in log.spans)
    responses = sum(log.responses for log in logs if log.task == task and log.spans)
    if not responses or _length(own) <= 0:
        return None
    # Together they last as long as one after the other where they do not overlap.
    overlap = _length(own) + _length(others) - _length(merged([*own, *others]))
    return Pace(_length(own) / responses, overlap < _BESIDE * _length(own))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in spans that do not touch, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def _length(spans: Iterable[Span]) -> float:
    return math.fsum(end - start for start, end in spans)
