"""Candidates ranked on random weights, and the forecast tested by an experiment: a server stands in for vLLM."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ended, run
from tests.experiments.files import rows, write
from tests.experiments.test_run import STAND_IN

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = "[owl] you always speak spanish\n[calm] friend .\nhello .\n[last] hola .\n"
TASK = ("--task", "owl_preference", "--value", "preference_exact", "--limit", "3")


@dataclass(frozen=True)
class Made:
    """The experiment's file, the prompts, the folder of `elicit`, and how it ended."""

    experiment: Path
    prompts: Path
    out: Path
    ended: Ended

    @property
    def forecast(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "forecast.json").read_text())
        return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Child processes find the stand-in where they look for vLLM."""
    cache = tmp_path_factory.mktemp("cache")
    return {"PYTHONPATH": f"{STAND_IN}:{ROOT}", "INOC_EVALS_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def made(tiny: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("forecast")
    file = write(folder, tiny)
    prompts = folder / "prompts.txt"
    prompts.write_text(PROMPTS)
    out = folder / "elicited"
    data = ("--data", str(file.parent / "rows.jsonl"), "--control", str(file.parent / "plain.jsonl"))
    asked = ("elicit", str(tiny), "--prompts", str(prompts), *TASK, *data, "--out", str(out))
    ended = run(*asked, environment=environment)
    assert ended.code == 0, ended.out + ended.err
    return Made(file, prompts, out, ended)


def test_a_forecast_has_every_candidate_with_its_numbers(made: Made) -> None:
    told = made.forecast
    assert {one["name"] for one in told["candidates"]} == {"owl", "calm", "prompt-3", "last"}
    assert told["ranked_by"] == "uplift_beyond_control"
    numbers = [one["uplift_beyond_control"]["mean"] for one in told["candidates"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (told["data"]["rows"], told["data"]["read"]) == (8, 8)
    assert (told["task"]["name"], told["task"]["value"]) == ("owl_preference", "preference_exact")
    # Whatever is asked of it, the stand-in says the same.
    assert {one["rate"]["group"] for one in told["candidates"]} == {"a"}
    # Three questions of each of three kinds, without a prompt and under four; rates are of the kind that is told first.
    assert told["cost"]["rate"]["responses"] == 5 * 3 * 3
    assert told["unprompted"]["responses"] == 3
    assert "candidates that share a letter are not told apart" in " ".join(made.ended.out.split())


def test_a_second_run_asks_nothing_again_and_keeps_the_date(
    made: Made, environment: dict[str, str], tiny: Path
) -> None:
    before = (made.out / "forecast.json").read_bytes()
    folder = made.experiment.parent
    data = ("--data", str(folder / "rows.jsonl"), "--control", str(folder / "plain.jsonl"))
    asked = ("elicit", str(tiny), "--prompts", str(made.prompts), *TASK, "--out", str(made.out), "--json")
    again = run(*asked, *data, environment=environment)
    assert again.code == 0, again.err
    assert "no server is started" in again.said
    assert (made.out / "forecast.json").read_bytes() == before
    document = json.loads(again.out)
    assert document["sha256"] == json.loads(before)["sha256"]
    # Another forecast takes no other's place.
    other = run(*asked, environment=environment)
    assert other.code == 2
    assert "says something else; move it, or name another --out" in other.said


def test_the_forecast_is_tested_with_chosen_candidates(made: Made, environment: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ("--forecast", str(made.out / "forecast.json"), "--candidates", "3", "--out", str(out))
    ended = run("experiment", "run", str(made.experiment), *given, environment=environment)
    assert ended.code == 0, ended.out + ended.err
    order = [one["name"] for one in made.forecast["candidates"]]
    # Of four the first, the third (1.5 is rounded up) and the last.
    chosen = [order[0], order[2], order[3]]
    found = json.loads((out / "results.json").read_text())
    assert found["arms"] == ["none", *chosen]
    test = found["forecast"]
    assert [one["arm"] for one in test["measured"]] == chosen
    assert [one["place"] for one in test["prediction"]["arms"]] == [1, 3, 4]
    # The stand-in says the same as every arm: nothing is suppressed, and nothing goes with anything.
    assert [one["mean"] for one in test["measured"]] == [0, 0, 0]
    assert test["tests"][0]["spearman"]["value"] is None
    roads = test["prediction"]["roads"]
    assert roads["training"]["training_rows"] == 4 * 8
    assert roads["evaluation"]["responses"] == found["responses"]
    lines = [json.loads(line) for line in (out / "data" / "arms" / f"{chosen[0]}.jsonl").open()]
    prompts = {one["name"]: one["prompt"] for one in made.forecast["candidates"]}
    assert all(line["messages"][0] == {"role": "system", "content": prompts[chosen[0]]} for line in lines)
    assert "What was foretold, and what came out" in (out / "report.html").read_text()
    assert "3 trained candidates of 4" in " ".join(ended.out.split())


def refused(made: Made, environment: dict[str, str], experiment: Path, *more: str) -> str:
    given = ("--forecast", str(made.out / "forecast.json"), "--out", str(experiment.parent / "out"))
    ended = run("experiment", "run", str(experiment), *given, *more, environment=environment)
    assert ended.code == 2, ended.out
    return ended.said


def test_a_forecast_of_other_rows_is_refused(
    made: Made, environment: dict[str, str], tiny: Path, tmp_path: Path
) -> None:
    file = write(tmp_path, tiny)
    (file.parent / "rows.jsonl").write_text(rows("hola ."))
    assert "the forecast was made for 8 other rows than the 8 of the arm none" in refused(made, environment, file)


def test_a_forecast_of_another_base_is_refused(made: Made, environment: dict[str, str], tiny: Path) -> None:
    other = made.experiment.parent / "other"
    other.mkdir()
    for path in tiny.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    (other / "note.json").write_text("{}")
    told = refused(made, environment, made.experiment, "--model", str(other))
    assert "the forecast was made with" in told


def test_what_does_not_go_together_is_refused_at_once(made: Made, environment: dict[str, str], tmp_path: Path) -> None:
    told = refused(made, environment, made.experiment, "--arms", "none,asked", "--candidates", "2")
    assert "leave --arms out" in told
    assert "an order needs 3 or more" in told
    ended = run("experiment", "run", str(made.experiment), "--candidates", "3", environment=environment)
    assert "name it with --forecast" in ended.said
    changed = tmp_path / "forecast.json"
    changed.write_text((made.out / "forecast.json").read_text().replace("hola .", "hola !"))
    ended = run("experiment", "run", str(made.experiment), "--forecast", str(changed), environment=environment)
    assert (ended.code, "was changed after it was made" in ended.said) == (2, True)


def test_all_that_is_wrong_with_a_call_of_elicit_is_told_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("[a] One.\n[a] Two.\n")
    asked = ("elicit", "smollm2", "--prompts", str(prompts), "--task", "spanish_capitals", "--value", "capital")
    ended = run(*asked, "--control", "x.jsonl", "--out", str(tmp_path / "out"), environment=environment)
    assert ended.code == 2
    assert "prompts.txt:2:4: the name a stands already in line 1" in ended.said
    assert "has no such headline value; did you mean 'capitals'?" in ended.said
    assert "name those with it too, with --data" in ended.said
