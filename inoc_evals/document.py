"""What a command prints with --json: one document on standard output, and nothing else there."""

from __future__ import annotations

import json
from typing import Any

import click

from inoc_evals.blanking import key_values, without_values
from inoc_evals.plain import plain

json_option = click.option(
    "--json", "as_json", is_flag=True, help="machine-readable: one JSON document; messages go to standard error"
)


def print_document(document: Any) -> None:
    """Print `document`, which may hold dataclasses, as JSON: null where there is no number, and no key of the
    environment."""
    click.echo(json.dumps(without_values(plain(document), key_values()), indent=2))
