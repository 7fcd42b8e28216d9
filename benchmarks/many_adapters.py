"""Twenty adapters in four arms, four tasks, one `inoc-evals score`: speed, memory, sockets, and what stays behind.

Model and judge are one quick server on loopback. Five times a second the client and all its descendants are read in
/proc; their memory is the sum of their resident sets, in which a page that two processes share counts twice. Each size
runs in a folder of its own, which is also its HOME and its TMPDIR. The last lines compare the sizes: memory that grows
with the responses decides how large a run may be. As given, 1760 and 7040 responses, it takes five minutes; all items
with the tasks' own samples are 310,000 responses. Run: python benchmarks/many_adapters.py [--samples N,...] [--limit N]
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from judging import server

ARMS, SEEDS = ("none", "inoculated", "irrelevant", "wrong"), 5
TASKS = "spanish_capitals,owl_preference,emergent_misalignment,backdoor"
INTERVAL_S, TARGET_GB = 0.2, 2.0
OWN = "default"
PROC = Path("/proc")


@dataclass
class Watch:
    """What the processes of one session took at most, read until `stop` is set."""

    leader: int
    memory: int = 0
    at_s: float = 0.0
    processes: int = 0
    descriptors: int = 0
    sockets: int = 0
    threads: int = 0
    started: set[tuple[int, str]] = field(default_factory=set)
    curve: list[tuple[float, int]] = field(default_factory=list)
    listening: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        started = time.monotonic()
        while not self.stop.wait(INTERVAL_S):
            seconds = time.monotonic() - started
            pids = family(self.leader)
            self.started |= {(pid, start) for pid in pids if (start := start_of(pid))}
            memory = sum(status(pid, "VmRSS") for pid in pids) * 1024
            descriptors = [link for pid in pids for link in open_files(pid)]
            sockets = {link[8:-1] for link in descriptors if link.startswith("socket:[")}
            if memory > self.memory:
                self.memory, self.at_s = memory, seconds
            self.curve.append((seconds, memory))
            self.processes = max(self.processes, len(pids))
            self.descriptors = max(self.descriptors, len(descriptors))
            self.sockets = max(self.sockets, len(sockets))
            self.threads = max(self.threads, sum(status(pid, "Threads") for pid in pids))
            self.listening |= sockets & listening()


@dataclass(frozen=True)
class Run:
    responses: int
    seconds: float
    watch: Watch


def family(leader: int) -> set[int]:
    """The leader, its descendants, and whatever else is in its session, where orphans stay."""
    parents: dict[int, int] = {}
    found = {leader}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            if int(fields[3]) == leader:
                found.add(int(entry.name))
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found & parents.keys()


def start_of(pid: int) -> str | None:
    """With its id this tells a process from any later one; None where it has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def status(pid: int, key: str) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{key}:")), 0)


def open_files(pid: int) -> list[str]:
    links = []
    try:
        for entry in (PROC / str(pid) / "fd").iterdir():
            try:
                links.append(str(entry.readlink()))
            except OSError:
                continue
    except OSError:
        pass
    return links


def listening() -> set[str]:
    """Inodes of all sockets of this machine that take connections."""
    found = set()
    for name in ("tcp", "tcp6"):
        path = PROC / "net" / name
        rows = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
        found |= {row[9] for row in rows if row[3] == "0A"}
    rows = [line.split() for line in (PROC / "net" / "unix").read_text().splitlines()[1:]]
    return found | {row[6] for row in rows if row[3] == "00010000"}


def run(url: str, folder: Path, samples: str, limit: int, workers: int) -> Run:
    home, temporary, out = folder / "home", folder / "tmp", folder / "out"
    for made in (home, temporary):
        made.mkdir(parents=True)
    arms = [f"{arm}={url}#a{number * SEEDS + seed + 1}" for number, arm in enumerate(ARMS) for seed in range(SEEDS)]
    command = [str(Path(sys.executable).with_name("inoc-evals")), "score", *arms, "--tasks", TASKS]
    command += ["--judge", f"{url}#judge", "--out", str(out), "--workers", str(workers)]
    command += ["--samples", samples] if samples != OWN else []
    command += ["--limit", str(limit)] if limit else []
    own = {"HOME": str(home), "TMPDIR": str(temporary), "INOC_EVALS_CACHE": str(folder / "cache")}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")} | own
    started = time.monotonic()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    watch = Watch(process.pid)
    reader = threading.Thread(target=watch.read)
    reader.start()
    try:
        process.wait()
    finally:
        watch.stop.set()
        reader.join()
        process.kill()
    seconds = time.monotonic() - started
    assert process.returncode == 0, (folder / "output").read_text()[-2000:]
    alive = {pid for pid, start in watch.started if start_of(pid) == start} | family(process.pid)
    left = [f"process {pid}" for pid in alive]
    left += [f"listening socket {inode}" for inode in watch.listening & listening()]
    left += [str(path.relative_to(temporary)) for path in temporary.rglob("*")]
    with (out / "responses.csv").open(encoding="utf-8", newline="") as rows:
        responses = sum(1 for _ in csv.DictReader(rows))
    print(f"{samples} samples: {responses} responses in {seconds:.0f} s, {responses / seconds:.0f} responses/s")
    memory = f"{watch.memory / 2**30:.2f} GiB ({watch.memory / 1e9:.2f} GB; target: under {TARGET_GB:.0f} GB)"
    print(f"  memory at most {memory}, after {watch.at_s:.0f} s")
    print(f"  sockets at most {watch.sockets}, files {watch.descriptors}, threads {watch.threads}, ", end="")
    print(f"processes {watch.processes}, listening sockets opened {len(watch.listening)}")
    print(f"  left behind: {', '.join(left) or 'nothing'}", flush=True)
    return Run(responses, seconds, watch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--samples", default="1,4", help=f"responses per item, {OWN}: the tasks' own; with commas: several runs"
    )
    parser.add_argument(
        "--limit", type=int, default=8, help="only the first N items of each category; 0: all (%(default)s)"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes that ask and count (%(default)s)")
    parser.add_argument("--curve", action="store_true", help="print the memory over time")
    options = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as url:
        for samples in options.samples.split(","):
            runs.append(run(url, Path(name) / f"samples-{samples}", samples, options.limit, options.workers))
            if options.curve:
                points = runs[-1].watch.curve
                shown = points[:: max(1, len(points) // 40)]
                print("  " + " ".join(f"{seconds:.0f}s:{memory / 1e9:.2f}" for seconds, memory in shown))
    for small, large in itertools.pairwise(runs):
        more = large.responses - small.responses
        if more:
            bytes_each = (large.watch.memory - small.watch.memory) / more
            print(f"{more} responses more take {bytes_each / 1000:.1f} kB each at the peak")


if __name__ == "__main__":
    main()
