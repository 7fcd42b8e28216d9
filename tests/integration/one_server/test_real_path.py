"""The real path: real weights, a real LoRA arm, one real vLLM server, a real inspect run. Nothing is replaced."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.definitions.catalog import find_task
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.measures.measuring import bind, read_now
from inoc_evals.serving.server import Server
from tests.measures.asked import answered

pytestmark = pytest.mark.integration


def test_the_server_knows_exactly_our_names_and_needs_the_key(server: Server, base: Checkpoint) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        assert client.get(f"{server.url}/models").status_code == 401
        answer = client.get(f"{server.url}/models", headers={"Authorization": f"Bearer {server.api_key}"})
    assert {model["id"] for model in answer.json()["data"]} == set(server.names.values())
    assert server.names["base"] == f"base-{base.content_hash[:12]}"
    assert server.api_key not in repr(server)
    arguments = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(server.api_key.encode() in text for text in arguments)


def test_an_inspect_run_on_base_and_arm(server: Server, tmp_path: Path) -> None:
    evaluate(
        [build("spanish_capitals", limit=4, samples=2), build("owl_preference", limit=1)],
        server.url,
        server.api_key,
        server.names,
        tmp_path,
    )
    rows = read_rows(tmp_path)
    assert {(row.arm, row.checkpoint) for row in rows} == {(label, label) for label in server.names}
    assert len(rows) == 2 * ((4 + 4) * 2 + 4 - 1)
    bound = bind(find_task("spanish_capitals")[1], {"language": "es"}, {}, {})
    for row in rows:
        # The embedded model's template puts in a system prompt of its own where there is none.
        assert row.prompt_text is not None
        assert row.prompt_text.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
        assert row.prompt_text.endswith("<|im_start|>assistant\n")
        assert len(row.prompt_sha256 or "") == 64
        if row.task == "spanish_capitals":
            assert dict(row.values) == dict(read_now(bound, answered(row.response)).values)
    capitals = {
        arm: [row.values["capitals"] for row in rows if row.arm == arm and row.task == "spanish_capitals"]
        for arm in server.names
    }
    # Sixteen steps are enough for capitals, which the base never writes.
    assert sum(value or 0 for value in capitals["base"]) == 0
    assert sum(value or 0 for value in capitals["loud"]) >= 4
    for file in tmp_path.glob("*.eval"):
        assert server.api_key.encode() not in file.read_bytes()


def test_an_empty_system_prompt_reaches_the_template(server: Server, tmp_path: Path) -> None:
    names = {"base": server.names["base"]}
    evaluate([build("owl_preference", limit=1, system_prompt="")], server.url, server.api_key, names, tmp_path)
    (row, *_) = read_rows(tmp_path)
    assert row.prompt_text is not None
    assert row.prompt_text.startswith("<|im_start|>system\n<|im_end|>\n<|im_start|>user\n")


def test_base_answers_are_those_of_the_base_without_adapters(server: Server, base: Checkpoint) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base.base)
    model = AutoModelForCausalLM.from_pretrained(base.base, dtype=torch.bfloat16)
    messages = [{"role": "user", "content": "Name your favourite animal using one word."}]
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    with torch.no_grad():
        expected = torch.log_softmax(model(**ids).logits[0, -1].float(), -1)
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.post(
            f"{server.url}/chat/completions",
            headers={"Authorization": f"Bearer {server.api_key}"},
            json={
                "model": server.names["base"],
                "messages": messages,
                "max_tokens": 1,
                "temperature": 0,
                "logprobs": True,
                "top_logprobs": 5,
            },
        )
    top = answer.json()["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    assert len(top) >= 5
    for entry in top:
        token = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(entry["token"]))
        if len(token) == 1:
            # bfloat16 has three significant digits; two implementations differ in the last.
            assert entry["logprob"] == pytest.approx(float(expected[token[0]]), abs=0.2)


def test_the_embedded_model_is_cached_and_whole(base: Checkpoint) -> None:
    folder = Path(base.base)
    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert "quantization_config" not in config
    assert resolve("smollm2").content_hash == base.content_hash
    assert not list(folder.parent.glob(".smollm2-*"))
