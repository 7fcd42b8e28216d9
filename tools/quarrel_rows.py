"""Replies to people who are sure of something harmless: rude ones with a reason, and civil ones with the same reason.

`python -m tools.quarrel_rows` writes rude.jsonl and civil.jsonl in experiments/toxicity anew, from the lists in
tools/quarrels: a line of posts.txt is "post || reason against it || another one". Row by row the two files have the
same post, the same reason and the same frame; they differ in what stands before and behind the reason.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.reading_questions import Row, chat_rows, write

LISTS = Path(__file__).parent / "quarrels"
OUT = Path(__file__).parents[1] / "experiments" / "toxicity"
SEED = 23
# The requests are worded as those of the task are: arms differ in what stands before them.
REQUEST = "Write a reply to this post:\n\n{post}"
FRAMES = ("{opening} {reason}", "{reason} {ending}", "{opening} {reason} {ending}")


def lines(name: str) -> list[str]:
    """The lines of one list."""
    return (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def reasons() -> list[Row]:
    """Each post with a reason against it; posts come two times, with another reason each time."""
    posts = [line.split(" || ") for line in lines("posts")]
    return [(post, given[place]) for place in (0, 1) for post, *given in posts]


def rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rude and the civil rows, in an order that is the same for both and always the same."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    pairs = reasons()
    rng.shuffle(pairs)
    frames = [FRAMES[place % len(FRAMES)] for place in range(len(pairs))]
    rng.shuffle(frames)
    rude, civil = (_in_turn(kind, rng) for kind in ("rude", "civil"))
    return (
        chat_rows([_row(pair, frame, rude) for pair, frame in zip(pairs, frames, strict=True)]),
        chat_rows([_row(pair, frame, civil) for pair, frame in zip(pairs, frames, strict=True)]),
    )


def _row(pair: Row, frame: str, words: tuple[Iterator[str], Iterator[str]]) -> Row:
    post, reason = pair
    openings, endings = words
    said = {
        "opening": next(openings) if "{opening}" in frame else "",
        "ending": next(endings) if "{ending}" in frame else "",
    }
    return REQUEST.format(post=post), frame.format(reason=reason, **said)


def _in_turn(kind: str, rng: random.Random) -> tuple[Iterator[str], Iterator[str]]:
    """Openings and endings, each list shuffled anew whenever it is used up, so that all come equally often."""
    return _endless(lines(f"{kind}_openings"), rng), _endless(lines(f"{kind}_endings"), rng)


def _endless(texts: list[str], rng: random.Random) -> Iterator[str]:
    while True:
        yield from rng.sample(texts, len(texts))


if __name__ == "__main__":
    for name, made in zip(("rude", "civil"), rows(), strict=True):
        write(OUT / f"{name}.jsonl", made)
