"""The prompts that the arms of a run were trained under, for conditions that speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.template_default import template_default
from inoc_evals.checkpoints.trained import trained_with
from inoc_evals.definitions.training_prompt import KnownPrompts, TrainedWith
from inoc_evals.plan.arguments import PROMPTS_OF_ARMS
from inoc_evals.plan.compiled import speaks_of_prompts

Arguments = Mapping[str, Mapping[str, Any]]


def with_prompts(arguments: Arguments, members: Sequence[Member], groups: Iterable[Served]) -> Arguments:
    """The arguments by task, those with conditions that speak of prompts with the prompts of the `members`, unless
    prompts are given already."""
    asking = [name for name, given in arguments.items() if PROMPTS_OF_ARMS not in given and speaks_of_prompts(given)]
    if not asking:
        return arguments
    known = prompts_of(members, groups).model_dump(exclude_defaults=True)
    return {name: {**given, PROMPTS_OF_ARMS: known} if name in asking else given for name, given in arguments.items()}


def prompts_of(members: Sequence[Member], groups: Iterable[Served]) -> KnownPrompts:
    """What the arms say themselves, and else the records of their trainings. The default of the chat template is told
    where all bases have the same."""
    arms: dict[str, TrainedWith] = {}
    unknown: list[str] = []
    for member in members:
        if member.arm in arms or member.arm in unknown:
            continue
        recorded, is_recorded = trained_with(member.checkpoint) if member.checkpoint is not None else (None, False)
        told = _joined(member.trained_with, recorded)
        if told is not None and told.prompt is not None:
            arms[member.arm] = told
        elif not is_recorded and _is_trained(member):
            unknown.append(member.arm)
    defaults = {template_default(Path(group.base.base)) for group in groups if group.base.is_here}
    return KnownPrompts(arms=arms, template_default=defaults.pop() if len(defaults) == 1 else None, unknown=unknown)


def _joined(said: TrainedWith | None, recorded: TrainedWith | None) -> TrainedWith | None:
    """What an arm's author says comes before the record, prompt and placement together."""
    if said is None or recorded is None:
        return said or recorded
    own = said.model_dump(exclude_none=True)
    if said.prompt is None:
        del own["placement"]
    return recorded.model_copy(update=own)


def _is_trained(member: Member) -> bool:
    """Was it trained on something that we might not know? What is a model of its own is taken for a base."""
    return member.checkpoint is not None and member.checkpoint.adapter is not None
