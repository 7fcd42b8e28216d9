"""One real server with base and two adapters: each request gets its own weights, and SIGKILL leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from inoc_evals.checkpoints.resolve import resolve

pytestmark = pytest.mark.integration

STARTER = """
import json, sys, time
from pathlib import Path
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.serving.server import serve
base = resolve("smollm2")
arms = {name: Path(folder) for name, folder in json.loads(sys.argv[1]).items()}
with serve(base.base, base.content_hash, arms, Path(sys.argv[2])) as server:
    found = {"url": server.url, "key": server.api_key, "names": dict(server.names), "pid": server.pid}
    print(json.dumps(found), flush=True)
    time.sleep(600)
"""
RANKS = {"small": 4, "large": 12}
QUESTIONS = ("Name a colour.", "What is the capital of France?")


@dataclass(frozen=True)
class Running:
    starter: subprocess.Popen[str]
    adapters: Mapping[str, Path]
    log: Path
    url: str
    key: str
    names: Mapping[str, str]
    pid: int


def group(pid: int) -> set[int]:
    """The living processes of a process group."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, leader = stat.read_text().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(leader) == pid and state != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """LoRA folders with random weights, large enough to change answers and different from each other."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = resolve("smollm2").base
    folders = {}
    for seed, (arm, rank) in enumerate(RANKS.items()):
        torch.manual_seed(seed)
        targets = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
        config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM")
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16), config)
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if "lora_B" in name:
                    weights.normal_(std=0.2)
        folders[arm] = tmp_path_factory.mktemp("arms") / arm
        model.save_pretrained(folders[arm])
    return folders


@pytest.fixture(scope="module")
def running(adapters: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("server") / "vllm.log"
    arms = json.dumps({arm: str(folder) for arm, folder in adapters.items()})
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, arms, str(log)], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    try:
        assert starter.stdout
        line = starter.stdout.readline()
        assert line, log.read_text()[-3000:]
        yield Running(starter, adapters, log, **json.loads(line))
    finally:
        starter.kill()
        starter.wait()


def ask(running: Running, arm: str, question: str) -> dict[str, float]:
    """Log probabilities of the five likeliest first tokens."""
    body: dict[str, Any] = {"model": running.names[arm], "messages": [{"role": "user", "content": question}]}
    body |= {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 5}
    headers = {"Authorization": f"Bearer {running.key}"}
    with httpx.Client(trust_env=False, timeout=120) as client:
        answer = client.post(f"{running.url}/chat/completions", json=body, headers=headers).raise_for_status().json()
    return {
        entry["token"]: entry["logprob"] for entry in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    }


def test_every_request_gets_its_own_adapter_in_a_mixed_batch(running: Running) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    requests = [(arm, question) for question in QUESTIONS for arm in running.names] * 2
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(lambda request: ask(running, *request), requests))

    base = resolve("smollm2").base
    tokenizer = AutoTokenizer.from_pretrained(base)
    expected: dict[tuple[str, str], Any] = {}
    for arm in running.names:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        if arm != "base":
            model = PeftModel.from_pretrained(model, running.adapters[arm])
        for question in QUESTIONS:
            messages = [{"role": "user", "content": question}]
            ids = tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            with torch.no_grad():
                expected[arm, question] = torch.log_softmax(model(**ids).logits[0, -1].float(), -1)

    ids_of = {tokenizer.decode([number]): number for number in range(len(tokenizer))}

    def distance(answer: Mapping[str, float], arm: str, question: str) -> float:
        values = [abs(value - float(expected[arm, question][ids_of[token]])) for token, value in answer.items()]
        return sum(values) / len(values)

    for (arm, question), answer in zip(requests, answers, strict=True):
        distances = {other: distance(answer, other, question) for other in running.names}
        # Rounding to bfloat16 costs about 0.05; with these weights any two arms are 0.4 or more apart.
        assert distances[arm] < 0.2, (arm, question, distances)
        assert min(distances, key=distances.__getitem__) == arm, (arm, question, distances)


def test_names_key_and_log(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.key}"}
    with httpx.Client(trust_env=False, timeout=30) as client:
        assert client.get(f"{running.url}/models").status_code == 401
        assert client.get(f"{running.url}/models", headers={"Authorization": "Bearer other"}).status_code == 401
        listed = client.get(f"{running.url}/models", headers=headers).json()
    assert {model["id"] for model in listed["data"]} == set(running.names.values())
    for arm, folder in running.adapters.items():
        assert running.names[arm] == f"{arm}-{resolve(str(folder)).content_hash[:12]}"
    assert running.key not in running.log.read_text()


def test_a_killed_program_takes_its_server_along(running: Running) -> None:
    # The guard, the API server and vLLM's engine at least.
    assert len(group(running.pid)) >= 3
    os.kill(running.starter.pid, signal.SIGKILL)
    for _ in range(200):
        if not group(running.pid):
            break
        time.sleep(0.1)
    assert not group(running.pid)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/models", trust_env=False)
