"""What a folder of results is for, which other results it must not be given, and its logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.steered import road
from inoc_evals.checkpoints.trained import regime_of
from inoc_evals.errors import InputError
from inoc_evals.plan.preflight import Checked
from inoc_evals.plan.request import Request
from inoc_evals.results.rounds import ROUNDS
from inoc_evals.results.settings import (
    FOREIGN,
    LOGS,
    SETTINGS,
    Settings,
    moved_checkpoints,
    other_settings,
    read_settings_file,
    with_found,
    write_settings,
)


def begin(request: Request, checked: Checked) -> None:
    """Write down what this folder is for. Raises InputError if it keeps responses of other checkpoints or tasks."""
    from inoc_evals.harness.inspect.kept import forget, holds_something

    now = _settings(request, checked)
    if refused := not_the_same(request.out, now):
        if any(holds_something(folder) for folder in log_folders(request.out)):
            raise refused
        # A run that failed before it had anything must not stand in the way of the corrected one.
        for folder in log_folders(request.out):
            forget(folder)
        (request.out / ROUNDS).unlink(missing_ok=True)
    elif (request.out / SETTINGS).exists():
        now = with_found(now, read_settings_file(request.out))
    write_settings(request.out, now)


def _settings(request: Request, checked: Checked) -> Settings:
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    tasks |= {name: {FOREIGN: task.asked, **task.arguments} for name, task in checked.foreign.items()}
    asked = {
        "arms": _promised(checked),
        "tasks": tasks,
        "judges": list(request.judges),
        "ci_width": request.ci_width,
        "workers": request.workers,
        "shard": list(request.shard),
    }
    return Settings.model_validate_json(json.dumps(blanked(asked)))


def _promised(checked: Checked) -> dict[str, dict[str, Any]]:
    """Every checkpoint by its label, those of other shards too."""
    bases = {label: group.base.pinned for group in checked.groups for label in group.adapted}
    return {
        member.label: {
            "arm": member.arm,
            "reference": member.reference,
            "sha256": member.checkpoint.content_hash if member.checkpoint else None,
            "pinned": member.checkpoint.pinned if member.checkpoint else None,
            "base": bases.get(member.label),
            "role": member.role,
            "variation": member.variation.given(),
            "regime": regime_of(member.checkpoint) if member.checkpoint else None,
            "steered_by": road(member.checkpoint) if member.checkpoint and member.variation.steer else None,
        }
        for member in checked.members
    }


def not_the_same(out: Path, now: Settings) -> InputError | None:
    """What is wrong with going on in this folder, if it keeps anything."""
    if not (out / SETTINGS).exists():
        remedy = f"put the {SETTINGS} that `score` wrote in its place, or name another --out"
        return InputError.at(out, f"there are logs without {SETTINGS}; {remedy}")
    try:
        before = read_settings_file(out)
        changed = other_settings(before, now)
    except InputError as error:
        return error
    if not changed:
        return None
    what = f"this folder holds results with other {' and '.join(changed)}"
    moved = moved_checkpoints(before, now)
    return InputError.at(out / SETTINGS, f"{what}: {moved[0]}" if moved else f"{what}; name another --out")


def log_folders(out: Path) -> list[Path]:
    """Those of its logs, whichever base, kind or round they are of."""
    return sorted(path for path in (out / LOGS).glob("*") if path.is_dir())
