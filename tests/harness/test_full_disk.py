"""A disk that fills up in the middle of a run, where inspect alone sees it and writes it into the log's header."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from inspect_ai.log import EvalConfig, EvalDataset, EvalError, EvalLog, EvalSpec

from inoc_evals.errors import WorkError
from inoc_evals.harness.inspect.run import _finished


def log_of(folder: Path, message: str) -> EvalLog:
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00", task="t", dataset=EvalDataset(), model="m", config=EvalConfig()
    )
    error = EvalError(message=message, traceback="", traceback_ansi="")
    return EvalLog(status="error", eval=spec, error=error, location=str(folder / "x.eval"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EFBIG])
def test_what_the_system_refused_is_said_with_a_remedy(tmp_path: Path, number: int) -> None:
    # The text forms that Python gives such errors, without and with the file's name.
    for refused in (OSError(number, os.strerror(number)), OSError(number, os.strerror(number), "a.eval")):
        with pytest.raises(WorkError) as told:
            _finished([log_of(tmp_path, repr(refused))], 1)
        assert str(told.value).startswith(f"{tmp_path} cannot be written ({os.strerror(number)}); ")


def test_another_error_keeps_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match=r"task t on m did not finish \(ValueError\('28'\)\)"):
        _finished([log_of(tmp_path, repr(ValueError("28")))], 1)
