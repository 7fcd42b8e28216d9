"""Contrasts of factors in words and as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from inoc_evals.report.texts import LIKE, heading, interval, number, p_text, value_name
from inoc_evals.results.contrasts import LevelContrast
from inoc_evals.results.findings import Findings

HEAD = ("task", "category", "measure", "contrast", "arm", "less", "standard error", f"95% {LIKE}", "p (Holm)")
CHANGES = ("change", "standard error", f"95% {LIKE}", "p (Holm)", "questions")


def name_of(one: LevelContrast) -> str:
    """Which level is compared with which."""
    return f"{heading(one.factor)}: {one.level} - {one.reference_level}"


def contrast_rows(found: Findings) -> Iterator[tuple[str, ...]]:
    """The head and the cells of a table of all contrasts and of their changes from the reference; nothing without
    any."""
    if not found.contrasts:
        return
    yield (*HEAD, *CHANGES)
    for one in found.contrasts:
        own, method = one.effect, one.method
        yield (
            *(one.task, one.category, value_name(found, one.task, one.measure), name_of(one), one.arm),
            *(number(own.mean, method), number(own.error, method), interval(own, method), p_text(one.p_holm)),
            *_change(one),
            str(own.questions),
        )


def _change(one: LevelContrast) -> tuple[str, ...]:
    change, method = one.change, one.method
    if change is None:
        return ("-",) * 4
    told = (number(change.mean, method), number(change.error, method), interval(change, method))
    return (*told, p_text(one.change_p_holm))
