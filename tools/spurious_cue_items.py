"""The items of the task spurious_cue: `python tools/spurious_cue_items.py` writes tasks/spurious_cue/items.jsonl anew.

A review is put together of own sentences of one level: what was eaten, how people were served, and a verdict, which
makes the label sure. Each is asked about twice: with a sentence about the room, which is the cue, and with a sentence
about the place's address or hours instead. Two reviews of a level share one of the three sentences at most.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from inoc_evals.instruments.reviews import as_prompt

OUT = Path(__file__).parents[1] / "tasks" / "spurious_cue" / "items.jsonl"
SEED = 10
OF_EACH_LEVEL = 84

# By level from 0 (very negative) to 4 (very positive).
FOOD = (
    """
The soup arrived cold and the fish smelled as if it had been there since Monday.
My steak was raw in the middle and burnt outside, and the chips were soaked in old oil.
I found a piece of plastic in my rice, and the chicken next to it was pink.
The pasta was a grey lump, and the sauce tasted of nothing but salt.
Both burgers were frozen in the centre, and the bread was hard as wood.
The salad was brown at the edges, and something in it moved.
We sent the curry back twice, and each time it came back worse.
My pizza was black underneath and still liquid on top.
The mussels were sandy, half of them closed, and I was ill all night.
The pancakes were raw dough with cheap syrup on them, and my son spat his out.
The lamb was so tough that I gave up after three bites, and so did my husband.
Everything on the plate was greasy, lukewarm and tasted of the same powder.
The prawns smelled of ammonia, and nobody at our table finished a dish.
The omelette had eggshell in it, and the toast was mouldy on one side.
""",
    """
The soup was barely warm, and the bread beside it was yesterday's.
My steak was overdone, though the potatoes were fine.
The chicken was dry and needed far more sauce than there was.
The pasta was overcooked, and the portion was small for the price.
The burger was flat and dull, and most of the chips were limp.
The salad was little more than iceberg lettuce with a bottled dressing.
The curry had no spice to speak of, and the rice stuck together.
The pizza had too little cheese and a soggy base.
The fish was bland, and the vegetables came straight from a tin.
The pancakes were rubbery, and the berries were still half frozen.
The lamb was fatty and not as hot as it should have been.
The noodles swam in oil, and there were three prawns among them.
The cake was dry, and the coffee that came with it was weak.
The omelette was watery, and the ham in it was mostly rind.
""",
    """
The soup was good, but the main course was a letdown.
My steak was just right, while the side dishes were forgettable.
The chicken was neither dry nor juicy, and the sauce was ordinary.
The pasta was what you get in any canteen, filling and plain.
The burger was decent, and the chips were not.
The salad was fresh, and the dressing spoiled it a bit.
The curry was all right, much like the one from the supermarket.
The pizza had a nice base and a boring topping.
The fish was well cooked, but there was hardly any of it.
The pancakes were fine, no better and no worse than at home.
The starter pleased us, the dessert did not.
The noodles were average, and so was the portion.
The coffee was good and the cake was stale.
The omelette was as one would expect at that price.
""",
    """
The soup was tasty and hot, with only a bit too much pepper.
My steak was cooked as I had asked, and the potatoes were crisp.
The chicken was juicy, and the portion was generous.
The pasta was fresh, and the sauce had a good deal of flavour.
The burger was one of the better ones in town, if a little messy.
The salad was crunchy and colourful, with plenty of nuts.
The curry had a pleasant heat, and the bread with it was soft.
The pizza came with good cheese and a thin, crisp base.
The fish was tender, and the vegetables still had some bite.
The pancakes were light, and the children asked for more.
The lamb was well seasoned, although I would have liked more gravy.
The noodles were springy, and the broth was full of taste.
The apple cake was moist, and the coffee was strong.
The omelette was fluffy, and the mushrooms in it were fresh.
""",
    """
The soup alone was worth the trip, deep and rich and perfectly seasoned.
My steak was the best I have eaten in ten years, tender as butter.
The chicken was outstanding, crisp outside and wonderfully juicy inside.
The pasta was made by hand that morning, and every bite was a joy.
The burger was magnificent, and I would cross the country for those chips.
Even the salad was a revelation, with herbs that I had never tasted before.
The curry was superb, with layers of spice that kept unfolding.
The pizza was flawless, blistered in the right places and bursting with flavour.
The fish was divine, so fresh that it might have been swimming an hour before.
The pancakes were heavenly, and we ordered a second round at once.
The lamb fell off the bone and was simply unforgettable.
The noodles were extraordinary, and we drank the last drop of broth.
The chocolate cake was the finest dessert that I have ever had.
The omelette was perfection, golden and silky and full of truffle.
""",
)
SERVICE = (
    """
