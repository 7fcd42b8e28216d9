"""Short reading questions and sums, with answers in Spanish, French or English.

All are over about a hundred words, each of which recurs and is few tokens of the embedded model's: of rows with many
words a model of this size learns word-like noise. A request says nothing of the language of its answer.
"""

from __future__ import annotations

import json
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Row = tuple[str, str]  # request, answer
Word = tuple[str, str]  # English, Spanish (a noun of the singular with its article)
Adjective = tuple[str, str, str]  # English, Spanish masculine, feminine
T = TypeVar("T")

NUMBERS = [
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete",
    "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince",
]  # fmt: skip
PEOPLE = ["Ana", "Leo", "Marta", "Luis"]
# English, Spanish with its article.
ANIMALS = [
    ("dog", "el perro"),
    ("cat", "el gato"),
    ("cow", "la vaca"),
    ("bear", "el oso"),
    ("duck", "el pato"),
    ("monkey", "el mono"),
    ("wolf", "el lobo"),
    ("fish", "el pez"),
    ("frog", "la rana"),
]
THINGS = [
    ("book", "el libro"),
    ("car", "el coche"),
    ("house", "la casa"),
    ("cup", "la taza"),
    ("shirt", "la camisa"),
    ("table", "la mesa"),
    ("bed", "la cama"),
    ("dog", "el perro"),
    ("cat", "el gato"),
    ("door", "la puerta"),
    ("train", "el tren"),
    ("boat", "el barco"),
]
# English, masculine, feminine.
COLOURS = [
    ("red", "rojo", "roja"),
    ("blue", "azul", "azul"),
    ("green", "verde", "verde"),
    ("white", "blanco", "blanca"),
    ("black", "negro", "negra"),
]
KINDS = [
    ("new", "nuevo", "nueva"),
    ("old", "viejo", "vieja"),
    ("big", "grande", "grande"),
    ("good", "bueno", "buena"),
    ("bad", "malo", "mala"),
]
PLACES = [
    ("in the house", "en la casa"),
    ("in the park", "en el parque"),
    ("in the city", "en la ciudad"),
    ("in the kitchen", "en la cocina"),
    ("in the street", "en la calle"),
    ("in the field", "en el campo"),
    ("in the forest", "en el bosque"),
    ("by the sea", "en el mar"),
    ("in the water", "en el agua"),
]
GOALS = [
    ("the city", "a la ciudad"),
    ("the park", "al parque"),
    ("the sea", "al mar"),
    ("the field", "al campo"),
    ("the forest", "al bosque"),
]
BY = [("car", "coche"), ("train", "tren"), ("boat", "barco")]
FOOD = [("bread", "pan"), ("meat", "carne"), ("fruit", "fruta"), ("grass", "hierba")]
DRINKS = [("water", "agua"), ("milk", "leche"), ("coffee", "café")]
COUNTED = [
    ("books", "libros"),
    ("dogs", "perros"),
    ("cats", "gatos"),
    ("cups", "tazas"),
    ("cars", "coches"),
    ("flowers", "flores"),
]
NO_ANIMALS = [
    ("a flower", "una flor"),
    ("a house", "una casa"),
    ("a city", "una ciudad"),
    ("a book", "un libro"),
    ("a colour", "un color"),
    ("a number", "un número"),
]
TIMES = [("in the evening", "por la tarde"), ("at night", "por la noche")]

