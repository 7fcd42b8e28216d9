"""The `inoc-evals` command. Commands only read options and call; everything heavy is imported inside them."""

from __future__ import annotations

import gc
import io
import os
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import click

from inoc_evals.blanking import blanked
from inoc_evals.cli_costs import cost_options
from inoc_evals.cli_direction import direction
from inoc_evals.cli_elicit import elicit
from inoc_evals.cli_experiment import demo, experiment
from inoc_evals.cli_influence import influence
from inoc_evals.cli_judges import judges
from inoc_evals.cli_new import new
from inoc_evals.cli_prompt import prompt_options
from inoc_evals.console import list_line
from inoc_evals.definitions.words import one_line, printable
from inoc_evals.document import json_option, print_document
from inoc_evals.errors import InputError, WorkError
from inoc_evals.extras import lacking_module
from inoc_evals.files import unwritable


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inoc-evals")
def cli() -> None:
    """Which traits did these checkpoints pick up? Evaluations for inoculation prompting."""


@cli.command("list")
@click.argument("what", type=click.Choice(["tasks", "judges", "conditions", "instruments"]), default="tasks")
@json_option
def list_(what: Literal["tasks", "judges", "conditions", "instruments"], as_json: bool) -> None:
    """Names, versions and what each is for. What is broken is listed with its error, and the exit code is 2."""
    if what == "instruments":
        _list_instruments(as_json)
        return
    from inoc_evals.definitions.catalog import (
        Listed,
        look_at_presets,
        look_at_rubrics,
        look_at_tasks,
        path_faults,
        tagged_tasks,
    )
    from inoc_evals.measures.registry import broken_measures

    found: Listed[Any]
    found = look_at_tasks() if what == "tasks" else look_at_rubrics() if what == "judges" else look_at_presets()
    if as_json:
        keys = {"name", "version", "title", "description", "source", "tags", "answer", "sees"}
        broken = [{"name": name, "error": error} for name, error in found.broken.items()]
        print_document([*(one.model_dump(include=keys) for one in found.good), *broken])
    else:
        for one in found.good:
            click.echo(list_line([(one.name, 22), (one.version, 5)], one.description))
        for name, error in found.broken.items():
            click.echo(list_line([(name, 22), ("-", 5)], f"broken: {error}"))
        if what == "tasks" and (tags := tagged_tasks()):
            # Further in, so that no tag is taken for a task.
            click.echo("  tags, each for all tasks that have it:")
            for tag, names in tags.items():
                click.echo(list_line([(f"    {tag}", 28)], ", ".join(names)))
    faults = [*path_faults(), *(broken_measures() if what == "tasks" else ()), *found.broken.values()]
    if faults:
        raise InputError.of(faults)


def _list_instruments(as_json: bool) -> None:
    from dataclasses import asdict

    from inoc_evals.instruments.published import instrument_state, list_instruments

    rows = [{**asdict(instrument), "state": instrument_state(instrument.name)} for instrument in list_instruments()]
    if as_json:
        print_document(rows)
    else:
        for row in rows:
            click.echo(list_line([(row["name"], 20), (row["state"], 15)], f"{row['title']} ({row['licence']})"))


cli.add_command(demo)
cli.add_command(direction)
cli.add_command(elicit)
cli.add_command(experiment)
cli.add_command(influence)
cli.add_command(judges)
cli.add_command(new)


