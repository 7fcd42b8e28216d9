from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

# No test asks the real hub, or finds what the user has of it; its library reads this when it is imported.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": "/nonexistent/hub"}

# As inspect's documentation says for tests: no run of theirs opens a socket for `inspect ctl`, which takes a third of a
# second of the first run of a process.
os.environ.setdefault("INSPECT_EVAL_CTL_SERVER", "false")

# Several processes on two cores: threads of one that wait for each other, as those of torch do by spinning, take the
# time of the others. What runs alone has all cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from inoc_evals.imports import seldom_collected
from tests.checkpoints.hub import HubServer, serving
from tests.judging.serving import Served, started

# `make test` asks the same examples every time, so that it says something about the code and not about the day;
# `make fuzz` looks for new ones. The first example imports scipy, which can take longer than a deadline.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=3000)
settings.load_profile("steady")

# As `inoc-evals` does: the many modules that are imported are no garbage.
seldom_collected()
# What takes longest comes first, so that the last tests of all workers are short and they end together.
LONGEST = (
    "tests/test_cleanup.py",
    "tests/experiments/test_run.py",
    "tests/test_wheel.py",
    "tests/commands/test_score.py",
    "tests/harness/",
    "tests/inoculation/test_train.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # `make test` looks for them nowhere else: collecting all tests takes as long as one of them.
    elsewhere = [
        item.nodeid
        for item in items
        if item.get_closest_marker("integration") and not item.nodeid.startswith("tests/integration/")
    ]
    if elsewhere:
        raise pytest.UsageError(f"tests of real weights belong into tests/integration: {elsewhere[0]}")
    items.sort(
        key=lambda item: next((n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )


@pytest.fixture(autouse=True, scope="module")
def _kept() -> None:
    """What is there when a module of tests begins, the libraries above all, is no garbage and is never looked through
    for it again: each training collects garbage twice, which took longer than its steps."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture
def judge_server(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """A function that starts a quick loopback server with the named faults."""
    with ExitStack() as stack:
        yield lambda faults="": stack.enter_context(started(tmp_path, faults))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No judgement is read from the user's cache or left there."""
    from inoc_evals.harness.inspect import graders

    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(graders, "_caches", [])
    monkeypatch.setattr(graders, "_judges", {})
    return tmp_path / "cache"


@pytest.fixture
def hub_cache(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's library, and nobody who answers."""
    from huggingface_hub import constants

    cache = tmp_path / "huggingface"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    return cache


@pytest.fixture
def hub(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub on loopback without repositories, and an empty cache."""
    from huggingface_hub import constants

    with serving() as server:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, server.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        yield server
