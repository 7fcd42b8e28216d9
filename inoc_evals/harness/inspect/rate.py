"""Rating responses that lie in logs: what is rated already comes from the cache, what is missing is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspect_ai import score
from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.model import Model, ModelConfig

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.files import whole
from inoc_evals.harness.inspect.graders import ROLE, grader
from inoc_evals.harness.inspect.logs import read_logs
from inoc_evals.harness.inspect.ours import SCORER
from inoc_evals.harness.inspect.reading import read_log
from inoc_evals.harness.inspect.scorers import measures
from inoc_evals.judging.expected import ToRate
from inoc_evals.judging.judge import prepare_all
from inoc_evals.judging.progress import Watch, unwatched
from inoc_evals.judging.prompt import Material
from inoc_evals.judging.rated import Rated, count_rated
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.rating import task_instruments
from inoc_evals.plan.judging import of_responses
from inoc_evals.results.claim import all_claimed, results_folder


def rate_logs(
    logs: Iterable[Path], judges: Sequence[Model], progress: Callable[[Rated], None], watch: Watch = unwatched
) -> list[Path]:
    """Score the judged logs of our tasks anew with `judges`, in place; other logs are left alone.

    Nothing is generated. A log is replaced only when all of it is scored; `progress` gets its counts then. Returns the
    logs that were scored. Raises InputError where no log of a judged task is found, and what a judge raises that does
    not answer.
    """
    files = [file for path in logs for file in (sorted(path.rglob("[!.]*.eval")) if path.is_dir() else [path])]
    for file in files:
        if not file.exists():
            raise InputError.at(file, "there is no such log; name a log or a folder of logs")
    rated = []
    with all_claimed(results_folder(file) for file in files):
        for file in files:
            arguments = _scorer_arguments(file)
            if arguments is not None:
                progress(_rate(file, arguments, judges, watch))
                rated.append(file)
    if not rated:
        message = "no log here is of a judged task; name the logs of one, or what to rate by with --rubric"
        raise InputError.at(files[0] if files else "logs", message)
    return rated


def logs_to_rate(logs: Iterable[Path]) -> list[ToRate]:
    """What a judge would be asked for to rate the judged logs of our tasks. Raises InputError where there is none."""
    files = [file for path in logs for file in (sorted(path.rglob("[!.]*.eval")) if path.is_dir() else [path])]
    found = []
    for file in files:
        arguments = _scorer_arguments(file)
        if arguments is None:
            continue
        task = find_task(str(arguments["task"]))[1]
        instruments = task_instruments(task, arguments["parameters"], arguments.get("prompts"))
        rows = [row for log in read_logs([file]).logs for row in log.rows]
        for name, instrument in instruments.items():
            only = task.ratings[name].only
            shown = [
                (Material(row.response, row.asked.question, row.asked.system), row.values.get(name) is not None)
                for row in rows
                if row.response.strip() and (only is None or row.category in only)
            ]
            found.append(of_responses(instrument, int(arguments.get("ratings", 5)), shown))
    if not found:
        message = "no log here is of a judged task; name the logs of one, or what to rate by with --rubric"
        raise InputError.at(files[0] if files else "logs", message)
    return found


def _rate(file: Path, arguments: dict[str, Any], judges: Sequence[Model], watch: Watch) -> Rated:
    log = read_log(file)
    if log.status != "success":
        # Scoring would call the rest of the run finished, and a log that lost its end looks like this too.
        raise InputError.at(file, f"this run did not finish (status {log.status}); finish it, then rate it")
    # inspect would set up the judges of the earlier rating again, and their keys need not be here.
    log.eval.model_roles = None
    task = find_task(str(arguments["task"]))[1]
    asked = [grader(model, int(arguments.get("ratings", 5))) for model in judges]
    asyncio.run(prepare_all(asked))
    count = sum(
        len(sample.output.choices) * task.ratings_of(str(sample.metadata.get("category", "")))
        for sample in log.samples or []
    )
    with watch(str(file), count * len(asked)) as advance:
        for judge in asked:
            judge.watch = advance
        scored = score(
            log,
            measures(**{**arguments, "judge_when": "now"}),
            model="none/none",
            model_roles={ROLE: list(judges)},
            action="overwrite",
            display="none",
            copy=False,
        )
    scored.eval.model_roles = {ROLE: [ModelConfig(model=str(judge), config=judge.config) for judge in judges]}
    with whole(file) as draft:
        write_eval_log(scored, str(draft))
    told = rated_by(asked, (one.get("details") or {} for one in _stored(scored)))
    return replace(count_rated(file, tuple(task.ratings), _stored(scored)), rated_by=told)


def _stored(log: EvalLog) -> Iterator[dict[str, Any]]:
    """Values and causes of every response; a sample that failed is one response without any."""
    for sample in log.samples or []:
        found = [
            one
            for name, score in (sample.scores or {}).items()
            if name.split("/")[-1] == SCORER
            for one in (score.metadata or {}).get("responses", ())
        ]
        yield from found or [{"values": {}}]


def _scorer_arguments(file: Path) -> dict[str, Any] | None:
    """The arguments of our scorer in this log, if its task asks a judge."""
    header = read_log(file, header_only=True)
    for one in header.eval.scorers or []:
        if one.name.split("/")[-1] == SCORER and one.options:
            options = dict(one.options)
            return options if find_task(str(options["task"]))[1].ratings else None
    return None
