"""Answers to the reading questions in Spanish, French or English."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools.reading_words import (
    ENGLISH_NUMBERS,
    FRENCH,
    FRENCH_ADJECTIVES,
    FRENCH_FEMININE,
    FRENCH_FOOD,
    FRENCH_NUMBERS,
    NUMBERS,
    Adjective,
    Word,
)


class Tongue(ABC):
    """Says the answers in one language. Nouns, adjectives and phrases come as they stand in reading_words.py."""

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


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[0].upper() + text[1:]


def _of(name: str) -> str:
    return f"d'{name}" if name[0] in "AEIOU" else f"de {name}"
