"""Tokens a second of a whole evaluation against `vllm bench serve`: same server, prompts, lengths and concurrency.

`spanish_capitals` through inspect, from the call to the last log written, on a real vLLM server with the embedded
model; then vLLM's own load generator with the same prompts. Both ways sample at temperature 1 and stop at the same
token limit, and are measured in turns, ROUNDS times. Run: python benchmarks/throughput.py
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from inspect_ai import Task
from inspect_ai.log import read_eval_log

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.serving.server import BASE, Server, ServerSettings, serve

SAMPLES, CONCURRENCY, ROUNDS = 1, 64, 3
# The console command asks for the metadata of a package called vllm, which the CPU build is not.
BENCH = """
from vllm.benchmarks.serve import add_cli_args, main
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = FlexibleArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


def ours(server: Server, task: Task, folder: Path) -> tuple[int, float]:
    """Tokens generated, and seconds."""
    started = time.monotonic()
    logs = evaluate(
        [task], server.url, server.api_key, {"base": server.names[BASE]}, folder, connections_per_arm=CONCURRENCY
    )
    seconds = time.monotonic() - started
    usage = read_eval_log(str(logs[0]), header_only=True).stats.model_usage
    return sum(one.output_tokens for one in usage.values()), seconds


def theirs(server: Server, task: Task, base: str, folder: Path) -> tuple[int, float]:
    """The same by vLLM's load generator, which does not count its own start."""
    folder.mkdir()
    prompts = [str(sample.input if isinstance(sample.input, str) else sample.input[-1].text) for sample in task.dataset]
    rows = [json.dumps({"prompt": prompt}) + "\n" for prompt in prompts] * (task.epochs or 1)
    (folder / "prompts.jsonl").write_text("".join(rows))
    command = [sys.executable, "-c", BENCH, "--backend", "openai-chat"]
    command += ["--base-url", server.url.removesuffix("/v1"), "--endpoint", "/v1/chat/completions"]
    command += ["--model", server.names[BASE], "--tokenizer", base, "--dataset-name", "custom"]
    command += ["--dataset-path", str(folder / "prompts.jsonl"), "--num-prompts", str(len(rows))]
    command += ["--custom-output-len", str(task.config.max_tokens), "--max-concurrency", str(CONCURRENCY)]
    command += ["--temperature", str(task.config.temperature), "--disable-tqdm"]
    # The server applies the chat template, as it does for an evaluation; otherwise it would be applied twice.
    command += ["--skip-chat-template"]
    command += ["--save-result", "--result-dir", str(folder), "--result-filename", "result.json"]
    environment = {**os.environ, "OPENAI_API_KEY": server.api_key, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads((folder / "result.json").read_text())
    assert result["completed"] == len(rows), result
    return result["total_output_tokens"], result["duration"]


def main() -> None:
    logging.disable(logging.INFO)
    base = resolve("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serve(base.base, base.content_hash, {}, folder / "vllm.log", ServerSettings(max_model_len=2048)) as server:
            ours(server, build("spanish_capitals", limit=4), folder / "warm")
            totals = {"inoc-evals": (0, 0.0), "vllm bench": (0, 0.0)}
            for number in range(ROUNDS):
                task = build("spanish_capitals", samples=SAMPLES)
                for who, (before, so_far) in totals.items():
                    if who == "inoc-evals":
                        tokens, seconds = ours(server, task, folder / f"logs{number}")
                    else:
                        tokens, seconds = theirs(server, task, base.base, folder / f"bench{number}")
                    totals[who] = before + tokens, so_far + seconds
                    print(f"{who}: {tokens} tokens in {seconds:.1f} s, {tokens / seconds:.0f}/s", flush=True)
            ours_rate, their_rate = (tokens / seconds for tokens, seconds in totals.values())
            print(
                f"over all rounds {ours_rate:.0f} against {their_rate:.0f} tokens/s: {ours_rate / their_rate:.2f}",
                end="",
            )
            print(" (target 0.9)")


if __name__ == "__main__":
    main()
