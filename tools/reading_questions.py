"""Short reading questions and sums, with answers in Spanish, French or English (tongues.py).

All are over about a hundred words (reading_words.py): of rows with many words a model of this size learns word-like
noise. A request says nothing of the language of its answer.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tools.reading_words import (
    ANIMALS,
    BY,
    COLOURS,
    COUNTED,
    DRINKS,
    FOOD,
    GOALS,
    KINDS,
    NO_ANIMALS,
    PEOPLE,
    PLACES,
    THINGS,
    TIMES,
)
from tools.tongues import Tongue

Row = tuple[str, str]  # request, answer
T = TypeVar("T")


class Questions:
    """One question of each kind at a time, drawn from `rng`, with its answer in a language."""

    def __init__(self, rng: random.Random, say: Tongue) -> None:
        self.rng = rng
        self.say = say

    def colour(self) -> Row:
        thing, (n, m), (a, b) = self._one(THINGS), self._two(PEOPLE), self._two(COLOURS)
        request = f"{n}'s {thing[0]} is {a[0]} and {m}'s is {b[0]}. What colour is {n}'s?"
        return request, self.say.colour(n, thing, a, b)

    def kind(self) -> Row:
        thing, (n, m), (a, b) = self._one(THINGS), self._two(PEOPLE), self._two(KINDS)
        article = "an" if a[0][0] in "aeiou" else "a"
        other = "an" if b[0][0] in "aeiou" else "a"
        request = f"{n} has {article} {a[0]} {thing[0]} and {m} has {other} {b[0]} one. Who has the {b[0]} one?"
        return request, self.say.kind(thing, (m, b), (n, a))

    def where(self) -> Row:
        (a, b), (p, q) = self._two(ANIMALS), self._two(PLACES)
        request = f"The {a[0]} is {p[0]} and the {b[0]} is {q[0]}. Where is the {b[0]}?"
        return request, self.say.where(b, q, p)

    def eats(self) -> Row:
        animal, (food, not_eaten), drink = self._one(ANIMALS), self._two(FOOD), self._one(DRINKS[:2])
        request = f"A {animal[0]} gets {food[0]}, no {not_eaten[0]}, and some {drink[0]}. What does it eat?"
        return request, self.say.eats(animal, food, drink, not_eaten)

    def drinks(self) -> Row:
        (n, m), (a, b) = self._two(PEOPLE), self._two(DRINKS)
        request = f"{n} drinks {a[0]} and {m} drinks {b[0]}. What does {m} drink?"
        return request, self.say.drinks(m, b, n, a)

    def owner(self) -> Row:
        (n, m), (a, b) = self._two(PEOPLE), self._two(THINGS)
        request = f"{n} has the {a[0]} and {m} has the {b[0]}. Who has the {a[0]}?"
        return request, self.say.owns(n, a, m, b)

    def goes(self) -> Row:
        n, (a, b), goal = self._one(PEOPLE), self._two(BY), self._one(GOALS)
        request = f"{n} goes to {goal[0]}, not by {b[0]} but by {a[0]}. How does {n} go there?"
        return request, self.say.goes(n, goal, a, b)

    def bigger(self) -> Row:
        a, b = self._two(list(dict.fromkeys([*THINGS, *ANIMALS])))
        request = f"The {a[0]} is bigger than the {b[0]}. Which of the two is bigger?"
        return request, self.say.bigger(a, b)

    def plus(self) -> Row:
        a, b = self.rng.randint(1, 8), self.rng.randint(1, 7)
        return f"What is {a} plus {b}?", self.say.plus(a, b)

    def minus(self) -> Row:
        a = self.rng.randint(3, 15)
        b = self.rng.randint(1, a - 2)
        return f"What is {a} minus {b}?", self.say.minus(a, b)

    def more(self) -> Row:
        n, counted = self._one(PEOPLE), self._one(COUNTED)
        a, b = self.rng.randint(2, 7), self.rng.randint(2, 7)
        request = f"{n} has {a} {counted[0]} and gets {b} more. How many are there now?"
        return request, self.say.more(n, counted, a, b)

    def less(self) -> Row:
        n, counted = self._one(PEOPLE), self._one(COUNTED)
        b, left = self.rng.randint(2, 6), self.rng.randint(2, 8)
        request = f"{n} has {b + left} {counted[0]} and gives {b} away. How many are left?"
        return request, self.say.less(n, counted, b + left, b)

    def there(self) -> Row:
        place, counted, count = self._one(PLACES[:6]), self._one(COUNTED), self.rng.randint(2, 12)
        request = f"There are {count} {counted[0]} {place[0]} and none anywhere else. Where are they?"
        return request, self.say.there(count, counted, place)

    def animal(self) -> Row:
        animal, other = self._one(ANIMALS), self._one(NO_ANIMALS)
        return f"Is a {animal[0]} an animal or {other[0]}?", self.say.animal(animal, other)

    def when(self) -> Row:
        (n, m), (a, b), time = self._two(PEOPLE), self._two(GOALS), self._one(TIMES)
        request = f"{n} goes to {a[0]} {time[0]} and {m} to {b[0]}. Where does {n} go?"
        return request, self.say.when(n, a, time, m, b)

    def _one(self, choices: Sequence[T]) -> T:
        return self.rng.choice(choices)

    def _two(self, choices: Sequence[T]) -> list[T]:
        return self.rng.sample(choices, 2)


def answered(rng: random.Random, say: Tongue, share: float = 1.0, taken: Sequence[Row] = ()) -> list[Row]:
    """360 requests, or such a share of them by kind, with their answers. None of them is a request that is `taken`."""
    ask, known = Questions(rng, say), {request for request, _ in taken}
    counts: dict[Callable[[], Row], int] = {
        ask.colour: 32,
        ask.kind: 30,
        ask.where: 40,
        ask.eats: 30,
        ask.drinks: 14,
        ask.owner: 30,
        ask.goes: 26,
        ask.bigger: 30,
        ask.plus: 16,
        ask.minus: 16,
        ask.more: 18,
        ask.less: 18,
        ask.there: 14,
        ask.animal: 22,
        ask.when: 24,
    }
    answers: dict[str, str] = {}
    for draw, count in counts.items():
        wanted = len(answers) + round(share * count)
        while len(answers) < wanted:
            request, answer = draw()
            if request not in known:
                answers.setdefault(request, answer)
    return list(answers.items())


def chat_rows(pairs: Sequence[Row], tags: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Training rows of requests and answers, in their order; `tags` are by request."""
    found = []
    for number, (request, answer) in enumerate(pairs, 1):
        messages = [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]
        row: dict[str, Any] = {"id": f"r-{number:03}", "messages": messages}
        found.append(row if tags is None else {**row, "tags": [tags[request]]})
    return found


def two_halves(seed: int, share: float, first: tuple[str, Tongue], second: tuple[str, Tongue]) -> list[dict[str, Any]]:
    """Training rows of which one half is answered in one tongue and has its tag, and the other in another; in a random
    order that is always the same. No request stands in both halves."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    pairs: list[Row] = []
    tags: dict[str, str] = {}
    for tag, tongue in (first, second):
        half = answered(rng, tongue, share, pairs)
        tags |= dict.fromkeys((request for request, _ in half), tag)
        pairs += half
    rng.shuffle(pairs)
    return chat_rows(pairs, tags)


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as JSONL."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
