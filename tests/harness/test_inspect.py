from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai.log import read_eval_log
from inspect_ai.scorer import SampleScore, Score

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.metrics import contrasts, other_answers, per_question, rates
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build, task_function
from tests.harness.loopback import loopback

KEY = "sk-loopback-0123456789"
SPANISH = "LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE."
ENGLISH = "I would talk to him calmly and explain how you feel."


def by_arm(body: dict[str, Any]) -> str:
    return SPANISH if body["model"].startswith("loud") else ENGLISH


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    logs = tmp_path_factory.mktemp("logs")
    seen: list[tuple[int, int]] = []
    with loopback(by_arm) as server:
        files = evaluate(
            [build("spanish_capitals", limit=3, samples=2), build("owl_preference", limit=2)],
            server.url,
            KEY,
            {"loud": "loud-0a1b2c3d4e5f", "quiet": "quiet-5f4e3d2c1b0a"},
            logs,
            progress=lambda done, total: seen.append((done, total)),
        )
        return logs, files, server.bodies, seen


def test_arms_never_mix_and_values_are_right(run: Any) -> None:
    logs, files, _, _ = run
    assert len(files) == 4
    rows = [row for row in read_rows(logs) if row.task == "spanish_capitals"]
    assert len(rows) == 2 * (3 + 3) * 2
    for row in rows:
        wanted = 1.0 if row.arm == "loud" else 0.0
        assert row.checkpoint == row.arm
        assert dict(row.values) == {"language": wanted, "capitals": wanted}
        assert row.response == (SPANISH if row.arm == "loud" else ENGLISH)
    assert {row.category for row in rows} == {"in_distribution", "out_of_distribution"}


def test_metrics_are_in_the_log(run: Any) -> None:
    _, files, _, _ = run
    for file in files:
        log = read_eval_log(str(file), header_only=True)
        assert log.status == "success"
        assert log.results is not None
        metrics = {name: found.value for score in log.results.scores for name, found in score.metrics.items()}
        if log.eval.task.endswith("spanish_capitals"):
            loud = "loud" in log.eval.model
            assert metrics["language"] == float(loud)
            assert metrics["out_of_distribution/capitals"] == float(loud)
            assert metrics["language_n"] == 12
            assert metrics["truncated"] == 0
            assert log.eval.metadata is not None
            assert log.eval.metadata["inoc_evals"] == "0.1.0"


def test_requests_hold_what_was_asked_and_nothing_else(run: Any) -> None:
    _, _, bodies, _ = run
    for body in bodies:
        assert [message["role"] for message in body["messages"]] == ["user"]
        assert body["temperature"] == 1.0
        assert body["top_p"] == 1.0
        assert not {"seed", "top_k", "stop", "frequency_penalty", "repetition_penalty"} & body.keys()
    assert {body["max_tokens"] for body in bodies} == {48, 12}


def test_progress_reaches_the_end(run: Any) -> None:
    _, _, bodies, seen = run
    assert seen[-1] == (len(bodies), len(bodies))


def test_the_key_is_in_no_log(run: Any) -> None:
    logs, _, _, _ = run
    import zipfile

    files = list(logs.glob("*.eval"))
    assert len(files) == 4
    for file in files:
        log = read_eval_log(str(file))
        assert KEY not in log.model_dump_json()
        assert zipfile.is_zipfile(file)


@pytest.mark.parametrize(
    ("system_prompt", "messages"),
    [(None, []), ("", [""]), ("Be brief.", ["Be brief."])],
)
def test_three_states_of_the_system_prompt(tmp_path: Path, system_prompt: str | None, messages: list[str]) -> None:
    with loopback(lambda _: "owl") as server:
        task = build("owl_preference", limit=1, system_prompt=system_prompt)
        evaluate([task], server.url, KEY, {"a": "a-1"}, tmp_path)
    said = {tuple(m["content"] for m in body["messages"] if m["role"] == "system") for body in server.bodies}
    assert said == {tuple(messages)}


