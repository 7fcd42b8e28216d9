"""What a run's settings promise, and what its logs hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from inoc_evals.errors import InputError
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.settings import SETTINGS, Promised, Settings
from inoc_evals.results.source import Source


def lost(rows: Sequence[ResponseRow], promised: Mapping[str, Promised], runs: Sequence[Settings]) -> list[str]:
    """One sentence (without its full stop) for each arm, checkpoint, task and shard that is promised and not there."""
    there = {(row.checkpoint, row.task) for row in rows}
    tasks = [task for task in runs[0].tasks if any(task == found for _, found in there)]
    notes = [f"task {task} has no finished log" for task in runs[0].tasks if task not in tasks]
    notes += [f"shard {number} of {of} is not among the folders" for number, of in _lost_shards(runs)]
    for arm in dict.fromkeys(entry.arm for entry in promised.values()):
        labels = [label for label, entry in promised.items() if entry.arm == arm]
        gone = {label: [task for task in tasks if (label, task) not in there] for label in labels}
        if all(len(gone[label]) == len(tasks) for label in labels):
            notes.append(f"arm {arm} has no finished log")
            continue
        for label, without in gone.items():
            if len(without) == len(tasks):
                notes.append(f"checkpoint {label} of arm {arm} has no finished log")
            elif without:
                notes.append(f"checkpoint {label} of arm {arm} has no finished log of {' and '.join(without)}")
    return notes


def reference_arm(source: Source, wanted: str | None, place: Path) -> str:
    """The arm that all others are compared with: `wanted`, or the first one.

    Raises InputError for an arm that is not there, and where a run promised it and it has no responses to some task.
    """
    known = source.promised or source.arms
    if wanted is not None and wanted not in known:
        raise InputError(f"--reference {wanted}: there is no such arm; there are {', '.join(known)}")
    chosen = known[0] if wanted is None else wanted
    tasks: dict[str, set[str]] = {arm: set() for arm in known}
    for row in source.rows:
        tasks[row.arm].add(row.task)
    everything = set().union(*tasks.values())
    if source.promised and (without := sorted(everything - tasks[chosen])):
        what = "there is no finished log of it" if not tasks[chosen] else f"it has none of {without[0]}"
        others = [arm for arm in known if tasks[arm] == everything]
        remedy = "run the same `score` command again"
        if others:
            remedy += f", or compare with another arm, as in --reference {others[0]}"
        raise InputError.at(place / SETTINGS, f"arm {chosen} is the reference, and {what}; {remedy}")
    return chosen


def _lost_shards(runs: Sequence[Settings]) -> list[tuple[int, int]]:
    there = {run.shard for run in runs}
    counts = {of for _, of in there if of > 1}
    return [(number, of) for of in sorted(counts) for number in range(1, of + 1) if (number, of) not in there]
