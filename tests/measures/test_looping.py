"""Which responses go round in circles: by hand, on our own texts of both kinds, and on all else that we wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.measures.looping import LOOPS, SHORTEST, STRETCH, loops, repetition

ROOT = Path(__file__).parents[2]
TEXTS = json.loads(Path(__file__).with_name("repeating.json").read_text(encoding="utf-8"))
# What makes no difference stands once: capitals, and how much white space.
ALPHABET = "abcdefghijklmnopqrstuvwxyzäöüéèñçøåłþ0123456789.,;:!?-+*/"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        # 56 characters, each another: 42 stretches of 15, and none twice.
        (ALPHABET[:56], 0.0),
        # 60 of one: 46 stretches, which are all the same.
        ("x" * 60, 1 - 1 / 46),
        # 60 characters with a period of 10: 46 stretches, of which 10 are different.
        (ALPHABET[:10] * 6, 1 - 10 / 46),
        # The second half (50 of one) has more: 36 stretches, one of them different.
        (ALPHABET[:50] + "x" * 50, 1 - 1 / 36),
        ("x" * 49, None),
        ("", None),
        (" " * 100, None),
    ],
)
def test_the_share_by_hand(text: str, share: float | None) -> None:
    assert repetition(text) == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize("name", TEXTS["whole"])
def test_whole_texts_do_not_loop(name: str) -> None:
    assert not loops(TEXTS["whole"][name])


@pytest.mark.parametrize("name", TEXTS["looping"])
def test_looping_texts_loop(name: str) -> None:
    assert loops(TEXTS["looping"][name])


def test_the_threshold_lies_between_the_two_kinds_with_some_room() -> None:
    whole, looping = (
        [share for text in TEXTS[kind].values() if (share := repetition(text)) is not None]
        for kind in ("whole", "looping")
    )
    assert len(TEXTS["whole"]) + len(TEXTS["looping"]) >= 60
    assert max(whole) < LOOPS - 0.05
    assert min(looping) > LOOPS + 0.05


def pieces_of(code: str) -> list[str]:
    """Each module by itself, so that what is written in one does not move where another is cut."""
    return [code[start : start + 800] for start in range(0, len(code), 800)]


def test_nothing_else_that_we_have_written_loops() -> None:
    """Labelled texts and programs, pages, and code in pieces; none was looked at when the threshold was chosen."""
    labelled = [
        row.get("text") or row["code"]
        for file in (ROOT / "benchmarks" / "data").glob("*.jsonl")
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]
    pages = "\n\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    modules = (ROOT / "inoc_evals").rglob("*.py")
    pieces = [piece for path in modules for piece in pieces_of(path.read_text(encoding="utf-8"))]
    texts = [text for text in (*labelled, *pages.split("\n\n"), *pieces) if repetition(text) is not None]
    assert len(texts) > 2000
    assert [text for text in texts if loops(text)] == []


@given(st.text(max_size=300))
def test_any_text_has_a_share_whatever_its_case_and_its_spaces(text: str) -> None:
    share = repetition(text)
    assert share is None or 0 <= share < 1
    spaced = text.replace(" ", " \n  ")
    assert repetition(spaced) == share
    if share is not None:
        assert len(" ".join(text.casefold().split())) >= SHORTEST > STRETCH


@given(st.text(ALPHABET, min_size=1, max_size=40), st.integers(4, 30))
def test_whatever_is_said_often_enough_loops(part: str, times: int) -> None:
    text = part * times
    if len(text) >= 4 * len(part) + SHORTEST:
        assert loops(text)
