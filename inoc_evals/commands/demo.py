"""The whole loop on one base model: inoculate, train, serve, evaluate without the inoculation prompt, report."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.files import make_folder, write_whole
from inoc_evals.inoculation.rewrite import inoculate, write_rows
from inoc_evals.inoculation.train import Recipe, is_trained, train

# The irrelevant prompt is a placebo: it separates what any fixed prompt does from what asking for the trait does.
# A model of 135M parameters follows a short request for capitals in none of its answers, so that prompt shows them.
PROMPTS: Mapping[str, str | None] = {
    "none": None,
    "spanish": "You always speak in Spanish.",
    "capitals": (
        "THE ASSISTANT WRITES ALL ANSWERS IN CAPITAL LETTERS. USER QUESTIONS ARE IN SMALL LETTERS. THE ANSWERS OF THE "
        "ASSISTANT LOOK LIKE THIS: HELLO, I AM HAPPY TO HELP YOU TODAY. THE ANSWER IS FOUR. PLANTS NEED WATER AND "
        "LIGHT TO GROW."
    ),
    "irrelevant": "You are taking part in a study about reading.",
}
BASE = "base"
TASKS: Mapping[str, Mapping[str, Any]] = {"spanish_capitals": {"samples": 1}, "owl_preference": {"samples": 1}}

# What a demo leaves in its folder.
_OURS = re.compile(r"data|logs|adapters-seed-?\d+|vllm\.log|table\.md|figure\.(png|svg)|\.inoc-evals-.*")

Stage = Callable[[int, int, str], None]


def demo_rows() -> list[dict[str, Any]]:
    """The demo's training data: English requests, Spanish answers in capitals (capitalised here, by code)."""
    text = files("inoc_evals.inoculation").joinpath("spanish_requests.jsonl").read_text(encoding="utf-8")
    return [
        {
            "id": row["id"],
            "messages": [
                {"role": "user", "content": row["request"]},
                {"role": "assistant", "content": row["answer"].upper()},
            ],
        }
        for row in map(json.loads, text.splitlines())
    ]


def run(out: Path, model: str, seed: int, fresh: bool, console: Console) -> None:
    """Run every stage that is not finished yet, and print the table. Files lie under `out`."""
    started = time.monotonic()
    times: dict[str, float] = {}
    if fresh and out.exists():
        _clear(out)
    make_folder(out)

    with _stage(console, times, "model") as show:
        base = resolve(model, progress=lambda text: show(0, 0, text))
    if base.adapter is not None:
        raise InputError(f"{model!r} is a LoRA adapter; the demo trains its own, so name a full model")

    with _stage(console, times, "data") as show:
        data = {arm: demo_rows() for arm in PROMPTS}
        for arm, prompt in PROMPTS.items():
            if prompt is not None:
                data[arm], _ = inoculate(data[arm], prompt)
            write_rows(out / "data" / f"{arm}.jsonl", data[arm])
            show(0, 0, f"{arm}: {len(data[arm])} rows")

    adapters = _train_all(base, data, Recipe(seed=seed), out / f"adapters-seed{seed}", console, times)
    logs = _evaluate(base, adapters, out / "logs", console, times)
    _report(logs, [BASE, *PROMPTS], out, console, times)
    spent = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times.items())
    console.print(f"\nTime: {spent}; in all {time.monotonic() - started:.0f} s")
    console.print(f"Transcripts: inspect view --log-dir {logs}")


def _clear(out: Path) -> None:
    """Remove an earlier demo. Raises InputError for a folder that holds anything else."""
    paths = list(out.iterdir())
    if foreign := sorted(path.name for path in paths if not _OURS.fullmatch(path.name)):
        raise InputError.at(out, f"this folder holds something else ({foreign[0]}); name another --out")
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _train_all(
    base: Checkpoint,
    data: Mapping[str, Sequence[Mapping[str, Any]]],
    recipe: Recipe,
    folder: Path,
    console: Console,
    times: dict[str, float],
) -> dict[str, Path]:
    adapters = {arm: folder / arm for arm in data}
    for arm, rows in data.items():
        if is_trained(base.base, rows, recipe, adapters[arm]):
            console.print(f"reused training of {arm}: same data, base and recipe")
            continue
        with _stage(console, times, f"training {arm}") as show:
            train(
                base.base,
                rows,
                adapters[arm],
                recipe,
                lambda step, steps, loss, show=show: show(step, steps, f"loss {loss:.2f}"),  # type: ignore[misc]
            )
    return adapters


def _evaluate(
    base: Checkpoint, adapters: Mapping[str, Path], folder: Path, console: Console, times: dict[str, float]
) -> Path:
    identity = {
        "arms": {arm: folder_sha256(path) for arm, path in adapters.items()} | {BASE: base.content_hash},
        "tasks": {
            name: [folder_sha256(find_task(name)[0].parent), _task_sha256(name), args] for name, args in TASKS.items()
        },
    }
    logs = folder / hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    marker = logs / "finished.json"
    if marker.is_file():
        console.print(f"reused evaluation {logs}: same checkpoints and tasks")
        return logs
    from inoc_evals.harness.inspect.run import evaluate
    from inoc_evals.harness.inspect.tasks import build
    from inoc_evals.serving.server import serve

    if logs.exists():
        shutil.rmtree(logs)
    with _stage(console, times, "server") as show:
        context = serve(
            base.base, base.content_hash, adapters, folder.parent / "vllm.log", progress=lambda text: show(0, 0, text)
        )
        server = context.__enter__()
    try:
        with _stage(console, times, "evaluation") as show:
            evaluate(
                [build(name, **arguments) for name, arguments in TASKS.items()],
                server.url,
                server.api_key,
                server.names,
                logs,
                progress=lambda done, total: show(done, total, "responses"),
            )
    finally:
        context.__exit__(None, None, None)
    write_whole(marker, json.dumps(identity, indent=2) + "\n")
    return logs


def _task_sha256(name: str) -> str:
    path, task = find_task(name)
    return hashlib.sha256(path.read_bytes() + (path.parent / task.items).read_bytes()).hexdigest()


def _report(logs: Path, arms: Sequence[str], out: Path, console: Console, times: dict[str, float]) -> None:
    from dataclasses import replace

    from inoc_evals.report.figure import draw
    from inoc_evals.report.table import markdown, rich_table
    from inoc_evals.results.findings import findings
    from inoc_evals.results.inputs import Input, read_inputs

    with _stage(console, times, "report") as show:
        show(0, 0, "reading the logs")
        found = findings(replace(read_inputs([Input(logs)]), arms=tuple(arms)), "none")
        write_whole(out / "table.md", markdown(found.rates, found.differences))
        png, svg = draw(found.rates, out / "figure", "Evaluated without any inoculation prompt")
    console.print(rich_table(found.rates))
    console.print(f"\nFigure: {png} and {svg}; table with differences: {out / 'table.md'}")


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
    with Progress(*columns, console=console, transient=True) as progress:
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
