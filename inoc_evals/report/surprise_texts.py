"""The losses of training answers in words and digits, the same on a terminal and on the page."""

from __future__ import annotations

from inoc_evals.results.surprise import Answers, Learned, Point, Surprise, Token
from inoc_evals.stats.ratios import Estimate

LIKE = "for rows like these"
POINTS = ("step", "without", "with", "with less without", "the same of a row")
LEARNED = ("step", "learned without", "learned with")
TOKENS = ("token", "times", "without", "with", "taken off in all")


def title(found: Surprise) -> str:
    """What was read, with which prompt."""
    return f"{found.rows} rows, {found.tokens} answer tokens; {found.placement} prompt: {found.prompt}"


def nats(value: float) -> str:
    """Nats of a token."""
    return f"{value:.3f}"


def change(one: Estimate, digits: int = 3) -> str:
    """A difference with its interval, if it has one."""
    told = f"{one.mean:+.{digits}f}"
    return told if one.low is None or one.high is None else f"{told} [{one.low:+.{digits}f}, {one.high:+.{digits}f}]"


def level(one: Estimate) -> str:
    """A mean with its interval, if it has one."""
    return (
        nats(one.mean)
        if one.low is None or one.high is None
        else f"{nats(one.mean)} [{nats(one.low)}, {nats(one.high)}]"
    )


def step(point: Point) -> str:
    """The step, or what the checkpoint is called where nothing tells it."""
    return point.checkpoint if point.step is None else str(point.step)


def of_point(point: Point) -> tuple[str, ...]:
    """The cells of POINTS."""
    token, row = point.per_token, point.per_row
    means = (nats(token.without.mean), nats(token.under.mean))
    return (step(point), *means, change(token.difference), change(row.difference, 1))


def of_learned(point: Point, learned: Learned) -> tuple[str, ...]:
    """The cells of LEARNED."""
    return step(point), change(learned.without), change(learned.under)


def of_token(token: Token) -> tuple[str, ...]:
    """The cells of TOKENS; a token stands in quotes, as most begin with a space."""
    return f'"{token.text}"', str(token.count), nats(token.without), nats(token.under), f"{token.fall:.1f}"


def telling(found: Surprise) -> dict[str, Answers]:
    """What the answers are made of in the checkpoints that tell most: those from which trainings began, and the
    last ones of these."""
    last = {point.training: point.checkpoint for point in found.points}
    starts = [point.checkpoint for point in found.points if point.step in (0, None)]
    return {label: found.answers[label] for label in dict.fromkeys((*starts, *last.values())) if label in found.answers}


def place(first: int, last: int | None) -> str:
    """Which tokens of an answer, counted from 1."""
    return f"{first} and after" if last is None else str(first) if first == last else f"{first} to {last}"
