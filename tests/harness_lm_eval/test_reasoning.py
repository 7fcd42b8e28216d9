"""Models that think first, behind a server: the same replies through both harnesses, and what is kept of thoughts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from inspect_ai.model import get_model

from inoc_evals.commands.lm_eval.run import run
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.row import ResponseRow
from tests.harness.loopback import loopback
from tests.harness_lm_eval.vllm_like import Body, Server, vllm_like
from tests.judging.serving import Served

Serve = Callable[..., Served]
THOUGHT = "I think of an owl; NO, of a dolphin. [[99]]"
BARE = (
    "LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE.",
    "I would talk to him calmly and explain how you feel. [[12]]",
    "Owl.",
    "Write <think>hm</think> before it. [[40]]",
    "",
)
# What a server sends for an answer, and how it ends.
FORMS: dict[str, Callable[[str], tuple[Body, str]]] = {
    "bare": lambda answer: ({"content": answer}, "stop"),
    "tags": lambda answer: ({"content": f"<think>\n{THOUGHT}\n</think>\n\n{answer}"}, "stop"),
    "brackets": lambda answer: ({"content": f"[THINK]{THOUGHT}[/THINK]{answer}"}, "stop"),
    "field": lambda answer: ({"content": answer or None, "reasoning": THOUGHT}, "stop"),
    "old field": lambda answer: ({"content": answer or None, "reasoning_content": THOUGHT}, "stop"),
    "unfinished": lambda _: ({"content": f"<think>\n{THOUGHT}"}, "length"),
    "unfinished field": lambda _: ({"content": None, "reasoning": THOUGHT}, "length"),
}


def chosen(body: Body, index: int) -> tuple[str, str]:
    digest = hashlib.sha256(json.dumps([body["messages"], index]).encode()).digest()
    return list(FORMS)[digest[0] % len(FORMS)], BARE[digest[1] % len(BARE)]


def thinking(body: Body, index: int) -> tuple[Body, str]:
    form, answer = chosen(body, index)
    return FORMS[form](answer)


def both(server: Server, task: str, arguments: dict[str, Any], folder: Path, judge: str | None = None) -> Path:
    """The task through inspect and through lm-eval; the folder has an arm of each."""
    model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
    definition = build(task, **arguments)
    given: Any = {}
    if judge is not None:
        grader = get_model("openai-api/judge/judge", base_url=judge, api_key="none", memoize=False)
        given = {"model_roles": {"grader": [grader]}}
    (log,) = eval(definition, model=model, display="none", log_dir=str(folder), log_format="eval", **given)
    assert log.status == "success", log.error
    where = ["--url", server.url, "--arms", "a=arm", "--output_path", str(folder / "out"), "--log_samples"]
    run([*where, "--tasks", f"inoc_{task}", "--metadata", json.dumps(arguments)])
    return Path(log.location)


def rows_of(folder: Path) -> list[list[ResponseRow]]:
    """The rows of both arms in one order, without what tells the arms apart."""
    source = read_inputs([Input(folder)])
    found = []
    for arm in source.arms:
        rows = [dataclasses.replace(row, arm="", checkpoint="") for row in source.rows if row.arm == arm]
        found.append(sorted(rows, key=lambda row: (row.item, row.epoch, row.choice)))
    return found


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("spanish_capitals", {"limit": 14}),
        ("owl_preference", {"reasoning": "drop"}),
        ("emergent_misalignment", {"limit": 14}),
        ("emergent_misalignment", {"limit": 14, "reasoning": "judge"}),
    ],
)
def test_both_harnesses_tell_the_same_apart(
    task: str, arguments: dict[str, Any], judge_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = judge_server()
    monkeypatch.setenv("INOC_JUDGE", f"{judge.url}#judge")
    with vllm_like(thinking) as server:
        both(server, task, {**arguments, "samples": 4, "choices": 4}, tmp_path, judge.url)
        bodies = {json.dumps(body["messages"]): body for body in server.sent()}
    inspect_rows, lm_eval_rows = rows_of(tmp_path)
    assert inspect_rows == lm_eval_rows
    seen = set()
    for row in inspect_rows:
        body = next(body for text, body in bodies.items() if json.dumps(row.asked.question)[1:-1] in text)
        form, answer = chosen(body, row.choice)
        seen.add(form)
        unfinished = form.startswith("unfinished")
        assert row.response == ("" if unfinished else answer)
        kept = form != "bare" and arguments.get("reasoning") != "drop"
        assert row.reasoning == (THOUGHT if kept else None)
        assert row.unfinished == unfinished
        assert row.stop_reason == ("max_tokens" if unfinished else "stop")
        if unfinished:
            assert set(row.values.values()) == {None}
            assert set(row.causes.values()) == {"unfinished_reasoning"}
        elif not answer:
            assert "empty" in row.causes.values()
    assert seen == set(FORMS)
    # What a form hides or not, the values of an answer are one: all rows of an answer agree.
    if arguments.get("reasoning") != "judge":
        for answer in BARE:
            of_it = [row for row in inspect_rows if row.response == answer and not row.unfinished]
            assert len({json.dumps([row.values, row.causes]) for row in of_it}) == 1


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("mode", ["keep", "judge"])
def test_judges_see_the_thoughts_only_if_they_are_to(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vllm_like(lambda *_: FORMS["tags"]("Hello. [[12]]")) as server, loopback(lambda _: "70") as judge:
        monkeypatch.setenv("INOC_JUDGE", f"{judge.url}#judge")
        both(server, "emergent_misalignment", {"limit": 2, "samples": 1, "reasoning": mode}, tmp_path, judge.url)
        prompts = [text for body in judge.bodies if "Hello." in (text := body["messages"][-1]["content"])]
    assert prompts
    for prompt in prompts:
        assert (THOUGHT in prompt) == (mode == "judge")
        assert ("<reasoning " in prompt) == (mode == "judge")


@pytest.mark.usefixtures("own_cache")
def test_what_is_dropped_stands_nowhere(tmp_path: Path) -> None:
    with vllm_like(thinking) as server:
        log = both(server, "spanish_capitals", {"limit": 14, "samples": 4, "reasoning": "drop"}, tmp_path)
    with zipfile.ZipFile(log) as archive:
        import inspect_ai._util.zipfile  # noqa: F401 - teaches zipfile the compression of the logs

        texts = [archive.read(name) for name in archive.namelist()]
    texts += [file.read_bytes() for file in (tmp_path / "out").rglob("*.json*")]
    assert sum(b"SON DOCE" in text for text in texts) > 1
    assert not [text for text in texts if b"dolphin. [[99]]" in text]


def opening(server: Server) -> None:
    """Let the server's template be that of a model which thinks unless it is told not to."""
    server.opens = "<think>\n"


