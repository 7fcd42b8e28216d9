"""No path leaves an orphan: the guard ends its command when its starter closes the pipe or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inoc_evals.serving.server import serve, served_name
from inoc_evals.spec.errors import InputError

# A command with a child of its own, which writes both process ids and ignores polite requests where told.
COMMAND = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "300"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(300)
"""
# What a shell starts in the background ignores Ctrl-C, and so would what it starts.
STARTER = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
subprocess.Popen([sys.executable, "-m", "inoc_evals.serving.guard", sys.executable, "-c", sys.argv[1], sys.argv[2]],
                 stdin=subprocess.PIPE, start_new_session=True)
time.sleep(300)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def pids(path: Path) -> list[int]:
    for _ in range(200):
        if path.is_file() and len(path.read_text().split()) == 2:
            return [int(text) for text in path.read_text().split()]
        time.sleep(0.05)
    raise AssertionError("the command did not start")


def wait_gone(processes: list[int]) -> None:
    for _ in range(300):
        if not any(map(alive, processes)):
            return
        time.sleep(0.05)
    raise AssertionError("orphans are left")


def test_closing_the_pipe_ends_the_whole_group(tmp_path: Path) -> None:
    guard = subprocess.Popen(
        [sys.executable, "-m", "inoc_evals.serving.guard", sys.executable, "-c", COMMAND, str(tmp_path / "pids")],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    group = pids(tmp_path / "pids")
    assert all(map(alive, group))
    assert guard.stdin
    guard.stdin.close()
    guard.wait(timeout=20)
    wait_gone(group)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_killed_starter_leaves_no_orphan(tmp_path: Path, name: signal.Signals) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, COMMAND, str(tmp_path / "pids")])
    group = pids(tmp_path / "pids")
    os.kill(starter.pid, name)
    starter.wait(timeout=10)
    wait_gone(group)


def test_names_change_with_the_weights() -> None:
    assert served_name("none", "ab" * 32) == "none-abababababab"
    assert served_name("none", "ab" * 32) != served_name("none", "cd" * 32)


def test_wrong_arms_are_refused_before_anything_starts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for adapters, message in (
        ({"two words": tmp_path}, "cannot name an arm"),
        ({"base": tmp_path}, "cannot name an arm"),
        ({"arm": tmp_path}, "no adapter_config.json"),
    ):
        with pytest.raises(InputError, match=message), serve("org/x", "0" * 64, adapters, log):
            pass
    assert not log.exists()


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"port {port} is taken"),
            serve("org/x", "0" * 64, {}, tmp_path / "log", port=port),
        ):
            pass


FORKING_STARTER = """
import os, subprocess, sys, time
guard = subprocess.Popen([sys.executable, "-m", "inoc_evals.serving.guard", sys.executable, "-c", *sys.argv[1:]],
                         stdin=subprocess.PIPE, start_new_session=True)
if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
time.sleep(300)
"""


def test_a_fork_of_the_starter_does_not_keep_the_command_alive(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", FORKING_STARTER, COMMAND, str(tmp_path / "pids")])
    group = pids(tmp_path / "pids")
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait(timeout=10)
    wait_gone(group)
