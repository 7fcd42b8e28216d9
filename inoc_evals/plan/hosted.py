"""What models behind an interface cannot be asked, as far as that is known before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from inoc_evals.checkpoints.arms import ADDRESS, Member
from inoc_evals.checkpoints.providers import goes_on, takes_template
from inoc_evals.client.models import tells_likely_tokens
from inoc_evals.measures.needs import needs
from inoc_evals.plan.compiled import Plan


def hosted_faults(plans: Iterable[Plan], members: Sequence[Member]) -> Iterator[str]:
    """One sentence for every hosted checkpoint and task that it cannot be asked."""
    for plan in plans:
        for member in members:
            if member.checkpoint is None and (fault := _fault(plan, member)):
                yield fault


def _fault(plan: Plan, member: Member) -> str | None:
    if "exact probabilities" in needs(plan.task) and not tells_likely_tokens(member.reference):
        told = f"task {plan.task.name} reads probabilities, and {member.reference} tells none"
        return f"arm {member.arm}: {told}; leave the task out, or serve the model with vLLM"
    enable = plan.thinking.enable if plan.thinking.enable is not None else member.variation.enable_thinking
    if enable is not None and not member.reference.lower().startswith(ADDRESS) and not takes_template(member.reference):
        told = f"{member.reference} takes no arguments of a chat template"
        return f"arm {member.arm}: {told}; leave enable_thinking out, or name the weights, which are served with vLLM"
    # Whether a server tells how likely a prefilled answer goes on is known only when it is asked.
    if plan.protocol.gives != "text" or not _prefilled(plan, member) or goes_on(member.reference):
        return None
    told = f"{member.reference} does not go on with the beginning of an answer, which task {plan.task.name} has"
    return f"arm {member.arm}: {told}; leave prefill out, or name the weights, which are served with vLLM"


def _prefilled(plan: Plan, member: Member) -> bool:
    own = any(condition.prefill is not None for condition in plan.conditions)
    return own or member.variation.prefill is not None
