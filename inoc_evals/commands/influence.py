"""What `inoc-evals influence` does: training rows in the order in which they push a trait."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.contrast import Contrast, of_file, of_results
from inoc_evals.analyses.ekfac import check_installed, ekfac_scores
from inoc_evals.analyses.gradients import FRESH_RANK, pulls
from inoc_evals.analyses.influence import influence, mean_scores, order
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.checkpoints.arms import Member, Served, check_weights, named_checkpoints, usable_arms, usable_groups
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.trained import training_record
from inoc_evals.commands.progress import part_shown, progress_shown
from inoc_evals.commands.retraining import Retraining, planned, retrain, write_retraining
from inoc_evals.definitions.arms import CONTROL, NamedCheckpoint
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.reading import read_rows as read_lines
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.experiments.trainings import untrained
from inoc_evals.extras import require
from inoc_evals.files import whole, write_whole
from inoc_evals.inoculation.recipe import data_sha256
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.plain import plain
from inoc_evals.plan.request import Request
from inoc_evals.readers import score
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.claim import claimed, command_line
from inoc_evals.results.influence import FILE, ROWS, Influence, Method, Seen, Trait, read_influence
from inoc_evals.results.retrained import Changes
from inoc_evals.results.settings import read_settings_file

if TYPE_CHECKING:
    from rich.console import Console

RESPONSES = "responses"
_BASE = "untrained_base"
# What is stored of a row: numbers by name, of which one is called after the method.
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Wanted:
    """What is asked for. The trait is split from the scored `responses` to `task` (of these `arms` alone, if any are
    named), or stands in the file `contrast`; without both the checkpoints and their base are scored first, with the
    task's `arguments`. `share` of the rows are the top ones, which are `dropped` into files, and `retrain`ed without,
    over so many `seeds`."""

    checkpoints: Sequence[str]
    data: Path
    out: Path
    task: str | None = None
    value: str | None = None
    responses: Path | None = None
    arms: Sequence[str] = ()
    contrast: Path | None = None
    method: Method = "cosine"
    share: float = 0.05
    dropped: bool = False
    retrain: bool = False
    seeds: int = 3
    judges: Sequence[str] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Subject:
    """The chat rows with their content hash, and the checkpoints of one arm in which they are looked at."""

    rows: Sequence[Mapping[str, Any]]
    sha256: str
    members: Sequence[Member]
    groups: Sequence[Served]


def run(wanted: Wanted, console: Console, *, as_json: bool = False) -> None:
    """Order the rows, print both ends, write influence.json and .jsonl, and with `dropped` the rows without the top
    ones and without as many others; with `retrain` train on them, and print what that changed.

    Raises InputError before anything is computed, and InputError and WorkError as `score` and trainings do.
    """
    require("train", "taking gradients")
    if wanted.method == "ekfac":
        check_installed()
    from inoc_evals.report.influence_tables import changes_table, tables

    subject = _subject(wanted, console)
    plan = _plan(wanted, subject) if wanted.dropped or wanted.retrain else None
    with claimed(wanted.out, console.print):
        contrast = _contrast(wanted, subject, console)
        found, numbers = _found(wanted, subject, contrast, console)
        _write(found, numbers, subject, wanted.out)
        if not as_json:
            for part in tables(found):
                console.print(part, highlight=False)
            console.print(f"data: {wanted.out / FILE}; every row: {wanted.out / ROWS}", soft_wrap=True)
        changes: Changes | None = None
        if plan is not None:
            places = order(_scores(found, numbers))[: found.top_rows]
            file = write_retraining(plan, subject.rows, places, wanted.out)
            console.print(f"rows without the top {found.top_rows}, and an experiment: {file.parent}", soft_wrap=True)
            if wanted.retrain:
                changes = retrain(plan, file, wanted.out, console)
    if as_json:
        files = {"data": wanted.out / FILE, "rows": wanted.out / ROWS}
        print_document({**plain(found), "retrained": plain(changes), "files": files})
    elif changes is not None:
        console.print(changes_table(changes), highlight=False)


def _subject(wanted: Wanted, console: Console) -> _Subject:
    if wanted.contrast is not None and wanted.responses is not None:
        raise InputError("the trait comes from one place: --responses PATH, or --contrast FILE")
    if wanted.contrast is not None and wanted.arms:
        raise InputError("--arms chooses among scored responses, and --contrast has its own; leave one of the two out")
    if wanted.task is None and (wanted.contrast is None or wanted.dropped or wanted.retrain):
        raise InputError("name the task that measures the trait: --task NAME")
    rows = read_rows(wanted.data)
    faults, hub = Faults(), Hub(console.print)
    members = usable_arms(named_checkpoints(wanted.checkpoints, None, faults, hub), faults, console.print, hub)
    check_weights(members, "gradients", faults)
    if len(arms := dict.fromkeys(member.arm for member in members)) > 1:
        faults.add(f"the rows of one arm are ordered at a time, and these are {', '.join(arms)}; name one of them")
    groups = usable_groups(members, faults, hub)
    faults.refuse()
    return _Subject(rows, data_sha256(rows), members, groups)


def _plan(wanted: Wanted, subject: _Subject) -> Retraining:
    asked = replace(wanted, arguments=_arguments(wanted))
    return planned(subject.members[0], subject.groups[0].base, wanted.task or "", wanted.value, asked)


def _arguments(wanted: Wanted) -> Mapping[str, Any]:
    """How the task is asked after training: as the responses were, unless the user says otherwise."""
    if wanted.arguments or wanted.responses is None or not score.takes(wanted.responses):
        return wanted.arguments
    return read_settings_file(wanted.responses).tasks.get(wanted.task or "", {})


def _contrast(wanted: Wanted, subject: _Subject, console: Console) -> Contrast:
    if wanted.contrast is not None:
        return of_file(wanted.contrast)
    place = wanted.responses or wanted.out / RESPONSES
    if wanted.responses is None:
        _score(wanted, subject, place, console)
    source = read_inputs([Input(place)])
    return of_results(source, wanted.task or "", wanted.value, wanted.arms, place)


def _score(wanted: Wanted, subject: _Subject, out: Path, console: Console) -> None:
    """Ask the checkpoints, and what they were trained from: one of the two sides is mostly the base's."""
    from inoc_evals.commands.score.run import run as run_score

    named = [NamedCheckpoint(member.arm, member.reference) for member in subject.members]
    if subject.members[0].checkpoint != subject.groups[0].base:
        named.append(NamedCheckpoint(_BASE, untrained(subject.groups[0].base), CONTROL))
    task = wanted.task or ""
    request = Request((), out, (task,), tuple(wanted.judges), {task: dict(wanted.arguments)}, arms=named)
    run_score(request, console, command_line(), report=False)