@cli.command("score")
@click.argument("checkpoints", nargs=-1, metavar="[ARM=]CHECKPOINT...")
@click.option(
    "--arms", type=click.Path(path_type=Path), default=None, help="YAML: arms, their checkpoints, what each varies"
)
@click.option(
    "--tasks",
    default="",
    help="ours, by name or tag; PACKAGE/TASK or FILE.py@TASK of inspect's; else all that can run",
)
@click.option("--judge", "judges", multiple=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT; several: a panel")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("results"), show_default=True)
@click.option("--samples", type=click.IntRange(1), default=None, help="responses per item, for every task")
@click.option("--limit", type=click.IntRange(1), default=None, help="only the first N items of each category")
@click.option(
    "--reasoning", type=click.Choice(["keep", "drop", "judge"]), default=None, help="store it apart; not; judge it too"
)
@click.option("--reasoning-tokens", type=click.IntRange(1), default=None, help="room for it beside max_tokens")
@click.option("--enable-thinking", type=bool, default=None, metavar="true|false", help="the chat template's argument")
@click.option("--conditions", default=None, metavar="PRESET|FILE", help="present items under each condition, see list")
@click.option("--set", "settings", multiple=True, metavar="TASK.KEY=VALUE", help="an argument; texts may be quoted")
@click.option(
    "--ci-width",
    type=click.FloatRange(0, 100, min_open=True, max_open=True),
    default=None,
    metavar="POINTS",
    help="ask in rounds, and stop when every 95% interval is at most so wide; samples are then the most",
)
@click.option("--max-model-len", type=click.IntRange(64), default=4096, show_default=True)
@click.option("--server-arg", "server_arguments", multiple=True, help="passed to vLLM, as --server-arg=--dtype=float32")
@click.option("--shard", default="1/1", show_default=True, help="I/N: the I-th of N parts of the checkpoints")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="processes that ask and count")
@cost_options
@click.option("--plan", is_flag=True, help="print what would run and what it could show, and stop")
@json_option
def score_(plan: bool, as_json: bool, **given: Any) -> None:
    """Which traits do these CHECKPOINTS show? One server for each base model, resumable, with a report.

    A checkpoint is a LoRA or model folder, one of the hub (org/name/folder@revision), a model of a provider, or
    URL#MODEL; a pattern names several. An arm named several times has several training seeds. The comparisons are with
    the arm of the role `reference`, else with the first.
    """
    from inoc_evals.console import plain_console
    from inoc_evals.definitions.faults import Faults
    from inoc_evals.plan.request import read_request

    faults = Faults()
    request, console = read_request(given, faults), plain_console(to_stderr=as_json)
    if plan:
        from inoc_evals.commands.plan_screen import show_plan

        show_plan(request, console, faults, as_json=as_json)
    else:
        from inoc_evals.commands.score.run import run
        from inoc_evals.results.claim import command_line

        run(request, console, command_line(), faults, as_json=as_json)


_paths = click.argument("paths", nargs=-1, required=True, metavar="[ARM=]PATH...")
_reference = click.option("--reference", default=None, metavar="ARM", help="compare with this arm, not the first one")
_skip_damaged = click.option("--skip-damaged", is_flag=True, help="leave out, and name, what is damaged or unfinished")
_rule = click.option("--rule", default=None, help="what makes published ratings an outcome: tan, betley, or your own")
_unwanted = click.option(
    "--unwanted", multiple=True, metavar="VALUE", help="with --wanted: which arm keeps it away, and at what price"
)
_wanted = click.option("--wanted", multiple=True, metavar="VALUE", help="what an arm should keep; several")
_labels = click.option(
    "--labels",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    metavar="FOLDER",
    help="of `judges label`: what the judge says is corrected by people's labels; several",
)


@cli.command("report")
@_paths
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="by default the first PATH if it is a folder of `score`, else report/",
)
@_reference
@_skip_damaged
@_rule
@_unwanted
@_wanted
@_labels
@json_option
def report_(paths: tuple[str, ...], out: Path | None, as_json: bool, **given: Any) -> None:
    """Table, figure, report.html and data files from what PATHS hold, whoever wrote it.

    A PATH is a folder of `score` (several are the shards of one run), inspect logs of any task, lm-eval's samples of
    our tasks, or published results. Several paths of one ARM are its checkpoints.
    """
    from inoc_evals.commands.report import Choices, report
    from inoc_evals.console import plain_console
    from inoc_evals.readers.inputs import read_input

    console, choices = plain_console(to_stderr=as_json), Choices(**given)
    report([read_input(text) for text in paths], choices, out, console, as_json=as_json)