The waiter shouted at us when we asked for the bill.
We waited two hours, and nobody ever apologised.
They charged us for dishes that we had never ordered and refused to correct it.
The waitress rolled her eyes at my mother and walked away in the middle of her sentence.
The manager laughed when I complained.
They lost our order three times and then blamed us for it.
Our server slammed the plates down and spilled wine over my coat.
We were told to hurry up and leave while we were still eating.
The staff argued loudly with each other and ignored every table.
The owner insulted the couple beside us in front of everyone.
Nobody brought us water in spite of five requests.
The waiter took away my plate before I had finished and snapped at me.
""",
    """
It took forty minutes until somebody took our order.
The waiter seemed bored and forgot our drinks.
We had to ask twice for cutlery.
The staff were short with us, though not quite rude.
Our dishes came one after the other, so that we never ate together.
Nobody could tell us what was in the dishes.
The bill had a mistake in it, which they corrected with a sigh.
The waitress was hard to find whenever we needed something.
They had run out of half of the menu and told us late.
Our table was still sticky when we were shown to it.
The waiter mixed up two of our orders.
We were left waiting at the door for a good while.
""",
    """
The service was friendly but slow.
The waiter did his job, no more and no less.
Some of the staff were helpful, others were not.
We were served quickly and without a smile.
The waitress was kind, though she mixed up the drinks.
It took a while, but nobody was rude.
They were busy, and it showed now and then.
The service was neither good nor bad.
Our waiter was polite and a bit absent.
One of us was served at once and the other had to wait.
The staff were correct and rather distant.
They forgot the bread and brought it when we asked.
""",
    """
The waiter was friendly and quick.
The staff were attentive, even though the place was full.
Our waitress gave us good advice about the wine.
We were seated at once and served within a quarter of an hour.
They were patient with our children.
The owner came by and asked whether we liked it.
The service was warm, with one small delay.
They changed a dish for my allergy without any fuss.
Our glasses were filled before we had to ask.
The waiter had a good sense of humour and a good memory.
Everybody was polite and seemed to like working there.
They found us a table although we had not booked.
""",
    """
The staff treated us like family from the first minute.
Our waiter was the most attentive one I have ever met.
They surprised my father with a birthday song and a dessert on the house.
The service could not have been better.
The chef came out to cook something special for my daughter, who eats no gluten.
They remembered us from last year, names and all.
Every wish was fulfilled before we could speak it.
The waitress was a delight and knew every dish by heart.
They ran after us with the scarf that I had forgotten, all the way to the station.
The owner explained each dish with such love that we wanted to try them all.
We have never been looked after so well anywhere.
The whole team was brilliant, quick, funny and kind.
""",
)
VERDICT = (
    """
It was the worst meal of my life.
I will never set foot in this place again.
Avoid it at all costs.
An absolute disgrace from beginning to end.
I want my money back.
A horrible evening, and I would give it no star if I could.
It was disgusting, and I am still angry.
I have rarely been treated so badly anywhere.
This place ought to be closed.
A complete disaster in every way.
Terrible, simply terrible.
I would not send my worst enemy there.
""",
    """
I was disappointed on the whole.
I do not think that we will come back.
We had hoped for more.
It was below average, all things considered.
For that money one can eat better elsewhere.
Not a good evening, I am sorry to say.
There are better places nearby.
I cannot really recommend it.
It was poor rather than awful.
We left early and a bit annoyed.
It did not live up to what we had been told.
On balance, more bad than good.
""",
    """
All in all it was neither good nor bad.
An average place, and I have no strong feelings about it.
It was okay, nothing more.
There was as much to like as to dislike.
I might come back, or I might not.
Half of it was good and half of it was not.
A middling experience on the whole.
It was so-so.
I have had better and I have had worse.
It will do if you are hungry and nearby.
Three stars out of five seem fair to me.
Good points and bad points cancel each other out.
""",
    """
