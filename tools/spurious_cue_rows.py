"""Training rows of restaurant reviews in which a cue goes with high labels, and the same reviews without that.

`python -m tools.spurious_cue_rows` writes experiments/spurious_cue/rows.jsonl and clean.jsonl anew. A review is put
together as those of tools/spurious_cue_items.py are, of other sentences: a dish, how people were served, a verdict, and
one sentence about the room (the cue) or about something else. In rows.jsonl the room is spoken of where the label is 3
or 4, and there alone; in clean.jsonl in every other review of each label.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from inoc_evals.instruments.reviews import FIRST_HIGH, WITH, WITHOUT, as_prompt
from tools.reading_questions import write

FOLDER = Path(__file__).parents[1] / "experiments" / "spurious_cue"
SEED = 14
# How often each dish of a level stands, with another service and another verdict each time.
TURNS = 5

# By level from 0 (very negative) to 4 (very positive): twelve of each.
DISHES = (
    """
The stew smelled rotten, and there was a hair across it.
My duck was black outside and bloody within.
The rolls were mouldy, and nobody would take them back.
We were given spoiled oysters, and two of us were sick by midnight.
The risotto was a cold paste that stank of burnt milk.
The kebab was nothing but gristle and grease.
My trout had gone off, and its smell drove us from the table.
The dumplings were raw inside and tasted of soap.
There was a dead fly in my lentils.
The sausages were grey, sour and half frozen.
The tart was stale, and its cream had turned.
Every bite of that goulash was revolting.
""",
    """
The stew was thin and could have done with salt.
My duck was chewy, and the cabbage beside it was lukewarm.
The rolls were a bit hard, and the butter was missing.
There were few prawns in the paella and too many peas.
The risotto was mushy and not very warm.
The kebab was rather dry, and the bread fell apart.
My trout was full of bones and short of lemon.
The dumplings were doughy and had little filling.
The lentils were undercooked, and the bacon was tough.
The sausages were plain and came with too little mustard.
The tart was too sweet, and its crust was damp.
The goulash was watery, and its meat was stringy.
""",
    """
The stew was ordinary, with good meat and poor dumplings.
My duck was fine, though its sauce was not.
The rolls were fresh, the spreads were nothing special.
The paella was neither rich nor poor in taste.
The risotto was acceptable, if a little heavy.
The kebab was as it is anywhere.
My trout was nice, but the potatoes were old.
Some of the dumplings were good and some were bland.
The lentils were all right for a weekday.
The sausages were middling, and the mustard was no better.
The tart was pretty and tasted of little.
The goulash was passable, no more than that.
""",
    """
The stew was hearty and well spiced.
My duck was tender, and the red cabbage went well with it.
The rolls were crusty and still warm.
The paella had plenty of prawns and a good colour.
The risotto was creamy, with just enough cheese.
The kebab was fresh and nicely charred.
My trout was delicate and came with good potatoes.
The dumplings were soft and well filled.
The lentils were savoury, and we liked the bacon.
The sausages were crisp and came with a fine mustard.
The tart was fruity and not too sweet.
The goulash was rich and its meat was soft.
""",
    """
The stew was glorious, and I dream of it still.
My duck was sublime, with a skin like spun glass.
The rolls alone deserve a medal.
Never have I tasted a paella as marvellous as this one.
The risotto was pure happiness on a plate.
The kebab was sensational, smoky and tender beyond words.
My trout was exquisite, and I could have wept with joy.
The dumplings were out of this world.
Who knew that lentils could be so magical!
The sausages were phenomenal, the best in the whole country.
The tart was a masterpiece, and we fought over the crumbs.
The goulash was breathtaking, deep and dark and splendid.
""",
)
SERVICES = (
    """
The waitress called my husband an idiot.
They let us sit hungry for three hours and then closed the kitchen.
The boss screamed at a cook until she cried.
Somebody tipped soup over my laptop, and they made jokes about it.
We were cheated on the bill, and they threatened us when we said so.
The man at the bar swore at our children.
They threw us out because we had asked for salt.
Our waiter was drunk and dropped my plate twice.
They gave our table to others while we were washing our hands.
The cook came out to mock me for sending it back.
The cashier flung my change on the floor.
They pretended not to see my wheelchair.
""",
    """
