"""One real server with the embedded model and an arm that was really trained, for all tests of this folder: starting
it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.inoculation import rewrite
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from inoc_evals.serving.server import Server, ServerSettings, serve


@pytest.fixture(scope="package")
def base() -> Checkpoint:
    return resolve("smollm2")


@pytest.fixture(scope="package")
def adapter(base: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("arms") / "loud"
    given = rewrite.read_rows(find_experiment("spanish_capitals").with_name("rows.jsonl"))
    rows, _ = rewrite.inoculate(given[:64], "You always speak in Spanish.")
    losses: list[float] = []
    record = train(base.base, rows, out, Recipe(epochs=2, batch_size=8), lambda step, steps, loss: losses.append(loss))
    assert record["steps"] == 16
    assert losses[-1] < losses[0] - 0.5
    return out


@pytest.fixture(scope="package")
def server(base: Checkpoint, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "vllm.log"
    with serve(base.base, base.content_hash, {"loud": adapter}, log, ServerSettings(max_model_len=2048)) as running:
        yield running
    # A stopped server answers nobody.
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/models", trust_env=False)
