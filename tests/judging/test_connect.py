"""How a judge on a server of ours is asked; that it is asked is in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.judging.connect import _on, judge_of
from inoc_evals.machine import has_gpu
from inoc_evals.serving.server import Server


@pytest.mark.skipif(has_gpu(), reason="a GPU rates many at once")
def test_a_judge_on_a_cpu_rates_few_at_once_so_that_some_are_kept_when_it_is_interrupted() -> None:
    """With 64 at once none of 48 ratings was there after 13 minutes on two busy cores."""
    server = Server("http://127.0.0.1:9/v1", {"judge": "judge-0123456789ab"}, Path("log"), 1, "key")
    judge = judge_of(_on(server, "judge"), None, 5)
    assert judge.id == "openai-api/vllm/judge-0123456789ab"
    assert isinstance(judge.transport, Endpoint)
    assert 1 <= judge.connections <= 8
    assert judge.transport.connections == judge.connections
