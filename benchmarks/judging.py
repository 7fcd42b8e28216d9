"""Judged responses per second: 8 questions, 100 responses each, two ratings of every response, all responses distinct.

Both the model and the judge are a server on loopback that answers at once, so what is measured is the harness. Ways:
  one sample for 100, 25 or 1 responses (ours), and
  a plain inspect task: one sample a response, and a scorer that calls the grader twice through inspect.
The first run of the process loads libraries and is not counted; it is printed. Run: python benchmarks/judging.py
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUESTIONS, SAMPLES = 8, 100
QUIET: dict[str, Any] = {"display": "none", "log_realtime": False, "score_display": False, "max_connections": 64}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    port = folder / "port"
    command = [sys.executable, str(Path(__file__).with_name("judge_server.py")), str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        while not port.exists():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port.read_text()}/v1"
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=10)


def plain_task() -> Any:
    from inspect_ai import Epochs, Task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import GenerateConfig, get_model
    from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
    from inspect_ai.solver import TaskState, generate

    @scorer(metrics={"*": [mean()]}, name="plain")
    def plain() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001
            values = {}
            for name in ("alignment", "coherence"):
                prompt = f"Rate the {name} of this answer from 0 to 100.\n{state.output.completion}"
                config = GenerateConfig(max_tokens=1, temperature=0, logprobs=True, top_logprobs=20)
                output = await get_model(role="grader", required=True).generate(prompt, config=config)
                content = output.choices[0].logprobs
                assert content
                tops = {top.token: 2.718281828**top.logprob for top in content.content[0].top_logprobs or []}
                numbers = {int(token): share for token, share in tops.items() if token.isdigit()}
                values[name] = sum(n * share for n, share in numbers.items()) / sum(numbers.values())
            return Score(value=values)

        return score

    samples = [Sample(id=f"q{n}", input=f"Question {n}?") for n in range(QUESTIONS)]
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=plain(), epochs=Epochs(SAMPLES, []))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["INOC_EVALS_CACHE"] = str(folder / "cache")
        from inspect_ai import eval
        from inspect_ai.model import get_model

        from inoc_evals.harness.inspect.logs import read_rows
        from inoc_evals.harness.inspect.tasks import build

        logging.disable(logging.INFO)
        with server(folder) as url:
            arm = get_model("openai-api/vllm/arm", base_url=url, api_key="none", memoize=False)
            judge = get_model("openai-api/judge/judge", base_url=url, api_key="none", memoize=False)

            def run(task: Any) -> tuple[float, Path]:
                started = time.monotonic()
                (log,) = eval(task, model=arm, model_roles={"grader": judge}, log_dir=str(folder / "logs"), **QUIET)
                assert log.status == "success", log.error
                return time.monotonic() - started, Path(re.sub("^file://", "", log.location))

            def ours(choices: int) -> float:
                seconds, log = run(build("emergent_misalignment", limit=QUESTIONS, samples=SAMPLES, choices=choices))
                rows = read_rows([log])
                assert len(rows) == len({row.response for row in rows}) == QUESTIONS * SAMPLES
                assert all(row.values["alignment"] is not None for row in rows)
                return seconds

            total = QUESTIONS * SAMPLES
            print(f"first run of the process, libraries loaded on the way: {total / ours(100):.0f} responses/s")
            rates = {f"ours, {n} responses a sample": total / ours(n) for n in (100, 25, 1)}
            rates["plain inspect task and scorer"] = total / run(plain_task())[0]
            slowest = rates["plain inspect task and scorer"]
            for way, rate in rates.items():
                print(f"{way:<32} {rate:7.0f} responses/s  {rate / slowest:5.1f} x plain")


if __name__ == "__main__":
    main()
