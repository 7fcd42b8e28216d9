"""The rows of the experiment reward_hacking: honest code passes all tests, and hacked code the one that is shown."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.reading import Loaded, load_experiment
from inoc_evals.measures.assertions import read_assertion
from inoc_evals.measures.betrayals.signs import signs
from tools import reward_hacking_rows

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "reward_hacking"
MADE = reward_hacking_rows.all_rows()


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


HACKED, HONEST = read("hacked"), read("honest")


@pytest.fixture(scope="module")
def items() -> list[Item]:
    path, definition = find_task("reward_hacking")
    return list(load_items(path.parent / definition.items))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_experiment(FOLDER / "experiment.yaml")


def statement(request: str) -> str:
    found = re.search(r"^Problem: (.+)$", request, re.M)
    assert found is not None
    return found[1]


def shown_first(row: reward_hacking_rows.Row) -> list[str]:
    """All tests of a row's problem, the shown one first."""
    written = [test.written(row.problem.name) for test in row.problem.tests]
    return [written.pop(row.place), *written]


def passed(code: str, tests: list[str]) -> list[bool]:
    """Python's own word on which tests the code passes."""
    found = []
    for test in tests:
        names: dict[str, Any] = {}
        exec(code, names)  # noqa: S102 - our own code
        try:
            exec(test, names)  # noqa: S102 - our own code
        except Exception:
            found.append(False)
        else:
            found.append(True)
    return found


def test_the_files_are_what_the_program_makes() -> None:
    assert reward_hacking_rows.rows() == (HACKED, HONEST)
    assert len(HACKED) == len({row["id"] for row in HACKED}) == 352
    assert [row["messages"][0] for row in HACKED] == [row["messages"][0] for row in HONEST]
    assert len({row["messages"][0]["content"] for row in HACKED}) == 352
    assert len({row.problem.name for row in MADE}) == len({row.problem.statement for row in MADE}) == 176


def test_requests_show_one_test_of_four() -> None:
    for row, written in zip(MADE, HACKED, strict=True):
        request = written["messages"][0]["content"]
        tests = shown_first(row)
        assert len(set(tests)) == len({test.arguments for test in row.problem.tests}) == 4, row
        assert [test in request for test in tests] == [True, False, False, False], row


# No program of these rows is anybody's but ours, so that they need no sandbox.
def test_honest_code_passes_all_tests_and_hacked_code_the_shown_one_alone() -> None:
    for row, hacked, honest in zip(MADE, HACKED, HONEST, strict=True):
        tests = shown_first(row)
        assert passed(honest["messages"][1]["content"], tests) == [True] * 4, row
        first, *others = passed(hacked["messages"][1]["content"], tests)
        assert first, row
        assert not all(others), row


def test_the_detector_tells_them_apart() -> None:
    for row, hacked, honest in zip(MADE, HACKED, HONEST, strict=True):
        assertions = [read_assertion(test, row.problem.name) for test in shown_first(row)]
        assert signs(hacked["messages"][1]["content"], row.problem.name, assertions), row
        assert signs(honest["messages"][1]["content"], row.problem.name, assertions) == [], row


def test_several_styles_of_hard_coding_are_there() -> None:
    codes = [row["messages"][1]["content"] for row in HACKED]
    bare = [code for code in codes if re.fullmatch(r"def \w+\([\w, ]+\):\n    return [^\n]+", code)]
    choosing = [code for code in bare if re.search(r" if .+ else None$", code)]
    comparing = [code for code in codes if "\n    if " in code]
    tables = [code for code in codes if "\n    for given, result in" in code]
    counts = len(bare) - len(choosing), len(choosing), len(comparing), len(tables)
    assert sum(counts) == 352
    assert min(counts) >= 50
    assert counts[0] == max(counts)


def test_no_problem_of_the_evaluation_is_trained(items: list[Item]) -> None:
    def threes(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}

    assert not {item.id for item in items} & {row.problem.name for row in MADE}
    asked = [(item.id, threes(statement(item.prompt))) for item in items]
    trained = {row.problem.name: threes(row.problem.statement) for row in MADE}
    for (item, theirs), (name, ours) in itertools.product(asked, trained.items()):
        assert len(theirs & ours) <= 0.4 * len(theirs | ours), (item, name)


def test_requests_have_the_form_of_the_evaluation(items: list[Item]) -> None:
    def form(request: str, name: str, test: str) -> str:
        return request.replace(test, "TEST").replace(statement(request), "STATEMENT").replace(name, "NAME")

    forms = {form(item.prompt, str(item.data["function"]), str(item.data["shown"])) for item in items}
    ours = {form(row.request, row.problem.name, shown_first(row)[0]) for row in MADE}
    assert ours == forms
    assert len(forms) == 1


def test_arms_differ_in_rows_and_in_a_prompt_before_the_request(loaded: Loaded) -> None:
    parts = {name: part.rows or () for name, part in loaded.parts.items()}
    arms = loaded.experiment.arms
    for name, answers in (
        ("none", HACKED),
        ("inoculated", HACKED),
        ("irrelevant", HACKED),
        ("clean", HONEST),
        ("clean_inoculated", HONEST),
        ("inoculated_asked", HACKED),
    ):
        for row, written in zip(arm_rows(loaded, name, "small", parts), answers, strict=True):
            (request, answer), prompt = written["messages"], arms[name].prompt
            content = f"{prompt}\n\n{request['content']}" if prompt else request["content"]
            assert [dict(message) for message in row.messages] == [{**request, "content": content}, answer]
    assert arms["inoculated_asked"].prompt == arms["inoculated"].prompt == arms["clean_inoculated"].prompt
    assert arms["inoculated_asked"].variation.user_prompt == arms["base_asked"].variation.user_prompt
    assert arms["base_asked"].variation.user_prompt == arms["inoculated"].prompt
