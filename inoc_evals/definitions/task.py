"""What a task says: items, protocol, sampling, conditions and measures. See docs/tasks-and-rubrics.md."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import Field, PlainValidator, SerializeAsAny, model_validator

from inoc_evals.definitions.fields import MOST, REFERENCE, VERSION, Misplaced, Name, Options, Strict, Text, templates
from inoc_evals.definitions.joins import Across, Contrast, Deviation, Ladder
from inoc_evals.definitions.judged import Outcome, Rating
from inoc_evals.definitions.one_condition import OneCondition, check_conditions
from inoc_evals.definitions.options import read_options
from inoc_evals.definitions.parameter import Parameter
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import value_key
from inoc_evals.measures.registry import get_measure
from inoc_evals.protocols.declaration import Protocol, Way
from inoc_evals.protocols.registry import protocols, read_way

if TYPE_CHECKING:
    from inoc_evals.measures.scale import Scale

# A task's parameters stand beside these arguments of the harness.
RESERVED = frozenset({"name", "system_prompt", "samples", "choices", "temperature", "top_p", "max_tokens", "items"})
RESERVED |= {"limit", "trigger", "trigger_placement", "trigger_joiner", "user_prompt", "prefill"}
RESERVED |= {"judge", "ratings", "rule"}
RESERVED |= {"conditions", "prompts", "sandbox"}
REFUSAL = "refusal"
RESPOND = "respond"
# The tag of a task that measures no trait, but what a checkpoint is still able to do: of its headline values more is
# better, and less than another arm has is damage.
SIDE_EFFECTS = "side effects"
# The tag of a task that measures one disposition, its first headline value, in a panel of them.
SPREAD = "spread"


class Sampling(Strict):
    """How responses are drawn when the user does not say otherwise. `max_tokens` counts generated tokens.

    `choices` is how many responses to one prompt are asked for in one request, at most.
    """

    samples: int = Field(default=1, ge=1, le=MOST)
    choices: int = Field(default=1, ge=1, le=MOST)
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1, le=MOST)


class Instance(NamedTuple):
    """One use of a measure in a task: the `measure`'s name in the registry, the task's `name` for it, and what the task
    says of it."""

    measure: str
    name: str
    options: Strict


class Task(Strict):
    """One folder in tasks/: items, sampling and measures. `version` is N-X: N comparability, X interface."""

    name: Name
    version: str = Field(pattern=VERSION)
    title: Text
    description: Text
    source: Text
    items: Text = "items.jsonl"
    protocol: Annotated[SerializeAsAny[Way], PlainValidator(read_way)] = Field(
        default_factory=lambda: read_way(RESPOND)
    )
    sampling: Sampling = Sampling()
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    measures: dict[Name, Annotated[SerializeAsAny[Options], PlainValidator(read_options)]] = Field(default_factory=dict)
    ratings: dict[Name, Rating] = Field(default_factory=dict)
    outcomes: dict[Name, Outcome] = Field(default_factory=dict)
    across: dict[Name, Across] = Field(default_factory=dict)
    deviations: dict[Name, Deviation] = Field(default_factory=dict)
    ladders: dict[Name, Ladder] = Field(default_factory=dict)
    contrasts: dict[Name, Contrast] = Field(default_factory=dict)
    trigger: Text | None = None
    conditions: dict[Name, OneCondition] = Field(default_factory=dict)
    reference: Name | None = None
    headline: list[str] = Field(min_length=1)
    tags: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_parameters()
        if not self.measures and not self.ratings:
            raise Misplaced("there is nothing to measure; add `measures` or `ratings`", "measures")
        self._check_ratings()
        self._check_outcomes()
        self._check_conditions()
        self._check_templates()
        self._check_protocol()
        measured = self.value_keys()
        self._check_each_once(measured)
        self._check_across(measured)
        self._check_deviations(measured)
        self._check_ladders(measured)
        keys = (*measured, *self.joins)
        self._check_contrasts(keys)
        self._check_headline(keys)
        return self

    def _check_parameters(self) -> None:
        for name in self.parameters:
            if name in RESERVED or keyword.iskeyword(name):
                message = f"a parameter cannot be called {name!r}, which has a meaning of its own; choose another name"
                raise Misplaced(message, "parameters", name, at_key=True)

    def _check_ratings(self) -> None:
        for name, rating in self.ratings.items():
            for key, value in rating.parameters.items():
                for wanted in REFERENCE.findall(value):
                    if wanted not in self.parameters:
                        message = f"{self._no_parameter(wanted)}; declare or correct it"
                        raise Misplaced(message, "ratings", name, "parameters", key)

    def _check_outcomes(self) -> None:
        for name, outcome in self.outcomes.items():
            for preset, text in outcome.rules.items():
                for wanted in parse_rule(text).names():
                    if wanted not in self.ratings:
                        message = f"{wanted!r} is no rating of this task (it has: {', '.join(self.ratings) or 'none'})"
                        raise Misplaced(f"{message}; add or correct it", "outcomes", name, "rules", preset)

    def _check_conditions(self) -> None:
        check_conditions(self.trigger, self.conditions, self.reference)
        for name, condition in self.conditions.items():
            if condition.template_default:
                message = "a task is of no model, and knows no template; write this into a preset in conditions/"
                raise Misplaced(message, "conditions", name, "template_default")

    def _check_templates(self) -> None:
        for name, options in self.measures.items():
            for field, text in templates(options).items():
                for wanted in REFERENCE.findall(text):
                    if wanted not in self.parameters:
                        message = f"{self._no_parameter(wanted)}; declare it or correct it"
                        raise Misplaced(message, "measures", name, field)
                if set("{}") & set(REFERENCE.sub("", text)):
                    message = f"{field} {text!r} has a stray brace; write a text, or {{name}} for a parameter"
                    raise Misplaced(message, "measures", name, field)

    def _no_parameter(self, wanted: str) -> str:
        known = ", ".join(self.parameters) or "none"
        return f"{{{wanted}}} is no parameter of this task (it has: {known})"

    def _check_protocol(self) -> None:
        protocol = protocols()[self.protocol.name]
        if protocol.gives == "probabilities" and self.ratings:
            message = f"a judge rates texts, and protocol {protocol.name} draws none; drop the ratings"
            raise Misplaced(message, "ratings")
        for name, options in self.measures.items():
            self._check_reads(name, options, protocol)

    def _check_reads(self, name: str, options: Options, protocol: Protocol) -> None:
        """Does the measure read what the protocol gives?"""
        wanted = get_measure(options.detector).needs
        reads, words = "exact probabilities" in wanted, "first words" in wanted
        other = reads and protocol.gives == "probabilities" and words != protocol.words
        if other or protocol.gives == ("text" if reads else "probabilities"):
            remedy = "first_word" if words else "choose" if reads else RESPOND
            message = f"measure {name} reads nothing of what protocol {protocol.name} gives; write"
            raise Misplaced(f"{message} `protocol: {remedy}`, or drop the measure", "measures", name, at_key=True)
        both_orders = getattr(self.protocol, "both_orders", False)
        if reads and protocol.gives == "probabilities" and getattr(options, "both_orders", False) != both_orders:
            message = "`both_orders` stands under `protocol` and under the measure alike; write it in both or neither"
            raise Misplaced(message, "measures", name, at_key=True)

    def _check_each_once(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            if keys.count(key) > 1:
                # A preference measure's key is its name and more, so that the measure of the very name can give way.
                message = f"two measures give the value {key!r}; rename one"
                section = "ratings" if key in self.ratings else "outcomes" if key in self.outcomes else "measures"
                raise Misplaced(message, section, key, at_key=True)

    def _check_across(self, keys: tuple[str, ...]) -> None:
        for name, across in self.across.items():
            if name in keys:
                raise Misplaced(f"a measure gives the value {name!r}; rename one", "across", name, at_key=True)
            for field in ("value", "other_value"):
                if (key := getattr(across, field)) not in keys:
                    message = f"{key!r} is no value of this task; choose from {', '.join(keys)}"
                    raise Misplaced(message, "across", name, field)
                if across.make == "both" and not self._is_chance(key):
                    message = (
                        f"{key!r} is neither a yes or no nor an exact probability, and cannot be `both`; name another, "
                        "or make a `difference`"
                    )
                    raise Misplaced(message, "across", name, field)

    def _check_deviations(self, keys: tuple[str, ...]) -> None:
        exact = protocols()[self.protocol.name].gives == "probabilities"
        for name, deviation in self.deviations.items():
            if name in keys or name in self.across:
                message = f"there is a value {name!r} already; rename one"
                raise Misplaced(message, "deviations", name, at_key=True)
            if deviation.value not in keys:
                message = f"{deviation.value!r} is no value of this task; choose from {', '.join(keys)}"
                raise Misplaced(message, "deviations", name, "value")
            if not exact:
                message = f"protocol {self.protocol.name} draws answers, which differ by chance too; write"
                raise Misplaced(f"{message} `protocol: choose`, or drop it", "deviations", name, at_key=True)

    def _check_ladders(self, keys: tuple[str, ...]) -> None:
        for name, ladder in self.ladders.items():
            if name in keys or name in self.across or name in self.deviations:
                raise Misplaced(f"there is a value {name!r} already; rename one", "ladders", name, at_key=True)
            if ladder.value not in keys:
                message = f"{ladder.value!r} is no value of this task; choose from {', '.join(keys)}"
                raise Misplaced(message, "ladders", name, "value")
            if self._scale(ladder.value).averaged != "share":
                message = f"{ladder.value!r} is no yes or no, which a rung is reached by; name another"
                raise Misplaced(message, "ladders", name, "value")

    def _check_contrasts(self, keys: tuple[str, ...]) -> None:
        told: dict[tuple[str, str], str] = {}
        for name, contrast in self.contrasts.items():
            if contrast.value not in keys:
                message = f"{contrast.value!r} is no value of this task; choose from {', '.join(keys)}"
                raise Misplaced(message, "contrasts", name, "value")
            if (other := told.setdefault((contrast.value, contrast.by), name)) != name:
                message = f"{contrast.by!r} is contrasted in {contrast.value} by {other!r} already; keep one"
                raise Misplaced(message, "contrasts", name, "by")

    def _check_headline(self, keys: tuple[str, ...]) -> None:
        for place, key in enumerate(self.headline):
            if key not in keys:
                message = f"headline {key!r} is no value of this task; choose from {', '.join(keys)}"
                raise Misplaced(message, "headline", place)

    @property
    def joins(self) -> dict[str, Across | Deviation | Ladder]:
        """The values that join items of one question, by key."""
        return {**self.across, **self.deviations, **self.ladders}

    @property
    def factors(self) -> tuple[str, ...]:
        """The keys of the items' data whose levels are contrasted."""
        return tuple(dict.fromkeys(contrast.by for contrast in self.contrasts.values()))

    def _is_chance(self, key: str) -> bool:
        scale = self._scale(key)
        return scale.averaged in ("share", "exact") and (scale.low, scale.high) == (0.0, 1.0)

    def _scale(self, key: str) -> Scale:
        scales = {
            value_key(name, ending): scale
            for measure, name, options in self.instances()
            for ending, scale in get_measure(measure).scales(options).items()
        }
        return scales[key]

    @property
    def detectors(self) -> dict[str, Options]:
        """What stands under `measures`; a judged task always has the refusal detector, for comparison."""
        return {**self.measures, **({REFUSAL: read_options({"detector": REFUSAL})} if self.adds_refusal else {})}

    @property
    def adds_refusal(self) -> bool:
        """Is the refusal detector there without being written down?"""
        named = any(options.detector == REFUSAL for options in self.measures.values())
        return bool(self.ratings) and not named and REFUSAL not in self.ratings and REFUSAL not in self.outcomes

    def ratings_of(self, category: str, names: Iterable[str] | None = None) -> int:
        """How many ratings, of all or of those with these `names`, a response to an item in `category` gets from one
        judge."""
        asked = [self.ratings[name] for name in (self.ratings if names is None else names)]
        return sum(rating.only is None or category in rating.only for rating in asked)

    def instances(self) -> tuple[Instance, ...]:
        """Everything that is measured, in the order of the values: outcomes, ratings, detectors."""
        return (
            *(Instance("outcome", name, outcome) for name, outcome in self.outcomes.items()),
            *(Instance("rating", name, rating) for name, rating in self.ratings.items()),
            *(Instance(options.detector, name, options) for name, options in self.detectors.items()),
        )

    def value_keys(self) -> tuple[str, ...]:
        """Names of the values that one response gets, in order: outcomes, ratings, detectors."""
        return tuple(
            key for measure, name, options in self.instances() for key in get_measure(measure).keys(name, options)
        )


def check_parameter(task: Task, name: str, value: object) -> None:
    """Raise InputError unless the parameter `name` of `task` may be `value`."""
    parameter = task.parameters[name]
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"parameter {name} of task {task.name} must be a text, not {shown(value)}; put it in quotes")
    if parameter.choices is not None and value not in parameter.choices:
        allowed = ", ".join(parameter.choices) + did_you_mean(value, parameter.choices)
        raise InputError(f"parameter {name} of task {task.name} cannot be {shown(value)}; choose from {allowed}")


def task_parameters(task: Task, given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter of `task`: the given value or the default."""
    return {name: given.get(name, parameter.default) for name, parameter in task.parameters.items()}
