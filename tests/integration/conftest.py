"""Which tests one process runs, where there are several: those that share a server."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class ByServer(LoadScopeScheduling):
    """Parts tests by the server that they share; the others each have servers of their own."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.split("::")[0]
        if "/one_server/" in place:
            return "one_server"
        return place if place.endswith("/test_serving.py") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    return ByServer(config, log)
