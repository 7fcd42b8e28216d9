"""Labels by people as what a judge is to learn: its own prompt, and the answer that a person gives. Pure.

Which labels are kept aside is drawn by question: responses to one question are alike, and who has learnt from one of
them knows more of another than of a response to a new question.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.errors import InputError
from inoc_evals.judging.found_out import QUIET
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.results.label import Drawn, Label, Labels

SIDE = 50.0  # in points: which side of it an answer is on
_TRIES = 200


@dataclass(frozen=True)
class Lesson:
    """A label that counts, the judge's whole `prompt` about its response, and the `completion` that says the same.
    `shown` is what of the response stands in the prompt, whose tags have a mark for each response. Lessons with one
    `question` are of responses to the same question."""

    drawn: Drawn
    label: Label
    prompt: str
    completion: str
    shown: tuple[str | None, ...]
    question: str

    @property
    def material(self) -> Material:
        """What is judged."""
        return material_of(self.drawn)

    @property
    def kind(self) -> str:
        """Which of the answers that are told apart it is: a word that sets the response apart, or a side of 50."""
        if self.label.value is None:
            return self.label.word or ""
        return "high" if self.label.value >= SIDE else "low"

    def row(self) -> dict[str, Any]:
        """The chat row to learn from."""
        said = [{"role": "user", "content": self.prompt}, {"role": "assistant", "content": self.completion}]
        return {"messages": said, "chat_template_kwargs": dict(QUIET)}


@dataclass(frozen=True)
class Split:
    """Lessons to `learn` from and those `kept` aside, which share no question. `repeated` of these are left out because
    a judge would have read the very same texts while it learnt."""

    learn: Sequence[Lesson]
    kept: Sequence[Lesson]
    repeated: int


def material_of(drawn: Drawn) -> Material:
    """A response as a judge gets it."""
    return Material(drawn.answer, drawn.question, drawn.system)


def shown_of(instrument: Instrument, material: Material) -> tuple[str | None, ...]:
    """What a judge is shown of `material`: answer, question and system prompt, None for what it is not."""
    with_system = instrument.rubric is not None and instrument.rubric.shows_system_prompt
    question = material.question if instrument.sees_question else None
    return (material.answer, question, material.system if with_system else None)


def lessons_of(
    labels: Labels, instrument: Instrument, control_tokens: Callable[[Material], Iterable[str]]
) -> list[Lesson]:
    """The labels that count, in the order of the draw. `control_tokens` tells what in a text the judge's own tokenizer
    takes for one token, see `render`.

    Raises InputError where there is none, and for a label that the rubric has no answer for.
    """
    settled = labels.settled()
    # Of a blank response no judge is asked.
    chosen = [drawn for drawn in labels.drawn if drawn.response in settled and drawn.answer.strip()]
    if not chosen:
        message = "there is no label to learn from"
        if labels.labels:
            message = "there is no label on which the raters agree, and none that is adjudicated"
        raise InputError(f"{message}; label responses, or settle them, and read the sheets with `judges labels`")
    questions = _questions(chosen)
    found = []
    for drawn, question in zip(chosen, questions, strict=True):
        material, label = material_of(drawn), settled[drawn.response]
        prompt = render(instrument, material, control_tokens(material))
        found.append(
            Lesson(drawn, label, prompt, completion(instrument, label), shown_of(instrument, material), question)
        )
    return found


def completion(instrument: Instrument, label: Label) -> str:
    """The judge's answer that says what `label` says. Raises InputError where the rubric has none."""
    if label.word is not None:
        if label.word.upper() not in instrument.words:
            raise _no_answer(instrument, label, repr(label.word))
        return label.word.upper()
    value = label.value
    if value is None:
        raise _no_answer(instrument, label, "neither a value nor a word")
    if instrument.kind == "rating":
        return str(round(value))
    if instrument.kind == "reasoned":
        return json.dumps({"reason": " ".join(label.note.split()), "rating": round(value)}, ensure_ascii=False)
    alike = [word for word, counts in instrument.words.items() if counts is not None and abs(counts - value) <= 0.5]
    if not alike:
        raise _no_answer(instrument, label, f"{value:g}")
    return alike[0]


def split(lessons: Sequence[Lesson], share: float, seed: int) -> Split:
    """Keep `share` (0 to 1, exclusive) of the lessons aside, or a little more, by whole questions, drawn with `seed` so
    that both parts hold two kinds of answers.

    Raises InputError where that cannot be: for one question, or where nearly all labels say the same.
    """
    questions = list(dict.fromkeys(lesson.question for lesson in lessons))
    if len(questions) < 2:
        message = f"all {len(lessons)} labels are of responses to one question, so that none can be kept aside"
        raise InputError(f"{message}; label responses to other questions too")
    kinds = sorted({lesson.kind for lesson in lessons})
    if len(kinds) < 2:
        what = {"high": "50 or more", "low": "below 50"}.get(kinds[0], kinds[0])
        message = f"all {len(lessons)} labels say the same ({what}), from which no judge learns to tell"
        raise InputError(f"{message}; label responses of which people say otherwise")
    draw = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(_TRIES):
        order = sorted(questions)
        draw.shuffle(order)
        aside = _aside(lessons, order, share)
        parts = Split(*_parted(lessons, aside))
        if all(len({lesson.kind for lesson in part}) > 1 for part in (parts.learn, parts.kept)):
            return parts
    message = f"of {len(lessons)} labels of {len(questions)} questions no {100 * share:g}% can be kept aside"
    raise InputError(
        f"{message} so that both parts hold two kinds of answers ({', '.join(kinds)}); label more responses"
    )


def _aside(lessons: Sequence[Lesson], order: Sequence[str], share: float) -> set[str]:
    sizes = Counter(lesson.question for lesson in lessons)
    aside: set[str] = set()
    for question in order[:-1]:
        aside.add(question)
        if sum(sizes[name] for name in aside) >= share * len(lessons):
            break
    return aside


def _parted(lessons: Sequence[Lesson], aside: set[str]) -> tuple[list[Lesson], list[Lesson], int]:
    learn = [lesson for lesson in lessons if lesson.question not in aside]
    kept = [lesson for lesson in lessons if lesson.question in aside]
    learnt = {lesson.shown for lesson in learn}
    new = [lesson for lesson in kept if lesson.shown not in learnt]
    return learn, new, len(kept) - len(new)


def _questions(drawn: Sequence[Drawn]) -> list[str]:
    """The question of each, by the name of the first response to it: responses of one cluster of a task, or whose
    question is the same text, are of one question."""
    first: dict[tuple[str, ...], str] = {}
    parents = {each.response: each.response for each in drawn}

    def root(name: str) -> str:
        while parents[name] != name:
            name = parents[name]
        return name

    for each in drawn:
        keys: list[tuple[str, ...]] = [("cluster", each.task, each.cluster)]
        if each.question is not None:
            keys.append(("question", " ".join(each.question.split())))
        for key in keys:
            ours, theirs = root(each.response), root(first.setdefault(key, each.response))
            parents[ours] = theirs
    return [root(each.response) for each in drawn]


def _no_answer(instrument: Instrument, label: Label, said: str) -> InputError:
    answers = ", ".join(instrument.words) or "numbers from 0 to 100"
    message = (
        f"the label of response {label.response} by {label.rater} is {said}, which the rubric {instrument.name} has"
    )
    return InputError(f"{message} no answer for (it has {answers}); correct the label")
