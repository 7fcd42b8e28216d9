"""The command `inoc-evals score`. It only reads options and calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from inoc_evals.cli.costs import cost_options
from inoc_evals.document import json_option


@click.command("score")
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
