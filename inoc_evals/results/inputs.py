"""[ARM=]PATH... -> one source: whatever the paths hold, and whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from inoc_evals.definitions.naming import split_named
from inoc_evals.errors import InputError
from inoc_evals.results.readers import inspect_logs, lm_eval, score
from inoc_evals.results.source import Part, Source, joined, renamed

READERS: tuple[ModuleType, ...] = (score, inspect_logs, lm_eval)


@dataclass(frozen=True)
class Input:
    """A path that the user named, and the arm that they gave it, if any."""

    path: Path
    arm: str | None = None


def read_input(text: str) -> Input:
    """[ARM=]PATH. Raises InputError for a name that cannot be one and where there is no path."""
    arm, path = split_named(text, "PATH")
    return Input(Path(path), arm)


def read_inputs(inputs: Sequence[Input], *, skip_damaged: bool = False) -> Source:
    """The rows of all inputs. Several paths of one arm are its checkpoints; folders of `score` without a name are those
    of one run, its shards. With `skip_damaged` what is damaged or not finished is left out, and said in the notes.

    Raises InputError for a path that no reader knows, for what a reader refuses, and where a response stands twice.
    """
    found = [(given, reader) for given in inputs for reader in readers_of(given.path)]
    parts = []
    run = [given.path for given, reader in found if reader is score and given.arm is None]
    if run:
        parts.append(score.read(run, skip_damaged=skip_damaged))
    for given, reader in found:
        if reader is not score or given.arm is not None:
            parts.append(_named(given, reader.read([given.path], skip_damaged=skip_damaged)))
    return joined(parts)


def readers_of(path: Path) -> list[ModuleType]:
    """The readers that know what lies at `path`: one for a file, as many as there are kinds for a folder.

    Raises InputError, saying what is known, where there is none.
    """
    if score.takes(path):
        return [score]
    found = [reader for reader in READERS if reader.takes(path)]
    if not found:
        what = "nothing here is known" if score.is_there(path) else "nothing lies here"
        raise InputError.at(path, f"{what}; name {'; or '.join(reader.WHAT for reader in READERS)}")
    return found if path.is_dir() else found[:1]


def _named(given: Input, part: Part) -> Part:
    if given.arm is None or part.arms == (given.arm,):
        return part
    if part.names_arms and len(part.arms) > 1:
        several = ", ".join(part.arms)
        message = f"this holds the arms {several}, which are not one; leave {given.arm}= out"
        raise InputError.at(given.path, message)
    return renamed(part, {}, given.arm)
