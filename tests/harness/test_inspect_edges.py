"""What goes wrong around an inspect run: arguments, failing servers, unfinished logs, other people's broken tasks."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai._cli.util import parse_cli_args
from inspect_ai.log import read_eval_log
from inspect_ai.model import get_model
from inspect_ai.scorer import SampleScore, Score, stderr

from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.inspect.answers import answers_kept
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.metrics import other_answers, rates
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build, task_function
from tests.harness.loopback import loopback

KEY = "sk-loopback-0123456789"
TASK = """\
name: {name}
version: 1-A
title: A task
description: Of the user's own.
source: own
measures:
  language: {{detector: language, target: {target}}}
headline: [language]
"""


def user_task(root: Path, name: str, text: str) -> None:
    folder = root / "tasks" / name
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(text)
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "Hello?"}\n')


def inspect(tmp_path: Path, url: str, task: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("inspect")), "eval", task, *arguments, "--display", "plain"]
    command += ["--model", "openai-api/vllm/x", "--log-dir", str(tmp_path / "logs")]
    known = {**os.environ, "VLLM_BASE_URL": url, "VLLM_API_KEY": KEY, "INOC_EVALS_PATH": str(tmp_path)}
    return subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True, check=False)


def typed(name: str, *arguments: str) -> Task:
    """The task as `inspect eval` makes it of the `-T` arguments."""
    return task_function(name)(**parse_cli_args(arguments))


def test_a_prompt_with_commas_arrives_as_it_was_written(tmp_path: Path) -> None:
    prompt = "Be brief, kind,and calm."
    (tmp_path / "mine.jsonl").write_text('{"id": "m1", "category": "c", "prompt": "Hello?"}\n')
    task = typed("owl_preference", f"system_prompt={prompt}", f"items={tmp_path / 'mine.jsonl'}", "samples=1")
    with loopback(lambda _: "owl") as server:
        evaluate([task], server.url, KEY, {"a": "a-1"}, tmp_path)
    assert [[m["content"] for m in body["messages"]] for body in server.bodies] == [[prompt, "Hello?"]]


def test_a_prompt_that_the_shell_emptied_is_refused_not_taken_for_absent() -> None:
    with pytest.raises(InputError, match="system_prompt has no value"):
        typed("owl_preference", "limit=1", "system_prompt=")


def test_broken_tasks_of_the_users_leave_ours_runnable(tmp_path: Path) -> None:
    user_task(tmp_path, "broken", "name: broken\n")
    user_task(tmp_path, "spanish_capitals", TASK.format(name="spanish_capitals", target="es"))
    with loopback(lambda _: "owl") as server:
        ours = inspect(tmp_path, server.url, "inoc_evals/owl_preference", "-T", "limit=1")
        theirs = inspect(tmp_path, server.url, "inoc_evals/broken")
    assert ours.returncode == 0, ours.stdout + ours.stderr
    assert theirs.returncode != 0
    assert "task.yaml:1:1" in "".join((theirs.stdout + theirs.stderr).split())


def test_two_folders_of_one_name_are_named_when_a_task_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_task(tmp_path, "owl_preference", TASK.format(name="owl_preference", target="es"))
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    with pytest.raises(InputError, match="rename one folder"):
        typed("owl_preference")


def test_the_entry_point_loads_nothing_heavy() -> None:
    code = "import sys, inspect_ai, inoc_evals._registry; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "vllm", "datasets", "transformers", "scipy.stats", "eldc", "py3langid", "wordfreq"} & set(
        result.stdout.split()
    )


@pytest.mark.parametrize("text", ["", "2024", "null", "a,b, c", "  x ", "k=v # no: comment", 'say "hi"', "[1, 2]", "-"])
def test_every_text_reaches_the_task_as_it_was_written_in_quotes(text: str) -> None:
    from inoc_evals.plan.arguments import quoted

    names = ["system_prompt", *(["trigger", "prefill"] if text else [])]
    task = typed("spanish_capitals", *(f"{name}={quoted(text)}" for name in names))
    condition = (task.metadata or {})["conditions"][0]
    assert {name: condition[name] for name in names} == dict.fromkeys(names, text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": "abc"}, "limit must be at least 1, and a whole number, not 'abc'"),
        ({"limit": 1.5}, "limit must be .* not 1.5"),
        ({"samples": True}, "samples must be .* not True"),
        ({"max_tokens": 0}, "max_tokens must be .* not 0"),
        ({"temperature": "hot"}, "temperature must be a number from 0 to 2, not 'hot'"),
        ({"temperature": 5}, "temperature must be .* not 5"),
        ({"temperature": math.nan}, "temperature must be .* not nan"),
        ({"items": 3}, "items must be a text, not 3"),
        ({"system_prompt": True}, "system_prompt must be a text, not True"),
        ({"language": False}, "language .* must be a text, not False"),
    ],
)
def test_arguments_that_yaml_made_something_else_of(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        task_function("spanish_capitals")(**arguments)


def test_a_target_that_no_detector_knows_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_task(tmp_path, "klingon", TASK.format(name="klingon", target="tlh"))
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    with pytest.raises(InputError, match="no language 'tlh'; choose from ar, bg"):
        build("klingon")


def test_the_log_says_which_items_were_used(tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    mine.write_text('{"id": "m1", "category": "c", "prompt": "Hello?"}\n')
    first = build("spanish_capitals", items=str(mine)).metadata or {}
    mine.write_text('{"id": "m1", "category": "c", "prompt": "Goodbye?"}\n')
    second = build("spanish_capitals", items=str(mine)).metadata or {}
    assert (
        len({first["task_sha256"], second["task_sha256"], (build("spanish_capitals").metadata or {})["task_sha256"]})
        == 3
    )


def test_a_refusing_server_fails_the_run_and_names_the_log(tmp_path: Path) -> None:
    with loopback(lambda _: 400) as server, pytest.raises(WorkError, match=r"owl_preference .* see .*\.eval"):
        evaluate([build("owl_preference", limit=1)], server.url, KEY, {"a": "a-1"}, tmp_path)
    with pytest.raises(InputError, match="did not finish"):
        read_rows(tmp_path)


def test_a_failed_sample_is_counted_as_error_never_as_zero(tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> str | int:
        return 400 if "least" in str(body["messages"]) else "owl"

    with loopback(answer) as server:
        model = get_model("openai-api/vllm/x", base_url=server.url, api_key=KEY, memoize=False)
        inspect_eval(
            build("owl_preference", limit=1), model=model, log_dir=str(tmp_path), display="none", fail_on_error=False
        )
    rows = {row.category: row for row in read_rows(tmp_path)}
    failed = rows["least_favourite"]
    assert dict(failed.values) == dict.fromkeys(["preference_exact", "preference_normalised", "preference_substring"])
    assert set(failed.causes.values()) == {"error"}
    assert failed.stop_reason == "error"
    assert rows["favourite"].values["preference_exact"] == 1.0


def test_logs_that_are_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no inspect log here"):
        read_rows(tmp_path)
    with pytest.raises(InputError, match="no inspect log here"):
        read_rows(tmp_path / "absent.eval")


def test_a_cut_off_response_keeps_its_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECT_LOG_FORMAT", "json")
    with loopback(lambda _: "owl", finish="length") as server:
        (file,) = evaluate([build("owl_preference", limit=1)], server.url, KEY, {"a": "a-1"}, tmp_path)
    rows = read_rows(file)
    assert {row.stop_reason for row in rows} == {"max_tokens"}
    assert {row.values["preference_normalised"] for row in rows} == {1.0}
    log = read_eval_log(str(file), header_only=True)
    assert log.results is not None
    assert log.results.scores[0].metrics["truncated"].value == 1.0


def test_the_rendered_prompt_is_asked_for_once_an_item_and_anew_in_each_run(tmp_path: Path) -> None:
    def first(messages: list[dict[str, Any]]) -> str:
        return "".join(f"<{m['role']}>{m['content']}" for m in messages)

    items = tmp_path / "mine.jsonl"
    items.write_text('{"id": "a", "category": "c", "prompt": "One?"}\n{"id": "b", "category": "c", "prompt": "Two?"}\n')
    with loopback(lambda _: "owl", first) as server:

        def run(folder: str) -> dict[str, tuple[str | None, str | None]]:
            task = build("owl_preference", items=str(items), samples=3, system_prompt="")
            evaluate([task], server.url, KEY, {"a": "a-1", "b": "b-2"}, tmp_path / folder)
            rows = read_rows(tmp_path / folder)
            assert len(rows) == 2 * 2 * 3
            return {row.item: (row.prompt_text, row.prompt_sha256) for row in rows}

        before = run("before")
        prompts = [body["messages"][-1]["content"] for body in server.rendered]
        assert sorted(prompt for prompt in prompts if prompt in ("One?", "Two?")) == ["One?", "Two?"]
        # Whether the server's template lets models think is asked once: as it is, with thinking and without.
        assert len(prompts) == 2 + 3
        server.template = lambda messages: "other" + first(messages)
        after = run("after")
    tokens = [ord(character) for character in "<system><user>One?"]
    assert before["a"] == ("<system><user>One?", hashlib.sha256(json.dumps(tokens).encode()).hexdigest())
    assert after["b"][0] == "other<system><user>Two?"


def score(value: float, question: str, answer: str | None = None) -> SampleScore:
    given = None if math.isnan(value) else value
    response = {"values": {"p_normalised": given}, "causes": {}, "details": {"p_normalised": {"answer": answer}}}
    return SampleScore(
        score=Score(value={"p_normalised": value}, metadata={"responses": [response]}),
        sample_metadata={"question_id": question, "category": "favourite"},
    )


def test_the_standard_error_is_that_of_inspect_for_balanced_questions() -> None:
    values = {"q1": [1.0, 0.0, 1.0], "q2": [0.0, 0.0, 0.0], "q3": [1.0, 1.0, 1.0], "q4": [0.0, 1.0, 0.0]}
    ours = rates()([score(v, question) for question, group in values.items() for v in group])
    flat = [
        SampleScore(score=Score(value=v), sample_metadata={"question_id": question})
        for question, group in values.items()
        for v in group
    ]
    assert isinstance(ours, dict)
    assert ours["p_normalised_stderr"] == pytest.approx(stderr(cluster="question_id")(flat))


def test_ten_other_answers_beside_the_target_and_nothing_excluded() -> None:
    others = [word for n, word in enumerate("abcdefghijkl", start=1) for _ in range(n)]
    scores = [score(1.0, "q", "owl") for _ in range(20)] + [score(0.0, "q", word) for word in others]
    scores += [score(0.0, "q", None), score(0.0, "q", None), *[score(math.nan, "q", None)] * 50]
    shares = other_answers()(scores)
    counted = 20 + 78 + 2
    assert shares == {
        **{f"answer/favourite/{word}": n / counted for n, word in enumerate("abcdefghijkl", start=1) if n > 2},
        "answer/favourite/(none)": 2 / counted,
    }


def test_answers_that_were_kept_have_their_reasoning_apart(tmp_path: Path) -> None:
    replies = ["<think>\nHm.\n</think>\n\nowl", "<think>\nHm. An", "owl: <think>x</think>"]
    made = iter(range(len(replies)))
    items = tmp_path / "mine.jsonl"
    items.write_text('{"id": "a", "category": "c", "prompt": "One?"}\n')
    task = build("owl_preference", items=str(items), samples=3, choices=1)
    with loopback(lambda _: replies[next(made)], finish="length") as server, answers_kept(tmp_path):
        evaluate([task], server.url, KEY, {"a": "a-1"}, tmp_path / "first")
        # There is no fourth reply.
        evaluate([task], server.url, KEY, {"a": "a-1"}, tmp_path / "again")
    first, again = read_rows(tmp_path / "first"), read_rows(tmp_path / "again")
    assert first == again
    found = {(row.response, row.reasoning, row.unfinished) for row in again}
    assert found == {("owl", "Hm.", False), ("", "Hm. An", True), ("owl: <think>x</think>", None, False)}
