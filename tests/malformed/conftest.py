from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness_lm_eval.index import own_tasks_read_once
from tests.judging.serving import Served, started

__all__ = ["own_tasks_read_once"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A loopback server that is model and judge, for all cases of a module."""
    with started(tmp_path_factory.mktemp("server"), "") as server:
        yield server
