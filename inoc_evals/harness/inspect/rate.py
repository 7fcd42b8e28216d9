"""Rating responses that lie in logs: what is rated already comes from the cache, what is missing is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inspect_ai import score
from inspect_ai.log import EvalLog, EvalSample, write_eval_log
from inspect_ai.model import ModelConfig

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.task import Task
from inoc_evals.errors import InputError
from inoc_evals.files import whole
from inoc_evals.harness.inspect.graders import ROLE, Before, Place, rating_anew
from inoc_evals.harness.inspect.logs import rated_after, read_logs
from inoc_evals.harness.inspect.ours import SCORER
from inoc_evals.harness.inspect.reading import read_log
from inoc_evals.harness.inspect.scorers import measures
from inoc_evals.judging.connect import Connected
from inoc_evals.judging.fulfil import kept_ratings
from inoc_evals.judging.panel import NOTHING_FOR
from inoc_evals.judging.progress import Watch, unwatched
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.rated import Rated, count_rated
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.rating import task_instruments
from inoc_evals.plan.judging import Responses
from inoc_evals.results.claim import all_claimed, results_folder
from inoc_evals.results.rated_by import JUDGES, noted_of

_NONE = "no log here is of a judged task; name the logs of one, or what to rate by with --rubric"


def rate_logs(
    logs: Iterable[Path],
    raters: Connected,
    progress: Callable[[Rated], None],
    watch: Watch = unwatched,
    called: Sequence[str] | None = None,
) -> list[Path]:
    """Score the judged logs of our tasks anew with `raters`, in place; other logs are left alone, and so are ratings
    that are not for a panel. What they are `called` by whoever asks for them, else their names, is noted in the logs.

    Nothing is generated. A log is replaced only when all of it is scored; `progress` gets its counts then. Returns the
    logs that were scored. Raises InputError where no log of a judged task is found, or none that a panel rates, and
    what a judge raises that does not answer.
    """
    files = [file for path in logs for file in (sorted(path.rglob("[!.]*.eval")) if path.is_dir() else [path])]
    for file in files:
        if not file.exists():
            raise InputError.at(file, "there is no such log; name a log or a folder of logs")
    rated, others = [], ""
    noted = raters.names if called is None else called
    with all_claimed(results_folder(file) for file in files):
        for file in files:
            judged = _judged(file)
            if judged is None:
                continue
            panel = raters.panel(judged.answers)
            if names := [name for name, each in judged.instruments.items() if panel.rates(each)]:
                progress(_rate(file, judged, names, raters, noted, watch))
                rated.append(file)
            elif panel.chosen is not None:
                others = NOTHING_FOR.format(panel.chosen.rubric)
    if not rated:
        raise InputError.at(files[0] if files else "logs", others or _NONE)
    return rated


def logs_to_rate(logs: Iterable[Path]) -> list[Responses]:
    """What the judged logs of our tasks hold to be rated. Raises InputError where there is none."""
    files = [file for path in logs for file in (sorted(path.rglob("[!.]*.eval")) if path.is_dir() else [path])]
    found = []
    for file in files:
        judged = _judged(file)
        if judged is None:
            continue
        rows = [row for log in read_logs([file]).logs for row in log.rows]
        for name, instrument in judged.instruments.items():
            only = judged.task.ratings[name].only
            shown = [
                (Material(row.response, row.asked.question, row.asked.system), row.values.get(name) is not None)
                for row in rows
                if row.response.strip() and (only is None or row.category in only)
            ]
            found.append(Responses(instrument, judged.answers, shown))
    if not found:
        raise InputError.at(files[0] if files else "logs", _NONE)
    return found


def _rate(
    file: Path, judged: _Judged, names: Sequence[str], raters: Connected, called: Sequence[str], watch: Watch
) -> Rated:
    """Rate a log by the ratings `names`, which are for the panel, and note what its judges are `called`."""
    log = read_log(file)
    if log.status != "success":
        # Scoring would call the rest of the run finished, and a log that lost its end looks like this too.
        raise InputError.at(file, f"this run did not finish (status {log.status}); finish it, then rate it")
    # inspect would set up the judges of the earlier rating again, and their keys need not be here.
    log.eval.model_roles = None
    panel = raters.panel(judged.answers)
    asyncio.run(panel.prepare())
    count = sum(
        len(sample.output.choices) * judged.task.ratings_of(str(sample.metadata.get("category", "")), names)
        for sample in log.samples or []
    )
    others = [name for name in judged.instruments if name not in names]
    before = _before(log, others) if others else {}
    with watch(str(file), count * len(panel.members)) as advance, rating_anew(panel, before):
        panel.watched_by(advance)
        scored = score(
            log,
            measures(**{**judged.arguments, "judge_when": "now"}),
            model="none/none",
            action="overwrite",
            display="none",
            copy=False,
        )
    scored.eval.model_roles = {ROLE: [ModelConfig(model=str(judge), config=judge.config) for judge in raters.models]}
    metadata = scored.eval.metadata or {}
    scored.eval.metadata = {**metadata, JUDGES: {**rated_after(scored), **{name: [*called] for name in names}}}
    with whole(file) as draft:
        write_eval_log(scored, str(draft))
    told = rated_by(panel, (one.get("details") or {} for one in _stored(scored)))
    return replace(count_rated(file, names, _stored(scored)), rated_by=told)


def _stored(log: EvalLog) -> Iterator[dict[str, Any]]:
    """Values and causes of every response; a sample that failed is one response without any."""
    for sample in log.samples or []:
        yield from _kept_of(sample).get("responses") or [{"values": {}}]


def _kept_of(sample: EvalSample) -> Mapping[str, Any]:
    """What our scorer stored with a sample."""
    scores = (sample.scores or {}).items()
    return next((score.metadata or {} for name, score in scores if name.split("/")[-1] == SCORER), {})


def _before(log: EvalLog, names: Sequence[str]) -> dict[Place, Before]:
    """The ratings `names` as they stand in the log."""
    found = {}
    for sample in log.samples or []:
        kept = _kept_of(sample)
        ratings = [kept_ratings(each, names) for each in kept.get("responses") or ()]
        if ratings:
            found[sample.id, sample.epoch] = Before(ratings, noted_of(kept))
    return found


@dataclass(frozen=True)
class _Judged:
    """A log of a judged task of ours: the `arguments` of its scorer, what each rating asks a judge, and how many
    `answers` are drawn where it is not read exactly."""

    task: Task
    arguments: Mapping[str, Any]
    instruments: Mapping[str, Instrument]
    answers: int


def _judged(file: Path) -> _Judged | None:
    """What is rated in this log; None where nothing is."""
    arguments = _scorer_arguments(file)
    if arguments is None:
        return None
    task = find_task(str(arguments["task"]))[1]
    instruments = task_instruments(task, arguments["parameters"], arguments.get("prompts"))
    return _Judged(task, arguments, instruments, int(arguments.get("ratings", 5)))


def _scorer_arguments(file: Path) -> dict[str, Any] | None:
    """The arguments of our scorer in this log, if its task asks a judge."""
    header = read_log(file, header_only=True)
    for one in header.eval.scorers or []:
        if one.name.split("/")[-1] == SCORER and one.options:
            options = dict(one.options)
            return options if find_task(str(options["task"]))[1].ratings else None
    return None
