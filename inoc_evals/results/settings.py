"""What a folder of results holds beside its report: inspect's logs in folders of their own, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.definitions.arms import PLAIN, Role, Variation
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole

LOGS = "logs"
SETTINGS = "settings.json"
# No argument of a task can be called so.
FOREIGN = "--task"
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class Promised(BaseModel):
    """One checkpoint of an arm; `sha256` (64 hex digits) is that of weights here. What came from the hub is `pinned`,
    ORG/NAME/FOLDER@COMMIT, and so is an adapter's `base`. `role` and `variation` are the arm's, `regime` (lora or
    full) is how our own training made it."""

    model_config = _STRICT

    arm: str
    reference: str
    sha256: str | None
    pinned: str | None = None
    base: str | None = None
    role: Role = "treatment"
    variation: Variation = PLAIN
    regime: str | None = None


class Proven(BaseModel):
    """How far the probabilities of a checkpoint's next token are from those of `against`, on a few probes: the largest
    and the mean total variation distance (0 to 1). `noise` is the largest between two answers of `against` itself, and
    with `silent` there is no change beyond it."""

    model_config = _STRICT

    against: str
    largest: Annotated[float, Field(ge=0, le=1)]
    mean: Annotated[float, Field(ge=0, le=1)]
    noise: Annotated[float, Field(ge=0, le=1)]
    probes: Annotated[int, Field(ge=1)]
    silent: bool = False


class Settings(BaseModel):
    """What a run was asked for: checkpoints by label, arguments by task. `shard` is (number, of how many), from 1. A
    task that is not ours has its name in the logs, and under `FOREIGN` that by which it was asked for.

    `proven` is no setting but what was found of the checkpoints before they were asked, by label."""

    model_config = _STRICT

    arms: Annotated[dict[str, Promised], Field(min_length=1)]
    tasks: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    judges: list[str]
    # Each worker has its own logs, and only as many workers as before find them again.
    workers: Annotated[int, Field(ge=1)]
    shard: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    proven: dict[str, Proven] = {}


def read_settings_file(folder: Path) -> Settings:
    """The settings of a folder of results. Raises InputError where there are none or they are broken."""
    path = folder / SETTINGS
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError.at(folder, "this is no folder of `inoc-evals score`; name its --out") from None
    except OSError as error:
        remedy = "put the file that `score` wrote in its place"
        raise InputError.at(path, f"it cannot be read ({error.strerror}); {remedy}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " / ".join(str(part) for part in first["loc"])
        what = " ".join(f"{where}: {first['msg']}".removeprefix(": ").split())
        remedy = "put the file that `score` wrote in its place"
        raise InputError.at(path, f"this is not what `score` writes ({what}); {remedy}") from None


def write_settings(folder: Path, settings: Settings) -> None:
    """Write the settings, whole."""
    write_whole(folder / SETTINGS, settings.model_dump_json(indent=2, exclude_defaults=True) + "\n")


def moved_checkpoints(before: Settings, now: Settings) -> list[str]:
    """What names of the hub were `before` that are another commit `now`, each with what to do about it."""
    moved = []
    for label, one in now.arms.items():
        old = before.arms.get(label)
        if old is None or old.reference != one.reference:
            continue
        if old.pinned and old.pinned != one.pinned:
            moved.append(f"{one.reference} was {old.pinned} then; write that, or name another --out")
        elif old.base and old.base != one.base:
            moved.append(f"the base of {one.reference} was {old.base} then; name another --out")
    return moved


def note_proven(folder: Path, found: Mapping[str, Proven]) -> None:
    """Add what was found of checkpoints, by label, to the settings of a folder of results. Raises InputError where
    there are none."""
    settings = read_settings_file(folder)
    write_settings(folder, settings.model_copy(update={"proven": {**settings.proven, **found}}))


def other_settings(before: Settings, now: Settings) -> list[str]:
    """Names of the settings that differ."""
    # As a file holds them, where a tuple is a list.
    kept, asked = (each.model_dump(mode="json", exclude={"proven"}) for each in (before, now))
    return [key for key in kept if kept[key] != asked[key]]
