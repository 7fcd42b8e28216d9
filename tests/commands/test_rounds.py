"""`score --ci-width` as a user runs it, against loopback servers whose models answer by chance."""

from __future__ import annotations

import json
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ended
from tests.command import run as call
from tests.harness.loopback import Loopback, loopback

pytestmark = pytest.mark.usefixtures("own_cache")
OWL = "owl_preference"
RATES = {"plain": 0.4, "rare": 0.02}


def by_chance(seed: int = 0, rates: dict[str, float] = RATES) -> Callable[[dict[str, Any]], str]:
    """Each model names the owl at its rate, each question at about that of its model."""
    draw, turn = random.Random(seed), threading.Lock()

    def answer(body: dict[str, Any]) -> str:
        with turn:
            return "Owl" if draw.random() < rates[body["model"]] else "Cat"

    return answer


def score(server: Loopback, out: Path, *more: str) -> Ended:
    server.names += [name for name in RATES if name not in server.names]
    arms = [f"{name}={server.url}#{name}" for name in RATES]
    return call("score", *arms, "--tasks", OWL, "--out", str(out), *more)


def rows_of(out: Path) -> Counter[tuple[str, str, str]]:
    """Responses by arm, category and question."""
    lines = (out / "responses.csv").read_text().splitlines()
    names = lines[0].split(",")
    at = [names.index(name) for name in ("arm", "category", "cluster")]
    return Counter(tuple(line.split(",")[place] for place in at) for line in lines[1:])  # type: ignore[misc]


def test_a_run_asks_until_intervals_are_narrow_and_a_second_one_asks_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with loopback(by_chance()) as server:
        done = score(server, out, "--ci-width", "20", "--samples", "40")
        assert done.code == 0, done.err
        asked = len(server.bodies)
        again = score(server, out, "--ci-width", "20", "--samples", "40")
        assert again.code == 0, again.err
        assert len(server.bodies) == asked
    print(done.out)
    told = json.loads((out / "results.json").read_text())
    print(json.dumps(told["stopping"]["looks"][-1]["widths"], indent=1)[:3000])