def _found(
    wanted: Wanted, subject: _Subject, contrast: Contrast, console: Console
) -> tuple[Influence, dict[str, list[Numbers]]]:
    started = time.monotonic()
    seen = {member.label: _seen(member, subject) for member in subject.members}
    numbers = _earlier(wanted, subject, contrast.trait, seen)
    if numbers is None:
        numbers = _computed(wanted, subject, contrast, console)
    else:
        console.print(f"reused {wanted.out / ROWS}: same rows, checkpoints and responses", soft_wrap=True)
    scores = {label: [each[wanted.method] for each in those] for label, those in numbers.items()}
    told = (subject.members[0].arm, wanted.method, contrast.trait, seen, subject.sha256)
    return influence(subject.rows, scores, wanted.share, told, time.monotonic() - started), numbers


def _seen(member: Member, subject: _Subject) -> Seen:
    checkpoint = member.checkpoint
    assert checkpoint is not None  # noqa: S101 - others were refused
    record = training_record(checkpoint)
    trained_on = record.get("data_sha256")
    weights = "its LoRA adapter"
    if checkpoint.adapter is None:
        weights = f"all linear layers, through a random projection (a new LoRA adapter of rank {FRESH_RANK})"
    return Seen(
        member.reference,
        checkpoint.content_hash,
        weights,
        None if trained_on is None else trained_on == subject.sha256,
    )


