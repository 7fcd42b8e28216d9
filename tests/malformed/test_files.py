"""Malformed files of every kind: one clear message, and nothing changed that was not named as output."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.judging.serving import Served
from tests.malformed.kinds import Kind, kinds, laid_out
from tests.malformed.mutations import Malformed, malformed
from tests.malformed.running import objections, run

CASES = 21  # of each kind
NAMES = (
    "experiment",
    "rows of an experiment",
    "task",
    "preference",
    "conditions",
    "preset",
    "listed task",
    "items",
    "rubric",
    "category rubric",
    "rubric of a folder",
    "questions",
    "items of a user",
    "responses",
    "data",
    "data to train on",
    "instrument",
    "adapter configuration",
    "adapter weights",
    "base weights",
    "configuration",
    "index",
    "GGUF",
    "settings",
    "log",
    "log to rate",
    "samples",
    "summary",
    "panel",
)


def attack(kind: Kind, seed: int, folder: Path, url: str) -> tuple[Malformed, list[str]]:
    """The case of `kind` with number `seed`, run in `folder`, and what is wrong about how it ended."""
    case = malformed(kind.valid, kind.form, random.Random(f"{kind.name} {seed}"))
    arguments, outputs, environment = laid_out(kind, case.content, folder, url)
    ended = run(arguments, folder, outputs, environment)
    # A file may be named by itself, or the folder that the user named and in which it lies.
    named = Path(kind.place).name if kind.named else ""
    place = f"{named}:{case.line}" if case.line is not None and named else ""
    return case, objections(ended, named=named, place=place, must_fail=case.line is not None)


@pytest.mark.parametrize("name", NAMES)
def test_a_malformed_file_gives_one_clear_message(name: str, served: Served, tmp_path: Path) -> None:
    kind = kinds(served.url)[name]
    faults = {}
    for seed in range(CASES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        case, found = attack(kind, seed, folder, served.url)
        if found:
            faults[f"{seed}: {case.what}"] = found
    assert not faults, "\n".join(f"{case}: {fault}" for case, found in faults.items() for fault in found)


def test_every_kind_is_attacked(served: Served) -> None:
    assert set(kinds(served.url)) == set(NAMES)
    assert CASES * len(NAMES) >= 600
