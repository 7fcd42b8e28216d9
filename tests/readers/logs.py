"""Logs of a task that is not ours, made by inspect itself with a model that needs no network."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from tests.harness.unseen import eval

Value = Callable[[TaskState], Any]


def scored_by(name: str, value: Value, cluster: str | None = None, several: bool = False) -> Scorer:
    """A scorer of that name; with `several` its values are by name."""
    metrics: list[Any] = [mean(), stderr(cluster=cluster)] if cluster else [accuracy(), stderr()]
    given: Any = {"*": metrics} if several else metrics

    @scorer(metrics=given, name=name)
    def made() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            found = value(state)
            return found if isinstance(found, Score) else Score(value=found)

        return score

    return made()


@solver
def respond(fails: frozenset[str]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id in fails:
            raise RuntimeError("broken on purpose")
        return await generate(state)

    return solve


def foreign_log(
    folder: Path,
    scorers: list[Scorer],
    *,
    samples: int = 6,
    epochs: int = 1,
    fails: frozenset[str] = frozenset(),
    model: str = "m",
    log_format: Any = "eval",
) -> Path:
    """The log of a task `trivia`: sample s<N> is of family f<N // 2>, its answer the question, backwards."""

    def answer(messages: list[Any], *_: Any) -> ModelOutput:
        output = ModelOutput.from_content(model, messages[-1].text[::-1])
        # Without it inspect would count tokens with a vocabulary from the network.
        output.usage = ModelUsage()
        return output

    data = [
        Sample(id=f"s{number}", input=f"question {number}", target="x", metadata={"family": f"f{number // 2}"})
        for number in range(samples)
    ]
    task = Task(
        name="trivia",
        version=3,
        dataset=MemoryDataset(data),
        solver=respond(fails),
        scorer=scorers,
        epochs=Epochs(epochs, []),
        fail_on_error=False,
    )
    chosen = get_model(f"mockllm/{model}", custom_outputs=answer, memoize=False)
    (log,) = eval(task, model=chosen, log_dir=str(folder), log_format=log_format, display="none")
    assert log.status == "success"
    return Path(log.location)


def number_of(state: TaskState) -> int:
    return int(str(state.sample_id)[1:])


NAN = math.nan
