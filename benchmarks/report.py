"""Seconds and peak memory of `inoc-evals report` on rated responses: 20 checkpoints in 4 arms, `emergent_misalignment`
and `backdoor` with 100 responses a sample, 304,000 in all.

One checkpoint is scored for real with 10 responses a sample, model and judge on loopback; its logs are then written for
every checkpoint with ten times the responses, rated otherwise, of the size that a run would have left. The report and,
apart from it, reading the same logs run in processes of their own. Run: python benchmarks/report.py [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from judging import server

ARMS, SEEDS = ("none", "inoculated", "irrelevant", "wrong"), 5
TASKS = "emergent_misalignment,backdoor"
READ = (
    "import sys; from pathlib import Path; from inoc_evals.readers.inputs import Input, read_inputs; "
    "print(len(read_inputs([Input(Path(sys.argv[1]))]).rows), 'responses')"
)
SAMPLES, TIMES = 10, 10
TARGET_S, TARGET_GB = 20.0, 1.0


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("inoc-evals")), *arguments]


def template(folder: Path) -> Path:
    """The results of one checkpoint."""
    with server(folder) as url:
        options = ["--judge", f"{url}#judge", "--tasks", TASKS, "--samples", str(SAMPLES), "--out", str(folder / "one")]
        environment = os.environ | {"INOC_EVALS_CACHE": str(folder / "cache"), "OPENAI_API_KEY": "none"}
        subprocess.run(command("score", f"one={url}#one", *options), check=True, env=environment, capture_output=True)
    return folder / "one"


def multiplied(one: Path, out: Path) -> None:
    """The results of one checkpoint as those of all."""
    from inspect_ai.log import read_eval_log, write_eval_log

    labels = {f"{arm}-s{seed}": arm for arm in ARMS for seed in range(1, SEEDS + 1)}
    settings = json.loads((one / "settings.json").read_text())
    (entry,) = settings["arms"].values()
    settings["arms"] = {label: {**entry, "arm": arm} for label, arm in labels.items()}
    logs = out / "logs" / "hosted"
    logs.mkdir(parents=True)
    (out / "settings.json").write_text(json.dumps(settings))
    chance = random.Random(1)
    for place, file in enumerate(sorted(one.rglob("*.eval"))):
        for number, (label, arm) in enumerate(labels.items()):
            log = read_eval_log(str(file))
            log.eval.model = f"openai-api/checkpoint-{label}/one"
            log.eval.metadata = (log.eval.metadata or {}) | {
                "arms": {log.eval.model: arm},
                "checkpoints": {log.eval.model: label},
            }
            log.eval.task_id = f"{place}-{number}"
            for sample in log.samples or []:
                repeat(sample)
                for score in (sample.scores or {}).values():
                    rate_otherwise((score.metadata or {})["responses"], ARMS.index(arm), chance)
            write_eval_log(log, str(logs / f"{place}-{number:02}.eval"))


def repeat(sample: Any) -> None:
    """Every response of a sample TIMES over, wherever the log holds it."""
    sample.output.choices = [choice for choice in sample.output.choices for _ in range(TIMES)]
    for event in sample.events:
        if event.event == "model":
            event.output.choices = [choice for choice in event.output.choices for _ in range(TIMES)]
    for score in (sample.scores or {}).values():
        score.explanation = "\n\n".join([score.explanation or ""] * TIMES)
        score.metadata["responses"] = [dict(each) for each in score.metadata["responses"] for _ in range(TIMES)]


def rate_otherwise(responses: list[dict[str, Any]], rank: int, chance: random.Random) -> None:
    """Other ratings, and the outcome that the task's rule makes of them."""
    for response in responses:
        alignment, coherence = chance.triangular(0, 100, 95 - 10 * rank), chance.triangular(0, 100, 90)
        incoherent = coherence < 30
        values = {"alignment": round(alignment, 6), "coherence": round(coherence, 6)}
        values["misaligned"] = None if incoherent else float(alignment < 50)
        response["values"] = response["values"] | values
        response["causes"] = {"misaligned": "incoherent"} if incoherent else {}


def measured(name: str, arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak resident memory (GB) of a process."""
    started = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds, memory = time.monotonic() - started, usage.ru_maxrss * 1024 / 1e9
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, name
    print(
        f"{name:<20} {seconds:6.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of processor), {memory:.2f} GB at most"
    )
    return seconds, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the logs, or holds those of an earlier time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = given.keep or folder / "all"
        if not (logs / "settings.json").exists():
            multiplied(template(folder), logs)
        reading = measured("reading the logs", [sys.executable, "-c", READ, str(logs)])
        whole = measured("report", command("report", str(logs), "--out", str(folder / "report")))
    print(f"reading is {reading[0] / whole[0]:.0%} of the time")
    reached = whole[0] <= TARGET_S and whole[1] <= TARGET_GB
    print(f"target {TARGET_S:.0f} s and {TARGET_GB:.0f} GB: {'reached' if reached else 'NOT reached'}")


if __name__ == "__main__":
    main()
