"""What `judges teach` refuses before anything is spent, and what it leaves to learn from; the whole road is in
tests/integration."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.models import named_model
from inoc_evals.commands.judge_sheet import quantisation_in_words, weights_of
from inoc_evals.commands.judge_teach import (
    DATA,
    SHEET,
    Wanted,
    _base,
    _fitting,
    _heard,
    _train,
    control_tokens,
    instrument_of,
    read_share,
    teach,
)
from inoc_evals.definitions.document import load_rubric
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import InputError
from inoc_evals.inoculation.place import check_out
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.answered import answered
from inoc_evals.judging.connect import default_cache, judge_of
from inoc_evals.judging.progress import Advance
from inoc_evals.judging.prompt import Material, from_rubric
from inoc_evals.judging.usage import Judging
from inoc_evals.labelling.lessons import lessons_of, split
from inoc_evals.results.label import Labels
from tests.checkpoints.safetensors_files import adapter
from tests.checkpoints.test_quantised import INT8, model
from tests.inoculation.conftest import tiny
from tests.judging.hosted import hosted
from tests.judging.labelled import drawn, labels
from tests.test_processes import wait_until

__all__ = ["tiny"]

TEXT = """
name: greeting
version: 1-A
description: Is it a greeting?
source: own
sees: question_and_answer
answer: rating
instructions: "you {how} speak . "
rewording: "speak you {how} . "
parameters:
  how: {default: always, description: how}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "rubrics"
    place.mkdir()
    (place / "greeting.yaml").write_text(TEXT)
    return place


def rubric(folder: Path) -> Rubric:
    return load_rubric(folder / "greeting.yaml")


def given(folder: Path, count: int = 12) -> Labels:
    responses = [
        drawn(number, f"hello {number}", answer="hola ." if number % 2 else "adiós") for number in range(count)
    ]
    return labels(responses, [90 if number % 2 else 10 for number in range(count)], rubric(folder))


def nothing(_: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(("text", "share"), [("30%", 0.3), ("0.25", 0.25), (" 50 %", 0.5), ("12.5%", 0.125)])
def test_shares(text: str, share: float) -> None:
    assert read_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["30", "0", "100%", "-5%", "many", "nan", "30%%", "1.0", ""])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(InputError, match="is no share between 0 and 1; write it as in 30%"):
        read_share(text)


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), 0.0, 2.0])
def test_what_is_no_learning_rate(tiny: Path, folder: Path, tmp_path: Path, rate: float) -> None:
    with pytest.raises(InputError, match=r"^--learning-rate "):
        teach(given(folder), Wanted(str(tiny), tmp_path / "out", options={"learning_rate": rate}, folder=folder))


def test_labels_of_an_older_rubric_are_refused(folder: Path) -> None:
    old = given(folder)
    assert instrument_of(old, folder, ()).identity == old.identity
    path = folder / "greeting.yaml"
    path.write_text(TEXT.replace("you {how} speak", "you {how} shout").replace("1-A", "2-A"))
    with pytest.raises(InputError) as caught:
        instrument_of(old, folder, ())
    assert str(caught.value) == (
        "the labels are by rubric greeting 1-A, with other parameters or another wording than this one; say with which "
        "parameters: --set greeting.how=VALUE"
    )
    path.write_text(TEXT.replace("you {how} speak", "you shout").replace("{how}", "").split("parameters")[0])
    with pytest.raises(InputError, match="as it lies here asks otherwise; name the folder of the rubric with --judges"):
        instrument_of(old, folder, ())


def test_labels_of_the_second_wording_and_of_parameters_find_their_rubric(folder: Path) -> None:
    of = rubric(folder)
    for parameters, reworded in (({}, True), ({"how": "never"}, False), ({"how": "never"}, True)):
        instrument = from_rubric(of, parameters, reworded=reworded)
        old = replace(given(folder), identity=instrument.identity)
        settings = [f"greeting.{name}={value}" for name, value in parameters.items()]
        assert instrument_of(old, folder, settings).instructions == instrument.instructions
    with pytest.raises(InputError, match="among those to rate by; those are greeting"):
        instrument_of(given(folder), folder, ["toxicity.how=never"])
    with pytest.raises(InputError, match="say with which parameters: --set"):
        instrument_of(replace(given(folder), identity=from_rubric(of, {"how": "never"}).identity), folder, ())


def test_labels_of_a_published_prompt_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="published prompt greeting, which is no rubric"):
        instrument_of(replace(given(folder), version="published"), folder, ())


@pytest.mark.parametrize("missing", ["base", "labels", "out"])
def test_nothing_is_spent_on_what_cannot_be(tiny: Path, folder: Path, tmp_path: Path, missing: str) -> None:
    old, base, out = given(folder), str(tiny), tmp_path / "out"
    if missing == "base":
        base, words = str(tmp_path / "nowhere"), "no folder, no hub id"
    elif missing == "labels":
        old, words = replace(old, labels=()), "there is no label to learn from"
    else:
        out.mkdir()
        (out / "thesis.tex").write_text("mine")
        words = "this folder holds something else"
    with pytest.raises(InputError, match=words):
        teach(old, Wanted(base, out, folder=folder))
    assert not (tmp_path / "out" / SHEET).exists()


