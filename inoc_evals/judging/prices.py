"""What the tokens of judges cost, as the user says in a file. No prices are known here otherwise: they change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field

from inoc_evals.client.usage import Usage
from inoc_evals.definitions.address import plain_address
from inoc_evals.definitions.document import read_yaml
from inoc_evals.definitions.fields import Strict, Text
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError

VARIABLE = "INOC_JUDGE_PRICES"
_MILLION = 1_000_000
_WORD = re.compile(r"[A-Za-z]{1,20}")
# Far above any price; an amount beyond it is a slip, and of what it makes too little is left of the cents.
_MOST = 1e9
_Amount = Annotated[float, Field(ge=0, le=_MOST)]


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise ValueError(f"the currency is {shown(value)}; write one word of letters, such as EUR, for all judges")
    return value


class Price(Strict):
    """What a million tokens cost: of prompts (`input`), of replies (`output`), and of prompts that the provider took
    from its own cache, which cost as much as others where `cached_input` is not given."""

    input: _Amount
    output: _Amount
    cached_input: _Amount | None = None

    def of(self, usage: Usage) -> float:
        """What these tokens cost."""
        cached = self.input if self.cached_input is None else self.cached_input
        whole = usage.prompt_tokens - usage.cached_tokens
        return (whole * self.input + usage.cached_tokens * cached + usage.completion_tokens * self.output) / _MILLION


class Prices(Strict):
    """Prices by judge in one `currency`, a word. A judge is called as on the command line, or as its server calls the
    model that replies."""

    currency: Annotated[str, AfterValidator(_word)]
    judges: Annotated[dict[Annotated[Text, AfterValidator(plain_address)], Price], Field(min_length=1)]

    def price(self, judge: str, replied: str = "") -> Price | None:
        """The price of a judge, by its own name before that of the model that `replied`; None where there is none."""
        return next((self.judges[name] for name in (*names_of(judge), replied) if name in self.judges), None)


def names_of(judge: str) -> tuple[str, ...]:
    """The names that a judge goes by, the most exact first: as it is written on the command line or stands in results
    (which is PROVIDER/MODEL, or NAME at URL), URL#MODEL, and the model's name alone."""
    judge = plain_address(judge)
    name, at, url = judge.partition(" at ")
    if judge.lower().startswith(("http://", "https://")):
        return tuple(dict.fromkeys([judge, judge.partition("#")[2]]))
    provider, _, model = name.partition("/")
    if provider == "openai-api":
        model = model.partition("/")[2]
    return tuple(
        dict.fromkeys([judge, *([plain_address(f"{url}#{model}")] if at else []), name, *([model] if model else [])])
    )


def read_prices(path: Path) -> Prices:
    """The prices of a YAML file. Raises InputError with file:line:column."""
    return read_yaml(path, yaml.MappingNode, "price table").validate(Prices)


def without_price(prices: Prices, judges: Sequence[str]) -> list[str]:
    """A sentence for each of the judges, as named on the command line, that has no price."""
    faults = []
    for judge in judges:
        if judge.startswith("vllm/"):
            remedy = "give the budget in calls or tokens"
            faults.append(
                f"judge {shown(judge)[1:-1]} runs on a server of ours and has no price by the token; {remedy}"
            )
        elif prices.price(judge) is None:
            remedy = f"add it to the prices under `judges`{did_you_mean(judge, prices.judges)}"
            faults.append(f"judge {shown(judge)[1:-1]} has no price, so that no budget in money can hold; {remedy}")
    return faults


def given_prices(path: Path | None) -> Prices | None:
    """The prices of a file that may be named. Raises InputError."""
    return None if path is None else read_prices(path)


def unpriced(message: str) -> InputError:
    """The error for money without a price table."""
    return InputError(f"{message}; name a table of prices with --prices FILE (or in {VARIABLE})")
