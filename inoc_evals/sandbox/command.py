"""The command line that runs a program in a sandbox: bubblewrap's namespaces, prlimit's limits. Nothing is run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.protocols.requests import Limits

WORK, SCRATCH = "/w", "/tmp"  # noqa: S108 - paths in the sandbox
_NOBODY = "65534"
_OPEN_FILES = 64
_AS_NOBODY = ("--unshare-user", "--uid", _NOBODY, "--gid", _NOBODY)
_AS_ROOT = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
_PRIVATE = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")


@dataclass(frozen=True)
class Machine:
    """What this machine's sandboxes are made of: the program `bwrap`, the system's `links` (name -> where it leads) and
    `folders` beside /usr, and the `python` prefix whose interpreter programs find as python3.

    With `root` the sandbox is made by root, without a user namespace, because the kernel does not count root's
    processes; the program runs as a user that nobody is.
    """

    bwrap: str
    python: Path
    links: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]
    root: bool


@dataclass(frozen=True)
class Folders:
    """What of the machine the program sees besides the system: `work` at /w, read-only unless there is `scratch`, which
    it then has at /tmp."""

    work: Path
    scratch: Path | None = None


def sandboxed(
    machine: Machine, folders: Folders, program: Sequence[str], limits: Limits, numbers: tuple[int, int, int]
) -> list[str]:
    """`program` in a sandbox: no network, no home, an empty environment, own processes, and nothing to write to but
    what `folders` say.

    `numbers` are the user that it runs as where root makes the sandbox, the file from which bwrap reads the filter of
    system calls, and the one to which it writes how the program ended, so that its own end cannot be taken for that.
    """
    user, filter_fd, status_fd = numbers
    python = str(machine.python)
    writable = "--ro-bind" if folders.scratch is None else "--bind"
    return [
        machine.bwrap,
        *_PRIVATE,
        *(_AS_ROOT if machine.root else _AS_NOBODY),
        *("--die-with-parent", "--new-session", "--clearenv"),
        *("--setenv", "PATH", f"{python}/bin:/usr/bin:/bin"),
        # The order of a set's texts is the same in every run.
        *("--setenv", "PYTHONHASHSEED", "0", "--setenv", "LANG", "C.UTF-8"),
        *_shown("/usr"),
        *(part for name, target in machine.links for part in ("--symlink", target, name)),
        *(part for name in machine.folders for part in _shown(name)),
        *("--proc", "/proc", "--dev", "/dev"),
        *_python(machine.python),
        *(writable, str(folders.work), WORK),
        *(("--bind", str(folders.scratch), SCRATCH) if folders.scratch is not None else ()),
        # Both are held in memory, without a limit of their own.
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK),
        *("--seccomp", str(filter_fd), "--json-status-fd", str(status_fd), "--"),
        *(_become(user) if machine.root else ()),
        *_limited(limits, folders.scratch is not None),
        *program,
    ]


def _python(prefix: Path) -> list[str]:
    """Python where the system has none, or another one, under its own path, which is written in it."""
    if Path("/usr") in (prefix, *prefix.parents):
        return []
    # Those that bwrap makes by itself let nobody through. Often this is a home, of which there is nothing else.
    above = [str(folder) for folder in reversed(prefix.parents) if folder != Path("/")]
    return [*(part for folder in above for part in ("--perms", "0711", "--dir", folder)), *_shown(str(prefix))]


def _shown(path: str) -> tuple[str, str, str]:
    return ("--ro-bind", path, path)


def _become(user: int) -> tuple[str, ...]:
    drop = ("--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
    return ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), *drop, "--")


def _limited(limits: Limits, writes: bool) -> tuple[str, ...]:
    """Limits of each process; that on processes and threads is of all together, which are one user's."""
    seconds = max(1, round(limits.seconds))
    return (
        "/usr/bin/prlimit",
        f"--nproc={limits.processes}",
        f"--as={limits.memory_mb << 20}",
        # SIGXCPU at the first number, SIGKILL at the second.
        f"--cpu={seconds}:{seconds + 1}",
        f"--fsize={limits.file_mb << 20 if writes else 0}",
        *("--core=0", f"--nofile={_OPEN_FILES}", "--memlock=0", "--msgqueue=0", "--"),
    )


def user_number(uid_map: str, draw: int) -> int:
    """A user that nobody else is, by `draw` (0 or more) from those that /proc/self/uid_map maps; 65534 if few are."""
    for line in uid_map.splitlines():
        inside, _, length = (int(part) for part in line.split())
        for first, many in ((1_000_000, 1_000_000), (40_000, 20_000)):
            if inside <= first and first + many <= inside + length:
                return first + draw % many
    return int(_NOBODY)
