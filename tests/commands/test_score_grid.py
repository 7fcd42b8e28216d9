"""`score` with conditions that are made of the arms' own prompts, in this process, against a loopback server."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from inoc_evals.commands.plan_screen import show_plan
from inoc_evals.commands.score.run import run
from inoc_evals.errors import InputError
from inoc_evals.plan.request import Request
from tests.harness.loopback import loopback

pytestmark = pytest.mark.usefixtures("own_cache")
PROMPT = "You always speak in Spanish."
SPANISH, ENGLISH = (
    "Claro que sí, mañana vamos a la playa con los niños.",
    "Of course, we will go to the beach tomorrow.",
)
TASK = "spanish_capitals"
# What a rule makes of one prompt, and `absent`; and what somebody would have to write.
MADE, WRITTEN = ("prompt", "negated", "quoted", "key_word", "irrelevant"), ("paraphrased", "opposite", "hint")


def answer(body: dict[str, Any]) -> str:
    """`kept` speaks Spanish wherever its prompt stands whole, `none` never does."""
    return SPANISH if body["model"] == "kept" and PROMPT in body["messages"][0]["content"] else ENGLISH


def arms(folder: Path, url: str, written: str = "") -> Path:
    file = folder / "arms.yaml"
    file.write_text(f"""\
arms:
  none: {{checkpoints: ["{url}#none"], role: reference}}
  kept:
    checkpoints: ["{url}#kept"]
    trained_with: {{prompt: "{PROMPT}"{written}}}
""")
    return file


def test_a_grid_from_the_command_to_the_report(tmp_path: Path) -> None:
    said, out = Console(file=io.StringIO(), record=True, width=200), tmp_path / "out"
    with loopback(answer) as server:
        server.names += ["none", "kept"]
        arguments = {TASK: {"conditions": "leak", "limit": 2}}
        request = Request((), out, (TASK,), arguments=arguments, arms=arms(tmp_path, server.url))
        show_plan(request, said)
        plan = " ".join(said.export_text().split())
        assert "4 items x 6 conditions x 1 sample x 2 checkpoints = 48 responses" in plan
        assert "under absent, prompt_of_kept, negated_of_kept" in plan
        assert "not under hint_of_kept: nobody wrote it; add `hint: ...` beside the prompt of kept" in plan
        assert server.bodies == []
        run(request, said)
        assert len(server.bodies) == 48
        run(request, said)
        assert len(server.bodies) == 48
    results = json.loads((out / "results.json").read_text())
    (grid,) = results["grid"]
    assert grid["presented"]["missing"].keys() == {f"{name}_of_kept" for name in WRITTEN}
    assert [one["name"] for one in grid["presented"]["shown"]] == ["absent", *(f"{name}_of_kept" for name in MADE)]
    language = next(value for value in grid["values"] if value["measure"] == "language")
    kept = next(line for line in language["lines"] if line["arm"] == "kept")
    rates = {cell["condition"]: cell["rate"]["equal"] for cell in kept["cells"]}
    # The prompt itself, and what has it within.
    spanish = {"prompt_of_kept", "negated_of_kept", "quoted_of_kept"}
    assert {name for name, rate in rates.items() if rate == 1} == spanish
    assert {name for name, rate in rates.items() if rate == 0} == rates.keys() - spanish
    assert kept["worst"] == "prompt_of_kept"
    assert kept["mean"]["equal"] == pytest.approx(3 / 5)
    assert all(cell["own"] == (cell["condition"] != "absent") for cell in kept["cells"])
    excess = {cell["condition"]: cell["excess"] and cell["excess"]["mean"] for cell in kept["cells"]}
    assert excess["prompt_of_kept"] == 1
    assert excess["absent"] is None
    page = (out / "report.html").read_text()
    assert "Training prompt by evaluation prompt" in page
    assert "Not in the grid: 3" in page


def test_what_an_author_wrote_is_asked_too_and_another_prompt_is_another_run(tmp_path: Path) -> None:
    said, out = Console(file=io.StringIO()), tmp_path / "out"
    with loopback(answer) as server:
        server.names += ["none", "kept"]
        arguments = {TASK: {"conditions": "leak", "limit": 1}}
        written = ", placement: user, hint: 'Think of Madrid.'"
        run(Request((), out, (TASK,), arguments=arguments, arms=arms(tmp_path, server.url, written)), said)
        firsts = {body["messages"][0]["content"].split("\n\n")[0] for body in server.bodies}
        assert {PROMPT, "Think of Madrid."} <= firsts
        assert all(body["messages"][0]["role"] == "user" for body in server.bodies)
        with pytest.raises(InputError, match="results with other tasks"):
            run(Request((), out, (TASK,), arguments=arguments, arms=arms(tmp_path, server.url)), said)


def test_without_any_prompt_it_says_where_to_write_one(tmp_path: Path) -> None:
    with loopback(answer) as server:
        server.names += ["none"]
        request = Request(
            (f"none={server.url}#none",), tmp_path / "out", (TASK,), arguments={TASK: {"conditions": "leak"}}
        )
        with pytest.raises(InputError, match=r"made of the prompts that arms were trained under, and none is known"):
            show_plan(request, Console(file=io.StringIO()))
        assert server.bodies == []
