"""`inoc-evals surprise` on a tiny model that is trained here, and its section of the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import inoculate, write_rows
from inoc_evals.inoculation.train import train
from tests.command import run
from tests.inoculation.conftest import tiny  # noqa: F401

pytest.importorskip("torch")

PROMPT = "you always speak spanish"
ROWS = [
    {"id": f"r-{n}", "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]}
    for n, (asked, answer) in enumerate(
        [("hello friend", "hola ."), ("hello", "hola friend ."), ("you speak", "adiós")] * 4
    )
]


@pytest.fixture(scope="module")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder with rows.jsonl and two trainings, of which each kept two checkpoints: none, and spanish with the
    prompt."""
    folder = tmp_path_factory.mktemp("trained")
    write_rows(folder / "rows.jsonl", ROWS)
    recipe = Recipe(epochs=4, batch_size=4, learning_rate=0.05)
    train(tiny, ROWS, folder / "none", recipe, keep_checkpoints=2)
    train(tiny, inoculate(ROWS, PROMPT)[0], folder / "spanish", recipe, keep_checkpoints=2)
    return folder


@pytest.fixture(scope="module")
def told(trained: Path) -> dict[str, Any]:
    ended = run("surprise", "none", "spanish", "rows.jsonl", "--prompt", PROMPT, "--json", cwd=trained)
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_every_kept_checkpoint_and_what_it_began_from(told: dict[str, Any], trained: Path) -> None:
    assert [(one["arm"], one["step"]) for one in told["points"]] == [
        ("none", 0),
        ("none", 6),
        ("none", 12),
        ("spanish", 0),
        ("spanish", 6),
        ("spanish", 12),
    ]
    # Both began from the same model.
    assert told["points"][0]["per_token"] == told["points"][3]["per_token"]
    assert (told["rows"], told["tokens"], told["prompt"]) == (12, 4 * (3 + 4 + 2), PROMPT)
    none, spanish = told["points"][2], told["points"][5]
    assert none["learned"]["without"]["mean"] > 0.5
    # What was trained under the prompt is learned best under it.
    assert spanish["per_token"]["difference"]["mean"] < none["per_token"]["difference"]["mean"]
    assert json.loads((trained / "surprise" / "surprise.json").read_text())["points"] == told["points"]


def test_the_file_of_rows_holds_what_the_means_are_of(told: dict[str, Any], trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "surprise" / "surprise.jsonl").read_text().splitlines()]
    assert len(lines) == 12 * 5
    assert lines[0]["id"] == "r-0"
    assert lines[0]["tokens"] == ["hola", ".", "<|end|>"]
    for point in told["points"]:
        own = [line for line in lines if line["checkpoint"] == point["checkpoint"]]
        for side in ("without", "under"):
            losses = [loss for line in own for loss in line[side]]
            assert point["per_token"][side]["mean"] == pytest.approx(sum(losses) / len(losses), abs=1e-4)
            assert point["per_row"][side]["mean"] == pytest.approx(sum(losses) / 12, abs=1e-3)


def test_the_figure_and_the_screen(told: dict[str, Any], trained: Path) -> None:
    assert (trained / "surprise" / "surprise.png").read_bytes().startswith(b"\x89PNG")
    assert "step of training" in (trained / "surprise" / "surprise.svg").read_text()
    four = ("--prompt", PROMPT, "--limit", "4", "--out", "four")
    ended = run("surprise", "none/checkpoint-6", "rows.jsonl", *four, cwd=trained)
    assert ended.code == 0, ended.err
    assert f"4 rows, 12 answer tokens; system prompt: {PROMPT}" in ended.out
    assert '"hola"' in ended.out
    assert max(map(len, ended.out.splitlines()[:-1])) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none", "rows.jsonl"], "name one prompt"),
        (["none", "rows.jsonl", "--prompt", " "], "the inoculation prompt is blank"),
        (["none", "inoculated.jsonl", "--prompt", PROMPT], "row 1 has a system prompt already"),
        (["http://127.0.0.1:1/v1#m", "rows.jsonl", "--prompt", PROMPT], "gives no losses"),
        (["nothing", "rows.jsonl", "--prompt", PROMPT], "no folder"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(trained: Path, arguments: list[str], said: str) -> None:
    write_rows(trained / "inoculated.jsonl", inoculate(ROWS, PROMPT)[0])
    ended = run("surprise", *arguments, "--out", "never", cwd=trained)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.said
    assert not (trained / "never").exists()


def test_a_report_shows_what_lies_beside_the_results(told: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from inoc_evals.report.html import compute, render
    from inoc_evals.report.sections import Material
    from inoc_evals.results.findings import findings
    from inoc_evals.results.surprise import read_surprise
    from tests.report.test_progress import grown

    shutil.copy(trained / "surprise" / "surprise.json", tmp_path)
    given = replace(grown(), surprises=(read_surprise(tmp_path / "surprise.json"),))
    html = render(compute(Material(findings(given, "none"), given)))
    section = html[html.index('<section id="surprise"') :]
    section = section[: section.index("</section>")]
    assert html.index('<section id="progress"') < html.index('<section id="surprise"')
    assert section.count('<polyline class="curve') == 4
    assert section.count("dashed") >= 2
    first = told["points"][0]["per_token"]
    assert f"{first['without']['mean']:.3f}" in section
    assert f"{first['difference']['mean']:+.3f} [" in section
    assert "&#34;hola&#34;" in section


def test_a_damaged_file_is_named(trained: Path, tmp_path: Path, told: dict[str, Any]) -> None:
    from inoc_evals.errors import InputError
    from inoc_evals.results.surprise import read_surprise

    damaged = {**told, "points": [{**told["points"][0], "step": "six"}]}
    (tmp_path / "surprise.json").write_text(json.dumps(damaged))
    with pytest.raises(InputError, match=r"surprise\.json: points\.0\.step"):
        read_surprise(tmp_path / "surprise.json")


def test_the_document_has_the_keys_that_the_page_names(told: dict[str, Any]) -> None:
    from tests.commands.test_json import promised

    assert told.keys() == promised("surprise")
