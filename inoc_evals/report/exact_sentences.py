"""What drawing would have taken in place of exact probabilities, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.report.texts import many, value_name
from inoc_evals.results.columns import leading
from inoc_evals.results.exact import ExactRate
from inoc_evals.results.findings import Findings


def exact_sentences(found: Findings, task: str) -> list[str]:
    """Of the leading category (or condition) of the task: how many answers each exact value would have needed, over all
    arms, and whether answers that were drawn agree. Nothing where no probability was asked for."""
    lines = [line for line in found.exact if line.task == task]
    if not lines:
        return []
    lead = leading(list(dict.fromkeys(line.category for line in lines)))
    said = []
    for key in dict.fromkeys(line.measure for line in lines):
        there = [line for line in lines if (line.measure, line.category) == (key, lead)]
        if there:
            said.append(_of_value(value_name(found, task, key), there))
    return said


def _of_value(name: str, lines: Sequence[ExactRate]) -> str:
    """The answers needed, from the arm that needs least to the one that needs most."""
    numbers = [line.needed.like for line in lines]
    fewest, most = (chosen(line.needed.items for line in lines) for chosen in (min, max))
    items = f"each of {many(most, 'prompt')}" if fewest == most else f"each of {fewest} to {most} prompts"
    known = sorted(number for number in numbers if number is not None)
    if not known:
        told = f"no number of answers would make the interval of {name} as narrow as it is"
    else:
        span = f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"
        answer = "answer" if known[-1] == 1 else "answers"
        told = f"to be as narrow, {name} would need {span} drawn {answer} to {items}"
        if len(known) < len(numbers):
            told += " (in some arms no number would do)"
    return f"{told[0].upper()}{told[1:]}{_agreement(lines)}."


def _agreement(lines: Sequence[ExactRate]) -> str:
    compared = [line for line in lines if line.drawn is not None and line.drawn.agrees is not None]
    if not compared:
        return ""
    agree = sum(line.drawn is not None and line.drawn.agrees is True for line in compared)
    task = compared[0].drawn.task if compared[0].drawn is not None else ""
    return f"; the answers of {task} agree with it in {agree} of {many(len(compared), 'arm')}"
