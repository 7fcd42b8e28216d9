"""What `inoc-evals judges rate` does: rate the responses in logs of either harness, and say how many it rated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from inoc_evals.document import print_document
from inoc_evals.judging.connect import judge_models
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.rated import Rated, total


def document(files: Sequence[Rated], judges: Sequence[str]) -> dict[str, Any]:
    """How many responses of each file, and of all, have their ratings."""
    found = total(files, Path())
    counts = {"responses": found.responses, "rated": found.rated, "missing": found.missing}
    return {"judges": judges, "files": files, **counts}


def rate(logs: Sequence[Path], judges: Sequence[str], *, as_json: bool = False) -> bool:
    """Rate the responses in `logs`, in place; False if the judges said nothing that counts about any of them. The
    counts are printed, with `as_json` as JSON.

    `logs` are inspect's logs, samples files of lm-eval, or folders of either. Raises InputError or WorkError.
    """
    samples = [path for path in logs if path.suffix == ".jsonl" or (path.is_dir() and not any(path.rglob("*.eval")))]
    others = [path for path in logs if path not in samples]
    files: list[Rated] = []

    def done(file: Rated) -> None:
        files.append(file)
        click.echo(f"{file.file}: {file.words()}", err=as_json)

    with judge_models(judges) as models:
        if others:
            from inoc_evals.harness.inspect.rate import rate_logs

            rate_logs(others, models, done, ratings_shown)
        if samples:
            from inoc_evals.harness.lm_eval.rate import rate_samples

            rate_samples(samples, models, done, ratings_shown)
        found = total(files, Path())
        named = [str(model) for model in models]
    if as_json:
        print_document(document(files, named))
    else:
        count = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
        click.echo(f"{count} by {', '.join(named)}: {found.words()}")
    return found.answered > 0
