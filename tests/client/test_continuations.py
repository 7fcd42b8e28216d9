"""Exact log probabilities of texts: against enumeration on made-up models, and through a loopback server."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.client.continuations import Continuations, Path, branches, exclusive, reach
from inoc_evals.client.endpoint import Endpoint, Rendered
from inoc_evals.client.errors import ServerError
from tests.harness.loopback import loopback
from tests.harness_lm_eval.vllm_like import OWL, log_probability, path_log, vllm_like

PATHS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple), min_size=1, max_size=8)


def share(prefix: Path, token: int) -> float:
    """A made-up model: half of the mass on four tokens, weighed by what stands before."""
    weights = [1 + (3 * token + sum(prefix) + len(prefix)) % 5 for token in range(4)]
    return 0.5 * weights[token] / sum(weights)


async def ask(prefixes: Sequence[Path], wanted: Sequence[Sequence[int]]) -> list[Mapping[int, float]]:
    pairs = zip(prefixes, wanted, strict=True)
    return [{token: math.log(share(prefix, token)) for token in tokens} for prefix, tokens in pairs]


@settings(deadline=None, max_examples=60)
@given(PATHS, st.sampled_from([0.0, 1e-9, 0.05]))
def test_every_path_has_the_product_of_its_tokens_and_little_is_left_out(paths: list[Path], tolerance: float) -> None:
    logs = asyncio.run(reach(branches(paths), ask, tolerance))
    left_out = 0.0
    for path in dict.fromkeys(paths):
        product = math.prod(share(path[:depth], token) for depth, token in enumerate(path))
        if path in logs:
            assert math.exp(logs[path]) == pytest.approx(product)
        else:
            assert tolerance
    # What is not entered weighs at most the tolerated share of the first tokens' mass, which is half at most.
    inner = branches(paths)
    entered = {prefix for prefix in inner if any((*prefix, token) in logs for token in inner[prefix])}
    for prefix in inner.keys() - entered:
        if prefix[:-1] in entered:
            left_out += math.exp(logs[prefix])
    assert left_out <= tolerance * 0.5


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(0, 2), max_size=4)))
def test_exclusive_texts_are_the_shortest_ones_and_never_begin_with_one_another(paths: dict[str, list[int]]) -> None:
    kept = exclusive(paths)
    for text in kept:
        assert paths[text]
        assert not any(paths[text][: len(paths[other])] == paths[other] for other in kept if other != text)
    for text in paths.keys() - set(kept):
        assert not paths[text] or any(paths[text][: len(paths[other])] == paths[other] for other in kept)


def test_texts_after_a_chat_are_worth_their_token_paths() -> None:
    chat = [{"role": "system", "content": ""}, {"role": "user", "content": "Which animal?"}]
    texts = ["owl", " owls", "Yes", "no, never"]

    async def read(url: str) -> tuple[Rendered | None, dict[str, float], dict[str, Path], bool]:
        async with Endpoint(url, "arm") as endpoint:
            continuations = Continuations(endpoint)
            rendered = await endpoint.rendered(chat)
            assert rendered is not None
            exact = await continuations.exact(rendered.tokens)
            logs = await continuations.log_probabilities(rendered.tokens, texts)
            return rendered, logs, await continuations.paths(texts), exact

    with vllm_like(lambda *_: "x") as server:
        rendered, logs, paths, exact = asyncio.run(read(server.url))
        spelt = len(server.sent("/tokenize"))
        assert asyncio.run(read(server.url))[1] == logs
        # A second reader asks again; one reader asks once for each text.
        assert len(server.sent("/tokenize")) == 2 * spelt
        # Whether it can be asked, and then all texts, whose tokens a request may name, at once.
        assert len(server.sent("/v1/completions")) == 2 * 2
    assert exact
    assert rendered is not None
    assert rendered.text == "<system></><user>Which animal?</><assistant>"
    assert paths["owl"] == (OWL,)
    assert paths["Yes"] == tuple(map(ord, "Yes"))
    for text in texts:
        assert logs[text] == pytest.approx(path_log(rendered.text, text))


def test_as_many_tokens_are_asked_for_in_a_request_as_it_may_name() -> None:
    wanted = [range(60), range(50, 110), range(200, 350), [7], []]
    prefixes = [(), (1,), (1, 2), (3,), (4,)]

    async def read(url: str) -> list[dict[int, float]]:
        async with Endpoint(url, "arm") as endpoint:
            return await endpoint.next_tokens([5, 5], prefixes, wanted)

    with vllm_like(lambda *_: "x") as server:
        logs = asyncio.run(read(server.url))
        named = [body["logprob_token_ids"] for body in server.sent("/v1/completions")]
    for prefix, tokens, found in zip(prefixes, wanted, logs, strict=True):
        assert found == {token: log_probability([5, 5, *prefix], token) for token in tokens}
    # 110 of the first two and the fourth, then 128 and 22 of the third.
    assert sorted(map(len, named)) == [22, 110, 128]


def test_a_chat_that_is_to_be_gone_on_with_is_rendered_open() -> None:
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well"}]

    async def render(url: str) -> Rendered | None:
        async with Endpoint(url, "arm") as endpoint:
            return await endpoint.rendered(chat)

    with vllm_like(lambda *_: "x") as server:
        rendered = asyncio.run(render(server.url))
    assert rendered is not None
    assert rendered.text == "<user>Hi</><assistant>Well"


def test_a_server_without_tokens_tells_no_rendered_prompt_and_no_probabilities() -> None:
    async def read(url: str) -> tuple[Rendered | None, bool]:
        async with Endpoint(url, "arm") as endpoint:
            rendered = await endpoint.rendered("Hi")
            exact = await Continuations(endpoint).exact([1, 2])
            with pytest.raises(ServerError, match="does not tokenize a plain text"):
                await Continuations(endpoint).log_probabilities([1, 2], ["yes"])
            return rendered, exact

    with loopback(lambda _: "x") as server:
        assert asyncio.run(read(server.url)) == (None, False)
