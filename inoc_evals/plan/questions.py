"""The items of a run: the task's own, or those of a file or instrument that the user names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.instruments.decisions import is_decisions, load_decisions
from inoc_evals.instruments.em_yaml import load_em_yaml
from inoc_evals.instruments.mbpp import load_mbpp
from inoc_evals.instruments.opinions import is_opinions, load_opinions
from inoc_evals.instruments.published import CHAT_ROWS, find_instrument, installed_path, not_installed
from inoc_evals.instruments.reviews import is_reviews, load_reviews

INSTRUMENT = "instrument:"


@dataclass(frozen=True)
class Questions:
    """Items with what else their `file` brings: a number of `samples`, and judge `prompts` by name."""

    file: Path
    items: tuple[Item, ...]
    samples: int | None
    prompts: Mapping[str, str]


def read_questions(own: Path, named: str | None) -> Questions:
    """The items of the file `own`, unless another one is `named`: JSONL, labelled reviews, decisions about persons, a
    table of survey questions, a question file of the emergent-misalignment repository, MBPP's JSON, or instrument:NAME.
    Raises InputError."""
    if named is None:
        return Questions(own, load_items(own), None, {})
    file = Path(named)
    if named.startswith(INSTRUMENT):
        name = named.removeprefix(INSTRUMENT)
        if find_instrument(name).format == CHAT_ROWS:
            raise InputError(f"instrument {name} holds training rows and no questions; name another")
        installed = installed_path(name)
        if installed is None:
            raise InputError(not_installed(name))
        file = installed
    if file.suffix == ".json":
        return Questions(file, load_mbpp(file), None, {})
    if is_opinions(file):
        return Questions(file, load_opinions(file), None, {})
    if file.suffix in (".yaml", ".yml"):
        file_of_questions = load_em_yaml(file)
        return Questions(file, file_of_questions.items, file_of_questions.samples, file_of_questions.prompts)
    # A pipe can be read only once. Not Path.is_file, which raises for a name that is too long.
    if os.path.isfile(file):  # noqa: PTH113
        if is_reviews(file):
            return Questions(file, load_reviews(file), None, {})
        if is_decisions(file):
            return Questions(file, load_decisions(file), None, {})
    return Questions(file, load_items(file), None, {})


def missing_instrument(named: str | None) -> str | None:
    """The instrument that items are `named` as and that is not installed, if that is so. Raises InputError for an
    unknown one, and for a changed file."""
    if named is None or not named.startswith(INSTRUMENT):
        return None
    name = named.removeprefix(INSTRUMENT)
    return name if installed_path(name) is None else None


def first_of_each_category(items: tuple[Item, ...], limit: int | None) -> tuple[Item, ...]:
    """The first `limit` items of every category, in order; all of them without a limit."""
    if limit is None:
        return items
    seen: dict[str, int] = {}
    kept = []
    for item in items:
        seen[item.category] = seen.get(item.category, 0) + 1
        if seen[item.category] <= limit:
            kept.append(item)
    return tuple(kept)


def responses_together(samples: int, most: int, temperature: float) -> int:
    """How many of an item's `samples` one request asks for: the largest divisor of them that is not above `most`.

    A greedy answer is asked for alone, because servers refuse several of it.
    """
    if temperature == 0:
        return 1
    return next(size for size in range(min(samples, most), 0, -1) if samples % size == 0)