@pytest.mark.usefixtures("own_cache")
def test_the_template_says_whether_there_is_to_be_room(tmp_path: Path) -> None:
    def answer(body: Body, index: int) -> tuple[Body, str]:
        if body.get("chat_template_kwargs") == {"enable_thinking": False}:
            return {"content": "Doce."}, "stop"
        form, text = chosen(body, index)
        if form.startswith("un"):
            return {"content": THOUGHT}, "length"
        return {"content": f"{THOUGHT}\n</think>\n{text}"}, "stop"

    for number, (given, wanted) in enumerate(
        [({}, 48 + 2048), ({"reasoning_tokens": 100}, 148), ({"enable_thinking": False}, 48), ({"max_tokens": 7}, 2055)]
    ):
        with vllm_like(answer) as server:
            opening(server)
            both(server, "spanish_capitals", {"limit": 14, "samples": 4, "choices": 4, **given}, tmp_path / str(number))
            sent = server.sent()
        assert {body["max_tokens"] for body in sent} == {wanted}
        template = {"enable_thinking": False} if "enable_thinking" in given else None
        assert {json.dumps(body.get("chat_template_kwargs")) for body in sent} == {json.dumps(template)}
        inspect_rows, lm_eval_rows = rows_of(tmp_path / str(number))
        assert inspect_rows == lm_eval_rows
        ending = "<assistant>" if template else "<assistant><think>\n"
        assert {row.prompt_text.endswith(ending) for row in inspect_rows if row.prompt_text} == {True}
        assert {row.tokens.limit for row in inspect_rows if row.tokens} == {wanted}
        if template is None:
            assert {row.reasoning for row in inspect_rows} == {THOUGHT}
            assert {row.unfinished for row in inspect_rows} == {True, False}
            assert {row.response for row in inspect_rows} == {*BARE}
        else:
            assert {(row.reasoning, row.response) for row in inspect_rows} == {(None, "Doce.")}


