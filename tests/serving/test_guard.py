"""No path leaves an orphan: the guard ends its command when its starter closes the pipe or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.serving.server import ServerSettings, serve, served_name

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

DAEMON_STARTER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "inoc_evals.serving.guard", sys.executable, "-c", *sys.argv[1:]],
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


# A daemon as it is written in books: two forks and a session of its own, so that no group and no parent leads to it.
DAEMON = """
import os, signal, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(300)
os.wait()
time.sleep(float(sys.argv[2]))
"""


def test_a_daemon_of_the_command_ends_with_it(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        for seconds, closes in (("300", True), ("2", False)):
            path = tmp_path / seconds
            guard = subprocess.Popen(
                [sys.executable, "-m", "inoc_evals.serving.guard", sys.executable, "-c", DAEMON, str(path), seconds],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
            daemon = pids(path)
            assert {os.getsid(pid) for pid in daemon}.isdisjoint({guard.pid})
            assert guard.stdin
            if closes:
                guard.stdin.close()
            guard.wait(timeout=20)
            wait_gone(daemon)
        assert alive(bystander.pid)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_daemon_does_not_outlive_a_killed_starter(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", DAEMON_STARTER, DAEMON, str(tmp_path / "pids"), "300"])
    daemon = pids(tmp_path / "pids")
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait(timeout=10)
    wait_gone(daemon)


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
            serve("org/x", "0" * 64, {}, tmp_path / "log", ServerSettings(port=port)),
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


def test_a_command_line_that_the_system_does_not_take_is_one_sentence(tmp_path: Path) -> None:
    settings = ServerSettings(extra_args=(f"--revision={'x' * 200_000}",))
    with (
        pytest.raises(InputError, match=r"takes no command line .*; ask fewer at a time, as with --shard 1/2"),
        serve("org/x", "0" * 64, {}, tmp_path / "log", settings),
    ):
        pytest.fail("a server came up")
