"""A questioner who knows all rules that a user may have, and asks each time what tells most about which one it is.

The choice by expected information gain is that of OPEN (Handa et al., arXiv 2403.05534), where the rules are weights of
features; here they are any finite set of rules. Nothing is asked of a model: it is the line that others are held to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chances = NDArray[np.float64]
    Labels = NDArray[np.bool_]

# Gains that differ by less are equal, and the earlier question is asked.
_SAME_BITS = 1e-9


@dataclass(frozen=True)
class Rules:
    """Every rule that is thought possible, all as likely before anything is asked: the probability (0..1) that a user
    with the rule says yes to each case that may be asked about (`asked`, rules x questions) and to each case that is
    kept aside (`kept_aside`, rules x cases)."""

    asked: Chances
    kept_aside: Chances


@dataclass(frozen=True)
class Course:
    """What was asked, as places of questions, the gain in bits that was expected of each, and the mean probability of
    right guesses after 0, 1, 2... of them."""

    questions: tuple[int, ...]
    bits: tuple[float, ...]
    right: tuple[float, ...]


def information_gain(chances: Chances, beliefs: Chances) -> Chances:
    """How many bits about the rule the answer to each question is expected to tell: `chances` as in `Rules.asked`,
    `beliefs` the probability of each rule. A question that splits them in halves tells 1 bit, if a rule always answers
    alike."""
    return _entropy(beliefs @ chances) - beliefs @ _entropy(chances)


def ideal_course(rules: Rules, answers: Labels, labels: Labels, turns: int) -> Course:
    """At most `turns` questions to a user who gives `answers` (one for each question) and says `labels` to the cases
    kept aside. No question is asked twice. Raises ValueError where no rule gives these answers."""
    import numpy as np

    beliefs = np.full(len(rules.asked), 1 / len(rules.asked))
    left = list(range(rules.asked.shape[1]))
    questions, bits, right = [], [], [_right(rules, beliefs, labels)]
    for _ in range(min(turns, len(left))):
        gains = information_gain(rules.asked[:, left], beliefs)
        place = int(np.argmax(gains > gains.max() - _SAME_BITS))
        question = left.pop(place)
        beliefs = after_answer(rules.asked[:, question], beliefs, bool(answers[question]))
        questions.append(question)
        bits.append(float(gains[place]))
        right.append(_right(rules, beliefs, labels))
    return Course(tuple(questions), tuple(bits), tuple(right))


def after_answer(chances: Chances, beliefs: Chances, yes: bool) -> Chances:
    """The probabilities of the rules after the answer to a question with these `chances` of yes (one for each rule)."""
    likely = beliefs * (chances if yes else 1 - chances)
    total = likely.sum()
    if total <= 0:
        raise ValueError("no rule that was thought possible gives this answer")
    believed: Chances = likely / total
    return believed


def _right(rules: Rules, beliefs: Chances, labels: Labels) -> float:
    import numpy as np

    yes = beliefs @ rules.kept_aside
    return float(np.where(labels, yes, 1 - yes).mean())


def _entropy(chances: Chances) -> Chances:
    """Of a yes with each of these probabilities, in bits."""
    import numpy as np

    sides = np.stack([chances, 1 - chances])
    logs = np.log2(sides, where=sides > 0, out=np.zeros_like(sides))
    entropy: Chances = -(sides * logs).sum(axis=0)
    return entropy
