"""From which checkpoint of a comparison the trainings in it began: its step 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.checkpoints.trained import training_record
from inoc_evals.definitions.arms import Variation


def with_origins(members: Sequence[Member], groups: Sequence[Served]) -> tuple[Member, ...]:
    """The members, those with a step with the label of the model that they were trained from, if that is a member too
    and varies the same."""
    bases = {label: group.base.content_hash for group in groups for label in group.members}
    models: dict[tuple[str, Variation], str] = {}
    for member in members:
        if member.at is None and member.checkpoint is not None and member.checkpoint.adapter is None:
            for name in (bases.get(member.label), member.checkpoint.pinned):
                if name is not None:
                    models.setdefault((name, member.variation), member.label)
    found = []
    for member in members:
        if member.at is not None and member.checkpoint is not None:
            begun = _begun_from(member.checkpoint, bases.get(member.label, ""))
            labels = [models[name, member.variation] for name in begun if (name, member.variation) in models]
            member = replace(member, at=replace(member.at, origin=labels[0] if labels else None))
        found.append(member)
    return tuple(found)


def _begun_from(checkpoint: Checkpoint, served_on: str) -> tuple[str, ...]:
    """What identifies the model that a checkpoint was trained from: a content hash, or a name of the hub at its commit.
    Of a whole model only the record of our own training knows it."""
    if checkpoint.adapter is not None:
        return (served_on,)
    record = training_record(checkpoint)
    return tuple(str(record.get(key)) for key in ("base_sha256", "base"))
