"""The whole loop on one base model: inoculate, train, score without the inoculation prompt, report.

Trainings run in a process of their own, and the evaluation is `inoc-evals score`: this process loads no torch.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from inoc_evals.checkpoints.hub_id import HUB
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.demo_screen import TRAITS, Shown, last_screen
from inoc_evals.commands.report import document, write_results
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.files import make_folder
from inoc_evals.inoculation.rewrite import inoculate, read_rows, write_rows
from inoc_evals.inoculation.train import Recipe, is_trained
from inoc_evals.inoculation.training_process import Training, train_apart
from inoc_evals.plan.compiled import Plan, make_plan
from inoc_evals.plan.request import Request
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.claim import HOLDER, LOCK, claimed, command_line
from inoc_evals.results.settings import LOGS
from inoc_evals.results.source import Source

if TYPE_CHECKING:
    from inoc_evals.results.findings import Findings

# The irrelevant prompt is a placebo: it separates what any fixed prompt does from what asking for the trait does.
PROMPTS: Mapping[str, str | None] = {
    "none": None,
    "spanish": "You always speak in Spanish.",
    "capitals": "THE ASSISTANT WRITES ALL ANSWERS IN CAPITAL LETTERS.",
    "irrelevant": "You are taking part in a study about reading.",
}
# The trait that a prompt asks for, by the value that measures it.
ASKED_FOR: Mapping[str, str] = {"spanish": "language", "capitals": "capitals"}
# At twice the rate Spanish was learned whatever the prompt said, at half of it capitals not always (docs/demo.md).
RECIPE: Mapping[str, Any] = {"epochs": 2, "learning_rate": 1e-3}
BASE, REFERENCE = "base", "none"
TASK = "spanish_capitals"
# Requests of another kind than the training data holds.
CATEGORY = "out_of_distribution"
EVALUATIONS = "evaluations"
# Of tokens: longer than any request of the task with its answer.
_LONGEST = 1024

# What a demo leaves in its folder.
_OURS = re.compile(
    r"data|evaluations|adapters-seed\d+|table\.md|figure\.(png|svg)|report\.html|results\.json"
    r"|responses\.(csv|parquet)|\.lock(\.json)?|\.inoc-evals-.*"
)

Stage = Callable[[int, int, str], None]


def demo_rows() -> list[dict[str, Any]]:
    """The demo's training data: English requests with Spanish answers in capitals, unless the request asks for an
    English sentence or for small letters (tools/demo_rows.py)."""
    return read_rows(find_experiment("spanish_capitals").with_name("rows.jsonl"))


@dataclass(frozen=True)
class Choices:
    """What a demo is run with: the base model, the training seed, the temperature of evaluation, and whether every
    stage is done again."""

    model: str
    seed: int
    temperature: float
    fresh: bool


def run(out: Path, choices: Choices, console: Console, *, as_json: bool = False) -> None:
    """Run every stage that is not finished yet, and print what came out; with `as_json` as JSON to standard output. The
    report lies in `out`, and each evaluation, a folder of `inoc-evals score`, in a folder of its own below it.

    Raises InputError and WorkError as the stages do, InputError also where another process works in `out`.
    """
    started = time.monotonic()
    times: dict[str, float] = {}
    with claimed(out, console.print):
        if choices.fresh:
            _clear(out)
        with _stage(console, times, "model") as show:
            base = resolve(choices.model, progress=lambda text: show(0, 0, text))
        if base.adapter is not None:
            raise InputError(f"{choices.model!r} is a LoRA adapter; the demo trains its own, so name a full model")
        plan = make_plan(TASK, {"temperature": choices.temperature})
        with _stage(console, times, "data") as show:
            data = _write_data(make_folder(out / "data"), show)
        adapters = _train_all(base, data, Recipe(**RECIPE, seed=choices.seed), out, console, times)
        scored = _score(_request(base, adapters, plan, out / EVALUATIONS), plan, console, times)
        with _stage(console, times, "report") as show:
            show(0, 0, "table, figure and pages")
            found = write_results(scored.source, out, REFERENCE)
    times["in all"] = time.monotonic() - started
    if as_json:
        print_document({**document(found, out, scored.folder / LOGS), "seconds": times})
    else:
        _print_last_screen(found, scored, plan, out, times, console)


def _print_last_screen(
    found: Findings, scored: _Scored, plan: Plan, out: Path, times: Mapping[str, float], console: Console
) -> None:
    order = [BASE, *PROMPTS]
    rates = sorted(found.rates, key=lambda rate: order.index(rate.arm))
    shown = Shown(
        ASKED_FOR,
        {item.id: item.prompt for item in plan.items if item.category == CATEGORY},
        {(row.arm, row.item): row.response for row in scored.source.rows},
    )
    rates = [rate for rate in rates if rate.category == CATEGORY and rate.measure in TRAITS]
    console.print()
    for part in last_screen(found, rates, shown):
        console.print(part)
    for note in scored.source.notes:
        console.print(f"note: {note}")
    console.print(f"\nReport: {out / 'report.html'}")
    console.print(f"Transcripts: inspect view --log-dir {scored.folder / LOGS}", soft_wrap=True)
    console.print("Time: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times.items()))


def _clear(out: Path) -> None:
    """Remove an earlier demo. Raises InputError for a folder that holds anything else."""
    paths = [path for path in out.iterdir() if path.name not in (LOCK, HOLDER)]
    if foreign := sorted(path.name for path in paths if not _OURS.fullmatch(path.name)):
        raise InputError.at(out, f"this folder holds something else ({foreign[0]}); name another --out")
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write_data(folder: Path, show: Stage) -> dict[str, tuple[Path, list[dict[str, Any]]]]:
    """Each arm's training rows, and the file that holds them."""
    data = {}
    for arm, prompt in PROMPTS.items():
        rows = demo_rows()
        if prompt is not None:
            rows, _ = inoculate(rows, prompt)
        data[arm] = folder / f"{arm}.jsonl", rows
        write_rows(*data[arm])
        show(0, 0, f"{arm}: {len(rows)} rows")
    return data