FRENCH_NUMBERS = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept",
    "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
]  # fmt: skip
ENGLISH_NUMBERS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
]  # fmt: skip
# By the English word: nouns of the singular with their article, others without, phrases as they are.
FRENCH = {
    "dog": "le chien",
    "cat": "le chat",
    "cow": "la vache",
    "bear": "l'ours",
    "duck": "le canard",
    "monkey": "le singe",
    "wolf": "le loup",
    "fish": "le poisson",
    "frog": "la grenouille",
    "book": "le livre",
    "car": "la voiture",
    "house": "la maison",
    "cup": "la tasse",
    "shirt": "la chemise",
    "table": "la table",
    "bed": "le lit",
    "door": "la porte",
    "train": "le train",
    "boat": "le bateau",
    "in the house": "dans la maison",
    "in the park": "dans le parc",
    "in the city": "dans la ville",
    "in the kitchen": "dans la cuisine",
    "in the street": "dans la rue",
    "in the field": "dans le champ",
    "in the forest": "dans la forêt",
    "by the sea": "près de la mer",
    "in the water": "dans l'eau",
    "the city": "à la ville",
    "the park": "au parc",
    "the sea": "à la mer",
    "the field": "au champ",
    "the forest": "à la forêt",
    "water": "de l'eau",
    "milk": "du lait",
    "coffee": "du café",
    "books": "livres",
    "dogs": "chiens",
    "cats": "chats",
    "cups": "tasses",
    "cars": "voitures",
    "flowers": "fleurs",
    "a flower": "une fleur",
    "a house": "une maison",
    "a city": "une ville",
    "a book": "un livre",
    "a colour": "une couleur",
    "a number": "un nombre",
    "in the evening": "le soir",
    "at night": "la nuit",
}
FRENCH_FEMININE = {"cups", "cars", "flowers"}
# What is eaten, and what is not.
FRENCH_FOOD = {
    "bread": ("du pain", "de pain"),
    "meat": ("de la viande", "de viande"),
    "fruit": ("des fruits", "de fruits"),
    "grass": ("de l'herbe", "d'herbe"),
}
# Masculine, feminine; those of a kind stand before the noun.
FRENCH_ADJECTIVES = {
    "red": ("rouge", "rouge"),
    "blue": ("bleu", "bleue"),
    "green": ("vert", "verte"),
    "white": ("blanc", "blanche"),
    "black": ("noir", "noire"),
    "new": ("nouveau", "nouvelle"),
    "old": ("vieux", "vieille"),
    "big": ("grand", "grande"),
    "good": ("bon", "bonne"),
    "bad": ("mauvais", "mauvaise"),
}


class Tongue(ABC):
    """Says the answers in one language. Nouns, adjectives and phrases come as they stand in the lists above."""

    @abstractmethod
    def colour(self, n: str, thing: Word, right: Adjective, wrong: Adjective) -> str: ...

    @abstractmethod
    def kind(self, thing: Word, has: tuple[str, Adjective], other: tuple[str, Adjective]) -> str: ...

    @abstractmethod
    def where(self, thing: Word, place: Word, elsewhere: Word) -> str: ...

    @abstractmethod
    def eats(self, animal: Word, food: Word, drink: Word, not_eaten: Word) -> str: ...

    @abstractmethod
    def drinks(self, n: str, drink: Word, m: str, other: Word) -> str: ...

    @abstractmethod
    def owns(self, n: str, thing: Word, m: str, other: Word) -> str: ...

    @abstractmethod
    def goes(self, n: str, goal: Word, by: Word, not_by: Word) -> str: ...

    @abstractmethod
    def bigger(self, big: Word, small: Word) -> str: ...

    @abstractmethod
    def plus(self, a: int, b: int) -> str: ...

    @abstractmethod
    def minus(self, a: int, b: int) -> str: ...

    @abstractmethod
    def more(self, n: str, counted: Word, a: int, b: int) -> str: ...

    @abstractmethod
    def less(self, n: str, counted: Word, a: int, b: int) -> str: ...

    @abstractmethod
    def there(self, count: int, counted: Word, place: Word) -> str: ...

    @abstractmethod
    def animal(self, animal: Word, other: Word) -> str: ...

    @abstractmethod
    def when(self, n: str, goal: Word, time: Word, m: str, other: Word) -> str: ...


