"""Arms of a file in lm-eval: how each is asked, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.commands.lm_eval.run import run
from inoc_evals.errors import InputError
from tests.harness_lm_eval.vllm_like import vllm_like

TASK = "inoc_owl_preference"
ARMS = """\
arms:
  plain: {checkpoints: [arm]}
  told: {checkpoints: [arm], variation: {system_prompt: "Be brief.", temperature: 0.5, top_p: 0.25, max_tokens: 3}}
"""


def test_arms_of_a_file_ask_one_name_in_their_own_ways(tmp_path: Path) -> None:
    (tmp_path / "arms.yaml").write_text(ARMS)
    options = ["--arms", str(tmp_path / "arms.yaml"), "--tasks", TASK, "--output_path", str(tmp_path / "out")]
    with vllm_like(lambda *_: "Owl.") as server:
        run(["--url", server.url, "--metadata", '{"limit": 1, "samples": 1}', *options])
        sent = server.sent()
    plain = [body for body in sent if len(body["messages"]) == 1]
    told = [body for body in sent if body["messages"][0] == {"role": "system", "content": "Be brief."}]
    assert len(plain) == len(told) == len(sent) / 2 > 0
    assert {body["model"] for body in sent} == {"arm"}
    assert {(body["temperature"], body["top_p"], body["max_tokens"]) for body in told} == {(0.5, 0.25, 3)}
    assert {(body["temperature"], body["top_p"]) for body in plain} == {(1.0, 1.0)}
    found = [json.loads(file.read_text())["config"]["inoc_arm"] for file in (tmp_path / "out").rglob("results_*.json")]
    assert {one["label"]: one["variation"] for one in found} == {
        "plain": {},
        "told": {"system_prompt": "Be brief.", "temperature": 0.5, "top_p": 0.25, "max_tokens": 3},
    }


@pytest.mark.parametrize(
    ("metadata", "tasks", "message"),
    [
        ({"temperature": 1}, TASK, "arm told sets temperature, and --metadata does so for all arms"),
        ({}, f"{TASK},hellaswag", "arm told varies how it is asked, which reaches our tasks only"),
    ],
)
def test_a_variation_that_could_not_be_asked(
    tmp_path: Path, metadata: dict[str, object], tasks: str, message: str
) -> None:
    (tmp_path / "arms.yaml").write_text(ARMS)
    options = ["--arms", str(tmp_path / "arms.yaml"), "--tasks", tasks, "--metadata", json.dumps(metadata)]
    with vllm_like(lambda *_: "Owl.") as server, pytest.raises(InputError, match=message):
        run(["--url", server.url, *options])
