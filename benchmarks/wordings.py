"""Do ratings hang on how a rubric is worded, for a judge that can judge? `python -m benchmarks.wordings`.

A large language model read every gold example by the first wording of its rubric, by the second, and, as another reader
that knew nothing of the first, by the first once more; docs/wordings.md says how. Its replies lie in
replies/wordings.jsonl, each under the hash of the prompt that it answers, so that a reply to a prompt that has changed
since counts for nothing. They are read here as those of any judge are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
from scipy import special, stats

from inoc_evals.definitions.catalog import list_rubrics
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.distribution import Verdict, decide, from_samples
from inoc_evals.judging.gold import agreement, material
from inoc_evals.judging.prompt import from_rubric, render
from inoc_evals.judging.trust import as_expected, trust
from inoc_evals.judging.wordings import Wordings, agreement_of_wordings

REPLIES = Path(__file__).parent / "replies" / "wordings.jsonl"
READINGS = ("first", "second", "first again")


@dataclass(frozen=True)
class Measured:
    """What the reader made of a rubric's gold examples: by both wordings, and by the first one twice. `fit` by the rule
    of `judges check`, for the first; `shifts` are the second less the mean of both readings by the first, in points, of
    the examples that all three give a rating. `astray` counts those that none of the three answers as expected."""

    examples: int
    wordings: Wordings
    again: Wordings
    fit: bool
    shifts: tuple[float, ...]
    astray: int

    @property
    def shift(self) -> float:
        """The mean of the shifts."""
        return fmean(self.shifts)


def prompt_hash(prompt: str) -> str:
    """Under which a reply lies."""
    return hashlib.sha256(prompt.encode()).hexdigest()[:16]


@cache
def replies() -> Mapping[tuple[str, str], str]:
    """What was replied, by reading and hash of the prompt."""
    lines = [json.loads(line) for line in REPLIES.read_text(encoding="utf-8").splitlines()]
    return {(line["reading"], line["prompt"]): line["reply"] for line in lines}


def measured(rubric: Rubric) -> Measured | None:
    """None for a rubric of one wording, and for one of which an example, or what a judge is told, has changed since."""
    if rubric.rewording is None or not rubric.gold:
        return None
    by_reading = [_verdicts(rubric, reading) for reading in READINGS]
    first, second, again = ([each for each in verdicts if each is not None] for verdicts in by_reading)
    if not len(first) == len(second) == len(again) == len(rubric.gold):
        return None
    shifts = tuple(
        b.value - (a.value + c.value) / 2
        for a, b, c in zip(first, second, again, strict=True)
        if a.value is not None and b.value is not None and c.value is not None
    )
    expected = [
        [as_expected(*pair) for pair in zip(rubric.gold, found, strict=True)] for found in (first, second, again)
    ]
    instrument = from_rubric(rubric)
    return Measured(
        examples=len(rubric.gold),
        wordings=agreement_of_wordings(rubric.gold, first, second),
        again=agreement_of_wordings(rubric.gold, first, again),
        fit=trust(instrument, rubric.gold, first, agreement(rubric.gold, first)).fit,
        shifts=shifts,
        astray=sum(not any(kept) for kept in zip(*expected, strict=True)),
    )


def _verdicts(rubric: Rubric, reading: str) -> list[Verdict | None]:
    instrument = from_rubric(rubric, reworded=reading == "second")
    said = [replies().get((reading, prompt_hash(render(instrument, material(gold))))) for gold in rubric.gold]
    return [None if reply is None else decide(instrument, from_samples(instrument, [reply])) for reply in said]


def _flipped(shifts: Sequence[float]) -> float:
    """The two-sided p-value of a sign-flip test over examples, NaN where nothing differs."""
    if not any(shifts):
        return float("nan")
    found = stats.permutation_test(
        (np.array(shifts),), np.mean, permutation_type="samples", n_resamples=9999, rng=np.random.default_rng(1)
    )
    return float(found.pvalue)


def _mean(values: Iterable[float]) -> str:
    """With its 95% t-interval over rubrics."""
    kept = list(values)
    half = -float(special.stdtrit(len(kept) - 1, 0.025)) * stdev(kept) / len(kept) ** 0.5
    return f"{fmean(kept):.2f} ({fmean(kept) - half:.2f} to {fmean(kept) + half:.2f})"


def _line(name: str, found: Measured) -> str:
    sides = " ".join(f"{on_one_side(each):>8} {each.compared.distance:5.1f}" for each in (found.wordings, found.again))
    expected = f"{found.wordings.first_expected} {found.wordings.second_expected} {found.again.second_expected}"
    verdict = f"{found.astray} never, {'fit' if found.fit else 'unfit'}"
    shift = f"{found.shift:+5.1f} p {_flipped(found.shifts):.3f}"
    return f"{name:<28} {sides}  {shift}  {expected} of {found.examples}, {verdict}"


def on_one_side(found: Wordings) -> str:
    """How many of the examples that have a rating by both have it on one side of 50."""
    return f"{_sides(found)} of {found.compared.both}"


def _sides(found: Wordings) -> int:
    return round(found.compared.same_side * found.compared.both)


def _print_all(name: str, pairs: Sequence[Wordings]) -> None:
    sides, both = sum(map(_sides, pairs)), sum(each.compared.both for each in pairs)
    alike, examples = (
        sum(round(each.same_answer * each.examples) for each in pairs),
        sum(each.examples for each in pairs),
    )
    print(f"{name}: {sides} of {both} on the same side of 50; {alike} of {examples} answers of the same kind")
    print(f"  points apart, mean over rubrics: {_mean(each.compared.distance for each in pairs)}")


def main() -> None:
    """Print a line for each rubric, and all of them together."""
    every = {rubric.name: measured(rubric) for rubric in list_rubrics()}
    there = {name: found for name, found in every.items() if found is not None}
    print(
        "rubric; same side of 50 and points apart: both wordings, the first twice; shift; as expected by each reading"
    )
    for name, found in there.items():
        print(_line(name, found))
    print("not measured as they are now:", ", ".join(name for name in every if name not in there) or "none")
    _print_all("both wordings", [each.wordings for each in there.values()])
    _print_all("the first twice", [each.again for each in there.values()])
    more = _mean(each.wordings.compared.distance - each.again.compared.distance for each in there.values())
    print(f"farther apart by both wordings than by one, points: {more}")
    print(f"size of the shift, points: {_mean(abs(each.shift) for each in there.values())}")
    print(f"fit for {sum(each.fit for each in there.values())} of {len(there)}")


if __name__ == "__main__":
    main()
