"""Judges of one's own on a real vLLM: quantised weights with an adapter on them, and from labels to a judge."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.commands.judge_teach import DATA, SHEET, Wanted, teach
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material, from_rubric
from inoc_evals.serving.server import BASE, ServerSettings, serve
from tests.judging.labelled import drawn, labels, rubric
from tools.quantised_copy import quantise

pytestmark = pytest.mark.integration
ROWS = [
    {"messages": [{"role": "user", "content": f"Say {word}."}, {"role": "assistant", "content": f"{word}, {word}!"}]}
    for word in ("one", "two", "three", "four")
]


@pytest.fixture
def own_ratings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Ratings go to a cache of the test's own; the embedded model stays where it is. Its folder is returned."""
    base = resolve("smollm2").base
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    return base


def test_a_quantised_judge_rates_with_an_adapter_and_without(own_ratings: str, tmp_path: Path) -> None:
    copy = tmp_path / "smollm2-copy-int8"
    # Four bits take as long again, and go the same way.
    quantise(Path(own_ratings), copy, 8)
    found = resolve(str(copy))
    train(own_ratings, ROWS, tmp_path / "lora", Recipe(epochs=4, batch_size=4, learning_rate=5e-3))
    config = json.loads((tmp_path / "lora" / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = str(copy)
    (tmp_path / "lora" / "adapter_config.json").write_text(json.dumps(config))
    # The record of the training names the plain base.
    (tmp_path / "lora" / "training.json").unlink()
    instrument = from_rubric(rubric(minimum_mass=0.0))
    settings = ServerSettings(max_model_len=1024)
    with serve(found.base, found.content_hash, {"lora": tmp_path / "lora"}, tmp_path / "log", settings) as server:

        async def rated(name: str) -> float | None:
            async with Endpoint(server.url, server.names[name], server.api_key) as endpoint:
                judge = Judge(name, endpoint)
                assert await judge.prepare() == "tree"
                return (await judge.rate(instrument, Material("Fine.", "How are you?"))).value

        plain, adapted = asyncio.run(rated(BASE)), asyncio.run(rated("lora"))
    assert plain is not None
    assert adapted is not None
    assert plain != adapted
    # What of it acts is proven when the server starts.
    assert server.proof.changes["lora"].silent is False


def test_the_road_from_labels_to_a_judge(own_ratings: str, tmp_path: Path) -> None:
    of = rubric(minimum_mass=0.0, sees="answer_only")
    folder = tmp_path / "rubrics"
    folder.mkdir()
    text = json.dumps({**of.model_dump(exclude_none=True), "categories": [], "special": [], "gold": []})
    (folder / "marks.yaml").write_text(text)
    texts = [("Nice of you to ask.", 90), ("Go away.", 10)] * 4
    responses = [
        drawn(number, None, cluster=f"c{number}", answer=f"{number}: {said}") for number, (said, _) in enumerate(texts)
    ]
    given = labels(responses, [value for _, value in texts], of)
    out = tmp_path / "judge"
    # Ten steps of four short rows: after six the sides are right already.
    teach(given, Wanted(own_ratings, out, 0.5, {"epochs": 10, "batch_size": 4, "learning_rate": 5e-3}, folder))
    told = json.loads((out / DATA).read_text())
    assert (told["settled"], told["learnt"], told["kept_aside"]["labels"]) == (8, 4, 4)
    # From two sentences it learns which is which.
    assert told["kept_aside"]["taught"]["agreement"]["equal"] == 1.0
    assert "| taught | 4 of 4 | 100% |" in (out / SHEET).read_text()
    # A server calls it by this hash, so that its ratings are found under the name that they were made by.
    assert told["id"].endswith(f"-{resolve(str(out)).content_hash[:12]}")
