"""Plain inspect logs, of our tasks or of any other -> rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import InputError
from inoc_evals.readers.declared import declared
from inoc_evals.results.rounds import IN_ROUNDS
from inoc_evals.results.source import Part, merged_instruments

if TYPE_CHECKING:
    from inoc_evals.harness.inspect.logs import Logged

WHAT = "inspect logs (.eval, or .json) or their folder"
# How inspect begins a log in JSON.
_JSON = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:')
_HEAD = 200


def takes(path: Path) -> bool:
    """Is this a log, or a folder with logs?"""
    return bool(_logs(path)) if path.is_dir() else _is_log(path)


def read(paths: Sequence[Path], *, skip_damaged: bool = False) -> Part:
    """Read all logs. With `skip_damaged` those that are damaged or not finished are left out, and said.

    The arm is what a run of ours noted in a log, otherwise the model's name. Raises InputError.
    """
    from inoc_evals.harness.inspect.logs import read_logs

    files = [file for path in paths for file in (_logs(path) if path.is_dir() else [path])]
    reading = read_logs(files, skip_damaged=skip_damaged)
    if not reading.logs:
        raise InputError.at(paths[0], "; ".join(reading.skipped) or "no log here is finished; run it again")
    part = of_logs(reading.logs)
    skipped: tuple[str, ...] = ()
    if reading.skipped:
        whole = len(reading.skipped) + len(reading.logs)
        skipped = (f"{len(reading.skipped)} of {whole} logs are left out", *reading.skipped)
    if any(log.facts.get(IN_ROUNDS) for log in reading.logs):
        skipped += (
            "sampling stopped when intervals were narrow, which those here do not allow for; report the folder",
        )
    return replace(part, notes=(*part.notes, *skipped))


def of_logs(logs: Sequence[Logged]) -> Part:
    """The part that logs are, whichever tasks they are of."""
    rows = [row for log in logs for row in log.rows]
    ours = [log for log in logs if log.ours]
    given = [(log.rows[0].task, log.parameters) for log in ours if log.rows]
    known: dict[str, Any] = dict(declared((row for log in ours for row in log.rows), given))
    own: dict[str, dict[str, Any]] = {}
    for log in logs:
        for row in log.rows[:1]:
            if row.task not in known["scales"] and log.scales:
                own.setdefault(row.task, {}).update(log.scales)
    return Part(
        files=tuple((log.file, log.rows) for log in logs),
        settings={"logs": [{"file": str(log.file), **log.facts} for log in logs]},
        scales={**own, **known["scales"]},
        headlines=known["headlines"],
        across=known["across"],
        contrasts=known["contrasts"],
        side_effects=known["side_effects"],
        spread=known["spread"],
        versions={task: _versions(logs, task) for task in dict.fromkeys(row.task for row in rows)},
        names_arms=any(log.names_arm for log in logs),
        presented={log.rows[0].task: log.presented for log in logs if log.rows and log.presented is not None},
        timed=tuple(log.timed for log in logs if log.timed is not None),
        instruments=merged_instruments({log.rows[0].task: log.instruments} for log in logs if log.rows),
        steps={log.rows[0].checkpoint: log.at for log in logs if log.at is not None and log.rows},
    )


def _versions(logs: Sequence[Logged], task: str) -> frozenset[str]:
    return frozenset(str(log.facts["version"]) for log in logs if log.rows and log.rows[0].task == task)


def _logs(folder: Path) -> list[Path]:
    logs = list(folder.rglob("[!.]*.eval"))
    logs += [file for file in folder.rglob("[!.]*.json") if _is_json_log(file)]
    return sorted(logs)


def _is_log(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".eval" or (path.suffix == ".json" and _is_json_log(path)))


def _is_json_log(path: Path) -> bool:
    # A pipe would be waited for.
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _JSON.match(file.read(_HEAD)) is not None
    except OSError:
        return False
