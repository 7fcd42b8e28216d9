"""What a plan says that judges may take, worked out by hand."""

from __future__ import annotations

import pytest

from inoc_evals.judging.expected import THOUGHTS, ToRate, expected
from inoc_evals.judging.prices import Price, Prices

# Ten ratings of prompts of a hundred tokens.
WORK = [ToRate((10, 10), False, 5, (100, 100))]


def test_the_least_is_what_it_costs_where_the_provider_takes_prompts_from_its_cache() -> None:
    prices = Prices(currency="USD", judges={"gpt-4o": Price(input=2.0, output=8.0, cached_input=1.0)})
    found = expected("openai/gpt-4o", WORK, prices)
    assert found.prompt_tokens == (1000, 1000)
    assert found.cost == (pytest.approx(0.001 + 10 * 8e-6), pytest.approx(0.002 + 10 * 8e-6))


def test_an_address_may_be_a_server_of_vllm_unless_it_takes_money() -> None:
    """Such a server with the embedded model took 55 calls for 8 ratings by three categories, and 672 prompts for 4 by
    numbers."""
    judge = "http://127.0.0.1:1/v1#m"
    found = expected(judge, WORK, None)
    assert found.calls[1] >= 10 * 55 / 8
    assert found.prompt_tokens[1] >= 10 * 100 * 672 / 4
    assert found.calls[1] == expected("vllm/m", WORK, None).calls[1]
    # Each of five answers in a call of its own.
    paid = expected(judge, WORK, Prices(currency="USD", judges={"m": Price(input=2.0, output=8.0)}))
    assert (paid.calls, paid.prompt_tokens) == ((10, 50), (1000, 5000))


@pytest.mark.parametrize(
    ("judge", "perhaps"),
    [
        ("openai/gpt-4o", False),
        ("openai/o3", True),
        ("anthropic/claude", True),
        ("http://127.0.0.1:1/v1#m", True),
        ("openai-api/x/m", True),
    ],
)
def test_a_judge_of_which_nobody_knows_whether_it_thinks_may(judge: str, perhaps: bool) -> None:
    found = expected(judge, WORK, None)
    assert found.thoughts == (10 * 5 * THOUGHTS if perhaps else 0)
    assert found.thoughts_cost is None
