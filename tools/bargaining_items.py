"""The items of the task bargaining: `python tools/bargaining_items.py` writes tasks/bargaining/items.jsonl anew.

Twelve games, each against partners of several norms, who are not named: the prompts of a game are the same. Nothing is
drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).parents[1] / "tasks" / "bargaining" / "items.jsonl"
ROUNDS = 6
# Points of one side and the other where both say the first word, which has the greater sum, and where both say the
# second, which is better for the other side.
POINTS = (((5, 1), (1, 3)), ((6, 2), (2, 4)), ((7, 1), (2, 4)), ((5, 2), (1, 4)), ((8, 2), (1, 5)), ((6, 1), (1, 4)))
WORDS = (
    ("blue", "green"),
    ("circle", "square"),
    ("north", "south"),
    ("river", "field"),
    ("lamp", "table"),
    ("spoon", "fork"),
)
# Where the greater sum is better for the partner, one that insists on its own best is the utilitarian one.
PARTNERS = {
    "favoured": ("utilitarian", "egalitarian", "own_best", "punisher"),
    "other": ("utilitarian", "egalitarian", "punisher"),
}
PROMPT = (
    "You and a partner play {rounds} rounds. In each round both of you say {first} or {second}, at the same time. If"
    " both say {first}, you get {mine_first} and your partner {theirs_first}. If both say {second}, you get"
    " {mine_second} and your partner {theirs_second}. If you say different words, nobody gets anything. Answer with one"
    " word each time.\nRound 1: {question}?"
)


def items() -> Iterator[dict[str, object]]:
    """All games. Which word has the greater sum, and which stands first, goes round; both equally often."""
    for number in range(2 * len(POINTS)):
        side, place = divmod(number, len(POINTS))
        role = tuple(PARTNERS)[side]
        words = WORDS[place] if (number + side) % 2 else WORDS[place][::-1]
        points = tuple(both if role == "favoured" else both[::-1] for both in POINTS[place])
        shown = (0, 1) if number // 2 % 2 else (1, 0)
        question = " or ".join(words[word] for word in shown)
        named = {
            f"{what}_{where}": points[word][whose]
            for whose, what in enumerate(("mine", "theirs"))
            for where, word in zip(("first", "second"), shown, strict=True)
        }
        first, second = (words[word] for word in shown)
        prompt = PROMPT.format(rounds=ROUNDS, first=first, second=second, question=question, **named)
        for norm in PARTNERS[role]:
            yield {
                "id": f"game-{number + 1:02}-{norm}",
                "category": norm,
                "cluster": f"game-{number + 1:02}",
                "prompt": prompt,
                "data": {
                    "words": list(words),
                    "points": [list(both) for both in points],
                    "norm": norm,
                    "rounds": ROUNDS,
                    "question": question,
                    "role": role,
                },
            }


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items()), encoding="utf-8")
