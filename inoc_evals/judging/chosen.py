"""The file of a panel that labels chose: which judges, wordings and numbers of draws rate together, and for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.judging.candidates import Candidate, Wording
from inoc_evals.judging.connect import Connected, default_cache, judge_of
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import ChosenBy, Member, Panel
from inoc_evals.judging.prompt import Instrument, from_rubric

if TYPE_CHECKING:
    from inspect_ai.model import Model

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
_Text = Annotated[str, Field(pattern=r"\S")]
_REMEDY = "restore the file, or choose anew with `inoc-evals judges select`"


class ChosenMember(BaseModel):
    """A judge as it is named on the command line, the `identity` that it had, the version that it answered as, None
    where it told none, the wording that it reads, and how many answers are drawn from it; None where it is read
    exactly."""

    model_config = _STRICT
    judge: _Text
    identity: _Text
    version: str | None
    wording: Wording
    draws: Annotated[int, Field(ge=1)] | None

    @property
    def name(self) -> str:
        """What tells it from the other members, in words."""
        return Candidate(self.identity, self.wording, self.draws).words()


class ChosenRubric(BaseModel):
    """The rubric, with its parameters; `identity` is the sha256 of the instrument that it is in its first wording."""

    model_config = _STRICT
    name: _Text
    version: str
    identity: str
    parameters: dict[str, str]

    def words(self) -> str:
        """The rubric as it is named in a sentence."""
        given = ", ".join(f"{key}: {value}" for key, value in self.parameters.items())
        return f"{self.name} {self.version}{f' ({given})' if given else ''}"


class ChosenLabels(BaseModel):
    """Where the labels lay that chose, which draw they are of (see `Labels.draw`), how many were used, and the
    threshold that parted them; None where nothing is rated from 0 to 100."""

    model_config = _STRICT
    folder: str
    draw: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    used: Annotated[int, Field(ge=1)]
    threshold: float | None


class ChosenVerdict(BaseModel):
    """Does the set gain over the best single candidate? `nats` a response, with its 95% interval, None where that is
    unknown."""

    model_config = _STRICT
    gain: bool
    nats: float
    low: float | None
    high: float | None
    in_words: str


class ChosenPanel(BaseModel):
    """What `judges select` advises. `temperature` made its probabilities likeliest for the labels; ratings are without
    it."""

    model_config = _STRICT
    inoc_evals_panel: Annotated[int, Field(ge=1, le=1)]
    rubric: ChosenRubric
    members: Annotated[list[ChosenMember], Field(min_length=1)]
    temperature: Annotated[float, Field(gt=0)]
    verdict: ChosenVerdict
    labels: ChosenLabels

    @property
    def judges(self) -> list[str]:
        """The judges of its members, as the user named them, each once."""
        return list(dict.fromkeys(member.judge for member in self.members))

    @model_validator(mode="after")
    def _no_member_twice(self) -> Self:
        names = [member.name for member in self.members]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]} stands twice")
        return self


def write_panel(path: Path, panel: ChosenPanel) -> None:
    """Write the file, whole. Raises WorkError."""
    write_whole(path, panel.model_dump_json(indent=1) + "\n")


def read_panel(path: Path) -> ChosenPanel:
    """The panel in a file. Raises InputError, in one sentence, for what `write_panel` did not write."""
    data = read_object(path, "a panel that `inoc-evals judges select --out` wrote")
    try:
        return ChosenPanel.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        said = first["msg"].removeprefix("Value error, ")
        raise InputError.at(path, f"{where} is not as it was written ({said}); {_REMEDY}") from None


def wordings_of(panel: ChosenPanel, rubrics: Path | None) -> dict[Wording, Instrument]:
    """The wordings of its rubric that the panel reads, and the first. Raises InputError where the rubric is not here,
    or asks otherwise than when the panel was chosen."""
    _, rubric = find_rubric(panel.rubric.name, rubrics)
    first = from_rubric(rubric, panel.rubric.parameters)
    if first.identity != panel.rubric.identity:
        said = f"the panel was chosen for rubric {panel.rubric.words()}"
        message = f"{said}, and {rubric.name} {rubric.version} as it lies here asks otherwise"
        raise InputError(f"{message}; name the folder of the rubric with --judges, or choose anew")
    found: dict[Wording, Instrument] = {"first": first}
    if any(member.wording == "second" for member in panel.members):
        found["second"] = from_rubric(rubric, panel.rubric.parameters, reworded=True)
    return found


def connected(panel: ChosenPanel, wordings: Mapping[Wording, Instrument], models: Sequence[Model]) -> Connected:
    """The panel with the `models` of its `judges`. Raises InputError where a judge is another
    one than when the panel was chosen."""
    by_name = dict(zip(panel.judges, models, strict=True))
    judgements = default_cache()

    @cache
    def judge(name: str, draws: int | None) -> Judge:
        return judge_of(by_name[name], judgements, draws or 1)

    members = []
    for each in panel.members:
        found = judge(each.judge, each.draws)
        if found.id != each.identity:
            message = f"judge {each.judge} is {found.id} here, and was {each.identity} when the panel was chosen"
            raise InputError(f"{message}; choose anew with `inoc-evals judges select`")
        members.append(Member(each.name, found, wordings[each.wording], each.draws is None))
    chosen = ChosenBy(panel.labels.draw, panel.rubric.identity, panel.rubric.words())
    whole = Panel(tuple(members), chosen)
    return Connected(models, whole.names, lambda _: whole, lambda: _other_versions(panel, whole.members))


def _other_versions(panel: ChosenPanel, members: Sequence[Member]) -> list[str]:
    """A sentence for each judge that answers as another version than when the panel was chosen. Of `members` that are
    prepared."""
    found = {}
    for each, member in zip(panel.members, members, strict=True):
        now = member.judge.version.text
        if now != each.version:
            said = f"{each.identity} answered as {each.version or 'no version'} when the panel was chosen"
            found[each.identity] = f"{said}, and answers as {now or 'no version'} now; what chose it may not hold"
    return list(found.values())
