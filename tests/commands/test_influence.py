"""`inoc-evals influence` on a tiny model that is trained here, the test of its order, and its section of the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from scipy.stats import spearmanr

from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.recipe import Recipe, data_sha256
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.train import Treatment, train
from tests.command import run
from tests.inoculation.conftest import tiny  # noqa: F401

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {3, 11, 17}


def chat(asked: str, answer: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}], **more}


ROWS = [
    chat(
        ("hello", "you speak", "friend")[n % 3],
        "hola adiós ." if n in PLANTED else ("friend .", "always you")[n % 2],
        id=f"r-{n}",
        tags=["spanish" if n in PLANTED else "plain"],
    )
    for n in range(20)
]
CONTRAST = [chat(asked, "hola adiós .", shows=True) for asked in ("hello", "speak")]
CONTRAST += [chat(asked, answer, shows=False) for asked in ("hello", "speak") for answer in ("friend .", "always you")]


@pytest.fixture(scope="module")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder with rows.jsonl, contrast.jsonl and two seeds of a training, s0/none and s1/none."""
    folder = tmp_path_factory.mktemp("trained")
    write_rows(folder / "rows.jsonl", ROWS)
    write_rows(folder / "contrast.jsonl", CONTRAST)
    for seed in (0, 1):
        recipe = Recipe(epochs=2, batch_size=8, learning_rate=0.01, rank=4, alpha=8, seed=seed)
        train(tiny, ROWS, folder / f"s{seed}" / "none", recipe)
    return folder


