"""A file of candidate prompts: one a line, each with a name before it in square brackets, or without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.definitions.reading import decode, read_bytes
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

# The arm without a prompt; a candidate of this name could not be told from it.
NO_PROMPT = "none"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_EXAMPLE = "write [name] and the prompt behind it, or the prompt alone"
_NAMES = "a name is letters, digits, '_', '.' and '-', and begins with a letter or digit"


@dataclass(frozen=True)
class Candidate:
    """A prompt that may be trained with. `name` can be an arm's; `line` counts from 1."""

    name: str
    prompt: str
    line: int


def read_candidates(path: Path) -> tuple[Candidate, ...]:
    """The candidates of a text file in UTF-8, in its order. `[name] prompt` is one with a name; one without is called
    prompt-N, where N is its line. Empty lines, and lines that begin with `#`, say nothing.

    Raises InputError with file:line:column for everything that is wrong: names that no arm can have, names and prompts
    that stand there twice, names without a prompt, and fewer than two candidates.
    """
    text = decode(path, read_bytes(path, "a file of candidate prompts, one a line"))
    found: list[Candidate] = []
    faults: list[str] = []
    # Only "\n" ends a line: a prompt may hold whatever else str.splitlines would cut at.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(_candidate(path, line, number, found))
        except InputError as error:
            faults += error.faults
    if len(found) < 2 and not faults:
        faults.append(f"{path}: a ranking needs two candidates or more, and here are {len(found)}; {_EXAMPLE}")
    if faults:
        raise InputError.of(faults)
    return tuple(found)


def _candidate(path: Path, line: str, number: int, before: list[Candidate]) -> Candidate:
    start = len(line) - len(line.lstrip())
    name, prompt, place = f"prompt-{number}", line.strip(), start
    if line[start] == "[":
        end = line.find("]", start)
        if end < 0:
            message = f"a name begins here and no ] ends it; {_EXAMPLE}"
            raise InputError.at(path, message, number, start + 1)
        name, prompt, place = line[start + 1 : end], line[end + 1 :].strip(), end + 1
        if not _LABEL.fullmatch(name):
            raise InputError.at(path, f"{shown(name)} is no name of an arm; {_NAMES}", number, start + 2)
        if not prompt:
            raise InputError.at(path, f"candidate {name} has no prompt; {_EXAMPLE}", number, end + 2)
    if name == NO_PROMPT:
        message = f"{NO_PROMPT} is the arm without a prompt; choose another name"
        raise InputError.at(path, message, number, start + 2)
    for fault in _doubles(name, prompt, before):
        raise InputError.at(path, fault, number, place + 1)
    return Candidate(name, prompt, number)


def _doubles(name: str, prompt: str, before: list[Candidate]) -> Iterator[str]:
    for other in before:
        if other.name == name:
            yield f"the name {name} stands already in line {other.line}; names must be unique"
        if other.prompt == prompt:
            yield f"this prompt stands already in line {other.line}; name each once"
