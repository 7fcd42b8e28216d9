"""What `inoc-evals judges rate` does: rate the responses in logs of either harness, and say how many it rated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from inoc_evals.judging.connect import judge_models
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.rated import Rated, total


def rate(logs: Sequence[Path], judges: Sequence[str]) -> bool:
    """Rate the responses in `logs`, in place; False if the judges said nothing that counts about any of them.

    `logs` are inspect's logs, samples files of lm-eval, or folders of either. Raises InputError or WorkError.
    """
    samples = [path for path in logs if path.suffix == ".jsonl" or (path.is_dir() and not any(path.rglob("*.eval")))]
    others = [path for path in logs if path not in samples]
    files: list[Rated] = []

    def done(file: Rated) -> None:
        files.append(file)
        click.echo(f"{file.file}: {file.words()}")

    with judge_models(judges) as models:
        if others:
            from inoc_evals.harness.inspect.rate import rate_logs

            rate_logs(others, models, done, ratings_shown)
        if samples:
            from inoc_evals.harness.lm_eval.rate import rate_samples

            rate_samples(samples, models, done, ratings_shown)
        found = total(files, Path())
        named = ", ".join(str(model) for model in models)
    click.echo(f"{len(files)} {'file' if len(files) == 1 else 'files'} by {named}: {found.words()}")
    return found.answered > 0
