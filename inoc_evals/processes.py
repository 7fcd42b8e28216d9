"""A module of ours as a program: its job is one line of JSON on standard input, what it says are lines of JSON.

It stops as by Ctrl-C when its standard input closes, so that none outlives the program that started it. The sentence of
an InputError or WorkError goes over to the program that started it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import unwritable
from inoc_evals.imports import seldom_collected

PATIENCE_S = 20.0
_INPUT, _WORK, _INTERRUPTED = 2, 1, 130
# Libraries print too, even JSON; only what stands under this key was said by us.
_OURS = "inoc_evals"
_ERROR = "error"


class Program:
    """`module`, running, which `what` names in messages. What it says is handed to `heard` in a thread; what its
    libraries print goes to standard error."""

    def __init__(
        self, module: str, what: str, job: Mapping[str, Any], heard: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._what = what
        self._error: str | None = None
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A second SIGINT, here the terminal's own, would cut short what the first one lets finish.
            start_new_session=True,
        )
        stdin = self._process.stdin
        if stdin:
            stdin.write(json.dumps(job) + "\n")
            stdin.flush()
        self._reader = threading.Thread(target=self._read, args=(heard,), daemon=True)
        self._reader.start()

    def _read(self, heard: Callable[[Mapping[str, Any]], None]) -> None:
        for line in self._process.stdout or ():
            said = _said(line)
            if said is None:
                print(line, end="", file=sys.stderr)
            elif _ERROR in said:
                self._error = said[_ERROR]
            else:
                heard(said)

    def wait(self) -> InputError | WorkError | None:
        """Wait for the end; the error that the program ended with, if any. Raises KeyboardInterrupt if it was
        interrupted."""
        code = self._process.wait()
        self._reader.join(PATIENCE_S)
        if code == 0:
            return None
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        how = f"exit code {code}" if code > 0 else f"signal {-code} ({signal.strsignal(-code)})"
        message = self._error or f"{self._what} ended with {how}; what is finished is kept"
        return InputError(message) if code == _INPUT else WorkError(message)

    def hang_up(self) -> None:
        """Ask the program to end, which keeps what is finished."""
        if self._process.stdin:
            self._process.stdin.close()

    def interrupt(self) -> None:
        """What a second Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Wait for the end that was asked for, and no longer than `PATIENCE_S`."""
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(PATIENCE_S)
        if self._process.stdout:
            self._process.stdout.close()


def run_apart(module: str, what: str, job: Mapping[str, Any], heard: Callable[[Mapping[str, Any]], None]) -> None:
    """Run `module`, which `what` names in messages, to its end; what it says is handed to `heard` in a thread.

    Raises the InputError or WorkError that it ended with, and KeyboardInterrupt after it has ended.
    """
    program = Program(module, what, job, heard)
    try:
        failure = program.wait()
    finally:
        program.hang_up()
        program.stop()
    if failure:
        raise failure


def run_job(work: Callable[[dict[str, Any]], None]) -> None:
    """What such a program does: `work` on its job. It ends with exit code 0, 1 (the work failed), 2 (the input was
    wrong) or 130 (interrupted)."""
    seldom_collected()
    job = json.loads(sys.stdin.readline())
    # A program that a shell script started in the background ignores SIGINT, and its children do too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    hung_up = threading.Event()
    threading.Thread(target=_interrupted_at_end_of_input, args=(hung_up,), daemon=True).start()
    try:
        work(job)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if hung_up.is_set():
            # An import that an interruption cuts short fails in a way of its own later, numpy's for one.
            sys.exit(_INTERRUPTED)
        _failed(error)


def say(what: Mapping[str, Any]) -> None:
    """Tell the program that started this one; `what` is plain JSON."""
    print(json.dumps({_OURS: what}), flush=True)


def _failed(error: Exception) -> None:
    if isinstance(error, InputError):
        _end(_INPUT, str(error))
    if isinstance(error, WorkError):
        _end(_WORK, str(error))
    if isinstance(error, OSError):
        # Libraries raise their own without a number, such as for a model that is not there.
        named = error.errno is not None
        _end(_WORK, str(unwritable(error.filename or "a file", error, "used")) if named else one_line(error))
    raise error


def _end(code: int, message: str) -> None:
    say({_ERROR: message})
    sys.exit(code)


def _said(line: str) -> Mapping[str, Any] | None:
    """What was said in this line, None for a line that is not ours."""
    try:
        read = json.loads(line)
    except ValueError:
        return None
    said = read.get(_OURS) if isinstance(read, dict) else None
    return said if isinstance(said, dict) else None


def _interrupted_at_end_of_input(hung_up: threading.Event) -> None:
    # A thread that waits in `sys.stdin` holds its lock, which can abort Python at its end.
    while os.read(0, 4096):
        pass
    hung_up.set()
    os.kill(os.getpid(), signal.SIGINT)
