"""Asking the model of one sample: whatever the task's protocol yields is fulfilled, and its trajectories are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from inspect_ai.model import ChatCompletionChoice as Choice
from inspect_ai.model import ChatMessageAssistant, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from inoc_evals.harness.inspect.answers import Place
from inoc_evals.harness.inspect.fulfilling import Fulfilling
from inoc_evals.harness.inspect.graders import prepare_graders
from inoc_evals.harness.inspect.messages import stop_reason, to_inspect, with_reasoning
from inoc_evals.harness.inspect.sandboxes import check_sandbox
from inoc_evals.plan.thinking import Thinking
from inoc_evals.protocols.driving import drive
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.stored import stored
from inoc_evals.protocols.trajectory import Asking, Trajectory

TRAJECTORIES = "trajectories"


@solver
def ask(
    start: Callable[[str], Asking],
    judged: bool = False,
    ratings: int = 5,
    task: str = "",
    task_sha256: str = "",
    thinking: dict[str, Any] | None = None,
    runs_code: bool = False,
) -> Solver:
    """Drive what `start` makes of the sample's id, and store under `rendered_prompt` the text and token hash that the
    chat template made of the first prompt.

    Answers that an earlier run kept are taken, if they are to the same request in the same sample of `task` as it is
    defined (`task_sha256`). `thinking` are the fields of a `Thinking`. With `judged`, the judges are asked first
    whether they answer: a run must not spend on responses that nobody rates. With `runs_code` the sandbox is looked at
    first.
    """

    how = Thinking(**(thinking or {}))

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - inspect's signature
        if judged:
            await prepare_graders(ratings)
        if runs_code:
            check_sandbox()
        model = get_model()
        fulfilling = Fulfilling(model, Place(str(model), task, str(state.sample_id), state.epoch), task_sha256, how)
        trajectories = await drive(start(str(state.sample_id)), fulfilling)
        _keep(state, trajectories, fulfilling.outputs)
        return state

    return solve


def _keep(state: TaskState, trajectories: Sequence[Trajectory], outputs: Sequence[ModelOutput]) -> None:
    """Put the trajectories into the sample: single answers to its prompt as inspect's own output, others whole."""
    plain = all(
        len(each.turns) == 1 and not (each.chosen or each.words or each.files or each.noted) for each in trajectories
    )
    if plain and len(outputs) == 1 and len(outputs[0].choices) == len(trajectories):
        state.output = outputs[0]
    else:
        state.metadata[TRAJECTORIES] = [stored(each) for each in trajectories]
        choices = [_choice(each) for each in trajectories]
        state.output = ModelOutput(model=str(state.model), choices=choices)
        if len(trajectories) == 1:
            said = to_inspect(trajectories[0].turns, reasoning=True)
            state.messages = [*to_inspect(trajectories[0].given), *said]
    if plain and not isinstance(state.messages[-1], ChatMessageAssistant):
        state.messages.append(state.output.message)
    rendered = trajectories[0].rendered
    state.metadata["rendered_prompt"] = {"text": rendered.text, "token_sha256": rendered.token_sha256}


def _choice(trajectory: Trajectory) -> Choice:
    message = ChatMessageAssistant(content="", source="generate")
    turn = Message("assistant", trajectory.shown, trajectory.reasoning, unfinished=trajectory.unfinished)
    return Choice(message=with_reasoning(message, turn), stop_reason=stop_reason(trajectory.stop_reason))
