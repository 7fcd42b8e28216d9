"""What a protocol declares. One protocol is one file in this folder, whose `PROTOCOL` is a `Protocol`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inoc_evals.definitions.fields import Name, Strict

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item
    from inoc_evals.protocols.trajectory import Asking

# What a protocol's trajectories hold for measures to read.
Gives = Literal["text", "probabilities", "anything"]


class Way(Strict):
    """What a task says under `protocol`: the name of one in the registry, and the fields that it adds to this model."""

    name: Name


@dataclass(frozen=True)
class Settings:
    """How a task is asked in this run: the task's own `way`, the values of its parameters, how many responses one
    request asks for at most, and the folder that holds the task."""

    way: Any
    parameters: Mapping[str, str] = field(default_factory=dict)
    choices: int = 1
    folder: Path = Path()


def no_check(_: Item, __: Settings) -> None:
    """Every item can be asked so."""


def no_files(_: Settings) -> Sequence[Path]:
    """The definition alone decides what is asked."""
    return ()


@dataclass(frozen=True)
class Protocol:
    """A protocol: its `name` (that of its file), its fields in task.yaml, and the generator that asks.

    `ask` yields lists of requests, is sent lists of replies in the same order, and returns trajectories. `several` says
    that one asking may give several of them (`Settings.choices`), `at_once` that it yields once; None: nobody knows
    before. The probabilities of one with `words` are those of an answer's first word, and of no options. `check` raises
    InputError for an item that cannot be asked so, before anything is paid for. `files` are those of the task's folder,
    beside its definition, that decide what is asked.
    """

    name: str
    way: type[Way]
    ask: Callable[[Item, Condition, Settings], Asking]
    gives: Gives = "text"
    several: bool = False
    at_once: bool | None = True
    words: bool = False
    check: Callable[[Item, Settings], None] = no_check
    files: Callable[[Settings], Sequence[Path]] = no_files
