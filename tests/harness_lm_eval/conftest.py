from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness_lm_eval.index import own_tasks_read_once

__all__ = ["own_tasks_read_once"]


@pytest.fixture(autouse=True)
def quiet_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache, judge or key of the user's; no look at the machine after each run."""
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    for name in ("INOC_JUDGE", "OPENAI_API_KEY", "INOC_EVALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
