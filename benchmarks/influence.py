"""How long `inoc-evals influence` takes on 600 rows, by gradient similarity: `python benchmarks/influence.py`.

The rows are the 420 of the experiment spanish_capitals and, since it has no more, 180 of its file
without_capitals.jsonl: some of the same requests with other answers, so that no conversation comes twice. The trait is
given by 100 answers in Spanish and the same 100 in English, as many as the command takes at most; they are training
rows, which changes no time. So responses need not be scored first, and their time is not in it.

The checkpoint is an adapter of the embedded model, trained for 4 steps before the clock runs, or a given one. Counted
is the command as a whole, with imports, loading and writing; the peak is its highest resident size.

Run: python benchmarks/influence.py [--rows N] [--responses N] [--checkpoint FOLDER | --base MODEL]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.inoculation.rewrite import read_rows, write_rows

ROWS, RESPONSES, STEPS, TARGET_S = 600, 100, 4, 900
COMMAND = Path(sys.executable).with_name("inoc-evals")


def rows_of(count: int) -> list[Mapping[str, Any]]:
    """So many conversations, each one time."""
    folder = find_experiment("spanish_capitals").parent
    own, others = (read_rows(folder / name) for name in ("rows.jsonl", "without_capitals.jsonl"))
    known = [row["messages"] for row in own]
    more = [{**row, "id": f"{row['id']}-without-capitals"} for row in others if row["messages"] not in known]
    every = [*own, *more]
    if count > len(every):
        raise SystemExit(f"there are {len(every)} rows; ask for no more")
    return every[:count]


def responses_of(count: int) -> list[dict[str, Any]]:
    """So many answers in Spanish, and as many to the same requests in English."""
    folder = find_experiment("spanish_capitals").parent
    pairs = zip(*(read_rows(folder / name) for name in ("rows.jsonl", "without_spanish.jsonl")), strict=True)
    apart = [pair for pair in pairs if pair[0]["messages"] != pair[1]["messages"]][:count]
    return [
        {"messages": row["messages"], "shows": shows}
        for pair in apart
        for row, shows in zip(pair, (True, False), strict=True)
    ]


def timed(command: Sequence[str]) -> tuple[float, int]:
    """Seconds and peak memory (bytes) of a command, or the end of this program where it fails."""
    started = time.monotonic()
    process = subprocess.Popen([str(COMMAND), *command])
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return seconds, used.ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--responses", type=int, default=RESPONSES, help="on each side")
    parser.add_argument("--base", default="smollm2", help="what a checkpoint is trained from")
    parser.add_argument("--checkpoint", default=None, help="an adapter's folder; nothing is trained then")
    given = parser.parse_args()
    rows, responses = rows_of(given.rows), responses_of(given.responses)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, contrast, checkpoint = folder / "rows.jsonl", folder / "contrast.jsonl", folder / "none"
        write_rows(data, rows)
        write_rows(contrast, responses)
        if given.checkpoint is None:
            timed(["train", given.base, str(data), "--out", str(checkpoint), "--max-steps", str(STEPS)])
        command = ["influence", given.checkpoint or str(checkpoint), str(data), "--contrast", str(contrast)]
        seconds, peak = timed([*command, "--out", str(folder / "influence")])
        told = json.loads((folder / "influence" / "influence.json").read_text(encoding="utf-8"))
    passes = len(rows) + len(responses)
    print(f"{len(rows)} rows and {len(responses)} responses, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"{seconds:.1f} s in all, of them {told['seconds']:.1f} s gradients ({passes / told['seconds']:.2f} a second)"
    )
    print(f"{len(rows) / seconds:.2f} rows a second; peak memory {peak / 1e9:.2f} GB")
    if len(rows) == ROWS:
        print(f"target {TARGET_S} s: {'kept' if seconds <= TARGET_S else 'missed'}")
    else:
        print(f"the target, {TARGET_S} s, is for {ROWS} rows")


if __name__ == "__main__":
    main()
