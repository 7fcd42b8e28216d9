"""What an experiment file may say: data, arms, scales, tasks, and what its source found. See docs/experiments.md.

Only what the file says by itself is checked here; what it names (rows, transformations, generators, tasks, values) is
looked up by `inoc_evals.experiments.reading`, with the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from inoc_evals.definitions.arms import PLAIN, REFERENCE, Label, Role, Variation
from inoc_evals.definitions.arms import reference_arm as first_of_all
from inoc_evals.definitions.fields import MOST, Misplaced, Name, Strict, Text
from inoc_evals.definitions.training_prompt import Variants
from inoc_evals.definitions.words import did_you_mean, shown

SOURCES = ("rows", "instrument", "hub", "made_by")
PROMPTS = ("prompt", "prompt_file", "prompts")


def _amount(value: float) -> float:
    if value >= 1 and value != int(value):
        raise ValueError(f"{value:g} is no whole number of rows and no share below 1; write one of these")
    return value


def _named(value: Any) -> Any:
    """A name alone is a mapping with nothing else."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and not isinstance(value.get("name"), str):
        raise Misplaced("this says no name; write a name, or a mapping with `name` and what belongs to it", "name")
    return value


# So many rows (1 or more), or a share of them (below 1).
Take = Annotated[float, Field(gt=0), AfterValidator(_amount)]
# Something of a registry, with its own fields.
Called = Annotated[dict[str, Any], BeforeValidator(_named)]


class Source(Strict):
    """The paper that the experiment follows, and where in it."""

    paper: Text
    where: Text


class HubFile(Strict):
    """A file of chat rows in a data set of the hub: `repo` is org/name@REVISION, `sha256` that of the file."""

    repo: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+@[\w./-]+$")
    file: Text
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Part(Strict):
    """Training rows from one place, in this order: chosen, taken, transformed, tagged.

    Just one of `rows` (a JSONL file beside this one), `instrument`, `hub` and `made_by` (a generator) says where they
    come from. `only_tags` keeps the rows that have one of these tags, `take` draws so many, or such a share, by
    `take_seed`. A `control` part is for the arms that name it in their `data`. With `at` it belongs to these scales
    alone.
    """

    rows: Text | None = None
    instrument: Name | None = None
    hub: HubFile | None = None
    made_by: Called | None = None
    only_tags: list[Name] | None = Field(default=None, min_length=1)
    take: Take | None = None
    take_seed: int = Field(default=0, ge=0)
    transform: list[Called] = Field(default_factory=list)
    tags: list[Name] = Field(default_factory=list)
    control: bool = False
    at: list[Name] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [key for key in SOURCES if getattr(self, key) is not None]
        if not given:
            raise ValueError(f"nothing says where the rows come from; add one of {', '.join(SOURCES)}")
        if len(given) > 1:
            raise Misplaced(f"rows come from one place, and {given[0]} names one already; drop this", given[1])
        return self


class MadeDirection(Strict):
    """A trait's direction, made from the base of a scale before anything is trained: from its states at the end of the
    requests of these parts of the data, under the `prompt` and as they are. `take` draws so many, or such a share."""

    data: list[Name] = Field(min_length=1)
    prompt: Text
    placement: Literal["system", "user"] = "system"
    take: Take | None = None


