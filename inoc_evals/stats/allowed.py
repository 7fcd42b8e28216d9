"""How much may be asked, and how much was."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_QUESTIONS = 30


@dataclass(frozen=True)
class Allowed:
    """What may be asked: `questions` of them (1 or more), and of every checkpoint `fewest` to `most` responses to each
    question that is asked, in steps of `step` (1 or more; both are multiples of it)."""

    questions: int
    fewest: int
    most: int
    step: int = 1

    @property
    def first(self) -> Taken:
        """What every arm is asked before the first look."""
        return Taken(min(self.questions, FIRST_QUESTIONS), self.fewest)

    @property
    def all(self) -> Taken:
        """The most that an arm may be asked."""
        return Taken(self.questions, self.most)


@dataclass(frozen=True)
class Taken:
    """How much an arm was asked, or is to be: the first `questions` of an order that all arms share, and `responses` to
    each from each of its checkpoints."""

    questions: int
    responses: int

    @property
    def cost(self) -> int:
        """Responses of one checkpoint."""
        return self.questions * self.responses
