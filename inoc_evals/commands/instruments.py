"""What `inoc-evals instruments add` does."""

from __future__ import annotations

from pathlib import Path

import click

from inoc_evals.instruments.published import CHAT_ROWS, REVIEWS, add_instrument, find_instrument, instrument_state


def add(name: str, file: Path | None, allow_other: bool, sha256: str | None) -> None:
    """Put an instrument into the cache, from `file` where there is one, and say what it is and how it is used. Raises
    InputError for a name that is not known and for another revision that is not allowed."""
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
