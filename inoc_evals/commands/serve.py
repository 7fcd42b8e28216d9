"""`inoc-evals serve`: a base and the adapters of all arms on one server, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from inoc_evals.checkpoints.arms import Member, read_arms
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.proven import as_proven, told
from inoc_evals.definitions.arms import CONTROL
from inoc_evals.errors import InputError
from inoc_evals.files import check_writable
from inoc_evals.serving.keys import key_in_file
from inoc_evals.serving.server import ServerSettings, serve


def run(
    base: str, adapters: Sequence[str], arms: Path | None, port: int | None, max_model_len: int, log: Path, key: Path
) -> None:
    """Serve `base` with the `adapters` ([ARM=]FOLDER) and those of the file `arms`; the key goes into the file `key`.
    What an arm varies is not served, but asked. Raises InputError and WorkError."""
    found = resolve(base, progress=click.echo)
    folders, controls = adapters_of(found.base, adapters, arms) if adapters or arms else ({}, frozenset[str]())
    check_writable(key, private=True)
    settings = ServerSettings(port, max_model_len)
    with (
        serve(found.base, found.content_hash, folders, log, settings, controls=controls) as server,
        key_in_file(server.api_key, key),
    ):
        for line in told({label: as_proven(change, base) for label, change in server.proof.changes.items()}):
            click.echo(line)
        click.echo(f"{server.url} serves {', '.join(server.names.values())}; the key is in {key}")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def adapters_of(base: str, named: Sequence[str], arms: Path | None) -> tuple[dict[str, Path], frozenset[str]]:
    """The folders of adapters on `base` (a folder or hub id) by label, each once, and which of them are controls. The
    base itself, which a file of arms may name, is served in any case.

    Raises InputError for what is no adapter, and for two arms with the same weights that are asked the same, unless one
    is a control."""
    folders: dict[str, Path] = {}
    first: dict[str, Member] = {}
    treated: set[str] = set()
    for member in read_arms(named, arms):
        if member.checkpoint is None or (member.checkpoint.adapter is None and member.checkpoint.base != base):
            raise InputError(f"{member.reference!r} is no LoRA adapter; only adapters share the base's server")
        if member.checkpoint.adapter is None:
            continue
        same = first.setdefault(member.weights, member)
        if same is not member and same.variation == member.variation and CONTROL not in (same.role, member.role):
            raise InputError(f"{same.label} and {member.label} are the same weights; leave one out")
        folders.setdefault(same.label, member.checkpoint.adapter)
        if member.role != CONTROL:
            treated.add(same.label)
    return folders, frozenset(folders.keys() - treated)