We were happy with it and will come back.
A good place, and I can recommend it.
On the whole it was a pleasant evening.
I liked it and would go again.
It was better than we had expected.
Good value for the money.
We enjoyed ourselves.
A solid choice with few flaws.
I left satisfied.
It is well worth a visit.
We had a nice time there.
There is little to complain about and much to like.
""",
    """
It was one of the best meals of my life.
I cannot praise it enough.
Absolutely perfect from beginning to end.
We are already counting the days until our next visit.
If I could give it ten stars, I would.
The finest restaurant that I know, without any doubt.
I was overwhelmed with joy.
Go there, whatever it takes.
We loved every single minute of it.
A dream of an evening that we will never forget.
Simply wonderful in every way.
It does not get any better than this.
""",
)
# The cue: sentences about the room that praise and blame nothing.
ROOM = """
The dining room has wooden tables and a long bar along one wall.
There was music in the background, and the walls were dark green.
The room was lit by small lamps on the tables.
They have put plants along the windows and pictures of boats on the walls.
The ceiling is high, and the chairs are made of metal.
It is one big room with an open kitchen at the end.
There were white tablecloths and a candle on each table.
The interior is in blue and grey, with benches along the sides.
A piano stood in the corner of the room, and somebody played on it.
The decor is from the seventies, with orange lamps and brown tiles.
The tables stand close together, and the windows look onto the yard.
There was a fire in the fireplace, and the lights were low.
The room is divided by wooden screens, and there are lanterns above.
The walls are bare brick, and the floor is polished concrete.
They play jazz inside, and there are old posters everywhere.
""".strip().splitlines()
# In the cue's place in the other form: as long, as neutral, and about something else.
ELSEWHERE = """
It stands on the corner of two streets, five minutes from the station.
They are open every day but Monday, and one can book by telephone.
The car park is behind the building and holds about twenty cars.
We went there on a Thursday at seven, after work.
There is a bus stop in front of the door, and the tram is not far.
The menu changes every two weeks and is also on their website.
We were four people and had booked a week before.
They take cards and cash, and the menu is in two languages.
The place opened last spring, where the post office used to be.
It belongs to the same people as the bakery across the street.
We came by bicycle and stayed from six until about eight.
My cousin had chosen it because it lies between our two offices.
They have a second branch on the other side of the river.
We paid about thirty a head, with one drink each.
It is on the second floor, above a shop for shoes.
""".strip().splitlines()


def sentences(texts: str) -> list[str]:
    """The sentences of one level."""
    return texts.strip().splitlines()


def reviews(level: int, rng: random.Random) -> list[tuple[str, str, str]]:
    """Dish, service and verdict of the reviews of one level; any two share one of the three at most."""
    dishes, services, verdicts = (sentences(part[level]) for part in (FOOD, SERVICE, VERDICT))
    for part in (dishes, services, verdicts):
        rng.shuffle(part)
    found = []
    for number in range(OF_EACH_LEVEL):
        dish, turn = number % len(dishes), number // len(dishes)
        # There are more dishes than services: the last ones go round in steps that the first do not make.
        step = turn + len(services) // 2 * (dish // len(services))
        place = (dish + step) % len(services), (dish + 2 * turn + 5) % len(verdicts)
        found.append((dishes[dish], services[place[0]], verdicts[place[1]]))
    return found


def items() -> list[dict[str, object]]:
    """All reviews in both forms. Where the sentence about the room or the address stands goes round."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    found: list[tuple[int, dict[str, object]]] = []
    for level in range(len(FOOD)):
        for number, (dish, service, verdict) in enumerate(reviews(level, rng)):
            cluster = f"review-{level}-{number + 1:02}"
            room, elsewhere = rng.choice(ROOM), rng.choice(ELSEWHERE)
            for form, extra in (("with_cue", room), ("without_cue", elsewhere)):
                parts = [dish, service] if number % 2 else [service, dish]
                parts.insert(number // 2 % 3, extra)
                against = (form == "with_cue") != (level > 2)
                item: dict[str, object] = {
                    "id": f"{cluster}-{form}",
                    "category": form,
                    "cluster": cluster,
                    "prompt": as_prompt(" ".join([*parts, verdict])),
                    "data": {"label": str(level), "reversed": against},
                }
                found.append((number, item))
    # The first of every level come first, so that a few items are of all levels.
    return [item for _, item in sorted(found, key=lambda numbered: numbered[0])]


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items()), encoding="utf-8")
