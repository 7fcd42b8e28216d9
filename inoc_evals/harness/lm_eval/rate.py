"""Rating responses that lie in lm-eval's samples files: nothing is generated, and what is rated is not asked again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.harness.lm_eval.documents import plan_of
from inoc_evals.harness.lm_eval.judges import prepare
from inoc_evals.harness.lm_eval.measuring import (
    Stored,
    document_values,
    judged_by,
    measure_all,
    summary_of,
    trajectories_of,
)
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.harness.lm_eval.task import PIPELINE
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.connect import Connected
from inoc_evals.judging.fulfil import kept_ratings
from inoc_evals.judging.panel import NOTHING_FOR, Panel
from inoc_evals.judging.progress import Watch, unwatched
from inoc_evals.judging.prompt import Material
from inoc_evals.judging.rated import Rated, count_rated
from inoc_evals.judging.usage import Judging, merged, plain
from inoc_evals.judging.usage import stored as stored_judging
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.judging import Responses
from inoc_evals.protocols.requests import Tokens
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.lm_eval_samples import Row, kept_of, read_samples
from inoc_evals.results.rated_by import RATED_BY, all_noted, noted_of
from inoc_evals.results.summaries import Summary

PATTERN = "samples_*.jsonl"
_NONE = "no samples file here is of a judged task; name one, or what to rate by with --rubric"


def rate_samples(
    files: Iterable[Path], raters: Connected, progress: Callable[[Rated], None], watch: Watch = unwatched
) -> list[Path]:
    """Rate the samples files of our judged tasks (or those below the named folders) anew with `raters`, in place, and
    the metrics in the results file of the same run; other files are left alone, and so are ratings that are not for a
    panel.

    A file is replaced only when all of it is rated; `progress` gets its counts then. Returns the files that were rated.
    Raises InputError where none is found, none that a panel rates, or a file is none of lm-eval's, and what a judge
    raises that does not answer.
    """
    named = list(files)
    found = [file for path in named for file in (sorted(path.rglob(PATTERN)) if path.is_dir() else [path])]
    rated, others = [], ""
    for file in found:
        rows = read_samples(file)
        plan = _plan(rows)
        if plan is None or not plan.instruments:
            continue
        panel = raters.panel(plan.ratings)
        names = [name for name, instrument in plan.instruments.items() if panel.rates(instrument)]
        if not names:
            others = "" if panel.chosen is None else NOTHING_FOR.format(panel.chosen.rubric)
            continue
        took: list[Judging] = []
        with noted(took):
            prepare(panel)
        count = sum(len(row["resps"][0]) * plan.task.ratings_of(row["doc"]["category"], names) for row in rows)
        with watch(str(file), count * len(panel.members)) as advance:
            panel.watched_by(advance)
            stored = _rate(file, rows, plan, panel, took)
        rated.append(file)
        told = judged_by(panel, stored).get(RATED_BY, {})
        progress(replace(count_rated(file, names, stored), rated_by=told))
    if not rated:
        raise InputError.at(named[0] if named else "samples", others or _NONE)
    return rated


def samples_to_rate(files: Iterable[Path]) -> list[Responses]:
    """What the samples files of our judged tasks hold to be rated. Raises InputError where there is none, and for a
    file that is none of lm-eval's."""
    named = list(files)
    found = []
    for file in (file for path in named for file in (sorted(path.rglob(PATTERN)) if path.is_dir() else [path])):
        rows = read_samples(file)
        plan = _plan(rows)
        if plan is None:
            continue
        for name, instrument in plan.instruments.items():
            only = plan.task.ratings[name].only
            shown = [
                (Material(trajectory.answer, trajectory.question, trajectory.system), _has(name, values))
                for row in rows
                if only is None or row["doc"]["category"] in only
                for trajectory, values in _with_values(row)
                if trajectory.answer.strip()
            ]
            found.append(Responses(instrument, plan.ratings, shown))
    if not found:
        raise InputError.at(named[0] if named else "samples", _NONE)
    return found


def _with_values(row: Row) -> Iterator[tuple[Trajectory, Mapping[str, Any]]]:
    trajectories = trajectories_of(row["doc"], _texts(row))
    yield from zip(trajectories, (kept or {} for kept in kept_of(row)), strict=True)


def _has(name: str, kept: Mapping[str, Any]) -> bool:
    values = kept.get("values")
    return isinstance(values, Mapping) and values.get(name) is not None