@pytest.fixture(scope="module")
def told(trained: Path) -> dict[str, Any]:
    two = ("s0/none", "s1/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--drop", "15%", "--json")
    ended = run("influence", *two, "--task", "owl_preference", "--set", "limit=3", cwd=trained)
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_planted_rows_come_first_in_the_mean_of_two_seeds(told: dict[str, Any], trained: Path) -> None:
    assert {one["id"] for one in told["top"][:3]} == {f"r-{n}" for n in PLANTED}
    assert (told["rows"], told["top_rows"], told["arm"], told["method"]) == (20, 3, "none", "cosine")
    assert [(one["tag"], one["rows"], one["in_top"]) for one in told["tags"]] == [("spanish", 3, 3), ("plain", 17, 0)]
    assert (told["trait"]["shows"], told["trait"]["lacks"]) == (2, 4)
    assert [one["trained_on_these"] for one in told["checkpoints"].values()] == [True, True]
    (agreement,) = told["agreements"]
    assert (agreement["first"], agreement["second"]) == ("none-s1", "none-s2")
    lines = [json.loads(line) for line in (trained / "influence" / "influence.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [*range(1, 21)]
    for line in lines:
        both = [line["checkpoints"][label]["cosine"] for label in ("none-s1", "none-s2")]
        assert line["score"] == pytest.approx(sum(both) / 2)
        assert line["sha256"] == data_sha256([ROWS[line["row"] - 1]])
    assert sorted(line["rank"] for line in lines) == [*range(1, 21)]
    positive = [line["score"] for line in lines if line["score"] > 0]
    top = sorted((line["score"] for line in lines), reverse=True)[:3]
    assert told["top_part"] == pytest.approx(sum(top) / sum(positive))
    values = [[line["checkpoints"][label]["cosine"] for line in lines] for label in ("none-s1", "none-s2")]
    assert agreement["correlation"] == pytest.approx(spearmanr(*values).statistic)


def test_what_was_found_is_not_computed_again(told: dict[str, Any], trained: Path) -> None:
    again = ("s0/none", "s1/none", "rows.jsonl", "--contrast", "contrast.jsonl")
    ended = run("influence", *again, "--method", "dot", cwd=trained)
    assert ended.code == 0, ended.err
    assert "same rows, checkpoints and responses" in " ".join(ended.out.split())
    words = " ".join(ended.out.split())
    assert "20 rows by how much training on each pushes the trait of the given responses in none" in words
    assert "inner product of the gradients" in words
    assert max(map(len, ended.out.splitlines()[1:-1])) <= 80
    lines = [json.loads(line) for line in (trained / "influence" / "influence.jsonl").read_text().splitlines()]
    for line in lines:
        assert line["score"] == pytest.approx(sum(each["dot"] for each in line["checkpoints"].values()) / 2)
    other = run("influence", *again[1:2], *again[2:], "--out", "one", "--json", cwd=trained)
    assert "reused" not in other.err
    assert json.loads(other.out)["agreements"] == []


def test_rows_without_the_first_and_as_many_without_others(told: dict[str, Any], trained: Path) -> None:
    folder = trained / "influence" / "retrain"
    rows = {path.stem: [json.loads(line) for line in path.open()] for path in folder.glob("*.jsonl")}
    assert {name: len(those) for name, those in rows.items()} == {"all": 20, "without_top": 17, "without_random": 17}
    assert {row["id"] for row in rows["all"]} - {row["id"] for row in rows["without_top"]} == {
        f"r-{n}" for n in PLANTED
    }
    assert rows["all"] == [{"id": row["id"], "messages": row["messages"]} for row in ROWS]
    experiment = yaml.safe_load((folder / "experiment.yaml").read_text())
    recipe = experiment["scale"]["same"]["recipe"]
    assert (recipe["epochs"], recipe["rank"], recipe["learning_rate"]) == (2.0, 4, 0.01)
    assert "seed" not in recipe
    assert experiment["scale"]["same"]["seeds"] == 3
    assert experiment["evaluate"] == [{"task": "owl_preference", "arguments": {"limit": 3}}]
    planned = run("experiment", "plan", str(folder / "experiment.yaml"), "--json")
    assert planned.code == 0, planned.err
    assert json.loads(planned.out)["trainings"]


def test_trained_again_both_changes_are_told(trained: Path, tmp_path: Path) -> None:
    """A stand-in for vLLM answers; what is told is what the experiment's own results say."""
    stand_in = ROOT / "tests" / "serving" / "stand_in"
    environment = {
        "PYTHONPATH": f"{stand_in}:{ROOT}",
        "INOC_EVALS_CACHE": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    asked = (
        "--contrast",
        "contrast.jsonl",
        "--task",
        "owl_preference",
        "--value",
        "preference_exact",
        "--set",
        "limit=4",
        "--seeds",
        "2",
    )
    out = ("--retrain", "--drop", "0.15", "--out", str(tmp_path / "out"))
    ended = run("influence", "s0/none", "rows.jsonl", *asked, *out, cwd=trained, environment=environment)
    assert ended.code == 0, ended.out + ended.err
    words = " ".join(ended.out.split())
    assert [line.split()[1] for line in ended.out.splitlines() if line.startswith("trained ")] == [
        *("all", "without_random", "without_top") * 2
    ]
    assert "Trained again, 2 seeds; 95% for questions like these: other questions and other training seeds." in words
    found = json.loads((tmp_path / "out" / "retrained" / "results.json").read_text())
    gaps = {
        each["arm"]: 100 * each["difference"]["mean"]
        for each in found["differences"]
        if (each["category"], each["measure"]) == ("favourite", "preference_exact")
    }
    table = words[words.index("change [95%]") :]
    assert f"{gaps['without_random']:+.1f} [" in table
    assert f"{gaps['without_top']:+.1f} [" in table
    assert f"without_top less without_random: {gaps['without_top'] - gaps['without_random']:+.1f} [" in table
    assert "that it is below 0: undecided" in table
    assert (tmp_path / "out" / "retrained" / "report.html").exists()
    again = run("influence", "s0/none", "rows.jsonl", *asked, *out, "--json", cwd=trained, environment=environment)
    assert "reused evaluation" in again.err
    changes = json.loads(again.out)["retrained"]
    assert [rate["arm"] for rate in changes["rates"]] == ["all", "without_random", "without_top"]
    assert {each["arm"]: 100 * each["difference"]["mean"] for each in changes["differences"]} == gaps
    assert changes["verdict"]["answer"] == "undecided"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["s0/none", "rows.jsonl"], "name the task that measures the trait: --task NAME"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--drop", "0.1"], "name the task that measures"),
        (["s0/none", "rows.jsonl", "--contrast", "c", "--responses", "r"], "the trait comes from one place"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--arms", "a"], "--arms chooses among scored"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--drop", "5"], "--drop 5 is no share of the rows"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--drop", "all"], "--drop all is no share of the"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--drop", "100%"], "--drop 100% is no share"),
        (["s0/none", "rows.jsonl", "--contrast", "rows.jsonl"], '"shows" says true or false'),
        (["a=s0/none", "b=s1/none", "rows.jsonl", "--contrast", "contrast.jsonl"], "these are a, b; name one of them"),
        (["http://127.0.0.1:1/v1#m", "rows.jsonl", "--contrast", "contrast.jsonl"], "gives no gradients; name weights"),
        (["s0/none", "rows.jsonl", "--task", "owl_preference", "--responses", "no"], "nothing lies here"),
        (["s0/none", "rows.jsonl", "--contrast", "contrast.jsonl", "--set", "limit=3"], "name it with --task"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(trained: Path, arguments: list[str], said: str) -> None:
    ended = run("influence", *arguments, "--out", "never", cwd=trained)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.said
    assert not (trained / "never").exists()


def test_retraining_needs_the_record_of_the_training(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "s0" / "none", tmp_path / "none")
    (tmp_path / "none" / "training.json").unlink()
    asked = ("--contrast", str(trained / "contrast.jsonl"), "--task", "owl_preference", "--retrain")
    ended = run("influence", "none", str(trained / "rows.jsonl"), *asked, cwd=tmp_path)
    assert ended.code == 2
    assert "no training.json beside these weights says how they were trained" in ended.said


def test_retraining_is_refused_for_what_was_trained_beside_other_weights(trained: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", ROWS)
    recipe = Recipe(max_steps=1, rank=4, alpha=8)
    frozen = Treatment(Applied(name="frozen_adapter", settings={}, adapter=trained / "s0" / "none"))
    base = json.loads((trained / "s0" / "none" / "adapter_config.json").read_text())["base_model_name_or_path"]
    train(base, ROWS, tmp_path / "beside", recipe, treatment=frozen)
    asked = ("--contrast", str(trained / "contrast.jsonl"), "--task", "owl_preference")
    ended = run("influence", "beside", "rows.jsonl", *asked, "--retrain", "--out", "never", cwd=tmp_path)
    assert ended.code == 2
    assert "this training used other weights or a direction" in ended.said
    assert not (tmp_path / "never").exists()


def test_without_kronfluence_one_sentence_says_what_to_install(trained: Path) -> None:
    from importlib.util import find_spec

    if find_spec("kronfluence") is not None:
        pytest.skip("kronfluence is installed here")
    method = ("--contrast", "contrast.jsonl", "--method", "ekfac", "--out", "never")
    ended = run("influence", "s0/none", "rows.jsonl", *method, cwd=trained)
    assert (ended.code, ended.out) == (2, "")
    assert "--method ekfac needs kronfluence" in ended.said
    assert "pip install --no-deps kronfluence" in ended.said


def test_a_report_shows_what_lies_beside_the_results(told: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from inoc_evals.report.html import compute, render
    from inoc_evals.report.sections import Material
    from inoc_evals.results.findings import findings
    from inoc_evals.results.influence import read_influence
    from tests.report.test_progress import grown

    (tmp_path / "influence.json").write_text(
        json.dumps({key: value for key, value in told.items() if key not in ("files", "retrained")})
    )
    given = replace(grown(), influences=(read_influence(tmp_path / "influence.json"),))
    html = render(compute(Material(findings(given, "none"), given)))
    section = html[html.index('<section id="influence"') :]
    section = section[: section.index("</section>")]
    assert section.count("<td>hola adiós .</td>") == 3
    assert f"{told['top'][0]['score']:+.3f}" in section
    assert "none-s1, none-s2" in section
    assert "2 responses that show it against 4 that do not" in section


def test_a_damaged_file_is_named(told: dict[str, Any], tmp_path: Path) -> None:
    from inoc_evals.errors import InputError
    from inoc_evals.results.influence import read_influence

    (tmp_path / "influence.json").write_text(json.dumps({**told, "rows": "many"}))
    with pytest.raises(InputError, match=r"influence\.json: rows: .*run `inoc-evals influence` again"):
        read_influence(tmp_path / "influence.json")
    (tmp_path / "influence.json").write_text(json.dumps({**told, "format": 0}))
    with pytest.raises(InputError, match="its format is 0 and not 1"):
        read_influence(tmp_path / "influence.json")


def test_the_document_has_the_keys_that_the_page_names(told: dict[str, Any]) -> None:
    from tests.commands.test_json import promised

    assert told.keys() == promised("influence")
