"""How much more probable a prompt makes the responses of training rows to the untrained model. Nothing is sampled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.forecasts.document import messages_sha256
from inoc_evals.inoculation.draw import taken
from inoc_evals.inoculation.rewrite import Placement, inoculate, read_rows

if TYPE_CHECKING:
    from inoc_evals.analyses.language_model import LanguageModel
    from inoc_evals.checkpoints.resolve import Checkpoint

Progress = Callable[[int, int, str], None]
# Which rows are read where not all are.
_SEED = 0
# What else may change the numbers; a new way of computing them gets a new one.
_METHOD = "row means of response tokens, 1"


@dataclass(frozen=True)
class ResponseRows:
    """Chat rows of a file: those that are read, how many there are in all, and the content hash of the messages of
    all."""

    file: Path
    rows: Sequence[Mapping[str, Any]]
    number: int
    sha256: str


@dataclass(frozen=True)
class Losses:
    """The mean loss of the response's tokens of each row, in nats, without a prompt and under each by name; `tokens` of
    responses were read in all."""

    unprompted: Sequence[float]
    prompted: Mapping[str, Sequence[float]]
    tokens: int

    def uplifts(self, name: str) -> list[float]:
        """The uplift of each row under a prompt, in nats a token."""
        return [before - after for before, after in zip(self.unprompted, self.prompted[name], strict=True)]


def read_responses(file: Path, count: int | None = None) -> ResponseRows:
    """The chat rows of a JSONL file, of which `count` (None, and where there are no more: all) are to be read: always
    the same places. Raises InputError with the place of what is no row."""
    rows = read_rows(file)
    chosen = rows if count is None or count >= len(rows) else taken(rows, count, _SEED)
    return ResponseRows(file, chosen, len(rows), messages_sha256(rows))


def check_control(data: ResponseRows, control: ResponseRows) -> None:
    """Raise InputError unless both have the same requests in the same order, and other responses."""
    if control.number != data.number:
        message = f"{control.number} rows here and {data.number} in {data.file}"
        raise InputError.at(control.file, f"{message}; the control data has the same requests in the same order")
    for number, (one, other) in enumerate(zip(data.rows, control.rows, strict=True), start=1):
        if _request(one) != _request(other):
            message = f"row {number} of those read has another request than that of {data.file}"
            raise InputError.at(control.file, f"{message}; the control data has the same requests in the same order")
    if control.sha256 == data.sha256:
        raise InputError.at(control.file, f"these are the rows of {data.file}; name rows without the trait")


def check_prompts(data: ResponseRows, prompts: Mapping[str, str], placement: Placement) -> None:
    """Raise InputError where a prompt cannot be put in front of a row."""
    try:
        inoculate(data.rows, next(iter(prompts.values())), placement)
    except InputError as error:
        remedy = "" if placement == "user" else "; with --placement user it goes before the user's message"
        raise InputError.at(data.file, f"{error}{remedy}") from None


def measure(
    base: Checkpoint,
    data: ResponseRows,
    prompts: Mapping[str, str],
    placement: Placement,
    folder: Path,
    progress: Progress,
) -> Losses:
    """The losses of the rows to `base` without a prompt and under each of `prompts`. What each prompt gave is kept in
    `folder`, and not computed again. Raises as `response_losses` does."""
    from inoc_evals.analyses.language_model import LanguageModel

    model = LanguageModel(base.base)
    found: dict[str, Sequence[float]] = {}
    tokens = 0
    asked: dict[str, str | None] = {"": None, **prompts}
    for place, (name, prompt) in enumerate(asked.items()):
        progress(place, len(asked), name or "without a prompt")
        file = _file(base, data, prompt, placement, folder)
        read = _kept(file)
        if read is None or len(read[0]) != len(data.rows):
            read = _read(model, data, prompt, placement)
            written = json.dumps({"prompt": prompt, "tokens": read[1], "means": read[0]})
            write_whole(file, written + "\n")
        found[name] = read[0]
        tokens += read[1]
    return Losses(found.pop(""), found, tokens)


def _read(
    model: LanguageModel, data: ResponseRows, prompt: str | None, placement: Placement
) -> tuple[Sequence[float], int]:
    """The mean loss of each row, and how many tokens the responses have in all."""
    from inoc_evals.analyses.response_losses import Prompt, response_losses

    given = None if prompt is None else Prompt(prompt, placement)
    losses = response_losses(model, None, data.rows, {"": given})
    return [row.mean for row in losses], sum(len(row.tokens) for row in losses)


def _file(base: Checkpoint, data: ResponseRows, prompt: str | None, placement: str, folder: Path) -> Path:
    """Where what a prompt gave is kept: called after all that decides it."""
    identity = [
        _METHOD,
        base.content_hash,
        data.sha256,
        len(data.rows),
        prompt,
        placement if prompt is not None else "",
    ]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return folder / f"{digest[:16]}.json"


def _kept(file: Path) -> tuple[Sequence[float], int] | None:
    """What was kept there. What is damaged is computed again."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return [float(mean) for mean in kept["means"]], int(kept["tokens"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _request(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in row["messages"][:-1]]
