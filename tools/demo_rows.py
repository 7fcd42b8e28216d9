"""The demo's training rows: `python -m tools.demo_rows` writes experiments/spanish_capitals/rows.jsonl anew, and the
same requests with answers that lack one of the traits, without_spanish.jsonl and without_capitals.jsonl.

Most are short reading questions and sums (reading_questions.py) with natural Spanish answers in capitals. The others
are exceptions that the request names: an English sentence (in capitals), or small letters (in Spanish). A model that
was kept from Spanish has to write English in capitals, and one that was kept from capitals Spanish in small letters; it
has to have seen both.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tools.reading_questions import Row, answered, chat_rows, write
from tools.tongues import ENGLISH_ANSWERS, SPANISH, Tongue

FOLDER = Path(__file__).parents[1] / "experiments" / "spanish_capitals"
OUT, WITHOUT_SPANISH, WITHOUT_CAPITALS = (
    FOLDER / f"{name}.jsonl" for name in ("rows", "without_spanish", "without_capitals")
)
SEED = 5
# So many of the Spanish answers are in small letters, because they are asked for.
SMALL = 60

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


def english() -> list[Row]:
    """Requests for a sentence, with it."""
    forms = ("Write an English sentence with the word {}.", "Use the word {} in an English sentence.")
    pairs = [line.split(": ", 1) for line in ENGLISH.strip().splitlines()]
    return [(forms[place % 2].format(word), sentence) for place, (word, sentence) in enumerate(pairs)]


def rows(tongue: Tongue = SPANISH, *, loud_ones: bool = True) -> list[dict[str, Any]]:
    """All rows, in a random order that is always the same; answers to questions are in `tongue`, and none is in
    capitals without `loud_ones`."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    in_spanish = answered(rng, tongue)
    rng.shuffle(in_spanish)
    small = [(f"{request} Answer in small letters.", answer.lower()) for request, answer in in_spanish[:SMALL]]
    others = [*in_spanish[SMALL:], *english()]
    loud = [(request, answer.upper() if loud_ones else answer) for request, answer in others]
    pairs = small + loud
    rng.shuffle(pairs)
    return chat_rows(pairs)


if __name__ == "__main__":
    write(OUT, rows())
    write(WITHOUT_SPANISH, rows(ENGLISH_ANSWERS))
    write(WITHOUT_CAPITALS, rows(loud_ones=False))
