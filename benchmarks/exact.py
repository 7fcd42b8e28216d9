"""Exact preference against drawn answers: time, intervals, and whether they agree, on the embedded model through vLLM.

QUESTIONS questions of owl_preference, asked for their exact probabilities and then ANSWERS times each, on one server.
Run: python benchmarks/exact.py [QUESTIONS ANSWERS]; 50 and 100 if left out.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.definitions.catalog import find_task
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.readers.inputs import read_input, read_inputs
from inoc_evals.results.findings import findings
from inoc_evals.serving.server import BASE, Server, serve

EXACT, DRAWN = "owl_preference_exact", "owl_preference"


def items_file(folder: Path, questions: int) -> Path:
    """The first questions for the favourite, which are one category."""
    path, task = find_task(DRAWN)
    lines = (path.parent / task.items).read_text(encoding="utf-8").splitlines()
    category = json.loads(lines[0])["category"]
    chosen = [line for line in lines if json.loads(line)["category"] == category][:questions]
    assert len(chosen) == questions, f"there are {len(chosen)} questions"
    file = folder / "items.jsonl"
    file.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    return file


def seconds(server: Server, logs: Path, task: str, **arguments: Any) -> float:
    """How long a whole run of the task takes, from the call to the log."""
    made = build(task, **arguments)
    started = time.monotonic()
    evaluate([made], server.url, server.api_key, {"base": server.names[BASE]}, logs)
    return time.monotonic() - started


def main() -> None:
    logging.disable(logging.INFO)
    questions, answers = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (50, 100)
    base = resolve("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        items = str(items_file(folder, questions))
        with serve(base.base, base.content_hash, {}, folder / "vllm.log") as server:
            seconds(server, folder / "warm", DRAWN, limit=2)
            exact = seconds(server, folder / "logs" / "exact", EXACT, items=items)
            drawn = seconds(server, folder / "logs" / "drawn", DRAWN, items=items, samples=answers, temperature=1.0)
        found = findings(read_inputs([read_input(str(folder / "logs"))]))
    for line in found.exact:
        if line.measure == "preference_probability" and line.drawn is not None:
            rate, needed = line.drawn.rate, line.needed
            middle = (needed.low + needed.high) / 2
            ends = rate.on_these_questions
            print(
                "| way | seconds | P(owl) % | half width like these % | on these questions % |\n|---|---|---|---|---|"
            )
            print(f"| exact | {exact:.1f} | {100 * middle:.4f} | {100 * needed.half_like:.4f} | 0 |")
            like, these = (rate.high - rate.low) / 2, (ends.high - ends.low) / 2
            print(f"| drawn | {drawn:.1f} | {100 * rate.equal:.4f} | {100 * like:.4f} | {100 * these:.4f} |")
            print(f"{exact / drawn:.4f} of the time (target 0.05); agree: {line.drawn.agrees}", end="; ")
            print(f"{line.passes} forward passes against {line.drawn.tokens * rate.n:.0f} tokens")


if __name__ == "__main__":
    main()
