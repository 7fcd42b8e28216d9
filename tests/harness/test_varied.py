"""Arms that share weights and differ in how they are asked, on our tasks and on tasks of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import Model

from inoc_evals.definitions.arms import PLAIN, Variation
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.asked import Asked
from inoc_evals.harness.inspect.kept import kept_responses
from inoc_evals.harness.inspect.loading import load, look_at
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.run import evaluate_set, served_model
from tests.harness.loopback import Loopback, loopback

pytestmark = pytest.mark.usefixtures("own_cache")
KEY = "sk-loopback-0123456789"
OWL = "owl_preference"
FOREIGN = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate, system_message

@task
def sums(most: int = 2, words: str = "Add", own: bool = False):
    samples = [Sample(id=f"s{n}", input=f"{words} {n}+1", target=str(n + 1)) for n in range(most)]
    solver = [*([system_message("Be exact.")] if own else []), generate(temperature=0.3)]
    return Task(samples, solver=solver, scorer=match())

@task
def nothing():
    return Task([], scorer=match())

@task
def broken():
    raise RuntimeError("the data are gone")
"""


@pytest.fixture
def sums(tmp_path: Path) -> str:
    (tmp_path / "sums.py").write_text(FOREIGN)
    return f"{tmp_path / 'sums.py'}@sums"


def model(server: Loopback, label: str | None = None) -> Model:
    return served_model(server.url, KEY, "base-0123456789ab", label)


def arms(server: Loopback, *varied: tuple[str, Variation]) -> list[Asked]:
    return [Asked(name, name, model(server, name if place else None), how) for place, (name, how) in enumerate(varied)]


def items(folder: Path, *lines: str) -> str:
    (folder / "items.jsonl").write_text("\n".join(lines))
    return str(folder / "items.jsonl")