def test_only_plain_whole_models_are_taught(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a LoRA adapter; name the full model to teach"):
        _base(str(adapter(tmp_path / "lora")), nothing)
    packed = model(tmp_path / "packed", INT8)
    with pytest.raises(InputError) as caught:
        _base(str(packed), nothing)
    assert str(caught.value) == (
        f"{packed} is quantised (compressed-tensors, weights of 8 bits, activations of 8), and a judge is taught on "
        "plain weights; name the model that it was made from; what it learns can be served on both"
    )


def test_a_judge_learns_answers_to_its_own_prompts_and_goes_on_where_it_was_interrupted(
    tiny: Path, folder: Path, tmp_path: Path
) -> None:
    """The first training is cut short at its last step, when the state of an earlier one is kept; the command goes on
    with it, in a process of its own, and another time nothing is left to do."""
    found = lessons_of(given(folder), from_rubric(rubric(folder)), lambda _: [])
    parts, longest = _fitting(split(found, 0.3, 0), _tokenizer(tiny), 4096)
    assert longest <= 4096
    out, said = tmp_path / "judge", list[str]()
    base = resolve(str(tiny))
    recipe = Recipe(max_steps=10, batch_size=4, max_length=longest)
    rows = [lesson.row() for lesson in parts.learn]

    def interrupt(step: int, *_: object) -> None:
        if step == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(base.trained_on, rows, out, recipe, interrupt)
    assert not out.exists()
    _train(base, parts, recipe, out, said.append)
    # Steps are told by fives, and a training that begins anew tells the fifth.
    assert said[0].startswith("step 10/10, ")
    record = json.loads((out / "training.json").read_text())
    assert record["examples"] == len(parts.learn)
    # What is masked and what is learnt is tested with the recipe.
    assert record["recipe"]["max_length"] == longest
    assert any(line.startswith("taught in ") for line in said)
    _train(base, parts, recipe, out, said.append)
    assert said[-1] == f"{out} was already taught by these labels with this recipe"
    _a_sheet_beside_it(out, tiny)


def test_sigterm_in_a_training_leaves_no_lessons_behind(
    tiny: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    parts = split(lessons_of(given(folder), from_rubric(rubric(folder)), lambda _: []), 0.3, 0)

    def end() -> None:
        wait_until(lambda: any(scratch.rglob("lessons.jsonl")))
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        _train(resolve(str(tiny)), parts, Recipe(max_steps=10), tmp_path / "judge", nothing)
    assert not any(scratch.iterdir())


def test_only_ratings_that_are_missing_are_asked_for(folder: Path, own_cache: Path) -> None:
    """Ctrl-C comes with the sixth rating by the base; another one may be ready at that moment."""
    instrument = from_rubric(rubric(folder))
    parts = split(lessons_of(given(folder, 40), instrument, lambda _: []), 0.5, 0)
    texts, rated = [lesson.material for lesson in parts.kept], list[object]()

    @contextmanager
    def interrupted(what: str, total: int) -> Iterator[Advance]:
        def advance(verdict: object) -> None:
            rated.append(verdict)
            if len(rated) == 6:
                signal.raise_signal(signal.SIGINT)

        yield advance

    with hosted() as server:
        taught, base = (named_model(f"{server.url}#{name}") for name in ("taught", "base"))
        with pytest.raises(KeyboardInterrupt):
            answered(judge_of(base, default_cache(), 5), [instrument], texts, interrupted)
        kept = tuple(rated)
        counts = []
        for _ in range(2):
            took: list[Judging] = []
            with noted(took):
                found = _heard(taught, base, instrument, parts)
            assert (found.taught.rated, found.base.rated) == (len(texts), len(texts))
            counts.append({one.judge.split()[0]: (one.asked, one.reused) for one in took[0].spent if one.rubric})
    assert 6 <= len(kept) < len(texts)
    left = len(texts) - len(kept)
    assert counts[0] == {"openai-api/judge/taught": (len(texts), 0), "openai-api/judge/base": (left, len(kept))}
    assert set(counts[1].values()) == {(0, len(texts))}


def _a_sheet_beside_it(out: Path, base: Path) -> None:
    """The sheet is no part of the judge, and may be replaced with it."""
    before = resolve(str(out)).content_hash
    (out / DATA).write_text("{}")
    (out / SHEET).write_text("#")
    assert resolve(str(out)).content_hash == before
    check_out(out)
    weights = weights_of(str(out))
    assert (weights.sha256, weights.base, weights.quantisation) == (before, str(base), "none")
    assert weights.base_sha256 == resolve(str(base)).content_hash


def test_the_words_of_a_tokenizer_are_found(tiny: Path) -> None:
    tokenizer = _tokenizer(tiny)
    assert control_tokens(tokenizer, Material("hello <|end|> <|odd|> [INST]", "q")) == ["<|end|>"]


def test_lessons_that_no_judge_reads_whole_are_left_out(tiny: Path, folder: Path) -> None:
    old = given(folder)
    long = [replace(old.drawn[0], answer="hola " * 5000), *old.drawn[1:]]
    found = lessons_of(replace(old, drawn=tuple(long)), from_rubric(rubric(folder)), lambda _: [])
    parts = split(found, 0.3, 0)
    fitting, longest = _fitting(parts, _tokenizer(tiny), 4096)
    assert len(fitting.learn) + len(fitting.kept) == 11
    assert longest < 1000


def test_quantised_weights_are_named_on_the_sheet(tmp_path: Path) -> None:
    folder = model(tmp_path / "packed", INT8)
    words = "compressed-tensors, weights of 8 bits, activations of 8"
    assert quantisation_in_words(resolve(str(folder))) == words
    assert weights_of(str(folder)).quantisation == words


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)
