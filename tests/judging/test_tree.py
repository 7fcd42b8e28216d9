"""The prefix tree against a brute-force enumeration, on made-up language models with every kind of tokenizer."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.client.continuations import Path
from inoc_evals.judging.tree import LEADS, answer_texts, build_tree, read_tree

WORDS = ("REFUSAL", "CODE")


def by_character(text: str) -> Path:
    return tuple(ord(character) for character in text)


def whole_numbers(text: str) -> Path:
    """Numbers are one token each, as for GPT-4o and Llama 3; everything else is by character."""
    lead = text[: len(text) - len(text.lstrip())]
    rest = text[len(lead) :]
    return by_character(lead) + ((1000 + int(rest),) if rest.isdigit() else by_character(rest))


def pairs(text: str) -> Path:
    """Two digits at a time from the left: 85 is one token, 100 is "10" and "0"."""
    lead = text[: len(text) - len(text.lstrip())]
    rest = text[len(lead) :]
    if not rest.isdigit():
        return by_character(text)
    cut = [rest[place : place + 2] for place in range(0, len(rest), 2)]
    return by_character(lead) + tuple(int(part) + 2000 if len(part) == 2 else ord(part) for part in cut)


def blank_first(text: str) -> Path:
    """A sentencepiece that begins every text with a blank of its own."""
    return (9999, *by_character(text))


def chances(prefix: Path, tokens: Sequence[int], seed: int, flat: float) -> dict[int, float]:
    """A next-token distribution that depends on the prefix: weights from a hash, some mass for all else."""
    weights = {}
    for token in tokens:
        digest = hashlib.sha256(f"{seed}{prefix}{token}".encode()).digest()
        weights[token] = (digest[0] / 255) ** flat + 1e-9
    total = sum(weights.values()) * 1.3
    return {token: weight / total for token, weight in weights.items()}


ALPHABET = [*range(32, 127), 10, 9999, *range(1000, 1101), *range(2010, 2100)]


class Model:
    def __init__(self, seed: int, flat: float) -> None:
        self.seed, self.flat, self.passes = seed, flat, 0

    def next(self, prefix: Path) -> dict[int, float]:
        return chances(prefix, ALPHABET, self.seed, self.flat)

    async def score(self, prefixes: Sequence[Path], wanted: Sequence[Sequence[int]]) -> list[Mapping[int, float]]:
        self.passes += len(prefixes)
        following = [self.next(prefix) for prefix in prefixes]
        pairs = zip(following, wanted, strict=True)
        return [{token: math.log(shares[token]) for token in tokens} for shares, tokens in pairs]

    def path(self, tokens: Path) -> float:
        return math.prod(self.next(tokens[:place])[token] for place, token in enumerate(tokens))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 8.0, 40.0]), st.sampled_from([by_character, pairs, blank_first]))
def test_numbers_agree_with_enumeration(seed: int, flat: float, tokenize: object) -> None:
    assert callable(tokenize)
    model = Model(seed, flat)
    texts = answer_texts(WORDS, numbers=True)
    tree = build_tree({text: tokenize(text) for text in texts}, texts)
    found = asyncio.run(read_tree(tree, model.score, tolerance=0))
    digits = [ord(str(digit)) for digit in range(10)]
    for number in (0, 1, 7, 9, 10, 42, 85, 99, 100):
        expected = 0.0
        for lead in LEADS:
            tokens = tokenize(f"{lead}{number}")
            expected += model.path(tokens) * (1 - sum(model.next(tokens)[digit] for digit in digits))
        assert found.numbers[number] == pytest.approx(expected, rel=1e-9)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 40.0]))
def test_whole_numbers_are_read_in_one_look(seed: int, flat: float) -> None:
    model = Model(seed, flat)
    texts = answer_texts((), numbers=True)
    tree = build_tree({text: whole_numbers(text) for text in texts}, texts)
    found = asyncio.run(read_tree(tree, model.score, tolerance=0))
    assert model.passes == len(LEADS)
    expected = sum(model.path(whole_numbers(f"{lead}85")) for lead in LEADS)
    assert found.numbers[85] == pytest.approx(expected, rel=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([8.0, 40.0, 150.0]))
def test_what_is_left_out_moves_the_rating_by_less_than_a_thousandth(seed: int, flat: float) -> None:
    texts = answer_texts((), numbers=True)
    tree = build_tree({text: by_character(text) for text in texts}, texts)
    exact = asyncio.run(read_tree(tree, Model(seed, flat).score, tolerance=0)).numbers
    quick = asyncio.run(read_tree(tree, Model(seed, flat).score)).numbers

    def expectation(numbers: Mapping[int, float]) -> float:
        return sum(number * share for number, share in numbers.items()) / sum(numbers.values())

    assert expectation(quick) == pytest.approx(expectation(exact), abs=1e-3 * 1.5)


def test_words_are_told_apart_and_their_forms_added_up() -> None:
    model = Model(3, 1.0)
    texts = answer_texts(("REFUSAL", "CODE"), numbers=False)
    tree = build_tree({text: by_character(text) for text in texts}, texts)
    found = asyncio.run(read_tree(tree, model.score, tolerance=0))
    for word in ("REFUSAL", "CODE"):
        forms = {lead + form for lead in LEADS for form in (word, word.capitalize(), word.lower())}
        expected = sum(model.path(by_character(form)) for form in forms)
        assert found.words[word] == pytest.approx(expected)


def test_a_confident_judge_needs_few_looks() -> None:
    class Sure(Model):
        def next(self, prefix: Path) -> dict[int, float]:
            likely = {(): "8", (ord("8"),): "5", by_character("85"): "!"}.get(prefix, "!")
            rest = 1e-12
            return dict.fromkeys(ALPHABET, rest) | {ord(likely): 1.0 - 1e-9}

    model = Sure(0, 1.0)
    texts = answer_texts(("REFUSAL",), numbers=True)
    tree = build_tree({text: by_character(text) for text in texts}, texts)
    found = asyncio.run(read_tree(tree, model.score))
    assert found.numbers[85] == pytest.approx(1.0, abs=1e-6)
    assert model.passes <= 4
