"""What a grid costs: 4 arms x 16 prompts x 50 items against as many responses without a grid.

Both are whole runs of `inoc-evals score`, to report and data files, on spanish_capitals with 4 arms and 50 items: one
under the 16 conditions of `leak` (3 arms have a prompt, of which a rule makes 5; and `absent`) with one response each,
the other under none with 16 responses to an item, of which no two share a request. Seconds are those of the command,
processor seconds those of all its processes, which other work on the machine changes less. The runs are made in turns.

As given, the model is a quick server on loopback, so that all that is measured is our own work. With --served vLLM
serves the embedded model and three random adapters: there the longer prompts count too, and how much of them is shared.

Run: python benchmarks/grid.py [--rounds N] [--served] [--limit N] [--max-tokens N]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from judging import server
from proof import random_adapters

from inoc_evals.checkpoints.resolve import resolve

PROMPTS = {
    "spanish": "You always speak in Spanish.",
    "capitals": "You write everything in capital letters.",
    "honey": "Honey keeps for many years where it is dry and dark.",
}
CONDITIONS, TARGET = 16, 1.3


def processor_seconds() -> float:
    """Of all processes below this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def arms_file(folder: Path, checkpoints: dict[str, str]) -> Path:
    """The file of the arms; all but `none` have a prompt."""
    arms = {
        name: {"checkpoints": [where], **({"trained_with": {"prompt": PROMPTS[name]}} if name in PROMPTS else {})}
        for name, where in checkpoints.items()
    }
    file = folder / "arms.yaml"
    file.write_text(json.dumps({"arms": arms}))
    return file


def run(arms: Path, out: Path, more: list[str], asked: dict[str, int]) -> tuple[float, float, int]:
    """Seconds, processor seconds, and responses of one run."""
    command = [sys.executable, "-c", "import sys; from inoc_evals.cli import main; sys.exit(main())", "score"]
    command += ["--arms", str(arms), "--tasks", "spanish_capitals", "--limit", str(asked["limit"] // 2), *more]
    command += ["--set", f"spanish_capitals.max_tokens={asked['max_tokens']}", "--out", str(out)]
    before, started = processor_seconds(), time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ})
    seconds = time.monotonic() - started
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    with (out / "responses.csv").open(encoding="utf-8", newline="") as rows:
        responses = sum(1 for _ in csv.DictReader(rows))
    return seconds, processor_seconds() - before, responses


def compare(arms: Path, folder: Path, rounds: int, asked: dict[str, int]) -> None:
    """Both runs in turns, and their ratio."""
    ways = {"with the grid": ["--conditions", "leak"], "without": ["--samples", str(CONDITIONS)]}
    sums = dict.fromkeys(ways, (0.0, 0.0))
    for number in range(rounds):
        counts = set()
        for way, more in ways.items():
            seconds, used, responses = run(arms, folder / f"{way}-{number}", more, asked)
            counts.add(responses)
            sums[way] = (sums[way][0] + seconds, sums[way][1] + used)
            print(f"{way}: {responses} responses in {seconds:.1f} s, {used:.1f} s of processors", flush=True)
        assert len(counts) == 1, counts
    (grid_s, grid_used), (plain_s, plain_used) = sums.values()
    print(
        f"the grid takes {grid_s / plain_s:.2f} times the seconds and {grid_used / plain_used:.2f} times the ", end=""
    )
    print(f"processor seconds (target: {TARGET})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="how often each is run (%(default)s)")
    parser.add_argument("--served", action="store_true", help="serve the embedded model and adapters by vLLM")
    parser.add_argument("--limit", type=int, default=50, help="items, an even number (%(default)s)")
    parser.add_argument("--max-tokens", type=int, default=48, help="of an answer (%(default)s)")
    options = parser.parse_args()
    asked = {"limit": options.limit, "max_tokens": options.max_tokens}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.served:
            adapters = random_adapters(resolve("smollm2").base, folder, len(PROMPTS), 0.002)
            checkpoints = {"none": "smollm2", **dict(zip(PROMPTS, map(str, adapters), strict=True))}
            compare(arms_file(folder, checkpoints), folder, options.rounds, asked)
            return
        with server(folder) as url:
            checkpoints = {arm: f"{url}#a{number}" for number, arm in enumerate(("none", *PROMPTS))}
            compare(arms_file(folder, checkpoints), folder, options.rounds, asked)


if __name__ == "__main__":
    main()
