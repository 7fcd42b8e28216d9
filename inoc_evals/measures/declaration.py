"""What a measure declares. One measure is one file in this folder, whose `MEASURE` is a `Measure`."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from inoc_evals.definitions.fields import NAME, Options, Strict
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale

if TYPE_CHECKING:
    from inoc_evals.definitions.item import Item
    from inoc_evals.protocols.requests import Reply, Request
    from inoc_evals.protocols.trajectory import Trajectory

# What a run must have, beside the evaluated model, for a measure to give values.
Need = Literal["judge", "sandbox", "exact probabilities", "first words"]
# Under which key of task.yaml a measure is asked for. `measures` is open to every name in the registry.
Section = Literal["measures", "ratings", "outcomes"]
# Yields lists of requests, is sent the replies in the same order, and returns a reading for every ending of its keys.
Measuring = Generator[Sequence["Request"], Sequence["Reply"], Mapping[str, Reading]]
Setting = TypeVar("Setting")


def no_check(_: Any) -> None:
    """Every option that the model allows can be used."""


def no_item_check(_: Any, __: Item) -> None:
    """The measure reads nothing of an item that could be missing."""


def no_set_check(_: Any, __: Sequence[Item]) -> None:
    """The measure can read any items, whatever they are together."""


def compares_with(key: str) -> Callable[[Any, Item], None]:
    """A `check_item` of a measure that compares with the text `key` of an item's `data`."""

    def check(_: Any, item: Item) -> None:
        if key not in item.data:
            raise InputError(f"its `data` lacks `{key}`, to compare with; add it, or name items of this task")
        value = item.data[key]
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"`{key}` in its `data` must be a text to compare with, not {shown(value)}")

    return check


@dataclass(frozen=True)
class Measure(Generic[Setting]):
    """A measure: its `name` (that of its file), its `options` in task.yaml, and what it does.

    `scales` gives, for options that may still hold {parameters}, the scale of every value by the ending of its key: a
    measure that a task calls x gives the value "x" for the ending "", and "x_exact" for "exact". The endings must not
    depend on parameters. `ask` reads a trajectory, with every {parameter} filled in; it is a generator that yields
    requests and calls nothing itself. A measure has `derive` instead where it reads the values of others, by key.
    `check` raises InputError for filled-in options with which it could not read anything, `check_item` for an item
    without what the measure wants to know of it, and `check_set` for items none of which has it.
    """

    name: str
    options: type[Strict]
    scales: Callable[[Any], Mapping[str, Scale]]
    ask: Callable[[Setting, Trajectory], Measuring] | None = None
    derive: Callable[[Setting, Mapping[str, Reading]], Reading] | None = None
    check: Callable[[Setting], None] = no_check
    check_item: Callable[[Setting, Item], None] = no_item_check
    check_set: Callable[[Setting, Sequence[Item]], None] = no_set_check
    needs: frozenset[Need] = frozenset()
    section: Section = "measures"

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME, self.name):
            raise ValueError(f"the name {self.name!r} must match {NAME}")
        if self.section == "measures" and not (isinstance(self.options, type) and issubclass(self.options, Options)):
            raise ValueError("its options are no model made from inoc_evals.definitions.fields.Options")
        if (self.ask is None) == (self.derive is None):
            raise ValueError("it needs either `ask` or `derive`")

    def keys(self, name: str, options: Any) -> tuple[str, ...]:
        """The value keys of this measure where a task calls it `name`."""
        return tuple(value_key(name, ending) for ending in self.scales(options))


OptionsT = TypeVar("OptionsT", bound=Options)


def detector(
    name: str,
    options: type[OptionsT],
    scales: Callable[[OptionsT], Mapping[str, Scale]],
    read: Callable[[OptionsT, str], Mapping[str, Reading]],
    check: Callable[[OptionsT], None] = no_check,
) -> Measure[OptionsT]:
    """A measure that reads the model's last answer and asks nobody: `read` gets filled-in options and the text, and
    returns a reading for every ending of `scales`."""

    def ask(filled: OptionsT, trajectory: Trajectory) -> Measuring:
        return read(filled, trajectory.response)
        yield  # a generator that yields nothing

    return Measure(name, options, scales, ask, check=check)


def value_key(name: str, ending: str) -> str:
    """The key of a value: the name that the task gives the measure, and the ending of the value."""
    return f"{name}_{ending}" if ending else name
