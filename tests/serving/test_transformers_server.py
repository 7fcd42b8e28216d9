"""Our own server on transformers, which really starts: what it answers is what transformers gives under the hook."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.client.apart import run_apart
from inoc_evals.client.continuations import Continuations
from inoc_evals.client.endpoint import CONTINUE, Endpoint
from inoc_evals.client.next_tokens import NextTokens
from inoc_evals.commands.doctor_checkpoint import TOLERANCE, ask
from inoc_evals.serving.decoding import Decoding, Row
from inoc_evals.serving.proof import PROBES
from inoc_evals.serving.reference import expected
from inoc_evals.serving.server import BASE, Server, ServerSettings, serve
from inoc_evals.stats.apart import coarse_variation
from inoc_evals.steering.direction import read_direction
from inoc_evals.steering.hooks import steered

torch = pytest.importorskip("torch")

LAYER, STRENGTH, ADAPTED = 1, 1.5, "both"
TEXTS = ["Hola.", "How did you spend last Sunday?", "¿Qué?"]
LENGTHS = [12, 5, 9]


def arms_of(folder: Path, strength: float) -> str:
    steer = f"{{direction: {folder.parent / 'direction.safetensors'}, layer: {LAYER}, strength: {strength}}}"
    return (
        f"arms:\n  steered: {{checkpoints: [{folder}], variation: {{steer: {steer}}}}}\n"
        f"  {ADAPTED}: {{checkpoints: [{folder.parent / 'adapter'}], variation: {{steer: {steer}}}}}\n"
    )


@pytest.fixture(scope="module")
def served(qwen3: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server for the steered model and the adapter on it, and the folder that is served."""
    place = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INOC_EVALS_CACHE", str(place / "cache"))
        (place / "arms.yaml").write_text(arms_of(qwen3, STRENGTH))
        (group,) = by_base(read_arms([], place / "arms.yaml"))
    settings = ServerSettings(max_model_len=400, extra_args=("--dtype=float32",))
    base = group.base
    with serve(base.base, base.content_hash, group.adapters, place / "log", settings) as server:
        yield server, Path(base.base)


