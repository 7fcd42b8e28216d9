"""Peak memory of `inoc-evals` and of each program that it starts: `python benchmarks/memory.py demo --fresh --out DIR`.

The highest resident size that the system has noted for each process (VmHWM, shared libraries included), looked at every
second, and when each ran: what it holds beside the others is never more than its peak.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

STEP_S = 1.0
COMMAND = Path(sys.executable).with_name("inoc-evals")


@dataclass
class Seen:
    """One process: what it runs, its peak in bytes, and when it was seen first and last (seconds from the start)."""

    name: str
    peak: int
    first: float
    last: float


def below(pid: int) -> list[int]:
    """The living descendants of a process."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, generation = [], [pid]
    while generation := [child for parent in generation for child in children.get(parent, ())]:
        found += generation
    return found


def look(pid: int, now: float, seen: dict[int, Seen]) -> None:
    """Note the process down; one that has ended meanwhile is left as it was."""
    try:
        status = (Path("/proc") / str(pid) / "status").read_text()
        words = (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return
    if peak := re.search(r"VmHWM:\s+(\d+) kB", status):
        script = next((Path(word).name for word in words if not Path(word).name.startswith("python")), words[0])
        name = words[words.index("-m") + 1] if "-m" in words else script
        process = seen.setdefault(pid, Seen(name, 0, now, now))
        # A process that has just been forked still has its parent's words.
        process.name, process.peak, process.last = name, int(peak[1]) * 1024, now


def main() -> None:
    started = time.monotonic()
    process = subprocess.Popen([str(COMMAND), *sys.argv[1:]])
    seen: dict[int, Seen] = {}
    while process.poll() is None:
        now = time.monotonic() - started
        for pid in (process.pid, *below(process.pid)):
            look(pid, now, seen)
        time.sleep(STEP_S)
    print(f"\n{'program':<55}{'peak':>10}{'from':>8}{'to':>8}")
    for program in seen.values():
        if program.peak > 50e6:
            print(f"{program.name:<55}{program.peak / 1e9:>7.2f} GB{program.first:>6.0f} s{program.last:>6.0f} s")
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
