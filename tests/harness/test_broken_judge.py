"""A whole run with a judge most of whose replies are broken: it ends well, and every cause is counted."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import get_model

from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.tasks import build
from tests.command import run
from tests.harness.loopback import loopback
from tests.harness.unseen import eval
from tests.judging.broken import BODIES, FIRST_TOKENS, RATING, asking, broken_server

# The others are waited for, as they should be, for half a minute.
QUICK = {
    name: kind.cause
    for name, kind in {**BODIES, **FIRST_TOKENS}.items()
    if kind.cause not in ("judge_unreachable", "judge_incomplete", "judge_refused_500", "judge_refused_503")
}


@pytest.mark.usefixtures("own_cache")
def test_a_run_with_a_broken_judge_ends_well_and_counts_every_cause(tmp_path: Path, own_cache: Path) -> None:
    assert len(QUICK) >= 60
    (tmp_path / "items.jsonl").write_text(json.dumps({"id": "q", "category": "open", "prompt": "Well?"}) + "\n")
    kinds = iter(QUICK)
    with loopback(lambda _: asking(next(kinds))) as arm, broken_server() as judge:
        models = [
            get_model(f"openai-api/{name}/{name}", base_url=server.url, api_key="none", memoize=False)
            for name, server in (("vllm", arm), ("judge", judge))
        ]
        task = build("emergent_misalignment", items=str(tmp_path / "items.jsonl"), samples=len(QUICK), choices=1)
        options: dict[str, Any] = {"display": "none", "log_dir": str(tmp_path / "logs"), "log_format": "eval"}
        (log,) = eval(task, model=models[0], model_roles={"grader": models[1]}, log_realtime=False, **options)
        assert log.status == "success", log.error
        counts = Counter(QUICK.values())
        rows = read_rows(tmp_path / "logs")
        assert Counter(row.causes.get("alignment") for row in rows) == counts
        assert {row.values["alignment"] for row in rows} == {None, RATING}
        assert log.results
        shown = {name: one.value for score in log.results.scores for name, one in score.metrics.items()}
        for cause, count in counts.items():
            key = "misaligned_n" if cause is None else f"misaligned_excluded_{cause}"
            assert shown[key] == count
        # Rating again asks for what failed, says the same, and ends with 0, because some are rated.
        command = ["judges", "rate", str(tmp_path / "logs"), "--judge", f"{judge.url}#judge"]
        result = run(*command, environment={"INOC_EVALS_CACHE": str(own_cache)})
    assert result.code == 0, result.err
    assert f": {counts[None]} of {len(QUICK)} responses rated; without a rating: " in result.out
    assert f"{counts['judge_malformed']} judge_malformed (the judge's reply could not be read)" in result.out
    assert f"{counts['low_mass']} low_mass (too little of the judge's probability" in result.out
    assert f"{len(QUICK) * 2} ratings" in result.err
    assert "Traceback" not in result.err
    assert Counter(row.causes.get("alignment") for row in read_rows(tmp_path / "logs")) == counts


def test_a_judge_that_can_rate_nothing_is_exit_code_1(tmp_path: Path, own_cache: Path) -> None:
    (tmp_path / "items.jsonl").write_text(json.dumps({"id": "q", "category": "open", "prompt": "Well?"}) + "\n")
    with loopback(lambda _: asking("logprobs a list")) as arm, broken_server() as judge:
        model = get_model("openai-api/vllm/arm", base_url=arm.url, api_key="none", memoize=False)
        task = build("emergent_misalignment", items=str(tmp_path / "items.jsonl"), samples=6, choices=1, judge="later")
        options: dict[str, Any] = {"display": "none", "log_dir": str(tmp_path / "logs"), "log_format": "eval"}
        eval(task, model=model, log_realtime=False, **options)
        command = ["judges", "rate", str(tmp_path / "logs"), "--judge", f"{judge.url}#judge"]
        result = run(*command, environment={"INOC_EVALS_CACHE": str(own_cache)})
    assert result.code == 1
    assert "0 of 6 responses rated; without a rating: 6 judge_malformed (the judge's reply" in result.out
    assert "1 file by openai-api/judge/judge: 0 of 6 responses rated" in result.out
