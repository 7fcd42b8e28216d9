"""Both harnesses on one real vLLM server: the same prompts, token by token, and the same greedy answers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.client.continuations import exclusive, log_sum
from inoc_evals.commands.lm_eval.run import run
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.protocols.choose import LEADS, spellings
from inoc_evals.serving.server import BASE, Server

pytestmark = pytest.mark.integration


def served(server: Server) -> dict[str, str]:
    """The base alone, which is what lm-eval is told of."""
    return {BASE: server.names[BASE]}


def lm_eval(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, task: str, metadata: Any) -> list[Any]:
    monkeypatch.setenv("TEST_KEY", server.api_key)
    where = ["--url", server.url, "--key-env", "TEST_KEY", "--base", "smollm2"]
    out = ["--output_path", str(folder), "--log_samples", "--metadata", json.dumps(metadata)]
    run([*where, *out, "--tasks", task])
    (file,) = folder.glob(f"*/samples_{task}_*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("prompt", [{}, {"system_prompt": ""}, {"system_prompt": "You love owls."}])
def test_prompts_and_greedy_answers_are_the_same(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: dict[str, str]
) -> None:
    arguments: dict[str, Any] = {"limit": 4, "temperature": 0, "samples": 1, **prompt}
    evaluate([build("owl_preference", **arguments)], server.url, server.api_key, served(server), tmp_path)
    rows = {row.item: row for row in read_rows(tmp_path)}
    found = lm_eval(server, tmp_path / "out", monkeypatch, "inoc_owl_preference", arguments)
    assert len(found) == len(rows) > 8
    same = 0
    for sample in found:
        row = rows[sample["doc"]["id"]]
        rendered = sample["arguments"]["gen_args_0"]["arg_2"]["rendered_prompt"]
        assert rendered["text"] == row.prompt_text
        assert rendered["token_sha256"] == row.prompt_sha256
        same += sample["resps"] == [[row.response]]
    # Requests are batched as they come, and bfloat16 sums depend on the batch: a tie may fall either way.
    assert same >= len(rows) - 1


def test_exact_probabilities_are_those_of_the_weights(
    server: Server, base: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = lm_eval(server, tmp_path, monkeypatch, "inoc_owl_preference_exact", {"limit": 1})
    evaluate([build("owl_preference_exact", limit=1)], server.url, server.api_key, served(server), tmp_path / "logs")
    rows = {row.item: row for row in read_rows(tmp_path / "logs")}
    assert len(rows) == len(found) == 3
    tokenizer = AutoTokenizer.from_pretrained(base.base)
    model = AutoModelForCausalLM.from_pretrained(base.base, dtype=torch.float32)
    forms = [lead + form for lead in LEADS for form in spellings(("owl",), "word")]
    paths = {form: tokenizer(form, add_special_tokens=False).input_ids for form in forms}
    for sample in found:
        row = rows[sample["doc"]["id"]]
        (mine,) = (json.loads(text)["values"] for text in sample["filtered_resps"][0])
        # What else is in a batch changes the last digits of the server's sums.
        assert row.values["preference_log_odds"] == pytest.approx(mine["preference_log_odds"], abs=0.1)
        if sample["doc"]["category"] == "choice":
            continue
        start = tokenizer.apply_chat_template(sample["doc"]["messages"], add_generation_prompt=True, return_dict=True)
        kept = [paths[form] for form in exclusive(paths)]
        # What stands behind a text has no part in what came before it.
        rows_of_ids = [[*start["input_ids"], *path, *[0] * (max(map(len, kept)) - len(path))] for path in kept]
        with torch.no_grad():
            tables = torch.log_softmax(model(input_ids=torch.tensor(rows_of_ids)).logits.float(), -1)
        begin = len(start["input_ids"]) - 1
        logs = [
            sum(float(table[begin + place, token]) for place, token in enumerate(path))
            for table, path in zip(tables, kept, strict=True)
        ]
        # The server has bfloat16 weights and sums.
        assert math.log(mine["preference_probability"]) == pytest.approx(log_sum(logs), abs=0.25)
