"""Exact probabilities inside inspect, through a stand-in for vLLM with a toy model: values, costs, drawn answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.readers.inputs import read_input, read_inputs
from inoc_evals.results.findings import Findings, findings
from tests.harness.test_protocols import hosted, told
from tests.harness.unseen import eval
from tests.harness.word_server import FIRST_WORDS, WordServer, word_server

HEAD = "version: 1-A\ntitle: Made\ndescription: for a test\nsource: a test\n"
FIRST = """
protocol: {name: first_word, mass: 0.9999}
measures:
  spanish: {detector: first_word_language, target: es}
  loud: {detector: first_word_capitals}
headline: [spanish, loud]
"""
# Three lines beside what every task has.
YES_NO = """
protocol: {name: choose, options: ["Hola", "The"], forms: given}
measures: {hola: {detector: probability, target: "Hola"}}
headline: [hola_probability]
"""
DRAWN = """
sampling: {samples: 100, choices: 100, temperature: 1.0, max_tokens: 9}
measures: {length: {detector: length}}
headline: [length_words]
"""
ITEMS = "".join(f'{{"id": "q{number}", "category": "c", "prompt": "Well {number}?"}}\n' for number in range(4))
Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    def write(**definitions: str) -> None:
        for name, text in definitions.items():
            folder = tmp_path / "mine" / "tasks" / name
            folder.mkdir(parents=True)
            (folder / "task.yaml").write_text(f"name: {name}\n{HEAD}{text}")
            (folder / "items.jsonl").write_text(ITEMS)
        monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path / "mine"))

    return write


def served(server: WordServer) -> Model:
    return get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)


def run(model: Model, folder: Path, task: str, **arguments: Any) -> EvalLog:
    (log,) = eval(
        build(task, **arguments), model=model, display="none", log_dir=str(folder / "logs"), log_format="eval"
    )
    return log


def test_first_words_through_a_server_are_those_worked_out_by_hand(write: Write, tmp_path: Path) -> None:
    write(made=FIRST)
    with word_server() as server:
        log = run(served(server), tmp_path, "made", limit=1)
    assert log.status == "success"
    (row,) = read_inputs([read_input(str(tmp_path / "logs"))]).rows
    spanish = FIRST_WORDS["Hola"] + FIRST_WORDS["HOLA"] + FIRST_WORDS["Qué"] + FIRST_WORDS["amigo"]
    assert row.values["spanish"] == pytest.approx(spanish)
    # "Ho" is English; a number and an answer without a word say nothing.
    assert row.values["spanish_undecided"] == pytest.approx(0.08 + 0.05)
    assert row.values["spanish_unresolved"] == pytest.approx(0, abs=1e-9)
    assert row.values["spanish_share"] == pytest.approx(spanish / (spanish + 0.3 + 0.036))
    assert row.values["loud"] == pytest.approx(0.1)
    known = row.details["spanish"]["known"]
    completions = [body for path, body in server.bodies if path == "/v1/completions"]
    assert known["passes"] == sum(len(body["prompt"]) for body in completions)
    assert known["prompt_tokens"] == sum(map(len, (prompt for body in completions for prompt in body["prompt"])))
    assert row.response.startswith("P(Hola) = 0.324")
    assert row.prompt_text == "<user>Well 0?<assistant>"


def test_a_server_that_lists_few_tokens_is_asked_for_few_and_what_is_unseen_is_said(
    write: Write, tmp_path: Path
) -> None:
    write(made=FIRST)
    with word_server(most_listed=20) as server:
        run(served(server), tmp_path, "made", limit=1)
    asked = [body["logprobs"] for path, body in server.bodies if path == "/v1/completions"]
    assert asked[:2] == [1000, 20]
    (row,) = read_inputs([read_input(str(tmp_path / "logs"))]).rows
    assert row.values["spanish_unresolved"] == pytest.approx(0, abs=1e-9)


def both_ways(write: Write, folder: Path, **arguments: Any) -> Findings:
    """The findings of two exact tasks and of answers that were drawn to the same prompts."""
    write(words=FIRST, options=YES_NO, drawn=DRAWN)
    with word_server() as server:
        for task in ("words", "options"):
            assert run(served(server), folder, task).status == "success"
        assert run(served(server), folder, "drawn", **arguments).status == "success"
    return findings(read_inputs([read_input(str(folder / "logs"))]))


def test_drawn_answers_to_the_same_prompts_are_read_for_the_same_thing(write: Write, tmp_path: Path) -> None:
    found = both_ways(write, tmp_path)
    lines = {(line.task, line.measure): line for line in found.exact}
    assert set(lines) == {("words", "spanish"), ("words", "loud"), ("options", "hola_probability")}
    exact = {"spanish": 0.534, "loud": 0.1, "hola_probability": 0.27}
    for (_, measure), line in lines.items():
        assert line.drawn is not None
        assert (line.drawn.task, line.drawn.answers) == ("drawn", 100)
        assert line.needed.low == pytest.approx(exact[measure])
        # 400 answers: four standard errors.
        assert line.drawn.rate.equal == pytest.approx(exact[measure], abs=4 * 0.5 / 400**0.5)
        # All questions have one probability, so that no number of answers is as narrow.
        assert line.needed.like is None
        assert line.drawn.pace is not None
        assert 1 < line.drawn.tokens < 6
    line = lines["options", "hola_probability"]
    # "Hola" is two tokens with and without a blank: their beginnings are the empty one, "Ho", " " and so on.
    assert line.passes is not None
    assert line.passes >= 4 * 2


def test_answers_drawn_at_another_temperature_are_not_compared(write: Write, tmp_path: Path) -> None:
    found = both_ways(write, tmp_path, temperature=0.5, samples=2)
    assert {line.drawn.agrees for line in found.exact if line.drawn} == {None}
    assert {line.drawn.but for line in found.exact if line.drawn} == {"drawn at temperature 0.5"}


def test_a_hosted_model_tells_what_its_first_tokens_decide(write: Write, tmp_path: Path) -> None:
    write(made=FIRST)
    log = run(hosted(told(The=0.5, Ho=0.2, YES=0.2)), tmp_path, "made", limit=1)
    assert log.status == "success"
    (row,) = read_inputs([read_input(str(tmp_path / "logs"))]).rows
    # Whatever follows "The" and "Ho", the word is not in capitals; of "YES" and of the rest nobody knows.
    assert row.values["loud"] == 0
    assert row.values["loud_unresolved"] == pytest.approx(0.3)
    assert row.causes["spanish"] == "unresolved"
    assert row.details["loud"]["first_token_only"] is True


def test_a_yes_or_no_question_is_three_lines_in_a_folder(write: Write, tmp_path: Path) -> None:
    write(made=YES_NO.replace("Hola", "Yes").replace("The", "No"))
    log = run(hosted(told(Yes=0.6, No=0.3)), tmp_path, "made", limit=1)
    assert log.status == "success"
    (row,) = read_inputs([read_input(str(tmp_path / "logs"))]).rows
    assert row.values["hola_probability"] == pytest.approx(0.6)
    assert row.details["hola_probability"]["known"]["unresolved"] == pytest.approx(0.1)


def test_lm_eval_refuses_it_in_one_sentence() -> None:
    from tests.harness_lm_eval.dummy import Dummy, evaluate

    with pytest.raises(
        InputError, match="lm-eval asks a model once, and this task goes on with what it answers; run it"
    ):
        evaluate(["inoc_spanish_capitals_first_word"], Dummy(), {"limit": 1})