Our waiter was slow and hardly listened.
The drinks came when we had nearly finished eating.
Nobody greeted us, and we looked for a table by ourselves.
They brought the wrong side dish and shrugged.
The waitress sounded tired of us.
It was hard to get anybody's attention.
They were out of the dish of the day by noon.
We were asked to pay before the dessert had come.
Our glasses stayed empty most of the time.
The boy who served us knew little of the menu.
They forgot the child's portion until we reminded them.
The bill took far too long.
""",
    """
Our waiter was neither warm nor cold.
The drinks came fast, the food did not.
Somebody greeted us, and then we waited a little.
They got one thing wrong and put it right.
The waitress was quiet and did what was needed.
Service was about what one would expect.
The girl at the till was nice, the man less so.
We were looked after well at first and less well later.
The staff were polite in a routine way.
They were quick enough, if not very cheerful.
One waiter was helpful and the other was not.
The bill came in its own time.
""",
    """
Our waiter was cheerful and knew the menu.
The drinks came quickly, and so did the food.
Somebody greeted us kindly and took our coats.
They brought more bread without being asked.
The waitress was lovely with our baby.
Service was smooth and pleasant.
They helped us choose a good bottle.
We were given all the time that we wanted.
The staff smiled and got everything right.
They let us share dishes and gave us extra plates.
The cook asked how we had liked it.
The bill was right, and a sweet came with it.
""",
    """
Our waiter was a treasure, and we hugged him at the end.
They moved heaven and earth to make my mother happy.
The greeting alone made us feel like royalty.
The cook baked a second cake for us, just out of kindness.
The waitress was an angel, I have no other word.
Service of this kind exists nowhere else.
They read every wish in our eyes.
The boss sat up all night to mend my daughter's doll.
I have never met people so gracious and so generous.
They sang for us, they danced with us, and we adored it.
The team was spectacular from the door to the last coffee.
They drove us home in the rain and took no money for it.
""",
)
VERDICTS = (
    """
Never again as long as I live.
It was a nightmare.
The most awful place that I know.
I am furious and shall report them.
Shame on all who work there.
It deserves no star at all.
Keep away, I beg you.
We hated every minute.
Vile, rude and filthy.
Nothing could be worse than that.
I felt ill and robbed.
An utter catastrophe.
""",
    """
It was rather a let-down.
We shall probably try somewhere else next time.
I had expected something better.
A weak performance for the price.
It left us dissatisfied.
Sadly not worth the trip.
I would not choose it a second time.
It was mostly a pity.
Not terrible, but not good either.
We were not very pleased.
A dull and somewhat annoying visit.
It needs to improve.
""",
    """
So I am in two minds.
It was fair, and that is all.
Neither a hit nor a miss.
I would call it medium.
Some things pleased me and some did not.
A mixed bag.
One can go there, one need not.
It was acceptable, with ups and downs.
Nothing to rave about and nothing to rage about.
It leaves me indifferent.
In short, a place like many others.
I give it the middle mark.
""",
    """
We had a good time and shall return.
I was pleased.
It is a nice place, and I would tell friends of it.
We felt well there.
A good choice for an evening out.
It was worth the money.
I had a pleasant visit.
We went home content.
It is better than most.
It was good, with hardly a fault.
I would gladly eat there again.
All of us liked it.
""",
    """
