"""[ARM=]PATH... -> one source: whatever the paths hold, and whoever wrote it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from inoc_evals.definitions.naming import split_named
from inoc_evals.errors import InputError
from inoc_evals.readers import inspect_logs, llmcomp, lm_eval, organisms, rows, score, scored
from inoc_evals.results.settings import read_settings_file
from inoc_evals.results.source import Part, Source, joined, renamed

# A file goes to the first that takes it, and a folder to all that take folders; its tables are read one by one.
OF_FOLDERS: tuple[ModuleType, ...] = (inspect_logs, lm_eval, llmcomp)
OF_TABLES: tuple[ModuleType, ...] = (rows, organisms, scored)
READERS = (score, *OF_FOLDERS, *OF_TABLES)


@dataclass(frozen=True)
class Input:
    """A path that the user named, and the arm that they gave it, if any."""

    path: Path
    arm: str | None = None


def read_input(text: str) -> Input:
    """[ARM=]PATH. Raises InputError for a name that cannot be one and where there is no path."""
    arm, path = split_named(text, "PATH")
    return Input(Path(path), arm)


def read_inputs(inputs: Sequence[Input], *, skip_damaged: bool = False, rule: str | None = None) -> Source:
    """The rows of all inputs. Several paths of one arm are its checkpoints; folders of `score` without a name are those
    of one run, its shards. With `skip_damaged` what is damaged or not finished is left out, and said in the notes.
    `rule` makes the outcome of published ratings.

    Raises InputError for a path that no reader knows, for what a reader refuses, and where a response stands twice.
    """
    with _without_collector():
        return _read_inputs(inputs, skip_damaged, rule)


def _read_inputs(inputs: Sequence[Input], skip_damaged: bool, rule: str | None) -> Source:
    found = [(given, place, reader) for given in inputs for place, reader in places(given.path)]
    if rule is not None and all(reader is not organisms for _, _, reader in found):
        raise InputError(f"--rule {rule} is for files with the columns aligned and coherent, and none is; leave it out")
    run = [place for given, place, reader in found if reader is score and given.arm is None]
    parts = [score.read(run, skip_damaged=skip_damaged)] if run else []
    skipped: list[InputError] = []
    for given, place, reader in found:
        if reader is score and given.arm is None:
            continue
        try:
            part = _read(place, reader, skip_damaged, rule)
        except InputError as error:
            if not skip_damaged:
                raise
            skipped.append(error)
        else:
            parts.append(_named(given, part))
    if not parts:
        raise skipped[0]
    _refuse_copies(parts)
    source = joined(parts)
    if not source.rows:
        raise InputError.at(inputs[0].path, "there are no responses here; name results that have some")
    notes = [note for given in inputs for note in _other_evaluations(given.path)]
    return replace(source, notes=(*source.notes, *notes, *(f"left out: {error}" for error in skipped)))


def _other_evaluations(path: Path) -> Iterator[str]:
    """What is left out of an experiment that was evaluated several times, each time asking its checkpoints anew."""
    shown, *others = score.evaluations(path) or [path]
    if others:
        named = ", ".join(str(place) for place in others)
        yield f"of the evaluations in {path} the last one is shown, {shown.name}; name another to see it: {named}"


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows hold no circles, and looking for some among hundreds of thousands takes longer than reading them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def places(path: Path) -> list[tuple[Path, ModuleType]]:
    """What lies at `path`, each with the reader that knows it. Raises InputError, saying what is known, for nothing."""
    known = f"name {'; or '.join(reader.WHAT for reader in READERS)}"
    try:
        path.stat()
        files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else []
    except FileNotFoundError:
        raise InputError.at(path, f"nothing lies here; {known}") from None
    except OSError as error:
        raise InputError.at(path, f"it cannot be read ({error.strerror}); {known}") from None
    except ValueError:  # a NUL character in the name
        raise InputError.at(repr(str(path)), f"no file can have this name; {known}") from None
    if score.takes(path):
        return [(path, score)]
    if evaluations := score.evaluations(path):
        return [(evaluations[0], score)]
    found = [(path, reader) for reader in OF_FOLDERS if reader.takes(path)]
    found += [(file, reader) for file in files or [path] if (reader := _of_table(file)) is not None]
    if not found:
        raise InputError.at(path, f"nothing here is known; {known}")
    return found if path.is_dir() else found[:1]


def runs_of(inputs: Sequence[Input]) -> list[Path]:
    """The folders of `score` among the inputs. Raises InputError for one without settings, and for unknown paths."""
    found = [place for given in inputs for place, reader in places(given.path) if reader is score]
    for folder in found:
        read_settings_file(folder)
    return found


def _read(place: Path, reader: ModuleType, skip_damaged: bool, rule: str | None) -> Part:
    if reader is organisms:
        return organisms.read(place, rule)
    part: Part = reader.read(place) if reader in OF_TABLES else reader.read([place], skip_damaged=skip_damaged)
    return part


def _of_table(path: Path) -> ModuleType | None:
    if path.name.startswith(".") or any(reader.takes(path) for reader in OF_FOLDERS):
        return None
    return next((reader for reader in OF_TABLES if reader.takes(path)), None)


def _named(given: Input, part: Part) -> Part:
    if given.arm is None or part.arms == (given.arm,):
        return part
    if part.names_arms and len(part.arms) > 1:
        several = ", ".join(part.arms)
        message = f"this holds the arms {several}, which are not one; leave {given.arm}= out"
        raise InputError.at(given.path, message)
    return renamed(part, {}, given.arm)


def _refuse_copies(parts: Sequence[Part]) -> None:
    """Tables have no numbers of their own for their responses, so that a copy would not be noticed; and two of one name
    would be one arm that nobody has named."""
    content: dict[bytes, Path] = {}
    owners: dict[tuple[str, str], Path] = {}
    for file, found in (each for part in parts if part.of_files for each in part.files):
        digest = hashlib.sha256(file.read_bytes()).digest()
        if digest in content:
            raise InputError.at(file, f"the same responses are in {content[digest]} too; name each file once")
        content[digest] = file
        for arm, label in dict.fromkeys((row.arm, row.checkpoint) for row in found):
            if arm == label and (arm, label) in owners:
                message = f"the arm would be {arm}, as that of {owners[arm, label]}; name it: ARM={file}"
                raise InputError.at(file, message)
            owners[arm, label] = file
