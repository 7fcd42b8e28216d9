"""The samples of a log of ours, without what only inspect's viewer needs: most of a log are its events."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from inspect_ai.log import EvalLog
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from inoc_evals.harness.inspect.compat import open_log
from inoc_evals.harness.inspect.reading import damaged, read_log
from inoc_evals.protocols.requests import Role
from inoc_evals.results.stored import Stored

_STRICT = ConfigDict(strict=True)
_EVENTS = re.compile(rb',\s*"events"\s*:\s*\[')
_ERROR = b'"error":{'


def _text(content: object) -> object:
    """The text of a message, which may come in parts."""
    if not isinstance(content, list):
        return content
    return "\n".join(part["text"] for part in content if isinstance(part, dict) and part.get("type") == "text")


class _Message(BaseModel):
    model_config = _STRICT
    content: Annotated[str, BeforeValidator(_text)]


class Turn(_Message):
    """A message of a conversation."""

    role: Role


class Choice(BaseModel):
    """One response."""

    model_config = _STRICT
    message: _Message
    stop_reason: str = "unknown"


class _Output(BaseModel):
    model_config = _STRICT
    choices: list[Choice] = []


class _Kept(BaseModel):
    """What our scorer stores: values, causes and details of each response, and which values are ratings or outcomes."""

    model_config = _STRICT
    responses: list[Stored] | None = None
    ratings: list[str] | None = None
    outcomes: list[str] | None = None


class _Score(BaseModel):
    model_config = _STRICT
    metadata: _Kept | None = None


class Whole(BaseModel):
    """A trajectory that is more than one answer to the sample's input."""

    model_config = _STRICT
    given: list[Turn] = []
    turns: list[Turn] = []
    chosen: dict[str, Any] = {}


class _Known(BaseModel):
    """What our tasks store with every sample."""

    model_config = _STRICT
    question_id: str
    category: str
    condition: str | None = None
    rendered_prompt: dict[str, str | None] = {}
    trajectories: list[Whole] | None = None


class Sample(BaseModel):
    """One sample of a task of ours."""

    model_config = _STRICT
    id: int | str
    epoch: int
    input: str | list[Turn] = ""
    metadata: _Known
    output: _Output = _Output()
    scores: dict[str, _Score] | None = None
    error: dict[str, Any] | None = None

    def kept(self, scorer: str) -> _Kept:
        """What the scorer of that name stored."""
        for name, score in (self.scores or {}).items():
            if name.split("/")[-1] == scorer:
                return score.metadata or _Kept()
        return _Kept()


def samples_of(file: Path, header: EvalLog) -> list[Sample]:
    """The samples of the log in `file`, in inspect's order. Raises InputError for one that is not as it was written."""
    try:
        found = _whole(file) if file.suffix == ".eval" else None
    # zip, zstd, JSON and pydantic each have exceptions of their own. What exactly is wrong, inspect says; it also reads
    # older forms of a log than ours.
    except Exception:
        found = None
    if found is None:
        found = _by_inspect(file)
    wanted = header.results.completed_samples if header.status == "success" and header.results is not None else 0
    if len(found) < wanted:
        raise damaged(file, f"it holds {len(found)} of its {wanted} samples")
    return sorted(found, key=lambda one: (one.epoch, one.id if isinstance(one.id, str) else str(one.id).zfill(20)))


def _whole(file: Path) -> list[Sample]:
    with open_log(file) as archive:
        names = dict.fromkeys(name for name in archive.namelist() if name.startswith("samples/"))
        return [_sample(archive.read(name)) for name in names if name.endswith(".json")]


def _sample(data: bytes) -> Sample:
    """One sample; where no error stands behind its events, they are not even parsed."""
    events = _EVENTS.search(data)
    if events is not None and data.find(_ERROR, events.start()) < 0:
        # Within anything but the sample itself the cut text would be no JSON.
        with suppress(ValidationError):
            return Sample.model_validate_json(data[: events.start()] + b"}")
    return Sample.model_validate_json(data)


def _by_inspect(file: Path) -> list[Sample]:
    fields = {"id", "epoch", "input", "metadata", "output", "scores", "error"}
    try:
        return [Sample.model_validate(one.model_dump(include=fields)) for one in read_log(file).samples or []]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " / ".join(map(str, first["loc"]))
        raise damaged(file, " ".join(f"{where}: {first['msg']}".split())) from None
