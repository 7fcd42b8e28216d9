"""The samples of a log of ours, without what only inspect's viewer needs: most of a log are its events."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from inspect_ai.log import EvalLog
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from inoc_evals.harness.inspect.compat import open_log
from inoc_evals.harness.inspect.reading import damaged, read_log
from inoc_evals.protocols.requests import Role, Tokens, mean_tokens
from inoc_evals.results.rated_by import RatedBy
from inoc_evals.results.stored import Stored

_STRICT = ConfigDict(strict=True)
_EVENTS = re.compile(rb',\s*"events"\s*:\s*\[')
_TIMES = re.compile(rb'"started_at"\s*:\s*"([^"]{10,40})"\s*,\s*"completed_at"\s*:\s*"([^"]{10,40})"')
_ERROR = b'"error":{'


def _parted(message: object) -> object:
    """A message whose content comes in parts, with its text and its reasoning by themselves."""
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return message
    parts = [part for part in message["content"] if isinstance(part, dict)]
    texts = {
        kind: [part[kind] for part in parts if part.get("type") == kind and isinstance(part.get(kind), str)]
        for kind in ("text", "reasoning")
    }
    return {**message, "content": "\n".join(texts["text"]), "reasoning": "\n\n".join(texts["reasoning"]) or None}


class _Noted(BaseModel):
    """What our solver notes of an answer."""

    model_config = _STRICT
    max_tokens: int | None = None


class _Message(BaseModel):
    model_config = _STRICT
    content: str
    reasoning: str | None = None
    metadata: Annotated[_Noted, BeforeValidator(lambda told: told or {})] = _Noted()

    @model_validator(mode="before")
    @classmethod
    def _in_parts(cls, message: object) -> object:
        return _parted(message)


class _Tokens(BaseModel):
    model_config = _STRICT
    output: float | None = None
    reasoning: float | None = None
    limit: int | None = None


class Turn(_Message):
    """A message of a conversation."""

    role: Role
    tokens: _Tokens | None = None


class Choice(BaseModel):
    """One response."""

    model_config = _STRICT
    message: _Message
    stop_reason: str = "unknown"


class _Usage(BaseModel):
    model_config = _STRICT
    output_tokens: int = 0
    reasoning_tokens: int | None = None


class _Output(BaseModel):
    model_config = _STRICT
    choices: list[Choice] = []
    usage: _Usage | None = None


class _Kept(BaseModel):
    """What our scorer stores: values, causes and details of each response, which values are ratings or outcomes, and
    which versions of judges rated; `instruments` are the sha256 of what each rating asks a judge."""

    model_config = _STRICT
    responses: list[Stored] | None = None
    ratings: list[str] | None = None
    outcomes: list[str] | None = None
    rated_by: dict[str, RatedBy] = {}
    instruments: dict[str, str] | None = None


class _Score(BaseModel):
    model_config = _STRICT
    metadata: _Kept | None = None


class Whole(BaseModel):
    """A trajectory that is more than one answer to the sample's input."""

    model_config = _STRICT
    given: list[Turn] = []
    turns: list[Turn] = []
    chosen: dict[str, Any] = {}
    words: dict[str, Any] = {}


class _Known(BaseModel):
    """What our tasks store with every sample; of one that a round asked the `number` of its request too."""

    model_config = _STRICT
    question_id: str
    category: str
    condition: str | None = None
    number: int | None = None
    rendered_prompt: dict[str, str | None] = {}
    data: dict[str, Any] = {}
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
    started_at: str | None = None
    completed_at: str | None = None

    def tokens(self) -> list[Tokens | None]:
        """What each response took: the mean of its request, or what stands with a conversation's last answer."""
        if whole := self.metadata.trajectories:
            last = [next((turn for turn in reversed(each.turns) if turn.role == "assistant"), None) for each in whole]
            return [Tokens(**turn.tokens.model_dump()) if turn and turn.tokens else None for turn in last]
        used, count = self.output.usage, len(self.output.choices)
        limits = [choice.message.metadata.max_tokens for choice in self.output.choices]
        each = None if used is None or not count else mean_tokens(used.output_tokens, used.reasoning_tokens, count)
        return [each if limit is None else replace(each or Tokens(), limit=limit) for limit in limits]

    def kept(self, scorer: str) -> _Kept:
        """What the scorer of that name stored."""
        for name, score in (self.scores or {}).items():
            if name.split("/")[-1] == scorer:
                return score.metadata or _Kept()
        return _Kept()


def samples_of(file: Path, header: EvalLog) -> list[Sample]:
    """The samples of the log in `file`, epoch by epoch in the order in which they were asked for. Raises InputError for
    one that is not as it was written."""
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
    # What a log does not name goes to the end, by name.
    places = {name: place for place, name in enumerate(header.eval.dataset.sample_ids or ())}
    return sorted(found, key=lambda one: (one.epoch, places.get(one.id, len(places)), str(one.id).zfill(20)))


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
            sample = Sample.model_validate_json(data[: events.start()] + b"}")
            # They stand behind the events; a quote within a text has a backslash before it.
            times = _TIMES.match(data, max(0, data.rfind(b'"started_at"')))
            told = [text.decode("ascii", "replace") for text in times.groups()] if times else [None, None]
            return sample.model_copy(update=dict(zip(("started_at", "completed_at"), told, strict=True)))
    return Sample.model_validate_json(data)


def _by_inspect(file: Path) -> list[Sample]:
    fields = {"id", "epoch", "input", "metadata", "output", "scores", "error", "started_at", "completed_at"}
    try:
        return [Sample.model_validate(one.model_dump(include=fields)) for one in read_log(file).samples or []]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " / ".join(map(str, first["loc"]))
        raise damaged(file, " ".join(f"{where}: {first['msg']}".split())) from None
