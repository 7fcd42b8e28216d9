"""Several checkpoints in one word: a pattern, here or on the hub, and a file with one checkpoint a line."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.hub_faults import Absent
from inoc_evals.checkpoints.hub_id import HUB, HubId, read_hub_id
from inoc_evals.checkpoints.of_hub import is_checkpoint
from inoc_evals.definitions.arms import NamedCheckpoint, beside
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

LIST = ".txt"
_WILD = re.compile(r"[*?]")
_PATTERN = re.compile(r"(?P<repository>[^/@*?]+/[^/@*?]+)/(?P<folder>[^@]+)(?P<revision>@.*)?\Z", re.DOTALL)
_COMMENT = "#"
# Larger files are no lists.
_LARGEST = 1_000_000


def is_list(reference: str) -> bool:
    """Does it name a file of checkpoints?"""
    return reference.endswith(LIST) and os.path.isfile(reference)  # noqa: PTH113 - raises for no name


def without_pattern(reference: str) -> str:
    """What an arm of a pattern or of a file of checkpoints is called after."""
    if is_list(reference):
        return reference.removesuffix(LIST)
    if not _WILD.search(reference):
        return reference
    return re.sub(r"/+(?=@|$)", "", re.sub(r"[*?]+", "", reference))


def spread(
    named: Iterable[NamedCheckpoint], hub: Hub, is_hosted: Callable[[str], bool], faults: Faults
) -> list[NamedCheckpoint]:
    """Each checkpoint that is named one by one, in the order of names with numbers by their size. What `is_hosted` is
    left alone."""
    found: list[NamedCheckpoint] = []
    for one in named:
        with faults.placed(one.place):
            lines = _lines(one) if is_list(one.reference) else [one]
            for line in lines:
                with faults.placed(line.place):
                    found += _matches(line, hub, is_hosted)
    return found


def _lines(named: NamedCheckpoint) -> Iterator[NamedCheckpoint]:
    path = Path(named.reference)
    if path.stat().st_size > _LARGEST:
        raise InputError.at(path, "too large for a file of checkpoints; write one checkpoint a line")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError.at(path, "no UTF-8 text; write one checkpoint a line") from None
    written = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    written = [(number, line) for number, line in written if line and not line.startswith(_COMMENT)]
    if not written:
        raise InputError.at(path, "there is no checkpoint in it; write one a line")
    for number, line in written:
        yield replace(named, reference=beside(path, line), place=f"{path}:{number}:1")


def _matches(named: NamedCheckpoint, hub: Hub, is_hosted: Callable[[str], bool]) -> list[NamedCheckpoint]:
    reference = named.reference
    if not _WILD.search(reference) or "://" in reference or os.path.exists(reference):  # noqa: PTH110 - raises for no name
        return [named]
    here = [path for path in glob.glob(os.path.expanduser(reference)) if _holds_one(Path(path))]  # noqa: PTH111, PTH207
    if here:
        return [replace(named, reference=path) for path in sorted(here, key=_by_number)]
    if not reference.startswith(HUB) and is_hosted(reference):
        return [named]
    prefix = HUB if reference.startswith(HUB) else ""
    found = _PATTERN.match(reference.removeprefix(HUB))
    asked = read_hub_id(found["repository"] + (found["revision"] or "")) if found is not None else None
    if found is None or asked is None:
        remedy = "correct it, or write hub:ORG/NAME/PATTERN@REVISION"
        raise InputError(f"{shown(reference)} fits no folder of a checkpoint here; {remedy}")
    return [
        replace(named, reference=f"{prefix}{HubId(asked.repository, folder, asked.revision)}")
        for folder in _on_hub(asked, found["folder"], hub, reference)
    ]


def _on_hub(asked: HubId, pattern: str, hub: Hub, reference: str) -> list[str]:
    try:
        folders = hub.folders(asked)
    except Absent as error:
        # Most likely a pattern of folders here with a slip in it.
        raise InputError(f"{shown(reference)} fits no folder of a checkpoint here, and {error}") from error
    usable = [folder for folder, names in folders.items() if is_checkpoint(names)]
    fitting = sorted((folder for folder in usable if _fits(folder, pattern)), key=_by_number)
    if not fitting:
        some = ", ".join(sorted(filter(None, usable), key=_by_number)[:3]) or "none"
        raise InputError(f"no folder of a checkpoint fits {shown(reference)}; folders of {asked} that hold one: {some}")
    for folder in fitting:
        if read_hub_id(f"{asked.repository}/{folder}") is None:
            remedy = "name folders without such characters one by one"
            raise InputError(
                f"{shown(reference)} also fits {shown(folder)}, which cannot be written as an id; {remedy}"
            )
    return fitting


def _fits(folder: str, pattern: str) -> bool:
    """A star stands for a part of one name, not for folders in folders."""
    names, patterns = folder.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def _holds_one(folder: Path) -> bool:
    return folder.is_dir() and is_checkpoint({path.name for path in folder.iterdir()})


def _by_number(text: str) -> list[tuple[int, str]]:
    """Sorts seed-2 before seed-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]
