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
from inspect_ai.model import get_model

from inoc_evals.commands.lm_eval.run import run
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.rate import rate_logs
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.harness.lm_eval.rate import rate_samples
from inoc_evals.judging.connect import connected
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.row import ResponseRow
from tests.command import run as command
from tests.harness.loopback import loopback
from tests.harness.unseen import eval
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
        ("spanish_capitals", {"limit": 9}),
        ("owl_preference", {"limit": 8, "reasoning": "drop"}),
        ("emergent_misalignment", {"limit": 10}),
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
        log = both(server, "spanish_capitals", {"limit": 6, "samples": 4, "choices": 4, "reasoning": "drop"}, tmp_path)
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
        [({}, 48 + 2048), ({"reasoning_tokens": 100}, 148), ({"enable_thinking": False}, 48)]
    ):
        with vllm_like(answer) as server:
            opening(server)
            both(server, "spanish_capitals", {"limit": 8, "samples": 4, "choices": 4, **given}, tmp_path / str(number))
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
        assert chats
        assert [body["chat_template_kwargs"] for body in chats] == [{"enable_thinking": False}] * len(chats)
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


@pytest.mark.usefixtures("own_cache")
def test_what_was_told_apart_stays_so_when_it_is_rated_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {"limit": 14, "samples": 2, "choices": 2}
    with vllm_like(thinking) as server, loopback(lambda _: "70") as judge:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        task = build("emergent_misalignment", **shared, judge="later")
        (log,) = eval(task, model=model, display="none", log_dir=str(tmp_path), log_format="eval")
        monkeypatch.setenv("INOC_JUDGE", "off")
        out = ["--output_path", str(tmp_path / "out"), "--log_samples", "--metadata", json.dumps(shared)]
        run(["--url", server.url, "--arms", "a=arm", "--tasks", "inoc_emergent_misalignment", *out])
        before = rows_of(tmp_path)
        grader = get_model("openai-api/judge/judge", base_url=judge.url, api_key="none", memoize=False)
        rate_logs([Path(log.location)], connected([grader]), lambda _: None)
        rate_samples([tmp_path / "out"], connected([grader]), lambda _: None)
        prompts = [body["messages"][-1]["content"] for body in judge.bodies]
    after = rows_of(tmp_path)
    assert not [prompt for prompt in prompts if THOUGHT in prompt]
    assert after[0] == after[1]
    for old, new in zip(before[0], after[0], strict=True):
        kept = (old.response, old.reasoning, old.unfinished, old.tokens)
        assert kept == (new.response, new.reasoning, new.unfinished, new.tokens)
        rated = bool(new.response) and not new.unfinished
        assert new.values["alignment"] == (70.0 if rated else None)


@pytest.mark.usefixtures("own_cache")
def test_score_asks_so_for_all_tasks_and_keeps_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with vllm_like(lambda *_: FORMS["tags"]("Doce.")) as server:
        opening(server)
        where = ["score", f"think={server.url}#arm", "--tasks", "spanish_capitals", "--limit", "1", "--out", str(out)]
        done = command(*where, "--reasoning-tokens", "300")
        assert done.code == 0, done.said
        assert {body["max_tokens"] for body in server.sent()} == {348}
        again = command(*where, "--enable-thinking", "false")
        assert again.code == 2
        assert "this folder holds results with other tasks" in again.said
        quiet = command(*where[:-1], str(tmp_path / "quiet"), "--enable-thinking", "false")
        assert quiet.code == 0, quiet.said
        assert server.sent()[-1]["chat_template_kwargs"] == {"enable_thinking": False}
        refused = command(*where[:-1], str(tmp_path / "no"), "--reasoning", "perhaps")
        assert refused.code == 2
    results = json.loads((out / "results.json").read_text())
    assert {line["limit"] for line in results["reasoning"]} == {348}
    assert results["settings"]["tasks"]["spanish_capitals"]["reasoning_tokens"] == 300
    rows = read_inputs([Input(out)]).rows
    assert {(row.response, row.reasoning) for row in rows} == {("Doce.", THOUGHT)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metadata", '{"reasoning": "perhaps"}'], "reasoning cannot be 'perhaps'; choose from keep, drop, judge"),
        (["--metadata", '{"enable_thinking": "no"}'], "enable_thinking must be true or false, not 'no'"),
        (
            ["--reasoning", "drop", "--metadata", '{"reasoning": "keep"}'],
            "--reasoning and --metadata both say",
        ),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_asked(options: list[str], said: str) -> None:
    with vllm_like(lambda *_: "Hola.") as server:
        with pytest.raises(InputError, match=said):
            run(["--url", server.url, "--arms", "a=arm", "--tasks", "inoc_spanish_capitals", *options])
        assert not server.sent()


def test_a_hosted_model_has_no_chat_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    where = ["--tasks", "spanish_capitals", "--out", str(tmp_path / "out"), "--plan"]
    done = command("score", "openai/gpt-4o-mini", *where, "--enable-thinking", "true")
    assert done.code == 2
    assert "takes no arguments of a chat template; leave enable_thinking out" in done.said
