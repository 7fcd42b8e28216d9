"""What a killed run keeps: Ctrl-C, SIGTERM and SIGKILL at random moments of a judged run on a quick loopback server.

`python benchmarks/kills.py [--kills 10] [--workers 1] [--seed 0]` prints one line for each kill and one for each
signal. "Answered" is what the server had answered a second before the signal, "in all" what it did in the end, "kept"
what lies on the disk then. At the end of each series the run is finished, and the server's count says how many
responses were asked for twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inoc_evals.harness.inspect.kept import kept_responses
from inoc_evals.readers.inputs import Input, read_inputs

SERVER = Path(__file__).with_name("judge_server.py")
COMMAND = Path(sys.executable).with_name("inoc-evals")
ITEMS, SAMPLES, CHECKPOINTS = 16, 40, 3
TOTAL = ITEMS * SAMPLES * CHECKPOINTS
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The root address of a quick server."""
    port = folder / "port"
    with subprocess.Popen([sys.executable, str(SERVER), str(port), "slow"], stdin=subprocess.PIPE) as process:
        while not port.exists():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port.read_text()}"
        assert process.stdin
        process.stdin.close()


def get(url: str) -> dict[str, int]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        return dict(json.load(answer))


def made(url: str) -> int:
    return get(f"{url}/stats")["made"]


def start(folder: Path, url: str, workers: int) -> subprocess.Popen[str]:
    arms = [f"none={url}/v1#a1", f"none={url}/v1#a2", f"inoculated={url}/v1#b1"]
    command = [str(COMMAND), "score", *arms, "--judge", f"{url}/v1#judge", "--out", str(folder / "out")]
    command += ["--tasks", "emergent_misalignment", "--limit", str(ITEMS), "--samples", str(SAMPLES)]
    command += ["--set", "emergent_misalignment.choices=2", "--workers", str(workers)]
    # A run in the background of a shell would ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command,
            env={**os.environ, "INOC_EVALS_CACHE": str(folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def quiet(url: str) -> int:
    """How many responses were made once the server has nothing left to do."""
    before = -1
    while (now := made(url)) != before:
        before = now
        time.sleep(0.5)
    return now


def kept(folder: Path) -> int:
    return sum(kept_responses(logs) for logs in (folder / "out" / "logs").iterdir() if logs.is_dir())


def kill(folder: Path, url: str, workers: int, number: signal.Signals, wait: int) -> tuple[int, int, int]:
    """Responses answered a second before the signal, answered in all, and kept, of all runs in this folder so far."""
    before = made(url)
    process = start(folder, url, workers)
    seen: list[tuple[float, int]] = [(time.monotonic(), before)]
    while seen[-1][1] < before + wait:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
        seen.append((time.monotonic(), made(url)))
    sent = time.monotonic()
    answered = [count for moment, count in seen if moment <= sent - 1][-1]
    process.send_signal(number)
    said = process.communicate()[0]
    seconds = time.monotonic() - sent
    # Workers of a killed run take as long as after Ctrl-C.
    in_all = quiet(url)
    if workers > 1:
        time.sleep(7)
    on_disk = kept(folder)
    if number != signal.SIGKILL:
        assert process.returncode == 130, said
        assert f"{on_disk} of {TOTAL} responses are kept" in " ".join(said.split()), said
    print(
        f"{number.name}: answered {answered}, in all {in_all}, kept {on_disk}, ended after {seconds:.1f} s", flush=True
    )
    return answered, in_all, on_disk


def series(number: signal.Signals, kills: int, workers: int, dice: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as url:
        folder = Path(name)
        lost, again = [], 0
        for _ in range(kills):
            answered, in_all, on_disk = kill(folder, url, workers, number, dice.randint(1, 60))
            # Of what earlier kills lost, this one is innocent.
            lost.append(max(0, answered - again - on_disk))
            again = max(again, in_all - on_disk)
        get(f"{url}/faults/none")
        last = start(folder, url, workers)
        said = last.communicate()[0]
        assert last.returncode == 0, said
        # It refuses a response that stands twice.
        rows = len(read_inputs([Input(folder / "out")]).rows)
        twice = made(url) - rows
        print(
            f"{number.name}, {kills} kills: finished responses lost at most {max(lost)}, in all {sum(lost)}; "
            f"{rows} of {TOTAL} rows, 0 doubled; asked for twice, what was under way included: {twice}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    for number in SIGNALS:
        series(number, given.kills, given.workers, dice)


if __name__ == "__main__":
    main()
