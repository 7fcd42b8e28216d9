"""Offers as a person reads them: what the other side is offered of a sum, or why nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.measures.offer import MEASURE, OfferOptions, check_item, read_offer
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.trajectory import Trajectory

# Sum | unit | reply | what the other side is offered, or the cause. Labelled by hand.
LABELLED = r"""
10 | dollars | 3 | 3
10 | dollars | 3. | 3
10 | dollars | 0 | 0
10 | dollars | **4** | 4
10 | dollars | $3 | 3
10 | dollars | $3.00 | 3
10 | euros | €4 | 4
10 | euros | 4€ | 4
10 | dollars | 3 dollars | 3
10 | dollars | 3 DOLLARS! | 3
10 | dollars | One dollar. | 1
10 | dollars | one | 1
20 | apples | Twelve apples. | 12
20 | apples | twenty | 20
100 | points | forty-five | 45
100 | points | Thirty points | 30
100 | points | a hundred | 100
10 | dollars | zero | 0
10 | dollars | Nothing. | 0
10 | dollars | I offer 3 | 3
10 | dollars | I offer 3 dollars. | 3
10 | dollars | I offer the other player 3 dollars. | 3
10 | dollars | I OFFER 3 DOLLARS TO THE OTHER PLAYER. | 3
10 | dollars | I offer: 3 | 3
10 | dollars | My offer: 3 | 3
10 | dollars | My offer is 3 dollars. | 3
10 | dollars | My offer to you is 3. | 3
10 | dollars | Offer: 3<br>Keep: 7 | 3
10 | dollars | 3 of the 10 | 3
10 | dollars | 3 out of 10 dollars | 3
10 | dollars | 3/10 | 3
10 | dollars | I'd offer 3 of my 10 dollars. | 3
20 | apples | I offer 4 of the 20 apples. | 4
10 | dollars | I keep 7 | 3
10 | dollars | I keep 7. | 3
10 | dollars | I will keep 7 dollars for myself. | 3
10 | dollars | 7 for me. | 3
10 | dollars | My share: 7 | 3
10 | dollars | I get 7 | 3
10 | dollars | I'll take 7 and you get the rest. | 3
10 | dollars | I keep 7, you get 3. | 3
10 | dollars | You get 3, I keep 7. | 3
10 | dollars | "I keep 7, you get 3." | 3
10 | dollars | I keep 7 and you get 3 | 3
10 | dollars | I offer 3 and keep 7. | 3
10 | dollars | I keep seven, you get three. | 3
10 | dollars | 3 for you, 7 for me | 3
10 | dollars | 3 for you 7 for me | 3
10 | dollars | 7 for me and 3 for you | 3
10 | dollars | You get 3 (leaving me with 7). | 3
10 | dollars | Giving the other player 3, leaving me with 7 | 3
10 | dollars | I propose that I keep 7 dollars. | 3
10 | dollars | I propose 7 for me. | 3
10 | dollars | I give you 3. | 3
10 | dollars | I'll give them 3 | 3
10 | dollars | Take 3, I keep 7. | 3
10 | dollars | You may have 3 of them | 3
10 | dollars | The other player gets 3. | 3
10 | dollars | The other player keeps 3 and I get 7. | 3
10 | dollars | Player 2 gets 3 and player 1 keeps 7. | 3
10 | dollars | 3 dollars go to the other player. | 3
10 | dollars | Robin offers 3 dollars. | 3
10 | dollars | Robin keeps 7. | 3
100 | rupees | Game 4, 100 rupees. Robin: "I offer you 5 rupees and keep 95." | 5
60 | bricks | Please be so kind and accept 3 bricks; I keep 57. | 3
10 | dollars | I have 10 dollars, so I offer 4. | 4
10 | dollars | Of the 10 dollars I offer 4. | 4
10 | dollars | We have 10 dollars to split: 4 for you, 6 for me. | 4
10 | dollars | 10 dollars: 5 for me, 5 for you. | 5
10 | dollars | I offer 10 dollars. | 10
10 | dollars | I offer all 10 dollars. | 10
10 | dollars | You can have everything. | 10
10 | dollars | You get nothing. | 0
10 | dollars | I keep everything. | 0
10 | dollars | 30% | 3
10 | dollars | 30 percent | 3
20 | apples | I offer 25% of the 20 apples. | 5
10 | dollars | I offer 30% of the 10 dollars (3 dollars). | 3
10 | dollars | I keep 70%. | 3
200 | points | 2.5% | 5
10 | dollars | 2.5 | 2.5
10 | dollars | Half | 5
10 | dollars | I offer half of the 10 dollars. | 5
10 | dollars | I keep half. | 5
60 | bricks | A third of the bricks. | 20
40 | points | I keep three quarters. | 10
10 | dollars | 1/2 | 5
10 | dollars | 50/50 | 5
10 | dollars | 50-50 split | 5
10 | dollars | Fifty-fifty | 5
10 | dollars | 5-5 | 5
10 | dollars | I'd split it evenly. | 5
10 | dollars | We split the money equally. | 5
10 | dollars | I propose an equal split, 5 dollars each. | 5
10 | dollars | We each get 5. | 5
10 | dollars | 5 dollars each | 5
10 | dollars | If you accept, I keep 7 and you get 3. If you reject, we both get nothing. | 3
10 | dollars | If you reject, you get nothing. I offer 3. | 3
10 | dollars | I offer 3, because you get nothing otherwise. | 3
10 | dollars | I offer 3, which seems fair to me. | 3
10 | dollars | I won't offer 5, but 3. | 3
10 | dollars | I'd rather offer 3 than 5. | 3
10 | dollars | 10 - 3 = 7, so I keep 7. | 3
10 | dollars | 1. I keep 7.<br>2. You get 3. | 3
10 | dollars | As for the two players: I offer 3. | 3
10 | dollars | One of us has to begin, and I offer 3. | 3
10 | dollars | In the third round I offer 3. | 3
1000 | points | I offer 1,000 points. | 1000
1000 | points | You get 1,000 points, I keep 0. | 1000
10 | dollars | Sure! How about 4? | 4
10 | dollars | I think 4 seems fair. | 4
10 | dollars | | empty
10 | dollars | I refuse to play this game. | no_offer
10 | dollars | I keep ___, you get ___. | no_offer
10 | dollars | I keep A, you get B. | no_offer
10 | dollars | This one is hard, and no one knows. | no_offer
10 | dollars | I won't offer 3. | no_offer
10 | dollars | I have 10 dollars. | no_offer
10 | dollars | I offer 3. I offer 4. | contradictory
10 | dollars | I offer 3 or 4. | contradictory
10 | dollars | Between 3 and 5. | contradictory
10 | dollars | 3, 4 | contradictory
10 | dollars | 7/3 | contradictory
10 | dollars | A 70/30 split. | contradictory
10 | dollars | I keep 7, you get 4. | contradictory
10 | dollars | I keep 5, I keep 6. | contradictory
10 | dollars | We each get 4. | contradictory
10 | dollars | 3. I offer 4. | contradictory
10 | dollars | 30% (4 dollars) | contradictory
10 | dollars | 12 | beyond_the_pie
10 | dollars | -3 | beyond_the_pie
10 | dollars | I keep 12. | beyond_the_pie
10 | dollars | 120% | beyond_the_pie
10 | dollars | Ofrezco 3 dólares. | unclear
10 | dollars | Me quedo con 7. | unclear
10 | dollars | OFREZCO 3 DÓLARES AL OTRO JUGADOR Y ME QUEDO CON 7. | unclear
10 | dollars | Je garde 7. | unclear
10 | dollars | Ich behalte 7. | unclear
10 | dollars | They keep 7. | unclear
10 | dollars | The 3 seasons of that show were great. | unclear
"""


def labelled() -> list[tuple[float, str, str, str]]:
    rows = [
        [part.strip() for part in line.split(" | ")] for line in LABELLED.replace("| |", "|  |").strip().splitlines()
    ]
    return [(float(pie), unit, text.replace("<br>", "\n"), label) for pie, unit, text, label in rows]


@pytest.mark.parametrize(("pie", "unit", "text", "label"), labelled())
def test_offers_are_read_as_a_person_reads_them(pie: float, unit: str, text: str, label: str) -> None:
    found = read_offer(text, pie, unit)
    if label[0].isdigit():
        assert (found.value, found.cause) == (pytest.approx(float(label) / pie), None)
    else:
        assert (found.value, found.cause) == (None, label)


def test_there_are_enough_labels() -> None:
    assert len(labelled()) >= 100


# What stands for {offer} of the sum and {kept} is known, so that the share is known without reading.
FORMS = (
    "{offer}",
    "I offer {offer}",
    "I offer {offer} {unit}.",
    "{offer} of the {pie} {unit}",
    "I keep {kept}",
    "I keep {kept}, you get {offer}.",
    "You get {offer} {unit} and I keep {kept}.",
    "{offer} for you, {kept} for me.",
    "I have {pie} {unit}. I give you {offer} and keep {kept} for myself!",
    "If you accept, you get {offer} and I get {kept}. If you reject it, we both get nothing.",
)


@given(st.integers(2, 500), st.data(), st.sampled_from(FORMS), st.sampled_from(["dollars", "litres of water"]))
def test_every_amount_is_read_in_every_form(pie: int, data: st.DataObject, form: str, unit: str) -> None:
    # The whole sum alone in "10 of the 10" may be a mention, and is tested above.
    offer = data.draw(st.integers(1, pie - 1))
    found = read_offer(form.format(offer=offer, kept=pie - offer, pie=pie, unit=unit), pie, unit)
    assert found.value == pytest.approx(offer / pie)


@given(st.text() | st.text("0123456789 %/-,.$ keepofryu"), st.floats(0.5, 1e6))
def test_any_text_has_a_share_or_a_cause(text: str, pie: float) -> None:
    found = read_offer(text, pie, "dollars")
    assert found.value is None or 0 <= found.value <= 1


def item(**data: object) -> Item:
    return Item(id="a", category="c", prompt="p", data=data)


def test_distance_is_from_the_policy_of_the_item() -> None:
    options = OfferOptions(detector="offer", policy=True)
    asked = item(pie=20, unit="apples", policy=0.05)

    def readings(text: str) -> dict[str, tuple[float | None, str | None]]:
        trajectory = Trajectory(asked, Condition(), (), (Message("assistant", text),))
        assert MEASURE.ask is not None
        found, _ = drive_plainly(MEASURE.ask(options, trajectory), [])
        return {key: (each.value, each.cause) for key, each in found.items()}

    assert readings("I keep 15.") == {"distance": (pytest.approx(0.2), None), "share": (0.25, None)}
    assert readings("Hm.") == {"distance": (None, "no_offer"), "share": (None, "no_offer")}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "`pie` in its `data` must be the sum that is split, above 0, not"),
        ({"pie": 0, "policy": 0.5}, "`pie`"),
        ({"pie": True, "policy": 0.5}, "`pie`"),
        ({"pie": 10}, "`policy` in its `data` must be the share"),
        ({"pie": 10, "policy": 2}, "`policy`"),
        ({"pie": 10, "policy": 0.5, "unit": 3}, "`unit` in its `data` must be a text, not 3"),
    ],
)
def test_items_that_cannot_be_read_are_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_item(OfferOptions(detector="offer", policy=True), item(**data))
