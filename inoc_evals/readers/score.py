"""Folders of `inoc-evals score`, which may be the shards of one run -> rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.arms import by_role
from inoc_evals.errors import InputError
from inoc_evals.judging.accounting import read_account
from inoc_evals.judging.usage import merged, plain
from inoc_evals.results.influence import FILE as INFLUENCE
from inoc_evals.results.influence import read_influence
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.promised import lost
from inoc_evals.results.rated_by import JUDGES, RATED_BY, all_noted, noted_of
from inoc_evals.results.rounds import Rounds, note_of, read_rounds
from inoc_evals.results.settings import FOUND, LOGS, SETTINGS, Promised, Settings, read_settings_file
from inoc_evals.results.source import Part
from inoc_evals.results.surprise import FILE as SURPRISE
from inoc_evals.results.surprise import read_surprise

if TYPE_CHECKING:
    from inoc_evals.harness.inspect.logs import Logged
    from inoc_evals.results.label import Labels

WHAT = "the folder of a run of `inoc-evals score` or `inoc-evals experiment run`"
# Where the folder of an experiment has its evaluations.
EVALUATIONS = "evaluations"
# Where labels of its responses lie, a folder a draw.
LABELS = "labels"
# A folder, and what it was for.
_Run = tuple[Path, Settings]


def takes(path: Path) -> bool:
    """Is this such a folder, or what is left of one?"""
    return path.is_dir() and (is_there(path / SETTINGS) or (path / LOGS).is_dir())


def evaluations(path: Path) -> list[Path]:
    """The evaluations in the folder of an experiment, the one that was begun or went on last first; none elsewhere."""
    folders = [folder for folder in (path / EVALUATIONS).glob("*") if takes(folder)] if path.is_dir() else []
    return sorted(folders, key=_begun)[::-1]


def _begun(folder: Path) -> float:
    return (folder / SETTINGS).stat().st_mtime if is_there(folder / SETTINGS) else 0.0


def is_there(path: Path) -> bool:
    """Does anything stand at `path`, a link to nothing too?"""
    return path.is_symlink() or path.exists()


def read(folders: Sequence[Path], *, skip_damaged: bool = False) -> Part:
    """Read the folders of one run. With `skip_damaged` logs that are damaged or not finished are left out, and said.

    Raises InputError for damaged files, a folder without logs, and where folders were made with different tasks or
    judges.
    """
    from inoc_evals.readers.inspect_logs import of_logs

    runs = [(folder, read_settings_file(folder)) for folder in folders]
    _check_same(runs)
    read_runs = _read_runs(runs, skip_damaged=skip_damaged)
    if not any(log.rows for log in read_runs.logs):
        raise InputError.at(folders[0], "there are no finished logs here; run `score` first")
    part = of_logs(read_runs.logs)
    # A run in rounds has no shards.
    rounds = read_rounds(folders[0]) if len(folders) == 1 else None
    return replace(
        part,
        settings=_settings(runs, read_runs, rounds),
        notes=(*part.notes, *_notes(runs, read_runs, rounds)),
        promised=_by_role(read_runs.promised.values()),
        names_arms=True,
        surprises=tuple(read_surprise(folder / SURPRISE) for folder in folders if is_there(folder / SURPRISE)),
        influences=tuple(read_influence(folder / INFLUENCE) for folder in folders if is_there(folder / INFLUENCE)),
        rounds=rounds,
        labels=tuple(labels for folder in folders for labels in labels_in(folder)),
    )


def _check_same(runs: Sequence[_Run]) -> None:
    first = runs[0][1]
    for folder, settings in runs:
        if (settings.tasks, settings.judges) != (first.tasks, first.judges):
            message = "this run had other tasks or judges than the first folder; report it by itself"
            raise InputError.at(folder / SETTINGS, message)


@dataclass
class _ReadRuns:
    """The logs of all folders, and by label the checkpoints that were promised and what was `found` of them; of the
    logs that were left out one sentence each."""

    logs: list[Logged] = field(default_factory=list)
    promised: dict[str, Promised] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in FOUND})
    skipped: list[str] = field(default_factory=list)


def _read_runs(runs: Sequence[_Run], *, skip_damaged: bool) -> _ReadRuns:
    from inoc_evals.harness.inspect.logs import read_logs

    together = _ReadRuns()
    for folder, settings in runs:
        names = _names(settings, together.promised)
        together.promised |= {names[label]: entry for label, entry in settings.arms.items()}
        for name, by_label in together.found.items():
            noted = getattr(settings, name)
            by_label |= {names[label]: entry.model_dump() for label, entry in noted.items() if label in names}
        for logs in sorted(path for path in (folder / LOGS).glob("*") if path.is_dir()):
            if any(logs.glob("[!.]*.eval")):
                reading = read_logs(logs, skip_damaged=skip_damaged)
                together.logs += [_renamed(log, names) for log in reading.logs]
                together.skipped += reading.skipped
    return together


def _settings(runs: Sequence[_Run], together: _ReadRuns, rounds: Rounds | None) -> dict[str, Any]:
    """What a report says of how the run was made."""
    spent = [took for folder, _ in runs if (took := read_account(folder)) is not None and took.spent]
    judged, judging = all_noted(noted_of(log.facts) for log in together.logs), merged(spent)
    return {
        **runs[0][1].model_dump(mode="json", exclude={*FOUND, "ci_width"}),
        JUDGES: _judges(runs[0][1].judges, together.logs),
        **({"ci_width": rounds.ci_width} if rounds is not None else {}),
        # An arm of the short form has no more to show than its checkpoint.
        "arms": {label: entry.model_dump(exclude_defaults=True) for label, entry in together.promised.items()},
        **{name: by_label for name, by_label in together.found.items() if by_label},
        **({RATED_BY: judged} if judged else {}),
        **({JUDGING: plain(judging)} if judging is not None else {}),
    }


def _judges(asked: Sequence[str], logs: Sequence[Logged]) -> list[str]:
    """Who rated: those that the run was `asked` for, but where a log was rated after it, whoever did that."""
    judged = (log.rated_after.get(rating, asked) for log in logs for rating in log.instruments)
    return list(dict.fromkeys(name for names in judged for name in names)) or list(asked)


def _notes(runs: Sequence[_Run], together: _ReadRuns, rounds: Rounds | None) -> list[str]:
    rows = [row for log in together.logs for row in log.rows]
    notes = lost(rows, together.promised, [settings for _, settings in runs])
    if together.skipped:
        of = len(together.logs) + len(together.skipped)
        notes += [f"{len(together.skipped)} of {of} logs are left out", *together.skipped]
    return notes + ([note_of(rounds)] if rounds is not None else [])


def labels_in(folder: Path) -> Iterator[Labels]:
    """What people said of the responses of a run, draw by draw. Raises InputError for what was not written as one."""
    if not (folder / LABELS).is_dir():
        return
    from inoc_evals.labelling.folder import holds_draw, read_labels

    yield from (read_labels(draw) for draw in sorted((folder / LABELS).iterdir()) if holds_draw(draw))


def _by_role(promised: Iterable[Promised]) -> tuple[str, ...]:
    """The arms in their order, but that with which all others are compared first, and controls before treatments."""
    return by_role({entry.arm: entry.role for entry in promised})


def _names(settings: Settings, taken: Mapping[str, Promised]) -> dict[str, str]:
    """The labels of a folder's checkpoints, made new where an earlier folder gave one to other weights."""
    names: dict[str, str] = {}
    for label, entry in settings.arms.items():
        name, number = label, 1
        while name in taken and taken[name] != entry:
            number += 1
            name = f"{label}-{number}"
        names[label] = name
    return names


def _renamed(log: Logged, names: Mapping[str, str]) -> Logged:
    if all(label == name for label, name in names.items()):
        return log
    rows = tuple(replace(row, checkpoint=names.get(row.checkpoint, row.checkpoint)) for row in log.rows)
    at = log.at
    if at is not None and at.origin is not None:
        at = replace(at, origin=names.get(at.origin, at.origin))
    timed = log.timed
    if timed is not None:
        timed = replace(timed, checkpoint=names.get(timed.checkpoint, timed.checkpoint))
    return replace(log, rows=rows, at=at, timed=timed)