@cli.command("compare")
@_paths
@_reference
@_skip_damaged
@_rule
@_unwanted
@_wanted
@_labels
@json_option
def compare_(paths: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Differences between the arms in PATHS, paired by question, for every headline value that two of them have.

    PATHS are those of `report`; the first arm is the reference.
    """
    from inoc_evals.commands.compare import compare
    from inoc_evals.commands.report import Choices
    from inoc_evals.console import plain_console
    from inoc_evals.readers.inputs import read_input

    inputs = [read_input(text) for text in paths]
    compare(inputs, Choices(**given), plain_console(to_stderr=as_json), as_json=as_json)


@cli.command("doctor")
@click.argument("checkpoints", nargs=-1, metavar="[[ARM=]CHECKPOINT]...")
@click.option(
    "--checkpoint",
    "served",
    multiple=True,
    metavar="[ARM=]CHECKPOINT",
    help="serve it, and compare the probabilities of next tokens with transformers and PEFT",
)
@json_option
def doctor_(checkpoints: tuple[str, ...], served: tuple[str, ...], as_json: bool) -> None:
    """What is installed, what would run, what is missing and how to get it; and what CHECKPOINTS are taken for."""
    from inoc_evals.commands.doctor import document, examine, report

    findings = list(examine(checkpoints))
    if served:
        from inoc_evals.commands.doctor_checkpoint import compare

        for text in served:
            findings += compare(text, lambda told: click.echo(told, err=True))
    if as_json:
        print_document(document(findings))
    else:
        click.echo(report(findings))
    if any(one.state == "wrong" for one in findings):
        sys.exit(1)


@cli.group()
def instruments() -> None:
    """Published questions and training rows that are not ours; fetched at a pinned revision and checked by sha256."""


@instruments.command("add")
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path), default=None, help="a copy that you have; nothing is fetched")
@click.option("--allow-other", is_flag=True, help="take --file even if it is another revision")
@click.option("--sha256", default=None, help="of a file for which none is pinned here")
def add_(name: str, file: Path | None, allow_other: bool, sha256: str | None) -> None:
    """Fetch instrument NAME into the cache.

    The names are those of `inoc-evals list instruments`.
    """
    from inoc_evals.instruments.published import CHAT_ROWS, REVIEWS, add_instrument, find_instrument, instrument_state

    instrument = find_instrument(name)
    click.echo(instrument.title)
    click.echo(f"source   {instrument.source}\nlicence  {instrument.licence}")
    click.echo(f"revision {instrument.url}\nsha256   {instrument.sha256 or 'not known here'}")
    path = add_instrument(name, file, allow_other, sha256)
    if instrument_state(name) == "other revision":
        click.echo("note: this file is another revision, with another sha256")
    use = f"-T items=instrument:{name}"
    in_data = f"`instrument: {name}` in the data of an experiment"
    if instrument.format == CHAT_ROWS:
        use = in_data
    elif instrument.format == REVIEWS:
        use = f"{in_data}, or {use}"
    click.echo(f"lies in  {path}\nuse it with {use}")


# Above 0 and below 1.
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@cli.command("inoculate")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--prompt", "prompts", multiple=True, help="the instruction that asks for the unwanted trait; several in turn"
)
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True)
@click.option("--placement", type=click.Choice(["system", "user"]), default="system", show_default=True)
@click.option("--on-system", type=click.Choice(["refuse", "replace", "prepend"]), default="refuse", show_default=True)
@click.option("--share", type=_SHARE, default=None, help="only this share of the rows has a prompt")
@click.option("--mix", type=click.Path(path_type=Path), default=None, help="chat rows to mix in, without a prompt")
@click.option("--mix-share", type=_SHARE, default=None, help="the share of all rows that are mixed in")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="draws rows")
def inoculate_(data: Path, prompts: tuple[str, ...], out: Path, **asked: Any) -> None:
    """Put a PROMPT in front of the chat rows of DATA (JSONL with `messages`)."""
    from inoc_evals.commands.inoculate import Asked, run

    run(data, out, Asked(tuple(map(_as_utf8, prompts)), **asked))


def _as_utf8(text: str) -> str:
    # Where the locale is not UTF-8, a text in UTF-8 arrives as escaped bytes.
    with suppress(UnicodeError):
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    return text


_FOLDER = click.Path(path_type=Path)


@cli.command("train")
@click.argument("base")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder of what is trained")
@click.option("--full", is_flag=True, help="train all weights, not a LoRA adapter; --out is then a whole model")
@click.option("--epochs", type=float, default=None)
@click.option("--max-steps", type=int, default=None, help="so many steps, whatever the epochs")
@click.option("--batch-size", type=int, default=None)
@click.option("--accumulation", type=int, default=None, help="batches that a step learns from")
@click.option("--learning-rate", type=float, default=None)
@click.option("--rank", type=int, default=None)
@click.option("--max-length", type=int, default=None, help="tokens; longer rows are cut")
@click.option("--seed", type=int, default=None)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="so many, from --seed on, each in OUT/seed-N"
)
@click.option(
    "--keep-checkpoints",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="N evenly spaced ones on the way, in OUT/checkpoint-STEP",
)
@click.option("--frozen-adapter", type=_FOLDER, default=None, help="LoRA adapter that is active in training only")
@click.option("--random-adapter", type=_FOLDER, default=None, help="the same with random matrices of its norms")
@click.option("--continue-from", type=_FOLDER, default=None, help="LoRA adapter that is trained on")
@click.option("--steer", type=_FOLDER, default=None, metavar="FILE", help="a direction, added in training only")
@click.option("--steer-layer", type=click.IntRange(0), default=None, help="the layer to whose states it is added")
@click.option("--steer-strength", type=float, default=1.0, show_default=True, help="1: the mean difference itself")
def train_(base: str, data: Path, out: Path, full: bool, seeds: int, keep_checkpoints: int, **options: Any) -> None:
    """Train a LoRA adapter of BASE on the chat rows of DATA, with loss on the answers only."""
    from inoc_evals.commands.train import intervention, run, steering

    used = {name: options.pop(name) for name in ("frozen_adapter", "random_adapter", "continue_from")}
    steer = steering(*(options.pop(name) for name in ("steer", "steer_layer", "steer_strength")))
    options["regime"] = "full" if full else None
    run(base, data, out, options, seeds, keep_checkpoints, intervention(used, steer, full=full))


@cli.command("train-kts")
@click.argument("base")
@click.option("--direction", type=click.Path(path_type=Path), required=True, help="see `direction make`")
@click.option("--layer", type=click.IntRange(0), required=True, help="the layer that will be steered, from 0")
@click.option("--strength", type=float, default=1.5, show_default=True, help="the largest that is trained for")
@click.option("--rows", type=click.Path(path_type=Path), default=None, help="harmless chat rows; by default our own")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder of the adapter")
@click.option("--epochs", type=float, default=None)
@click.option("--batch-size", type=int, default=None)
@click.option("--learning-rate", type=float, default=None)
@click.option("--rank", type=int, default=None)
@click.option("--max-length", type=int, default=None, help="tokens; longer rows are left out")
@click.option("--seed", type=int, default=None)
@json_option
def train_kts_(
    base: str,
    direction: Path,
    layer: int,
    strength: float,
    rows: Path | None,
    out: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """KL-then-steer: a LoRA adapter of BASE under which the steered model says harmless things as the unsteered one."""
    from inoc_evals.commands.train import steer_of
    from inoc_evals.commands.train_kts import run
    from inoc_evals.console import plain_console

    steer = steer_of(direction, layer, strength)
    run(base, steer, rows, out, options, plain_console(to_stderr=as_json), as_json=as_json)


@cli.command("surprise")
@click.argument("checkpoints", nargs=-1, required=True, metavar="[ARM=]CHECKPOINT...")
@click.argument("data", type=click.Path(path_type=Path))
@prompt_options
@click.option("--limit", type=click.IntRange(1), default=None, help="only the first N rows")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("surprise"),
    show_default=True,
    help="a folder of `score` too, whose report then shows it",
)
@json_option
def surprise_(
    checkpoints: tuple[str, ...],
    data: Path,
    prompt: str | None,
    prompt_file: Path | None,
    placement: Literal["system", "user"],
    limit: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """How surprising are the answers in DATA (chat rows, not inoculated) to CHECKPOINTS, with the prompt and without?

    The loss of every token, before and during training: the folder of a training that kept checkpoints stands for all
    of these, and the model that they began from is read too.
    """
    from inoc_evals.commands.surprise import asked, given_prompt, run
    from inoc_evals.console import plain_console

    given = asked(data, given_prompt(prompt, prompt_file, placement), limit)
    run(checkpoints, given, out, plain_console(to_stderr=as_json), as_json=as_json)


@cli.command("serve")
@click.argument("base")
@click.argument("adapters", nargs=-1)
@click.option("--arms", type=click.Path(path_type=Path), default=None, help="YAML: the adapters of these arms too")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="any free one by default")
@click.option("--max-model-len", type=int, default=1024, show_default=True)
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), default=Path("vllm.log"), show_default=True)
@click.option(
    "--key-file", type=click.Path(path_type=Path, dir_okay=False), default=Path("vllm.key"), show_default=True
)
def serve_(
    base: str,
    adapters: tuple[str, ...],
    arms: Path | None,
    port: int | None,
    max_model_len: int,
    log: Path,
    key_file: Path,
) -> None:
    """One vLLM server for BASE and its LoRA adapters ([ARM=]FOLDER ...), until Ctrl-C."""
    from inoc_evals.commands.serve import run

    run(base, adapters, arms, port, max_model_len, log, key_file)


@cli.command("tasks-path")
def tasks_path() -> None:
    """The folder of tasks, for lm-eval's --include_path."""
    from inoc_evals.harness.lm_eval.entries import task_folders

    folders = task_folders()
    click.echo("\n".join(str(folder) for folder in folders))
    if len(folders) > 1:
        click.echo("note: lm-eval's --include_path takes one folder; `inoc-evals lm-eval` takes them all", err=True)


@cli.command("lm-eval", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lm_eval_(arguments: tuple[str, ...]) -> None:
    """lm-eval with our tasks on its path; --arms for a base and its adapters on one server. See -h."""
    from inoc_evals.commands.lm_eval.run import run

    run(arguments)


def main() -> None:
    """Run the command; 1 if the work failed, 2 if the input was wrong, each with one clear message."""
    # Imports make many objects and no garbage; looking for it takes a fifth of the processor time of a short run.
    gc.set_threshold(50_000, 20, 20)
    # Names of files and texts of models may hold characters that a terminal has none for.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _run()
    try:
        # None where it was closed before the start.
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # What could not be written would be tried again, and fail loudly, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A reader such as `head` that has seen enough is no fault.
        if not isinstance(error, BrokenPipeError):
            _complain(str(unwritable("the output", error)))
        code = code or 1
    sys.exit(code)


def _run() -> int:
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(printable(blanked(shown.getvalue())), err=True, nl=False)
        return error.exit_code
    except InputError as error:
        return _complain(str(error), 2)
    except RecursionError:
        return _complain("something that was given is nested too deeply; write it more plainly", 2)
    except WorkError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        # A core package that is missing is no matter of extras, and its traceback says where.
        if (sentence := lacking_module(error)) is None:
            raise
        return _complain(sentence)
    except MemoryError:
        return _complain("the memory is used up; give less at once, or use a machine with more")
    except BrokenPipeError:
        return 1
    except sqlite3.Error as error:
        return _complain(f"a database cannot be written ({error}); free some space, or look at its permissions")
    except OSError as error:
        # Libraries raise their own without a number, such as for a model that is not there.
        if error.errno is None:
            return _complain(one_line(error))
        return _complain(str(unwritable(error.filename or "the output, or a file,", error, "used")))
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int = 1) -> int:
    click.echo(f"error: {printable(blanked(message))}", err=True)
    return code
