"""The tokens that texts are estimated to be, beside what tokenizers make of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.judging.tokens import estimated_tokens

SCRIPTS = Path(__file__).parents[2] / "benchmarks" / "data" / "scripts.json"
TEXTS = json.loads(SCRIPTS.read_text(encoding="utf-8"))


# Counted by three tokenizers (benchmarks/tokens.py): one for many languages, and two older or of English.
@pytest.mark.parametrize("name", TEXTS)
def test_what_tokenizers_count_lies_within_the_estimate(name: str) -> None:
    least, most = estimated_tokens(TEXTS[name]["text"])
    for counted in TEXTS[name]["tokens"].values():
        assert 0.8 * least <= counted <= 1.4 * most


@pytest.mark.parametrize("name", ["Chinese", "Japanese", "Korean", "Thai", "Hindi", "Russian", "Arabic"])
def test_the_least_is_close_to_a_tokenizer_that_knows_the_language(name: str) -> None:
    assert estimated_tokens(TEXTS[name]["text"])[0] == pytest.approx(TEXTS[name]["tokens"]["Tekken"], rel=0.2)


def test_by_hand() -> None:
    assert estimated_tokens("") == (0, 0)
    # Four letters, a blank, three digits, two marks.
    assert estimated_tokens("four 123!?") == pytest.approx((5 / 4 + 1 + 0.8, 5 / 4 + 3 + 1.6))
    assert estimated_tokens("图书馆") == (3, 6)
    assert estimated_tokens("가é") == pytest.approx((0.6 + 0.5, 2.6 + 2))


@given(st.text(), st.text())
def test_any_text_has_an_estimate_which_adds_up(first: str, second: str) -> None:
    parts, whole = (estimated_tokens(first), estimated_tokens(second)), estimated_tokens(first + second)
    assert whole == pytest.approx(tuple(map(sum, zip(*parts, strict=True))))
    # No tokenizer on bytes makes more of a character than it has bytes.
    size = len((first + second).encode("utf-8", "surrogatepass"))
    assert 0.2 * len(first + second) <= whole[0] <= whole[1] <= size
