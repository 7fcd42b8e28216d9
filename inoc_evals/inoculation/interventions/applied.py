"""An intervention in a training: what identifies it, and what it does around the steps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.interventions.registry import interventions
from inoc_evals.inoculation.low_rank import adapter_sha256
from inoc_evals.inoculation.place import RECORD
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.steering.direction import direction_sha256

# Of a training and of those before it that it needs.
IN_ALL = "in_all"
SPENT = ("seconds", "examples_seen", "tokens_seen")


def identity_of(applied: Applied | None, to_be_trained: str | None = None) -> dict[str, Any] | None:
    """What makes two interventions the same: name, settings, and what the adapter or the direction adds, wherever it
    lies. An adapter that is `to_be_trained` is what that identifies. Raises InputError for one that is not there, or
    damaged."""
    if applied is None:
        return None
    adapter = to_be_trained or (None if applied.adapter is None else adapter_sha256(applied.adapter))
    told = {"name": applied.name, "settings": dict(applied.settings), "adapter_sha256": adapter}
    return told if applied.direction is None else {**told, "direction_sha256": direction_sha256(applied.direction)}


def spent_in_all(record: Mapping[str, Any], applied: Applied | None) -> dict[str, float | None]:
    """What a training with this `record` took, with the trainings that gave the adapter it uses: seconds, and examples
    and tokens seen. None where nobody noted it of these."""
    before: Mapping[str, Any] = dict.fromkeys(SPENT, 0)
    if applied is not None and applied.adapter is not None:
        before = {}
        with suppress(InputError):
            noted = read_object(applied.adapter / RECORD, "the record of a training").get(IN_ALL)
            before = noted if isinstance(noted, Mapping) else {}
    sums = {key: (record[key], before.get(key)) for key in SPENT}
    return {key: None if earlier is None else round(own + earlier, 1) for key, (own, earlier) in sums.items()}


def around(trainer: Any, applied: Applied | None, recipe: Recipe) -> AbstractContextManager[None]:
    """What is to be entered around the steps of a training."""
    during = None if applied is None else interventions()[applied.name].during
    return nullcontext() if applied is None or during is None else during(trainer, applied, recipe)