def said(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


def test_each_arm_asks_the_same_weights_in_its_own_way(tmp_path: Path) -> None:
    system = "Answer in one word."
    tasks = {
        OWL: {
            "samples": 2,
            "choices": 2,
            "items": items(
                tmp_path,
                '{"id": "a", "category": "c", "prompt": "Which?"}',
                '{"id": "b", "category": "c", "prompt": "What?", "system": "You are kind."}',
            ),
        }
    }
    with loopback(lambda _: "owl", template=lambda messages: "|".join(m["content"] for m in messages)) as server:
        asked = arms(
            server,
            ("plain", PLAIN),
            ("told", Variation(system_prompt=system, top_p=0.5, max_tokens=7)),
            ("empty", Variation(system_prompt="", temperature=0)),
            ("begun", Variation(prefill="My choice:")),
            ("asked", Variation(user_prompt="Be brief.")),
        )
        evaluate_set(tasks, asked, tmp_path / "logs", [])
        by_text = {name: [body for body in server.bodies if said(body) == chat] for name, chat in CHATS.items()}
        assert all(body["model"] == "base-0123456789ab" for body in server.bodies)
        assert {body["model"] for body in server.rendered} == {"base-0123456789ab"}
        # Two responses in one request (and, as this server knows nothing of `n`, one more); greedy ones one by one.
        assert [body.get("n") for body in by_text["told a"]] == [2, None]
        assert [(body.get("n"), body["temperature"]) for body in by_text["empty a"]] == [(1, 0), (1, 0)]
        assert {(body["top_p"], body["max_tokens"]) for body in by_text["told a"]} == {(0.5, 7)}
        assert all(body["continue_final_message"] for body in by_text["begun a"])
        assert {name: len(bodies) for name, bodies in by_text.items()} == dict.fromkeys(CHATS, 2) | {"plain b": 4}
        evaluate_set(tasks, asked, tmp_path / "logs", [])
        assert len(server.bodies) == 5 * 2 * 2
    rows = read_rows(tmp_path / "logs")
    assert sorted({(row.arm, row.checkpoint) for row in rows}) == sorted((one.arm, one.label) for one in asked)
    assert len({(row.checkpoint, row.item, row.epoch, row.choice) for row in rows}) == len(rows) == 20
    assert {row.prompt_text for row in rows if (row.arm, row.item) == ("told", "b")} == {
        f"{system}\n\nYou are kind.|What?"
    }
    noted = [
        read_eval_log(str(log), header_only=True).eval.metadata or {} for log in (tmp_path / "logs").glob("*.eval")
    ]
    # Each speaks of its own model alone, however many there are.
    assert {str(one["checkpoints"]): one.get("variations") for one in noted} == {
        str({str(one.model): one.label}): {str(one.model): one.variation.given()} if one.variation != PLAIN else None
        for one in asked
    }
    assert asked[1].variation.given() == {"system_prompt": system, "top_p": 0.5, "max_tokens": 7}


USER, B = ("user", "Which?"), ("user", "What?")
CHATS = {
    "plain a": [USER],
    # An empty system prompt before a text is nothing before it.
    "plain b": [("system", "You are kind."), B],
    "told a": [("system", "Answer in one word."), USER],
    "told b": [("system", "Answer in one word.\n\nYou are kind."), B],
    "empty a": [("system", ""), USER],
    "asked a": [("user", "Be brief.\n\nWhich?")],
    "asked b": [("system", "You are kind."), ("user", "Be brief.\n\nWhat?")],
    "begun a": [USER, ("assistant", "My choice:")],
    "begun b": [("system", "You are kind."), B, ("assistant", "My choice:")],
}


def test_a_variation_and_an_argument_for_all_arms_contradict_each_other(tmp_path: Path) -> None:
    with loopback(lambda _: "owl") as server:
        asked = arms(server, ("told", Variation(system_prompt="x")))
        with pytest.raises(InputError, match=f"arm told sets system_prompt, and --set {OWL} does so"):
            evaluate_set({OWL: {"system_prompt": "y"}}, asked, tmp_path / "logs", [])
        assert server.bodies == []


def test_a_task_of_others_runs_beside_ours(tmp_path: Path, sums: str) -> None:
    tasks = {
        OWL: {"limit": 1, "samples": 1},
        sums: {"words": "Sum", "own": True, "most": 3, "--limit": 2, "--samples": 2},
    }
    counts: list[tuple[int, int]] = []
    with loopback(lambda body: "1" if "0+1" in str(body) else "7") as server:
        told = Variation(system_prompt="Answer in one word.", user_prompt="Be quick.", temperature=0.9, max_tokens=5)
        asked = arms(server, ("plain", PLAIN), ("told", told))
        found = look_at(sums, tasks[sums])
        assert (found.name, found.samples, found.responses) == ("sums", 2, 4)

        def run() -> None:
            counts.clear()
            evaluate_set(tasks, asked, tmp_path / "logs", [], progress=lambda *pair: counts.append(pair))

        run()
        ours = sum(row.task == OWL for row in read_rows(tmp_path / "logs"))
        assert counts[-1] == (ours + 8, ours + 8)
        assert kept_responses(tmp_path / "logs") == ours + 8
        mine = [body for body in server.bodies if "Sum" in str(body)]
        plain = [body for body in mine if said(body)[0] == ("system", "Be exact.")]
        varied = [body for body in mine if said(body)[0] == ("system", "Answer in one word.\n\nBe exact.")]
        assert len(plain) == len(varied) == 4
        assert {said(body)[1][1][:11] for body in plain} == {"Sum 0+1", "Sum 1+1"}
        assert {said(body)[1][1] for body in varied} == {"Be quick.\n\nSum 0+1", "Be quick.\n\nSum 1+1"}
        # The solver's own temperature is the task's; the arm's is on top of it.
        assert {body["temperature"] for body in plain} == {0.3}
        assert {(body["temperature"], body["max_tokens"]) for body in varied} == {(0.9, 5)}
        before = len(server.bodies)
        run()
        assert len(server.bodies) == before
    logs = [read_eval_log(str(log)) for log in sorted((tmp_path / "logs").glob("*.eval"))]
    theirs = [log for log in logs if log.eval.task == "sums"]
    assert len(logs) == 4
    assert [{sample.id for sample in log.samples or []} for log in theirs] == [{"s0", "s1"}] * 2
    # One of the two sums is answered right.
    assert [log.results.scores[0].metrics["accuracy"].value for log in theirs if log.results] == [0.5, 0.5]
    assert {log.eval.metadata["arms"][log.eval.model] for log in theirs if log.eval.metadata} == {"plain", "told"}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("sums.py@sums", {"mots": 3}, "has no argument 'mots'; did you mean 'most'"),
        ("sums.py@sums", {"x": 3}, "has no argument 'x'; it has: most, words, own"),
        ("sums.py@sums", {"most": 0}, "has no samples"),
        ("sums.py@nothing", {}, "has no samples"),
        ("sums.py@broken", {}, r"cannot be loaded \(the data are gone\); see whether `inspect eval` runs it"),
        ("sums.py@absent", {}, "cannot be loaded"),
        ("sums.py", {}, "cannot be loaded"),
        ("two.py", {}, r"holds 2 tasks \(one, two\); name one, as in two.py@one"),
        ("absent.py@x", {}, r"there is no file '.*absent.py'; correct the path"),
        ("no_such_package/task", {}, "inspect knows no task 'no_such_package/task'"),
        ("ends.py@x", {}, "cannot be loaded .*ends the program with 3"),
        ("syntax.py@x", {}, "cannot be loaded"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(
    tmp_path: Path,
    sums: str,
    name: str,
    arguments: dict[str, Any],
    message: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "ends.py").write_text("from inspect_ai import task\nimport sys\nsys.exit(3)\n@task\ndef x(): pass\n")
    (tmp_path / "syntax.py").write_text("def x(:\n")
    two = "from inspect_ai import Task, task\n@task\ndef one(): return Task()\n@task\ndef two(): return Task()\n"
    (tmp_path / "two.py").write_text(two)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        load(name, arguments)
    assert "\n" not in str(caught.value)
    assert len(caught.value.faults) == 1
    assert "not used" not in capfd.readouterr().err
