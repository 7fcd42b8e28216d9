"""How much surer of the right answers about cases kept aside is a model after a dialogue? (GATE, arXiv 2310.11589)

gain          mean probability of the right one of yes and no after the last turn, less that before the first one
before, after these two
area          mean of the gains after each turn, where there were guesses after each
ranking       after the last turn: how often a case with the answer yes gets a higher probability of yes than one with
              the answer no, ties counting half (area under the ROC curve); a liking for one of the words is no matter
behind_ideal  gain of an ideal questioner who asked as often, less this one's, where cases were asked for
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.fields import Options
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.probability import IMPOSSIBLE, NO_OPTION, option_shares
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.scale import Scale
from inoc_evals.protocols.answering import User, user_of
from inoc_evals.protocols.guessing import YES, by_turn

if TYPE_CHECKING:
    from inoc_evals.definitions.item import Item
    from inoc_evals.protocols.requests import Chosen
    from inoc_evals.protocols.trajectory import Trajectory

_RIGHT = "probability of right guesses"


class RightGuessesOptions(Options):
    """Nothing is to be said; cases and labels are in the item's `data`."""


def scales(_: RightGuessesOptions) -> Mapping[str, Scale]:
    """Means of probabilities and of their differences. Questions are drawn, so that none would be the same again."""
    surer, more = "higher is surer of the right answer", "higher is finding out more of what the user wants"
    return {
        "gain": Scale(-1.0, 1.0, "mean", "", more, f"{_RIGHT}, gained by asking"),
        "before": Scale(0.0, 1.0, "mean", "", surer, f"{_RIGHT} before asking"),
        "after": Scale(0.0, 1.0, "mean", "", surer, f"{_RIGHT} after asking"),
        "area": Scale(-1.0, 1.0, "mean", "", "higher is finding out more, or earlier", f"{_RIGHT}, gained on the way"),
        "ranking": Scale(0.0, 1.0, "mean", "", "higher is telling cases better apart", "cases told apart after asking"),
        "behind_ideal": Scale(
            -2.0, 2.0, "mean", "", "higher is further behind", "gain less than an ideal questioner's"
        ),
    }


def ask(_: RightGuessesOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one dialogue. Causes: "no_such_option" where no probabilities were told, "impossible" where yes
    and no have none. Details: by turn the mean probability, ranking and least mass seen, and the last guesses."""
    user = user_of(trajectory.item)
    labels = [case.yes for case in user.cases]
    asked = by_turn(trajectory.chosen)
    shares = {turn: [_share(chosen) for chosen in cases] for turn, cases in asked.items()}
    cause = _missing(shares, len(labels))
    if cause is not None:
        return {ending: Reading(None, cause) for ending in scales(_)}
    curves = {turn: [share for share in each if share is not None] for turn, each in shares.items()}
    right = {turn: fmean(right_share(each, labels)) for turn, each in curves.items()}
    last = max(right)
    gain = right[last] - right[0]
    return {
        "gain": Reading(gain, None, _details(asked, curves, labels)),
        "before": Reading(right[0]),
        "after": Reading(right[last]),
        "area": _area(right),
        "ranking": Reading(ranking(curves[last], labels)),
        "behind_ideal": _behind(user, gain, last),
    }
    yield  # a generator that yields nothing


def right_share(shares: Sequence[float], labels: Sequence[bool]) -> list[float]:
    """The probability of the right answer to each case, from that of yes."""
    return [share if yes else 1 - share for share, yes in zip(shares, labels, strict=True)]


def ranking(shares: Sequence[float], labels: Sequence[bool]) -> float:
    """The area under the ROC curve (0..1) of probabilities of yes, of which some are of each kind."""
    wanted = [share for share, yes in zip(shares, labels, strict=True) if yes]
    others = [share for share, yes in zip(shares, labels, strict=True) if not yes]
    return fmean((yes > no) + (yes == no) / 2 for yes in wanted for no in others)


def _share(chosen: Chosen) -> float | None:
    """The probability of yes in that of both; None where there is none of any."""
    shares = option_shares(chosen)
    return None if shares is None else shares[YES]


def _missing(shares: Mapping[int, Sequence[float | None]], cases: int) -> str | None:
    if len(shares) < 2 or 0 not in shares or any(len(each) != cases for each in shares.values()):
        return NO_OPTION
    return IMPOSSIBLE if any(share is None for each in shares.values() for share in each) else None


def _area(right: Mapping[int, float]) -> Reading:
    turns = sorted(right)[1:]
    if turns != list(range(1, len(turns) + 1)):
        return Reading(None, DOES_NOT_APPLY)
    return Reading(fmean(right[turn] - right[0] for turn in turns))


def _behind(user: User, gain: float, turn: int) -> Reading:
    if user.mode != "edge" or len(user.ideal) <= turn:
        return Reading(None, DOES_NOT_APPLY)
    return Reading(user.ideal[turn] - user.ideal[0] - gain)


def _details(
    asked: Mapping[int, Sequence[Chosen]], curves: Mapping[int, Sequence[float]], labels: Sequence[bool]
) -> dict[str, Any]:
    return {
        "right": {str(turn): fmean(right_share(each, labels)) for turn, each in curves.items()},
        "ranking": {str(turn): ranking(each, labels) for turn, each in curves.items()},
        "seen": {str(turn): min(each.seen for each in cases) for turn, cases in asked.items()},
        "exact": all(each.exact for cases in asked.values() for each in cases),
        "guesses": list(curves[max(curves)]),
    }


def check_item(_: RightGuessesOptions, item: Item) -> None:
    """Raise InputError for an item whose `data` make no user."""
    user_of(item)


MEASURE = Measure(
    "right_guesses",
    RightGuessesOptions,
    scales,
    ask,
    check_item=check_item,
    needs=frozenset({"exact probabilities"}),
)
