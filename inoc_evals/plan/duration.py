"""How long a run takes: a range from how fast earlier ones were, or this one is so far. Never one number."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.cache import cache_directory

FILE = "speeds.jsonl"
_LAST = 20  # records of one kind that count: machines change
_FEWEST = 20  # responses below which a speed is mostly its start
_FIRST_S, _FIRST_RESPONSES = 10.0, 16  # when a run says something about its own speed
_ONE_RUN, _SEVERAL_RUNS = 1.5, 1.25
_OUT_OF_LINE = 4.0


@dataclass(frozen=True)
class Kind:
    """What makes two runs alike: the weights (or the hosted model's name), tasks with their longest answers in tokens,
    judges, GPU or none, and how many processes ask."""

    weights: str
    tasks: tuple[str, ...]
    judges: tuple[str, ...]
    gpu: bool
    workers: int


class Speed(BaseModel):
    """How fast a run of one kind was: seconds until its server answered (0 where it ran already), and how many
    responses it made in how many seconds after that."""

    model_config = ConfigDict(frozen=True)

    start_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    responses: Annotated[int, Field(ge=_FEWEST)]
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    def needed(self, responses: int) -> float:
        """The seconds for so many responses at this speed."""
        return self.start_s + responses * self.seconds / self.responses


@dataclass(frozen=True)
class Range:
    """From `low` to `high` seconds; `runs` earlier ones say so, 0 for what the run itself says."""

    low: float
    high: float
    runs: int

    @property
    def words(self) -> str:
        """Such as "2 to 5 min": whole minutes or half hours, rounded outwards."""
        if self.high < 60:
            return "less than a minute"
        if self.high < 5400:
            return _span(math.floor(self.low / 60), math.ceil(self.high / 60), "min")
        return _span(math.floor(self.low / 1800) / 2, math.ceil(self.high / 1800) / 2, "h")


def remember(kind: Kind, start_s: float, responses: int, seconds: float) -> None:
    """Add a speed to those in the cache. What says nothing of a speed, and what cannot be written, is left out: no run
    fails for an estimate."""
    if responses < _FEWEST or seconds <= 0:
        return
    line = json.dumps({"kind": asdict(kind), "start_s": start_s, "responses": responses, "seconds": seconds})
    try:
        folder = cache_directory()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        return


def remembered(kind: Kind) -> list[Speed]:
    """The latest speeds of this kind in the cache, oldest first. Lines that are broken are passed over."""
    # JSON has no tuples.
    wanted = json.loads(json.dumps(asdict(kind)))
    speeds = []
    for line in _lines(cache_directory() / FILE):
        try:
            told = json.loads(line)
            if isinstance(told, dict) and told.get("kind") == wanted:
                speeds.append(Speed.model_validate(told))
        except (ValueError, ValidationError, RecursionError):
            continue
    return speeds[-_LAST:]


def expected(responses: Mapping[Kind, int]) -> Range | None:
    """How long so many responses of each kind take, one kind after the other; None where one of them is new."""
    ranges = [_of(remembered(kind), count) for kind, count in responses.items()]
    known = [each for each in ranges if each is not None]
    if not known or len(known) < len(ranges):
        return None
    return Range(sum(each.low for each in known), sum(each.high for each in known), min(each.runs for each in known))


def left(made: int, seconds: float, missing: int) -> Range | None:
    """How long the `missing` responses of a run take that has made `made` in `seconds`; None while that says too
    little. The range narrows as the run goes on."""
    if seconds < _FIRST_S or made < _FIRST_RESPONSES:
        return None
    spread = 1.2 + 0.8 * missing / (made + missing)
    middle = missing * seconds / made
    return Range(middle / spread, middle * spread, 0)


def _of(speeds: Sequence[Speed], responses: int) -> Range | None:
    if not speeds:
        return None
    spread = _ONE_RUN if len(speeds) == 1 else _SEVERAL_RUNS
    needed = [speed.needed(responses) for speed in speeds]
    # A machine that slept, or had much else to do, says nothing of this run.
    needed = [seconds for seconds in needed if seconds <= _OUT_OF_LINE * median(needed)]
    return Range(min(needed) / spread, max(needed) * spread, len(needed))


def _span(low: float, high: float, unit: str) -> str:
    return f"up to {high:g} {unit}" if low == 0 else f"{low:g} to {high:g} {unit}"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
