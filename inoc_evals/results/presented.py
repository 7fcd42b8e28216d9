"""How the conditions of a task came about, as a log of ours notes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shown:
    """One condition: the `text` that it puts in `place` (system, user, trigger or prefill; "" where it puts none), and
    the arms of whose prompt in training it was made."""

    name: str
    place: str
    text: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Presented:
    """The conditions of a task in their order. `preset` is what they were named by ("": they are the task's own),
    `reference` the one that others are compared with. `missing` says of those that could not be made why."""

    preset: str
    reference: str | None
    shown: tuple[Shown, ...]
    missing: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all conditions."""
        return tuple(one.name for one in self.shown)


def presented_of(noted: Mapping[str, Any]) -> Presented | None:
    """What the metadata of a log say of its conditions; None where they say nothing of several."""
    grid, conditions = noted.get("grid"), noted.get("conditions")
    if not isinstance(grid, Mapping) or not isinstance(conditions, list):
        return None
    of, missing, reference = grid.get("of"), grid.get("missing"), grid.get("reference")
    arms = {name: tuple(map(str, each)) for name, each in of.items()} if isinstance(of, Mapping) else {}
    shown = tuple(
        Shown(name, *_put(one), arms.get(name, ()))
        for one in conditions
        if isinstance(one, Mapping) and isinstance(name := one.get("name"), str) and name
    )
    return Presented(
        preset=str(grid.get("preset", "")),
        reference=reference if isinstance(reference, str) else None,
        shown=shown,
        missing={str(name): str(why) for name, why in missing.items()} if isinstance(missing, Mapping) else {},
    )


def _put(condition: Mapping[str, Any]) -> tuple[str, str]:
    """Where a condition puts something, and what; of several the one that is said first."""
    for key, place in (("trigger", "trigger"), ("user_prompt", "user"), ("prefill", "prefill")):
        if isinstance(text := condition.get(key), str):
            return place, text
    system = condition.get("system_prompt")
    return ("system", system) if isinstance(system, str) else ("", "")
