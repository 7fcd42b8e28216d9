"""Trajectories as plain values, for the logs of a harness."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from inoc_evals.protocols.requests import Chosen, Message, Rendered
from inoc_evals.protocols.trajectory import FirstWords, Trajectory

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item


def stored(trajectory: Trajectory) -> dict[str, Any]:
    """Everything of a trajectory but its item and its condition, as values that JSON can hold; what is empty is left
    out."""
    plain = {
        name: adapter.dump_python(value, mode="json", exclude_defaults=True)
        for name, adapter in _adapters().items()
        if (value := getattr(trajectory, name))
    }
    for chosen in plain.get("chosen", {}).values():
        # JSON has no infinity, and an impossible form is a form.
        chosen["logs"] = _each_log(chosen["logs"], lambda log: None if math.isinf(log) else log)
    return plain


def restored(item: Item, condition: Condition, plain: Mapping[str, Any]) -> Trajectory:
    """The trajectory of which `stored` made `plain`. Raises pydantic's ValidationError for anything else."""
    whole = dict(plain)
    if isinstance(whole.get("chosen"), dict):
        whole["chosen"] = {
            order: {**chosen, "logs": _each_log(chosen["logs"], lambda log: -math.inf if log is None else log)}
            for order, chosen in whole["chosen"].items()
        }
    parts = {name: adapter.validate_python(whole[name]) for name, adapter in _adapters().items() if name in whole}
    return Trajectory(item, condition, **{"given": (), **parts})


def _each_log(logs: Mapping[str, Mapping[str, Any]], change: Any) -> dict[str, dict[str, Any]]:
    return {option: {form: change(log) for form, log in forms.items()} for option, forms in logs.items()}


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    return {
        "given": TypeAdapter(tuple[Message, ...]),
        "turns": TypeAdapter(tuple[Message, ...]),
        "chosen": TypeAdapter(dict[str, Chosen]),
        "words": TypeAdapter(FirstWords),
        "files": TypeAdapter(dict[str, str]),
        "noted": TypeAdapter(dict[str, Any]),
        "stop_reason": TypeAdapter(str),
        "rendered": TypeAdapter(Rendered),
    }
