"""What `inoc-evals judges rate` does: rate the responses in logs of either harness, and say how many it rated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.judge_cost import account_of, judging_told, rate_command
from inoc_evals.commands.raters import Raters
from inoc_evals.console import list_line
from inoc_evals.document import print_document
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.rated import Rated, total
from inoc_evals.judging.usage import Judging, plain
from inoc_evals.results.rated_by import RATED_BY, changed_judges


def document(
    files: Sequence[Rated], judges: Sequence[str], judging: Judging | None, notes: Sequence[str]
) -> dict[str, Any]:
    """How many responses of each file, and of all, have their ratings, and what the judges took."""
    found = total(files, Path())
    counts = {"responses": found.responses, "rated": found.rated, "missing": found.missing}
    cost = None if judging is None else plain(judging)
    return {"judges": judges, "files": files, **counts, "cost": cost, "notes": notes}


def rate(logs: Sequence[Path], raters: Raters, costs: Costs = FREE, *, as_json: bool = False) -> bool:
    """Rate the responses in `logs`, in place; False if the judges said nothing that counts about any of them. The
    counts are printed, with `as_json` as JSON.

    `logs` are inspect's logs, samples files of lm-eval, or folders of either. Of logs of one run of `score`, what the
    judges took is added to what they took in that run, which a budget holds for too. Raises InputError or WorkError.
    """
    samples, others = split(logs)
    files: list[Rated] = []

    def done(file: Rated) -> None:
        files.append(file)
        click.echo(f"{file.file}: {file.words()}", err=as_json)

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    going_on = rate_command(logs, raters)
    with (
        raters.connected() as there,
        judging_told(account_of(logs), costs, say, going_on, begins="when it counts") as account,
    ):
        if others:
            from inoc_evals.harness.inspect.rate import rate_logs

            rate_logs(others, there, done, ratings_shown, raters.names)
        if samples:
            from inoc_evals.harness.lm_eval.rate import rate_samples

            rate_samples(samples, there, done, ratings_shown)
        found = total(files, Path())
        versions = changed_judges({"logs": [{RATED_BY: file.rated_by} for file in files]})
        notes = [*there.notes(), *versions]
        if as_json:
            judging = account.judging() if account is not None else None
            print_document(document(files, there.names, judging, notes))
        else:
            count = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
            click.echo(f"{count} by {'; '.join(there.names)}: {found.words()}")
            for note in notes:
                click.echo(list_line([("note:", 0)], note))
    return found.answered > 0


def split(logs: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Samples files of lm-eval and folders of them, and all others."""
    samples = [path for path in logs if path.suffix == ".jsonl" or (path.is_dir() and not any(path.rglob("*.eval")))]
    return samples, [path for path in logs if path not in samples]
