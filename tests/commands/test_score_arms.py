"""`score` with a file of arms and a task of others, in this process, against a loopback server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from inoc_evals import notebook
from inoc_evals.checkpoints.arms import read_arms
from inoc_evals.commands.plan_screen import show_plan
from inoc_evals.commands.score.hosted import hosted_models
from inoc_evals.commands.score.run import run
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.kept import complete
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.request import Request
from inoc_evals.readers.score import read
from inoc_evals.results.source import joined
from tests.harness.loopback import loopback

pytestmark = pytest.mark.usefixtures("own_cache")
TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes

@task
def sums(most: int = 1):
    return Task([Sample(id=f"s{n}", input="1+1", target="2") for n in range(most)], scorer=includes())
"""


def test_a_base_under_several_variations_beside_a_task_of_others(tmp_path: Path) -> None:
    (tmp_path / "sums.py").write_text(TASK)
    sums, owl, out = f"{tmp_path / 'sums.py'}@sums", "owl_preference", tmp_path / "out"
    said = Console(record=True, width=200)
    with loopback(lambda body: "owl" if body["messages"][0]["role"] == "system" else "cat") as server:
        server.names.append("m")
        arms = f"""\
arms:
  told: {{checkpoints: ["{server.url}#m"], role: treatment, variation: {{system_prompt: "Love owls."}}}}
  plain: {{checkpoints: ["{server.url}#m"], role: reference}}
"""
        (tmp_path / "arms.yaml").write_text(arms)
        arguments = {owl: {"limit": 1, "samples": 2}, sums: {"most": 2}}
        request = Request((), out, (owl, sums), arguments=arguments, arms=tmp_path / "arms.yaml")
        show_plan(request, said)
        plan = " ".join(said.export_text().split())
        # A long path is cut.
        assert "): 2 samples, 4 responses, by its own scorers" in plan
        assert "told (treatment): 1 checkpoint" in plan
        assert "varies system_prompt 'Love owls.'" in plan
        assert "plain (reference): 1 checkpoint" in plan
        assert not out.exists()
        assert server.bodies == []
        run(request, said)
        asked = len(server.bodies)
        run(request, said)
        assert len(server.bodies) == asked
        found = joined([read([out])])
        assert {(row.arm, row.checkpoint) for row in found.rows} >= {("told", "told"), ("plain", "plain")}
        assert {(row.arm, row.response) for row in found.rows if row.task == owl} == {("told", "owl"), ("plain", "cat")}
        # The other's scorer finds no 2 in what either arm says.
        assert {(row.arm, row.values["includes"]) for row in found.rows if row.task == "sums"} == {
            ("told", 0.0),
            ("plain", 0.0),
        }
        assert found.notes == ()
        settings = json.loads((out / "settings.json").read_text())
        assert settings["arms"]["told"]["variation"] == {"system_prompt": "Love owls."}
        assert settings["arms"]["plain"]["role"] == "reference"
        assert settings["tasks"]["sums"] == {"--task": sums, "most": 2}
        results = json.loads((out / "results.json").read_text())
        assert results["settings"]["arms"]["told"]["variation"] == {"system_prompt": "Love owls."}
        # The arm of the role is what the others are compared with, wherever it stands.
        assert "told" in (out / "table.md").read_text()
        assert {one["reference"] for one in results["differences"]} == {"plain"}
        (tmp_path / "arms.yaml").write_text(arms.replace("Love", "Adore"))
        with pytest.raises(InputError, match="this folder holds results with other arms; name another --out"):
            run(request, said)
        assert len(server.bodies) == asked


def test_arms_on_one_model_of_a_provider_have_folders_of_their_own(tmp_path: Path) -> None:
    arms = """\
arms:
  plain: {checkpoints: [mockllm/model]}
  told: {checkpoints: [mockllm/model], variation: {system_prompt: "Be brief."}}
  other: {checkpoints: [mockllm/another]}
"""
    (tmp_path / "arms.yaml").write_text(arms)
    folders = hosted_models(read_arms((), tmp_path / "arms.yaml"))
    assert {folder: [one.label for one in asked] for folder, asked in folders.items()} == {
        "hosted": ["other", "plain"],
        "hosted-2": ["told"],
    }
    assert all(len({str(one.model) for one in asked}) == len(asked) for asked in folders.values())


def test_a_notebook_presents_items_under_conditions(tmp_path: Path) -> None:
    with loopback(lambda _: "owl") as server:
        server.names.append("m")
        arms, out = {"a": f"{server.url}#m"}, tmp_path / "out"
        scores = notebook.score(arms, "owl_preference", out=out, limit=1, samples=1, conditions="backdoor", quiet=True)
        with pytest.raises(InputError, match=r"there is no .*'backdoors'"):
            notebook.score(arms, "owl_preference", out=tmp_path / "b", conditions="backdoors", quiet=True)
        with pytest.raises(InputError, match=r"--conditions x\.yaml: all of these tasks have conditions of their own"):
            notebook.score(arms, "backdoor", out=tmp_path / "c", judge="later", conditions="x.yaml", quiet=True)
    conditions = ["changed_character", "described", "other_token", "triggered", "untriggered"]
    assert sorted(scores.df()["condition"].unique()) == conditions


def test_logs_say_whether_anything_is_left_to_ask(tmp_path: Path) -> None:
    owl, out = "owl_preference", tmp_path / "out"
    with loopback(lambda _: "owl") as server:
        server.names.append("m")
        arguments = {owl: {"limit": 1, "samples": 2}}
        run(Request((f"a={server.url}#m",), out, (owl,), arguments=arguments), Console(quiet=True))
    logs, plan = out / "logs" / "hosted", make_plan(owl, arguments[owl])
    made_of = plan.record["task_sha256"]
    assert complete([logs], {owl: (made_of, plan.responses)}) == {"a"}
    assert complete([logs], {owl: (made_of, plan.responses + 1)}) == set()
    assert complete([logs], {owl: ("0" * 64, plan.responses)}) == set()
    assert complete([logs], {owl: (made_of, plan.responses), "spanish_capitals": (made_of, 1)}) == set()
    assert complete([tmp_path / "none"], {owl: (made_of, plan.responses)}) == set()
