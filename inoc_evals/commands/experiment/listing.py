"""The experiments that there are, each with its question and scales; what is broken with its error."""

from __future__ import annotations

import click

from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import experiment_places, find_experiment, path_faults
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.experiments.reading import load_experiment


def list_experiments(*, as_json: bool) -> None:
    """Print them by name. Raises InputError for those that are broken, after all are printed."""
    told, broken = [], {}
    for name in sorted(experiment_places()):
        try:
            told.append(load_experiment(find_experiment(name)).experiment)
        except InputError as error:
            broken[name] = str(error)
    if as_json:
        keys = {"name", "question", "source"}
        good = [{**one.model_dump(include=keys), "scales": list(one.scale), "arms": list(one.arms)} for one in told]
        print_document([*good, *({"name": name, "error": fault} for name, fault in broken.items())])
    else:
        for one in told:
            click.echo(list_line([(one.name, 22)], f"{one.question} ({', '.join(one.scale)})"))
        for name, fault in broken.items():
            click.echo(list_line([(name, 22)], f"broken: {fault}"))
    if faults := [*path_faults(), *broken.values()]:
        raise InputError.of(faults)