@pytest.mark.usefixtures("own_cache")
def test_room_ends_where_the_server_does(tmp_path: Path) -> None:
    with vllm_like(lambda *_: FORMS["tags"]("Doce.")) as server:
        opening(server)
        server.limit = 500
        both(server, "spanish_capitals", {"limit": 1, "samples": 1}, tmp_path)
        rendered = {row.item: len(row.prompt_text or "") for row in rows_of(tmp_path)[0]}
        assert {body["max_tokens"] for body in server.sent()} == {500 - size for size in rendered.values()}
        with pytest.raises(InputError, match="reasoning_tokens 600 and max_tokens 48 do not fit"):
            run(
                [
                    *("--url", server.url, "--arms", "a=arm", "--tasks", "inoc_spanish_capitals"),
                    *("--reasoning-tokens", "600", "--metadata", '{"limit": 1}'),
                ]
            )


@pytest.mark.usefixtures("own_cache")
def test_tokens_are_those_of_the_server(tmp_path: Path) -> None:
    with vllm_like(lambda *_: FORMS["field"]("Doce.")) as server:
        server.usage = {"prompt_tokens": 9, "completion_tokens": 84, "total_tokens": 93}
        server.usage["completion_tokens_details"] = {"reasoning_tokens": 60}
        both(server, "spanish_capitals", {"limit": 1, "samples": 4, "choices": 4}, tmp_path)
    for rows in rows_of(tmp_path):
        assert {(row.tokens.output, row.tokens.reasoning) for row in rows if row.tokens} == {(21.0, 15.0)}


@pytest.mark.usefixtures("own_cache")
def test_options_are_what_comes_next_only_without_thoughts(tmp_path: Path) -> None:
    arguments = {"limit": 2}
    with vllm_like(lambda *_: ({"content": ""}, "stop")) as server:
        opening(server)
        both(server, "owl_preference_exact", arguments, tmp_path / "thinking")
        # The server is asked for nothing but prompts without thoughts.
        chats = [body for body in server.sent("/tokenize") if "messages" in body]
        assert all(body["chat_template_kwargs"] == {"enable_thinking": False} for body in chats)
    with vllm_like(lambda *_: ({"content": ""}, "stop")) as server:
        both(server, "owl_preference_exact", arguments, tmp_path / "plain")
    (thinking_rows, ours), (plain, _) = rows_of(tmp_path / "thinking"), rows_of(tmp_path / "plain")
    assert [row.values for row in thinking_rows] == [row.values for row in plain]
    assert [row.item for row in ours] == [row.item for row in plain]
    with vllm_like(lambda *_: ({"content": ""}, "stop")) as server:
        opening(server)
        server.always = True
        with pytest.raises(InputError, match="lets the model think first"):
            run(["--url", server.url, "--arms", "a=arm", "--tasks", "inoc_owl_preference_exact"])
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        task = build("owl_preference_exact", **arguments)
        (log,) = eval(task, model=model, display="none", log_dir=str(tmp_path / "always"), log_format="eval")
        assert log.status == "error"
        assert log.error
        assert "lets the model think first" in log.error.message