class ExperimentArm(Strict):
    """One treatment. It trains on its `data` (parts by name; without it all that are no control) with its prompt.

    `prompts` is a pool that is cycled by row. `on_tags` gives the prompt to the rows with one of these tags only.
    `variants` are what only an author can make of the prompt, for conditions that speak of it.
    `asks_for` are the values of the traits that the prompt asks for. An `untrained` arm is the base itself. `variation`
    is what it changes at evaluation. An `intervention`, by name, changes rows, recipe or model in training; it may name
    parts of the data (`data`), another `arm` whose adapter it uses, and a `direction`.
    """

    role: Role = "treatment"
    prompt: Text | None = None
    prompt_file: Text | None = None
    prompts: list[Text] | None = Field(default=None, min_length=1)
    placement: Literal["system", "user"] = "system"
    on_tags: list[Name] | None = Field(default=None, min_length=1)
    variants: Variants | None = None
    asks_for: list[Name] = Field(default_factory=list)
    data: list[Name] | None = Field(default=None, min_length=1)
    untrained: bool = False
    intervention: Called | None = None
    variation: Variation = PLAIN
    at: list[Name] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [key for key in PROMPTS if getattr(self, key) is not None]
        if len(given) > 1:
            raise Misplaced(f"{given[0]} says the prompt already; drop one of the two", given[1])
        if self.untrained:
            for key in (*given, "data", "on_tags", "intervention"):
                if getattr(self, key) is not None:
                    raise Misplaced(f"an untrained arm has no {key}; drop it, or drop `untrained`", key, at_key=True)
        if self.on_tags is not None and not given:
            raise Misplaced("there is no prompt for rows with these tags; add one, or drop this", "on_tags")
        if self.variants is not None and not given:
            raise Misplaced("there is no prompt that these are variants of; add one, or drop this", "variants")
        return self


class Scale(Strict):
    """One size of the experiment: the base model, its recipe (the fields of `inoc-evals train`), how many rows of an
    arm's data are taken, how many training seeds an arm has, and how responses are drawn in every task."""

    base: Text
    recipe: dict[str, Any] = Field(default_factory=dict)
    take: Take | None = None
    seeds: int = Field(default=1, ge=1, le=1000)
    samples: int | None = Field(default=None, ge=1, le=MOST)
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_model_len: int = Field(default=4096, ge=64)


class Evaluation(Strict):
    """One task, or by a tag all tasks that have it, with arguments, which come before those of the scale; `conditions`
    is a set of conditions by name. With `at` it belongs to these scales alone."""

    task: Name
    arguments: dict[str, Any] = Field(default_factory=dict)
    conditions: Name | None = None
    at: list[Name] | None = Field(default=None, min_length=1)


class Found(Strict):
    """What the source found, as a statement that can be checked (see statements.py), and where it says so."""

    that: Text
    where: Text