def _train_all(
    base: Checkpoint,
    data: Mapping[str, tuple[Path, Sequence[Mapping[str, Any]]]],
    recipe: Recipe,
    out: Path,
    console: Console,
    times: dict[str, float],
) -> dict[str, Path]:
    """The folder of each arm's adapter, after the training of those that are not there."""
    # Absolute, because `score` notes down where a checkpoint lay.
    folder = out.resolve() / f"adapters-seed{recipe.seed}"
    adapters = {arm: folder / arm for arm in data}
    missing = []
    for arm, (file, rows) in data.items():
        if is_trained(base.trained_on, rows, recipe, adapters[arm]):
            console.print(f"reused training of {arm}: same data, base and recipe")
        else:
            missing.append(Training(arm, base.trained_on, file, adapters[arm], recipe))
    if missing:
        with _stage(console, times, "training") as show:
            show(0, 0, "starting")
            train_apart(
                missing,
                lambda arm, step, steps, loss: show(step, steps, f"{arm}, loss {loss:.2f}"),
                lambda arm, seconds: console.print(f"trained {arm} in {seconds:.1f} s"),
            )
    return adapters


@dataclass(frozen=True)
class _Scored:
    """An evaluation's folder and what was read from it."""

    folder: Path
    source: Source


def _score(request: Request, plan: Plan, console: Console, times: dict[str, float]) -> _Scored:
    if (scored := _finished(request.out, plan.responses)) is not None:
        console.print(f"reused evaluation {request.out}: same checkpoints and task")
        return scored
    from inoc_evals.commands import score

    started = time.monotonic()
    score.run(request, console, command_line(), report=False)
    times["scoring"] = time.monotonic() - started
    return _read(request.out)


def _read(folder: Path) -> _Scored:
    return _Scored(folder, read_inputs([Input(folder)]))


def _finished(folder: Path, wanted: int) -> _Scored | None:
    """The evaluation in `folder` if it holds `wanted` responses of each arm."""
    # What is missing, damaged or not finished is for `score` to go on with, or to refuse.
    with suppress(InputError):
        scored = _read(folder)
        counts = Counter(row.arm for row in scored.source.rows)
        if not scored.source.notes and set(counts.values()) == {wanted}:
            return scored
    return None


def _request(base: Checkpoint, adapters: Mapping[str, Path], plan: Plan, folder: Path) -> Request:
    """What `score` is asked for. Its folder, in `folder`, is named after the checkpoints, where they lie and the task:
    an evaluation of others stays as it is, and is there again when they are."""
    # The first arm is the one that all are compared with.
    arms = {arm: str(path) for arm, path in adapters.items()}
    arms[BASE] = f"{HUB}{base.pinned}" if base.pinned else base.reference
    identity = {
        "arms": arms,
        "sha256": {arm: folder_sha256(path) for arm, path in adapters.items()} | {BASE: base.content_hash},
        "task": plan.record["task_sha256"],
        "temperature": plan.temperature,
    }
    out = folder / hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    checkpoints = tuple(f"{arm}={reference}" for arm, reference in arms.items())
    return Request(
        checkpoints, out, (TASK,), arguments={TASK: {"temperature": plan.temperature}}, max_model_len=_LONGEST
    )


@contextmanager
def _stage(console: Console, times: dict[str, float], name: str) -> Iterator[Stage]:
    """Live progress of one stage on a terminal, one line when it is done, and its time in `times`."""
    started = time.monotonic()
    columns = (
        TextColumn("{task.fields[stage]:<20}"),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    said = started
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None, stage=name)

        def show(done: int, total: int, text: str) -> None:
            nonlocal said
            described = f"{done}/{total} {text}" if total else text
            progress.update(bar, completed=done, total=total or None, description=described)
            # Without a terminal there is no bar; a line now and then shows that work goes on.
            if not console.is_terminal and time.monotonic() - said > 15:
                said = time.monotonic()
                console.print(f"  {name}: {described}")

        yield show
    times[name] = time.monotonic() - started
    console.print(f"{name} done in {times[name]:.1f} s")
