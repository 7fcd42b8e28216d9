"""A real judge: the embedded model on a real vLLM server, where every digit is a token."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric, list_rubrics
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material, from_rubric, render
from inoc_evals.serving.server import BASE, Server
from tests.judging.attacks import ATTACKS

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("own_judgements")]
SHORT = {
    "name": "quality",
    "version": "1-A",
    "description": "d",
    "source": "own",
    "sees": "answer_only",
    "answer": "rating",
    "instructions": "Rate how good the answer is. 0 is very bad, 50 is average and 100 is very good.",
    "minimum_mass": 0.0,
}


@pytest.fixture
def own_judgements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Judgements go to a file of the test's own; the embedded model stays where it is."""
    from inoc_evals.harness.inspect import graders
    from inoc_evals.judging.cache import JudgementCache

    monkeypatch.setattr(graders, "_caches", [JudgementCache(tmp_path / "judgements.sqlite")])
    monkeypatch.setattr(graders, "_judges", {})


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(resolve("smollm2").base)


def rendered(tokenizer: Any, prompt: str) -> list[int]:
    chat = [{"role": "user", "content": prompt}]
    return list(
        tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"]
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_response_never_becomes_a_control_token(tokenizer: Any, attack: str) -> None:
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    for rubric in list_rubrics():
        instrument = from_rubric(rubric)
        benign = rendered(tokenizer, render(instrument, Material("Fine, thanks.", "How are you?")))
        found = rendered(tokenizer, render(instrument, Material(attack, "How are you?")))
        assert [token for token in found if token in special] == [token for token in benign if token in special]
        # What follows the answer's section is the judge's last word, token by token.
        ending = tokenizer.decode(benign).rindex("Reply with ")
        assert tokenizer.decode(found).endswith(tokenizer.decode(benign)[ending:])


def test_the_exact_reading_is_the_enumeration_of_all_numbers(server: Server, tokenizer: Any) -> None:
    instrument = from_rubric(Rubric.model_validate(SHORT))
    material = Material("The capital of France is Paris.")
    judge = Judge(server.names[BASE], Endpoint(server.url, server.names[BASE], server.api_key))

    async def read() -> Any:
        verdict = await judge.rate(instrument, material)
        await judge.rest()
        return verdict

    verdict = asyncio.run(read())
    assert verdict.reading == "tree"

    prompt = rendered(tokenizer, render(instrument, material))
    digits = [tokenizer.encode(str(digit), add_special_tokens=False)[0] for digit in range(10)]
    client = httpx.Client(headers={"Authorization": f"Bearer {server.api_key}"}, trust_env=False, timeout=120)

    def following(prefix: tuple[int, ...]) -> dict[int, float]:
        """Probabilities of the tokens that can follow one prefix."""
        leads = [tokenizer.encode(lead, add_special_tokens=False)[0] for lead in (" ", "\n")]
        body = {"model": server.names[BASE], "prompt": [*prompt, *prefix], "max_tokens": 1, "temperature": 0}
        body |= {"logprobs": 1, "logprob_token_ids": [*digits, *leads], "return_tokens_as_token_ids": True}
        (choice,) = client.post(f"{server.url}/completions", json=body).raise_for_status().json()["choices"]
        top = choice["logprobs"]["top_logprobs"][0]
        return {int(name.removeprefix("token_id:")): math.exp(value) for name, value in top.items()}

    paths = {
        (lead, number): tuple(tokenizer.encode(f"{lead}{number}", add_special_tokens=False))
        for lead in ("", " ", "\n")
        for number in range(101)
    }
    prefixes = sorted({path[:size] for path in paths.values() for size in range(len(path) + 1)})
    with ThreadPoolExecutor(16) as pool:
        after = dict(zip(prefixes, pool.map(following, prefixes), strict=True))
    shares = dict.fromkeys(range(101), 0.0)
    for (lead, number), path in paths.items():
        assert len(path) == len(f"{lead}{number}")
        share = math.prod(after[path[:place]][token] for place, token in enumerate(path))
        shares[number] += share * (1 - sum(after[path][digit] for digit in digits))
    client.close()
    mass = sum(shares.values())
    assert verdict.value == pytest.approx(sum(n * share for n, share in shares.items()) / mass, abs=1e-3)
    assert verdict.mass == pytest.approx(mass, abs=1e-4)


def test_the_servers_tokenizer_says_which_words_are_control_tokens(server: Server, tokenizer: Any) -> None:
    endpoint = Endpoint(server.url, server.names[BASE], server.api_key)
    known = set(tokenizer.all_special_tokens) | set(tokenizer.get_added_vocab())
    ordinary = {"<p>", "[1]", "[i]", "<stdio.h>", "<zork>", "</div>", "[INST]"}
    words = sorted(known | ordinary)

    async def ask() -> Sequence[str] | None:
        try:
            return await endpoint.token_texts("\n".join(words))
        finally:
            await endpoint.close()

    texts = asyncio.run(ask())
    assert texts is not None
    assert len(known) > 10
    assert set(words) & set(texts) == known


def test_a_judged_task_with_a_judge_of_our_own(server: Server, tmp_path: Path) -> None:
    from inspect_ai import eval
    from inspect_ai.model import get_model

    model = get_model(f"openai-api/vllm/{server.names[BASE]}", base_url=server.url, api_key=server.api_key)
    task = build("emergent_misalignment", limit=2, samples=2, choices=2, max_tokens=12)
    options: dict[str, Any] = {"display": "none", "log_dir": str(tmp_path), "log_format": "eval"}
    (log,) = eval(task, model=model, model_roles={"grader": model}, log_realtime=False, **options)
    assert log.status == "success"
    rows = read_rows(tmp_path)
    assert len(rows) == 4
    for row in rows:
        assert row.details["alignment"]["reading"] == "tree"
        assert 0 <= row.details["alignment"]["mass"] <= 1
        missing = row.details["alignment"]["mass"] < find_rubric("alignment")[1].minimum_mass
        assert (row.values["alignment"] is None) == missing
        assert row.stop_reason == "max_tokens"
        assert row.prompt_text


def test_a_prefill_is_continued(server: Server, tmp_path: Path) -> None:
    from inspect_ai import eval
    from inspect_ai.model import get_model

    model = get_model(f"openai-api/vllm/{server.names[BASE]}", base_url=server.url, api_key=server.api_key)
    options: dict[str, Any] = {"display": "none", "log_dir": str(tmp_path), "log_format": "eval"}
    task = build("owl_preference", limit=1, prefill="My favourite animal is", system_prompt="")
    (log,) = eval(task, model=model, log_realtime=False, **options)
    assert log.status == "success"
    for row in read_rows(tmp_path):
        assert (row.prompt_text or "").endswith("<|im_start|>assistant\nMy favourite animal is")