def _rate(file: Path, rows: list[Row], plan: Plan, panel: Panel, took: list[Judging]) -> list[Stored]:
    task = plan.task
    others = [name for name, instrument in plan.instruments.items() if not panel.rates(instrument)]
    kept = [[kept_ratings(each or {}, others) for each in kept_of(row)] for row in rows]
    with noted(took):
        stored = measure_all(plan, panel, [trajectories_of(row["doc"], _texts(row)) for row in rows], kept)
    summary = summary_of(plan, [row["doc"] for row in rows], stored)
    for row, each in zip(rows, stored, strict=True):
        for name in row.get("metrics", []):
            row.pop(name, None)
        shown = document_values(row["doc"], each)
        row["filtered_resps"] = [[json.dumps(one, ensure_ascii=False) for one in each]]
        row |= {name: shown.get(name) for name in summary.shown} | {"metrics": list(summary.shown)}
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    results = _results_beside(file)
    if results is not None:
        name = f"inoc_{task.name}"
        record = {
            "judges": panel.names,
            **judged_by(panel, [one for each in stored for one in each]),
            **_judging(results, name, took),
        }
        written = _with_metrics(results, name, summary, record, keeps=bool(others))
        text = json.dumps(written, indent=2, ensure_ascii=False)
        write_whole(results, text)
    write_whole(file, lines)
    return [one for each in stored for one in each]


def _texts(row: Row) -> list[str]:
    """The responses, with what is known of them; those that were not measured are as they came."""
    pairs = zip(row["resps"][0], kept_of(row), strict=True)
    return [text if kept is None else _reply(text, kept) for text, kept in pairs]


def _reply(text: str, kept: Mapping[str, Any]) -> Reply:
    tokens = kept.get("tokens")
    told = Tokens(*(tokens.get(each.name) for each in fields(Tokens))) if isinstance(tokens, dict) else None
    return Reply(text, kept.get("truncated"), kept.get("reasoning"), bool(kept.get("unfinished")), told)


def _judging(file: Path, name: str, took: Sequence[Judging]) -> dict[str, Any]:
    """What judges took, with what was taken before, by other judges too."""
    record = _part(read_object(file, "a results file of lm-eval", allow_nan=True), "configs", name, "metadata") or {}
    parts = [part for part in (stored_judging(record.get(JUDGING)), *took) if part is not None and part.spent]
    judging = merged(parts)
    return {} if judging is None else {JUDGING: plain(judging)}


def _with_metrics(file: Path, name: str, summary: Summary, noted: Mapping[str, Any], *, keeps: bool) -> dict[str, Any]:
    """The results with the metrics, and with what is `noted` of the judges; beside what was where it `keeps` some of
    their ratings."""
    results = read_object(file, "a results file of lm-eval", allow_nan=True)
    row, record = _part(results, "results", name), _part(results, "configs", name, "metadata")
    if row is None or record is None:
        raise InputError.at(file, f"it holds no results of {name} as lm-eval writes them; restore the file")
    kept = {key: value for key, value in row.items() if "," not in key}
    errors = {f"{key}_stderr,{PIPELINE}": "N/A" for key in summary.shown}
    row.clear()
    row |= {**kept, **errors, **{f"{key},{PIPELINE}": value for key, value in summary.shown.items()}}
    record["summary"] = {**summary.shown, **summary.more}
    before = dict(record) if keeps else {}
    judges = before["judges"] if isinstance(before.get("judges"), list) else []
    record.pop(RATED_BY, None)
    record |= {**noted, "judges": list(dict.fromkeys(map(str, [*judges, *noted["judges"]])))}
    if told := all_noted([noted_of(before), noted_of(noted)]):
        record[RATED_BY] = told
    return results


def _part(results: dict[str, Any], *steps: str) -> dict[str, Any] | None:
    part: object = results
    for step in steps:
        part = part.get(step) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else None


def _results_beside(file: Path) -> Path | None:
    """The results file of the same run; lm-eval puts one time into both names."""
    stamp = file.stem.rpartition("_")[2]
    return next(iter(sorted(file.parent.glob(f"*_{stamp}.json"))), None)


def _plan(rows: Sequence[Row]) -> Plan | None:
    doc = rows[0]["doc"] if rows else {}
    return plan_of(doc["inoc_task"], doc["arguments"]) if "inoc_task" in doc else None