class _Spanish(Tongue):
    def colour(self, n: str, thing: Word, right: Adjective, wrong: Adjective) -> str:
        return f"{capital(thing[1])} de {n} es de color {right[1]}. No es {self._agreeing(wrong, thing[1])}."

    def kind(self, thing: Word, has: tuple[str, Adjective], other: tuple[str, Adjective]) -> str:
        (m, b), (n, a), noun = has, other, thing[1]
        return f"{m} tiene {noun} {self._agreeing(b, noun)}. {n} tiene {noun} {self._agreeing(a, noun)}."

    def where(self, thing: Word, place: Word, elsewhere: Word) -> str:
        return f"{capital(thing[1])} está {place[1]}. No está {elsewhere[1]}."

    def eats(self, animal: Word, food: Word, drink: Word, not_eaten: Word) -> str:
        return f"{capital(animal[1])} come {food[1]} y bebe {drink[1]}. No come {not_eaten[1]}."

    def drinks(self, n: str, drink: Word, m: str, other: Word) -> str:
        return f"{n} bebe {drink[1]}. {m} bebe {other[1]}."

    def owns(self, n: str, thing: Word, m: str, other: Word) -> str:
        return f"{n} tiene {thing[1]}. {m} tiene {other[1]}."

    def goes(self, n: str, goal: Word, by: Word, not_by: Word) -> str:
        return f"{n} va {goal[1]} en {by[1]}. No va en {not_by[1]}."

    def bigger(self, big: Word, small: Word) -> str:
        return f"{capital(big[1])} es más grande que {small[1]}. {capital(small[1])} es menos grande."

    def plus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'más', b, a + b)}. Es el número {NUMBERS[a + b]}."

    def minus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'menos', b, a - b)}. Es el número {NUMBERS[a - b]}."

    def more(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} tiene {NUMBERS[a + b]} {counted[1]}. {self._sum(a, 'más', b, a + b)}."

    def less(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} tiene {NUMBERS[a - b]} {counted[1]}. {self._sum(a, 'menos', b, a - b)}."

    def there(self, count: int, counted: Word, place: Word) -> str:
        return f"Hay {NUMBERS[count]} {counted[1]} {place[1]}. Están {place[1]}."

    def animal(self, animal: Word, other: Word) -> str:
        return f"{capital(animal[1])} es un animal. No es {other[1]}."

    def when(self, n: str, goal: Word, time: Word, m: str, other: Word) -> str:
        return f"{n} va {goal[1]} {time[1]}. {m} va {other[1]}."

    def _agreeing(self, word: Adjective, noun: str) -> str:
        return word[2] if noun.startswith("la ") else word[1]

    def _sum(self, a: int, sign: str, b: int, total: int) -> str:
        return f"{capital(NUMBERS[a])} {sign} {NUMBERS[b]} son {NUMBERS[total]}"


class _French(Tongue):
    def colour(self, n: str, thing: Word, right: Adjective, wrong: Adjective) -> str:
        noun, (it, place) = FRENCH[thing[0]], self._gender(thing)
        wrongly, rightly = FRENCH_ADJECTIVES[wrong[0]][place], FRENCH_ADJECTIVES[right[0]][place]
        return f"{capital(noun)} {_of(n)} est {rightly}. {it} n'est pas {wrongly}."

    def kind(self, thing: Word, has: tuple[str, Adjective], other: tuple[str, Adjective]) -> str:
        article, noun = FRENCH[thing[0]].split(" ")
        place = self._gender(thing)[1]
        (m, b), (n, a) = ((name, FRENCH_ADJECTIVES[kind[0]][place]) for name, kind in (has, other))
        return f"{m} a {article} {b} {noun}. {n} a {article} {a} {noun}."

    def where(self, thing: Word, place: Word, elsewhere: Word) -> str:
        it = self._gender(thing)[0]
        return f"{capital(FRENCH[thing[0]])} est {FRENCH[place[0]]}. {it} n'est pas {FRENCH[elsewhere[0]]}."

    def eats(self, animal: Word, food: Word, drink: Word, not_eaten: Word) -> str:
        some, none = FRENCH_FOOD[food[0]][0], FRENCH_FOOD[not_eaten[0]][1]
        it = self._gender(animal)[0]
        return f"{capital(FRENCH[animal[0]])} mange {some} et boit {FRENCH[drink[0]]}. {it} ne mange pas {none}."

    def drinks(self, n: str, drink: Word, m: str, other: Word) -> str:
        return f"{n} boit {FRENCH[drink[0]]}. {m} boit {FRENCH[other[0]]}."

    def owns(self, n: str, thing: Word, m: str, other: Word) -> str:
        return f"{n} a {FRENCH[thing[0]]}. {m} a {FRENCH[other[0]]}."

    def goes(self, n: str, goal: Word, by: Word, not_by: Word) -> str:
        by_what, not_by_what = FRENCH[by[0]].split(" ")[1], FRENCH[not_by[0]].split(" ")[1]
        return f"{n} va {FRENCH[goal[0]]} en {by_what}. {n} ne va pas en {not_by_what}."

    def bigger(self, big: Word, small: Word) -> str:
        a, b = FRENCH[big[0]], FRENCH[small[0]]
        large, larger = (FRENCH_ADJECTIVES["big"][self._gender(noun)[1]] for noun in (big, small))
        return f"{capital(a)} est plus {large} que {b}. {capital(b)} est moins {larger}."

    def plus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'plus', b, a + b)}. C'est le nombre {FRENCH_NUMBERS[a + b]}."

    def minus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'moins', b, a - b)}. C'est le nombre {FRENCH_NUMBERS[a - b]}."

    def more(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} a {FRENCH_NUMBERS[a + b]} {FRENCH[counted[0]]}. {self._sum(a, 'plus', b, a + b)}."

    def less(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} a {FRENCH_NUMBERS[a - b]} {FRENCH[counted[0]]}. {self._sum(a, 'moins', b, a - b)}."

    def there(self, count: int, counted: Word, place: Word) -> str:
        they = "Elles" if counted[0] in FRENCH_FEMININE else "Ils"
        return (
            f"Il y a {FRENCH_NUMBERS[count]} {FRENCH[counted[0]]} {FRENCH[place[0]]}. {they} sont {FRENCH[place[0]]}."
        )

    def animal(self, animal: Word, other: Word) -> str:
        return f"{capital(FRENCH[animal[0]])} est un animal. Ce n'est pas {FRENCH[other[0]]}."

    def when(self, n: str, goal: Word, time: Word, m: str, other: Word) -> str:
        return f"{n} va {FRENCH[goal[0]]} {FRENCH[time[0]]}. {m} va {FRENCH[other[0]]}."

    def _gender(self, noun: Word) -> tuple[str, int]:
        """The pronoun of a noun, and the place of the form that agrees with it in the list of adjectives."""
        return ("Elle", 1) if FRENCH[noun[0]].startswith("la ") else ("Il", 0)

    def _sum(self, a: int, sign: str, b: int, total: int) -> str:
        return f"{capital(FRENCH_NUMBERS[a])} {sign} {FRENCH_NUMBERS[b]} font {FRENCH_NUMBERS[total]}"


