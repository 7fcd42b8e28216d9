"""What `score --ci-width` does between its questions: ask a round, look at all rows, and decide on the next round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inoc_evals.errors import InputError
from inoc_evals.plan.rounds import PartDesign, Wanted
from inoc_evals.results.rounds import ROUNDS, Amount, Bounds, Round, Rounds, TakenBy, read_rounds, write_rounds

if TYPE_CHECKING:
    from inoc_evals.results.source import Source

# By task and part.
Designs = Mapping[str, Mapping[str, PartDesign]]


@dataclass(frozen=True)
class Asking:
    """The requests of the round of that `number`, from 1, and how many `responses` of one checkpoint they make, both by
    arm and task. A task of which nothing is asked is not there."""

    number: int
    wanted: Mapping[str, Mapping[str, Wanted]]
    responses: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Work:
    """What is to be narrowed: the parts of all tasks, the numbers of checkpoints by arm, the arm that others are
    compared with, the width in points, and the folder of the results."""

    designs: Designs
    checkpoints: Mapping[str, int]
    reference: str
    ci_width: float
    out: Path


def in_rounds(
    work: Work, ask: Callable[[Asking], None], read: Callable[[], Source], say: Callable[[str], None]
) -> None:
    """Ask round after round until every interval is narrow, or the most is asked. What is there of an earlier run is
    taken: rounds that were looked at are not asked again. Raises InputError where the folder's rounds are of other
    questions."""
    rounds = _begun(work)
    if rounds.finished:
        say(told(rounds))
    while not rounds.finished:
        ask(asking_of(work.designs, rounds))
        rounds = _looked_at(work, rounds, read())
        write_rounds(work.out, rounds)
        say(told(rounds))


def _begun(work: Work) -> Rounds:
    from inoc_evals.stats.narrowing import LEVEL

    parts = {task: {part: _bounds(design) for part, design in parts.items()} for task, parts in work.designs.items()}
    there = read_rounds(work.out)
    if there is not None:
        if there.parts != parts:
            message = "the questions of these tasks are others than when this run began"
            raise InputError.at(work.out / ROUNDS, f"{message}; name another --out")
        return there
    first = {
        task: {part: dict.fromkeys(work.checkpoints, design.first) for part, design in parts_of.items()}
        for task, parts_of in work.designs.items()
    }
    begun = Rounds(ci_width=work.ci_width, level=LEVEL, parts=parts, rounds=(_round(work, first),))
    write_rounds(work.out, begun)
    return begun


def _bounds(part: PartDesign) -> Bounds:
    allowed = part.allowed
    return Bounds(questions=allowed.questions, fewest=allowed.fewest, most=allowed.most, step=allowed.step)


def _round(work: Work, taken: TakenBy) -> Round:
    asked = {
        task: {
            part: {arm: Amount(questions=amount.questions, responses=amount.responses) for arm, amount in arms.items()}
            for part, arms in parts.items()
        }
        for task, parts in taken.items()
    }
    responses = sum(
        work.designs[task][part].responses(amount) * work.checkpoints[arm]
        for task, parts in taken.items()
        for part, arms in parts.items()
        for arm, amount in arms.items()
    )
    return Round(asked=asked, responses=responses)


def asking_of(designs: Designs, rounds: Rounds) -> Asking:
    """What the last round asks beyond the one before it."""
    now = rounds.rounds[-1].taken
    before = rounds.rounds[-2].taken if len(rounds.rounds) > 1 else {}
    wanted: dict[str, dict[str, dict[str, tuple[int, int]]]] = {}
    responses: dict[str, dict[str, int]] = {}
    for task, parts in now.items():
        for part, arms in parts.items():
            design = designs[task][part]
            for arm, taken in arms.items():
                had = before[task][part][arm] if before else None
                if more := dict(design.wanted(had, taken)):
                    wanted.setdefault(arm, {}).setdefault(task, {}).update(more)
                    count = design.responses(taken) - (design.responses(had) if had is not None else 0)
                    of_arm = responses.setdefault(arm, {})
                    of_arm[task] = of_arm.get(task, 0) + count
    return Asking(len(rounds.rounds), wanted, responses)


def _looked_at(work: Work, rounds: Rounds, source: Source) -> Rounds:
    from inoc_evals.results.narrowing import Rules, looked

    parts = {task: {part: design.allowed for part, design in of_task.items()} for task, of_task in work.designs.items()}
    rules = Rules(work.ci_width / 100, rounds.level, work.checkpoints, work.reference, parts)
    last = rounds.rounds[-1]
    look = looked(source, last.taken, rules)
    done = (*rounds.rounds[:-1], last.model_copy(update={"look": look.widths}))
    if look.then == last.taken:
        return rounds.model_copy(update={"rounds": done, "finished": True})
    return rounds.model_copy(update={"rounds": (*done, _round(work, look.then))})


def told(rounds: Rounds) -> str:
    """One line on the last look."""
    looks = [asked for asked in rounds.rounds if asked.look is not None]
    widths = rounds.last_look
    narrow = sum(width.state != "too wide" for width in widths)
    more = rounds.rounds[-1].responses - looks[-1].responses
    then = "nothing more is asked" if rounds.finished else f"{more} more are asked"
    counted = f"after {looks[-1].responses} responses {narrow} of {len(widths)} intervals are narrow enough"
    return f"look {len(looks)}: {counted}; {then}"
