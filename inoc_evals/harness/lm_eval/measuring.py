"""Trajectories -> what a samples file keeps of each response, and a task's metrics. All are measured at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

from inoc_evals.cache import cache_directory
from inoc_evals.client.apart import run_apart
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.files import write_whole
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.harness.measuring import fulfil
from inoc_evals.judging.fulfil import NOTHING_KEPT, Kept
from inoc_evals.judging.panel import Panel
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.measuring import Measured, bind, measure, read_now
from inoc_evals.measures.scales import task_scales
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.thinking import JUDGE
from inoc_evals.protocols.reasoning import told_apart
from inoc_evals.protocols.requests import Completion, Message
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.results.rated_by import RATED_BY
from inoc_evals.results.summaries import Response, Summary, summarise, with_across
from inoc_evals.sandbox.running import execute

Stored = dict[str, Any]  # values, causes, details, truncated and reasoning of one response


def measure_all(
    plan: Plan,
    panel: Panel,
    trajectories: Sequence[Sequence[Trajectory]],
    kept: Sequence[Sequence[Kept]] | None = None,
) -> list[list[Stored]]:
    """The measures of every response to every document, in the same order. A failed rating is a missing value, and
    ratings that are not for the panel are those that were `kept`."""
    judged = plan.thinking.reasoning == JUDGE
    bound = bind(plan.task, plan.parameters, plan.instruments, plan.rules, reasoning=judged)
    if not plan.instruments and plan.sandbox is None:
        return [[_stored(read_now(bound, each), each) for each in row] for row in trajectories]

    async def rated(trajectory: Trajectory, kept: Kept) -> Stored:
        return _stored(await fulfil(measure(bound, trajectory), panel, execute, kept), trajectory)

    given = [each for row in trajectories for each in row]
    of_each = [NOTHING_KEPT] * len(given) if kept is None else [each for row in kept for each in row]

    async def all_rated() -> list[list[Stored]]:
        try:
            flat = await asyncio.gather(*map(rated, given, of_each))
        finally:
            await panel.rest()
        following = iter(flat)
        return [[next(following) for _ in row] for row in trajectories]

    return run_apart(all_rated())


def trajectories_of(doc: Mapping[str, Any], texts: Sequence[str]) -> list[Trajectory]:
    """The responses in a samples file as the trajectories that they are, without the run that drew them."""
    given = tuple(Message(turn["role"], turn["content"]) for turn in doc["messages"])
    # What stands in a document was checked when it was made.
    item = Item.model_construct(
        id=doc["id"],
        category=doc["category"],
        prompt=doc["messages"][-1]["content"],
        data=doc.get("data") or {},
    )
    condition = Condition(doc["condition"], prefill=doc["prefill"] or None)
    answers = [text.completion if isinstance(text, Reply) else _apart(text, doc["prefill"]) for text in texts]
    return [Trajectory(item, condition, given, (each.turn(),), stop_reason=each.stop_reason) for each in answers]


def _apart(text: str, prefill: str) -> Completion:
    return told_apart(Completion(text, "unknown"), None, prefill)


def _stored(measured: Measured, trajectory: Trajectory) -> Stored:
    return {
        "values": dict(measured.values),
        "causes": dict(measured.causes),
        "details": {key: dict(details) for key, details in measured.details.items() if details},
        "truncated": None if trajectory.stop_reason == "unknown" else trajectory.truncated,
        **_thoughts(trajectory),
    }


def _thoughts(trajectory: Trajectory) -> Stored:
    """The reasoning of a response and what it took, as far as there is any."""
    tokens = trajectory.tokens
    found = {
        "reasoning": trajectory.reasoning,
        "unfinished": trajectory.unfinished,
        "tokens": None if tokens is None else asdict(tokens),
    }
    return {name: value for name, value in found.items() if value}


def judged_by(panel: Panel, stored: Sequence[Stored]) -> dict[str, Any]:
    """What the record of a run notes of the versions of its judges; nothing where they tell none."""
    told = rated_by(panel, (one["details"] for one in stored))
    return {RATED_BY: told} if told else {}


def summary_of(plan: Plan, docs: Sequence[Mapping[str, Any]], stored: Sequence[Sequence[Stored]]) -> Summary:
    """The metrics of all responses to all documents."""
    responses = [
        Response(
            str(doc["question_id"]),
            str(doc["category"]),
            str(doc["condition"]),
            one["values"],
            one["causes"],
            one["truncated"],
        )
        for doc, row in zip(docs, stored, strict=True)
        for one in row
    ]
    task = plan.task
    responses = with_across(responses, task.joins)
    return summarise(responses, task_scales(task, plan.parameters), tuple(task.outcomes), task.reference)


def document_values(doc: Mapping[str, Any], stored: Sequence[Stored]) -> dict[str, float]:
    """Mean of each value over one document's responses, and their counts by cause of exclusion, under all names that
    the document counts for."""
    found: dict[str, float] = {"responses": len(stored)}
    for key in stored[0]["values"]:
        values = [value for one in stored if (value := one["values"][key]) is not None]
        if values:
            found[key] = fmean(values)
        causes = Counter(cause for one in stored if (cause := one["causes"].get(key)) is not None)
        found |= {f"{key}_excluded_{cause}": count for cause, count in causes.items()}
    places = {"", f"{doc['condition']}/" if doc["condition"] else f"{doc['category']}/"}
    named = {place.replace(",", ";") + name: value for place in places for name, value in found.items()}
    cut = [one["truncated"] for one in stored if one["truncated"] is not None]
    return {**named, **({"truncated": fmean(cut)} if cut else {})}


def keep(task: str, docs: Sequence[Mapping[str, Any]], responses: Sequence[Sequence[Any]]) -> Path:
    """Write responses that could not be measured to the cache, in the form of a samples file; returns the file."""
    path = cache_directory() / "unmeasured" / f"samples_inoc_{task}_{time.strftime('%Y-%m-%dT%H-%M-%S')}.jsonl"
    rows = ({"doc": doc, "resps": [row], "filtered_resps": []} for doc, row in zip(docs, responses, strict=True))
    write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path
