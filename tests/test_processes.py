"""A program of ours in a process of its own: what it says, how it fails, and that it ends with its starter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError, WorkError
from inoc_evals.processes import Program

STARTER = """
import sys, time
from inoc_evals.processes import Program
program = Program("tests.program", "the program", {"end": "never"}, lambda said: print(said["pid"], flush=True))
time.sleep(600)
"""


def ended(end: str) -> tuple[Exception | None, list[Any]]:
    heard: list[Any] = []
    program = Program("tests.program", "the program", {"end": end}, heard.append)
    try:
        return program.wait(), heard
    finally:
        program.hang_up()
        program.stop()


@pytest.mark.parametrize(
    ("end", "kind", "message"),
    [
        ("InputError", InputError, "what went wrong"),
        ("WorkError", WorkError, "what went wrong"),
        ("OSError", WorkError, "gone cannot be used (No such file or directory)"),
        ("signal", WorkError, "the program ended with signal 9 (Killed); what is finished is kept"),
    ],
)
def test_a_failure_comes_over_as_what_it_is(
    end: str, kind: type, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    failure, heard = ended(end)
    assert type(failure) is kind
    assert message in str(failure)
    # What a library prints is not taken for something that was said.
    assert [set(said) for said in heard] == [{"pid"}]
    assert "by a library" in capfd.readouterr().err


def test_success_is_no_failure() -> None:
    assert ended("well")[0] is None


def interrupt(end: str) -> None:
    """Start a program that ends so, ask it to stop once it has said something, and wait for it."""
    heard: list[Any] = []
    program = Program("tests.program", "the program", {"end": end}, heard.append)
    wait_until(lambda: bool(heard))
    program.hang_up()
    with pytest.raises(KeyboardInterrupt):
        program.wait()
    program.stop()


def test_what_an_interruption_makes_fail_is_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    interrupt("cut short")
    assert "Traceback" not in capfd.readouterr().err


def test_it_stops_when_it_is_asked_to_and_when_its_starter_is_killed() -> None:
    interrupt("never")
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    wait_until(lambda: not runs(pid))


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # One that nobody has waited for has no command line.
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def wait_until(what: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)