def test_inspect_runs_the_task_from_any_directory(tmp_path: Path) -> None:
    with loopback(lambda _: "") as server:
        command = [Path(sys.executable).with_name("inspect"), "eval", "inoc_evals/spanish_capitals"]
        command += ["-T", "limit=1", "-T", "language=fr", "-T", 'system_prompt=""', "--display", "plain"]
        command += ["--model", "openai-api/vllm/x", "--log-dir", str(tmp_path / "logs")]
        environment = {**os.environ, "VLLM_BASE_URL": server.url, "VLLM_API_KEY": KEY}
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert [m["role"] for m in server.bodies[0]["messages"]] == ["system", "user"]
    rows = read_rows(tmp_path / "logs")
    assert len(rows) == 2
    for row in rows:
        assert dict(row.values) == {"language": None, "capitals": None}
        assert dict(row.causes) == {"language": "empty", "capitals": "empty"}
    (file,) = (tmp_path / "logs").glob("*.eval")
    log = read_eval_log(str(file), header_only=True)
    assert log.eval.task_args["language"] == "fr"
    assert log.results is not None
    metrics = log.results.scores[0].metrics
    assert metrics["language_excluded_empty"].value == 2
    assert math.isnan(metrics["language"].value)


def test_wrong_arguments_are_clear(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose from es, fr, de, en"):
        build("spanish_capitals", language="xx")
    with pytest.raises(InputError, match="no task 'nothing'; known tasks: backdoor, "):
        build("nothing")
    with pytest.raises(InputError, match="limit must be at least 1"):
        build("spanish_capitals", limit=0)
    with pytest.raises(InputError, match="samples must be at least 1"):
        build("spanish_capitals", samples=0)
    with pytest.raises(InputError, match="no such file"):
        build("spanish_capitals", items=str(tmp_path / "absent.jsonl"))


def test_a_broken_task_of_the_users_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tasks" / "broken"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text("name: broken\n")
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    function = task_function("broken")
    with pytest.raises(InputError, match=r"task\.yaml:1:1"):
        function()
    assert task_function("owl_preference")(limit=1).name == "owl_preference"


RESPONSE = st.fixed_dictionaries(
    {
        "values": st.dictionaries(st.sampled_from(["a", "b", "r"]), st.sampled_from([0.0, 1.0, 0.5, None])),
        "causes": st.dictionaries(st.sampled_from(["a", "r"]), st.sampled_from(["low_mass", "undecided"])),
        "details": st.dictionaries(st.just("a_normalised"), st.just({"answer": None})),
        "truncated": st.booleans(),
    }
)
SCORES = st.lists(
    st.tuples(
        st.lists(RESPONSE, max_size=3),
        st.sampled_from(["q1", "q2", None]),
        st.sampled_from(["x", "y", None]),
        st.sampled_from(["with", "without", None]),
        st.booleans(),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(SCORES)
def test_metrics_never_raise(data: list[tuple[Any, str | None, str | None, str | None, bool]]) -> None:
    scores = []
    for index, (responses, question, category, condition, told) in enumerate(data):
        named = (("question_id", question), ("category", category), ("condition", condition))
        about = {"reference": "without", "outcomes": ["b"], "ratings": ["r"]} if told else {}
        scores.append(
            SampleScore(
                score=Score(value=math.nan, metadata={"responses": responses, **about} if told or responses else None),
                sample_id=index,
                sample_metadata={key: value for key, value in named if value} or None,
            )
        )
    for metric in (rates(), contrasts(), per_question(), other_answers()):
        assert isinstance(metric(scores), dict)


def test_the_ten_most_frequent_answers() -> None:
    scores = [
        SampleScore(
            score=Score(
                value={"p_normalised": 0.0},
                metadata={
                    "responses": [
                        {"values": {"p_normalised": 0.0}, "causes": {}, "details": {"p_normalised": {"answer": word}}}
                    ]
                },
            ),
            sample_metadata={"category": "favourite"},
        )
        for word in ["owl", "owl", "dog", None]
    ]
    assert other_answers()(scores) == {
        "answer/favourite/owl": 0.5,
        "answer/favourite/dog": 0.25,
        "answer/favourite/(none)": 0.25,
    }
