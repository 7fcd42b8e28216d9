"""What an arm lost beside the trait: abilities, perplexity on plain text, and whether it may be broken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inoc_evals.results.aims import Aim, Asked
from inoc_evals.results.fitness import Fit
from inoc_evals.results.methods import LEVEL, SIGNIFICANT
from inoc_evals.stats.holm import holm
from inoc_evals.stats.seeds import ArmDifference, ArmRate


@dataclass(frozen=True)
class Ability:
    """An arm's rate of a value that says what it is still able to do. `change` is that less the rate of the arm that
    all are compared with, paired by question (None: of that arm itself, or it was not asked); `p_holm` is corrected for
    all arms and abilities (Holm)."""

    rate: ArmRate
    change: ArmDifference | None = None
    p_holm: float = math.nan

    @property
    def is_lost(self) -> bool:
        """Is it told that the arm has less? The interval lies below 0, and p (Holm) is at most 0.05."""
        return self.change is not None and self.change.high < 0 and self.p_holm <= SIGNIFICANT


@dataclass(frozen=True)
class Damage:
    """What an arm's checkpoints lost beside the trait: the largest `ratio` of a checkpoint's perplexity on plain text
    to that of its base, `against` (None: not measured), whether its responses say that it may be `broken`, and its
    `abilities`, as the frontier names them (None: not asked)."""

    ratio: float | None = None
    against: str | None = None
    broken: bool = False
    abilities: tuple[Ability | None, ...] = ()


NO_DAMAGE = Damage()


def damages(asked: Asked, aims: Sequence[Aim], fit: Fit, level: float = LEVEL) -> Mapping[str, Damage]:
    """The damage of each arm; counted abilities have intervals at `level`."""
    abilities = _corrected({arm: [_ability(asked, aim, arm, level) for aim in aims] for arm in asked.arms})
    found = {}
    for arm in asked.arms:
        own = next((each for each in fit.arms if each.arm == arm), None)
        ratio, against = (None, None) if own is None else (own.ratio, own.against)
        found[arm] = Damage(ratio, against, arm in fit.broken, tuple(abilities[arm]))
    return found


def gaps(asked: Asked, aims: Sequence[Aim], arm: str, other: str, level: float = LEVEL) -> tuple[ArmDifference, ...]:
    """An arm less another in each ability."""
    return tuple(
        asked.difference(aim, asked.ability_cells(aim, arm), asked.ability_cells(aim, other), level) for aim in aims
    )


def _ability(asked: Asked, aim: Aim, arm: str, level: float) -> Ability | None:
    reference = asked.arms[0]
    rate = asked.rate(aim, asked.ability_cells(aim, arm), level)
    if not rate.n:
        return None
    change = gaps(asked, (aim,), arm, reference, level)[0] if arm != reference else None
    return Ability(rate, change if change is not None and change.questions else None)


def _corrected(abilities: Mapping[str, Sequence[Ability | None]]) -> dict[str, list[Ability | None]]:
    changes = [each.change for own in abilities.values() for each in own if each is not None]
    corrected = iter(holm([change.p for change in changes if change is not None]))
    return {
        arm: [each if each is None or each.change is None else replace(each, p_holm=next(corrected)) for each in own]
        for arm, own in abilities.items()
    }
