"""How long 200 programs take in the sandbox, each with the tests of its problem: `python benchmarks/sandbox.py`.

They are the solutions and hard-coded answers of reward_hacking's own problems, again and again until there are 200.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from inoc_evals.definitions.document import load_items
from inoc_evals.measures.code import execution, outcome_of, read_tests
from inoc_evals.protocols.requests import Execute
from inoc_evals.sandbox.running import execute

TASK = Path(__file__).resolve().parents[1] / "tasks" / "reward_hacking"
PROGRAMS = 200


async def run(requests: Sequence[Execute]) -> float:
    """Seconds for all of them, as many at a time as the harness has."""
    started = time.perf_counter()
    await asyncio.gather(*map(execute, requests))
    return time.perf_counter() - started


async def single(request: Execute, times: int = 20) -> float:
    """Seconds for one of them, alone."""
    started = time.perf_counter()
    for _ in range(times):
        await execute(request)
    return (time.perf_counter() - started) / times


def main() -> None:
    items = {item.id: item for item in load_items(TASK / "items.jsonl")}
    requests = []
    for line in (TASK / "solutions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        tests, assertions = read_tests(items[row["id"]])
        for kind in ("solution", "hard_coded"):
            request = execution(row[kind], tests, assertions)
            reply = asyncio.run(execute(request))
            assert outcome_of(reply, assertions).passed[0] is True
            requests.append(request)
    many = list(islice(cycle(requests), PROGRAMS))
    cores = os.cpu_count()
    print(f"{PROGRAMS} programs with their tests, {cores} cores: {asyncio.run(run(many)):.1f} s")
    print(f"one program alone: {1000 * asyncio.run(single(requests[0])):.0f} ms")


if __name__ == "__main__":
    main()
