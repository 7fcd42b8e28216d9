"""Scoring models of providers and of other servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inoc_evals.checkpoints.arms import Member
from inoc_evals.commands.plan_screen import hosted_weights, run_kind
from inoc_evals.commands.score.asking import evaluate
from inoc_evals.commands.score.scoring import Scoring
from inoc_evals.commands.turns import turns
from inoc_evals.plan.duration import remember

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Asked

HOSTED = "hosted"


def score_hosted(scoring: Scoring, judges: Sequence[Model]) -> None:
    """Ask all of them that are asked something now."""
    made, seconds = 0, 0.0
    for folder, models in hosted_models(scoring.asked_members).items():
        asked = [replace(model, wanted=scoring.wanted(model.arm)) for model in models]
        in_turns = turns([model.label for model in asked], scoring.place(folder))
        pace = evaluate(scoring, asked, in_turns, judges)
        made, seconds = made + pace.made, seconds + pace.seconds
    hosted = [member for member in scoring.members if member.checkpoint is None]
    remember(run_kind(scoring.request, scoring.checked, hosted_weights(hosted)), 0.0, made, seconds)


def hosted_models(members: Sequence[Member]) -> dict[str, list[Asked]]:
    """Hosted models by the folder of their logs. A provider's model has one name, however many arms ask it, and the
    models of a folder need different ones."""
    from inoc_evals.client.models import named_model
    from inoc_evals.harness.inspect.asked import Asked

    folders: dict[str, list[Asked]] = {}
    for member in sorted(members, key=lambda member: member.label):
        if member.checkpoint is not None:
            continue
        # Two addresses may know different weights by one name; the label tells them apart, in the logs too.
        model = named_model(member.reference, "checkpoint", member.label)
        number = sum(str(other.model) == str(model) for asked in folders.values() for other in asked) + 1
        folder = HOSTED if number == 1 else f"{HOSTED}-{number}"
        folders.setdefault(folder, []).append(Asked(member.label, member.arm, model, member.variation))
    return folders
