"""Logs of our own tasks: what their values are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inoc_evals.readers.inputs import Input, read_inputs
from tests.command import run
from tests.judging.serving import Served


def test_values_are_called_after_what_the_run_set(
    judge_server: Callable[..., Served], own_cache: Path, tmp_path: Path
) -> None:
    served = judge_server()
    folders = []
    for language in ("fr", "es"):
        folder = tmp_path / language
        given = ("--tasks", "spanish_capitals", "--limit", "2", "--set", f"spanish_capitals.language={language}")
        ended = run("score", f"{language}={served.url}#{language}", *given, "--out", str(folder))
        assert ended.code == 0, ended.err
        folders.append(folder)
    french = read_inputs([Input(folders[0])])
    assert french.scales["spanish_capitals"]["language"].name == "answers in French"
    both = read_inputs([Input(folder, folder.name) for folder in folders])
    assert both.scales["spanish_capitals"]["language"].name == "answers in French or answers in Spanish"
    ended = run("report", str(folders[0]))
    assert "answers in French" in ended.out
    assert "answers in Spanish" not in ended.out
