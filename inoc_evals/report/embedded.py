"""Responses -> the JSON that the page's script reads: an index that is read at once, and texts that are read when they
are asked for, so that a page with very many responses still opens at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.plain import plain
from inoc_evals.results.columns import part_of
from inoc_evals.results.row import ResponseRow

# Responses whose texts are read together.
BLOCK = 500
# In place of the number of a value that the response does not have at all; null stands for one that has a cause.
ABSENT = False

_NAMES: Mapping[str, Callable[[ResponseRow], str]] = {
    "arm": lambda row: row.arm,
    "checkpoint": lambda row: row.checkpoint,
    "task": lambda row: row.task,
    "part": lambda row: part_of(row)[1],
    "question": lambda row: row.cluster,
    "item": lambda row: row.item,
    "stop": lambda row: row.stop_reason,
}


@dataclass(frozen=True)
class Embedded:
    """Plain JSON. `index` has all that is filtered by, as columns: names as places in lists of them, values by key, and
    causes as places in `names`, -1 for none. `texts` are blocks of [response, place in `prompts`, details, reasoning or
    null], and `prompts` are [text or null, hash or null]."""

    index: Mapping[str, Any]
    texts: tuple[Sequence[Any], ...]
    prompts: Sequence[Any]


def embedded(rows: Sequence[ResponseRow], tasks: Mapping[str, Any]) -> Embedded:
    """The rows as the page holds them. `tasks` says of each task what the script must know of its values."""
    prompts: dict[tuple[str | None, str | None], int] = {}
    named = {name: _coded(map(of, rows)) for name, of in _NAMES.items()}
    keys = list(dict.fromkeys(key for row in rows for key in row.values))
    caused = {key: _coded(row.causes.get(key) for row in rows) for key in keys}
    index = {
        "size": len(rows),
        "block": BLOCK,
        "tasks": tasks,
        "names": {name: names for name, (names, _) in named.items()},
        "columns": {name: codes for name, (_, codes) in named.items()}
        | {"epoch": [row.epoch for row in rows], "choice": [row.choice for row in rows]},
        "values": {key: [plain(row.values.get(key, ABSENT)) for row in rows] for key in keys},
        "causes": {key: {"names": names, "codes": codes} for key, (names, codes) in caused.items() if names},
    }
    blocks = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
    texts = tuple([_text(row, prompts) for row in block] for block in blocks)
    return Embedded(index, texts, [list(prompt) for prompt in prompts])


def _coded(texts: Iterable[str | None]) -> tuple[list[str], list[int]]:
    """Each text once, and where it stands for each of `texts`; -1 for None."""
    places: dict[str, int] = {}
    codes = [-1 if text is None else places.setdefault(text, len(places)) for text in texts]
    return list(places), codes


def _text(row: ResponseRow, prompts: dict[tuple[str | None, str | None], int]) -> list[Any]:
    prompt = prompts.setdefault((row.prompt_text, row.prompt_sha256), len(prompts))
    details = plain({key: detail for key, detail in row.details.items() if detail})
    return [row.response, prompt, details, row.reasoning]
