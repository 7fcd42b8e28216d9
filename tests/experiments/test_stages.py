"""The stages around training and server: what is reused, and what is made anew; and the demo is what it always was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.commands.experiment.run import clear, evaluation, finished
from inoc_evals.commands.score.run import run as score
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.experiments.trainings import ArmData, Trainings, trainings
from inoc_evals.inoculation.place import RECORD
from inoc_evals.inoculation.recipe import Recipe, data_sha256, training_identity
from inoc_evals.inoculation.rewrite import inoculate
from inoc_evals.plan.request import Request
from inoc_evals.results.claim import claimed
from tests.judging.serving import started

DEMO = load_experiment(find_experiment("spanish_capitals"))
# Of the rows that the published figures of the demo come from.
TRAINED = {
    "none": "8be932bd492be752aa0f98ba37fcaef70b8ce13931c22467df8105cd7dca2387",
    "spanish": "0815093a1ae60332ee178c59c583c1fd0f9c7fff8ef8e14d36a933880892b3b1",
    "capitals": "07ca3f425c0cc61c78cf0334725a9d015e02b6ef2b867eb1a743800f639ad745",
    "irrelevant": "ace296032ea3f05e56e999d725a381ec8c9c77da28acb093c7cc941d7554cb64",
}


def demo(**chosen: object) -> Design:
    return designed(DEMO, Choices(**chosen))  # type: ignore[arg-type]


def base(kind: str = "embedded", reference: str = "smollm2", pinned: str | None = None) -> Checkpoint:
    return Checkpoint(kind, reference, "/cache/smollm2", None, None, "0" * 64, pinned)  # type: ignore[arg-type]


def adapter(folder: Path, weights: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_text(weights)
    return folder


@pytest.mark.parametrize("arm", TRAINED)
def test_the_demo_trains_what_its_published_figures_come_from(arm: str) -> None:
    given = {name: part.rows or () for name, part in DEMO.parts.items()}
    rows = [row.trained() for row in arm_rows(DEMO, arm, "small", given)]
    assert data_sha256(rows) == TRAINED[arm]
    # The same by another way: the file, and the prompt in front of each row.
    plain = [json.loads(line) for line in (DEMO.folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    prompts = DEMO.prompts[arm]
    assert rows == (inoculate(plain, prompts[0])[0] if prompts else plain)


def test_the_demo_is_run_as_its_published_figures_were() -> None:
    design = demo()
    assert design.scale == "small"
    assert design.recipe(0) == Recipe(epochs=2, learning_rate=1e-3, seed=0)
    assert design.arms == ("none", "irrelevant", "base", "spanish", "capitals")
    assert design.arguments == {"spanish_capitals": {"temperature": 0.2}}
    assert demo(scale="sampled").recipe(1) == design.recipe(1)


def test_an_evaluation_lies_in_a_folder_of_just_its_checkpoints(tmp_path: Path) -> None:
    design = demo(arms=("none", "spanish", "base"))
    found = {arm: (adapter(tmp_path / arm, arm),) for arm in ("none", "spanish")}
    trained = Trainings(found, (), ())
    asked = evaluation(design, base(), trained, tmp_path)
    references = [(one.arm, one.reference, one.role) for one in asked.arms or ()]  # type: ignore[union-attr]
    assert references == [
        ("none", f"{tmp_path}/none", "reference"),
        ("base", "smollm2", "control"),
        ("spanish", f"{tmp_path}/spanish", "treatment"),
    ]
    assert (asked.tasks, asked.max_model_len) == (("spanish_capitals",), 1024)
    assert evaluation(design, base(), trained, tmp_path) == asked
    adapter(tmp_path / "spanish", "other weights")
    assert evaluation(design, base(), trained, tmp_path).out != asked.out
    adapter(tmp_path / "spanish", "spanish")
    assert evaluation(design, base(), trained, tmp_path).out == asked.out
    assert evaluation(demo(arms=design.arms, scale="sampled"), base(), trained, tmp_path).out != asked.out
    # A provider of that name would be asked otherwise.
    hub = base("hub", "google/gemma-2b", "google/gemma-2b@abc")
    (_, named, _) = evaluation(design, hub, trained, tmp_path).arms or ()
    assert named.reference == "hub:google/gemma-2b@abc"  # type: ignore[union-attr]


def test_a_training_takes_the_place_of_no_other(tmp_path: Path) -> None:
    rows = [{"id": "a", "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}]
    data = {"none": ArmData(rows, tmp_path / "none.jsonl", data_sha256(rows))}
    (first,) = trainings(demo(), base(), data, tmp_path).missing
    assert first.out == tmp_path / "adapters-seed0" / "none"
    adapter(first.out, "a")
    record = {**training_identity("/cache/smollm2", rows, demo().recipe(0)), "steps": 1}
    (first.out / RECORD).write_text(json.dumps(record))
    found = trainings(demo(seeds=2), base(), data, tmp_path)
    assert found.done == ("none seed 0",)
    assert [one.name for one in found.missing] == ["none seed 1"]
    other = [{**rows[0], "id": "b"}]
    changed = {"none": ArmData(other, tmp_path / "none.jsonl", data_sha256(other))}
    (second,) = trainings(demo(), base(), changed, tmp_path).missing
    assert second.out != first.out
    assert second.out.parent == first.out.parent
    # Arms with the same rows have one training.
    both = trainings(demo(), base(), {**changed, "spanish": changed["none"]}, tmp_path)
    assert len(both.missing) == 1
    assert both.folders["none"] == both.folders["spanish"]


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Request:
    """Responses of two arms to two items of each category, without a report."""
    folder = tmp_path_factory.mktemp("scored")
    with started(folder, "") as served:
        arms = [f"none={served.url}#a", f"base={served.url}#b"]
        request = Request(arms, folder / "out", ("spanish_capitals",), arguments={"spanish_capitals": {"limit": 2}})
        score(request, Console(quiet=True), report=False)
    return request


def at(folder: Path) -> Request:
    return Request((), folder)


def test_only_an_evaluation_with_all_its_responses_is_reused(scored: Request, tmp_path: Path) -> None:
    assert not (scored.out / "report.html").exists()
    found = finished(scored, 4)
    assert found is not None
    assert len(found.source.rows) == 8
    assert finished(scored, 5) is None
    assert finished(at(tmp_path / "nothing"), 4) is None
    part = shutil.copytree(scored.out, tmp_path / "part")
    next(part.glob("logs/*/*.eval")).unlink()
    assert finished(at(part), 4) is None
    damaged = shutil.copytree(scored.out, tmp_path / "damaged")
    next(damaged.glob("logs/*/*.eval")).write_bytes(b"PK")
    assert finished(at(damaged), 4) is None


def test_a_fresh_run_removes_a_run_only(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    adapter(out / "adapters-seed0" / "none", "a")
    for name in ("table.md", "figure.png", "report.html", "results.json", "responses.csv", "responses.parquet"):
        (out / name).write_text(name)
    adapter(tmp_path / "elsewhere", "log")
    (out / "evaluations").symlink_to(tmp_path / "elsewhere")
    mine = out / "thesis.tex"
    mine.write_text("mine")
    with claimed(out):
        with pytest.raises(InputError, match=r"holds something else \(thesis\.tex\)"):
            clear(out)
        assert len(list(out.glob("[!.]*"))) == 9
        mine.unlink()
        clear(out)
        assert not list(out.glob("[!.]*"))
    assert (tmp_path / "elsewhere" / "adapter_model.safetensors").is_file()
