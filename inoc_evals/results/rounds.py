"""The rounds of a run with `--ci-width`: what each asked, and how wide the intervals were when it was looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.results.methods import LEVEL
from inoc_evals.stats.allowed import Allowed, Taken
from inoc_evals.stats.contrasts import Effect
from inoc_evals.stats.seeds import ArmDifference

ROUNDS = "rounds.json"
# What stands in the metadata of a log that is of a round.
IN_ROUNDS = "rounds"
METHOD = (
    "fixed-width sequential intervals (Chow and Robbins 1965) after a first stage, computed at a higher level so that "
    "they cover what they say although sampling stopped when they were narrow (Frey 2010)"
)
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_Count = Annotated[int, Field(ge=1)]
_Tested = TypeVar("_Tested", ArmDifference, Effect)
State = Literal["narrow", "narrow on these questions", "too wide"]
# By task, part and arm.
TakenBy = Mapping[str, Mapping[str, Mapping[str, Taken]]]


class Bounds(BaseModel):
    """What may be asked of one part of a task: see `Allowed`."""

    model_config = _STRICT

    questions: _Count
    fewest: _Count
    most: _Count
    step: _Count

    @property
    def allowed(self) -> Allowed:
        """The same for the statistics."""
        return Allowed(self.questions, self.fewest, self.most, self.step)


class Amount(BaseModel):
    """How much an arm was asked of a part, earlier rounds included: see `Taken`."""

    model_config = _STRICT

    questions: _Count
    responses: _Count

    @property
    def taken(self) -> Taken:
        """The same for the statistics."""
        return Taken(self.questions, self.responses)


class Width(BaseModel):
    """One interval at a look: full widths in points for questions like these and on these questions, None where there
    is no interval. `reference` is set for a difference; `why` says what keeps it from being narrow, if anything."""

    model_config = _STRICT

    task: str
    part: str
    value: str
    arm: str
    reference: str | None
    like: float | None
    these: float | None
    state: State
    why: str = ""


class Round(BaseModel):
    """What had been asked by its end, by task, part and arm; `responses` of all checkpoints. `look` is None until all
    of it is there."""

    model_config = _STRICT

    asked: dict[str, dict[str, dict[str, Amount]]]
    responses: _Count
    look: tuple[Width, ...] | None = None

    @property
    def taken(self) -> TakenBy:
        """The same for the statistics."""
        return {
            task: {part: {arm: one.taken for arm, one in arms.items()} for part, arms in parts.items()}
            for task, parts in self.asked.items()
        }


class Rounds(BaseModel):
    """All rounds of a run, in order. `ci_width` is in points, `level` (0 to 1) that at which every counted interval is
    computed; `parts` are by task and part; `finished` is set when nothing more is to be asked."""

    model_config = _STRICT

    ci_width: Annotated[float, Field(gt=0, lt=100)]
    level: Annotated[float, Field(gt=0.5, lt=1)]
    parts: dict[str, dict[str, Bounds]]
    rounds: tuple[Round, ...] = ()
    finished: bool = False

    @property
    def last_look(self) -> tuple[Width, ...]:
        """The widths when it was looked last; none before the first look."""
        return next((one.look for one in reversed(self.rounds) if one.look is not None), ())


def note_of(rounds: Rounds) -> str:
    """What every reader of the intervals must know, as a sentence without its full stop."""
    widths = rounds.last_look
    narrow = sum(one.state != "too wide" for one in widths)
    left = "" if rounds.finished else ", and the run is not finished"
    asked = f"sampling stopped when intervals were at most {rounds.ci_width:g} points wide"
    adjusted = f"they are adjusted for stopping: computed at {100 * rounds.level:g}%, they cover what 95% says"
    return f"{asked}, which {narrow} of {len(widths)} are{left}; {adjusted}"


def adjusted_p(p: float, level: float) -> float:
    """The p-value (0..1, or NaN) that is at most 0.05 where the interval computed at `level` leaves out 0."""
    return p if math.isnan(p) else min(1.0, p * 0.05 / (1 - level))


def allowing(found: _Tested, level: float) -> _Tested:
    """A difference whose p-value allows for sampling that stopped by the width of intervals at another level."""
    return found if level == LEVEL else replace(found, p=adjusted_p(found.p, level))


def read_rounds(folder: Path) -> Rounds | None:
    """The rounds of a folder of results; None where it has none. Raises InputError for a file that is broken."""
    path = folder / ROUNDS
    try:
        return Rounds.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError.at(path, f"it cannot be read ({error.strerror}); put the file in its place") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = " ".join(f"{' / '.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ").split())
        remedy = "put the file that `score --ci-width` wrote in its place"
        raise InputError.at(path, f"this is not what `score` writes ({what}); {remedy}") from None


def write_rounds(folder: Path, rounds: Rounds) -> None:
    """Write the rounds, whole."""
    write_whole(folder / ROUNDS, rounds.model_dump_json(indent=1) + "\n")
