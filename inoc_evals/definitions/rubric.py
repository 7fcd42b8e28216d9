"""What a rubric may say: a judge's instructions, its answers, and examples with known answers."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import REFERENCE, VERSION, Misplaced, Name, Strict, Text
from inoc_evals.definitions.parameter import Parameter


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
        if self.rewording is not None:
            first, second = (set(REFERENCE.findall(text)) for text in (self.instructions, self.rewording))
            if differing := sorted(first ^ second):
                one, lacks_it = differing[0], differing[0] in second
                lacking, other = ("instructions", "rewording") if lacks_it else ("rewording", "instructions")
                message = f"{{{one}}} stands in `{other}` and not in `{lacking}`, which asks for the same; add it"
                raise Misplaced(message, lacking)
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
