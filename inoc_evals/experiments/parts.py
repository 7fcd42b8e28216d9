"""The rows of an experiment's parts that are not in its own folder: installed, fetched, or made and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from inoc_evals.checkpoints.identity import identity_digest
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.faults import Faults
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.generators.declaration import Surroundings
from inoc_evals.experiments.generators.registry import generators
from inoc_evals.experiments.hub_files import hub_file
from inoc_evals.experiments.rows import Row, read_rows, rows_of
from inoc_evals.files import make_folder
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.instruments.published import not_installed

Show = Callable[[int, int, str], None]


def check_parts(design: Design, faults: Faults) -> None:
    """Note the instruments that are needed and not installed."""
    for name in design.parts:
        instrument = design.loaded.experiment.data[name].instrument
        if instrument is not None and design.loaded.parts[name].rows is None:
            message = not_installed(instrument)
            faults.add(str(design.loaded.document.error(message, "data", name, "instrument")))


def part_files(design: Design, base: Checkpoint, folder: Path, show: Show) -> dict[str, list[Row]]:
    """The rows of every part that the design needs, as they come from their places; what is made is kept in `folder`.

    Raises InputError and WorkError as the hub and the generators do.
    """
    found = {}
    for name in design.parts:
        written, read = design.loaded.experiment.data[name], design.loaded.parts[name]
        if read.rows is not None:
            found[name] = list(read.rows)
        elif written.hub is not None:
            show(0, 0, f"{name}: {written.hub.file} of {written.hub.repo}")
            found[name] = read_rows(hub_file(written.hub), foreign=True)
        else:
            found[name] = read_rows(_made(design, name, base, folder, show))
    return found


def rows_expected(design: Design) -> Mapping[str, int | None]:
    """How many rows each part gives before it is taken from; None: nobody knows before it is fetched."""
    counts: dict[str, int | None] = {}
    for name in design.parts:
        read = design.loaded.parts[name]
        if read.rows is not None:
            counts[name] = len(read.rows)
        elif read.made_by is not None:
            counts[name] = generators()[read.made_by.name].rows(read.made_by)
        else:
            counts[name] = None
    return counts


def _made(design: Design, name: str, base: Checkpoint, folder: Path, show: Show) -> Path:
    """The file of a part that a generator makes, called after all that decides what is made."""
    options = design.loaded.parts[name].made_by
    assert options is not None  # noqa: S101 - nothing else is left
    generator = generators()[options.name]
    identity = {
        "generator": generator.name,
        "version": generator.version,
        "options": options.model_dump(mode="json"),
        "base": base.content_hash if generator.asks_base else None,
    }
    digest = identity_digest(identity)
    path = folder / f"{name}-{digest}.jsonl"
    if not path.exists():
        show(0, 0, f"{name}: {generator.what}")
        workshop = make_folder(folder / f"{name}-{digest}")
        surroundings = Surroundings(base.base, base.content_hash, design.loaded.folder, workshop, show)
        write_rows(path, rows_of(generator.make(options, surroundings)))
    return path
