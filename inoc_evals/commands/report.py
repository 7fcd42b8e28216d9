"""What `inoc-evals report` does: whatever the paths hold, as tables, figures, a report and data files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.document import print_document
from inoc_evals.extras import require
from inoc_evals.readers.inputs import Input, read_inputs, runs_of
from inoc_evals.results.aimed import aimed
from inoc_evals.results.claim import all_claimed, claimed
from inoc_evals.results.promised import reference_arm
from inoc_evals.results.settings import LOGS
from inoc_evals.results.source import Source

if TYPE_CHECKING:
    from rich.console import Console

    from inoc_evals.results.findings import Findings

OUT = Path("report")


@dataclass(frozen=True)
class Choices:
    """How inputs are read and compared: with which arm, whether what is damaged is left out, by which rule published
    ratings make an outcome, and which values are unwanted and wanted. `labels` are folders of labels
    beside those that lie in folders of `score`."""

    reference: str | None = None
    skip_damaged: bool = False
    rule: str | None = None
    unwanted: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    labels: tuple[Path, ...] = ()

    def read(self, inputs: Sequence[Input]) -> Source:
        """What the inputs hold. Raises InputError as `read_inputs`, `read_labels` and `aimed` do."""
        source = read_inputs(inputs, skip_damaged=self.skip_damaged, rule=self.rule)
        if self.labels:
            from inoc_evals.labelling.folder import read_labels

            given = [*source.labels, *(read_labels(folder) for folder in self.labels)]
            source = replace(source, labels=tuple(dict.fromkeys(given)))
        return aimed(source, self.unwanted, self.wanted)


def report(
    inputs: Sequence[Input], choices: Choices, out: Path | None, console: Console, *, as_json: bool = False
) -> None:
    """Write the report on `inputs` into `out`: by default the first path if it is a folder of `score`, else `report`.
    What it says goes to the console, or with `as_json` as JSON to standard output.

    Raises InputError as `Choices.read` does, where another process works in a folder of `score`, and where the
    reference has no responses.
    """
    require("report", "a report")
    # What is no run must not get a lock.
    runs = runs_of(inputs)
    target = out or (inputs[0].path if inputs[0].path in runs else OUT)
    others = [folder for folder in runs if folder.resolve() != target.resolve()]
    with claimed(target, console.print), all_claimed(others, console.print):
        source = choices.read(inputs)
        found = write_results(source, target, reference_arm(source, choices.reference, inputs[0].path))
        if as_json:
            print_document(document(found, target))
        else:
            show(found, target, console)


def write_results(source: Source, out: Path, first: str) -> Findings:
    """Write table.md, figure.png and .svg, report.html, results.json, responses.csv and .parquet into `out`, and return
    what they say.

    Differences are against the arm `first`.
    """
    from inoc_evals.report.write import write_all
    from inoc_evals.results.findings import findings

    found = findings(source, first)
    write_all(source, found, out)
    return found


def document(found: Findings, out: Path, logs: Path | None = None) -> dict[str, Any]:
    """The answer, and the files in `out` that hold more; `logs` where they lie elsewhere."""
    from inoc_evals.report.told import told

    files = {"report": out / "report.html", "table": out / "table.md", "data": out / "results.json"}
    where = logs or out / LOGS
    return {**told(found), "files": {**files, "logs": where} if where.is_dir() else files}


def show(found: Findings, out: Path, console: Console) -> None:
    """Print the answer, and where `out` holds more."""
    from inoc_evals.report.terminal import answer

    for part in answer(found):
        console.print(part, highlight=False)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print(
        f"report: {out / 'report.html'}; table: {out / 'table.md'}; data: {out / 'results.json'}", soft_wrap=True
    )
    if (out / LOGS).is_dir():
        console.print(f"read the responses: inspect view --log-dir {out / LOGS}", soft_wrap=True)
