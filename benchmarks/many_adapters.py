"""Many adapters in one `inoc-evals score`: speed, memory, sockets, and what stays behind.

As given: twenty adapters in four arms, four tasks; model and judge are one quick server on loopback. Five times a
second the client and all its descendants are read in /proc; their memory is the sum of their resident sets, in which a
page that two processes share counts twice. Each size runs in a folder of its own, which is also its HOME and its
TMPDIR. The last lines compare the sizes: memory that grows with the responses decides how large a run may be. As given,
1760 and 7040 responses, it takes five minutes; all items with the tasks' own samples are 310,000 responses.

With --served 5,20,40 so many LoRA folders of the embedded model are served by `score` itself, each asked 12 short
questions: time and memory against the number of adapters, those of vLLM apart. With --stand-in too, a quick server is
started in place of vLLM, which tells what all but vLLM takes.

Run: python benchmarks/many_adapters.py [--samples N,...] [--limit N] | --served N,... [--stand-in] [--more ARGUMENT]
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from judging import server
from proof import random_adapters

from inoc_evals.checkpoints.resolve import resolve

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
    server: int = 0
    client: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        started = time.monotonic()
        while not self.stop.wait(INTERVAL_S):
            seconds = time.monotonic() - started
            pids = family(self.leader)
            self.started |= {(pid, start) for pid in pids if (start := start_of(pid))}
            memory = sum(status(pid, "VmRSS") for pid in pids) * 1024
            served = sum(status(pid, "VmRSS") for pid in pids if is_server(pid)) * 1024
            self.server = max(self.server, served)
            self.client = max(self.client, memory - served)
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


def is_server(pid: int) -> bool:
    """Is it vLLM, or a process that vLLM has begun?"""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return b"vllm.entrypoints" in words or b"VLLM::" in words


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


def watched(command: list[str], folder: Path, **more: str) -> tuple[Watch, float, list[tuple[float, str]]]:
    """What the command took, its seconds, and what it said, each line with the seconds until then."""
    own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "INOC_EVALS_CACHE": str(folder / "cache")}
    own["PYTHONUNBUFFERED"] = "1"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")} | own | more
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    watch = Watch(process.pid)
    reader = threading.Thread(target=watch.read)
    reader.start()
    try:
        said = [(time.monotonic() - started, line.rstrip()) for line in process.stdout or ()]
        process.wait()
    finally:
        watch.stop.set()
        reader.join()
        process.kill()
    assert process.returncode == 0, "\n".join(line for _, line in said[-30:])
    return watch, time.monotonic() - started, said


def cpu_seconds() -> float:
    """Of all processes that have ended below this one; a loaded machine does not change it much."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_served(adapters: list[Path], folder: Path, more: list[str], stand_in: bool) -> None:
    for made in ("home", "tmp"):
        (folder / made).mkdir(parents=True)
    command = [str(Path(sys.executable).with_name("inoc-evals")), "score", *(f"{one.name}={one}" for one in adapters)]
    command += ["--tasks", "owl_preference", "--limit", "4", "--samples", "1", "--out", str(folder / "out"), *more]
    root = Path(__file__).parents[1]
    found = f"{root / 'tests' / 'serving' / 'stand_in'}:{root}" if stand_in else os.environ.get("PYTHONPATH", "")
    before = cpu_seconds()
    watch, seconds, said = watched(command, folder, PYTHONPATH=found)

    def at(words: str) -> float:
        return next(after for after, line in said if words in line)

    begun, proven, scored = at("starting a server"), at("proven to act"), at("scored in")
    print(f"{len(adapters)} adapters: {seconds:.0f} s: reading and checking {begun:.1f}, server and proof ", end="")
    print(f"{proven - begun:.1f}, asking {scored - proven:.1f}, report {seconds - scored:.1f}; ", end="")
    print(f"processor time of all processes {cpu_seconds() - before:.0f} s")
    print(f"  {next(line for _, line in said if 'adapters of up to' in line)}")
    print(f"  memory at most: vLLM {watch.server / 1e9:.2f} GB, all else {watch.client / 1e9:.2f} GB; ", end="")
    print(f"files {watch.descriptors}, sockets {watch.sockets}", flush=True)


def run(url: str, folder: Path, samples: str, limit: int, workers: int) -> Run:
    home, temporary, out = folder / "home", folder / "tmp", folder / "out"
    for made in (home, temporary):
        made.mkdir(parents=True)
    arms = [f"{arm}={url}#a{number * SEEDS + seed + 1}" for number, arm in enumerate(ARMS) for seed in range(SEEDS)]
    command = [str(Path(sys.executable).with_name("inoc-evals")), "score", *arms, "--tasks", TASKS]
    command += ["--judge", f"{url}#judge", "--out", str(out), "--workers", str(workers)]
    command += ["--samples", samples] if samples != OWN else []
    command += ["--limit", str(limit)] if limit else []
    watch, seconds, _ = watched(command, folder)
    alive = {pid for pid, start in watch.started if start_of(pid) == start} | family(watch.leader)
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
    parser.add_argument("--served", default="", help="numbers of adapters that `score` serves itself")
    parser.add_argument("--stand-in", action="store_true", help="serve them by a quick server in place of vLLM")
    parser.add_argument("--more", action="append", default=[], help="one more argument of `score` with --served")
    options = parser.parse_args()
    if options.served:
        counts = [int(number) for number in options.served.split(",")]
        with tempfile.TemporaryDirectory() as name:
            adapters = random_adapters(resolve("smollm2").base, Path(name), max(counts), 0.1)
            for count in counts:
                run_served(adapters[:count], Path(name) / f"served-{count}", options.more, options.stand_in)
        return
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
