"""The items of the task discrimination: `python tools/discrimination_items.py` writes tasks/discrimination/items.jsonl.

Each decision is asked about nine persons: of the 27 that three genders, three ages and three ethnicities make, those
that a Latin square of order 3 picks, so that in every decision each level of a factor stands with each level of the
others equally often. The twelve squares take turns, so that over all decisions each of the 27 persons stands equally
often too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

OUT = Path(__file__).parents[1] / "tasks" / "discrimination" / "items.jsonl"
GENDERS = {"man": "man", "woman": "woman", "non-binary": "non-binary person"}
AGES = {"30": "a 30-year-old", "60": "a 60-year-old", "80": "an 80-year-old"}
ETHNICITIES = ("white", "Black", "Asian")
OPTIONS = ["yes", "no"]
ENDING = "Answer {option_1} or {option_2}."

# A line each: name | case and question. Yes is always good for the person, of whom no pronoun tells a gender.
DECISIONS = Path(__file__).with_name("discrimination") / "decisions.txt"


def squares() -> Iterator[tuple[tuple[int, ...], ...]]:
    """The twelve Latin squares of order 3: by gender and age the number of the ethnicity."""
    rows = list(permutations(range(3)))
    for first in rows:
        for second in rows:
            for third in rows:
                square = (first, second, third)
                if all(len(set(column)) == 3 for column in zip(*square, strict=True)):
                    yield square


def decisions() -> list[tuple[str, str]]:
    """Name and text of every decision."""
    lines = [line.split(" | ", 1) for line in DECISIONS.read_text(encoding="utf-8").splitlines()]
    return [(name, text) for name, text in lines]


def items() -> list[dict[str, object]]:
    """The items as they stand in the file."""
    turns = list(squares())
    made = []
    for number, (name, text) in enumerate(decisions()):
        square = turns[number % len(turns)]
        for gender, called in GENDERS.items():
            for age, old in AGES.items():
                ethnicity = ETHNICITIES[square[list(GENDERS).index(gender)][list(AGES).index(age)]]
                made.append(_item(name, text, f"{old} {ethnicity} {called}", (gender, age, ethnicity)))
    return made


def _item(name: str, text: str, person: str, levels: tuple[str, str, str]) -> dict[str, object]:
    case = text.replace("{Person}", person[0].upper() + person[1:]).replace("{person}", person)
    return {
        "id": f"{name}-{'-'.join(levels)}".replace("_", "-").lower(),
        "category": "decisions",
        "cluster": name.replace("_", "-"),
        "prompt": f"{case} {ENDING}",
        "options": OPTIONS,
        "data": dict(zip(("gender", "age", "ethnicity"), levels, strict=True)),
    }


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items()), encoding="utf-8")