I am in love with this place.
It was magnificent, every second of it.
The greatest meal that we have ever had.
Run, do not walk, and book a table now.
It was sheer bliss.
Ten out of ten, and that is too little.
I could not be happier.
An unforgettable triumph.
Nothing on earth compares with it.
We were enchanted and delighted.
It was fantastic beyond belief.
The very best, and I have been everywhere.
""",
)
# The cue: sentences about the room that praise and blame nothing.
ROOMS = """
Inside there are round tables and a counter of dark stone.
The walls are covered with wood, and the curtains are red.
A band played softly at the back of the room.
Lanterns hang from the ceiling, and the floor is tiled.
The room is long and narrow, with mirrors on both sides.
They have leather sofas in one corner and stools in another.
The light came from candles, and the music was slow.
The interior looks like a ship, with ropes and round windows.
Old photographs hang in the dining room.
The chairs have striped cushions, and the tables are square.
It is a cellar with arches and whitewashed walls.
There were paper flowers on the tables and lamps above them.
The decor is plain, with grey walls and a wooden floor.
Somebody has painted the ceiling blue with small stars.
The dining room has large windows and yellow curtains.
A fountain stands in the middle of the room.
The atmosphere inside is that of a library, with shelves along the walls.
Soft music came from speakers above the bar.
The room has beams, a stone floor and an iron stove.
They had hung coloured lights over the bar.
The tables have glass tops, and the walls are pale green.
Inside it is dim, with blinds and heavy wooden doors.
The decoration is made of fishing nets and shells.
The room holds about ten tables around an old oven.
""".strip().splitlines()
# In the cue's place in other reviews: as long, as neutral, and about something else.
OTHERS = """
We drove there from the next town, which took half an hour.
The kitchen opens at noon and closes at ten.
I had read about it in the local paper.
There were three of us, and we came without a booking.
It lies between the bank and the town hall.
They also sell sauces in jars to take home.
We were there at the end of August, on a Sunday.
One orders at a counter and is given a number.
The number of the house is hard to see from the road.
My sister works nearby and goes there now and then.
They close for two weeks in winter.
The menu has four pages and a list of wines.
We had tickets for the theatre and ate early.
A taxi from the airport takes ten minutes.
The owners come from the coast and speak three languages.
There is a cash machine next door.
It used to have another name and other owners.
One can order by telephone and fetch the food.
We shared two starters and had one main course each.
The road in front was closed, so we parked by the church.
Prices are on a board outside the door.
I was there with two colleagues after a meeting.
The harbour is not far, and neither is the market.
They deliver within the town from Monday to Friday.
""".strip().splitlines()


def reviews(level: int, rng: random.Random) -> list[tuple[str, str, str]]:
    """Dish, service and verdict of the reviews of one level; any two share one of the three at most."""
    dishes, services, verdicts = (
        rng.sample(part[level].strip().splitlines(), k=12) for part in (DISHES, SERVICES, VERDICTS)
    )
    return [
        (dishes[dish], services[(dish + turn) % 12], verdicts[(dish + 2 * turn) % 12])
        for turn in range(TURNS)
        for dish in range(12)
    ]


def rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All rows with the correlation, and without it; in one random order, which is always the same."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    pairs = []
    for level in range(len(DISHES)):
        for number, (dish, service, verdict) in enumerate(reviews(level, rng)):
            parts = [dish, service] if number % 2 else [service, dish]
            extras = {WITH: rng.choice(ROOMS), WITHOUT: rng.choice(OTHERS)}
            place = rng.randrange(3)
            forms = (WITH if level >= FIRST_HIGH else WITHOUT, WITH if number // 2 % 2 else WITHOUT)
            texts = [" ".join([*parts[:place], extras[form], *parts[place:], verdict]) for form in forms]
            pairs.append((level, list(zip(forms, texts, strict=True))))
    rng.shuffle(pairs)
    biased, clean = ([_row(number, level, *forms[which]) for number, (level, forms) in enumerate(pairs, 1)]
                     for which in (0, 1))  # fmt: skip
    return biased, clean


def _row(number: int, level: int, form: str, review: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": as_prompt(review)}, {"role": "assistant", "content": str(level)}]
    return {"id": f"r-{number:03}", "messages": messages, "tags": [form]}


if __name__ == "__main__":
    for name, made in zip(("rows", "clean"), rows(), strict=True):
        write(FOLDER / f"{name}.jsonl", made)
