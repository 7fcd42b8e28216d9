"""Plays the newcomer: a fresh clone, and the commands of a page as they stand there, one after the other.

    python -m tests.newcomer                     what README.md says under "Quick start" (`make newcomer`)
    python -m tests.newcomer --reuse CHECKOUT    the same with the environment and the demo of a checkout that has them

The blocks marked `bash` under the heading, subsections included, are run in a shell that keeps what they set, with no
more in its environment than somebody has who has just logged in. The caches of package installers are theirs; ours is
empty. Needs nothing but Python and git.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADING = "quick ?start"
# What a first quarter of an hour is made of.
WANTED = ("make demo", "inoc-evals score", "inoc-evals new task", "inoc-evals new rubric", "inoc-evals report")
KEPT = re.compile(
    r"HOME|USER|LOGNAME|SHELL|TERM|LANG|TZ|TMPDIR|LD_LIBRARY_PATH|(PIP|UV|LC|SSL)_\w+|\w+_proxy|\w+_PROXY"
)
LAST_LINES = 30

# The command is the first argument, the folder that holds what earlier ones left behind the second.
SHELL = """
cd "$(cat "$2/folder")" && . "$2/environment"
eval "$1"
code=$?
export -p > "$2/environment"
pwd > "$2/folder"
exit $code
"""


@dataclass(frozen=True)
class Step:
    """One command that was run: its time in seconds, its exit code, and the end of what it printed."""

    command: str
    seconds: float
    code: int
    said: str


def commands(page: str, heading: str = HEADING) -> list[str]:
    """The commands in blocks marked `bash` below headings that `heading` matches (in any case), in order. A section
    ends with the next heading that is not below it. A line is a command, and so are lines that a backslash joins."""
    found: list[str] = []
    block: list[str] = []
    level, fence, marked = 0, "", False
    for line in page.splitlines():
        if fence and line.strip() == fence:
            found += _joined(block) if marked else []
            fence, block = "", []
        elif fence:
            block.append(line)
        elif opened := re.match(r"\s*(`{3,}|~{3,})\s*(\w*)", line):
            fence, marked = opened[1], opened[2] == "bash" and level > 0
        elif title := re.match(r"(#+)\s+(.*)", line):
            if re.search(heading, title[2], re.I):
                level = level or len(title[1])
            elif len(title[1]) <= level:
                level = 0
    return found


def _joined(block: Sequence[str]) -> list[str]:
    lines = re.split(r"(?<!\\)\n", "\n".join(block))
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def environment() -> dict[str, str]:
    """What somebody has who has just logged in: no environment of Python, no key, no setting of ours."""
    inside = str(Path(sys.prefix)) + os.sep
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if not f"{entry}{os.sep}".startswith(inside)]
    return {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)} | {"PATH": os.pathsep.join(path)}


def walk(
    said: Sequence[str], folder: Path, given: dict[str, str], tell: Callable[[Step], None], limit: float = 3600
) -> list[Step]:
    """Run the commands in `folder`, each in what the ones before it left, until one fails or `limit` seconds are over.
    What they leave running ends with the walk."""
    steps: list[Step] = []
    deadline = time.monotonic() + limit
    with tempfile.TemporaryDirectory() as kept, ExitStack() as ends:
        (Path(kept) / "environment").touch()
        (Path(kept) / "folder").write_text(f"{folder}\n")
        for command in said:
            started = time.monotonic()
            code, printed = _run(command, Path(kept), given, max(1.0, deadline - started), ends)
            last = "\n".join(printed.splitlines()[-LAST_LINES:])
            steps.append(Step(command, time.monotonic() - started, code, last))
            tell(steps[-1])
            if code:
                break
    return steps


def _run(command: str, kept: Path, given: dict[str, str], seconds: float, ends: ExitStack) -> tuple[int, str]:
    """The exit code, and all that was printed; 124 where the command took longer than `seconds`."""
    said = kept / "said"
    with said.open("wb") as out:
        # A file and not a pipe, which would be open as long as anything that the command has started.
        process = subprocess.Popen(
            ["bash", "-c", SHELL, "newcomer", command, str(kept)],
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    ends.callback(_end, process.pid)
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process.pid)
        process.wait()
        return 124, f"{said.read_text(errors='replace')}\n(no time is left)"
    return code, said.read_text(errors="replace")


def _end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def lacking(said: Sequence[str]) -> list[str]:
    """What a newcomer should be led to, and no command does."""
    return [wanted for wanted in WANTED if not any(re.search(rf"{wanted}\b", command) for command in said)]


def tell(step: Step) -> None:
    """One line for a step, and what it said where it failed."""
    print(f"{step.seconds:8.1f} s  {step.command}", flush=True)
    if step.code:
        print(f"exit code {step.code}; the last that it said:\n{step.said}", flush=True)


def main() -> int:
    """0 if all went well within the time, 1 if not, 2 if the page does not say what is to be done."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="newcomer-") as scratch:
        clone = Path(scratch) / "inoc_evals"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        page = options.page or clone / "README.md"
        said = commands(page.read_text(encoding="utf-8"), options.heading)
        if missing := lacking(said):
            print(f"{page}: no command under {options.heading!r} says: {', '.join(missing)}", file=sys.stderr)
            return 2
        given = environment() | {"INOC_EVALS_CACHE": str(Path(scratch) / "cache")}
        if options.reuse is not None:
            for name in (".venv", "demo"):
                (clone / name).symlink_to((options.reuse / name).resolve(strict=True))
            # The environment holds the other checkout; the clone comes before it.
            given |= {"PYTHONPATH": str(clone)}
            said = [command for command in said if not command.startswith("make ")]
        started = time.monotonic()
        steps = walk(said, clone, given, tell, limit=2 * 60 * options.minutes)
        minutes = (time.monotonic() - started) / 60
    print(
        f"{60 * minutes:8.1f} s  in all, {len(steps)} of {len(said)} commands; {options.minutes:g} minutes are allowed"
    )
    return int(steps[-1].code != 0 or minutes > options.minutes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="another page than the clone's README.md")
    parser.add_argument("--heading", default=HEADING, help="a pattern for the heading; default: %(default)r")
    parser.add_argument("--reuse", type=Path, help="a checkout whose .venv and demo/ stand for what `make` would make")
    parser.add_argument("--minutes", type=float, default=15, help="allowed in all; default: %(default)g")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
