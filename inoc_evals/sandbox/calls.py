"""Runs inside the sandbox, beside code that a model wrote: calls one of its functions, and prints what came of it.

It knows arguments, never what is expected, so that there is nothing here to be read or faked: whatever the code does to
this program, all that leaves the sandbox are values for those arguments, as plain data. Python 3.8 or later, nothing
else of this project.

Standard output gets lines of JSON: {"loaded": true}, then one for each call. {"forbidden": NAME} is the last one where
the code tried what a small function has no use for.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

MOST_ITEMS = 10_000  # of an endless iterator
_CONTAINERS: tuple[Any, ...] = (list, tuple, set, frozenset)
_VIEWS: tuple[type, ...] = (range, type({}.keys()), type({}.values()), type({}.items()))
# Audit events of Python, by how they begin: processes, sockets, foreign code, signals, and changes of files.
FORBIDDEN = (
    *(
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.fork",
        "pty.spawn",
        "subprocess.",
        "socket.",
        "ctypes.",
    ),
    *("os.kill", "signal.pthread_kill", "shutil.", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link"),
    *("os.symlink", "os.chmod", "os.chown", "os.truncate", "os.utime", "os.chflags", "mmap.", "urllib.", "ftplib."),
    *("smtplib.", "http.", "webbrowser.", "tempfile.", "sqlite3.", "pdb."),
)
# Python's own files are read when a module is imported; no other path is a small function's business.
_PATHS = ("open", "os.listdir", "os.scandir", "glob.glob", "os.walk")


def encoded(value: Any) -> Any:
    """`value` as JSON can hold it: texts, whole numbers, truth values and None as they are, all else as [KIND, PARTS].

    A subclass is its base; what is no plain data is ["object", NAME OF ITS CLASS].
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, int):
        return int.__add__(value, 0)
    if isinstance(value, str):
        return str.__add__(value, "")
    if isinstance(value, float):
        return ["float", float.__repr__(value)]
    if isinstance(value, complex):
        return ["complex", [float.__repr__(value.real), float.__repr__(value.imag)]]
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", bytes(value).hex()]
    for kind in _CONTAINERS:
        if isinstance(value, kind):
            return [kind.__name__, [encoded(part) for part in kind.__iter__(value)]]
    if isinstance(value, dict):
        return ["dict", [[encoded(key), encoded(part)] for key, part in dict.items(value)]]
    if hasattr(type(value), "__next__") or isinstance(value, _VIEWS):
        return ["iterator", [encoded(part) for part, _ in zip(value, range(MOST_ITEMS))]]
    return ["object", str(type(value).__name__)]


def decoded(plain: Any) -> Any:
    """What `encoded` was given. Raises ValueError, TypeError or KeyError for what it never gives."""
    if plain is None or isinstance(plain, (bool, int, str)):
        return plain
    kind, content = plain
    if kind == "float":
        return float(content)
    if kind == "complex":
        return complex(float(content[0]), float(content[1]))
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "dict":
        return {decoded(key): decoded(part) for key, part in content}
    makers: dict[str, Any] = {made.__name__: made for made in _CONTAINERS}
    return {**makers, "iterator": iter}[kind]([decoded(part) for part in content])


def _watched(say: Any, end: Any) -> Any:
    """A hook that ends this process at what is forbidden."""
    # Where the interpreter, its modules and this file lie.
    own = tuple(os.path.realpath(path) for path in (sys.base_prefix, sys.prefix, os.path.dirname(os.__file__)))
    beginning = FORBIDDEN
    fspath: Any = os.fsdecode
    paths: tuple[type, ...] = (str, bytes, os.PathLike)

    def look(event: str, arguments: Any) -> None:
        if event.startswith(beginning):
            say({"forbidden": event})
            end(3)
        if event in _PATHS and arguments and isinstance(arguments[0], paths):
            writes = event == "open" and any(letter in str(arguments[1] or "r") for letter in "wax+")
            if writes or not str(fspath(arguments[0])).startswith(own):
                say({"forbidden": event})
                end(3)

    return look


def main() -> None:
    """Load solution.py, and make the calls of job.json."""
    with open("job.json", encoding="utf-8") as file:
        job = json.load(file)
    with open("solution.py", encoding="utf-8", errors="surrogatepass") as file:
        source = file.read()
    # What the code prints is nobody's business, and must not stand among the results.
    results = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    write, dumps, end = os.write, json.dumps, os._exit

    def say(line: Any) -> None:
        data = (dumps(line) + "\n").encode("utf-8", "replace")
        while data:
            data = data[write(results, data) :]

    try:
        program = compile(source, "<solution>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        say({"failed": "syntax_error"})
        end(0)
    sys.path.pop(0)
    space: dict[str, Any] = {"__name__": "solution", "__builtins__": __builtins__}
    sys.addaudithook(_watched(say, end))
    try:
        for line in job["imports"]:
            exec(line, space)
        exec(program, space)
    except BaseException as error:
        say({"failed": "error", "error": type(error).__name__})
        end(0)
    function = space.get(job["function"])
    if not callable(function):
        say({"failed": "no_function"})
        end(0)
    say({"loaded": True})
    for number, (given, named) in enumerate(job["calls"]):
        try:
            arguments, keywords = (
                [decoded(value) for value in given],
                {key: decoded(value) for key, value in named.items()},
            )
            line = {"call": number, "value": encoded(function(*arguments, **keywords))}
            say(line)
        except BaseException as error:
            say({"call": number, "raised": type(error).__name__})
    end(0)


if __name__ == "__main__":
    main()
