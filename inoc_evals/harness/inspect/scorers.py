"""The one scorer: a task's measures on the response."""

from __future__ import annotations

import math

from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import TaskState

from inoc_evals.harness.inspect.metrics import other_answers, rates
from inoc_evals.measures import measure_response
from inoc_evals.spec.catalog import find_task


@scorer(metrics=[rates(), other_answers()])
def measures(task: str, parameters: dict[str, str]) -> Scorer:
    """Values of all measures of our task `task` under its `parameters`; NaN marks an excluded value.

    The value always has the same keys. Causes of exclusion, the detectors' details and whether the response was cut
    off by the token limit are in the score's metadata.
    """
    _, definition = find_task(task)

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - inspect's signature
        text = state.output.completion
        measured = measure_response(definition, parameters, text)
        return Score(
            value={key: math.nan if value is None else value for key, value in measured.values.items()},
            answer=text,
            metadata={
                "causes": dict(measured.causes),
                "details": {key: dict(details) for key, details in measured.details.items()},
                "truncated": state.output.stop_reason == "max_tokens",
            },
        )

    return score
