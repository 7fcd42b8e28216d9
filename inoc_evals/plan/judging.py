"""What judges are expected to take, from what prompts hold. No judge is asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, fsum

from inoc_evals.judging.expected import SHORT_RESPONSE, Expected, Span, ToRate, expected
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.judging.tokens import Rates, estimated_tokens
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.thinking import JUDGE, ROOM
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.trajectory import question_of, system_of


def judging(plans: Iterable[Plan], checkpoints: int, judges: Sequence[str], prices: Prices | None) -> list[Expected]:
    """What each of the judges takes for the ratings of all plans, each with so many checkpoints."""
    work = [each for plan in plans if plan.judged for each in _of_plan(plan, checkpoints)]
    return [expected(judge, work, prices) for judge in judges] if work else []


def _own_tokens(instrument: Instrument) -> Rates:
    """About how many tokens of a judge's prompt are not of what is judged, at least and at most."""
    return estimated_tokens(render(instrument, Material("", question="", system="")))


def _shown_tokens(instrument: Instrument, material: Material) -> Rates:
    """About how many tokens a judge is shown of what is judged, at least and at most."""
    sees_system = instrument.rubric is not None and instrument.rubric.shows_system_prompt
    shown = [material.answer, material.reasoning]
    shown += [material.question] * instrument.sees_question + [material.system] * sees_system
    return estimated_tokens("\n".join(text for text in shown if text))


@dataclass(frozen=True)
class Responses:
    """Responses that are there, each with whether it has the rating by `instrument` already; `answers` are drawn for it
    where a judge is not read exactly."""

    instrument: Instrument
    answers: int
    shown: Sequence[tuple[Material, bool]]


def of_responses(instrument: Instrument, answers: int, responses: Sequence[tuple[Material, bool]]) -> ToRate:
    """The ratings of responses that are there, each with whether it has one already."""
    mean = _mean(instrument, [material for material, _ in responses])
    missing = sum(not rated for _, rated in responses)
    return ToRate((missing, len(responses)), instrument.kind == "reasoned", answers, mean)


def _of_plan(plan: Plan, checkpoints: int) -> Iterator[ToRate]:
    longest = plan.max_tokens
    if plan.thinking.reasoning == JUDGE:
        longest += plan.thinking.tokens or ROOM
    shortest = min(SHORT_RESPONSE, plan.max_tokens)
    for name, instrument in plan.instruments.items():
        only = plan.task.ratings[name].only
        materials = [
            Material("", question_of(messages), system_of(messages))
            for item, condition in plan.asked()
            if only is None or item.category in only
            for messages in [presented(item, condition)]
        ]
        if materials:
            mean = _mean(instrument, materials)
            count = len(materials) * plan.samples * checkpoints
            ends = (mean[0] + shortest, mean[1] + longest)
            yield ToRate((count, count), instrument.kind == "reasoned", plan.ratings, ends)


def _mean(instrument: Instrument, materials: Sequence[Material]) -> Span:
    """The mean length of the prompts in tokens, at least and at most: of prompts of many lengths it decides what all
    take."""
    if not materials:
        return 0, 0
    own, shown = _own_tokens(instrument), [_shown_tokens(instrument, each) for each in materials]
    least, most = (ceil(own[end] + fsum(each[end] for each in shown) / len(shown)) for end in (0, 1))
    return least, most
