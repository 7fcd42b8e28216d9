"""One command on one malformed input, in this process, and what a user would object to about how it ended."""

from __future__ import annotations

import contextlib
import re
import signal
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from tests import command

SECONDS = 60
# Names of Python, of libraries and of terminals, which no user should have to read.
_INTERNALS = re.compile(
    r"Traceback|pydantic|ValidationError|object at 0x|<class '|\[Errno|\[/?bold|\[/?blue|KeyError|TypeError|"
    r"AttributeError|IndexError|UnicodeDecodeError|RecursionError|json\.decoder|yaml\.|zipfile\."
)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LONGEST_LINE = 1_500


@dataclass(frozen=True)
class Ended:
    """How a command ended: `code` None where it raised instead of ending."""

    code: int | None
    out: str
    err: str
    raised: str = ""
    changed: tuple[str, ...] = field(default=())


def run(arguments: Sequence[str], folder: Path, outputs: Sequence[Path], environment: Mapping[str, str]) -> Ended:
    """`inoc-evals ARGUMENTS` in `folder`/here. `changed` are the files below `folder` that differ afterwards, but for
    `outputs` and what lies below them."""
    here = folder / "here"
    here.mkdir(exist_ok=True)
    before = _contents(folder, outputs)
    with _limited():
        try:
            ended = command.run(*arguments, cwd=here, environment=environment)
            told = Ended(ended.code, ended.out, ended.err)
        except BaseException:
            told = Ended(None, "", "", traceback.format_exc(limit=-8))
    after = _contents(folder, outputs)
    changed = tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
    return replace(told, changed=changed)


def objections(
    ended: Ended, *, named: str = "", place: str = "", must_fail: bool = False, verdict: bool = False
) -> list[str]:
    """What is wrong about how a command ended, [] if nothing. A failed command must name the file `named` and the
    `place` in it, where they are given. With `verdict`, exit code 1 may be what the command found out, and says."""
    if ended.code is None:
        return [f"a traceback: {ended.raised}"]
    faults = [f"changed {name}" for name in ended.changed]
    text = ended.err if ended.code else ended.out + ended.err
    if found := _INTERNALS.search(text):
        faults.append(f"speaks of internals ({found[0]!r}): {text[-600:]!r}")
    if ended.code not in (0, 1, 2):
        faults.append(f"ends with {ended.code}")
    if ended.code == 0:
        return [*faults, "is taken for right"] if must_fail else faults
    if ended.code == 1 and verdict and ended.out:
        return faults
    message = _message(ended.err)
    if message is None:
        return [*faults, f"has no message: {ended.err[-600:]!r}"]
    if found := _CONTROL.search(message):
        faults.append(f"prints the control character {found[0]!r}: {message[:300]!r}")
    if any(len(line) > _LONGEST_LINE for line in message.splitlines()):
        faults.append(f"says too much ({len(message)} characters): {message[:300]!r}")
    if named and ended.code == 2 and named not in message:
        faults.append(f"does not name {named}: {message[:300]!r}")
    if place and ended.code == 2 and place not in message:
        faults.append(f"does not name {place}: {message[:300]!r}")
    return faults


def _message(err: str) -> str | None:
    """The error that a command ended with: ours begins with "error: ", click's with "Error: ", argparse's with the name
    of the program."""
    found = list(re.finditer(r"^(?:inoc-evals[ \w-]*: )?[Ee]rror: ", err, re.MULTILINE))
    return err[found[-1].start() :] if found else None


def _contents(folder: Path, outputs: Sequence[Path]) -> dict[str, bytes | str]:
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if any(path == output or output in path.parents for output in outputs):
            continue
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        else:
            found[name] = path.read_bytes() if path.is_file() else "folder"
    return found


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """A command that hangs is a fault like any other, and must not hold up the others."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
