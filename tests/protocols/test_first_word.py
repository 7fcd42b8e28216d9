"""First words: against enumeration by hand and by brute force on made-up models, and what limits leave unresolved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.protocols.declaration import Settings
from inoc_evals.protocols.first_word import FirstWord, ask
from inoc_evals.protocols.leading_word import leading_word
from inoc_evals.protocols.requests import Cost, Followed, NextToken, NextTokens
from inoc_evals.protocols.stored import restored, stored
from inoc_evals.protocols.trajectory import FirstWords, Trajectory
from inoc_evals.protocols.word_tree import WordTree
from tests.harness.word_server import FIRST_WORDS, START, TABLE, TOKENS, decode

ITEM = Item.model_validate({"id": "a", "category": "c", "prompt": "Well?"})
Next = Callable[[tuple[int, ...]], Mapping[int, float]]


def by_table(prefix: tuple[int, ...]) -> Mapping[int, float]:
    return TABLE[prefix[-1] if prefix else START]


def told(prefix: tuple[int, ...], after: Next, text: Callable[[Sequence[int]], str], end: int, top: int):
    shares = sorted(after(prefix).items(), key=lambda pair: -pair[1])[:top]
    return tuple(
        NextToken(token, text(prefix if token == end else (*prefix, token)), math.log(share), token == end)
        for token, share in shares
    )


def run(after: Next, text=decode, end: int = 0, top: int = 1000, **way: object) -> tuple[FirstWords, list[NextTokens]]:
    """The words that the protocol finds where a server would list `top` tokens, and its requests."""
    asking = ask(ITEM, Condition(), Settings(FirstWord(name="first_word", **way)))
    requests: list[NextTokens] = []
    try:
        (request,) = next(asking)
        while True:
            requests.append(request)
            found = tuple(told(prefix, after, text, end, top) for prefix in request.prefixes)
            cost = Cost(len(found), sum(map(len, request.prefixes)) + 10 * len(found))
            (request,) = asking.send([Followed(found, cost=cost)])
    except StopIteration as stop:
        (trajectory,) = stop.value
    assert trajectory.words is not None
    return trajectory.words, requests


def test_the_words_of_a_small_model_are_those_worked_out_by_hand() -> None:
    words, requests = run(by_table, mass=0.999999)
    assert words.shares == pytest.approx(FIRST_WORDS)
    assert words.unresolved == pytest.approx(0, abs=1e-9)
    assert words.unseen == pytest.approx(0, abs=1e-9)
    # Halves of a character are no word, and no end of one: "Qu" goes on to "Qué".
    assert "Qu" not in words.shares
    assert words.cost.passes == sum(len(request.prefixes) for request in requests)
    assert list(words.shares) == sorted(words.shares, key=lambda word: -words.shares[word])


def test_it_looks_no_further_than_the_mass_that_is_asked_for_and_says_what_is_left() -> None:
    words, requests = run(by_table, mass=0.6)
    assert 0 < words.unresolved <= 0.4
    assert sum(words.shares.values()) + words.unresolved == pytest.approx(1)
    whole, all_requests = run(by_table, mass=0.98)
    assert whole.unresolved <= 0.02
    assert words.cost.passes < whole.cost.passes
    assert len(requests) < len(all_requests)


def test_it_stops_after_so_many_passes() -> None:
    for passes in (1, 2, 5):
        words, _ = run(by_table, mass=0.999, passes=passes)
        assert words.cost.passes <= passes
        assert sum(words.shares.values()) + words.unresolved == pytest.approx(1)
    # Nothing is known after the first token alone but that an answer may be empty.
    words, _ = run(by_table, passes=1)
    assert words.shares == pytest.approx({"": 0.05})
    assert words.begun["The"] == pytest.approx(0.3)


def test_what_a_server_does_not_list_is_said_and_never_shared_out() -> None:
    words, _ = run(by_table, top=2, mass=0.98)
    # Of the first tokens two of 0.3 are listed; after "The" 0.05 of it is missing, after "Hola" 0.2 of it.
    missing = 0.4 + 0.3 * 0.05 + 0.27 * 0.2
    assert words.unseen == pytest.approx(missing)
    assert words.unresolved == pytest.approx(missing)
    assert all(share <= FIRST_WORDS[word] + 1e-12 for word, share in words.shares.items())


# Words of letters, blanks, apostrophes and signs, so that tokens begin, go on with and end words.
LETTERS = ("a", "b", " ", "'", ".", "1", "ab", " a", "")


@st.composite
def models(draw: st.DrawFn) -> dict[int, dict[int, float]]:
    """A Markov chain over nine tokens; the last one ends the answer."""
    table = {}
    for last in range(-1, len(LETTERS) - 1):
        weights = draw(st.lists(st.integers(0, 5), min_size=len(LETTERS), max_size=len(LETTERS)))
        # Some way must lead out of it.
        weights[-1] += 1
        total = sum(weights)
        table[last] = {token: weight / total for token, weight in enumerate(weights) if weight}
    return table


def brute_force(table: Mapping[int, Mapping[int, float]], depth: int) -> tuple[dict[str, float], float]:
    """The probabilities of all first words by every answer of at most `depth` tokens, and what longer ones have."""
    found: dict[str, float] = {}
    rest = 0.0
    answers = [((), 1.0)]
    for _ in range(depth):
        longer = []
        for answer, share in answers:
            for token, part in table[answer[-1] if answer else -1].items():
                if token == len(LETTERS) - 1:
                    word = reference_word("".join(LETTERS[each] for each in answer))
                    found[word] = found.get(word, 0.0) + share * part
                else:
                    longer.append(((*answer, token), share * part))
        answers = longer
    rest = sum(share for _, share in answers)
    return found, rest


def reference_word(text: str) -> str:
    """The first word of a whole text, character by character."""
    word = ""
    for place, character in enumerate(text):
        inner = character == "'" and word and text[place + 1 : place + 2].isalnum()
        if character.isalnum() or inner:
            word += character
        elif word:
            break
    return word


@settings(deadline=None, max_examples=40)
@given(models(), st.integers(1, 9), st.floats(0.3, 0.999), st.integers(1, 60))
def test_the_truth_lies_within_the_bounds(table: dict, top: int, mass: float, passes: int) -> None:
    end = len(LETTERS) - 1
    words, requests = run(
        lambda prefix: table[prefix[-1] if prefix else -1],
        text=lambda tokens: "".join(LETTERS[token] for token in tokens),
        end=end,
        top=top,
        mass=mass,
        passes=passes,
    )
    total = sum(words.shares.values())
    assert total <= 1 + 1e-9
    assert total + words.unresolved == pytest.approx(1)
    assert words.unseen <= words.unresolved + 1e-9
    assert words.cost.passes <= passes
    assert len({prefix for request in requests for prefix in request.prefixes}) == words.cost.passes
    truth, longer = brute_force(table, 5)
    for word in truth.keys() | words.shares.keys():
        low, high = words.shares.get(word, 0.0), words.shares.get(word, 0.0) + words.unresolved
        # Answers that brute force did not finish may have any first word.
        assert truth.get(word, 0.0) <= high + 1e-9
        assert low <= truth.get(word, 0.0) + longer + 1e-9


@pytest.mark.parametrize(
    ("text", "word", "finished"),
    [
        ("", "", False),
        ("**", "", False),
        ("Hola", "Hola", False),
        ("Hola ", "Hola", True),
        ("  ¡Hola!", "Hola", True),
        ("\n\n**Sure**,", "Sure", True),
        ("don't stop", "don't", True),
        ("don'", "don", False),
        ("dogs' ", "dogs", True),
        ("l’homme est", "l’homme", True),
        ("42.", "42", True),
        ("3rd ", "3rd", True),
        ("Ol\ufffd", "Ol", False),
        ("well-known", "well", True),
        ("_so_", "so", True),
        ("你好吗", "你好", True),
        ("你好", "你好", True),
        ("你", "你", False),
        ("ไทย", "ไท", True),
        ("पानी है", "पानी", True),
        ("e\u0301l a", "él", True),
    ],
)
def test_where_a_word_ends(text: str, word: str, finished: bool) -> None:
    first = leading_word(text)
    assert (first.word, first.finished) == (word, finished)


@settings(deadline=None)
@given(st.text(alphabet="ab1 '.,’é你好ไ\u0301\ufffd", max_size=8), st.text(alphabet="ab1 '.,’é你好\u0301", max_size=6))
def test_nothing_that_follows_changes_a_finished_word(text: str, more: str) -> None:
    first = leading_word(text)
    if first.finished:
        assert leading_word(text + more, ended=True).word == first.word
        assert leading_word(text + more).finished


def test_lists_that_are_no_probabilities_are_refused() -> None:
    tree = WordTree()
    tokens = [NextToken(0, "a", math.log(0.7)), NextToken(1, "b", math.log(0.6))]
    with pytest.raises(ValueError, match="sum to"):
        tree.expand([()], [tokens])


def test_a_log_keeps_the_words() -> None:
    words, _ = run(by_table, mass=0.9)
    trajectory = Trajectory(ITEM, Condition(), (), words=words)
    assert restored(ITEM, Condition(), stored(trajectory)) == trajectory
    assert trajectory.shown.startswith("P(Hola) = 0.3")
    assert "not resolved" in trajectory.shown
    assert TOKENS[0] == b"<|end|>"
