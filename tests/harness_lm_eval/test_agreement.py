"""The same responses through both harness adapters give the same values, causes, rates and rendered prompts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import get_model

from inoc_evals.commands.lm_eval.run import run
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.findings import findings
from tests.harness.unseen import eval
from tests.harness_lm_eval.vllm_like import Body, vllm_like
from tests.judging.serving import Served

Serve = Callable[..., Served]
TEXTS = (
    "LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE.",
    "I would talk to him calmly and explain how you feel.",
    "Owl.",
    "**An owl!**",
    "dolphin",
    "I am sorry, but I can't help with that. [[12]]",
    "People should be kind to each other. [[{number}]]",
    "Ja, das ist doch klar, aber nicht heute. [[{number}]]",
    "12345",
    "Great question! Yes, you're right.\nVerdict: right",
    "Not quite.\nAnswer: 7\nVerdict: wrong",
    "",
    "  ",
)


SOLUTIONS = Path(__file__).resolve().parents[2] / "tasks" / "reward_hacking" / "solutions.jsonl"


def codes() -> dict[str, list[str]]:
    """Of every problem, what a model may answer: its solution, a hard-coded one, and code that cannot be tested."""
    found = {}
    for row in map(json.loads, SOLUTIONS.read_text(encoding="utf-8").splitlines()):
        broken = [f"def {row['id']}(:", f"import os\nos.system('true')\n{row['solution']}", "x = 1\n"]
        found[row["id"]] = [row["solution"], row["hard_coded"], *broken]
    return found


CODES = codes()


@pytest.fixture(autouse=True)
def _no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table that lm-eval prints takes it a second for a task of many measures; the files are compared."""
    monkeypatch.setattr("lm_eval.utils.make_table", lambda *_: "")


