"""The small interface for notebooks: score checkpoints, look at responses, rates and differences."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from inoc_evals.cell import cell_console, in_kernel
from inoc_evals.commands.report import Choices
from inoc_evals.commands.score.run import run
from inoc_evals.console import COLUMNS, plain_console
from inoc_evals.definitions.arms import arms_of
from inoc_evals.definitions.faults import Faults
from inoc_evals.extras import missing, require
from inoc_evals.plan.request import Request, common_arguments, present_under, rate_later, read_tasks
from inoc_evals.readers.inputs import Input, read_input, runs_of
from inoc_evals.results.claim import all_claimed
from inoc_evals.results.settings import LOGS
from inoc_evals.results.source import Source

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure
    from rich.console import Console

    from inoc_evals.results.corrected import CorrectedDifference, CorrectedRate
    from inoc_evals.results.differences import Difference
    from inoc_evals.results.findings import Findings
    from inoc_evals.results.rates import Rate
    from inoc_evals.stats.judge_error_limits import CorrectedGap, CorrectedMean


@dataclass(frozen=True, repr=False)
class Scores:
    """Results of one run in `folder`. Everything is made of the logs' rows; nothing is asked of a model. Shown by
    itself it is the answer in sentences and small tables."""

    folder: Path
    results: Source

    @cached_property
    def findings(self) -> Findings:
        """Everything that is said about the rows, as in results.json."""
        from inoc_evals.results.findings import findings

        return findings(self.results)

    def __repr__(self) -> str:
        from inoc_evals.report.terminal import as_text

        notes = (fill(f"note: {note}", COLUMNS) for note in self.notes)
        return "\n".join((self._counted, "", as_text(self.findings), *notes))

    def _repr_html_(self) -> str | None:
        # Without the packages of the report a notebook shows the text.
        if missing("report"):
            return None
        from inoc_evals.report.fragment import as_html

        return as_html(self.findings, self._counted, self.notes)

    @property
    def _counted(self) -> str:
        return f"{len(self.results.rows):,} responses of {', '.join(self.results.arms)} in {self.folder}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the run promised and the logs do not hold, which logs were left out, and which arms have several steps
        of one training."""
        return self.findings.notes

    def df(self) -> pandas.DataFrame:
        """One row a response, arm by arm: arm, checkpoint, task, condition, item, response, reasoning, and for each
        value a column with it and one with the cause where it is missing."""
        import pandas

        order = {arm: place for place, arm in enumerate(self.results.arms)}
        rows = [
            {
                "arm": row.arm,
                "checkpoint": row.checkpoint,
                "task": row.task,
                "category": row.category,
                "condition": row.condition,
                "item": row.item,
                "question": row.cluster,
                "epoch": row.epoch,
                "choice": row.choice,
                "response": row.response,
                "reasoning": row.reasoning,
                "stop_reason": row.stop_reason,
                **row.values,
                **{f"{key}_cause": row.causes.get(key) for key in row.values},
            }
            for row in sorted(self.results.rows, key=lambda row: order[row.arm])
        ]
        return pandas.DataFrame(rows)

    def rates(self) -> pandas.DataFrame:
        """One row for each task, category or condition, headline value and arm: the rate in 0..1 (in the value's own
        unit where it has no ends), its 95% interval for questions like these (`low`, `high`) and on these questions,
        counts, and cautions in words. Where labels of people correct it, the `corrected` rate with its interval, from
        how many `labels`, of the rating `labels_of`: a row for each rating where people labelled several."""
        import pandas

        by_people: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for each in self.findings.corrected.rates if self.findings.corrected is not None else ():
            told = _corrected(each.rate, each.rate.labels, each.rated)
            by_people.setdefault((*_place(each), each.arm), []).append(told)
        return pandas.DataFrame(
            [
                {
                    "task": line.task,
                    "category": line.category,
                    "measure": line.measure,
                    "arm": line.arm,
                    "rate": line.rate.equal,
                    "low": line.rate.low,
                    "high": line.rate.high,
                    "on_these_questions_low": line.rate.on_these_questions.low,
                    "on_these_questions_high": line.rate.on_these_questions.high,
                    "pooled": line.rate.pooled,
                    "n": line.rate.n,
                    "checkpoints": line.rate.checkpoints,
                    "excluded": line.rate.excluded,
                    "bound_low": line.rate.bounds.low,
                    "bound_high": line.rate.bounds.high,
                    "cautions": "; ".join(line.cautions),
                    **told,
                }
                for line in self.findings.rates
                for told in by_people.get((*_place(line), line.arm), [{}])
            ]
        )

    def compare(self, reference: str, arm: str) -> pandas.DataFrame:
        """`arm` minus `reference` for each headline value, paired by question, with the intervals of `rates`, and what
        labels of people make of it.

        Raises ValueError for an unknown arm."""
        import pandas

        from inoc_evals.results.findings import compared, compared_by_people

        for name in (reference, arm):
            if name not in self.results.arms:
                raise ValueError(f"there is no arm {name!r}; there are {', '.join(self.results.arms)}")
        by_people: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for each in compared_by_people(self.results, self.findings, reference, arm):
            told = _corrected(each.difference, sum(each.difference.labels), each.rated)
            by_people.setdefault(_place(each), []).append({**told, "corrected_p_holm": each.p_holm})
        return pandas.DataFrame(
            [
                {
                    "task": line.task,
                    "category": line.category,
                    "measure": line.measure,
                    "difference": line.difference.mean,
                    "low": line.difference.low,
                    "high": line.difference.high,
                    "on_these_questions_low": line.difference.on_these_questions.low,
                    "on_these_questions_high": line.difference.on_these_questions.high,
                    "p": line.difference.p,
                    "p_holm": line.p_holm,
                    "questions": line.difference.questions,
                    **told,
                }
                for line in compared(self.findings, reference, arm)
                for told in by_people.get(_place(line), [{}])
            ]
        )

    def plot(self) -> Figure:
        """Rates by arm with their intervals, as a figure of matplotlib that a notebook shows. Neither pyplot nor its
        backend is touched."""
        from inoc_evals.report.figure import figure
        from inoc_evals.report.sentences import sentences

        return figure(self.findings, "", " ".join(sentences(self.findings)))

    def view(self) -> None:
        """Open the transcripts in `inspect view`; returns when it is closed."""
        logs = str(self.folder / LOGS if (self.folder / LOGS).is_dir() else self.folder)
        subprocess.run([sys.executable, "-m", "inspect_ai", "view", "--log-dir", logs], check=False)  # noqa: S603


