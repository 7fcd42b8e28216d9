"""What judges are expected to take, from the lengths of prompts. No judge is asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inoc_evals.judging.expected import CHARACTERS_PER_TOKEN, SHORT_RESPONSE, Expected, ToRate, expected
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.thinking import JUDGE, ROOM
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.trajectory import question_of, system_of


def judging(plans: Iterable[Plan], checkpoints: int, judges: Sequence[str], prices: Prices | None) -> list[Expected]:
    """What each of the judges takes for the ratings of all plans, each with so many checkpoints."""
    work = [each for plan in plans if plan.judged for each in _of_plan(plan, checkpoints)]
    return [expected(judge, work, prices) for judge in judges] if work else []


def own_characters(instrument: Instrument) -> int:
    """How many characters of a judge's prompt are not of what is judged."""
    return len(render(instrument, Material("", question="", system="")))


def shown_characters(instrument: Instrument, material: Material) -> int:
    """About how many characters a judge is shown of what is judged."""
    sees_system = instrument.rubric is not None and instrument.rubric.shows_system_prompt
    shown = [material.answer, material.reasoning]
    shown += [material.question] * instrument.sees_question + [material.system] * sees_system
    return sum(len(text) for text in shown if text)


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
    return ToRate((missing, len(responses)), instrument.kind == "reasoned", answers, (mean, mean))


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
            ends = (mean + CHARACTERS_PER_TOKEN * shortest, mean + CHARACTERS_PER_TOKEN * longest)
            yield ToRate((count, count), instrument.kind == "reasoned", plan.ratings, ends)


def _mean(instrument: Instrument, materials: Sequence[Material]) -> int:
    """The mean length of the prompts, in characters: of prompts of many lengths it decides what all of them take."""
    if not materials:
        return 0
    shown = sum(shown_characters(instrument, each) for each in materials)
    return own_characters(instrument) + round(shown / len(materials))
