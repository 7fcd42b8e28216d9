"""A forecast as it is written down: forecast.json, dated, with a hash over all that it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from inoc_evals.definitions.arms import Label
from inoc_evals.definitions.fields import Strict, Text
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole

Predictor = Literal["rate", "uplift", "uplift_beyond_control"]
_SHA256 = r"^[0-9a-f]{64}$"
# What two forecasts of the same may differ in.
_OF_A_RUN = ("made", "sha256", "cost")
_REMEDY = "take the file as `inoc-evals elicit` wrote it, or make another"


class Estimate(Strict):
    """A mean with its 95% interval; null where there is none. `group` has letters: two candidates that share one are
    not told apart."""

    mean: float
    low: float | None = None
    high: float | None = None
    group: str = ""


class Rate(Estimate):
    """The share of the trait (of its scale, where it is no yes or no) that an untrained model shows under a prompt;
    `responses` are those with a value, `excluded` those without."""

    responses: int = Field(ge=0)
    excluded: int = Field(ge=0)


class Forecasted(Strict):
    """One candidate. `uplift` is in nats a response token, `predicted` the suppression that each predictor foresees, a
    share of the scale (0..1)."""

    name: Label
    prompt: Text
    rate: Rate
    uplift: Estimate | None = None
    uplift_beyond_control: Estimate | None = None
    predicted: dict[Predictor, float]

    def predictor(self, name: Predictor) -> float:
        """What the candidate has of one predictor. Raises ValueError where it was not measured."""
        estimate = getattr(self, name)
        if estimate is None:
            raise ValueError(f"{self.name} has no {name}")
        return float(estimate.mean)


class Base(Strict):
    """The model that was asked, as it was named, and the content hash of its weights."""

    reference: Text
    sha256: str = Field(pattern=_SHA256)


class Asked(Strict):
    """The task, with its version and the arguments that it was given, the value that is forecast, and the category or
    condition in which it is looked at."""

    name: Text
    version: Text
    arguments: dict[str, Any]
    value: Text
    part: str


class Rows(Strict):
    """Training rows: the content hash of the messages of all, how many there are, and of those that were `read` the
    mean loss of their responses without a prompt, in nats a response token."""

    sha256: str = Field(pattern=_SHA256)
    rows: int = Field(ge=1)
    read: int = Field(ge=1)
    loss: float


class Cost(Strict):
    """What one road to a forecast took on the machine that made it, in the run that finished it."""

    seconds: float
    tokens: float
    responses: int


class Forecast(Strict):
    """All of a forecast. `candidates` stand in the predicted order, the strongest first, which is that of `ranked_by`.

    `made` is a time in UTC, `unprompted` the rate without a prompt, `rules` say in words how each number is made.
    """

    format: Literal[1] = 1
    made: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    base: Base
    task: Asked
    placement: Literal["system", "user"]
    data: Rows | None = None
    control: Rows | None = None
    unprompted: Rate
    ranked_by: Predictor
    rules: dict[str, str]
    candidates: list[Forecasted] = Field(min_length=2)
    cost: dict[str, Cost]
    versions: dict[str, str]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.name for one in self.candidates]
        if len(set(names)) < len(names):
            raise ValueError("two candidates have one name")
        for one in self.candidates:
            if set(one.predicted) != set(self.predictors):
                raise ValueError(f"candidate {one.name} is not forecast by {', '.join(self.predictors)}")
        return self

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """What the candidates were measured by; the one that ranks them first."""
        others: dict[Predictor, object] = {
            "rate": self.unprompted,
            "uplift": self.data,
            "uplift_beyond_control": self.control,
        }
        return (self.ranked_by, *(name for name, given in others.items() if given and name != self.ranked_by))

    @property
    def sha256(self) -> str:
        """The content hash (64 hex digits)."""
        return content_sha256(self.model_dump(mode="json"))

    def says_the_same(self, other: Self) -> bool:
        """Do both say the same of the same, whenever and at whatever cost?"""
        mine, others = (one.model_dump(mode="json", exclude=set(_OF_A_RUN)) for one in (self, other))
        return bool(mine == others)


def content_sha256(written: Mapping[str, Any]) -> str:
    """The hash over everything that a forecast says but the hash itself, however the file is laid out."""
    said = {key: value for key, value in written.items() if key != "sha256"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def messages_sha256(rows: Sequence[Mapping[str, Any]]) -> str:
    """The content hash (64 hex digits) of training rows: of their messages, in order, whatever their ids and tags."""
    digest = hashlib.sha256()
    for row in rows:
        said = [(message["role"], message["content"]) for message in row["messages"]]
        digest.update(json.dumps(said).encode() + b"\n")
    return digest.hexdigest()


def write_forecast(forecast: Forecast, path: Path) -> None:
    """Write the forecast with its hash. Raises WorkError where `path` cannot be written."""
    written = {"sha256": forecast.sha256, **forecast.model_dump(mode="json")}
    write_whole(path, json.dumps(written, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_forecast(path: Path) -> Forecast:
    """The forecast of a file. Raises InputError for what is none, and where it was changed after it was made."""
    written = read_object(path, "a forecast.json that `inoc-evals elicit` wrote")
    if not isinstance(written.get("sha256"), str) or "candidates" not in written:
        raise InputError.at(path, f"this is no forecast; {_REMEDY}")
    if written["sha256"] != content_sha256(written):
        message = "this forecast was changed after it was made: its content has another hash than it says"
        raise InputError.at(path, f"{message}; {_REMEDY}")
    try:
        return Forecast.model_validate({key: value for key, value in written.items() if key != "sha256"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError.at(path, f"this is no forecast that can be read here ({where}: {first['msg']})") from None