def _place(line: Rate | Difference | CorrectedRate | CorrectedDifference) -> tuple[str, str, str]:
    return line.task, line.category, line.measure


def _corrected(found: CorrectedMean | CorrectedGap, labels: int, rated: str) -> dict[str, Any]:
    """The columns that labels of people add to a line of the judge's."""
    ends = {"corrected_low": found.low, "corrected_high": found.high}
    return {"corrected": found.mean, **ends, "labels": labels, "labels_of": rated}


def score(
    arms: Mapping[str, str | Sequence[str] | Mapping[str, Any]] | Path,
    tasks: str | Sequence[str] = (),
    judge: str | Sequence[str] = (),
    out: str | Path = "results",
    *,
    limit: int | None = None,
    samples: int | None = None,
    conditions: str | Path | None = None,
    quiet: bool = False,
    **arguments: Mapping[str, Any],
) -> Scores:
    """Score checkpoints by arm, as `inoc-evals score` does, and return the results.

    An arm is a checkpoint, several (seeds), or what a file of arms writes for it: {"checkpoints": [...], "role":
    "control", "variation": {"system_prompt": ""}}; `arms` may be the path of such a file. `tasks` may be one text,
    "a,b", and a tag is all tasks that have it. `limit` (items of a category) and `samples` (responses to an item) are
    for all tasks, and `conditions` (a preset, or a file of yours) for those without conditions of their own;
    `arguments` are those of one task by its name, as in emergent_misalignment={"samples": 20}, and count before those
    for all. In a notebook one line says how far the work is; with `quiet` nothing is said anywhere. Raises InputError
    before anything is spent, and WorkError, with all answers kept, if the work fails.
    """
    named = arms if isinstance(arms, Path) else arms_of(arms)
    judges = (judge,) if isinstance(judge, str) else tuple(judge)
    folder = Path(out)
    names = tasks.split(",") if isinstance(tasks, str) else tasks
    chosen = read_tasks(names)
    for_all = common_arguments(chosen, judges, limit=limit, samples=samples)
    own = {name: {**for_all.get(name, {}), **arguments.get(name, {})} for name in {**for_all, **arguments}}
    if not judges:
        rate_later(names, chosen, own)
    console, screens = _consoles(quiet)
    faults = Faults()
    if conditions is not None:
        present_under(str(conditions), chosen, judges, own, faults)
    run(Request((), folder, chosen, judges, own, arms=named), console, faults=faults, screens=screens)
    return load(folder)


def _consoles(quiet: bool) -> tuple[Console, Console]:
    """Where to say how far the work is, and where to print plan and answer: in a notebook nowhere, as the results show
    themselves there."""
    from rich.console import Console

    silent = Console(quiet=True, force_jupyter=False)
    if in_kernel():
        # inspect insists on it there.
        require("notebook", "to score in a notebook")
    if quiet:
        return silent, silent
    if in_kernel():
        return cell_console(), silent
    console = plain_console()
    return console, console


Where = str | Path


def load(
    where: Where | Sequence[Where] | Mapping[str, Where | Sequence[Where]],
    skip_damaged: bool = False,
    rule: str | None = None,
    labels: str | Path | Sequence[str | Path] = (),
) -> Scores:
    """Results of an earlier run, or of anything else that `inoc-evals report` reads, by arm: load("results"),
    load("none=a.csv"), load({"none": "a.csv", "inoculated": ["s1.eval", "s2.eval"]}).

    `notes` say what is missing, and what `skip_damaged` left out; `rule` makes the outcome of published ratings.
    `labels` are folders of labels by people beside those that lie in folders of `score`; rates and differences are
    corrected by all of them. Raises InputError for what is unknown or damaged, and for a folder of `score` that another
    process works in.
    """
    if isinstance(where, Mapping):
        inputs = [Input(Path(path), arm) for arm, paths in where.items() for path in _listed(paths)]
    else:
        inputs = [Input(path) if isinstance(path, Path) else read_input(path) for path in _listed(where)]
    chosen = Choices(skip_damaged=skip_damaged, rule=rule, labels=tuple(map(Path, _listed(labels))))
    with all_claimed(runs_of(inputs)):
        return Scores(inputs[0].path, chosen.read(inputs))


def _listed(paths: Where | Sequence[Where]) -> Sequence[Where]:
    return [paths] if isinstance(paths, str | Path) else paths
