"""Asking checkpoints in turns, and showing how far they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from inoc_evals.commands.progress import Pace, progress_shown
from inoc_evals.commands.score.scoring import Scoring
from inoc_evals.commands.turns import Count, Turn, called

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Asked


def evaluate(
    scoring: Scoring,
    asked: Sequence[Asked],
    turns: Sequence[Turn],
    judges: Sequence[Model],
    scored: Collection[str] = (),
    before: Callable[[Sequence[str]], None] = lambda _: None,
) -> Pace:
    """Ask in turns, but for those in which all are `scored`; `before` is called before each, with its labels."""
    by_label = {checkpoint.label: checkpoint for checkpoint in asked}
    parts = [[by_label[label] for label in turn.labels if label in by_label] for turn in turns]
    with progress_shown(scoring.console, called(list(by_label))) as (pace, show):
        totals = [sum(scoring.responses_of(checkpoint.arm) for checkpoint in part) for part in parts]
        count = Count(totals, pace, show)
        for number, (turn, part) in enumerate(zip(turns, parts, strict=True)):
            labels = [checkpoint.label for checkpoint in part]
            if all(label in scored for label in labels):
                count.of(number)(totals[number], totals[number])
                continue
            before(labels)
            _ask(scoring, part, turn, judges, count.of(number))
    return pace


def _ask(
    scoring: Scoring, asked: Sequence[Asked], turn: Turn, judges: Sequence[Model], progress: Callable[[int, int], None]
) -> None:
    from inoc_evals.harness.inspect.run import AtOnce, evaluate_set
    from inoc_evals.harness.inspect.workers import evaluate_in_workers

    say, workers = scoring.console.print, scoring.request.workers
    if workers > 1:
        evaluate_in_workers(workers, scoring.tasks, asked, turn.folder, judges, progress, say)
    else:
        at_once = AtOnce(models=turn.at_once)
        evaluate_set(scoring.tasks, asked, turn.folder, judges, at_once=at_once, progress=progress, say=say)
