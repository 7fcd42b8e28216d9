"""What raters are asked: the rubric's instructions, and the answers that they may give."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError
from inoc_evals.files import write_whole
from inoc_evals.judging.prompt import Instrument, Kind
from inoc_evals.results.label import Drawn

FORM = "form.json"
NO_SYSTEM = "(there is none)"
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,20})?")
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Word:
    """A word that a rater may answer, its value from 0 to 100 (None: it sets the response apart), and its meaning,
    which is empty for YES and NO: the instructions tell it."""

    word: str
    value: float | None
    meaning: str


@dataclass(frozen=True)
class Form:
    """A rubric of a `kind` as raters get it: `instructions`, `words`, and what they are shown beside the answer. Rates
    are decided at the value `threshold`, 0 to 100, which raters are not told."""

    rubric: str
    kind: Kind
    instructions: str
    words: tuple[Word, ...]
    shows_question: bool
    shows_system: bool
    threshold: float

    @property
    def numbers(self) -> bool:
        """May a rater answer a number from 0 to 100?"""
        return self.kind in ("rating", "reasoned")

    def shown(self, drawn: Drawn) -> dict[str, str]:
        """The texts that a rater sees, by name, in order."""
        texts: dict[str, str] = {}
        if self.shows_system:
            texts["system"] = drawn.system if drawn.system is not None else NO_SYSTEM
        if self.shows_question:
            texts["question"] = drawn.question or ""
        return {**texts, "answer": drawn.answer}

    def wanted(self) -> str:
        """What may be answered, for the middle of a sentence: "a number from 0 to 100, REFUSAL or CODE"."""
        listed = (["a number from 0 to 100"] if self.numbers else []) + [each.word for each in self.words]
        return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"

    def read(self, answer: str | float) -> tuple[float | None, str | None]:
        """The value, and the word where it is one, of what a rater wrote. Raises InputError for anything else.

        The case of words does not matter, and a number may have a decimal comma, as spreadsheets write it.
        """
        text = answer.strip() if isinstance(answer, str) else str(answer)
        for each in self.words:
            if text.upper() == each.word:
                return each.value, each.word
        if self.numbers and _NUMBER.fullmatch(text):
            value = float(text.replace(",", "."))
            if value <= 100:
                return value, None
        raise InputError(f"the label is {text[:40]!r}; write {self.wanted()}")


def form_of(instrument: Instrument, threshold: float) -> Form:
    """The form of a rubric's instrument, by which rates are decided at `threshold`."""
    rubric = instrument.rubric
    if rubric is None:
        raise ValueError("raters are asked by a rubric")
    meanings = {special.answer: special.meaning for special in (*rubric.categories, *rubric.special)}
    return Form(
        rubric=instrument.name,
        kind=instrument.kind,
        instructions=instrument.instructions,
        words=tuple(Word(word, value, meanings.get(word, "")) for word, value in instrument.words.items()),
        shows_question=instrument.sees_question,
        shows_system=rubric.shows_system_prompt,
        threshold=threshold,
    )


class _Word(BaseModel):
    model_config = _STRICT
    word: str
    value: Annotated[float, Field(ge=0, le=100)] | None
    meaning: str


class _Form(BaseModel):
    model_config = _STRICT
    rubric: str
    kind: Kind
    instructions: str
    words: list[_Word]
    shows_question: bool
    shows_system: bool
    threshold: Annotated[float, Field(ge=0, le=100)]


def write_form(folder: Path, form: Form) -> None:
    """Write the form into a folder of labels. Raises WorkError."""
    write_whole(folder / FORM, json.dumps(asdict(form), indent=1) + "\n")


def read_form(folder: Path) -> Form:
    """The form of a folder of labels. Raises InputError where there is none or it is damaged."""
    path = folder / FORM
    data = read_object(path, "a folder that `inoc-evals judges label` wrote")
    try:
        fields: Mapping[str, object] = dict(_Form.model_validate(data))
        words = tuple(Word(**each) for each in data["words"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        message = f"{where} is not as it was written ({first['msg'].lower()}); restore the file, or draw again"
        raise InputError.at(path, message) from None
    return Form(**{**fields, "words": words})  # type: ignore[arg-type]