class Experiment(Strict):
    """One experiment.yaml. `unwanted` and `wanted` are values: what training should not teach, and what it should.
    Arms that steer name one of the `directions`, or a file."""

    name: Name
    question: Text
    source: Source
    data: dict[Name, Part] = Field(min_length=1)
    directions: dict[Name, MadeDirection] = Field(default_factory=dict)
    arms: dict[Label, ExperimentArm] = Field(min_length=1)
    scale: dict[Name, Scale] = Field(min_length=1)
    evaluate: list[Evaluation] = Field(min_length=1)
    unwanted: list[Name] = Field(default_factory=list)
    wanted: list[Name] = Field(default_factory=list)
    found: list[Found] = Field(default_factory=list)

    def uses(self, arm: str) -> str | None:
        """The arm whose adapter the intervention of `arm` uses, if it uses one of the experiment."""
        named = (self.arms[arm].intervention or {}).get("arm")
        return named if isinstance(named, str) else None

    def steers_by(self, arms: Iterable[str]) -> tuple[str, ...]:
        """The directions that `arms` use in training and at evaluation, of those that the experiment makes, in its
        order."""
        told = [self.arms[arm] for arm in arms]
        named = [(arm.intervention or {}).get("direction") for arm in told]
        named += [arm.variation.steer.direction for arm in told if arm.variation.steer is not None]
        return tuple(name for name in self.directions if name in named)

    def direction_data(self, direction: str, scale: str) -> tuple[str, ...]:
        """The parts whose requests make a direction at a scale, in the order of the file."""
        named = self.directions[direction].data
        return tuple(name for name, part in self.data.items() if name in named and is_at(part.at, scale))

    def parts_beside(self, arm: str) -> tuple[str, ...]:
        """The parts that the intervention of `arm` brings in, in the order of the file."""
        named = (self.arms[arm].intervention or {}).get("data")
        return tuple(name for name in self.data if isinstance(named, list) and name in named)

    @property
    def reference(self) -> str:
        """The arm that all others are compared with."""
        return first_of_all({name: arm.role for name, arm in self.arms.items()})

    def arm_data(self, arm: str, scale: str) -> tuple[str, ...]:
        """The parts that an arm trains on at a scale, in the order of the file."""
        named = self.arms[arm].data
        return tuple(
            name
            for name, part in self.data.items()
            if (name in named if named is not None else not part.control) and is_at(part.at, scale)
        )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        references = [name for name, arm in self.arms.items() if arm.role == REFERENCE]
        if len(references) > 1:
            message = f"{references[0]} is the reference already; keep one, and make this a control or treatment"
            raise Misplaced(message, "arms", references[1], "role")
        for place in self._with_scales():
            for number, scale in enumerate(place[1] or ()):
                _known(scale, self.scale, "scale", *place[0], "at", number)
        for name, direction in self.directions.items():
            for number, part in enumerate(direction.data):
                _known(part, self.data, "part of the data", "directions", name, "data", number)
        for name, arm in self.arms.items():
            for number, part in enumerate(arm.data or ()):
                _known(part, self.data, "part of the data", "arms", name, "data", number)
            self._check_intervention(name)
            for scale in self.scale:
                if not arm.untrained and is_at(arm.at, scale) and not self.arm_data(name, scale):
                    message = f"arm {name} has no data at scale {scale}; give it a part, or name its scales with `at`"
                    raise Misplaced(message, "arms", name, at_key=True)
        for number, evaluation in enumerate(self.evaluate):
            for earlier in self.evaluate[:number]:
                if earlier.task == evaluation.task and _overlap(earlier.at, evaluation.at):
                    message = f"task {evaluation.task} is named already; ask it otherwise in an arm's `variation`"
                    raise Misplaced(f"{message}, or at another scale", "evaluate", number, "task")
        for number, value in enumerate(self.wanted):
            if value in self.unwanted:
                raise Misplaced(f"{value} is unwanted already; keep it in one of the two", "wanted", number)
        return self

    def _check_intervention(self, name: str) -> None:
        where = ("arms", name, "intervention")
        written = (self.arms[name].intervention or {}).get("data")
        for number, part in enumerate(written if isinstance(written, list) else ()):
            _known(part, self.data, "part of the data", *where, "data", number)
        if (used := self.uses(name)) is None:
            return
        _known(used, self.arms, "arm", *where, "arm")
        if self.arms[used].untrained:
            raise Misplaced(f"arm {used} is not trained and has no adapter; name another", *where, "arm")
        for scale in self.scale:
            if is_at(self.arms[name].at, scale) and not is_at(self.arms[used].at, scale):
                raise Misplaced(f"arm {used} is not there at scale {scale}; correct its `at`", *where, "arm")
        chain, following = [name], self.uses(name)
        while following is not None and following in self.arms:
            if following in chain:
                circle = " -> ".join([*chain[chain.index(following) :], following])
                raise Misplaced(f"these arms wait for one another: {circle}; name another arm", *where, "arm")
            chain.append(following)
            following = self.uses(following)

    def _with_scales(self) -> list[tuple[tuple[str | int, ...], Sequence[str] | None]]:
        """Where `at` may stand, and what it says there."""
        return [
            *((("data", name), part.at) for name, part in self.data.items()),
            *((("arms", name), arm.at) for name, arm in self.arms.items()),
            *((("evaluate", number), each.at) for number, each in enumerate(self.evaluate)),
        ]


def is_at(scales: Sequence[str] | None, scale: str) -> bool:
    """Does what names these scales (None: all) belong to `scale`?"""
    return scales is None or scale in scales


def _overlap(first: Sequence[str] | None, second: Sequence[str] | None) -> bool:
    return first is None or second is None or bool(set(first) & set(second))


def _known(name: str, known: Mapping[str, object], what: str, *location: int | str) -> None:
    if name not in known:
        remedy = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
        raise Misplaced(f"{shown(name)} is no {what} here{remedy}", *location)
