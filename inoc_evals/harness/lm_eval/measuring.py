"""The one filter: every response of a task, all kept, with its measures. Judged tasks rate all of them at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lm_eval.api.filter import Filter

from inoc_evals.cache import cache_directory
from inoc_evals.client.apart import run_apart
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.models import Item
from inoc_evals.errors import WorkError
from inoc_evals.files import write_whole
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.judging.fulfil import fulfil
from inoc_evals.judging.judge import Judge
from inoc_evals.measures.measuring import Bound, Measured, bind, measure, read_now
from inoc_evals.plan.compiled import Plan
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.results.summaries import Response

Stored = dict[str, Any]  # values, causes, details and truncated of one response


class Measure(Filter):  # type: ignore[misc]  # lm-eval has no types
    """lm-eval's filter around `measure_all`; gives a JSON text per response, because lm-eval stores texts."""

    def __init__(self, plan: Plan, judges: Sequence[Judge]) -> None:
        super().__init__()
        self.plan, self.judges = plan, judges

    def apply(self, resps: Iterable[Sequence[str]], docs: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        """Texts of all responses -> texts that `json.loads` makes into `Stored`."""
        texts = [list(one) for one in resps]
        try:
            found = measure_all(self.plan, self.judges, docs, texts)
        # lm-eval writes nothing before everything is scored: what was generated must not be lost with it.
        except Exception as error:
            kept = _keep(self.plan.task.name, docs, texts)
            raise WorkError(f"the responses were drawn but not measured ({error}); they are kept in {kept}") from error
        return [[json.dumps(one, ensure_ascii=False) for one in row] for row in found]


def measure_all(
    plan: Plan,
    judges: Sequence[Judge],
    docs: Sequence[Mapping[str, Any]],
    texts: Sequence[Sequence[str]],
) -> list[list[Stored]]:
    """The measures of every response to every document, in the same order. A failed rating is a missing value."""
    bound = bind(plan.task, plan.parameters, plan.instruments, plan.rules)
    trajectories = [
        [(text, trajectory) for text, trajectory in zip(row, _trajectories(doc, row), strict=True)]
        for doc, row in zip(docs, texts, strict=True)
    ]
    if not plan.instruments:
        return [[_stored(read_now(bound, trajectory), text) for text, trajectory in row] for row in trajectories]
    return run_apart(_rated(bound, judges, trajectories))


async def _rated(
    bound: Sequence[Bound], judges: Sequence[Judge], trajectories: Sequence[Sequence[tuple[str, Trajectory]]]
) -> list[list[Stored]]:
    async def one(text: str, trajectory: Trajectory) -> Stored:
        return _stored(await fulfil(measure(bound, trajectory), judges), text)

    try:
        flat = await asyncio.gather(*(one(text, trajectory) for row in trajectories for text, trajectory in row))
    finally:
        for each in judges:
            await each.rest()
    following = iter(flat)
    return [[next(following) for _ in row] for row in trajectories]


def _trajectories(doc: Mapping[str, Any], texts: Sequence[str]) -> list[Trajectory]:
    given = tuple(Message(turn["role"], turn["content"]) for turn in doc["messages"])
    # What stands in a document was checked when it was made.
    item = Item.model_construct(id=doc["id"], category=doc["category"], prompt=doc["messages"][-1]["content"])
    condition = Condition(doc["condition"], prefill=doc["prefill"] or None)
    return [Trajectory(item, condition, given, (Message("assistant", str(text)),)) for text in texts]


def _stored(found: Measured, text: str) -> Stored:
    return {
        "values": dict(found.values),
        "causes": dict(found.causes),
        "details": {key: dict(details) for key, details in found.details.items() if details},
        "truncated": text.truncated if isinstance(text, Reply) else None,
    }


def responses(doc: Mapping[str, Any], stored: Sequence[Stored]) -> list[Response]:
    """The responses to one document as the statistics want them."""
    place = (str(doc["question_id"]), str(doc["category"]), str(doc["condition"]))
    return [Response(*place, one["values"], one["causes"], one["truncated"]) for one in stored]


def _keep(task: str, docs: Sequence[Mapping[str, Any]], texts: Sequence[Sequence[str]]) -> Path:
    path = cache_directory() / "unmeasured" / f"samples_inoc_{task}_{time.strftime('%Y-%m-%dT%H-%M-%S')}.jsonl"
    rows = ({"doc": doc, "resps": [row], "filtered_resps": []} for doc, row in zip(docs, texts, strict=True))
    write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path
