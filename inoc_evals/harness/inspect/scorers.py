"""The one scorer: a task's measures on every response of a sample."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from inspect_ai.model import ChatMessageSystem, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import TaskState

from inoc_evals.definitions.catalog import find_task
from inoc_evals.harness.inspect.graders import graders
from inoc_evals.harness.inspect.metrics import contrasts, other_answers, per_question, rates
from inoc_evals.harness.inspect.stopping import under_way
from inoc_evals.measures.measuring import Measured, detect, judge, merge, outcomes, task_instruments

LATER = "later"


@scorer(metrics=[rates(), contrasts(), per_question(), other_answers()])
def measures(
    task: str,
    parameters: dict[str, str],
    rules: dict[str, str] | None = None,
    judge_when: str = "now",
    ratings: int = 5,
    prompts: dict[str, str] | None = None,
) -> Scorer:
    """Values of all measures of our task `task` under its `parameters`, for every response of a sample.

    The score's value is the mean over the sample's responses, for the eye; NaN where all are missing. Values, causes
    of exclusion and details of each response are in the metadata under `responses`, and the metrics are made of those.
    `rules` make outcomes of ratings; `prompts` are published judge prompts in the place of rubrics. With
    `judge_when="later"` ratings are missing, with the cause "not_rated".
    """
    _, definition = find_task(task)
    instruments = task_instruments(definition, parameters, prompts)
    asks = bool(instruments) and judge_when != LATER

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - inspect's signature
        judges = graders(ratings) if asks else []
        question, system, prefill = _given(state)
        texts = [choice.message.text for choice in state.output.choices]

        async def one(text: str) -> Measured:
            detected = detect(definition, parameters, text)
            if not instruments:
                return detected
            from inoc_evals.judging.prompt import Material

            async with under_way():
                rated = await judge(instruments, judges, Material(prefill + text, question, system))
            return merge(definition, outcomes(definition, rules or {}, rated), rated, detected)

        found = await asyncio.gather(*map(one, texts))
        for each in judges:
            await each.rest()
        return Score(
            value=_mean(found, definition.value_keys()),
            answer=texts[0] if len(texts) == 1 else f"{len(texts)} responses",
            explanation=_listing(texts, found) if instruments or len(texts) > 1 else None,
            metadata={
                "responses": [_stored(one, cut) for one, cut in zip(found, _truncated(state.output), strict=True)],
                "ratings": list(definition.ratings),
                "outcomes": list(definition.outcomes),
                "reference": definition.reference,
                "judges": [each.id for each in judges],
                "instruments": {name: instrument.identity for name, instrument in instruments.items()},
            },
        )

    return score


def _given(state: TaskState) -> tuple[str, str | None, str]:
    """The user's message, the system prompt, and the beginning of the answer that the model was given."""
    system = next((message.text for message in state.messages if isinstance(message, ChatMessageSystem)), None)
    prefill = str(state.metadata.get("prefill") or "")
    return state.user_prompt.text, system, prefill


def _truncated(output: ModelOutput) -> list[bool]:
    return [choice.stop_reason == "max_tokens" for choice in output.choices]


def _stored(found: Measured, truncated: bool) -> dict[str, Any]:
    return {
        "values": dict(found.values),
        "causes": dict(found.causes),
        "details": {key: dict(details) for key, details in found.details.items() if details},
        "truncated": truncated,
    }


def _mean(found: Sequence[Measured], keys: Sequence[str]) -> dict[str, str | int | float | bool | None]:
    result: dict[str, str | int | float | bool | None] = {}
    for key in keys:
        values = [value for one in found if (value := one.values.get(key)) is not None]
        result[key] = fmean(values) if values else math.nan
    return result


def _listing(texts: Sequence[str], found: Sequence[Measured]) -> str:
    """All responses with their values, for reading in `inspect view`."""
    parts = []
    for number, (text, one) in enumerate(zip(texts, found, strict=True), start=1):
        shown = ", ".join(_shown(key, value, one.causes) for key, value in one.values.items())
        quoted = "\n".join(f"> {line}" for line in text.splitlines() or [""])
        parts.append(f"**{number}.** {shown}\n\n{quoted}")
    return "\n\n".join(parts)


def _shown(key: str, value: float | None, causes: Mapping[str, str]) -> str:
    return f"{key} {value:.3g}" if value is not None else f"{key} missing ({causes.get(key, 'unknown')})"
