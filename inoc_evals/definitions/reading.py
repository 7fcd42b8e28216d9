"""Reading files that the user names, and strict JSON with the place of everything that is wrong."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

# Far above what data needs, and far below what Python's own readers and writers of JSON can follow.
MAX_DEPTH = 100
_SPACE = re.compile(r"[ \t\n\r]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class Row(NamedTuple):
    """One line of a JSONL file; `line` counts from 1."""

    line: int
    text: str
    data: dict[str, Any]

    def column(self, key: str) -> int | None:
        """The column of a key of the outermost object, counted from 1; None where it is absent."""
        # Of doubled keys the first would be the one, but there are none.
        return next((column for name, column in _keys(self.text) if name == key), None)


def read_bytes(path: Path, wanted: str) -> bytes:
    """The content of a file the user named; `wanted` says what it should be. Raises InputError if it cannot be read.

    A pipe is read to its end, but one that nobody writes into is not waited for.
    """
    try:
        # Without O_NONBLOCK opening a pipe waits for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as handle:
            kind = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(kind):
                raise IsADirectoryError
            if stat.S_ISBLK(kind) or (stat.S_ISCHR(kind) and not os.isatty(descriptor)):
                raise InputError.at(path, f"this is a device; name {wanted}")
            os.set_blocking(descriptor, True)
            return handle.read()
    except IsADirectoryError:
        raise InputError.at(path, f"this is a folder; name {wanted}") from None
    except FileNotFoundError:
        raise InputError.at(path, f"there is no such file; name {wanted}") from None
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror}); name {wanted}") from None
    except ValueError:  # a NUL character in the name
        raise InputError.at(repr(str(path)), f"no file can have this name; name {wanted}") from None


def decode(path: Path, data: bytes) -> str:
    """`data` of the file `path` as text, without a byte order mark. Raises InputError with the line if not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `start` counts from after a byte order mark, which holds no line end.
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError.at(path, "the text is not UTF-8; save the file as UTF-8", line) from None


def read_rows(path: Path, wanted: str, example: str, *, allow_nan: bool = False) -> Iterator[Row]:
    """The objects of a JSONL file, one a line; empty lines are passed over. `wanted` says what the file should be and
    `example` what a line looks like.

    Raises InputError with file:line, and the column where it is known, for what is no strict JSON: see `parse`.
    """
    # Only "\n" ends a JSONL row: str.splitlines would also cut at characters that JSON strings may hold.
    for number, line in enumerate(decode(path, read_bytes(path, wanted)).split("\n"), start=1):
        if not line.strip(" \t\r"):
            continue
        data = parse(path, line, number, allow_nan=allow_nan)
        if not isinstance(data, dict):
            raise InputError.at(path, f"not an object; write {example}", number)
        yield Row(number, line, data)


def read_object(path: Path, wanted: str, *, allow_nan: bool = False) -> dict[str, Any]:
    """The object of a JSON file. Raises InputError for anything else."""
    data = parse(path, decode(path, read_bytes(path, wanted)), allow_nan=allow_nan)
    if not isinstance(data, dict):
        raise InputError.at(path, "not a JSON object; restore the file")
    return data


def parse(path: Path, text: str, line: int | None = None, *, allow_nan: bool = False) -> Any:
    """The value of a JSON text, which is the whole file `path` or, with a number, one `line` of it.

    Stricter than Python's own reader: doubled keys, NaN, infinities, numbers out of range, half characters (lone
    surrogates) and nesting of more than `MAX_DEPTH` are refused, because the value could not be written again as it
    was. `allow_nan` takes NaN and infinities, which other programs write. Raises InputError with the line, and the
    column where it is known.
    """
    end = "write one object a line" if line is not None else "restore the file"
    try:
        return _parse(text, allow_nan)
    except json.JSONDecodeError as error:
        where = (line, error.colno) if line is not None else (error.lineno, error.colno)
        message = f"not JSON ({error.msg[0].lower() + error.msg[1:]}); {end}"
        raise InputError.at(path, message, *where) from None
    except _Refused as error:
        column = _column(text, error, allow_nan) if line is not None else None
        raise InputError.at(path, str(error), line, column) from None


class _Refused(Exception):
    """JSON to Python but not to us. `key` is the doubled key, if that is what is wrong."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


def _parse(text: str, allow_nan: bool) -> Any:
    """The value. Raises JSONDecodeError and _Refused."""
    try:
        data = (_WITH_NAN if allow_nan else _STRICT).decode(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of thousands of digits
        raise _Refused("a number is too long; write numbers of a few digits") from None
    # Most lines cannot be nested so deeply, nor hold a half character, and are done here.
    if text.count("[") + text.count("{") > MAX_DEPTH and _deep(data):
        raise _too_deep()
    if _HALF.search(text) and _halved(data):
        raise _Refused("a text holds half a character (a lone surrogate); write the whole character")
    return data


def _too_deep() -> _Refused:
    return _Refused("brackets are nested too deeply; write it more plainly")


def _deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def _halved(data: Any) -> bool:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _Refused(f"key {shown(key)} appears twice; keep one", key)
        result[key] = value
    return result


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Refused(f"{text if len(text) < 40 else 'a number'} is out of range; write a smaller number")
    return number


def _no_constant(name: str) -> float:
    raise _Refused(f"{name} is no number in JSON; write null, or leave the key out")


_WITH_NAN = json.JSONDecoder(object_pairs_hook=_no_duplicates)
_STRICT = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_float=_finite, parse_constant=_no_constant)


def _column(line: str, error: _Refused, allow_nan: bool) -> int | None:
    """Where the outermost object holds what is wrong: its key, for the readers do not tell places."""
    if error.key is not None:
        places = [column for key, column in _keys(line) if key == error.key]
        if len(places) > 1:
            return places[1]
    return next((column for _, column, entry in _entries(line) if _refuses(f"{{{entry}}}", allow_nan)), None)


def _refuses(text: str, allow_nan: bool) -> bool:
    try:
        _parse(text, allow_nan)
    except json.JSONDecodeError:
        return False
    except _Refused:
        return True
    return False


def _keys(line: str) -> Iterator[tuple[str, int]]:
    return ((key, column) for key, column, _ in _entries(line))


def _entries(line: str) -> Iterator[tuple[str, int, str]]:
    """Keys of the outermost object in a line of JSON, each with its column, counted from 1, and the text of the whole
    entry."""
    decoder = json.JSONDecoder()

    def skip(place: int) -> int:
        match = _SPACE.match(line, place)
        return match.end() if match else place

    place = skip(0)
    if line[place : place + 1] != "{":
        return
    place = skip(place + 1)
    # The rest of the line need not be JSON, nor readable, where a fault has ended the reading early.
    with suppress(ValueError, IndexError, RecursionError):
        while line[place] != "}":
            start = place
            key, place = decoder.raw_decode(line, start)
            # After the colon comes the value, then a comma or the end.
            try:
                _, place = decoder.raw_decode(line, skip(skip(place) + 1))
            except (ValueError, RecursionError):
                yield key, start + 1, line[start:]
                raise
            yield key, start + 1, line[start:place]
            place = skip(place)
            if line[place] == ",":
                place = skip(place + 1)
