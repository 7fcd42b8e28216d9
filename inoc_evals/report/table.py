"""Findings as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from inoc_evals.report.contrast_texts import contrast_rows
from inoc_evals.report.corrected_texts import difference_rows, table_rows
from inoc_evals.report.corrected_texts import sentences as corrected_sentences
from inoc_evals.report.exact_sentences import exact_sentences
from inoc_evals.report.profile_texts import HEAD, intervals_speak_of, lines, sentences, unread
from inoc_evals.report.texts import (
    LIKE,
    THESE,
    arm_name,
    excluded,
    interval,
    note,
    number,
    p_text,
    speaks_of,
    value_name,
)
from inoc_evals.results.findings import Findings
from inoc_evals.results.rates import Rate

_INTERVALS = (f"95% {LIKE}", f"95% {THESE}")
_HEAD = ("arm", "rate %", *_INTERVALS, "responses", "questions", "checkpoints", "excluded [bounds %]")


def markdown(found: Findings) -> str:
    """The tables as Markdown."""
    text = [_row("task", "category", "measure", *_HEAD, "note"), "|" + "---|" * (4 + len(_HEAD))]
    for rate in found.rates:
        named = value_name(found, rate.task, rate.measure)
        text.append(_row(rate.task, rate.category, named, *_cells(found, rate), "; ".join(rate.cautions)))
    text += ["", note(found.rates)]
    text += [f"\n{said}" for task in found.tasks for said in exact_sentences(found, task)]
    if found.differences:
        head = ("task", "category", "measure", "difference", "points", *_INTERVALS, "p", "p (Holm)", "speaks of")
        text += ["", _row(*head), "|" + "---|" * len(head)]
    for contrast in found.differences:
        gap, method = contrast.difference, contrast.method
        named = value_name(found, contrast.task, contrast.measure)
        names = (contrast.task, contrast.category, named, f"{contrast.arm} - {contrast.reference}")
        intervals = (interval(gap, method), interval(gap.on_these_questions, method))
        text.append(
            _row(
                *names,
                number(gap.mean, method),
                *intervals,
                p_text(gap.p),
                p_text(contrast.p_holm),
                speaks_of(contrast),
            )
        )
    for place, cells in enumerate(contrast_rows(found)):
        text += ["", _row(*cells), "|" + "---|" * len(cells)] if place == 0 else [_row(*cells)]
    for rows in (table_rows(found), difference_rows(found)):
        for place, cells in enumerate(rows):
            text += ["", _row(*cells), "|" + "---|" * len(cells)] if place == 0 else [_row(*cells)]
    return "\n".join((*text, *_corrected(found), *_profile(found))) + "\n"


def _corrected(found: Findings) -> Iterator[str]:
    """What labels of people change, in sentences."""
    for said in corrected_sentences(found):
        yield f"\n{said}"


def _profile(found: Findings) -> Iterator[str]:
    """The panel of dispositions read together; nothing without one."""
    if found.profile is None:
        return
    for said in (*sentences(found), *(f"Without a value: {each}." for each in unread(found.profile))):
        yield f"\n{said}"
    yield ""
    yield _row(*HEAD)
    yield "|" + "---|" * len(HEAD)
    for line in lines(found, found.profile):
        yield _row(*line)
    yield f"\n{intervals_speak_of(found.profile)}"


def _cells(found: Findings, line: Rate) -> tuple[str, ...]:
    rate, method = line.rate, line.method
    causes = excluded(line.causes, "0")
    if line.causes:
        causes += f" {interval(rate.bounds, method)}"
    return (
        arm_name(found, line.arm, line.measure),
        number(rate.equal, method),
        interval(rate, method),
        interval(rate.on_these_questions, method),
        str(rate.n),
        str(rate.questions),
        str(rate.checkpoints),
        causes,
    )


def _row(*cells: str) -> str:
    # A bar or the end of a line in a name would end its cell.
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
