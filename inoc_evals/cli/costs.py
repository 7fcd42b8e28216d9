"""The options of the commands that ask judges: prices, and a budget for all judges together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

prices_option = click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    envvar="INOC_JUDGE_PRICES",
    help="YAML: what a million tokens of each judge cost (or in INOC_JUDGE_PRICES)",
)
_budget = click.option(
    "--budget",
    default=None,
    metavar="AMOUNT",
    envvar="INOC_JUDGE_BUDGET",
    help='ask no judge beyond it: "1000 calls", "200000 tokens", with --prices "5 USD"',
)


def cost_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of what judges cost, as its parameters `prices` and `budget`."""
    return prices_option(_budget(command))
