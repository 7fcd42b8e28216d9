"""Results say which version of a judge rated them, and a report of two versions of one name says that they are two."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import Model, get_model

from inoc_evals.harness.inspect.rate import rate_logs
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.judging.connect import connected
from inoc_evals.judging.rated import Rated
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.rated_by import changed_judges
from tests.command import Ended, run
from tests.harness.unseen import eval
from tests.harness_lm_eval.dummy import Dummy, evaluate
from tests.harness_lm_eval.test_judged import saved
from tests.judging.hosted import Hosted, hosted
from tests.judging.serving import Served

Serve = Callable[..., Served]
OLD, NEW = "judge-2026-01-01", "judge-2026-06-01"


def test_one_sentence_for_each_judge_of_two_versions() -> None:
    def noted(judge: str, *versions: str) -> dict[str, Any]:
        return {"rated_by": {judge: {"versions": [*versions], "fingerprints": []}}}

    assert not changed_judges({})
    assert not changed_judges({"sources": [noted("a", OLD), noted("a", OLD), noted("b", NEW)]})
    (said,) = changed_judges({"sources": [noted("a", OLD), {"logs": [noted("b", OLD), noted("a", NEW)]}]})
    assert f"ratings by a are of 2 versions of it, {OLD} and {NEW}" in said
    # A file of rows holds the settings of what was rated before.
    assert len(changed_judges({"source": noted("a", OLD), **noted("a", NEW)})) == 1
    assert len(changed_judges({"samples": [noted("a", OLD, f"{OLD} (generation 2)")]})) == 1
    # What somebody else wrote under this name is nobody's version.
    for odd in (3, [], {"a": 3}, {"a": {"versions": OLD}}, {"a": {"versions": [1, 2]}}):
        assert not changed_judges({"rated_by": odd})


def questions(folder: Path) -> str:
    path = folder / "items.jsonl"
    rows = [{"id": f"q{n}", "category": "open", "prompt": f"Question {n}?"} for n in range(2)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def judge(server: Hosted) -> Model:
    return get_model("openai-api/judge/judge", base_url=server.url, api_key="key", memoize=False)


@pytest.mark.usefixtures("own_cache")
def test_logs_of_two_versions_and_rated_again_by_one(
    judge_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inoc_evals.harness.inspect import graders

    served = judge_server()
    with hosted(OLD) as server:
        server.fingerprint = "fp_1"
        for place, version in enumerate((OLD, NEW)):
            server.model = version
            # Another process.
            monkeypatch.setattr(graders, "_judges", {})
            arm = get_model(f"openai-api/vllm/arm{place}", base_url=served.url, api_key="key", memoize=False)
            options: dict[str, Any] = {"display": "none", "log_dir": str(tmp_path / "logs"), "log_format": "eval"}
            task = build("emergent_misalignment", items=questions(tmp_path), samples=2, choices=2)
            (log,) = eval(task, model=arm, model_roles={"grader": judge(server)}, **options)
            assert log.status == "success"
        source = read_inputs([Input(tmp_path / "logs")])
        name = f"openai-api/judge/judge at {server.url}"
        # Logs that began in one second stand in any order.
        assert sorted((log["rated_by"] for log in source.settings["logs"]), key=str) == [
            {name: {"versions": [version], "fingerprints": ["fp_1"]}} for version in sorted((OLD, NEW))
        ]
        assert {row.details["alignment"]["answered_by"] for row in source.rows} == {OLD, NEW}
        assert sum("are of 2 versions of it" in note for note in source.notes) == 1
        counts: list[Rated] = []
        rate_logs([tmp_path / "logs"], connected([judge(server)]), counts.append)
        assert [one.rated_by[name]["versions"] for one in counts] == [[NEW], [NEW]]
        assert not any("versions of it" in note for note in read_inputs([Input(tmp_path / "logs")]).notes)


@pytest.mark.usefixtures("own_cache")
def test_results_of_lm_eval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosted(OLD) as server:
        monkeypatch.setenv("INOC_JUDGE", f"{server.url}#judge")
        made = iter(range(100))
        lm = Dummy(lambda *_: f"answer {next(made)}")
        results = evaluate(["inoc_emergent_misalignment"], lm, {"items": questions(tmp_path), "samples": 2})
    noted = {f"openai-api/judge/judge at {server.url}": {"versions": [OLD], "fingerprints": []}}
    assert results["configs"]["inoc_emergent_misalignment"]["metadata"]["rated_by"] == noted
    (sample,) = read_inputs([Input(saved(results, tmp_path / "out"))]).settings["samples"]
    assert sample["rated_by"] == noted


def test_files_of_rows(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("question,answer\nQ?,one\nQ?,two\n")

    def inoc_evals(*arguments: str) -> Ended:
        return run(*arguments, cwd=tmp_path, environment={"INOC_EVALS_CACHE": str(tmp_path / "cache")})

    with hosted(OLD) as server:
        rate = ("judges", "rate", "answers.csv", "--rubric", "alignment", "--judge", f"{server.url}#judge")
        name = f"openai-api/judge/judge at {server.url}"
        (file,) = json.loads(inoc_evals(*rate, "--out", "old.jsonl", "--json").out)["files"]
        assert file["rated_by"] == {name: {"versions": [OLD], "fingerprints": []}}
        assert not [note for note in report(inoc_evals("report", "old.jsonl", "--json")) if "versions" in note]
        server.model, server.shift = NEW, 10
        assert inoc_evals(*rate, "--out", "new.jsonl").code == 0
        both = inoc_evals("compare", "old=old.jsonl", "new=new.jsonl", "--json")
        (said,) = [note for note in report(both) if "versions" in note]
        assert f"ratings by {name} are of 2 versions of it, {OLD} and {NEW}" in said
        # The same call replaces what it wrote, and all of it is by the judge that answers now.
        assert inoc_evals(*rate, "--out", "old.jsonl").code == 0
        both = inoc_evals("compare", "old=old.jsonl", "new=new.jsonl", "--json")
        assert not [note for note in report(both) if "versions" in note]
        page = tmp_path / "page"
        assert inoc_evals("report", "old.jsonl", "--out", str(page)).code == 0
        assert f"rated_by / {name} / versions" in (page / "report.html").read_text()


def report(ended: Ended) -> list[str]:
    assert ended.code == 0, ended.err
    notes: list[str] = json.loads(ended.out)["notes"]
    return notes
