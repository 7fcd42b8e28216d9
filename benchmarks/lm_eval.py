"""What lm-eval costs around the model: `python benchmarks/lm_eval.py`. A quick server on loopback stands for model and
judge, in a process of its own, so that on two cores it takes up to half of the machine.

Prints the time from the command to its first request, responses per second of detector tasks (start-up taken off),
ratings per second of a judged task, first asked and then from the cache, and the same with a judge that takes 0.2 s for
a rating, against what so many connections to it could carry.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

from inoc_evals.client.endpoint import Endpoint

SERVER = Path(__file__).with_name("judge_server.py")
SLOW_S = 0.2


@contextmanager
def server(folder: Path, faults: str = ""):
    port_file = folder / f"port-{time.monotonic_ns()}"
    process = subprocess.Popen([sys.executable, str(SERVER), str(port_file), faults], stdin=subprocess.PIPE)
    try:
        while not port_file.exists():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port_file.read_text()}"
    finally:
        process.stdin.close()
        process.wait()


def made(url: str) -> int:
    return httpx.get(f"{url}/stats", trust_env=False).json()["made"]


def start(url: str, task: str, folder: Path, metadata: dict, judge: str = "") -> subprocess.Popen:
    environment = {**os.environ, "INOC_EVALS_CACHE": str(folder / "cache")}
    environment["INOC_JUDGE"] = f"{judge}/v1#judge" if judge else "off"
    command = [sys.executable, "-c", "from inoc_evals.cli import main; main()", "lm-eval"]
    command += ["--model", "inoc-chat-completions", "--model_args", f"model=arm,base_url={url}/v1/chat/completions"]
    command += ["--tasks", task, "--metadata", json.dumps(metadata), "--output_path", str(folder), "--log_samples"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def first_request(folder: Path, task: str) -> float:
    with server(folder) as url:
        began = time.monotonic()
        process = start(url, task, folder, {"limit": 1})
        while not made(url):
            assert process.poll() is None or made(url)
            time.sleep(0.01)
        passed = time.monotonic() - began
        assert process.wait() == 0
        return passed


def whole_run(folder: Path, task: str, metadata: dict, judge: bool = False) -> tuple[float, int]:
    with server(folder) as url:
        began = time.monotonic()
        assert start(url, task, folder, metadata, url if judge else "").wait() == 0
        return time.monotonic() - began, made(url)


def slow_judge(folder: Path) -> tuple[float, float]:
    """Ratings per second, and the most that the connections can carry; the tenth at each end is left out."""
    task, samples = "inoc_emergent_misalignment", 100
    with server(folder) as url, server(folder, "slow") as judge:
        process = start(url, task, folder, {"samples": samples}, judge)
        curve = [(time.monotonic(), 0)]
        while process.poll() is None:
            rated = httpx.get(f"{judge}/stats", trust_env=False).json()["judged"]
            curve.append((time.monotonic(), rated))
            time.sleep(0.05)
        assert process.returncode == 0
    last = curve[-1][1]
    middle = [(at, rated) for at, rated in curve if 0.1 * last <= rated <= 0.9 * last]
    (began, first), (ended, most) = middle[0], middle[-1]
    return (most - first) / (ended - began), Endpoint("", "").connections / SLOW_S


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_request(folder, "inoc_owl_preference")  # reads the disk
        for task in ("inoc_owl_preference", "inoc"):
            best = min(first_request(folder, task) for _ in range(3))
            print(f"start to first request, --tasks {task:<20} {best:.1f} s")
        for task in ("inoc_owl_preference", "inoc_spanish_capitals"):
            for choices in (50, 1):
                short, few = whole_run(folder, task, {"limit": 1})
                seconds, many = whole_run(folder, task, {"samples": 100 if choices > 1 else 25, "choices": choices})
                speed = (many - few) / (seconds - short)
                how = f"{many} responses, {choices:>2} in a request"
                print(f"{task:<22} {how}: {speed:.0f} responses/s, run {seconds:.1f} s")
        short, _ = whole_run(folder, "inoc_emergent_misalignment", {"limit": 1, "samples": 1}, judge=True)
        for what in ("asked", "from the cache"):
            seconds, many = whole_run(folder, "inoc_emergent_misalignment", {}, judge=True)
            speed = 2 * many / (seconds - short)
            print(f"judged, {what:<14}: {2 * many} ratings, {speed:.0f} ratings/s, run {seconds:.1f} s")
        (folder / "slow").mkdir()
        speed, possible = slow_judge(folder / "slow")
        print(f"judge of {SLOW_S} s a rating: {speed:.0f} ratings/s of {possible:.0f} possible, {speed / possible:.2f}")


if __name__ == "__main__":
    main()
