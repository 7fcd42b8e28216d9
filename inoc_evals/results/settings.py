"""What a folder of results holds beside its report: inspect's logs in folders of their own, and what was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.definitions.arms import CONTROL, PLAIN, Role, Variation
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole

LOGS = "logs"
SETTINGS = "settings.json"
# Where the settings of a run hold its checkpoints.
ARMS = "arms"
# No argument of a task can be called so.
FOREIGN = "--task"
# What is no setting but was found of checkpoints before they were asked.
FOUND = ("proven", "perplexity")
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class Promised(BaseModel):
    """One checkpoint of an arm; `sha256` (64 hex digits) is that of weights here. What came from the hub is `pinned`,
    ORG/NAME/FOLDER@COMMIT, and so is an adapter's `base`. `role` and `variation` are the arm's, `regime` (lora or
    full) is how our own training made it, and `steered_by` what serves it steered."""

    model_config = _STRICT

    arm: str
    reference: str
    sha256: str | None
    pinned: str | None = None
    base: str | None = None
    role: Role = "treatment"
    variation: Variation = PLAIN
    regime: str | None = None
    steered_by: str | None = None


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


class Perplexity(BaseModel):
    """How well a checkpoint goes on with a fixed text: the mean of the negative logarithms of the probabilities of its
    `tokens`, in nats (0 or more). `sha256` (64 hex digits) is the text's. `against` is what the checkpoint was made of,
    with the same number for it; None where that was not asked."""

    model_config = _STRICT

    nats: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    tokens: Annotated[int, Field(ge=1)]
    sha256: str
    against: str | None = None
    against_nats: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @property
    def value(self) -> float:
        """The perplexity, 1 or more."""
        return _exp(self.nats)

    @property
    def ratio(self) -> float | None:
        """How many times that of `against` it is."""
        return None if self.against_nats is None else _exp(self.nats - self.against_nats)


def _exp(nats: float) -> float:
    # Beyond it there is no number.
    return math.exp(min(nats, 700.0))


class Settings(BaseModel):
    """What a run was asked for: checkpoints by label, arguments by task. `shard` is (number, of how many), from 1. A
    task that is not ours has its name in the logs, and under `FOREIGN` that by which it was asked for.

    `proven` and `perplexity` are no settings but what was found of the checkpoints before they were asked, by label."""

    model_config = _STRICT

    arms: Annotated[dict[str, Promised], Field(min_length=1)]
    tasks: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    judges: list[str]
    # Each worker has its own logs, and only as many workers as before find them again.
    workers: Annotated[int, Field(ge=1)]
    shard: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    ci_width: float | None = None
    proven: dict[str, Proven] = {}
    perplexity: dict[str, Perplexity] = {}


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
    """Add what was proven of checkpoints, by label, to the settings of a folder of results. Raises InputError where
    there are none."""
    settings = read_settings_file(folder)
    write_settings(folder, settings.model_copy(update={"proven": {**settings.proven, **found}}))


def note_perplexity(folder: Path, found: Mapping[str, Perplexity]) -> None:
    """Add perplexities of checkpoints, by label, to the settings of a folder of results. Raises InputError where there
    are none."""
    settings = read_settings_file(folder)
    write_settings(folder, settings.model_copy(update={"perplexity": {**settings.perplexity, **found}}))


def with_found(settings: Settings, before: Settings) -> Settings:
    """The settings with what was found of checkpoints `before`."""
    return settings.model_copy(update={name: getattr(before, name) for name in FOUND})


def found_of(settings: Mapping[str, Any], name: str) -> Iterator[tuple[str, object]]:
    """What runs of `score` and of lm-eval found of checkpoints, by label, in the settings of one source or of several.
    `name` is one of `FOUND`."""
    sources = settings.get("sources")
    for one in sources if isinstance(sources, list) else [settings]:
        if not isinstance(one, Mapping):
            continue
        found = one.get(name)
        yield from found.items() if isinstance(found, Mapping) else ()
        for arm in map(_arm_of, _samples_of(one)):
            if name in arm:
                yield str(arm.get("label")), arm[name]


def weights_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """By label what tells a checkpoint's weights from others, in the settings of one source or of several: its content
    hash, else the commit that it came from, else what it was asked for by. Checkpoints of which nothing is known are
    left out."""
    weights: dict[str, str] = {}
    for label, entry in _promised_of(settings):
        known = [entry.get(key) for key in ("sha256", "pinned", "reference")]
        if told := next((each for each in known if isinstance(each, str) and each), None):
            weights[label] = f"{told} {entry.get('base') or ''}"
    return weights


def models_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Labels with the name of the model that the checkpoint is or, for an adapter, was made of, in the settings of one
    source or of several: the base, else the commit that it came from, else what it was asked for by."""
    for label, entry in _promised_of(settings):
        known = [entry.get(key) for key in ("base", "pinned", "reference")]
        if told := next((each for each in known if isinstance(each, str) and each), None):
            yield label, told


def controls_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The arms that are controls, in the settings of one source or of several."""
    arms = [str(entry.get("arm")) for _, entry in _promised_of(settings) if entry.get("role") == CONTROL]
    return tuple(dict.fromkeys(arms))


def _promised_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    sources = settings.get("sources")
    for one in sources if isinstance(sources, list) else [settings]:
        promised = one.get(ARMS) if isinstance(one, Mapping) else None
        for label, entry in promised.items() if isinstance(promised, Mapping) else ():
            if isinstance(entry, Mapping):
                yield str(label), entry


def relabelled(settings: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The settings of one source with other labels for its checkpoints, and for what was found of them."""
    changed = dict(settings)
    for name in (ARMS, *FOUND):
        if isinstance(found := changed.get(name), Mapping):
            changed[name] = {names.get(label, label): each for label, each in found.items()}
    if samples := _samples_of(changed):
        changed["samples"] = [
            {**sample, "arm": {**arm, "label": names.get(arm["label"], arm["label"])}}
            if "label" in (arm := _arm_of(sample))
            else sample
            for sample in samples
        ]
    return changed


def _samples_of(settings: Mapping[str, Any]) -> list[Any]:
    samples = settings.get("samples")
    return samples if isinstance(samples, list) else []


def _arm_of(sample: object) -> Mapping[str, Any]:
    arm = sample.get("arm") if isinstance(sample, Mapping) else None
    return arm if isinstance(arm, Mapping) else {}


def other_settings(before: Settings, now: Settings) -> list[str]:
    """Names of the settings that differ."""
    # As a file holds them, where a tuple is a list.
    kept, asked = (each.model_dump(mode="json", exclude=set(FOUND)) for each in (before, now))
    return [key for key in kept if kept[key] != asked[key]]