@pytest.fixture(scope="module")
def models(qwen3: Path) -> dict[str, Any]:
    """The same weights in transformers alone, not steered."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    def loaded() -> Any:
        return AutoModelForCausalLM.from_pretrained(qwen3, dtype=torch.float32).eval()

    return {BASE: loaded(), ADAPTED: PeftModel.from_pretrained(loaded(), qwen3.parent / "adapter").eval()}


@pytest.fixture(scope="module")
def vector(qwen3: Path) -> Any:
    return read_direction(qwen3.parent / "direction.safetensors").added(LAYER, STRENGTH)


@pytest.fixture(scope="module")
def tokenizer(qwen3: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(qwen3)


def prompt_of(tokenizer: Any, text: str) -> list[int]:
    chat = [{"role": "user", "content": text}]
    return list(tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"])


def next_logs(model: Any, prompt: Sequence[int]) -> Any:
    with torch.no_grad():
        return torch.log_softmax(model(input_ids=torch.tensor([list(prompt)])).logits[0], -1)


async def chats(server: Server, name: str, bodies: Sequence[dict[str, Any]]) -> list[Any]:
    async with Endpoint(server.url, server.names[name], server.api_key) as endpoint:
        return await asyncio.gather(*(endpoint.chat(body) for body in bodies))


def chat(server: Server, text: str, name: str = BASE, **more: Any) -> Any:
    return run_apart(chats(server, name, [{"messages": [{"role": "user", "content": text}], **more}]))[0]


@pytest.mark.parametrize("name", [BASE, ADAPTED])
def test_greedy_answers_are_those_of_generate_under_the_hook(
    name: str, served: tuple[Server, Path], models: dict[str, Any], vector: Any, tokenizer: Any
) -> None:
    asked = [
        {"messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": most}
        for text, most in zip(TEXTS, LENGTHS, strict=True)
    ]
    together = run_apart(chats(served[0], name, asked))
    for text, most, reply in zip(TEXTS, LENGTHS, together, strict=True):
        prompt = torch.tensor([prompt_of(tokenizer, text)])
        greedy = {"max_new_tokens": most, "do_sample": False, "temperature": None, "top_k": None}

        def drawn(prompt: Any = prompt, greedy: Any = greedy) -> Any:
            return models[name].generate(input_ids=prompt, **greedy)[0, prompt.shape[1] :]

        with steered(models[name], LAYER, vector):
            wanted = drawn()
        assert reply["choices"][0]["message"]["content"] == tokenizer.decode(wanted, skip_special_tokens=True)
        assert reply["usage"] == {
            "prompt_tokens": prompt.shape[1],
            "completion_tokens": len(wanted),
            "total_tokens": prompt.shape[1] + len(wanted),
        }
        # The hook is what makes the difference.
        assert wanted.tolist() != drawn().tolist()


@pytest.mark.parametrize("name", [BASE, ADAPTED])
def test_probabilities_are_those_of_a_pass_under_the_hook(
    name: str, served: tuple[Server, Path], models: dict[str, Any], vector: Any, tokenizer: Any
) -> None:
    server = served[0]

    async def ask() -> tuple[Any, ...]:
        async with Endpoint(server.url, server.names[name], server.api_key) as endpoint:
            rendered = await endpoint.rendered(TEXTS[0])
            assert rendered is not None
            prefixes = [(), (70,), (70, 80, 90)]
            named = await endpoint.next_tokens(rendered.tokens, prefixes, [[5, 9], [5, 9], [100]])
            listed = await endpoint.likely_next(rendered.tokens, prefixes, 300)
            whole = await Continuations(endpoint).log_probabilities(rendered.tokens, ["Sí", "No"])
            return rendered, named, listed, whole, await endpoint.prompt_logs([TEXTS[1]])

    rendered, named, listed, whole, (of_prompt,) = run_apart(ask())
    prompt = prompt_of(tokenizer, TEXTS[0])
    assert rendered.tokens == tuple(prompt)
    assert rendered.text == "<|user|>Hola.<|end|><|assistant|>"
    assert rendered.limit == 400
    with steered(models[name], LAYER, vector):
        for place, prefix in enumerate([(), (70,), (70, 80, 90)]):
            wanted = next_logs(models[name], [*prompt, *prefix])[-1]
            assert {token: float(wanted[token]) for token in named[place]} == pytest.approx(named[place], abs=1e-4)
            assert len(listed[place]) == len(wanted)
            for token, log in listed[place].items():
                assert log == pytest.approx(float(wanted[token]), abs=1e-4)
        for text, log in whole.items():
            path = tokenizer.encode(text, add_special_tokens=False)
            logs = next_logs(models[name], [*prompt, *path])[len(prompt) - 1 :]
            assert log == pytest.approx(sum(float(logs[n, token]) for n, token in enumerate(path)), abs=1e-4)
        tokens = tokenizer.encode(TEXTS[1])
        logs = next_logs(models[name], tokens)
        assert of_prompt == pytest.approx([float(logs[n, token]) for n, token in enumerate(tokens[1:])], abs=1e-4)


def test_what_may_come_next_has_its_texts(served: tuple[Server, Path], tokenizer: Any) -> None:
    server = served[0]

    async def ask() -> Any:
        async with Endpoint(server.url, server.names[BASE], server.api_key) as endpoint:
            return await NextTokens(endpoint).after(prompt_of(tokenizer, TEXTS[0]), [(), tuple(tokenizer.encode("Qu"))])

    first, then = run_apart(ask())
    assert sum(np.exp(token.log) for token in first) == pytest.approx(1, abs=1e-4)
    letters = {token.token: token.text for token in then if not token.ends}
    (e,) = tokenizer.encode("e")
    assert letters[e] == "Que"
    assert {tokenizer.decode([token.token]) for token in first if token.ends} >= {"<|end|>"}


def test_an_adapter_is_proven_to_act(served: tuple[Server, Path]) -> None:
    change = served[0].proof.changes[ADAPTED]
    assert change.largest > 0.01
    assert change.noise == 0
    assert served[0].engine == "transformers"


@pytest.mark.parametrize("name", [BASE, ADAPTED])
def test_doctor_finds_it_alike_and_knows_the_hook(name: str, served: tuple[Server, Path], qwen3: Path) -> None:
    server, folder = served
    adapter = qwen3.parent / "adapter" if name == ADAPTED else None

    def apart(base: Path) -> float:
        wanted = expected(str(base), adapter, PROBES)
        prompts, answers = run_apart(ask(server, server.names[name], wanted))
        assert prompts == [one.prompt for one in wanted]
        return max(coarse_variation(one.shares, answer) for one, answer in zip(wanted, answers, strict=True))

    assert apart(folder) < TOLERANCE["float32"] < apart(qwen3)


def test_what_does_not_fit_into_memory_is_answered_in_parts(
    served: tuple[Server, Path], tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoding = Decoding(str(served[1]), {}, "float32")
    rows = [Row(tuple(prompt_of(tokenizer, text)), most) for text, most in zip(TEXTS, LENGTHS, strict=True)]
    wanted = decoding.answers(BASE, rows)
    model, generate = decoding._model, decoding._model.generate
    sizes = []

    def small(**given: Any) -> Any:
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 1:
            raise torch.OutOfMemoryError
        return generate(**given)

    monkeypatch.setattr(model, "generate", small)
    assert decoding.answers(BASE, rows) == wanted
    assert sizes == [3, 1, 2, 1, 1]
    assert decoding.most == 1


def test_draws_follow_the_probabilities_and_nothing_that_was_not_asked_for(
    served: tuple[Server, Path], models: dict[str, Any], vector: Any, tokenizer: Any
) -> None:
    decoding = Decoding(str(served[1]), {}, "float32")
    prompt = tuple(prompt_of(tokenizer, TEXTS[0]))
    count, temperature, top_p = 4000, 1.5, 0.6
    rows = [Row(prompt, 1, 1.0)] * count + [Row(prompt, 1, temperature, top_p)] * count + [Row(prompt, 1)]
    first = [answer.tokens[0] for answer in decoding.answers(BASE, rows)]
    # Nor are the same numbers drawn whenever a server starts.
    assert Decoding(str(served[1]), {}, "float32").answers(BASE, rows[:50]) != decoding.answers(BASE, rows[:50])
    with steered(models[BASE], LAYER, vector):
        logs = next_logs(models[BASE], prompt)[-1].double()
    assert first[-1] == int(logs.argmax())
    warm = torch.softmax(logs / temperature, -1).numpy()
    nucleus = np.zeros_like(warm)
    for token in np.argsort(-warm):
        nucleus[token] = warm[token]
        if nucleus.sum() >= top_p:
            break
    for drawn, shares in ((first[:count], logs.exp().numpy()), (first[count:-1], nucleus / nucleus.sum())):
        seen = np.bincount(drawn, minlength=len(shares)) / count
        assert not seen[shares == 0].any()
        # Six standard errors.
        assert (np.abs(seen - shares) <= 6 * np.sqrt(shares * (1 - shares) / count) + 1e-9).all()


def test_choices_differ_and_a_seed_gives_them_again(served: tuple[Server, Path]) -> None:
    def said(**more: Any) -> list[str]:
        reply = chat(served[0], TEXTS[0], n=4, max_tokens=8, temperature=1.0, top_p=0.9, **more)
        assert [choice["index"] for choice in reply["choices"]] == [0, 1, 2, 3]
        return [choice["message"]["content"] for choice in reply["choices"]]

    first = said(seed=7)
    assert len({*first}) == 4
    assert said(seed=7) == first
    assert said(seed=70) != first
    assert said() != said()


def test_an_answer_ends_where_it_is_told_to(served: tuple[Server, Path], tokenizer: Any) -> None:
    whole = chat(served[0], TEXTS[1], max_tokens=12, temperature=0)
    (choice,) = whole["choices"]
    text = choice["message"]["content"]
    assert choice["finish_reason"] == "length"
    stop = text[4:6]
    cut = chat(served[0], TEXTS[1], max_tokens=12, temperature=0, stop=[stop])["choices"][0]
    assert cut["message"]["content"] == text[: text.index(stop)]
    assert cut["finish_reason"] == "stop"
    messages = [{"role": "user", "content": TEXTS[1]}, {"role": "assistant", "content": "Well, "}]
    continued = {"messages": messages, "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 3}
    (reply,) = run_apart(chats(served[0], BASE, [{**continued, **CONTINUE}]))
    # Without what ends a turn.
    wanted = "<|user|>How did you spend last Sunday?<|end|><|assistant|>Well, "
    assert reply["usage"]["prompt_tokens"] == len(tokenizer.encode(wanted))
    (token,) = reply["choices"][0]["logprobs"]["content"]
    assert len(token["top_logprobs"]) == 3
    assert token["top_logprobs"][0]["logprob"] == token["logprob"]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"top_k": 5}, 400, "top_k"),
        ({"model": "other"}, 404, "no model 'other'"),
        ({"max_tokens": 399}, 400, "maximum context length of 400"),
        ({"messages": []}, 400, "messages"),
        ({"chat_template_kwargs": {"chat_template": "{{ '' }}"}}, 400, "a prompt of 0 tokens is empty"),
        ({"chat_template_kwargs": {"chat_template": "{{ raise_exception('no') }}"}}, 400, "cannot render this: no"),
    ],
)
def test_what_it_cannot_do_is_refused(
    change: dict[str, Any], status: int, said: str, served: tuple[Server, Path]
) -> None:
    server = served[0]
    body = {"model": server.names[BASE], "messages": [{"role": "user", "content": "x"}], "max_tokens": 1, **change}
    refused = refusal(server, f"{server.url}/chat/completions", body, server.api_key)
    assert refused[0] == status
    assert said in refused[1]


def test_tokens_that_are_none_and_strangers_are_refused(served: tuple[Server, Path]) -> None:
    server = served[0]
    body = {"model": server.names[BASE], "prompt": [[5, 999]], "max_tokens": 1, "temperature": 0}
    status, said = refusal(server, f"{server.url}/completions", body, server.api_key)
    assert (status, "there is no token 999" in said) == (400, True)
    for key in (None, "wrong"):
        assert refusal(server, f"{server.url}/completions", body, key)[0] == 401
        assert refusal(server, f"{server.url}/models", None, key)[0] == 401


def refusal(server: Server, url: str, body: Any, key: str | None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request)
    with told.value as error:
        return error.code, json.load(error)["error"]["message"]


@pytest.mark.usefixtures("own_cache")
def test_no_strength_changes_no_bit(qwen3: Path, tmp_path: Path, tokenizer: Any) -> None:
    (tmp_path / "arms.yaml").write_text(arms_of(qwen3, 0.0))
    (group,) = by_base(read_arms([], tmp_path / "arms.yaml"))
    rows = [Row(tuple(prompt_of(tokenizer, text)), 10, top=300) for text in TEXTS]
    adapter = qwen3.parent / "adapter"
    steered_by_nothing = Decoding(group.base.base, {ADAPTED: group.adapters[ADAPTED]})
    plain = Decoding(str(qwen3), {ADAPTED: adapter})
    for name in (BASE, ADAPTED):
        assert steered_by_nothing.answers(name, rows) == plain.answers(name, rows)
    assert plain.answers(BASE, rows) != plain.answers(ADAPTED, rows)
