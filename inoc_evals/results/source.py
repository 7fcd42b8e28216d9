"""What every reader gives and findings are made of: rows, whose they are, and what their numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.results.row import ResponseRow, refuse_doubles, without_keys
from inoc_evals.results.seen import seen_scale

Scales = Mapping[str, Mapping[str, Scale]]


@dataclass(frozen=True)
class Source:
    """Rows from anywhere. `arms` have rows, in the order in which they were named; `scales` and `headlines` are by task
    and hold every value key of the rows, and those that tables and figures show.

    `notes` say what is missing, left out or not alike, one sentence without its full stop each. `promised` are the arms
    that a run was asked for, in order, those without rows too; without such a run there are none.
    """

    rows: tuple[ResponseRow, ...]
    arms: tuple[str, ...]
    scales: Scales
    headlines: Mapping[str, Sequence[str]]
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """What one reader found in one place: rows by file, and what the files say about them.

    `scales` and `headlines` are those that are declared somewhere; the others are seen from all rows of a source.
    `versions` are those of each task. `names_arms`: did whoever made the files name the arms, so that nobody else may
    call several of them one?
    """

    files: tuple[tuple[Path, tuple[ResponseRow, ...]], ...]
    settings: Mapping[str, Any]
    scales: Scales = field(default_factory=dict)
    headlines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names_arms: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that have rows, promised ones first and in their order."""
        there = dict.fromkeys(row.arm for _, rows in self.files for row in rows)
        return (*(arm for arm in self.promised if arm in there), *(arm for arm in there if arm not in self.promised))


def joined(parts: Sequence[Part]) -> Source:
    """One source of several parts. Where two arms have checkpoints of one label, the labels are made new.

    Raises InputError where one response stands twice, and where a value has another declared scale in another part.
    """
    parts = _with_own_labels(parts)
    files = [file for part in parts for file in part.files]
    refuse_doubles(files)
    rows = tuple(without_keys(row for _, found in files for row in found))
    scales = _scales(parts, rows)
    alone = len(parts) == 1
    return Source(
        rows=rows,
        arms=tuple(dict.fromkeys(arm for part in parts for arm in part.arms)),
        scales=scales,
        headlines={task: _headline(parts, task, keys) for task, keys in scales.items()},
        settings=parts[0].settings if alone else {"sources": [part.settings for part in parts]},
        notes=tuple(dict.fromkeys((*(note for part in parts for note in part.notes), *_other_versions(parts)))),
        promised=parts[0].promised if alone else (),
    )


def _with_own_labels(parts: Sequence[Part]) -> list[Part]:
    """The parts, where a label that stands for another arm's checkpoint already gets the arm's name before it."""
    owners: dict[str, str] = {}
    found = []
    for part in parts:
        names: dict[tuple[str, str], str] = {}
        for arm, label in dict.fromkeys((row.arm, row.checkpoint) for _, rows in part.files for row in rows):
            name, number = label, 1
            while owners.setdefault(name, arm) != arm:
                name = f"{arm}-{label}" if number == 1 else f"{arm}-{label}-{number}"
                number += 1
            names[arm, label] = name
        found.append(renamed(part, names))
    return found


def renamed(part: Part, names: Mapping[tuple[str, str], str], arm: str | None = None) -> Part:
    """The part with other checkpoint labels, by arm and label, and all rows in `arm` if one is given."""
    if arm is None and all(label == name for (_, label), name in names.items()):
        return part

    def changed(row: ResponseRow) -> ResponseRow:
        checkpoint = names.get((row.arm, row.checkpoint), row.checkpoint)
        return replace(row, arm=row.arm if arm is None else arm, checkpoint=checkpoint)

    return replace(part, files=tuple((file, tuple(map(changed, rows))) for file, rows in part.files))


def _scales(parts: Sequence[Part], rows: Iterable[ResponseRow]) -> dict[str, dict[str, Scale]]:
    declared: dict[tuple[str, str], Scale] = {}
    for part in parts:
        for task, scales in part.scales.items():
            for key, scale in scales.items():
                before = declared.setdefault((task, key), scale)
                if (before.low, before.high) != (scale.low, scale.high):
                    place = part.files[0][0] if part.files else task
                    ends = f"{_span(scale)} here and {_span(before)} elsewhere"
                    raise InputError.at(place, f"the value {key} of {task} is {ends}; report the two by themselves")
    seen: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        values = seen.setdefault(row.task, {})
        for key, value in row.values.items():
            numbers = values.setdefault(key, [])
            if value is not None and (row.task, key) not in declared:
                numbers.append(value)
    return {
        task: {key: declared.get((task, key)) or seen_scale(key, numbers) for key, numbers in keys.items()}
        for task, keys in seen.items()
    }


def _headline(parts: Sequence[Part], task: str, keys: Mapping[str, Scale]) -> tuple[str, ...]:
    named = dict.fromkeys(key for part in parts for key in part.headlines.get(task, ()))
    return tuple(key for key in named if key in keys) or tuple(keys)


def _other_versions(parts: Sequence[Part]) -> list[str]:
    found: dict[str, set[str]] = {}
    for part in parts:
        for task, versions in part.versions.items():
            found.setdefault(task, set()).update(versions)
    return [
        f"task {task} was run in versions {' and '.join(sorted(versions))}, which may be why values differ"
        for task, versions in found.items()
        if len(versions) > 1
    ]


def _span(scale: Scale) -> str:
    if scale.low is None or scale.high is None:
        return "open"
    return f"from {scale.low:g} to {scale.high:g}"
