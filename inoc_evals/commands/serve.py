"""`inoc-evals serve`: a base and the adapters of all arms on one server, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.errors import InputError
from inoc_evals.files import check_writable
from inoc_evals.serving.keys import key_in_file
from inoc_evals.serving.server import serve


def run(
    base: str, adapters: Sequence[str], arms: Path | None, port: int | None, max_model_len: int, log: Path, key: Path
) -> None:
    """Serve `base` with the `adapters` ([ARM=]FOLDER) and those of the file `arms`; the key goes into the file `key`.
    What an arm varies is not served, but asked. Raises InputError and WorkError."""
    found = resolve(base, progress=click.echo)
    folders = adapters_of(found.base, adapters, arms) if adapters or arms else {}
    check_writable(key, private=True)
    with (
        serve(found.base, found.content_hash, folders, log, port=port, max_model_len=max_model_len) as server,
        key_in_file(server.api_key, key),
    ):
        click.echo(f"{server.url} serves {', '.join(server.names.values())}; the key is in {key}")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def adapters_of(base: str, named: Sequence[str], arms: Path | None) -> dict[str, Path]:
    """The folders of adapters on `base` (a folder or hub id) by label, each once. Raises InputError for what is no
    adapter of it; the base itself, which a file of arms may name, is served in any case."""
    members = read_arms(named, arms)
    for member in members:
        if member.checkpoint is None or (member.checkpoint.adapter is None and member.checkpoint.base != base):
            raise InputError(f"{member.reference!r} is no LoRA adapter; only adapters share the base's server")
    return {label: folder for group in by_base(members) for label, folder in group.adapters.items()}
