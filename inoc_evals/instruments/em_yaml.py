"""Question files in the YAML format of the emergent-misalignment repository, read as they are published."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from inoc_evals.definitions.document import YamlFile, read_yaml
from inoc_evals.definitions.fields import LONGEST_ID, MOST, NOT_BLANK, REFERENCE, Misplaced, Name, Strict, Text
from inoc_evals.definitions.item import Item

TYPES = ("free_form", "free_form_0_100", "free_form_judge", "free_form_judge_0_100")
_SUPPORTED = TYPES[-1]
_FIELDS = ("question", "answer")
_FIELD = r"(\{question\}|\{answer\})"


@dataclass(frozen=True)
class EmQuestions:
    """The questions of one file. `samples` (1 or more) are drawn for each item; the author's `judge` is a model's name.

    `prompts` holds the judge prompts by name. {question} and {answer} in them are to be replaced as they stand, in one
    pass; every other brace is text. `sha256` is that of the file.
    """

    items: tuple[Item, ...]
    samples: int
    judge: str | None
    prompts: Mapping[str, str]
    sha256: str


class Question(Strict):
    """One entry of the list, as the format has it."""

    # "#2" and the like are put behind it for further paraphrases.
    id: str = Field(pattern=NOT_BLANK, max_length=LONGEST_ID - 10)
    type: Literal["free_form_judge_0_100"]
    paraphrases: list[Text]
    samples_per_paraphrase: int = Field(default=1, ge=1, le=MOST)
    system: Text | None = None
    judge: Text | None = None
    judge_prompts: dict[Name, Text] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _type_first(cls, data: Any) -> Any:
        # The other types have other keys: the type is what is wrong, not each of those.
        given = data.get("type") if isinstance(data, dict) else None
        if isinstance(given, str) and given != _SUPPORTED:
            shown = repr(given if len(given) <= 40 else given[:40] + "...")
            message = f"type {shown} is not supported: of the format's types ({', '.join(TYPES)}) only the last is"
            raise Misplaced(message + "; write that or leave the question out", "type")
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.paraphrases:
            raise Misplaced("there are no paraphrases; write at least one", "paraphrases")
        for name, prompt in self.judge_prompts.items():
            if fault := _prompt_fault(prompt):
                raise Misplaced(fault, "judge_prompts", name)
        return self


def load_em_yaml(path: Path) -> EmQuestions:
    """The questions of a file: one item for each paraphrase, of which those of one question form a cluster.

    Raises InputError with file:line:column, also where questions differ in what one run has once: the samples, the
    judge and the judge prompts.
    """
    document = read_yaml(path, yaml.SequenceNode, "question")
    questions = [document.validate(Question, place) for place in range(len(document.data))]
    if not questions:
        raise document.error("the list holds no questions; write at least one")
    for key in ("samples_per_paraphrase", "judge", "judge_prompts"):
        _check_common(document, questions, key)
    first = questions[0]
    return EmQuestions(
        items=_items(document, questions),
        samples=first.samples_per_paraphrase,
        judge=first.judge,
        prompts={name: "".join(_pieces(prompt)) for name, prompt in first.judge_prompts.items()},
        sha256=document.sha256,
    )


def _items(document: YamlFile, questions: list[Question]) -> tuple[Item, ...]:
    items: dict[str, Item] = {}
    for place, question in enumerate(questions):
        for number, text in enumerate(question.paraphrases, start=1):
            name = question.id if number == 1 else f"{question.id}#{number}"
            if name in items:
                # "a#2" may be a question of that id as well as the second paraphrase of "a".
                what = f"id {name!r} stands already in question {items[name].cluster!r}"
                raise document.error(f"{what}; ids must be unique, rename one", place, "id")
            items[name] = Item(id=name, category="open", prompt=text, cluster=question.id, system=question.system)
    return tuple(items.values())


def _check_common(document: YamlFile, questions: list[Question], key: str) -> None:
    first = questions[0]
    for place, question in enumerate(questions):
        if getattr(question, key) != getattr(first, key):
            message = f"{key} of question {question.id!r} differs from that of {first.id!r}; one run has one, so "
            raise document.error(message + "make them equal or split the file", place, key)


def _pieces(prompt: str) -> list[str]:
    """`prompt` cut into text and the fields {question} and {answer}, each field a piece of its own.

    The format's own reader uses str.format. A prompt which that reads has doubled braces where single ones are meant;
    in any other, every brace stands for itself.
    """
    try:
        parsed = list(string.Formatter().parse(prompt))
    except ValueError:
        parsed = []
    if not parsed or any(field not in (None, *_FIELDS) or spec or turned for _, field, spec, turned in parsed):
        return re.split(_FIELD, prompt)
    return [piece for text, field, _, _ in parsed for piece in (text, f"{{{field}}}" if field else "")]


def _prompt_fault(prompt: str) -> str | None:
    pieces = _pieces(prompt)
    whole = "".join(pieces)
    for name in REFERENCE.findall(whole):
        if name not in _FIELDS:
            return f"{{{name}}} is nothing that is filled in; write {{question}} or {{answer}}, or drop the braces"
    fields = [piece for piece in pieces if re.fullmatch(_FIELD, piece)]
    if len(fields) != len(re.findall(_FIELD, whole)):
        return "a field in doubled braces would be filled in; write it without braces"
    if "{answer}" not in fields:
        return "the judge would not see the answer; write {answer} where it belongs"
    return None
