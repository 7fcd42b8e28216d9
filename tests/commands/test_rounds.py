"""`score --ci-width` as a user runs it, against a loopback server whose models answer by chance."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import COMMAND, Ended
from tests.command import run as call
from tests.harness.loopback import Loopback, loopback

pytestmark = pytest.mark.usefixtures("own_cache")
OWL = "owl_preference"
RATES = {"plain": 0.4, "rare": 0.02}
MOST = ("--samples", "8", "--limit", "6")


def by_chance(seed: int = 0, pause_s: float = 0.0) -> Callable[[dict[str, Any]], str]:
    """Each model names the owl at its rate."""
    draw, turn = random.Random(seed), threading.Lock()

    def answer(body: dict[str, Any]) -> str:
        time.sleep(pause_s)
        with turn:
            return "Owl" if draw.random() < RATES[body["model"]] else "Cat"

    return answer


def arguments(server: Loopback, out: Path, *more: str) -> list[str]:
    server.names += [name for name in RATES if name not in server.names]
    arms = [f"{name}={server.url}#{name}" for name in RATES]
    return ["score", *arms, "--tasks", OWL, "--out", str(out), *(more or MOST)]


def score(server: Loopback, out: Path, *more: str) -> Ended:
    return call(*arguments(server, out, "--ci-width", "25", *(more or MOST)))


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "responses.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_asks_until_intervals_are_narrow_and_a_second_one_asks_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with loopback(by_chance()) as server:
        done = score(server, out)
        assert done.code == 0, done.err
        asked = len(server.bodies)
        report = (out / "report.html").read_text()
        again = score(server, out)
        assert again.code == 0, again.err
        assert len(server.bodies) == asked
        assert (out / "report.html").read_text() == report
    rows = rows_of(out)
    places = Counter((row["arm"], row["item"], row["epoch"]) for row in rows)
    assert set(places.values()) == {1}
    assert len(rows) == asked <= 2 * 3 * 6 * 8
    responses = Counter((row["arm"], row["category"], row["item"]) for row in rows)
    assert min(responses.values()) >= 2
    for part in ("favourite", "choice", "least_favourite"):
        counts = {
            arm: {one for (whose, of, _), one in responses.items() if (whose, of) == (arm, part)} for arm in RATES
        }
        assert all(len(each) == 1 for each in counts.values()), counts

    told = json.loads((out / "results.json").read_text())["stopping"]
    assert told["finished"] is True
    assert told["looks"][-1]["responses"] == asked
    last = told["looks"][-1]["widths"]
    assert len(last) == 3 * 2 * 3  # parts, values, and two arms with their difference
    for one in last:
        if one["state"] == "narrow":
            assert one["like"] <= 25
        elif one["state"] == "narrow on these questions":
            assert one["like"] > 25 >= one["these"]
            assert "too few" in one["why"]
        else:
            assert "the most was asked: 8 responses" in one["why"]
    logs = call("report", str(out / "logs"), "--out", str(tmp_path / "logs alone"))
    assert "which those here do not allow for; report the folder" in " ".join(logs.out.split()), logs.err
    assert "When sampling stopped" in report
    assert "adjusted for stopping" in report
    assert "adjusted for stopping" in (out / "table.md").read_text()


def test_widths_are_those_of_the_intervals_that_the_results_hold(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with loopback(by_chance(1)) as server:
        done = score(server, out, "--samples", "4", "--limit", "5")
        assert done.code == 0, done.err
    told = json.loads((out / "results.json").read_text())
    widths = {
        (one["part"], one["value"], one["arm"], one["reference"]): (one["like"], one["these"])
        for one in told["stopping"]["looks"][-1]["widths"]
    }
    found = {}
    for one in told["rates"]:
        found[one["category"], one["measure"], one["arm"], None] = one["rate"]
    for one in told["differences"]:
        found[one["category"], one["measure"], one["arm"], one["reference"]] = one["difference"]
    assert set(found) == set(widths)
    for place, interval in found.items():
        these = interval["on_these_questions"]
        expected = (interval["high"] - interval["low"], these["high"] - these["low"])
        assert widths[place] == pytest.approx([100 * width for width in expected], abs=1e-2)


def test_a_killed_run_goes_on_in_the_round_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    rounds = out / "rounds.json"
    with loopback(by_chance(2, 0.01)) as server:
        typed = arguments(server, out, "--ci-width", "12", *MOST)
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen([str(COMMAND), *typed], stdout=said, stderr=said, env=dict(os.environ))
        until = time.monotonic() + 240
        while not _in_second_round(rounds, len(server.bodies)):
            assert process.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        before = json.loads(rounds.read_text())["rounds"]
        # What was under way is answered to nobody.
        time.sleep(1)
        asked = len(server.bodies)
        done = call(*typed)
        assert done.code == 0, done.err
        more = len(server.bodies) - asked
    rows = rows_of(out)
    assert set(Counter((row["arm"], row["item"], row["epoch"]) for row in rows).values()) == {1}
    after = json.loads(rounds.read_text())
    assert after["finished"] is True
    assert after["rounds"][0] == before[0]
    assert after["rounds"][1]["asked"] == before[1]["asked"]
    # Only what was under way when it was killed is asked again.
    assert 0 <= asked + more - len(rows) <= 128
    assert more < len(rows) - before[0]["responses"]


def _in_second_round(rounds: Path, asked: int) -> bool:
    if not rounds.exists():
        return False
    there = json.loads(rounds.read_text())["rounds"]
    # At most 128 are under way, so that some are answered.
    return len(there) >= 2 and asked > there[0]["responses"] + 140


def test_the_plan_tells_the_least_and_the_most(tmp_path: Path) -> None:
    with loopback(by_chance()) as server:
        plan = call(*arguments(server, tmp_path / "out", "--ci-width", "10", "--samples", "20", "--plan"))
        assert plan.code == 0, plan.err
        told = call(*arguments(server, tmp_path / "out", "--ci-width", "10", "--samples", "20", "--plan", "--json"))
        assert server.bodies == []
    document = json.loads(told.out)
    assert document["responses"] == 2 * 90 * 20
    assert f"{document['least']:,} to 3,600 responses: until the intervals are narrow enough" in " ".join(
        plan.out.split()
    )
    # Two responses to each item of at most 30 questions of a category.
    assert 2 * 2 * (30 + 24 + 10) <= document["least"] <= 2 * 2 * 90


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ("--tasks", f"{OWL},emergent_misalignment", "--set", "emergent_misalignment.judge=later"),
            "needs the ratings",
        ),
        (("--tasks", OWL, "--shard", "1/2"), "--ci-width looks at all arms at once"),
        (("--tasks", OWL, "--ci-width", "0"), "0.0 is not in the range"),
    ],
)
def test_what_cannot_be_asked_in_rounds_is_refused_in_one_sentence(
    tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    with loopback(by_chance()) as server:
        server.names += list(RATES)
        arms = [f"{name}={server.url}#{name}" for name in RATES]
        refused = call("score", *arms, "--ci-width", "10", *more, "--out", str(tmp_path / "out"), "--plan")
        assert refused.code == 2
        assert said in refused.said
        assert server.bodies == []


def test_a_folder_keeps_to_its_width(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with loopback(by_chance()) as server:
        small = ("--samples", "2", "--limit", "2")
        assert score(server, out, *small).code == 0
        refused = call(*arguments(server, out, *small))
        assert refused.code == 2
        assert "this folder holds results with other ci_width" in refused.said
