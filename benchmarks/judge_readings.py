"""Is the exact reading of a digit-token judge what the judge would really say?

30 responses, each rated exactly (the prefix tree) and by 400 drawn answers, by a real judge on a real vLLM server:
counts how often the exact expectation lies in the 99% interval of the drawn ratings, and compares the tree with the
same tree unpruned. The embedded model alone answers with a number in a few percent of its replies, so it is first
taught to (a LoRA adapter, on gold examples that are not among the 30). Run: python benchmarks/judge_readings.py
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import list_rubrics
from inoc_evals.definitions.rubric import Gold, Rubric
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from inoc_evals.judging.distribution import decide, parse_answer
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material, from_rubric, render
from inoc_evals.judging.tree import read_tree
from inoc_evals.serving.server import Server, serve

RESPONSES, DRAWS = 30, 400
RUBRIC = {
    "name": "quality",
    "version": "1-A",
    "description": "How good is the answer?",
    "source": "own",
    "sees": "answer_only",
    "answer": "rating",
    "instructions": "Rate how good the answer is. 0 is very bad, 50 is average and 100 is very good.",
    "minimum_mass": 0.0,
}


async def compare(server: Server, instrument: Instrument, responses: list[Material]) -> None:
    endpoint = Endpoint(server.url, server.names["judge"], server.api_key)
    judge = Judge(server.names["judge"], endpoint)
    print(f"reading: {await judge.prepare()}")
    inside = 0
    furthest, masses, exact_seconds = 0.0, [], 0.0
    for place, response in enumerate(responses):
        started = time.monotonic()
        verdict = await judge.rate(instrument, response)
        exact_seconds += time.monotonic() - started
        assert verdict.value is not None
        masses.append(verdict.mass)
        texts = await endpoint.sample(render(instrument, response), DRAWS, 6, 1.0)
        numbers = [n for text in texts if isinstance(n := parse_answer(instrument, text)[0], int)]
        mean, error = float(np.mean(numbers)), float(stats.sem(numbers))
        half = float(stats.t.ppf(0.995, len(numbers) - 1)) * error
        hit = abs(verdict.value - mean) <= half
        inside += hit
        if place < 3:
            furthest = max(furthest, abs(verdict.value - await unpruned(judge, endpoint, instrument, response)))
        drawn = f"{mean:6.2f} +- {half:5.2f} ({len(numbers)})"
        print(f"  exact {verdict.value:6.2f}  drawn {drawn}{'' if hit else '  OUTSIDE'}")
    print(f"inside the 99% interval: {inside} of {len(responses)}")
    each = exact_seconds / len(responses)
    print(f"captured mass {np.mean(masses):.3f} on average; an exact rating took {each:.1f} s")
    print(f"largest difference from the unpruned tree, 3 responses: {furthest:.2e} points")
    await judge.rest()


async def unpruned(judge: Judge, endpoint: Endpoint, instrument: Instrument, response: Material) -> float:
    """The same tree, every node entered."""
    tree = await judge._tree(endpoint, instrument)
    start = await endpoint.tokenize(render(instrument, response))
    assert start is not None
    found = await read_tree(tree, lambda prefixes, wanted: endpoint.next_tokens(start, prefixes, wanted), tolerance=0)
    value = decide(instrument, found).value
    assert value is not None
    return value


def lessons(instrument: Instrument, examples: list[Gold]) -> list[dict[str, Any]]:
    """Chat rows that answer the rubric's prompt with a number from the example's range."""
    draw = random.Random(0)
    rows = []
    for place, gold in enumerate(examples):
        if gold.low is not None and gold.high is not None:
            number = str(draw.randint(int(gold.low), int(gold.high)))
            prompt = render(instrument, Material(gold.answer))
            turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": number}]
            rows.append({"id": str(place), "messages": turns})
    return rows


def main() -> None:
    instrument = from_rubric(Rubric.model_validate(RUBRIC))
    gold = [one for rubric in list_rubrics() for one in rubric.gold if len(one.answer) < 400]
    asked = gold[:: len(gold) // RESPONSES][:RESPONSES]
    base = resolve("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        taught = lessons(instrument, [one for one in gold if one not in asked])
        recipe = Recipe(epochs=3, learning_rate=1e-3)
        train(base.base, taught, folder / "judge", recipe, lambda *_: None)
        print(f"taught on {len(taught)} rows")
        with serve(base.base, base.content_hash, {"judge": folder / "judge"}, folder / "log") as server:
            asyncio.run(compare(server, instrument, [Material(one.answer) for one in asked]))


if __name__ == "__main__":
    main()
