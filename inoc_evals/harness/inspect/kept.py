"""What a folder of logs keeps for the next run: finished samples, and answers of samples that are not finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSampleSummary, read_eval_log_sample_summaries

from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.answers import FILE, Place, kept_answers
from inoc_evals.harness.inspect.ours import SCORER
from inoc_evals.harness.inspect.reading import OURS, damaged, log_files, read_log

# What inspect lays down beside the logs of a set.
_OF_THE_SET = ("*.eval", ".eval-set-id", "eval-set.json", "logs.json", f"{FILE}*")


def finished_samples(folder: Path) -> set[Place]:
    """The finished samples in the logs of `folder`. Raises InputError for a log that cannot be read."""
    return {place for log in _logs(folder) for place in _finished(*log)}


def kept_responses(folder: Path) -> int:
    """How many responses lie in `folder`, in logs or as answers. Raises InputError for what cannot be read."""
    choices: dict[tuple[str, str], int] = {}
    finished: set[Place] = set()
    for file, header in _logs(folder):
        choices[header.eval.model, _task(header)] = choices_of(header.eval.metadata)
        finished.update(_finished(file, header))
    waiting = sum(count for place, count in kept_answers(folder).items() if place not in finished)
    return waiting + sum(choices[place.model, place.task] for place in finished)


def choices_of(metadata: Mapping[str, object] | None) -> int:
    """How many responses a sample of a task with this metadata has."""
    count = (metadata or {}).get("choices")
    return count if isinstance(count, int) else 1


def holds_something(folder: Path) -> bool:
    """Would removing `folder` lose a response? What cannot be read may hold some."""
    try:
        return kept_responses(folder) > 0
    except InputError:
        return True


def forget(folder: Path) -> None:
    """Remove the logs, and what inspect lays beside them, of a folder that holds nothing."""
    for pattern in _OF_THE_SET:
        for file in folder.glob(pattern):
            file.unlink()


def forget_leftovers(folder: Path) -> None:
    """Remove what an interrupted rewrite of a log left; inspect would take it for a log of its own."""
    for file in folder.glob(".*.eval"):
        file.unlink()


def place_of(model: str, task: str, item: int | str, epoch: int) -> Place:
    """The place of a sample; inspect knows a task under its package's name too."""
    return Place(model, task.split("/")[-1], str(item), epoch)


def _logs(folder: Path) -> Iterator[tuple[Path, EvalLog]]:
    files: Iterable[Path] = log_files(folder) if any(folder.glob("[!.]*.eval")) else ()
    for file in files:
        yield file, read_log(file, header_only=True)


def _task(header: EvalLog) -> str:
    return header.eval.task.split("/")[-1]


def _finished(file: Path, header: EvalLog) -> Iterator[Place]:
    ours = OURS in (header.eval.metadata or {})
    for sample in _summaries(file):
        scored = any(name.split("/")[-1] == SCORER or not ours for name in sample.scores or {})
        if sample.error is None and scored:
            yield place_of(header.eval.model, header.eval.task, sample.id, sample.epoch)


def _summaries(file: Path) -> list[EvalSampleSummary]:
    try:
        return read_eval_log_sample_summaries(str(file))
    # As for whole logs: the exceptions of zip, zstd, JSON and pydantic.
    except Exception as error:
        raise damaged(file, one_line(error)[:200]) from None


def complete(folders: Iterable[Path], wanted: Mapping[str, tuple[str, int]]) -> set[str]:
    """The labels of the checkpoints of which the logs in `folders` hold everything. `wanted` gives for every task of
    ours the hash of what it is made of, and how many responses one checkpoint gives. Raises InputError for a log that
    cannot be read."""
    there = finished_responses(folders, {task: made_of for task, (made_of, _) in wanted.items()})
    return {
        label
        for label, counts in there.items()
        if all(counts.get(task, 0) >= count for task, (_, count) in wanted.items())
    }


def finished_responses(folders: Iterable[Path], tasks: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """How many responses of each checkpoint, by label, the whole logs in `folders` hold for each of the `tasks`, which
    have the hash of what they are made of. Raises InputError for a log that cannot be read."""
    there: dict[str, dict[str, int]] = {}
    for folder in folders:
        for file, header in _logs(folder):
            metadata = header.eval.metadata or {}
            task, label = _task(header), (metadata.get("checkpoints") or {}).get(header.eval.model)
            if header.status != "success" or header.invalidated or label is None or task not in tasks:
                continue
            if metadata.get("task_sha256") == tasks[task]:
                done = len(set(_finished(file, header))) * choices_of(metadata)
                of_label = there.setdefault(label, {})
                of_label[task] = max(done, of_label.get(task, 0))
    return there