def _earlier(
    wanted: Wanted, subject: _Subject, trait: Trait, seen: Mapping[str, Seen]
) -> dict[str, list[Numbers]] | None:
    """What an earlier run found for just the same question."""
    # What is damaged is made again.
    with suppress(InputError, KeyError, TypeError):
        kept = read_influence(wanted.out / FILE)
        same = (kept.data_sha256, kept.trait.sha256, {label: one.sha256 for label, one in kept.checkpoints.items()})
        if same != (subject.sha256, trait.sha256, {label: one.sha256 for label, one in seen.items()}):
            return None
        lines = [line.data for line in read_lines(wanted.out / ROWS, "the scores of rows", "{...}")]
        if [line["row"] for line in lines] == [*range(1, len(subject.rows) + 1)]:
            found = {label: [line["checkpoints"][label] for line in lines] for label in seen}
            if all(isinstance(each[wanted.method], float) for those in found.values() for each in those):
                return found
    return None


def _computed(wanted: Wanted, subject: _Subject, contrast: Contrast, console: Console) -> dict[str, list[Numbers]]:
    """The numbers of each row by checkpoint; weights that several share are looked at one time."""
    by_name: dict[tuple[str, str | None], list[Numbers]] = {}
    parts = [(group, name) for group in subject.groups for name in dict.fromkeys(group.members.values())]
    with progress_shown(console, "gradients", what="rows and responses") as (_, show):
        for number, (group, name) in enumerate(parts):
            model = LanguageModel(group.base.base)
            folder = None if name is None else group.adapters[name]
            by_name[group.base.base, name] = _numbers(
                wanted.method, model, folder, subject.rows, contrast, part_shown(show, number, len(parts))
            )
    return {
        member.label: by_name[group.base.base, group.members[member.label]]
        for member in subject.members
        for group in subject.groups
        if member.label in group.members
    }


def _numbers(
    method: Method,
    model: LanguageModel,
    folder: Path | None,
    rows: Sequence[Mapping[str, Any]],
    contrast: Contrast,
    show: Callable[[int, int], None],
) -> list[Numbers]:
    if method == "ekfac":
        return [{"ekfac": score} for score in ekfac_scores(model, folder, rows, contrast.responses)]
    found = pulls(model, folder, rows, contrast.responses, show)
    return [{"cosine": one.cosine, "dot": one.dot, "length": one.length, "loss": one.loss} for one in found]


def _scores(found: Influence, numbers: Mapping[str, Sequence[Numbers]]) -> list[float]:
    return mean_scores({label: [each[found.method] for each in those] for label, those in numbers.items()})


def _write(found: Influence, numbers: Mapping[str, Sequence[Numbers]], subject: _Subject, out: Path) -> None:
    with whole(out / ROWS) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(found, numbers, subject))
    write_whole(out / FILE, json.dumps(plain(found), ensure_ascii=False, indent=1) + "\n")


def _lines(found: Influence, numbers: Mapping[str, Sequence[Numbers]], subject: _Subject) -> Iterator[dict[str, Any]]:
    """The rows in their own order."""
    scores = _scores(found, numbers)
    ranks = {place: rank for rank, place in enumerate(order(scores), 1)}
    for place, row in enumerate(subject.rows):
        kept = {key: row[key] for key in ("id", "tags") if key in row}
        yield {
            "row": place + 1,
            **kept,
            "sha256": data_sha256([row]),
            "rank": ranks[place],
            "score": scores[place],
            "checkpoints": {label: those[place] for label, those in numbers.items()},
        }
