"""Which protocols lm-eval can carry: those that ask once."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from tests.harness_lm_eval.dummy import Dummy, evaluate, stored

ENTRY = """
task: inoc_made
class: !function inoc_evals.harness.lm_eval.task.InocTask
custom_dataset: !function inoc_evals.harness.lm_eval.documents.load
dataset_kwargs: {inoc_task: made}
"""
HEAD = "name: made\nversion: 1-A\ntitle: Made\ndescription: for a test\nsource: a test\n"
TALK = """
protocol: {name: converse, turns: 2, lines: [Sure]}
measures:
  declines: {detector: refusal}
headline: [declines]
"""
OWN = "protocol: own\nmeasures:\n  size: {detector: noted, note: size}\nheadline: [size]\n"
CODE = """
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Generate, Message
from inoc_evals.protocols.trajectory import Trajectory


def ask(item, condition, settings):
    given = presented(item, condition)
    sizes = []
    for _ in range(TIMES):
        (reply,) = yield [Generate(given)]
        sizes += [len(reply.completions[0].text)]
    turns = (Message("assistant", reply.completions[0].text),)
    return [Trajectory(item, condition, given, turns, noted={"size": sizes[-1]})]
"""


def write(folder: Path, definition: str, code: str = "") -> None:
    task = folder / "tasks" / "made"
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(HEAD + definition)
    (task / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "Well?"}\n')
    (task / "lm_eval.yaml").write_text(ENTRY)
    (task / "task.py").write_text(code)


SAID = OWN.replace("protocol: own", "protocol: {name: own, several_turns: true}")


@pytest.mark.parametrize(
    ("definition", "code"), [(TALK, ""), (OWN, CODE.replace("TIMES", "2")), (SAID, CODE.replace("TIMES", "1"))]
)
def test_dialogues_are_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, definition: str, code: str
) -> None:
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    write(tmp_path, definition, code)
    lm = Dummy()
    with pytest.raises(InputError, match="task inoc_made: lm-eval asks a model once, and this task goes on"):
        evaluate(["inoc_made"], lm)
    assert not lm.requests


def test_a_dialogue_with_probabilities_in_it_is_refused_too() -> None:
    lm = Dummy()
    with pytest.raises(InputError, match="task inoc_elicitation: lm-eval asks a model once, and this task goes on"):
        evaluate(["inoc_elicitation"], lm)
    assert not lm.requests


def test_a_tasks_own_code_that_asks_once_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    write(tmp_path, OWN, CODE.replace("TIMES", "1"))
    results = evaluate(["inoc_made"], Dummy(lambda messages, number: "x" * (number + 1)), {"samples": 3})
    assert [one["values"] for one in stored(results, "inoc_made")[0]] == [{"size": 1.0}, {"size": 2.0}, {"size": 3.0}]
    assert results["results"]["inoc_made"]["size,none"] == 2.0


def test_our_game_of_several_rounds_is_refused() -> None:
    lm = Dummy()
    with pytest.raises(InputError, match="task inoc_bargaining: lm-eval asks a model once, and this task goes on"):
        evaluate(["inoc_bargaining"], lm)
    assert not lm.requests
