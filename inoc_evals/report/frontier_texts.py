"""What the data say of a frontier, and what they do not, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.report.texts import heading, interval, many, number, p_text
from inoc_evals.results.aims import Aim
from inoc_evals.results.damage import Ability
from inoc_evals.results.findings import Findings
from inoc_evals.results.frontier import Frontier, Point
from inoc_evals.stats.seeds import ArmDifference

# So many arms, and groups of arms, are told one by one.
_ARMS = 4


def sentences(found: Findings) -> tuple[str, ...]:
    """The ways against the reference, what they lost beside, those that are dominated, those that cannot be told apart,
    and what was not measured. Nothing without a frontier."""
    frontier = found.frontier
    if frontier is None:
        return ()
    return (
        *_against_reference(found, frontier),
        *_lost(found, frontier),
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
    change = _change(found, frontier.unwanted, less.difference, less.p_holm)
    if less.told < 0:
        said = f"{point.arm} keeps {unwanted} lower than {reference.arm}: {change}"
    elif less.told > 0:
        said = f"{point.arm} has more of {unwanted} than {reference.arm}: {change}"
    else:
        said = f"{point.arm} and {reference.arm} cannot be told apart in {unwanted}: {change}"
    kept = _change(found, frontier.wanted, more.difference, more.p_holm)
    if more.told < 0:
        return f"{said}; it has less of {wanted}: {kept}."
    if more.told > 0:
        return f"{said}; it has more of {wanted}: {kept}."
    if less.told < 0:
        return f"{said}; at no loss of {wanted} that could be told: {kept}."
    return f"{said}; nor is a difference told in {wanted}: {kept}."


def ability_name(found: Findings, aim: Aim) -> str:
    """What an ability is called: its task, and the value."""
    return f"{heading(aim.task)} ({_name(found, aim)})"


def signed(gap: ArmDifference, aim: Aim) -> str:
    """A difference with its sign and interval."""
    # Less than rounding below 0 is 0.
    amount = number(round(gap.mean, 9) + 0.0, aim.method)
    return f"{'' if amount.startswith('-') else '+'}{amount} {interval(gap, aim.method)}"


def _lost(found: Findings, frontier: Frontier) -> list[str]:
    """Of each ability the arms that are told to have less of it than the reference, those that lost most first."""
    said = []
    for place, aim in enumerate(frontier.abilities):
        of_arms = {point.arm: point.damage.abilities[place] for point in frontier.points}
        asked = {arm: ability for arm, ability in of_arms.items() if ability is not None and ability.change is not None}
        lost = sorted((arm for arm, ability in asked.items() if ability.is_lost), key=lambda arm: _gap(asked[arm]).mean)
        name = ability_name(found, aim)
        for arm in lost[:_ARMS]:
            told = _change(found, aim, _gap(asked[arm]), asked[arm].p_holm)
            said.append(f"{arm} has less of {name} than {found.reference}: {told}.")
        if more := len(lost) - _ARMS if len(lost) > _ARMS else 0:
            said.append(f"{many(more, 'more arm')} {'has' if more == 1 else 'have'} less of it.")
        if asked and not lost:
            said.append(f"No arm is told to have less of {name} than {found.reference}.")
    return said


def _gap(ability: Ability) -> ArmDifference:
    assert ability.change is not None  # noqa: S101
    return ability.change


def _change(found: Findings, aim: Aim, gap: ArmDifference, p_holm: float) -> str:
    if math.isnan(gap.low):
        return "too few common questions to compare"
    scale = found.tasks[aim.task].scales[aim.measure]
    unit = f" {scale.unit}".rstrip() if aim.method == "open mean" else " points"
    amount, _, ends = signed(gap, aim).partition(" ")
    return f"{amount}{unit} {ends}, p (Holm) {p_text(p_holm)}"


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
