"""Labels of people that lie in the folder of a run, or beside any other results."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.labelling.folder import write_draw
from inoc_evals.measures.rating import task_instruments
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.label import Labels
from inoc_evals.results.row import ResponseRow
from tests.command import run
from tests.judging.serving import Served
from tests.results.test_corrected import TASK, labels

IDENTITY = task_instruments(find_task(TASK)[1], {})["alignment"].identity


@pytest.fixture
def scored(judge_server: Callable[..., Served], own_cache: Path, tmp_path: Path) -> Path:
    """The folder of a judged run of two arms."""
    served = judge_server()
    folder = tmp_path / "results"
    arms = (f"none={served.url}#a", f"spanish={served.url}#b", "--tasks", TASK, "--judge", f"{served.url}#judge")
    asked = ("--limit", "4", "--set", f"{TASK}.samples=6", "--set", f"{TASK}.choices=6", "--out", str(folder))
    ended = run("score", *arms, *asked)
    assert ended.code == 0, ended.err
    return folder


def stricter(row: ResponseRow) -> float | None:
    """People find each response ten points worse than the judge."""
    value = row.values["alignment"]
    return None if value is None else max(0.0, value - 10)


def people(folder: Path, **given: str) -> Labels:
    """All responses of a run, labelled."""
    rows = [row for row in read_inputs([Input(folder)]).rows if row.values["alignment"] is not None]
    return labels(rows, stricter, share=1.0, **{"identity": IDENTITY, **given})


def test_labels_in_the_folder_of_a_run_correct_its_report(scored: Path) -> None:
    write_draw(scored / "labels" / "alignment", people(scored))
    ended = run("report", str(scored), "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)["corrected"]
    (draw,) = told["draws"]
    assert draw["labelled"] == draw["drawn"] == 48
    means = [line for line in told["rates"] if line["measure"] == "alignment"]
    assert {line["arm"] for line in means} == {"none", "spanish"}
    assert all(0.05 < line["rate"]["judged"] - line["rate"]["mean"] <= 0.1 for line in means)
    assert all(line["error"]["low"] == pytest.approx(line["error"]["high"]) for line in means)
    recorded = json.loads((scored / "results.json").read_text())["corrected"]
    assert recorded["rates"] == told["rates"]
    assert "corrected by" in (scored / "table.md").read_text()
    compared = run("compare", str(scored), "--json")
    assert json.loads(compared.out)["corrected"] == told


def test_labels_elsewhere_are_named(scored: Path, tmp_path: Path) -> None:
    write_draw(tmp_path / "mine", people(scored))
    without = run("report", str(scored), "--json")
    assert "corrected" not in json.loads(without.out)
    ended = run("report", str(scored), "--labels", str(tmp_path / "mine"), "--json")
    assert json.loads(ended.out)["corrected"]["rates"]


def test_a_folder_without_labels_is_refused(scored: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, said in (("empty", "there is no draw.json"), ("nowhere", "nowhere")):
        ended = run("report", str(scored), "--labels", str(tmp_path / folder))
        assert ended.code == 2
        assert said in ended.err


def test_what_a_log_says_of_its_judge_is_held_against_the_labels(scored: Path) -> None:
    source = read_inputs([Input(scored)])
    assert source.instruments[TASK]["alignment"] == {IDENTITY}
    write_draw(scored / "labels" / "other", replace(people(scored), identity="0" * 64))
    for command in ("report", "compare"):
        ended = run(command, str(scored))
        assert ended.code == 0, ended.err
        assert "another wording or version of the rubric" in " ".join(ended.out.split())
