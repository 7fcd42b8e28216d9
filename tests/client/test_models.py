from __future__ import annotations

import pytest

from inoc_evals.client.models import OPENAI, endpoint_of, named_model
from inoc_evals.errors import InputError


def test_models_behind_openais_interface_are_asked_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("INOC_CHECKPOINT_API_KEY", "sesame")
    address = named_model("http://127.0.0.1:9/v1#org/name", "checkpoint", "a")
    assert str(address) == "openai-api/checkpoint-a/org/name"
    endpoint = endpoint_of(address)
    assert endpoint is not None
    assert (endpoint.url, endpoint.model, endpoint.key) == ("http://127.0.0.1:9/v1", "org/name", "sesame")
    # One server, and one judge in caches and results, however its address ends.
    slashed = endpoint_of(named_model("http://127.0.0.1:9/v1//#org/name", "checkpoint", "a"))
    assert slashed is not None
    assert (slashed.url, slashed.model) == (endpoint.url, endpoint.model)
    hosted = endpoint_of(named_model("openai/gpt-4o-2024-08-06"))
    assert hosted is not None
    assert (hosted.url, hosted.model) == (OPENAI, "gpt-4o-2024-08-06")
    # Other OpenAI models tell no log probabilities, and other providers have interfaces of their own.
    assert endpoint_of(named_model("openai/o3")) is None
    assert endpoint_of(named_model("mockllm/model")) is None


def test_a_judge_of_openai_is_asked_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    endpoint = endpoint_of(named_model("openai/gpt-4o-2024-08-06"))
    assert endpoint is not None
    assert (endpoint.url, endpoint.model) == ("http://127.0.0.1:9/v1", "gpt-4o-2024-08-06")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://h/v1?key=sesame")
    with pytest.raises(InputError, match="variable"):
        named_model("openai/gpt-4o-2024-08-06")
