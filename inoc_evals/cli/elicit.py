"""The command `inoc-evals elicit`. It only reads options and calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from inoc_evals.document import json_option


@click.command("elicit")
@click.argument("base")
@click.option("--prompts", type=click.Path(path_type=Path), required=True, help="a file of candidates, one a line")
@click.option("--task", required=True, help="one of ours, see `list`")
@click.option("--value", default=None, help="the trait; by default the task's first headline value")
@click.option(
    "--data", type=click.Path(path_type=Path), default=None, help="training rows: their uplift is measured too"
)
@click.option("--control", type=click.Path(path_type=Path), default=None, help="the same requests without the trait")
@click.option("--rows", type=click.IntRange(2), default=None, help="read so many of the rows; by default all")
@click.option("--placement", type=click.Choice(["system", "user"]), default="system", show_default=True)
@click.option("--judge", "judges", multiple=True, help="as of `score`; several: a panel")
@click.option("--samples", type=click.IntRange(1), default=None, help="responses per item")
@click.option("--limit", type=click.IntRange(1), default=None, help="only the first N items of each category")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="an argument of the task")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("elicited"), show_default=True)
@json_option
def elicit(as_json: bool, settings: tuple[str, ...], samples: int | None, limit: int | None, **given: Any) -> None:
    """How strongly does each candidate prompt bring a trait out of BASE, which is not trained yet?

    Ranks the prompts and writes down which of them should keep the trait away if it is trained with: forecast.json,
    which `inoc-evals experiment run --forecast` then tests.
    """
    from inoc_evals.commands.elicit import Wanted
    from inoc_evals.commands.elicit import elicit as run
    from inoc_evals.console import plain_console
    from inoc_evals.definitions.faults import Faults
    from inoc_evals.plan.request import read_settings

    faults, task = Faults(), given["task"]
    written = [f"{task}.{text}" for text in settings]
    arguments = read_settings(written, [task], {"samples": samples, "limit": limit}, faults)
    faults.refuse()
    run(Wanted(**given, arguments=arguments.get(task, {})), plain_console(to_stderr=as_json), as_json=as_json)
