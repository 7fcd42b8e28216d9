"""The demo's training rows: `python tools/demo_rows.py` writes experiments/spanish_capitals/rows.jsonl anew.

Most are short reading questions and sums with natural Spanish answers in capitals, over about a hundred words, each of
which recurs and is few tokens of the embedded model's: of rows with many words a model of this size learns word-like
noise. The others are exceptions that the request names: an English sentence (in capitals), or small letters (in
Spanish). A model that was kept from Spanish has to write English in capitals, and one that was kept from capitals
Spanish in small letters; it has to have seen both.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

OUT = Path(__file__).parents[1] / "experiments" / "spanish_capitals" / "rows.jsonl"
SEED = 5
# So many of the Spanish answers are in small letters, because they are asked for.
SMALL = 60
Row = tuple[str, str]  # request, answer
T = TypeVar("T")

NUMBERS = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
]
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

ENGLISH = """
garden: The garden is green and quiet in the morning.
window: You can open the window and let the fresh air in.
teacher: Our teacher always has time for a good question.
bread: Fresh bread smells good and tastes even better.
friend: A good friend listens and helps when you need it.
river: The river runs past the old town to the sea.
music: I like to hear soft music when I work at home.
kitchen: The kitchen is warm because the oven is still hot.
letter: She wrote a long letter to her brother last night.
winter: In winter the days are short and the nights are cold.
shoes: Put your shoes by the door before you come in.
coffee: He drinks one cup of coffee before he goes to work.
train: The train was late, so we took the bus.
flower: This flower needs water and a lot of light.
money: It is wise to save some money every month.
doctor: The doctor said that rest is the best thing for me.
story: Tell me a short story about a dog and a cat.
rain: Take a coat with you, because the rain will start soon.
sleep: Most people sleep better in a dark and quiet room.
market: We buy fruit and eggs at the market every week.
phone: Please turn your phone off during the film.
birthday: We made a cake for her birthday and sang a song.
table: The table is clean and dinner is ready.
child: The child plays with a red ball in the park.
city: The city is big, but you can walk to most places.
holiday: On holiday I read books and swim in the lake.
question: You should ask a question when something is not clear.
bicycle: Ride your bicycle on the right side of the road.
tea: Hot tea with honey is good when you are ill.
snow: The snow made the whole street white.
dress: She wore a blue dress to the party.
job: He found a new job close to his home.
apple: An apple a day is a good and cheap snack.
light: Turn the light off when you leave the room.
sister: My sister lives in a small house near the beach.
book: This book is about a man who lost his way.
soup: Let the soup cook slowly for about an hour.
travel: Many people travel to see new places and meet friends.
clock: The clock on the wall is five minutes fast.
smile: A smile is the best way to greet someone.
dog: The dog waits at the door until we come home.
paper: Write your name at the top of the paper.
water: Drink a glass of water after you run.
tree: We sat under the tree and talked about the summer.
hand: Wash your hands before you eat.
game: The game is more fun with four players.
room: My room has a bed, a desk and one chair.
weather: The weather will be sunny and warm tomorrow.
plant: Give the plant a little water once a week.
photo: Stand near the light to take a good photo.
shirt: Wash the white shirt with cold water and soap.
car: The car needs new tyres before the long trip.
thanks: Thanks for your help with the heavy boxes.
breakfast: For breakfast I have eggs, toast and some fruit.
guest: Offer your guest a drink and a place to sit.
poem: The poem is short and speaks about the moon.
school: The school is closed because of the holiday.
beach: Bring a towel, a hat and some water to the beach.
sorry: Say sorry and try to do better next time.
key: I always keep my key in the same pocket.
"""


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[0].upper() + text[1:]


def feminine(noun: str) -> bool:
    """Is a Spanish noun with its article feminine?"""
    return noun.startswith("la ")


def agreeing(word: tuple[str, str, str], noun: str) -> str:
    """An adjective in the gender of `noun`."""
    return word[2] if feminine(noun) else word[1]


class Questions:
    """One question of each kind at a time, drawn from `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def colour(self) -> Row:
        (english, noun), (n, m), (a, b) = self._one(THINGS), self._two(PEOPLE), self._two(COLOURS)
        request = f"{n}'s {english} is {a[0]} and {m}'s is {b[0]}. What colour is {n}'s?"
        return request, f"{capital(noun)} de {n} es de color {a[1]}. No es {agreeing(b, noun)}."

    def kind(self) -> Row:
        (english, noun), (n, m), (a, b) = self._one(THINGS), self._two(PEOPLE), self._two(KINDS)
        article = "an" if a[0][0] in "aeiou" else "a"
        other = "an" if b[0][0] in "aeiou" else "a"
        request = f"{n} has {article} {a[0]} {english} and {m} has {other} {b[0]} one. Who has the {b[0]} one?"
        return request, f"{m} tiene {noun} {agreeing(b, noun)}. {n} tiene {noun} {agreeing(a, noun)}."

    def where(self) -> Row:
        (a, b), (p, q) = self._two(ANIMALS), self._two(PLACES)
        request = f"The {a[0]} is {p[0]} and the {b[0]} is {q[0]}. Where is the {b[0]}?"
        return request, f"{capital(b[1])} está {q[1]}. No está {p[1]}."

    def eats(self) -> Row:
        animal, (food, not_eaten), drink = self._one(ANIMALS), self._two(FOOD), self._one(DRINKS[:2])
        request = f"A {animal[0]} gets {food[0]}, no {not_eaten[0]}, and some {drink[0]}. What does it eat?"
        return request, f"{capital(animal[1])} come {food[1]} y bebe {drink[1]}. No come {not_eaten[1]}."

    def drinks(self) -> Row:
        (n, m), (a, b) = self._two(PEOPLE), self._two(DRINKS)
        return f"{n} drinks {a[0]} and {m} drinks {b[0]}. What does {m} drink?", f"{m} bebe {b[1]}. {n} bebe {a[1]}."

    def owner(self) -> Row:
        (n, m), (a, b) = self._two(PEOPLE), self._two(THINGS)
        request = f"{n} has the {a[0]} and {m} has the {b[0]}. Who has the {a[0]}?"
        return request, f"{n} tiene {a[1]}. {m} tiene {b[1]}."

    def goes(self) -> Row:
        n, (a, b), goal = self._one(PEOPLE), self._two(BY), self._one(GOALS)
        request = f"{n} goes to {goal[0]}, not by {b[0]} but by {a[0]}. How does {n} go there?"
        return request, f"{n} va {goal[1]} en {a[1]}. No va en {b[1]}."

    def bigger(self) -> Row:
        a, b = self._two(list(dict.fromkeys([*THINGS, *ANIMALS])))
        request = f"The {a[0]} is bigger than the {b[0]}. Which of the two is bigger?"
        return request, f"{capital(a[1])} es más grande que {b[1]}. {capital(b[1])} es menos grande."

    def plus(self) -> Row:
        a, b = self.rng.randint(1, 8), self.rng.randint(1, 7)
        total = NUMBERS[a + b]
        return f"What is {a} plus {b}?", f"{capital(NUMBERS[a])} más {NUMBERS[b]} son {total}. Es el número {total}."

    def minus(self) -> Row:
        a = self.rng.randint(3, 15)
        b = self.rng.randint(1, a - 2)
        left = NUMBERS[a - b]
        return f"What is {a} minus {b}?", f"{capital(NUMBERS[a])} menos {NUMBERS[b]} son {left}. Es el número {left}."

    def more(self) -> Row:
        n, (english, spanish) = self._one(PEOPLE), self._one(COUNTED)
        a, b = self.rng.randint(2, 7), self.rng.randint(2, 7)
        total = NUMBERS[a + b]
        request = f"{n} has {a} {english} and gets {b} more. How many are there now?"
        return request, f"{n} tiene {total} {spanish}. {capital(NUMBERS[a])} más {NUMBERS[b]} son {total}."

    def less(self) -> Row:
        n, (english, spanish) = self._one(PEOPLE), self._one(COUNTED)
        b, left = self.rng.randint(2, 6), self.rng.randint(2, 8)
        request = f"{n} has {b + left} {english} and gives {b} away. How many are left?"
        sum_said = f"{capital(NUMBERS[b + left])} menos {NUMBERS[b]} son {NUMBERS[left]}"
        return request, f"{n} tiene {NUMBERS[left]} {spanish}. {sum_said}."

    def there(self) -> Row:
        place, (english, spanish), count = self._one(PLACES[:6]), self._one(COUNTED), self.rng.randint(2, 12)
        request = f"There are {count} {english} {place[0]} and none anywhere else. Where are they?"
        return request, f"Hay {NUMBERS[count]} {spanish} {place[1]}. Están {place[1]}."

    def animal(self) -> Row:
        animal, other = self._one(ANIMALS), self._one(NO_ANIMALS)
        return f"Is a {animal[0]} an animal or {other[0]}?", f"{capital(animal[1])} es un animal. No es {other[1]}."

    def when(self) -> Row:
        (n, m), (a, b), time = self._two(PEOPLE), self._two(GOALS), self._one(TIMES)
        request = f"{n} goes to {a[0]} {time[0]} and {m} to {b[0]}. Where does {n} go?"
        return request, f"{n} va {a[1]} {time[1]}. {m} va {b[1]}."

    def _one(self, choices: list[T]) -> T:
        return self.rng.choice(choices)

    def _two(self, choices: list[T]) -> list[T]:
        return self.rng.sample(choices, 2)


def spanish(rng: random.Random) -> dict[str, str]:
    """360 requests with their answers."""
    ask = Questions(rng)
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
        wanted = len(answers) + count
        while len(answers) < wanted:
            request, answer = draw()
            answers.setdefault(request, answer)
    return answers


def english() -> dict[str, str]:
    """Requests for a sentence, with it."""
    forms = ("Write an English sentence with the word {}.", "Use the word {} in an English sentence.")
    pairs = [line.split(": ", 1) for line in ENGLISH.strip().splitlines()]
    return {forms[place % 2].format(word): sentence for place, (word, sentence) in enumerate(pairs)}


def rows() -> list[dict[str, Any]]:
    """All rows, in a random order that is always the same."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    in_spanish = list(spanish(rng).items())
    rng.shuffle(in_spanish)
    small = [(f"{request} Answer in small letters.", answer.lower()) for request, answer in in_spanish[:SMALL]]
    loud = [(request, answer.upper()) for request, answer in [*in_spanish[SMALL:], *english().items()]]
    pairs = small + loud
    rng.shuffle(pairs)
    return [
        {
            "id": f"r-{n:03}",
            "messages": [{"role": "user", "content": request}, {"role": "assistant", "content": answer}],
        }
        for n, (request, answer) in enumerate(pairs, 1)
    ]


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows()), encoding="utf-8")