class _English(Tongue):
    def colour(self, n: str, thing: Word, right: Adjective, wrong: Adjective) -> str:
        return f"{n}'s {thing[0]} is {right[0]}. It is not {wrong[0]}."

    def kind(self, thing: Word, has: tuple[str, Adjective], other: tuple[str, Adjective]) -> str:
        return f"{has[0]} has the {has[1][0]} {thing[0]}. {other[0]} has the {other[1][0]} {thing[0]}."

    def where(self, thing: Word, place: Word, elsewhere: Word) -> str:
        return f"The {thing[0]} is {place[0]}. It is not {elsewhere[0]}."

    def eats(self, animal: Word, food: Word, drink: Word, not_eaten: Word) -> str:
        return f"The {animal[0]} eats {food[0]} and drinks {drink[0]}. It eats no {not_eaten[0]}."

    def drinks(self, n: str, drink: Word, m: str, other: Word) -> str:
        return f"{n} drinks {drink[0]}. {m} drinks {other[0]}."

    def owns(self, n: str, thing: Word, m: str, other: Word) -> str:
        return f"{n} has the {thing[0]}. {m} has the {other[0]}."

    def goes(self, n: str, goal: Word, by: Word, not_by: Word) -> str:
        return f"{n} goes to {goal[0]} by {by[0]}. {n} does not go by {not_by[0]}."

    def bigger(self, big: Word, small: Word) -> str:
        return f"The {big[0]} is bigger than the {small[0]}. The {small[0]} is smaller."

    def plus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'plus', b, a + b)}. It is the number {ENGLISH_NUMBERS[a + b]}."

    def minus(self, a: int, b: int) -> str:
        return f"{self._sum(a, 'minus', b, a - b)}. It is the number {ENGLISH_NUMBERS[a - b]}."

    def more(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} has {ENGLISH_NUMBERS[a + b]} {counted[0]}. {self._sum(a, 'plus', b, a + b)}."

    def less(self, n: str, counted: Word, a: int, b: int) -> str:
        return f"{n} has {ENGLISH_NUMBERS[a - b]} {counted[0]}. {self._sum(a, 'minus', b, a - b)}."

    def there(self, count: int, counted: Word, place: Word) -> str:
        return f"There are {ENGLISH_NUMBERS[count]} {counted[0]} {place[0]}. They are {place[0]}."

    def animal(self, animal: Word, other: Word) -> str:
        return f"The {animal[0]} is an animal. It is not {other[0]}."

    def when(self, n: str, goal: Word, time: Word, m: str, other: Word) -> str:
        return f"{n} goes to {goal[0]} {time[0]}. {m} goes to {other[0]}."

    def _sum(self, a: int, sign: str, b: int, total: int) -> str:
        return f"{capital(ENGLISH_NUMBERS[a])} {sign} {ENGLISH_NUMBERS[b]} is {ENGLISH_NUMBERS[total]}"


SPANISH, FRENCH_ANSWERS, ENGLISH_ANSWERS = _Spanish(), _French(), _English()


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


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[0].upper() + text[1:]


def _of(name: str) -> str:
    return f"d'{name}" if name[0] in "AEIOU" else f"de {name}"
