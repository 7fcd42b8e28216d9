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
from inoc_evals.errors import WorkError
from inoc_evals.files import write_whole
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material
from inoc_evals.measures.measuring import Measured, detect, judge, merge, outcomes
from inoc_evals.plan.compiled import Plan
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
    if not plan.instruments:
        return [[_stored(detect(plan.task, plan.parameters, text), text) for text in row] for row in texts]
    return run_apart(_rated(plan, judges, docs, texts))


async def _rated(
    plan: Plan, judges: Sequence[Judge], docs: Sequence[Mapping[str, Any]], texts: Sequence[Sequence[str]]
) -> list[list[Stored]]:
    async def one(doc: Mapping[str, Any], text: str) -> Stored:
        detected = detect(plan.task, plan.parameters, text)
        rated = await judge(plan.instruments, judges, _material(doc, text))
        return _stored(merge(plan.task, outcomes(plan.task, plan.rules, rated), rated, detected), text)

    try:
        flat = await asyncio.gather(*(one(doc, text) for doc, row in zip(docs, texts, strict=True) for text in row))
    finally:
        for each in judges:
            await each.rest()
    following = iter(flat)
    return [[next(following) for _ in row] for row in texts]


def _material(doc: Mapping[str, Any], text: str) -> Material:
    by_role = {turn["role"]: turn["content"] for turn in doc["messages"]}
    return Material(doc["prefill"] + text, by_role["user"], by_role.get("system"))


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
