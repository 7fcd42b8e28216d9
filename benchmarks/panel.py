"""How often does the profile of a panel find a change where there is none? Simulated panels:
`python benchmarks/panel.py [PANELS] [ARMS]` (default 200 panels of nine dispositions, 1 arm beside the reference).

In every panel all arms are alike over questions of the kind: questions differ, each arm is off by chance on each of
them, and what is drawn is drawn. The dispositions are of the kinds that a panel has: exact shares around 0.5, near 0
and near 1, exact log odds with long tails, drawn answers at rates of 2%, 20% and 50%, means of offers, and one of 12
questions. Told are the shares of panels with a change that is sure (Holm) and with one that is sure or likely (false
discovery rate), each with its 95% interval (Clopper and Pearson), the share of all single tests at or below 0.05, and
the shares of changes by what is told of them.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
from scipy import special, stats

from inoc_evals.measures.scale import Scale, share
from inoc_evals.results.columns import columns
from inoc_evals.results.profile import Panel, Profile, profile
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.stats.responses import Floats

EXACT = Scale(0.0, 1.0, "exact")
LOG_ODDS = Scale(None, None, "unbounded", "nats")
MEAN = Scale(0.0, 1.0, "mean")
# By task: the scale, the number of questions, and one arm's values, given what questions have in common.
Draw = Callable[[np.random.Generator, Floats], Floats]


def exact(centre: float) -> Draw:
    """Shares, logit-normal: questions spread by 1.5, arms by 0.4 on each of them."""
    return lambda draw, common: special.expit(centre + 1.5 * common + 0.4 * draw.standard_normal(len(common)))


def drawn(rate: float, samples: int = 1) -> Draw:
    """Shares of hits among so many answers to each question, with rates that spread by 1.5 on the logit scale."""
    centre = float(special.logit(rate))
    return lambda draw, common: draw.binomial(samples, special.expit(centre + 1.5 * common)) / samples


def tails(draw: np.random.Generator, common: Floats) -> Floats:
    """Log odds: t with 4 degrees of freedom on each question beside what questions have in common."""
    return 2 * common + 0.5 * draw.standard_t(4, len(common))


def offers(draw: np.random.Generator, common: Floats) -> Floats:
    """Shares of a sum, most of them a half, the rest anything."""
    return np.where(draw.random(len(common)) < 0.6, 0.5, np.round(draw.beta(2, 3, len(common)), 1))


PANEL: dict[str, tuple[Scale, int, Draw]] = {
    "shares": (EXACT, 160, exact(0.0)),
    "low_shares": (EXACT, 80, exact(-5.0)),
    "high_shares": (EXACT, 40, exact(4.0)),
    "log_odds": (LOG_ODDS, 60, tails),
    "rare": (share(), 100, drawn(0.02)),
    "some": (share(), 50, drawn(0.2)),
    "half": (share(), 30, drawn(0.5)),
    "offers": (MEAN, 60, offers),
    "few": (LOG_ODDS, 12, tails),
}


def rows(draw: np.random.Generator, arms: tuple[str, ...]) -> Iterator[ResponseRow]:
    for task, (_, questions, of_arm) in PANEL.items():
        common = draw.standard_normal(questions)
        for arm in arms:
            for place, value in enumerate(of_arm(draw, common).tolist()):
                yield row(task, arm, f"q{place}", value)


def row(task: str, arm: str, question: str, value: float) -> ResponseRow:
    return ResponseRow(
        arm=arm,
        checkpoint=arm,
        task=task,
        item=question,
        cluster=question,
        category="all",
        condition="",
        epoch=1,
        choice=0,
        response="",
        values={"v": value},
        causes={},
        details={},
        stop_reason="stop",
        prompt_text=None,
        prompt_sha256=None,
        asked=Asked(chosen=False),
    )


def simulated(draw: np.random.Generator, arms: tuple[str, ...]) -> Profile:
    headlines = {task: {"v": scale} for task, (scale, *_) in PANEL.items()}
    found = profile(Panel(columns(tuple(rows(draw, arms)), {}), frozenset(PANEL), headlines, {}, arms))
    assert found is not None
    return found


def main(panels: int, others: int) -> None:
    draw, arms = np.random.default_rng(17), ("reference", *(f"arm{number}" for number in range(1, others + 1)))
    began = time.monotonic()
    with_any: Counter[str] = Counter()
    states: Counter[str] = Counter()
    small = tests = 0
    for _ in range(panels):
        changes = [change for each in simulated(draw, arms).dispositions for change in each.changes]
        tests += len(changes)
        small += sum(change.difference.p <= 0.05 for change in changes)
        states.update(change.state for change in changes)
        with_any["a sure change"] += any(change.state == "changed" for change in changes)
        with_any["a likely or sure change"] += any(change.state in ("changed", "likely") for change in changes)
    print(f"{panels} panels, {tests // panels} changes each, {time.monotonic() - began:.0f} s")
    for what in ("a sure change", "a likely or sure change"):
        low, high = stats.binomtest(with_any[what], panels).proportion_ci()
        print(f"panels with {what}: {with_any[what] / panels:.1%} [{low:.1%}, {high:.1%}]")
    print(f"single tests at or below 0.05: {small / tests:.1%}")
    print(", ".join(f"{state}: {count / tests:.1%}" for state, count in states.most_common()))


if __name__ == "__main__":
    main(*(int(text) for text in [*sys.argv[1:3], *["200", "1"][len(sys.argv) - 1 :]]))
