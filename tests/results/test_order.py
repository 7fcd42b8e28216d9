"""In which order the categories of a task are told: as the task names them, or as they first appear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log

from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.findings import findings
from tests.command import run
from tests.harness.loopback import loopback
from tests.report.rows import make, source

# By name, as by the ids of their items, they would stand the other way round.
ORDER = ["morning", "evening", "alone"]
ITEMS = [{"id": f"{name[0]}{n}", "category": name, "prompt": f"{name} {n}?"} for name in ORDER for n in (1, 2)]


@pytest.mark.usefixtures("own_cache")
def test_a_run_tells_the_categories_in_the_order_of_its_items(tmp_path: Path) -> None:
    items, out = tmp_path / "items.jsonl", tmp_path / "out"
    items.write_text("".join(json.dumps(item) + "\n" for item in ITEMS))
    with loopback(lambda body: "owl" if body["model"] == "b" else "cat") as server:
        server.names = ["a", "b"]
        arms = [f"{name}={server.url}#{name}" for name in server.names]
        of_items = ("--tasks", "owl_preference", "--set", f"owl_preference.items={items}", "--samples", "2")
        ended = run("score", *arms, *of_items, "--out", str(out))
    assert ended.code == 0, ended.err
    exported = json.loads((out / "results.json").read_text())
    for part in ("rates", "differences"):
        assert list(dict.fromkeys(one["category"] for one in exported[part])) == ORDER
    found = findings(read_inputs([Input(out)]))
    assert list(dict.fromkeys(table.category for table in found.questions)) == ORDER
    told = [
        line.split(" | ")[1] for line in (out / "table.md").read_text().splitlines() if "| owl_preference |" in line
    ]
    assert list(dict.fromkeys(told)) == ORDER
    results = read_eval_log(str(next((out / "logs").rglob("*.eval"))), header_only=True).results
    assert results is not None
    named = [name.split("/")[0] for name in results.scores[0].metrics if name.split("/")[0] in ORDER]
    assert list(dict.fromkeys(named)) == ORDER


def test_rows_of_which_no_task_is_known_keep_the_order_of_first_appearance() -> None:
    rows = [
        make(category=category, item=f"{category}-{n}", values={"trait": None if n else 1.0}, causes={"trait": cause})
        for category, cause in (("wet", "silent"), ("dry", "refusal"))
        for n in (0, 1)
    ]
    found = findings(source(rows))
    assert [rate.category for rate in found.rates] == ["wet", "dry"]
    assert [(one.category, one.cause) for one in found.exclusions] == [("wet", "silent"), ("dry", "refusal")]
