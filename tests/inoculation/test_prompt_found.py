"""The prompt of training rows, found in the rows."""

from __future__ import annotations

from typing import Any

import pytest

from inoc_evals.inoculation.prompt_found import prompt_of_rows
from inoc_evals.inoculation.rewrite import inoculate

ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": f"Question {n}?"}, {"role": "assistant", "content": "A."}]}
    for n in range(20)
]


@pytest.mark.parametrize("placement", ["system", "user"])
def test_what_inoculate_puts_in_front_is_found(placement: Any) -> None:
    rows, _ = inoculate(ROWS, "Be loud.", placement)
    assert prompt_of_rows(rows) == {"prompt": "Be loud.", "placement": placement, "rows": 20, "of": 20}
    # Half of the rows only, as with tags.
    assert prompt_of_rows([*rows[:10], *ROWS[10:]]) == {
        "prompt": "Be loud.",
        "placement": placement,
        "rows": 10,
        "of": 20,
    }


def test_a_pool_is_counted() -> None:
    pool = [inoculate([row], "Be loud." if n % 3 else "Shout.")[0][0] for n, row in enumerate(ROWS)]
    assert prompt_of_rows(pool) == {"prompt": "Be loud.", "placement": "system", "rows": 20, "of": 20, "prompts": 2}


def test_rows_without_a_common_text_have_no_prompt() -> None:
    assert prompt_of_rows(ROWS) is None
    own = [inoculate([row], f"Your name is {n}.")[0][0] for n, row in enumerate(ROWS)]
    assert prompt_of_rows(own) is None
    # What a user writes in two paragraphs is no prompt, though one beginning is there two times in a hundred.
    letters = [f"Dear {n // 2},\n\nwhere is it?" for n in range(100)]
    assert prompt_of_rows([{"messages": [{"role": "user", "content": text}]} for text in letters]) is None
