"""What `inoc-evals doctor` prints."""

from __future__ import annotations

from collections.abc import Sequence

import click

from inoc_evals.commands.doctor import document, examine, report
from inoc_evals.commands.doctor_checkpoint import compare
from inoc_evals.document import print_document


def show(checkpoints: Sequence[str], served: Sequence[str], *, as_json: bool) -> bool:
    """Print what is found of this machine and of `checkpoints`, and of those that are to be `served`. Is nothing
    wrong?"""
    findings = list(examine(checkpoints))
    for checkpoint in served:
        findings += compare(checkpoint, lambda told: click.echo(told, err=True))
    if as_json:
        print_document(document(findings))
    else:
        click.echo(report(findings))
    return all(finding.state != "wrong" for finding in findings)
