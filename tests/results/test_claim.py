"""A folder of results is for one process at a time, and what killed processes leave is in nobody's way."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.results.claim import HOLDER, LOCK, all_claimed, claimed, command_line, results_folder

WORK = """
import sys
from pathlib import Path
from inoc_evals.results.claim import claimed
from inoc_evals.errors import InputError
try:
    with claimed(Path(sys.argv[1])):
        (Path(sys.argv[1]) / "work").write_text(str(__import__("os").getpid()))
        print("works", flush=True)
        sys.stdin.read()
except InputError as error:
    print(error, flush=True)
"""


def worker(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORK, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.parametrize("many", [2, 3, 4])
def test_exactly_one_process_works_and_the_others_name_it(tmp_path: Path, many: int) -> None:
    folder = tmp_path / "out"
    processes = [worker(folder) for _ in range(many)]
    lines = [said(process) for process in processes]
    (first,) = [process for process, line in zip(processes, lines, strict=True) if line == "works"]
    others = [line for line in lines if line != "works"]
    assert len(others) == many - 1
    for line in others:
        assert line.startswith(f"{folder}: another process works in this folder (pid {first.pid} on ")
        assert "since 20" in line
        assert "wait for its end, stop it, or name another folder" in line
    assert (folder / "work").read_text() == str(first.pid)
    for process in processes:
        process.communicate("")
    with claimed(folder):
        assert not re.search(str(first.pid), (folder / HOLDER).read_text())


def test_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    process = worker(tmp_path)
    assert said(process) == "works"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / HOLDER).exists()
    with claimed(tmp_path):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, "work"}


def test_a_folder_that_was_made_for_nothing_goes(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), claimed(tmp_path / "a" / "out"):
        raise ZeroDivisionError
    assert not (tmp_path / "a" / "out").exists()
    (tmp_path / "mine").mkdir()
    with claimed(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").exists()


def test_one_folder_by_two_names_is_held_once(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    names = [tmp_path / "out", tmp_path / "link", tmp_path / "out" / ".." / "out"]
    ours = f"pid {os.getpid()} on"
    with all_claimed(names), pytest.raises(InputError, match=ours), claimed(tmp_path / "link"):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    told: list[str] = []
    worked = False
    with claimed(tmp_path, told.append):
        worked = True
    assert worked
    assert len(told) == 1
    assert "has no locks: see to it yourself" in told[0]


def test_the_folder_of_a_log(tmp_path: Path) -> None:
    assert results_folder(tmp_path / "out" / "logs" / "hosted" / "x.eval") == tmp_path / "out"
    assert results_folder(tmp_path / "mine" / "x.eval") == tmp_path / "mine"


def test_the_command_is_quoted_and_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [
        "a b=http://h/v1#m",
        "--server-arg=--api-key=5ecret",
        "--server-arg",
        "--hf-token=5ecret",
        "--set=x.y=it's",
    ]
    monkeypatch.setattr(sys, "argv", ["/elsewhere/inoc-evals", "score", *words])
    found = command_line()
    assert "5ecret" not in found
    assert found.startswith("/elsewhere/inoc-evals score 'a b=http://h/v1#m' ")
    # A shell reads it as it was given.
    read = subprocess.run(["sh", "-c", f"printf '%s\\n' {found}"], capture_output=True, text=True)
    words[1], words[3] = "--server-arg=--api-key=(hidden)", "--hf-token=(hidden)"
    assert read.stdout.splitlines() == ["/elsewhere/inoc-evals", "score", *words]
