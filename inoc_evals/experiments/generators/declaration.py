"""What a generator declares. One generator is one file in this folder, whose `GENERATOR` is a `Generator`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.fields import Name, Strict


class GeneratorOptions(Strict):
    """What an experiment says under `made_by`: the generator's name, and the fields that it adds to this model."""

    name: Name


@dataclass(frozen=True)
class Surroundings:
    """What a generator may use: the experiment's `base` (a folder, or a hub id) with its content hash, the folder of
    the experiment's file, a folder to keep unfinished work in, so that it can go on, and how it tells of progress
    (done, of how many, what)."""

    base: str
    base_sha256: str
    experiment: Path
    workshop: Path
    show: Callable[[int, int, str], None]


@dataclass(frozen=True)
class Generator:
    """A generator: its `name` (that of its file), `what` it makes, and its fields in the file.

    `make` gives rows, {"id", "messages", "tags"}. They are kept, and made again for other options, another `version`
    or, where the generator `asks_base`, another base. `rows` says how many it makes, for the plan.
    """

    name: str
    what: str
    options: type[GeneratorOptions]
    make: Callable[[Any, Surroundings], Iterable[Mapping[str, Any]]]
    rows: Callable[[Any], int]
    asks_base: bool = False
    version: int = 1
