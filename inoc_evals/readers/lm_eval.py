"""Results and samples of lm-eval -> rows: of our tasks, and of others in which a model writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inoc_evals.definitions.arms import TrainingStep, training_step
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.trajectory import prefill_of, question_of, system_of
from inoc_evals.readers.declared import declared
from inoc_evals.readers.lm_eval_others import rows_of_others
from inoc_evals.results.rated_by import RATED_BY, all_noted, noted_of
from inoc_evals.results.row import Asked, ResponseRow, levels_of
from inoc_evals.results.source import Part
from inoc_evals.results.stored import Bounds, Stored, bounds_of, checked, known_factors, known_scales

WHAT = "results or samples files of lm-eval, or their folder"
_SAMPLES = re.compile(r"samples_(?P<task>.+)_(?P<stamp>[^_]+)\.jsonl")
_RESULTS = re.compile(r"(.+_)?results_(?P<stamp>[^_]+)\.json")
_ENDS = {True: "max_tokens", False: "stop", None: "unknown"}
# A task of ours, and the arguments that it was run with.
Given = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class _Run:
    """Whose responses these are, and what the results file says about the run."""

    arm: str
    checkpoint: str
    facts: Mapping[str, Any]
    named: bool
    at: TrainingStep | None = None


def takes(path: Path) -> bool:
    """Is this such a file, or a folder with one somewhere below?"""
    if path.is_dir():
        return any(path.rglob("samples_*.jsonl")) or any(path.rglob("results_*.json"))
    return bool(_SAMPLES.fullmatch(path.name) or _RESULTS.fullmatch(path.name))


def read(paths: Sequence[Path], *, skip_damaged: bool = False) -> Part:
    """Read all samples files below the paths; a results file stands for those of its run.

    The arm is what our own command noted (`config.inoc_arm`), else the model's name. With `skip_damaged` files that
    cannot be read are left out, and said. Raises InputError, also where no samples hold a response.
    """
    files: list[tuple[Path, tuple[ResponseRow, ...]]] = []
    runs: list[_Run] = []
    given: list[Given] = []
    foreign: set[str] = set()
    others: list[Path] = []
    skipped: list[str] = []
    samples = [file for path in paths for file in _samples(path)]
    for file in samples:
        try:
            run = _run(file)
            taken = _rows(file, run)
        except InputError as error:
            if not skip_damaged:
                raise
            skipped.append(str(error))
            continue
        if taken is None:
            others.append(file)
            continue
        rows, ours = taken
        files.append((file, rows))
        if ours is not None:
            given.append(ours)
        elif rows:
            foreign.add(rows[0].task)
        runs.append(run)
    if not files:
        raise InputError.at(paths[0], _nothing(samples, skipped))
    found = [row for _, rows in files for row in rows]
    notes = [f"{len(others)} samples files of tasks in which nothing is written are left out"] if others else []
    if skipped:
        notes += [f"{len(skipped)} of {len(samples)} samples files are left out", *skipped]
    return Part(
        files=tuple(files),
        settings={"samples": [{"file": str(file), **run.facts} for (file, _), run in zip(files, runs, strict=True)]},
        notes=tuple(notes),
        versions=_versions(files, runs),
        names_arms=any(run.named for run in runs),
        steps={run.checkpoint: run.at for run in runs if run.at is not None},
        **declared((row for row in found if row.task not in foreign), given),
    )


def _nothing(samples: Sequence[Path], skipped: Sequence[str]) -> str:
    if skipped:
        return f"no samples file here can be read: {skipped[0]}"
    if samples:
        return "no samples here hold a response, as tasks that choose among given texts have none; see the results file"
    return "there are no samples here; run lm-eval with --log_samples"


def _samples(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("samples_*.jsonl"))
    if match := _RESULTS.fullmatch(path.name):
        return sorted(path.parent.glob(f"samples_*_{match['stamp']}.jsonl"))
    return [path]


def _run(file: Path) -> _Run:
    """The run of a samples file; lm-eval puts one time into the names of all its files."""
    match = _SAMPLES.fullmatch(file.name)
    beside = sorted(file.parent.glob(f"*results_{match['stamp']}.json")) if match else []
    if not beside:
        return _Run(file.parent.name, file.parent.name, {}, named=False)
    results = read_object(beside[0], "a results file of lm-eval", allow_nan=True)
    config = results.get("config")
    noted = config.get("inoc_arm") if isinstance(config, dict) else None
    model = str(results.get("model_name") or file.parent.name)
    facts = {"model": model, "versions": results.get("versions"), "date": results.get("date")}
    if match and (judged := all_noted([noted_of(_record(results, match["task"]))])):
        facts[RATED_BY] = judged
    if isinstance(noted, dict) and isinstance(noted.get("label"), str):
        arm = noted.get("arm")
        facts |= {"arm": noted}
        at = training_step(noted.get("at"))
        return _Run(arm if isinstance(arm, str) else noted["label"], noted["label"], facts, named=True, at=at)
    return _Run(model, model, facts, named=False)


def _record(results: Mapping[str, Any], task: str) -> object:
    """What a results file records of a task."""
    part: object = results
    for step in ("configs", task, "metadata"):
        part = part.get(step) if isinstance(part, Mapping) else None
    return part


def _rows(file: Path, run: _Run) -> tuple[tuple[ResponseRow, ...], Given | None] | None:
    """The rows of a samples file, and of a task of ours its name and arguments; None where nothing was written in its
    task."""
    from inoc_evals.results.lm_eval_samples import read_samples

    samples = read_samples(file)
    if not samples:
        return (), None
    doc = samples[0]["doc"]
    if "inoc_task" not in doc:
        rows = rows_of_others(file, _task(file), samples, run.arm, run.checkpoint)
        return None if rows is None else (rows, None)
    known = _Known(bounds_of(known_scales(doc["inoc_task"])), known_factors(doc["inoc_task"]))
    rows = tuple(row for line, sample in enumerate(samples, 1) for row in _sample(file, line, sample, run, known))
    given = doc.get("arguments")
    return rows, (doc["inoc_task"], given if isinstance(given, dict) else {})


@dataclass(frozen=True)
class _Known:
    """What is known here of a task of ours: the ends of its values' scales, and the factors of its items."""

    bounds: Mapping[str, Bounds]
    factors: Sequence[str]


