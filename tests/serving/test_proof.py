"""What a server says for each name, against servers that do what they should, and servers that do not."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations
from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError, WorkError
from inoc_evals.serving.proof import PROBES, Proof, prove, prove_again
from tests.harness_lm_eval.vllm_like import Body, vllm_like

Shares = Mapping[str, float]
BASE: Shares = {"yes": 0.5, "no": 0.3, "well": 0.2}
NEAR: Shares = {"yes": 0.5, "no": 0.29, "well": 0.21}
FAR: Shares = {"yes": 0.05, "no": 0.05, "well": 0.9}


def asked(
    shares: Mapping[str, Shares], controls: tuple[str, ...] = (), jitter: float = 0.0
) -> tuple[Proof, list[Body]]:
    """The proof of a server whose models answer all prompts alike, and what it was asked. With `jitter` so much is
    moved from one token to another anew each time, up or down."""
    draw, lock = random.Random(0), Lock()

    def likely(body: Body) -> dict[str, float]:
        found = dict(shares[body["model"]])
        with lock:
            moved = draw.uniform(-jitter, jitter)
        first, second, *_ = found
        return {**found, first: found[first] + moved, second: found[second] - moved}

    with vllm_like(lambda *_: "x", *shares) as server:
        server.likely = likely
        proof = prove(server.url, "", {name: name for name in shares}, "base", controls)
        return proof, server.sent()


def test_changes_are_shares_of_probability_and_nothing_but_next_tokens_is_asked() -> None:
    proof, sent = asked({"base": BASE, "far": FAR, "other": {"yes": 0.95, "no": 0.04, "well": 0.01}})
    # 0.7 more on one token, and 0.45 more on another.
    assert proof.changes["far"].largest == proof.changes["far"].mean == pytest.approx(0.7)
    assert proof.changes["other"].largest == pytest.approx(0.45)
    assert proof.twins == ()
    assert {body["max_tokens"] for body in sent} == {1}
    assert {body["messages"][0]["content"] for body in sent} == set(PROBES)
    # The base twice, and once to see whether it takes chats.
    assert len(sent) == 4 * len(PROBES) + 1
    # No answer comes from a cache.
    assert len({body["cache_salt"] for body in sent}) == len(sent)


def test_a_small_change_of_a_server_that_repeats_itself_is_a_change() -> None:
    proof, _ = asked({"base": BASE, "near": NEAR, "nearer": {**BASE, "yes": 0.500002, "no": 0.299998}})
    assert proof.changes["near"].largest == pytest.approx(0.01)
    assert not proof.changes["nearer"].silent


def test_names_that_answer_alike_are_refused_each_in_one_sentence() -> None:
    with pytest.raises(InputError) as caught:
        asked({"base": BASE, "a": FAR, "b": FAR, "c": dict(BASE), "d": NEAR})
    silent, twins = caught.value.faults
    assert silent.startswith("the server answers with the base in place of the adapter c: on 4 probes")
    assert twins.startswith("a and b are served as one: on 4 probes")
    assert "the role control" in silent
    assert "the role control" in twins


def test_controls_may_be_the_base_or_another_once_more() -> None:
    proof, _ = asked({"base": BASE, "a": FAR, "b": FAR, "c": dict(BASE)}, ("b", "c"))
    assert proof.changes["c"].silent
    assert not proof.changes["b"].silent
    assert proof.twins == (("a", "b"),)


def test_what_the_base_itself_varies_by_is_no_change() -> None:
    with pytest.raises(InputError, match=r"in place of the adapter a: .* and those of the base itself by 0\.0"):
        asked({"base": BASE, "a": BASE}, jitter=0.02)
    proof, _ = asked({"base": BASE, "a": {"yes": 0.4, "no": 0.4, "well": 0.2}}, jitter=0.01)
    assert 0 < proof.changes["a"].noise < 0.05


SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(
    lambda weights: {token: weight / sum(weights) for token, weight in zip(BASE, weights, strict=True)}
)


@settings(max_examples=8)
@given(SHARES, st.integers(1, 8))
def test_a_server_that_ignores_its_adapters_is_always_caught(shares: Shares, count: int) -> None:
    names = ["base", *(f"a{number}" for number in range(count))]
    with pytest.raises(InputError) as caught:
        asked(dict.fromkeys(names, shares))
    assert len(caught.value.faults) == count


@settings(max_examples=8)
@given(SHARES, SHARES, st.integers(2, 8))
def test_a_server_with_one_adapter_under_all_names_is_always_caught(one: Shares, two: Shares, count: int) -> None:
    names = [f"a{number}" for number in range(count)]
    with pytest.raises(InputError):
        asked({"base": one, **dict.fromkeys(names, two)})


def test_a_model_without_a_chat_template_is_asked_to_go_on_with_a_text() -> None:
    with vllm_like(lambda *_: "x", "base", "far") as server:
        server.likely = lambda body: 400 if "messages" in body else dict(FAR if body["model"] == "far" else BASE)
        proof = prove(server.url, "", {"base": "base", "far": "far"}, "base")
    assert proof.changes["far"].largest == pytest.approx(0.7)


def test_a_server_that_tells_no_probabilities_proves_nothing() -> None:
    with (
        vllm_like(lambda *_: "x", "base", "a") as server,
        pytest.raises(WorkError, match=r"whether the adapters act cannot be told: .* no log probabilities"),
    ):
        prove(server.url, "", {"base": "base", "a": "a"}, "base")


def test_what_is_asked_grows_with_the_number_of_adapters_and_so_do_the_sentences() -> None:
    """Also where all answer alike, so that every pair of them does."""
    many = {f"a{number:03}": FAR for number in range(200)}
    with pytest.raises(InputError) as caught:
        asked({"base": BASE, **many})
    assert len(caught.value.faults) == 199
    near = {
        f"a{number:03}": {"yes": 0.5 - number / 1000, "no": 0.3, "well": 0.2 + number / 1000}
        for number in range(1, 200)
    }
    proof, sent = asked({"base": BASE, **near})
    assert proof.twins == ()
    assert len(sent) == (200 + 1) * len(PROBES) + 1


TABLES = st.lists(
    st.lists(st.integers(0, 3), min_size=3, max_size=3).map(lambda steps: [0.2 + step / 50 for step in steps]),
    min_size=1,
    max_size=7,
)


@settings(max_examples=25)
@given(TABLES, st.sets(st.integers(0, 6)))
def test_twins_are_those_that_a_look_at_every_pair_finds(tables: list[list[float]], controls: set[int]) -> None:
    names = [f"a{number}" for number in range(len(tables))]
    shares = {name: dict(zip("abc", row, strict=True)) for name, row in zip(names, tables, strict=True)}
    # No adapter is the base.
    everything = {"base": {"x": 0.5, "y": 0.3}, **shares}
    spared = {names[number] for number in controls if number < len(names)}
    treated = [name for name in names if name not in spared]
    alike = [
        f"{one} and {two} are served as one" for one, two in combinations(treated, 2) if shares[one] == shares[two]
    ]
    if not alike:
        assert all(shares[one] == shares[two] for one, two in asked(everything, tuple(spared))[0].twins)
        return
    with pytest.raises(InputError) as caught:
        asked(everything, tuple(spared))
    # One sentence for each that is the same as an earlier one.
    assert len(caught.value.faults) == len(treated) - len({str(shares[name]) for name in treated})
    assert all(any(fault.startswith(pair) for pair in alike) for fault in caught.value.faults)


def test_an_adapter_that_is_another_one_after_it_was_loaded_again_is_told() -> None:
    shares: dict[str, Shares] = {"base": BASE, "a": FAR, "b": NEAR, "idle": BASE}
    names = {name: name for name in shares}
    with vllm_like(lambda *_: "x", *shares) as server:
        server.likely = lambda body: dict(shares[body["model"]])
        proof = prove(server.url, "", names, "base", ("idle",))
        prove_again(server.url, "", names, "base", proof, ("idle",))
        # Rounded otherwise, it is still itself.
        shares["b"] = {"yes": 0.5, "no": 0.291, "well": 0.209}
        prove_again(server.url, "", names, "base", proof, ("idle",))
        for instead, named in ((BASE, "base"), (FAR, "a")):
            shares["b"] = instead
            with pytest.raises(WorkError, match=f"b no longer answers as when it was proven, but as {named}"):
                prove_again(server.url, "", {"base": "base", "b": "b"}, "base", proof)
        shares["idle"] = FAR
        prove_again(server.url, "", {"base": "base", "idle": "idle"}, "base", proof, ("idle",))