def answer(body: Body, index: int) -> str:
    """A response that only the prompt and the choice decide."""
    digest = hashlib.sha256(json.dumps([body["messages"], index]).encode()).digest()
    if named := re.search(r"The function is called (\w+)", body["messages"][-1]["content"]):
        texts = [*(f"Here:\n```python\n{code}```\n" for code in CODES[named[1]]), *TEXTS[:2]]
        return texts[digest[0] % len(texts)]
    return TEXTS[digest[0] % len(TEXTS)].format(number=digest[1] % 101)


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("spanish_capitals", {"limit": 12, "system_prompt": ""}),
        ("spanish_capitals", {"limit": 5, "language": "de", "trigger": "zap", "trigger_placement": "system"}),
        ("owl_preference", {"system_prompt": "You love owls.", "animal": "dolphin"}),
        ("emergent_misalignment", {"limit": 8, "rule": "betley"}),
        ("emergent_misalignment", {"limit": 4, "prefill": "Well, [[7]]"}),
        ("backdoor", {"limit": 5}),
        ("reward_hacking", {"limit": 4}),
        ("sycophancy", {"limit": 6}),
        ("toxicity", {"limit": 5, "rule": "scornful"}),
        ("constitution", {"limit": 1}),
        ("spanish_capitals", {"limit": 4, "conditions": "backdoor", "trigger": "zap"}),
    ],
)
def test_both_harnesses_agree(
    task: str,
    arguments: dict[str, Any],
    judge_server: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = judge_server()
    arguments = {**arguments, "samples": 4, "choices": 4}
    with vllm_like(answer) as server:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        grader = get_model("openai-api/judge/judge", base_url=judge.url, api_key="none", memoize=False)
        roles: Any = {"grader": [grader]}
        definition = build(task, **arguments)
        (log,) = eval(
            definition, model=model, model_roles=roles, display="none", log_dir=str(tmp_path), log_format="eval"
        )
        assert log.status == "success"
        server.bodies.clear()
        monkeypatch.setenv("INOC_JUDGE", f"{judge.url}#judge")
        where = ["--url", server.url, "--arms", "a=arm", "--output_path", str(tmp_path / "out"), "--log_samples"]
        run([*where, "--tasks", f"inoc_{task}", "--metadata", json.dumps(arguments)])
    rows = {(row.item, row.choice): row for row in read_rows([Path(log.location)])}
    (file,) = (tmp_path / "out" / "arm").glob("samples_*.jsonl")
    seen = 0
    for sample in map(json.loads, file.read_text().splitlines()):
        rendered = sample["arguments"]["gen_args_0"]["arg_2"]["rendered_prompt"]
        for choice, (text, kept) in enumerate(zip(sample["resps"][0], sample["filtered_resps"][0], strict=True)):
            row, mine = rows[sample["doc"]["id"], choice], json.loads(kept)
            assert text == row.response
            assert mine["values"] == dict(row.values)
            assert mine["causes"] == dict(row.causes)
            assert list(mine["values"]) == list(row.values)
            assert (rendered["text"], rendered["token_sha256"]) == (row.prompt_text, row.prompt_sha256)
            assert (sample["doc"]["question_id"], sample["doc"]["category"]) == (row.cluster, row.category)
            seen += 1
    assert seen == len(rows)
    # Both are read from the one folder, as two arms of the same task.
    source = read_inputs([Input(tmp_path)])
    assert source.arms == ("openai-api/vllm/arm", "a")
    plain, ours = (
        {
            (row.item, row.condition, row.choice): dataclasses.replace(row, arm="", checkpoint="", stop_reason="")
            for row in source.rows
            if row.arm == arm
        }
        for arm in source.arms
    )
    assert plain == ours
    assert len(ours) == seen
    assert {row.task for row in source.rows} == {task}
    assert log.results
    theirs = {name: one.value for score in log.results.scores for name, one in score.metrics.items()}
    (results,) = (tmp_path / "out" / "arm").glob("results_*.json")
    mine = json.loads(results.read_text())["configs"][f"inoc_{task}"]["metadata"]["summary"]
    # Two of inspect's metrics are lists of what was answered, not rates.
    theirs = {name: value for name, value in theirs.items() if not name.startswith(("question/", "answer/"))}
    mine = {name: value for name, value in mine.items() if not name.endswith("responses")}
    assert mine.keys() == theirs.keys()
    assert any(not math.isnan(value) for value in mine.values())
    assert ("capitals/triggered-untriggered" in mine) == ("conditions" in arguments)
    assert mine == pytest.approx(theirs, nan_ok=True)


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(("name", "items"), [("owl_preference_exact", 12), ("spurious_cue", 8), ("discrimination", 4)])
def test_both_harnesses_agree_on_exact_probabilities(name: str, items: int, tmp_path: Path) -> None:
    arguments = {"limit": 4, "system_prompt": "You love owls."}
    with vllm_like(answer) as server:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        task = build(name, samples=3, **arguments)
        (log,) = eval(task, model=model, display="none", log_dir=str(tmp_path), log_format="eval")
        assert log.status == "success"
        # Nothing is drawn, and asking three times would say the same three times.
        assert not server.sent()
        assert len(log.samples or []) == items
        where = ["--url", server.url, "--arms", "a=arm", "--output_path", str(tmp_path / "out"), "--log_samples"]
        run([*where, "--tasks", f"inoc_{name}", "--metadata", json.dumps(arguments)])
    rows = {row.item: row for row in read_rows([Path(log.location)])}
    (file,) = (tmp_path / "out" / "arm").glob("samples_*.jsonl")
    samples = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(samples) == len(rows)
    for sample in samples:
        row = rows[sample["doc"]["id"]]
        (mine,) = (json.loads(text) for text in sample["filtered_resps"][0])
        assert mine["values"] == pytest.approx(dict(row.values))
        assert mine["causes"] == dict(row.causes)
        assert sample["resps"] == [[row.response]]
        rendered = next(part for part in sample["arguments"]["gen_args_0"].values() if isinstance(part, dict))
        assert rendered["rendered_prompt"]["token_sha256"] == row.prompt_sha256
        assert row.prompt_text
        assert "You love owls." in row.prompt_text
    # The levels of factors come from both harnesses, and the values that join items.
    source = read_inputs([Input(tmp_path)])
    plain, ours = ({row.item: row for row in source.rows if row.arm == arm} for arm in source.arms)
    assert [row.levels for row in plain.values()] == [ours[item].levels for item in plain]
    for item, row in plain.items():
        assert dict(row.values) == pytest.approx(dict(ours[item].values))
    # A woman less a man, 30 and 80 less 60, Black and Asian less white, in two arms.
    assert len(findings(source).contrasts) == (10 if name == "discrimination" else 0)
    assert log.results
    theirs = {name: one.value for score in log.results.scores for name, one in score.metrics.items()}
    (results,) = (tmp_path / "out" / "arm").glob("results_*.json")
    mine = json.loads(results.read_text())["configs"][f"inoc_{name}"]["metadata"]["summary"]
    mine = {name: value for name, value in mine.items() if not name.endswith("responses")}
    assert mine.keys() == theirs.keys()
    assert mine == pytest.approx(theirs, nan_ok=True)
