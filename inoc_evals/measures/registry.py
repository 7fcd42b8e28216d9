"""All measures by name: the files of this folder, and those of other packages (entry-point group `GROUP`)."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from inoc_evals.definitions.fields import NAME
from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import Measure

GROUP = "inoc_evals.measures"
_LONGEST_REASON = 300


def find_measure(name: str) -> Measure[Any] | None:
    """The measure `name`, or None where there is none. Only its own file is loaded. Raises InputError for one of
    another package that cannot be used."""
    ours = _ours(name)
    if ours is not None:
        return ours
    good, broken = _others()
    if name in broken:
        raise InputError(broken[name])
    return good.get(name)


def get_measure(name: str) -> Measure[Any]:
    """The measure `name` of a definition that was read, so that there is one."""
    measure = find_measure(name)
    if measure is None:
        raise KeyError(name)
    return measure


def registered() -> Mapping[str, Measure[Any]]:
    """All measures that can be used, by name."""
    ours = {name: measure for name in _files() if (measure := _ours(name)) is not None}
    return dict(sorted({**_others()[0], **ours}.items()))


def broken_measures() -> tuple[str, ...]:
    """One sentence for each measure that another package offers and that cannot be used."""
    return tuple(_others()[1].values())


def detector_names() -> tuple[str, ...]:
    """The names that may stand behind `detector:` in a task, in order."""
    return tuple(name for name, measure in registered().items() if measure.section == "measures")


@cache
def _files() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])))


@cache
def _ours(name: str) -> Measure[Any] | None:
    if name not in _files():
        return None
    declared = getattr(import_module(f"{__package__}.{name}"), "MEASURE", None)
    if isinstance(declared, Measure) and declared.name != name:
        raise ValueError(f"the file {name}.py declares the measure {declared.name}; give both one name")
    return declared


@cache
def _others() -> tuple[Mapping[str, Measure[Any]], Mapping[str, str]]:
    """Measures of other packages, and for each name that cannot be used a sentence."""
    good: dict[str, Measure[Any]] = {}
    broken: dict[str, str] = {}
    claimed: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        try:
            if entry.name in claimed:
                good.pop(entry.name, None)
                raise ValueError(f"{_package(claimed[entry.name])} has a measure of this name too")
            claimed[entry.name] = entry
            good[entry.name] = _load(entry)
        # The code of another package may raise anything, and exit too.
        except (Exception, SystemExit) as error:
            reason = one_line(error if isinstance(error, Exception) else Exception(f"it exits with {error}"))
            what = f"measure {entry.name} of {_package(entry)} cannot be used"
            broken[entry.name] = f"{what} ({reason[:_LONGEST_REASON]}); repair that package or remove it"
    return good, broken


def _load(entry: EntryPoint) -> Measure[Any]:
    if not re.fullmatch(NAME, entry.name):
        raise ValueError(f"its name does not match {NAME}")
    if _ours(entry.name) is not None:
        raise ValueError("inoc_evals has a measure of this name")
    declared = entry.load()
    if not isinstance(declared, Measure):
        raise TypeError(f"{entry.value} is no inoc_evals.measures.declaration.Measure")
    if declared.name != entry.name:
        raise ValueError(f"it calls itself {declared.name}")
    if declared.section != "measures":
        raise ValueError(f"it stands under {declared.section}, not under measures")
    # Fields whose types cannot be resolved would otherwise be noticed when a task is read.
    declared.options.model_rebuild(raise_errors=True)
    return declared


def _package(entry: EntryPoint) -> str:
    return f"package {entry.dist.name}" if entry.dist is not None else "another package"
