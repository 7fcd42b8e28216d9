"""The one scorer: a task's measures on every response of a sample."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import TaskState

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.task import Task
from inoc_evals.harness.inspect.graders import Before, raters_of
from inoc_evals.harness.inspect.messages import completions, from_inspect
from inoc_evals.harness.inspect.metrics import contrasts, other_answers, per_question, rates
from inoc_evals.harness.inspect.sandboxes import run_code
from inoc_evals.harness.inspect.solvers import TRAJECTORIES
from inoc_evals.harness.inspect.stopping import under_way
from inoc_evals.judging.fulfil import NOTHING_KEPT, Kept
from inoc_evals.judging.panel import NOBODY, Panel
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.measuring import Bound, Measured, bind, measure, read_now
from inoc_evals.measures.needs import needs
from inoc_evals.measures.rating import task_instruments
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.scales import task_scales
from inoc_evals.plan.thinking import JUDGE, KEEP
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.stored import restored
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.results.rated_by import RATED_BY, RatedBy, all_noted

if TYPE_CHECKING:
    from inoc_evals.judging.prompt import Instrument

LATER = "later"


@scorer(metrics=[rates(), contrasts(), per_question(), other_answers()])
def measures(
    task: str,
    parameters: dict[str, str],
    rules: dict[str, str] | None = None,
    judge_when: str = "now",
    ratings: int = 5,
    prompts: dict[str, str] | None = None,
    reasoning: str = KEEP,
    reference: str | None = None,
) -> Scorer:
    """Values of all measures of our task `task` under its `parameters`, for every response of a sample.

    The score's value is the mean over the sample's responses, for the eye; NaN where all are missing. Values, causes
    of exclusion and details of each response are in the metadata under `responses`, and the metrics are made of those.
    `rules` make outcomes of ratings; `prompts` are published judge prompts in the place of rubrics. With
    `judge_when="later"` ratings are missing, with the cause "not_rated"; with `reasoning="judge"` judges are shown what
    the model wrote for itself too. `reference` is the condition with which the others are compared.
    """
    _, definition = find_task(task)
    instruments = task_instruments(definition, parameters, prompts)
    measuring = _Measuring(
        definition,
        instruments,
        bind(definition, parameters, instruments, rules or {}, reasoning=reasoning == JUDGE),
        task_scales(definition, parameters),
        "sandbox" in needs(definition),
        reference,
    )
    asks = bool(instruments) and judge_when != LATER

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - inspect's signature
        panel, before = raters_of((state.sample_id, state.epoch), ratings) if asks else (NOBODY, Before())
        trajectories = _trajectories(state)
        # A sample that failed has no ratings.
        kept = before.ratings if len(before.ratings) == len(trajectories) else [NOTHING_KEPT] * len(trajectories)
        measured = await asyncio.gather(
            *(measuring.measured(*response, panel) for response in zip(trajectories, kept, strict=True))
        )
        await panel.rest()
        return measuring.score(state.output, measured, panel, before)

    return score


@dataclass(frozen=True)
class _Measuring:
    """The measures of a task, each `bound` to its parameters; judges are asked with `instruments`, and with `runs_code`
    what a model wrote is run. `reference` is the condition with which the others are compared."""

    task: Task
    instruments: Mapping[str, Instrument]
    bound: Sequence[Bound]
    scales: Mapping[str, Scale]
    runs_code: bool
    reference: str | None

    async def measured(self, trajectory: Trajectory, kept: Kept, panel: Panel) -> Measured:
        """The values of one response."""
        if not self.instruments and not self.runs_code:
            return read_now(self.bound, trajectory)
        from inoc_evals.harness.measuring import fulfil

        async with under_way():
            return await fulfil(measure(self.bound, trajectory), panel, run_code, kept)

    def score(self, output: ModelOutput, measured: Sequence[Measured], panel: Panel, before: Before) -> Score:
        """What stands in the log: all that our readers and metrics read lies in the metadata."""
        texts = [choice.message.text for choice in output.choices]
        return Score(
            value=_mean(measured, self.task.value_keys()),
            answer=texts[0] if len(texts) == 1 else f"{len(texts)} responses",
            explanation=_listing(texts, measured) if self.instruments or len(texts) > 1 else None,
            metadata={
                "responses": [_stored(values, cut) for values, cut in zip(measured, _truncated(output), strict=True)],
                "ratings": list(self.task.ratings),
                "scales": {
                    key: [scale.low, scale.high, scale.averaged]
                    for key, scale in self.scales.items()
                    if scale.averaged != "share" and key not in self.task.ratings
                },
                "outcomes": list(self.task.outcomes),
                "across": {key: join.model_dump() for key, join in self.task.joins.items()},
                "reference": self.reference,
                "judges": panel.names,
                RATED_BY: _rated_by(panel, before, measured),
                "instruments": {name: instrument.identity for name, instrument in self.instruments.items()},
            },
        )


def _rated_by(panel: Panel, before: Before, measured: Sequence[Measured]) -> dict[str, Any]:
    """Which versions of judges rated, before too where ratings of then are kept."""
    told = rated_by(panel, (values.details for values in measured))
    return all_noted([before.rated_by, {name: RatedBy(**each) for name, each in told.items()}])


def _trajectories(state: TaskState) -> list[Trajectory]:
    """What the solver put into the sample; what stands in a log was checked when it was made."""
    messages = from_inspect(state.input) if not isinstance(state.input, str) else (Message("user", state.input),)
    about = {name: str(state.metadata.get(name, "")) for name in ("category", "condition", "prefill")}
    question = next((message.content for message in reversed(messages) if message.role == "user"), "")
    item = Item.model_construct(
        id=str(state.sample_id),
        category=about["category"],
        prompt=question,
        cluster=str(state.metadata.get("question_id", state.sample_id)),
        data=state.metadata.get("data") or {},
    )
    condition = Condition(about["condition"], prefill=about["prefill"] or None)
    if whole := state.metadata.get(TRAJECTORIES):
        return [restored(item, condition, stored) for stored in whole]
    return [
        Trajectory(item, condition, messages, (said.turn(),), stop_reason=said.stop_reason)
        for said in completions(state.output)
    ]


def _truncated(output: ModelOutput) -> list[bool]:
    return [choice.stop_reason == "max_tokens" for choice in output.choices]


def _stored(measured: Measured, truncated: bool) -> dict[str, Any]:
    return {
        "values": dict(measured.values),
        "causes": dict(measured.causes),
        "details": {key: dict(details) for key, details in measured.details.items() if details},
        "truncated": truncated,
    }


def _mean(measured: Sequence[Measured], keys: Sequence[str]) -> dict[str, str | int | float | bool | None]:
    result: dict[str, str | int | float | bool | None] = {}
    for key in keys:
        values = [value for response in measured if (value := response.values.get(key)) is not None]
        result[key] = fmean(values) if values else math.nan
    return result


def _listing(texts: Sequence[str], measured: Sequence[Measured]) -> str:
    """All responses with their values, for reading in `inspect view`."""
    parts = []
    for number, (text, response) in enumerate(zip(texts, measured, strict=True), start=1):
        shown = ", ".join(_shown(key, value, response.causes) for key, value in response.values.items())
        quoted = "\n".join(f"> {line}" for line in text.splitlines() or [""])
        parts.append(f"**{number}.** {shown}\n\n{quoted}")
    return "\n\n".join(parts)


def _shown(key: str, value: float | None, causes: Mapping[str, str]) -> str:
    return f"{key} {value:.3g}" if value is not None else f"{key} missing ({causes.get(key, 'unknown')})"
