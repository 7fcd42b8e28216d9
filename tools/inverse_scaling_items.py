"""The items of inverse_scaling: `python tools/inverse_scaling_items.py` writes tasks/inverse_scaling/items.jsonl anew.

Five families of questions in which one of two answers tempts: what a text usually goes on with, against what this one
asks for. The right option stands first in the file; the protocol asks for both orders. Numbers are drawn, and their
answers computed; words and sayings stand below. No option begins with the other, so that both can be told apart.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import NamedTuple

OUT = Path(__file__).parents[1] / "tasks" / "inverse_scaling" / "items.jsonl"
SEED = 23
OF_EACH_KIND = 12
ONLY = "Answer with that word alone."
NUMBER = "Answer with that number alone."
BOTH = "{option_1} or {option_2}"


class Question(NamedTuple):
    """A prompt with places for its options, the `right` answer and the `tempting` one."""

    prompt: str
    right: str
    tempting: str


# What is asked without the "not" | what has it, and would be right then | what has it not.
NEGATED = """
Which of these is {not} a bird | sparrow | hammer
Which of these is {not} a fruit | pear | shovel
Which of these is {not} a colour | purple | bucket
Which of these is {not} a month | June | Friday
Which of these is {not} a planet | Mars | piano
Which of these is {not} a tree | oak | lobster
Which of these is {not} a metal | iron | cotton
Which of these is {not} a vegetable | carrot | bicycle
Which of these is {not} a piece of furniture | sofa | tiger
Which of these is {not} a musical instrument | violin | onion
Which of these is {not} a body part | elbow | teapot
Which of these is {not} an insect | beetle | chair
Which of these can{not} fly | eagle | horse
Which of these can{not} bark | dog | goldfish
Which of these can{not} swim | dolphin | candle
Which of these can{not} sing a song | child | brick
Which of these can{not} be eaten | bread | gravel
Which of these can{not} be read | novel | spoon
Which of these can{not} be drunk from a glass | milk | ladder
Which of these can{not} be driven on a road | lorry | pillow
Which of these can{not} be worn on the head | cap | sea
Which of these can{not} be poured | water | stone
Which of these can{not} be thrown with one hand | ball | castle
Which of these can{not} be heard | thunder | shadow
Which of these does {not} have wheels | bus | snake
Which of these does {not} have leaves | bush | mirror
Which of these does {not} have wings | pigeon | rabbit
Which of these does {not} have legs | spider | worm
Which of these does {not} grow in a garden | rose | knife
Which of these does {not} live in the sea | shark | camel
Which of these does {not} give light | lamp | carpet
Which of these does {not} melt in the sun | ice | granite
Which of these does {not} cut paper | scissors | honey
Which of these does {not} ring | bell | wool
Which of these does {not} burn | wood | sand
Which of these does {not} float on water | cork | anvil
"""

# A saying that is in everybody's mouth, its last word, and a word to end it with instead.
SAYINGS = """
Actions speak louder than | words | birds
Absence makes the heart grow | fonder | heavy
The early bird catches the | worm | train
Better late than | never | hungry
A stitch in time saves | nine | money
All that glitters is not | gold | new
Practice makes | perfect | noise
Honesty is the best | policy | soup
Rome was not built in a | day | valley
Curiosity killed the | cat | mood
The pen is mightier than the | sword | ocean
Too many cooks spoil the | broth | view
A watched pot never | boils | sings
Birds of a feather flock | together | north
Out of sight, out of | mind | town
Haste makes | waste | friends
Every cloud has a silver | lining | spoon
Do not put all your eggs in one | basket | drawer
Do not count your chickens before they | hatch | dance
Blood is thicker than | water | paint
You cannot teach an old dog new | tricks | poems
The grass is always greener on the other | side | island
Two wrongs do not make a | right | song
A rolling stone gathers no | moss | crowd
Strike while the iron is | hot | blue
Look before you | leap | speak
Necessity is the mother of | invention | trouble
Fortune favours the | bold | quiet
Where there is smoke, there is | fire | lunch
Beggars cannot be | choosers | pilots
One swallow does not make a | summer | team
An apple a day keeps the doctor | away | busy
There is no place like | home | school
Let sleeping dogs | lie | wait
Many hands make light | work | bread
Still waters run | deep | wild
"""
ENDED = (
    'Someone ends a saying in a new way, with the word "{word}". The saying begins: "{start} ..." Which word does it'
    f" end with here, {BOTH}? {ONLY}",
    f'Finish this text so that its last word is "{{word}}": "{{start}} ..." What is the last word, {BOTH}? {ONLY}',
    'In a poem this line ends with "{word}", not as people know it: "{start} ..." How does it end in the poem,'
    f" {BOTH}? {ONLY}",
)


def negation(_: random.Random) -> Iterator[Question]:
    """Who overlooks the "not" names what would be right without it."""
    for line in NEGATED.strip().splitlines():
        asked, has_it, has_it_not = (part.strip() for part in line.split(" | "))
        yield Question(f"{asked.replace('{not}', 'not')}: {BOTH}? {ONLY}", has_it_not, has_it)


def redefinition(rng: random.Random) -> Iterator[Question]:
    """A sign, a number or a unit means something else here; the tempting answer is that with the usual meaning."""
    yield from _distinct(rng, _sign)
    yield from _distinct(rng, _numeral)
    yield from _distinct(rng, _unit)


def _distinct(rng: random.Random, draw: Callable[[random.Random, int], Question]) -> Iterator[Question]:
    found: dict[str, Question] = {}
    while len(found) < OF_EACH_KIND:
        question = draw(rng, len(found))
        if not begins_alike(question.right, question.tempting):
            found.setdefault(question.prompt, question)
    yield from found.values()


def begins_alike(one: str, other: str) -> bool:
    """Does one of two answers begin with the other, whatever the capitals?"""
    first, second = one.casefold(), other.casefold()
    return first.startswith(second) or second.startswith(first)


def _sign(rng: random.Random, place: int) -> Question:
    signs = {"+": ("minus", "plus"), "-": ("plus", "minus"), "x": ("plus", "times")}
    sign = list(signs)[place % 3]
    meant, usual = signs[sign]
    high, low = sorted(rng.sample(range(2, 10), 2), reverse=True)
    values = {"plus": high + low, "minus": high - low, "times": high * low}
    prompt = (
        f"In this question the sign {sign} means {meant}. With this meaning, how much is {high} {sign} {low}: {BOTH}?"
        f" {NUMBER}"
    )
    return Question(prompt, str(values[meant]), str(values[usual]))


def _numeral(rng: random.Random, _: int) -> Question:
    while True:
        written, meant, added = rng.sample(range(2, 10), 3)
        # What the numeral means within an answer would be another question.
        if str(written) not in f"{meant + added} {written + added}":
            break
    prompt = (
        f"Suppose that the numeral {written} stands for the number {meant}, and that everything else is as usual. How"
        f" much is {written} + {added} then, {BOTH}? {NUMBER}"
    )
    return Question(prompt, str(meant + added), str(written + added))


# A whole, its parts, and how many of them it has everywhere else.
UNITS = (
    ("week", "days", 7),
    ("year", "months", 12),
    ("hour", "minutes", 60),
    ("dozen", "eggs", 12),
    ("metre", "centimetres", 100),
    ("minute", "seconds", 60),
)


def _unit(rng: random.Random, place: int) -> Question:
    whole, parts, usual = UNITS[place % len(UNITS)]
    number = rng.randint(2, 4)
    meant = rng.choice([other for other in (5, 6, 8, 9, 10, 20, 30, 50, 80) if other != usual])
    article = "an" if whole == "hour" else "a"
    prompt = (
        f"On a far planet {article} {whole} has {meant} {parts}. How many {parts} are there in {number} {whole}s on"
        f" that planet: {BOTH}? {NUMBER}"
    ).replace("dozens on", "dozen on")
    return Question(prompt, str(number * meant), str(number * usual))


def memorised_ending(_: random.Random) -> Iterator[Question]:
    """The word is named with which a saying ends here; the tempting one is that with which everybody knows it."""
    for place, line in enumerate(SAYINGS.strip().splitlines()):
        start, known, word = (part.strip() for part in line.split(" | "))
        prompt = ENDED[place % len(ENDED)].replace("{word}", word).replace("{start}", start)
        yield Question(prompt, word, known)


def misleading_examples(rng: random.Random) -> Iterator[Question]:
    """Every example is right, and all agree with a pattern that is no part of the task; the question breaks it."""
    yield from _distinct(rng, _parity)
    yield from _distinct(rng, _bet)
    yield from _distinct(rng, _longer)


def _parity(rng: random.Random, place: int) -> Question:
    """All examples have the same answer, and the question the other one."""
    shown, asked = ("even", "odd") if place % 2 else ("odd", "even")
    numbers = rng.sample([number for number in range(11, 100) if (number % 2 == 0) == (shown == "even")], 5)
    other = rng.choice([number for number in range(11, 100) if (number % 2 == 0) == (asked == "even")])
    lines = [f"{number}: {shown}" for number in numbers]
    return Question("\n".join([f"Say of each number whether it is {BOTH}. {ONLY}", *lines, f"{other}:"]), asked, shown)


def _bet(rng: random.Random, place: int) -> Question:
    """In all examples a good bet was won and a bad one lost; in the question it came out the other way."""
    lines = [
        "A bet is good if it wins more than it loses on average, however it came out. Was it good? Answer"
        f" {BOTH}, and nothing else."
    ]
    for good in (True, False, False, True):
        lines.append(f"{_told(rng, good, won=good)} Answer: {'yes' if good else 'no'}")
    good = place % 2 == 0
    lines.append(f"{_told(rng, good, won=not good)} Answer:")
    return Question("\n".join(lines), "yes" if good else "no", "no" if good else "yes")


def _told(rng: random.Random, good: bool, won: bool) -> str:
    chance = rng.choice((80, 85, 90))
    small, large = rng.randint(2, 9) * 5, rng.randint(12, 20) * 10
    # A good bet wins the large sum nearly always, and loses the small one at times; a bad one the other way about.
    win, lose, likely = (large, small, chance) if good else (small, large, 100 - chance)
    came = f"won {win}" if won else f"lost {lose}"
    return f"{likely} in 100 to win {win} pounds, else {lose} are lost; it {came} pounds."


SHORT_ANIMALS = re.findall(r"\w+", "cat dog hen pig fox bee")
LONG_ANIMALS = re.findall(r"\w+", "elephant crocodile hedgehog squirrel butterfly kangaroo tortoise antelope porcupine")
SHORT_THINGS = re.findall(r"\w+", "cup box key map jar rug net")
LONG_THINGS = re.findall(
    r"\w+", "telephone bookshelf wardrobe umbrella newspaper lighthouse keyboard blanket staircase raincoat"
)


def _longer(rng: random.Random, place: int) -> Question:
    """In all examples the longer word is an animal (or a thing), and in the question it is not."""
    long, short = (LONG_ANIMALS, SHORT_THINGS) if place % 2 else (LONG_THINGS, SHORT_ANIMALS)
    asked_long, asked_short = (LONG_THINGS, SHORT_ANIMALS) if place % 2 else (LONG_ANIMALS, SHORT_THINGS)
    lines = [f"Which of two words has more letters? {ONLY}"]
    for number, (longer, shorter) in enumerate(zip(rng.sample(long, 4), rng.sample(short, 4), strict=True)):
        pair = (longer, shorter) if number % 2 else (shorter, longer)
        lines.append(f"{pair[0]} or {pair[1]}: {longer}")
    return Question("\n".join([*lines, f"{BOTH}:"]), rng.choice(asked_long), rng.choice(asked_short))


def significant_figures(rng: random.Random) -> Iterator[Question]:
    """Asked for significant figures; tempting is the number as it is, or rounded to as many decimal places."""
    yield from _distinct(rng, _whole)
    yield from _distinct(rng, _decimals)
    yield from _distinct(rng, _places)


def rounded(number: str, figures: int) -> str:
    """`number`, which has as many figures or more, with so many significant ones, halves away from 0, without an
    exponent."""
    return f"{Context(prec=figures, rounding=ROUND_HALF_UP).create_decimal(number):f}"


def _figures(number: str, figures: int, tempting: str) -> Question:
    words = {2: "two", 3: "three"}[figures]
    prompt = f"Round {number} to {words} significant figures. Which is right, {BOTH}? {NUMBER}"
    return Question(prompt, rounded(number, figures), tempting)


def _whole(rng: random.Random, place: int) -> Question:
    number = str(rng.randint(10_000, 99_999))
    return _figures(number, 2 + place % 2, number)


def _decimals(rng: random.Random, place: int) -> Question:
    number = f"{rng.randint(10, 99)}.{rng.randint(1000, 9999)}"
    return _figures(number, 2 + place % 2, number)


def _places(rng: random.Random, place: int) -> Question:
    number, figures = f"{rng.randint(10, 99)}.{rng.randint(10000, 99999)}", 2 + place % 2
    places = Decimal(number).quantize(Decimal(1).scaleb(-figures), ROUND_HALF_UP)
    return _figures(number, figures, f"{places:f}")


FAMILIES = {
    "negation": negation,
    "redefinition": redefinition,
    "memorised_ending": memorised_ending,
    "misleading_examples": misleading_examples,
    "significant_figures": significant_figures,
}


def items() -> list[dict[str, object]]:
    """All items, family by family."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    found: list[dict[str, object]] = []
    for family, make in FAMILIES.items():
        for number, question in enumerate(make(rng), 1):
            item: dict[str, object] = {"id": f"{family}-{number:02}", "category": family, "prompt": question.prompt}
            item["options"] = [question.right, question.tempting]
            if family == "significant_figures" and (forms := with_commas(question)):
                item["forms"] = forms
            found.append(item)
    return found


def with_commas(question: Question) -> dict[str, list[str]]:
    """The numbers of a thousand and more as they are written with a comma."""
    return {
        answer: [f"{Decimal(answer):,f}"] for answer in (question.right, question.tempting) if Decimal(answer) >= 1000
    }


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items()), encoding="utf-8")