def _sample(file: Path, line: int, sample: Mapping[str, Any], run: _Run, known: _Known) -> list[ResponseRow]:
    def refuse(what: str) -> InputError:
        return InputError.at(file, f"{what}; restore the file", line)

    doc = sample["doc"]
    if not sample["filtered_resps"]:
        message = "these responses were not measured; rate them with `inoc-evals judges rate`"
        raise InputError.at(file, message, line)
    kept, said = sample["filtered_resps"][0], sample["resps"][0]
    # Where options were chosen from, nothing was said.
    chosen = not all(isinstance(text, str) for text in said)
    asked, rendered = _asked(doc, chosen=chosen), _rendered(sample)
    levels = levels_of(doc.get("data") or {}, known.factors)
    rows = []
    for choice, (text, written) in enumerate(zip([""] * len(kept) if chosen else said, kept, strict=True)):
        stored = _stored(written, refuse)
        rows.append(
            ResponseRow(
                arm=run.arm,
                checkpoint=run.checkpoint,
                task=doc["inoc_task"],
                item=str(doc["id"]),
                cluster=doc["question_id"],
                category=doc["category"],
                condition=doc["condition"],
                epoch=1,
                choice=choice,
                response=text,
                reasoning=stored.reasoning,
                unfinished=stored.unfinished,
                tokens=stored.tokens,
                values=checked(stored.values, known.bounds, refuse),
                causes=stored.causes,
                details=stored.details,
                stop_reason=_ENDS[stored.truncated],
                prompt_text=sys.intern(shown) if isinstance(shown := rendered.get("text"), str) else None,
                prompt_sha256=rendered.get("token_sha256"),
                asked=asked,
                levels=levels,
            )
        )
    return rows


def _asked(doc: Mapping[str, Any], *, chosen: bool) -> Asked:
    messages = tuple(Message(turn["role"], turn["content"]) for turn in doc["messages"])
    question = sys.intern(question_of(messages))
    return Asked(question, system_of(messages), tells_system=True, prefill=prefill_of(messages), chosen=chosen)


def _stored(written: str, refuse: Callable[[str], InputError]) -> Stored:
    try:
        return Stored.model_validate_json(written)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise refuse(f"filtered_resps is not as lm-eval wrote it ({first['msg'].lower()})") from None


def _task(file: Path) -> str:
    """The task that a file of samples is called after."""
    match = _SAMPLES.fullmatch(file.name)
    return match["task"] if match else file.stem


def _rendered(sample: Mapping[str, Any]) -> Mapping[str, Any]:
    """What our own server told about the prompt, which lies among the request's arguments."""
    requests = sample.get("arguments")
    for arguments in requests.values() if isinstance(requests, dict) else ():
        for argument in arguments.values() if isinstance(arguments, dict) else ():
            if isinstance(argument, dict) and isinstance(argument.get("rendered_prompt"), dict):
                return dict(argument["rendered_prompt"])
    return {}


def _versions(files: Sequence[tuple[Path, tuple[ResponseRow, ...]]], runs: Sequence[_Run]) -> dict[str, frozenset[str]]:
    by_task: dict[str, set[str]] = {}
    for (_, rows), run in zip(files, runs, strict=True):
        versions = run.facts.get("versions")
        for row in rows[:1]:
            known = versions if isinstance(versions, dict) else {}
            version = known.get(f"inoc_{row.task}", known.get(row.task))
            if version is not None:
                by_task.setdefault(row.task, set()).add(str(version))
    return {task: frozenset(versions) for task, versions in by_task.items()}
