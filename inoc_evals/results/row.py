"""The row that everything behind a harness works on: one response with its values."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from inoc_evals.blanking import key_values, without_values
from inoc_evals.errors import InputError
from inoc_evals.protocols.requests import Tokens


class Details(Mapping[str, Mapping[str, Any]]):
    """What each measure saw, kept as JSON until somebody asks: as dictionaries it is most of what a row takes, and of
    hundreds of thousands of rows a report shows a few."""

    __slots__ = ("_text",)

    def __init__(self, details: Mapping[str, Mapping[str, Any]]) -> None:
        try:
            # Four times as quick; half a character pair is what it cannot write.
            self._text = to_json(details)
        except (ValueError, UnicodeError):
            self._text = json.dumps(details).encode()

    def _read(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self._text)
        return read

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        seen: Mapping[str, Any] = self._read()[key]
        return seen

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return repr(self._read())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a response answers, as far as its source tells.

    `question` is the user's text, or the whole conversation before the response where there is more, and None where the
    source does not have it. `system` is the system prompt, None where there was none or, without `tells_system`, where
    the source does not say. The response goes on from `prefill`. With `chosen` it is no text: options were chosen from.
    """

    question: str | None = None
    system: str | None = None
    tells_system: bool = False
    prefill: str = ""
    chosen: bool = False


UNTOLD = Asked()


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """`values` maps value keys to numbers on the key's scale, or None; `causes` says why a value is None.

    `checkpoint` is the whole label of the weights, one training seed; no two checkpoints of a run share it. `item` is
    the sample's id, `epoch` and `choice` number the responses to it from 1 and 0. `condition` is "" for a
    task with one condition. `reasoning` is what the model wrote for itself before the response; where it is
    `unfinished` there is no response. `tokens` are None where the source does not tell. `levels` are the item's levels
    of the factors that its task contrasts, by factor.
    """

    arm: str
    checkpoint: str
    task: str
    item: str
    cluster: str
    category: str
    condition: str
    epoch: int
    choice: int
    response: str
    values: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Any]]
    stop_reason: str
    prompt_text: str | None
    prompt_sha256: str | None
    asked: Asked = UNTOLD
    reasoning: str | None = None
    unfinished: bool = False
    tokens: Tokens | None = None
    levels: Mapping[str, str] = field(default_factory=dict)


def levels_of(data: Mapping[str, Any], factors: Iterable[str]) -> dict[str, str]:
    """The levels of `factors` in an item's data, as texts; those that are not there are left out."""
    return {sys.intern(factor): sys.intern(str(data[factor])) for factor in factors if factor in data}


def without_keys(rows: Iterable[ResponseRow]) -> Iterator[ResponseRow]:
    """The rows without the keys of this environment, which a server may have repeated to the model or in its answer."""
    values = key_values()
    for row in rows:
        asked = row.asked
        said = (row.response, row.reasoning, row.prompt_text, row.details, asked.question, asked.system, asked.prefill)
        if values and any(value in str(said) for value in values):
            response, thought, prompt, details, question, system, prefill = without_values(said, values)
            asked = replace(asked, question=question, system=system, prefill=prefill)
            row = replace(row, response=response, reasoning=thought, prompt_text=prompt, details=details, asked=asked)
        yield row


def refuse_doubles(logs: Iterable[tuple[Path, Sequence[ResponseRow]]]) -> None:
    """Raise InputError, naming both logs, where one response stands twice: it would count twice in every rate."""
    seen: dict[tuple[str, str], dict[tuple[str, str, int, int], Path]] = {}
    for file, rows in logs:
        for row in rows:
            place = (row.item, row.condition, row.epoch, row.choice)
            places = seen.setdefault((row.checkpoint, row.task), {})
            if place in places:
                what = f"checkpoint {row.checkpoint}, task {row.task}, item {row.item}, epoch {row.epoch}"
                remedy = "name each folder once, or remove one of the two logs"
                raise InputError.at(file, f"the same response ({what}) is in {places[place]} too; {remedy}")
            places[place] = file
