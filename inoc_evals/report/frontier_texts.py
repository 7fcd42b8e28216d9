"""What the data say of a frontier, and what they do not, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.report.texts import interval, many, number, p_text
from inoc_evals.results.aims import Aim
from inoc_evals.results.findings import Findings
from inoc_evals.results.frontier import Contrast, Frontier, Point

# So many arms, and groups of arms, are told one by one.
_ARMS = 4


def sentences(found: Findings) -> tuple[str, ...]:
    """The ways against the reference, those that are dominated, those that cannot be told apart, and what was not
    measured. Nothing without a frontier."""
    frontier = found.frontier
    if frontier is None:
        return ()
    return (
        *_against_reference(found, frontier),
        *_dominated(frontier),
        *_alike(frontier),
        *_not_measured(frontier),
    )


def _against_reference(found: Findings, frontier: Frontier) -> list[str]:
    by_arm = {point.arm: point for point in frontier.points}
    reference = by_arm.get(found.reference or "")
    if reference is None:
        return []
    others = [point for point in frontier.points if not point.control and point is not reference]
    # The lowest unwanted trait first.
    others.sort(key=lambda point: point.unwanted.equal)
    said = [_of_way(found, frontier, point, reference) for point in others[:_ARMS]]
    more = len(others) - _ARMS
    return [*said, f"{many(more, 'more way')} {'stands' if more == 1 else 'stand'} in the table."] if more > 0 else said


def _of_way(found: Findings, frontier: Frontier, point: Point, reference: Point) -> str:
    pair = frontier.pair(point.arm, reference.arm)
    less, more = pair.unwanted, pair.wanted
    unwanted, wanted = (_name(found, aim) for aim in (frontier.unwanted, frontier.wanted))
    change = _change(found, frontier.unwanted, less)
    if less.told < 0:
        said = f"{point.arm} keeps {unwanted} lower than {reference.arm}: {change}"
    elif less.told > 0:
        said = f"{point.arm} has more of {unwanted} than {reference.arm}: {change}"
    else:
        said = f"{point.arm} and {reference.arm} cannot be told apart in {unwanted}: {change}"
    kept = _change(found, frontier.wanted, more)
    if more.told < 0:
        return f"{said}; it has less of {wanted}: {kept}."
    if more.told > 0:
        return f"{said}; it has more of {wanted}: {kept}."
    if less.told < 0:
        return f"{said}; at no loss of {wanted} that could be told: {kept}."
    return f"{said}; nor is a difference told in {wanted}: {kept}."


def _change(found: Findings, aim: Aim, contrast: Contrast) -> str:
    gap = contrast.difference
    if math.isnan(gap.low):
        return "too few common questions to compare"
    scale = found.tasks[aim.task].scales[aim.measure]
    unit = f" {scale.unit}".rstrip() if aim.method == "open mean" else " points"
    # Less than rounding below 0 is 0.
    amount = number(round(gap.mean, 9) + 0.0, aim.method)
    sign = "" if amount.startswith("-") else "+"
    return f"{sign}{amount}{unit} {interval(gap, aim.method)}, p (Holm) {p_text(contrast.p_holm)}"


def _name(found: Findings, aim: Aim) -> str:
    return found.tasks[aim.task].scales[aim.measure].name or aim.measure.replace("_", " ")


def _dominated(frontier: Frontier) -> list[str]:
    told = [point for point in frontier.points if point.dominated_by]
    said = [f"{point.arm} is dominated by {_listed(point.dominated_by)}." for point in told[:_ARMS]]
    if more := len(told) - len(said):
        said.append(f"{many(more, 'more arm')} {'is' if more == 1 else 'are'} dominated.")
    if not told and sum(not point.control for point in frontier.points) > 1:
        said.append("No arm is dominated as far as these data tell.")
    estimated = [point for point in frontier.points if point.by_estimate]
    if estimated:
        arms = _listed([point.arm for point in estimated])
        said.append(f"By the estimates alone {arms} would be dominated; the data do not tell it.")
    return said


def _alike(frontier: Frontier) -> list[str]:
    said = [f"{_listed(group)} cannot be told apart." for group in frontier.alike[:_ARMS]]
    if more := len(frontier.alike) - len(said):
        said.append(f"Nor can those of {many(more, 'more group')}.")
    if not frontier.alike and frontier.pairs:
        said.append("All ways can be told apart, each from each.")
    return said


def _not_measured(frontier: Frontier) -> list[str]:
    if not frontier.leaks_asked:
        return ["Other evaluation prompts were not asked: how far the unwanted trait leaks is not known."]
    return []


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
