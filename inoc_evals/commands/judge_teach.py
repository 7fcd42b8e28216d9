"""What `inoc-evals judges teach` does: a LoRA judge from labels by people, and how it fares on labels kept aside."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inoc_evals.checkpoints.quantised import quantisation_of
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.client.errors import ServerError
from inoc_evals.commands.judge_sheet import head_with, weights_of
from inoc_evals.commands.rate_rows import applied
from inoc_evals.commands.train import recipe_of
from inoc_evals.commands.training_pace import TrainingPace
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.files import write_whole
from inoc_evals.harness.inspect.stopping import sigterm_as_ctrl_c
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.place import RECORD, check_out
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.train import is_trained
from inoc_evals.inoculation.training_process import Training, train_apart
from inoc_evals.judging.answered import answered
from inoc_evals.judging.connect import default_cache, judge_of, taught_and_base
from inoc_evals.judging.disarm import candidates
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.found_out import QUIET
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.own_judge import window, without_template
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.sheet import RubricSheet, rubric_sheet
from inoc_evals.labelling.classes import classes_of
from inoc_evals.labelling.labelled import instrument_of as instrument_as_drawn
from inoc_evals.labelling.lessons import Lesson, Split, lessons_of, split
from inoc_evals.labelling.taught import Lecture, Said, lecture
from inoc_evals.labelling.taught_gold import OnGold, gold_is_for, learnt_from
from inoc_evals.labelling.taught_text import Taught, document, markdown
from inoc_evals.results.label import Labels

if TYPE_CHECKING:
    from inspect_ai.model import Model

SHEET, DATA = "judge.md", "judge.json"
_RATINGS = 5
_EPOCHS = 3.0


@dataclass(frozen=True)
class Wanted:
    """What `judges teach` is asked for: `keep_aside` is the share (0 to 1, exclusive) of labels that the judge does not
    learn from, `options` are the settings of the recipe that are given, `folder` one more of rubrics, `settings` the
    parameters of the rubric as RUBRIC.PARAMETER=VALUE."""

    base: str
    out: Path
    keep_aside: float = 0.3
    options: Mapping[str, Any] | None = None
    folder: Path | None = None
    settings: Sequence[str] = ()


def read_share(text: str) -> float:
    """The share that "30%" or "0.3" is. Raises InputError for anything that leaves one of two parts empty."""
    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError:
        share = 0.0
    if rest or not 0 < share < 1:
        raise InputError(f"--keep-aside {text!r} is no share between 0 and 1; write it as in 30% or 0.3")
    return share


def teach(labels: Labels, wanted: Wanted, *, as_json: bool = False) -> None:
    """Teach a judge, ask it and its base about the labels kept aside, and leave both in `wanted.out` with what was
    found. The same command goes on where it was interrupted. Raises InputError before anything is spent, and WorkError.
    """
    given = {"epochs": _EPOCHS, **{key: value for key, value in (wanted.options or {}).items() if value is not None}}
    recipe = recipe_of(given)
    instrument = instrument_of(labels, wanted.folder, wanted.settings)
    check_out(wanted.out)
    _require()
    say: Callable[[str], None] = lambda text: click.echo(text, err=as_json)  # noqa: E731
    checkpoint = _base(wanted.base, say)
    tokenizer = BaseModel(checkpoint.trained_on, "lora").tokenizer
    if tokenizer.chat_template is None:
        raise without_template(wanted.base)
    lessons = lessons_of(labels, instrument, lambda material: control_tokens(tokenizer, material))
    parts, longest = _fitting(split(lessons, wanted.keep_aside, recipe.seed), tokenizer, window(checkpoint.base))
    recipe = recipe.model_copy(update={"max_length": longest})
    _say_parts(parts, len(labels.drawn), say)
    _train(checkpoint, parts, recipe, wanted.out, say)
    with taught_and_base(str(wanted.out)) as (learnt, untaught):
        found = _heard(learnt, untaught, instrument, parts)
        gold = _on_gold(learnt, untaught, instrument, find_rubric(labels.rubric, wanted.folder)[1], parts)
    taught = Taught(
        head=head_with(f"vllm/{wanted.out}", found.taught.judge, weights_of(str(wanted.out))),
        base=wanted.base,
        rubric=instrument.name,
        version=instrument.version,
        identity=instrument.identity,
        raters=sorted({lesson.label.rater for lesson in lessons}),
        drawn=len(labels.drawn),
        settled=len(lessons),
        learnt=len(parts.learn),
        repeated=parts.repeated,
        too_long=len(lessons) - len(parts.learn) - len(parts.kept) - parts.repeated,
        seed=recipe.seed,
        training=json.loads((wanted.out / RECORD).read_text(encoding="utf-8")),
        lecture=found,
        gold=gold,
    )
    write_whole(wanted.out / DATA, json.dumps(document(taught), indent=2) + "\n")
    write_whole(wanted.out / SHEET, markdown(taught))
    if as_json:
        print_document({**document(taught), "files": [str(wanted.out / SHEET), str(wanted.out / DATA)]})
    else:
        click.echo(f"{found.words()}\n{wanted.out / SHEET}: its data sheet; use it as --judge vllm/{wanted.out}")


def instrument_of(labels: Labels, folder: Path | None, settings: Sequence[str]) -> Instrument:
    """The rubric as it was when responses were drawn, in its first or second wording. Raises InputError where it is
    another now, and for labels that were drawn for a published prompt."""
    name = labels.rubric
    if labels.version == "published":
        message = f"these labels are of the published prompt {name}, which is no rubric"
        raise InputError(f"{message}; draw and label by a rubric to teach a judge")
    _, rubric = find_rubric(name, folder)
    (given,) = applied([name], folder, settings)
    if rubric.rewording is not None:
        second = from_rubric(rubric, given.parameters, reworded=True)
        if second.identity == labels.identity:
            return second
    return instrument_as_drawn(labels, rubric, given.parameters)[0]


def control_tokens(tokenizer: Any, material: Material) -> list[str]:
    """What in `material` the tokenizer takes for one token although it is a bracketed word, as a judge on a server
    finds out."""
    words = sorted(candidates("\n".join(material.texts())))
    return [word for word in words if len(tokenizer(word, add_special_tokens=False)["input_ids"]) == 1]


def _require() -> None:
    from inoc_evals.serving.server import VLLM, check_engine

    require("train", "teaching a judge")
    check_engine(VLLM)


def _base(named: str, say: Callable[[str], None]) -> Checkpoint:
    checkpoint = resolve(named, progress=say)
    if checkpoint.adapter is not None:
        raise InputError(f"{named!r} is a LoRA adapter; name the full model to teach")
    quantised = quantisation_of(Path(checkpoint.base))
    if quantised is not None:
        message = f"{named} is quantised ({quantised.words()}), and a judge is taught on plain weights"
        remedy = "name the model that it was made from; what it learns can be served on both"
        raise InputError(f"{message}; {remedy}")
    return checkpoint


def _fitting(parts: Split, tokenizer: Any, most: int) -> tuple[Split, int]:
    """The lessons that a judge of ours, which reads `most` tokens, can read whole, and the tokens of the longest one.
    Raises InputError where none of them can be learnt from."""

    def tokens(lesson: Lesson) -> int:
        row = lesson.row()["messages"]
        return len(tokenizer.apply_chat_template(row, tokenize=True, return_dict=True, **QUIET)["input_ids"])

    sizes = {id(lesson): tokens(lesson) for lesson in (*parts.learn, *parts.kept)}
    learn = [lesson for lesson in parts.learn if sizes[id(lesson)] <= most]
    kept = [lesson for lesson in parts.kept if sizes[id(lesson)] <= most]
    if not learn or not kept:
        raise InputError(f"the labelled responses are longer than the {most} tokens that a judge reads; label others")
    return replace(parts, learn=learn, kept=kept), max(16, *(sizes[id(lesson)] for lesson in learn))


def _say_parts(parts: Split, drawn: int, say: Callable[[str], None]) -> None:
    learnt, kept = len(parts.learn), len(parts.kept)
    say(f"of {drawn} responses drawn {learnt} labels to learn from and {kept} kept aside, which share no question")


def _train(checkpoint: Checkpoint, parts: Split, recipe: Recipe, out: Path, say: Callable[[str], None]) -> None:
    rows = [lesson.row() for lesson in parts.learn]
    if is_trained(checkpoint.trained_on, rows, recipe, out):
        say(f"{out} was already taught by these labels with this recipe")
        return
    name = str(out)
    pace = TrainingPace({name: recipe.steps(len(rows))})

    def progress(_: str, step: int, steps: int, loss: float) -> None:
        left = pace.left(name, step) if step < steps else ""
        say(", ".join(filter(None, (f"step {step}/{steps}", f"loss {loss:.3f}", left))))

    # The lessons are texts of the user's, and stay nowhere.
    with sigterm_as_ctrl_c(), tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "lessons.jsonl"
        write_rows(data, rows)
        training = Training(name, checkpoint.trained_on, data, out, recipe)
        train_apart([training], progress, lambda _, took: say(f"taught in {took:.0f} s"))


def _heard(taught: Model, base: Model, instrument: Instrument, parts: Split) -> Lecture:
    """Ask the judge that was taught, and its base, about what was kept aside."""
    texts = [lesson.material for lesson in parts.kept]
    cache = default_cache()

    def said(model: Model) -> Said:
        judge = judge_of(model, cache, _RATINGS)
        verdicts = answered(judge, [instrument], texts, ratings_shown).verdicts
        return Said(judge.id, verdicts, asyncio.run(_found(judge, instrument, texts)))

    return lecture(parts.kept, classes_of(instrument), said(taught), said(base))


def _on_gold(taught: Model, base: Model, instrument: Instrument, rubric: Rubric, parts: Split) -> OnGold | None:
    """Ask both about the rubric's gold, where it is for what was labelled."""
    if not gold_is_for(instrument, rubric):
        return None
    examples, cache = [material(gold) for gold in rubric.gold], default_cache()

    def sheet(model: Model) -> RubricSheet:
        found = answered(judge_of(model, cache, _RATINGS), [instrument], examples, ratings_shown)
        return rubric_sheet(rubric, instrument, found)

    return OnGold(sheet(taught), sheet(base), learnt_from(rubric, instrument, parts.learn))


async def _found(judge: Judge, instrument: Instrument, texts: Sequence[Material]) -> list[Distribution | None]:
    """The probabilities behind the verdicts that were just given."""

    async def one(text: Material) -> Distribution | None:
        try:
            key = (await judge.asked(instrument, text)).key
        except ServerError:
            return None
        return judge.cache.get(key) if judge.cache is not None else None

    try:
        return list(await asyncio.gather(*map(one, texts)))
    finally:
        await judge.rest()
