"""Budgets and prices as users write them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.client.usage import Usage
from inoc_evals.errors import InputError
from inoc_evals.judging.budget import Budget, money, read_budget
from inoc_evals.judging.prices import Price, Prices, names_of, read_prices, without_price

DOLLARS = Prices(currency="USD", judges={"openai/gpt-4o": Price(input=2.5, output=10.0, cached_input=1.25)})
TABLE = """currency: USD
judges:
  openai/gpt-4o: {input: 2.5, output: 10, cached_input: 1.25}
"""


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1000 calls", 1000, "calls"),
        ("1 call", 1, "calls"),
        ("200,000 tokens", 200_000, "tokens"),
        ("200_000 Tokens", 200_000, "tokens"),
        ("5 USD", 5, "USD"),
        ("0.5usd", 0.5, "USD"),
        ("  1,234.56   USD ", 1234.56, "USD"),
    ],
)
def test_what_a_budget_says(text: str, amount: float, unit: str) -> None:
    assert read_budget(text, DOLLARS) == Budget(amount, unit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "no number with what it is of"),
        ("calls", "no number with what it is of"),
        ("-5 calls", "no number with what it is of"),
        ("1,00 calls", "no number with what it is of"),
        ("1e3 calls", "no number with what it is of"),
        ("0 calls", "must be above 0"),
        ("2.5 calls", "calls are whole"),
        ("1.000 calls", "calls are whole"),
        ("5 EUR", "the prices are in USD; write 5 USD"),
    ],
)
def test_what_is_no_budget_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_budget(text, DOLLARS)


def test_money_needs_prices() -> None:
    with pytest.raises(InputError, match=r"--budget '5 USD' is money, .*--prices FILE \(or in INOC_JUDGE_PRICES\)"):
        read_budget("5 USD", None)


@given(st.text() | st.from_regex(r"[0-9][0-9,_.]{0,12} ?(calls|tokens|usd|x)?", fullmatch=True))
def test_any_text_is_a_budget_or_a_sentence(text: str) -> None:
    try:
        budget = read_budget(text, DOLLARS)
    except InputError:
        return
    assert budget.amount > 0
    assert budget.unit in ("calls", "tokens", "USD")


@given(st.integers(1, 10**12), st.sampled_from(["calls", "tokens"]))
def test_a_budget_in_words_is_read_back(amount: int, unit: str) -> None:
    assert read_budget(read_budget(f"{amount} {unit}", None).words, None) == Budget(amount, unit)


def test_money_by_hand() -> None:
    # A million tokens of prompts, 200,000 of them cached, and 50,000 of replies: 0.8 * 2.5 + 0.2 * 1.25 + 0.05 * 10.
    usage = Usage(7, 1_000_000, 50_000, 200_000)
    assert DOLLARS.judges["openai/gpt-4o"].of(usage) == pytest.approx(2.75)
    assert Price(input=2.5, output=10.0).of(usage) == pytest.approx(3.0)
    assert [Budget(1, unit).of(usage, None) for unit in ("calls", "tokens", "USD")] == [7, 1_050_000, 0]


COUNT = st.integers(0, 10**9)
AMOUNT = st.floats(0, 1e6)


@given(COUNT, COUNT, COUNT, AMOUNT, AMOUNT, AMOUNT)
def test_costs_are_those_of_exact_arithmetic(
    full: int, cached: int, said: int, whole: float, less: float, out: float
) -> None:
    price = Price(input=whole, output=out, cached_input=less)
    exact = (full * Fraction(whole) + cached * Fraction(less) + said * Fraction(out)) / 1_000_000
    assert price.of(Usage(1, full + cached, said, cached)) == pytest.approx(float(exact), rel=1e-12, abs=1e-300)


def test_a_table_of_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(TABLE)
    assert read_prices(path) == DOLLARS


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("output: 10", "output: -1", "3:39", "greater than or equal to 0"),
        ("output: 10", "output: ten", "3:39", "write a number"),
        ("output: 10, ", "", "3:3", "output' is missing"),
        ("output: 10", "output: 10, per: 1000", "3:43", "unknown key 'judges.openai/gpt-4o.per'"),
        ("USD", "$", "1:11", "write one word of letters, such as EUR"),
        ("USD", "EUR, USD", "1:11", "write one word of letters, such as EUR"),
        ("output", "outputs", "3:31", "did you mean 'output'?"),
        ("currency: USD\n", "", "", "'currency' is missing"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, said: str
) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(TABLE.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_prices(path)
    assert str(caught.value).startswith(f"{path}:{place}")
    assert said in str(caught.value)


NUMBER = st.floats(0, 1e6) | st.integers(0, 10**6)
TABLES = st.fixed_dictionaries(
    {
        "currency": st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True),
        "judges": st.dictionaries(
            st.text("abcdefgh/-.#:é ", min_size=1).filter(str.strip),
            st.fixed_dictionaries({"input": NUMBER, "output": NUMBER}, optional={"cached_input": NUMBER}),
            min_size=1,
            max_size=4,
        ),
    }
)


@given(TABLES)
def test_any_table_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any-prices.yaml"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    assert read_prices(path).model_dump(exclude_none=True) == table


@given(st.text(max_size=60))
def test_any_file_is_a_table_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(InputError, match=r"any\.yaml"):
        read_prices(path)


def test_the_names_of_a_judge_from_the_most_exact_to_the_models() -> None:
    assert names_of("openai/gpt-4o") == ("openai/gpt-4o", "gpt-4o")
    assert names_of("http://h:1/v1#m") == ("http://h:1/v1#m", "m")
    assert names_of("openai-api/judge/m at http://h:1/v1") == (
        "openai-api/judge/m at http://h:1/v1",
        "http://h:1/v1#m",
        "openai-api/judge/m",
        "m",
    )
    assert names_of("together/meta/llama-70b")[-1] == "meta/llama-70b"


def test_a_judges_own_name_counts_before_that_of_the_model_that_replies() -> None:
    cheap, dear = Price(input=1.0, output=1.0), Price(input=9.0, output=9.0)
    table = Prices(currency="EUR", judges={"openai/gpt-4o": cheap, "gpt-4o-2024-08-06": dear})
    assert table.price("openai/gpt-4o", "gpt-4o-2024-08-06") == cheap
    assert table.price("azure/ours", "gpt-4o-2024-08-06") == dear
    assert table.price("azure/ours", "another") is None
    # A server's address may end in a slash in the table, on the command line, or in neither.
    table = Prices(currency="USD", judges={"http://h/v1/#m": dear, "http://h/v2#m": cheap})
    for version, price in (("v1", dear), ("v2", cheap)):
        for name in (f"http://h/{version}#m", f"http://h/{version}/#m", f"openai-api/judge/m at http://h/{version}"):
            assert table.price(name) == price


def test_a_judge_without_a_price_cannot_be_held_by_a_budget_in_money() -> None:
    missing, served = without_price(DOLLARS, ["openai/gpt-4o", "openai/gpt-4", "vllm/org/m"])
    assert "judge openai/gpt-4 has no price" in missing
    assert "did you mean 'openai/gpt-4o'?" in missing
    assert "judge vllm/org/m runs on a server of ours" in served


def test_amounts_that_people_read() -> None:
    assert [money(amount) for amount in (0, 5, 1234.567, 0.01234567, 0.5)] == ["0", "5", "1,234.57", "0.01235", "0.5"]
