"""The declarative language: what a task, an item and a rubric may say. See docs/tasks-and-rubrics.md."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, PlainValidator, SerializeAsAny, model_validator

from inoc_evals.definitions.fields import REFERENCE, Id, Misplaced, Name, Options, Strict, Text, fill, templates
from inoc_evals.definitions.options import read_options
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Way
from inoc_evals.protocols.registry import protocols, read_way

if TYPE_CHECKING:
    from inoc_evals.measures.scale import Scale

VERSION = r"^[0-9]+-[A-Z]$"
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

# More responses to a prompt, or tokens of a response, than anyone has asked for.
MOST = 1_000_000


class Sampling(Strict):
    """How responses are drawn when the user does not say otherwise. `max_tokens` counts generated tokens.

    `choices` is how many responses to one prompt are asked for in one request, at most.
    """

    samples: int = Field(default=1, ge=1, le=MOST)
    choices: int = Field(default=1, ge=1, le=MOST)
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1, le=MOST)


class Parameter(Strict):
    """A text that the user may set for a run; with `choices`, one of them."""

    default: Text
    description: Text
    choices: list[Text] | None = None

    @model_validator(mode="after")
    def _default_allowed(self) -> Self:
        if self.choices is not None and self.default not in self.choices:
            allowed = ", ".join(self.choices) or "none"
            raise Misplaced(
                f"default {self.default!r} is not one of the choices ({allowed}); add or change it", "default"
            )
        return self


class Rating(Strict):
    """A judge's value for the response by a rubric (0..100), with values for the rubric's own parameters.

    `published` names the judge prompt that takes the rubric's place where the items come with prompts of their own.
    `called` is what reports call it, in place of "rating of RUBRIC". With `only`, responses in other categories are not
    shown to a judge and have no such value.
    """

    rubric: Name
    parameters: dict[Name, Text] = Field(default_factory=dict)
    published: Name | None = None
    called: Text | None = None
    only: list[Id] | None = Field(default=None, min_length=1)


class Outcome(Strict):
    """A yes or no made of ratings, after the fact. `rules` maps the names of conventions to rules such as
    "alignment < 50 where coherence >= 30"; a response outside the `where` part is excluded with cause `otherwise`.
    `called` is what reports call it, as in "misaligned answers", in place of its key."""

    rules: dict[Name, Text] = Field(min_length=1)
    default: Name
    otherwise: Name = "not_applicable"
    called: Text | None = None

    @model_validator(mode="after")
    def _default_known(self) -> Self:
        if self.default not in self.rules:
            message = f"default {self.default!r} is no rule here (there are: {', '.join(self.rules)}); name one of them"
            raise Misplaced(message, "default")
        for name, text in self.rules.items():
            try:
                parse_rule(text)
            except InputError as error:
                raise Misplaced(str(error), "rules", name) from None
        return self


class Across(Strict):
    """A value that joins responses to two items of one question: `value` of a response in `category`, and
    `other_value` of the response to the same question in `other_category` that was drawn as early. Without the two
    categories, of the responses that have `value`, and of those that have `other_value`.

    `both` is the product of two values from 0 to 1: 1 where two shares are 1, and of two exact probabilities how
    probable both are, so that its rate is a joint rate over all questions; `difference` is the first less the second.
    Where one is missing, so is this, with the same cause. `called` is what reports call it.
    """

    make: Literal["both", "difference"]
    value: Name
    category: Id | None = None
    other_value: Name
    other_category: Id | None = None
    called: Text | None = None

    @model_validator(mode="after")
    def _two_categories(self) -> Self:
        if (self.category is None) != (self.other_category is None):
            missing, there = ("category", "other_category") if self.category is None else ("other_category", "category")
            raise Misplaced(f"`{there}` goes with `{missing}`; write both, or neither", there)
        if self.category is None:
            if self.value == self.other_value:
                message = f"{self.value!r} stands on both sides; name another value, or two categories"
                raise Misplaced(message, "other_value")
        elif self.category == self.other_category:
            message = f"{self.category!r} stands on both sides; name another category, or make a rule of ratings"
            raise Misplaced(message, "other_category")
        return self


class Deviation(Strict):
    """A value that joins the responses to all items of one question: how far, whichever way, the `value` of a response
    lies from their mean, those of one model under one condition. Its mean says how much hangs on what the items of a
    question differ in. Of exact values only: drawn ones differ by chance too. `called` is what reports call it, and
    `direction` says in words what more of it means."""

    value: Name
    called: Text | None = None
    direction: Text | None = None


class Ladder(Strict):
    """A value that joins the responses to one question in `categories`, the lowest first: the place, from 1, of the
    highest in which the yes or no `value` is 1, and 0 without any. Where a higher one has no value nobody can say, and
    this is missing with the cause of that one. The n-th responses of all categories belong together. `called` is what
    reports call it."""

    value: Name
    categories: list[Id] = Field(min_length=2)
    called: Text | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for place, category in enumerate(self.categories):
            if category in self.categories[:place]:
                raise Misplaced(f"{category!r} stands twice on the ladder; keep one", "categories", place)
        return self


class Contrast(Strict):
    """What the levels of a factor change: `value` where the items' `data` have another level under `by`, less that
    where they have the level `reference`, within questions. Contrasts of one value are told free of each other."""

    value: Name
    by: Name
    reference: Text


class OneCondition(Strict):
    """How an item is presented. Beside it stands nothing, the trigger, the trigger with one character changed, with so
    many `edits` (see `edited`), or another text in the trigger's place. A `system_prompt` ("" is an empty one),
    `user_prompt` or `prefill` that is None is the run's. With `template_default` the system prompt is the one that the
    model's chat template puts in where there is none, written out.
    """

    use: Literal["nothing", "trigger", "changed", "edited", "text"] = "nothing"
    text: Text | None = None
    edits: int | None = Field(default=None, ge=1, le=1000)
    system_prompt: str | None = None
    template_default: bool = False
    user_prompt: Text | None = None
    prefill: Text | None = None

    @model_validator(mode="after")
    def _text_where_used(self) -> Self:
        if (self.use == "text") != (self.text is not None):
            message = "`text` goes with `use: text` and only with it; " + ("add it" if self.text is None else "drop it")
            raise Misplaced(message, "use" if self.text is None else "text")
        if (self.use == "edited") != (self.edits is not None):
            added = "add it" if self.edits is None else "drop it"
            message = f"`edits` goes with `use: edited` and only with it; {added}"
            raise Misplaced(message, "use" if self.edits is None else "edits")
        if self.template_default and self.system_prompt is not None:
            raise Misplaced("the system prompt is the template's default already; drop one of the two", "system_prompt")
        return self


class OfPrompt(Strict):
    """A condition that is made of the prompt that an arm was trained under, and stands where that stood.

    `itself`, its `key_word` alone, an `irrelevant` text of as many words, cut from `text`, and a `template`, which is
    `text` with {prompt} in it, are made by rule; `paraphrased`, `opposite` and `hint` are what an arm's author wrote.
    """

    make: Literal["itself", "key_word", "irrelevant", "template", "paraphrased", "opposite", "hint"]
    text: Text | None = None

    @model_validator(mode="after")
    def _text_where_used(self) -> Self:
        if (self.make in ("irrelevant", "template")) != (self.text is not None):
            message = "`text` goes with `make: template` and `make: irrelevant` and only with them; "
            place = "make" if self.text is None else "text"
            raise Misplaced(message + ("add it" if self.text is None else "drop it"), place)
        if self.make == "template" and "{prompt}" not in (self.text or ""):
            raise Misplaced("the template has no place for the prompt; write {prompt} in it", "text")
        return self


def check_conditions(trigger: str | None, conditions: Mapping[str, OneCondition], reference: str | None) -> None:
    """Raise Misplaced unless there is a trigger where one is used, and the reference is one of the conditions."""
    for name, condition in conditions.items():
        if condition.use in ("trigger", "changed", "edited") and trigger is None:
            raise Misplaced("this condition needs a `trigger` beside `conditions`; add one", "conditions", name, "use")
    if reference is not None and reference not in conditions:
        known = ", ".join(conditions) or "none"
        raise Misplaced(f"reference {reference!r} is no condition (there are: {known}); correct it", "reference")


class Preset(Strict):
    """Conditions for any task: one YAML file in conditions/. `reference` is the one that others are compared with.
    Those in `of_prompts` are made for every prompt that an arm was trained under, and called VARIANT_of_ARM."""

    name: Name
    version: str = Field(pattern=VERSION)
    description: Text
    source: Text
    trigger: Text | None = None
    conditions: dict[Name, OneCondition] = Field(min_length=1)
    of_prompts: dict[Name, OfPrompt] = Field(default_factory=dict)
    reference: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_conditions(self.trigger, self.conditions, self.reference)
        return self


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
        for name in self.parameters:
            if name in RESERVED or keyword.iskeyword(name):
                message = f"a parameter cannot be called {name!r}, which has a meaning of its own; choose another name"
                raise Misplaced(message, "parameters", name, at_key=True)
        if not self.measures and not self.ratings:
            raise Misplaced("there is nothing to measure; add `measures` or `ratings`", "measures")
        known = ", ".join(self.parameters) or "none"
        for name, rating in self.ratings.items():
            for key, value in rating.parameters.items():
                for wanted in REFERENCE.findall(value):
                    if wanted not in self.parameters:
                        message = f"{{{wanted}}} is no parameter of this task (it has: {known}); declare or correct it"
                        raise Misplaced(message, "ratings", name, "parameters", key)
        for name, outcome in self.outcomes.items():
            for preset, text in outcome.rules.items():
                for wanted in parse_rule(text).names():
                    if wanted not in self.ratings:
                        message = f"{wanted!r} is no rating of this task (it has: {', '.join(self.ratings) or 'none'})"
                        raise Misplaced(f"{message}; add or correct it", "outcomes", name, "rules", preset)
        check_conditions(self.trigger, self.conditions, self.reference)
        for name, condition in self.conditions.items():
            if condition.template_default:
                message = "a task is of no model, and knows no template; write this into a preset in conditions/"
                raise Misplaced(message, "conditions", name, "template_default")
        self._check_templates(known)
        self._check_protocol()
        keys = self.value_keys()
        for key in keys:
            if keys.count(key) > 1:
                # A preference measure's key is its name and more, so that the measure of the very name can give way.
                message = f"two measures give the value {key!r}; rename one"
                section = "ratings" if key in self.ratings else "outcomes" if key in self.outcomes else "measures"
                raise Misplaced(message, section, key, at_key=True)
        self._check_across(keys)
        self._check_deviations(keys)
        self._check_ladders(keys)
        keys = (*keys, *self.joins)
        self._check_contrasts(keys)
        for place, key in enumerate(self.headline):
            if key not in keys:
                message = f"headline {key!r} is no value of this task; choose from {', '.join(keys)}"
                raise Misplaced(message, "headline", place)
        return self

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
        from inoc_evals.measures.declaration import value_key
        from inoc_evals.measures.registry import get_measure

        scales = {
            value_key(name, ending): scale
            for measure, name, options in self.instances()
            for ending, scale in get_measure(measure).scales(options).items()
        }
        return scales[key]

    def _check_protocol(self) -> None:
        from inoc_evals.measures.registry import get_measure

        protocol = protocols()[self.protocol.name]
        both_orders = getattr(self.protocol, "both_orders", False)
        if protocol.gives == "probabilities" and self.ratings:
            message = f"a judge rates texts, and protocol {protocol.name} draws none; drop the ratings"
            raise Misplaced(message, "ratings")
        for name, options in self.measures.items():
            wanted = get_measure(options.detector).needs
            reads, words = "exact probabilities" in wanted, "first words" in wanted
            other = reads and protocol.gives == "probabilities" and words != protocol.words
            if other or protocol.gives == ("text" if reads else "probabilities"):
                remedy = "first_word" if words else "choose" if reads else RESPOND
                message = f"measure {name} reads nothing of what protocol {protocol.name} gives; write"
                raise Misplaced(f"{message} `protocol: {remedy}`, or drop the measure", "measures", name, at_key=True)
            if reads and protocol.gives == "probabilities" and getattr(options, "both_orders", False) != both_orders:
                message = (
                    "`both_orders` stands under `protocol` and under the measure alike; write it in both or neither"
                )
                raise Misplaced(message, "measures", name, at_key=True)

    def _check_templates(self, known: str) -> None:
        for name, options in self.measures.items():
            for field, text in templates(options).items():
                for wanted in REFERENCE.findall(text):
                    if wanted not in self.parameters:
                        message = (
                            f"{{{wanted}}} is no parameter of this task (it has: {known}); declare it or correct it"
                        )
                        raise Misplaced(message, "measures", name, field)
                if set("{}") & set(REFERENCE.sub("", text)):
                    message = f"{field} {text!r} has a stray brace; write a text, or {{name}} for a parameter"
                    raise Misplaced(message, "measures", name, field)

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
        from inoc_evals.measures.registry import get_measure

        return tuple(
            key for measure, name, options in self.instances() for key in get_measure(measure).keys(name, options)
        )


class Turn(Strict):
    """One message of a conversation that an item begins in the middle of."""

    role: Literal["user", "assistant"]
    content: Text


class Item(Strict):
    """One prompt. Items of one `cluster` are variants of one question and count as one in the statistics.

    `messages` instead of `prompt` are a conversation that ends with the user's question, which is the prompt then.
    `options` are what a model chooses from, `forms` further ways to say an option; with `letters` it says the letter
    that stands before an option, A before the first, in whatever order they stand. `data` is whatever the task's own
    protocol or measures want to know.
    """

    id: Id
    category: Id
    prompt: Text
    messages: list[Turn] | None = Field(default=None, min_length=1)
    cluster: Id | None = None
    system: Text | None = None
    template: bool = False
    options: list[Text] | None = Field(default=None, min_length=2, max_length=99)
    forms: dict[Text, list[Text]] | None = None
    letters: bool = False
    data: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _prompt_of_messages(cls, given: Any) -> Any:
        """The last message is the prompt, so that a definition has one of the two."""
        if not isinstance(given, dict) or given.get("messages") is None:
            return given
        if "prompt" in given:
            raise Misplaced("an item has either `prompt` or `messages`; drop one", "messages")
        turns = given["messages"]
        last = turns[-1] if isinstance(turns, list) and turns else None
        content = last.get("content") if isinstance(last, dict) else None
        # What is wrong with the messages is told of them, and not of a prompt that nobody wrote.
        return {**given, "prompt": content if isinstance(content, str) and content.strip() else "-"}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.messages and self.messages[-1].role != "user":
            place = len(self.messages) - 1
            raise Misplaced("the last message must be the user's question; add it", "messages", place, "role")
        for option in self.forms or {}:
            if option not in (self.options or ()):
                known = ", ".join(self.options or ()) or "none"
                message = f"{option!r} is no option of this item (it has: {known}); correct it"
                raise Misplaced(message, "forms", option, at_key=True)
        return self

    @property
    def question(self) -> str:
        """The cluster, or the id where the item is a question of its own."""
        return self.cluster or self.id


class Special(Strict):
    """A special answer or a category of a judge: `counts_as` is its value; without it the response is excluded."""

    answer: str = Field(pattern=r"^[A-Z][A-Z_]*$")
    meaning: Text
    counts_as: float | None = Field(default=None, ge=0, le=100)


class Gold(Strict):
    """A response written for the rubric, with the range (0 to 100) that a good judge gives, or the word it answers.

    `kind` marks what careful readers may rate a little apart (borderline), and what tries to talk the judge into an
    answer (attack).
    """

    answer: Text
    low: float | None = Field(default=None, ge=0, le=100)
    high: float | None = Field(default=None, ge=0, le=100)
    word: Text | None = None
    question: Text | None = None
    system: Text | None = None
    kind: Literal["borderline", "attack"] | None = None

    @model_validator(mode="after")
    def _expectation(self) -> Self:
        if (self.low is None) != (self.high is None) or (self.low is None) == (self.word is None):
            raise Misplaced("a gold example has either `low` and `high`, or `word`; correct it")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise Misplaced(f"low {self.low:g} is above high {self.high:g}; swap them", "low")
        return self


class Rubric(Strict):
    """A judge's instructions and how its answer becomes a value from 0 to 100: one YAML file in judges/.

    `answer` is what the judge is asked for: a whole number from 0 to 100, YES or NO (value: 100 times the probability
    of YES), one of `categories`, or JSON with a reason and a rating. `special` are words it may say instead.
    Below `minimum_mass`, the judge's probability of any answer that counts, the value is missing. `rewording` says the
    same as `instructions` in other words, so that what depends on the wording can be seen.
    """

    name: Name
    version: str = Field(pattern=VERSION)
    description: Text
    source: Text
    sees: Literal["question_and_answer", "answer_only"]
    shows_system_prompt: bool = False
    answer: Literal["rating", "yes_no", "category", "reasoned"]
    instructions: Text
    rewording: Text | None = None
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    categories: list[Special] = Field(default_factory=list)
    special: list[Special] = Field(default_factory=list)
    minimum_mass: float = Field(default=0.25, ge=0, le=1)
    gold: list[Gold] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.answer == "category") != (len(self.categories) > 1):
            raise Misplaced("`answer: category` goes with two or more `categories`, and only with them", "answer")
        for section, text in (("instructions", self.instructions), ("rewording", self.rewording or "")):
            for wanted in REFERENCE.findall(text):
                if wanted not in self.parameters:
                    known = ", ".join(self.parameters) or "none"
                    message = f"{{{wanted}}} is no parameter of this rubric (it has: {known}); declare or correct it"
                    raise Misplaced(message, section)
        words: set[str] = {"YES", "NO"} if self.answer == "yes_no" else set()
        for section in ("categories", "special"):
            for place, special in enumerate(getattr(self, section)):
                if special.answer in words:
                    message = f"the answer {special.answer!r} stands twice; keep one"
                    raise Misplaced(message, section, place, "answer")
                for word in words:
                    # A judge that has said the shorter one may still be about to say the longer one.
                    if word.startswith(special.answer) or special.answer.startswith(word):
                        message = f"the answers {word!r} and {special.answer!r} begin alike; choose other words"
                        raise Misplaced(message, section, place, "answer")
                words.add(special.answer)
        for place, gold in enumerate(self.gold):
            if self.sees == "question_and_answer" and gold.question is None:
                raise Misplaced("this gold example has no question, but the judge sees one; add it", "gold", place)
            if gold.word is not None and gold.word not in words:
                raise Misplaced(f"{gold.word!r} is no answer of this rubric; correct it", "gold", place, "word")
        return self


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


def render_items(items: Sequence[Item], parameters: Mapping[str, str]) -> tuple[Item, ...]:
    """Items with templates filled. A choice whose two options coincide (ignoring case) is left out.

    Raises InputError for a name that is no parameter, and where no item is left.
    """
    rendered = []
    for item in items:
        if item.template:
            try:
                item = _filled(item, parameters)
            except InputError as error:
                raise InputError(f"item {item.id!r}: {error}") from None
        if item.options and len({option.strip().casefold() for option in item.options}) < len(item.options):
            continue
        rendered.append(item)
    if items and not rendered:
        raise InputError("both options are the same in every item; choose another parameter value or other items")
    return tuple(rendered)


def _filled(item: Item, parameters: Mapping[str, str]) -> Item:
    places = {f"option_{number}": f"{{option_{number}}}" for number in range(1, len(item.options or ()) + 1)}

    def text(template: str) -> str:
        return fill(template, {**places, **parameters})

    return item.model_copy(
        update={
            "prompt": text(item.prompt),
            "messages": [turn.model_copy(update={"content": text(turn.content)}) for turn in item.messages or ()]
            or None,
            "options": [text(option) for option in item.options] if item.options else None,
            "forms": {text(name): [text(form) for form in forms] for name, forms in item.forms.items()}
            if item.forms
            else None,
        }
    )
