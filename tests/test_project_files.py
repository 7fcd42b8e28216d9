"""What people and services read of the project beside its code: one version, valid forms, links that lead somewhere."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

ROOT = Path(__file__).resolve().parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
ENTRIES = sorted((ROOT / "docs" / "register").glob("*/eval.yaml"))
PAGES = [ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/add-a-rubric.md")]
PAGES.append(ROOT / "docs" / "register" / "README.md")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_one_version_and_licence_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = read(ROOT / "CITATION.cff")
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"] == "MIT"
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2026 the inoc_evals authors\n")


def test_a_commit_is_checked_as_make_check_does() -> None:
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    (hook,) = repository["hooks"]
    assert (repository["repo"], hook["language"], hook["pass_filenames"]) == ("local", "system", False)
    assert hook["entry"].split()[0] == "make"
    assert hook["entry"].split()[-1] == "check"
    assert re.search(hook["files"], "inoc_evals/cli/__init__.py")
    assert not re.search(hook["files"], "README.md")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_have_what_their_host_demands(path: Path) -> None:
    form = read(path)
    assert form["name"]
    assert form["description"]
    inputs = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in inputs}) == len(inputs) > 1
    for field in inputs:
        assert field["type"] in ("textarea", "input", "dropdown", "checkboxes")
        assert field["attributes"]["label"]
        assert field["attributes"].get("options", True)


def test_there_is_a_form_for_bugs_wrong_numbers_and_proposals() -> None:
    assert [path.stem for path in FORMS] == ["bug", "new_task_or_rubric", "wrong_number"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_an_entry_of_the_register_names_a_task_that_is_there(path: Path) -> None:
    entry = read(path)
    (task,) = entry["tasks"]
    assert task["name"] == path.parent.name
    # The register reads the file without running it, and looks for the decorator by its plain name.
    tree = ast.parse((ROOT / task["task_path"]).read_text(encoding="utf-8"))
    decorated = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(each) == "task" for each in node.decorator_list)
    }
    assert task["name"] in decorated
    items = (ROOT / "tasks" / task["name"] / "items.jsonl").read_text(encoding="utf-8").splitlines()
    assert task["dataset_samples"] == len(items)
    for key in ("full_title", "common_title", "paper_title", "description", "contributors"):
        assert entry[key]
    assert re.fullmatch(r"https://arxiv\.org/abs/\d{4}\.\d{5}", entry["arxiv"])
    assert re.fullmatch(r"[0-9a-f]{40}", entry["source"]["repository_commit"])
    assert entry["source"]["maintainers"]


def test_the_tasks_of_the_register_run_from_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    answers = [ModelOutput.from_content("m", "Dolphin.") for _ in range(10)]
    for answer in answers:
        # Without it inspect would fetch a tokenizer to count with.
        answer.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    (log,) = inspect_eval(
        "docs/register/tasks.py@owl_preference",
        model=get_model("mockllm/model", custom_outputs=answers, memoize=False),
        task_args={"animal": "dolphin", "limit": 1},
        log_dir=str(tmp_path),
        display="none",
    )
    assert log.status == "success"
    assert log.results is not None
    metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
    assert metrics["preference_exact"] == 1
