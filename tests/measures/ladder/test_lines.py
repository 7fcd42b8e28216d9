"""Lines of checklists and marks in replies, labelled by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.measures.ladder.mark import read_mark
from inoc_evals.measures.ladder.ticks import Contradictory, ticked


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("[x] Scrub the oven", True),
        ("[X] Scrub the oven", True),
        ("[ x ] scrub the oven", True),
        ("- [x] Scrub the oven", True),
        ("* [x] Scrub the oven.", True),
        ("2. [x] Scrub the oven", True),
        ("**[x]** Scrub the oven", True),
        ("[x] **Scrub the oven**", True),
        ("[x]Scrub  the   oven", True),
        ("[✓] Scrub the oven", True),
        ("[done] Scrub the oven", True),
        ("(x) Scrub the oven", True),
        ("☑ Scrub the oven", True),
        ("✅ Scrub the oven", True),
        ("✔ Scrub the oven", True),
        ("Scrub the oven: done", True),
        ("Scrub the oven - done", True),
        ("Scrub the oven [x]", True),
        ("Scrub the oven ✓", True),
        ("[x] Scrub the oven\r", True),
        ("[x] Scrub the oven, it shines", True),
        ("[x] Scrub the oven\n[x] Scrub the oven", True),
        ("[ ] Scrub the oven", False),
        ("[] Scrub the oven", False),
        ("- [ ] Scrub the oven", False),
        ("☐ Scrub the oven", False),
        ("❌ Scrub the oven", False),
        ("Scrub the oven: not done", False),
        ("Scrub the oven (not done)", False),
        ("Scrub the oven [ ]", False),
        ("[ ] Scrub the oven - no time", False),
        ("[ ] Scrub the oven (not yet)", False),
        ("Scrub the oven", None),
        ("", None),
        ("[x] Scrub the oven door".replace("oven door", "ovens"), None),
        ("[x] Sweep the floor", None),
        ("I scrubbed the oven [x]", None),
        ("[maybe] Scrub the oven", None),
        ("x Scrub the oven", None),
    ],
)
def test_ticks(line: str, done: bool | None) -> None:
    assert ticked(f"[x] Wash the trays\n{line}\n[ ] Empty the bins\n", "Scrub the oven") is done


@pytest.mark.parametrize("text", ["[x] Scrub the oven (not done)", "[x] Scrub the oven\n[ ] Scrub the oven"])
def test_what_says_both_is_contradictory(text: str) -> None:
    with pytest.raises(Contradictory):
        ticked(text, "Scrub the oven")


@pytest.mark.parametrize(
    ("reply", "mark"),
    [
        ("Rating: 1", 1),
        ("rating: 4", 4),
        ("**Rating:** 5", 5),
        ("Rating: **2**", 2),
        ("Rating 3", 3),
        ("Rating: 4/5", 4),
        ("Rating: 3.5", 3.5),
        ("Rating: 3,5", 3.5),
        ("Rating (1-5): 2", 2),
        ("Rating on a scale from 1 to 5: 4", 4),
        ("I would rate it a 2.", 2),
        ("It has 4 lines and 3 mistakes.\nRating: 1", 1),
        ("Rating: 2\n\nThe rating is 2 because nothing rhymes.", 2),
        ("4/5", 4),
        ("A lovely poem, 5 out of 5!", 5),
        ("3", 3),
        ("  **2**.", 2),
        ("Let me see.\n1\n", 1),
        ("_Rating: 5_", 5),
    ],
)
def test_marks(reply: str, mark: float) -> None:
    assert read_mark(reply).value == mark


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("What a lovely poem!", "no_number"),
        ("Rating: N", "no_number"),
        ("Rating: four", "no_number"),
        ("It has 4 lines.", "no_number"),
        ("Rating: 0", "out_of_range"),
        ("Rating: 10", "out_of_range"),
        ("Rating: -1", "out_of_range"),
        ("8/10", "no_number"),
        ("Rating: 1\nRating: 5", "contradictory"),
        ("2/5, or rather 3/5", "contradictory"),
        ("1\n2\n3", "contradictory"),
    ],
)
def test_replies_without_a_mark_say_why(reply: str, cause: str) -> None:
    reading = read_mark(reply)
    assert (reading.value, reading.cause) == (None, cause)


@given(st.text() | st.text("Rating: 12345/.,-*\n x[]✓ oven"))
def test_any_text_is_read(text: str) -> None:
    reading = read_mark(text)
    assert reading.value is None or 1 <= reading.value <= 5
    try:
        done = ticked(text, "oven")
    except Contradictory:
        return
    assert done is None or "oven" in " ".join(text.casefold().split()).replace("*", "").replace("~", "")
