"""Malformed inputs, made from a valid file by a random generator: the same generator state gives the same input."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

Format = Literal["json", "jsonl", "yaml", "bytes"]
Step = str | int
_LONG_NUMBER = "HUGE_NUMBER_PLACEHOLDER"
_HALF = "HALF_CHARACTER_PLACEHOLDER"
_KEEP = object()


@dataclass(frozen=True)
class Malformed:
    """`content` is what stands in the file. `line` (from 1) is the only one that was changed, if the change made that
    line certainly unreadable; otherwise None, and the file may even have stayed right."""

    what: str
    content: bytes
    line: int | None = None


def malformed(valid: bytes, form: Format, chance: random.Random) -> Malformed:
    """A variant of `valid`: half of them broken as text, half of them well-formed with wrong content."""
    if form == "bytes" or chance.random() < 0.4:
        return _as_text(valid, form, chance)
    if form == "jsonl":
        return _row(valid, chance)
    document = json.loads(valid) if form == "json" else yaml.safe_load(valid)
    what, changed = _as_data(document, chance)
    if form == "json":
        return Malformed(what, _json_text(changed).encode("utf-8", "surrogatepass"))
    return Malformed(what, _yaml_text(changed).encode("utf-8", "surrogatepass"))


def _row(valid: bytes, chance: random.Random) -> Malformed:
    lines = valid.decode().rstrip("\n").split("\n")
    number = chance.randrange(len(lines))
    if chance.random() < 0.5:
        what, broken = chance.choice(UNREADABLE_ROWS)
        lines[number] = broken
        return Malformed(f"line {number + 1} {what}", "\n".join(lines).encode("utf-8", "surrogatepass"), number + 1)
    what, changed = _as_data(json.loads(lines[number]), chance)
    lines[number] = _json_text(changed)
    return Malformed(f"line {number + 1}: {what}", "\n".join(lines).encode("utf-8", "surrogatepass"))


# Rows that no reader of ours may take, whatever the rows mean.
UNREADABLE_ROWS = (
    ("is cut off", '{"id": "x", "prom'),
    ("is no JSON", "{'id': 'x'}"),
    ("is an array", "[1, 2]"),
    ("is a number", "17"),
    ("is null", "null"),
    ("is a text", '"row"'),
    ("has a trailing comma", '{"id": "x",}'),
    ("is two objects", '{"id": "x"} {"id": "y"}'),
    ("is nested deeply", "[" * 20_000),
    ("is nested deeply in objects", '{"a":' * 20_000),
    ("has a long number", '{"id": ' + "9" * 5_000 + "}"),
    ("has a doubled key", '{"id": "x", "id": "y"}'),
    ("has NaN", '{"id": NaN}'),
    ("has Infinity", '{"id": -Infinity}'),
    ("has a control character", '{"id": "a\x01b"}'),
    ("has an unknown escape", '{"id": "\\x41"}'),
    ("has a comment", '{"id": "x"} // why'),
)

VALUES: tuple[tuple[str, Any], ...] = (
    ("nothing", None),
    ("true", True),
    ("zero", 0),
    ("a negative number", -1),
    ("a fraction", 0.5),
    ("a large number", 10**30),
    ("a number of 5,000 digits", _LONG_NUMBER),
    ("infinity", float("inf")),
    ("not a number", float("nan")),
    ("an empty text", ""),
    ("a blank text", " \t\n "),
    ("a text of digits", "8"),
    ("a long text", "x" * 70_000),
    ("a NUL", "a\0b"),
    ("half a character", f"a{_HALF}b"),
    ("an escape sequence", "\x1b[31mred"),
    ("a line separator", "a\u2028b"),
    ("a stray brace", "{"),
    ("an unknown name", "{nobody}"),
    ("markup", "[cyan]text[/]"),
    ("a path upwards", "../../../etc/passwd"),
    ("a folder of nobody", "~nobody-at-all/x"),
    ("a broken address", "http://[::1#m"),
    ("a date", "2024-13-45"),
    ("an empty list", []),
    ("a list", ["a", 1, None]),
    ("a list in a list", [[[]]]),
    ("an empty mapping", {}),
    ("a mapping", {"a": {"b": None}}),
)


def _as_data(document: Any, chance: random.Random) -> tuple[str, Any]:
    paths = [path for path in _paths(document) if path]
    if not paths:
        what, value = chance.choice(VALUES)
        return f"the whole is {what}", value
    path = chance.choice(paths)
    name = ".".join(map(str, path))
    change = chance.choice(("value", "value", "value", "delete", "rename", "add"))
    if change == "value":
        what, value = chance.choice(VALUES)
        return f"{name} is {what}", _with(document, path, lambda _: value)
    if change == "delete":
        return f"{name} is missing", _with(document, path, lambda _: _KEEP)
    key = chance.choice(("", "naem", "x" * 300, "a b", "__class__", "\u202e", "1", f"{path[-1]}s"))
    return f"beside {name} stands {key[:20]!r}", _with_key(document, path, key, keep=change == "add")


def _paths(value: Any) -> Iterator[tuple[Step, ...]]:
    yield ()
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from ((step, *path) for path in _paths(child))


def _with(value: Any, path: Sequence[Step], change: Callable[[Any], Any]) -> Any:
    """A copy in which the value at `path` is changed, or left out where `change` gives _KEEP."""
    if not path:
        return change(value)
    step, rest = path[0], path[1:]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    copied = [(key, _with(child, rest, change) if key == step else child) for key, child in pairs]
    kept = [(key, child) for key, child in copied if child is not _KEEP]
    return dict(kept) if isinstance(value, dict) else [child for _, child in kept]


def _with_key(document: Any, path: Sequence[Step], key: str, *, keep: bool) -> Any:
    def change(parent: Any) -> Any:
        if isinstance(parent, list):
            return [*parent, key]
        others = {other: child for other, child in parent.items() if keep or other != path[-1]}
        return {**others, key: parent[path[-1]]}

    return _with(document, path[:-1], change)


def _json_text(value: Any) -> str:
    return _placed(json.dumps(value, ensure_ascii=False), "\\ud83e", quoted=True)


def _yaml_text(value: Any) -> str:
    # Without a width long texts are folded, which says nothing about the reader.
    return _placed(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10**6), "\ud83e", quoted=False)


def _placed(text: str, half: str, *, quoted: bool) -> str:
    number = "9" * 5_000
    text = text.replace(f'"{_LONG_NUMBER}"' if quoted else _LONG_NUMBER, number)
    return text.replace(_HALF, half)


def _as_text(valid: bytes, form: Format, chance: random.Random) -> Malformed:
    changes = (*_BINARY, *(() if form == "bytes" else _TEXTUAL))
    change = chance.choice(changes)
    what, content = change(valid, chance)
    return Malformed(what, content)


_Change = Callable[[bytes, random.Random], tuple[str, bytes]]


def _cut(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(valid))
    return f"cut at byte {place}", valid[:place]


def _flipped(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(valid))
    return f"bit flipped at byte {place}", valid[:place] + bytes([valid[place] ^ 1 << chance.randrange(8)]) + valid[
        place + 1 :
    ]


def _inserted(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(valid) + 1)
    piece = chance.choice(
        (b"\xff", b"\0", b"\x1b[2J", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\t", b"\x85", b"\r", b"\xed\xa0\x80")
    )
    return f"{piece!r} at byte {place}", valid[:place] + piece + valid[place:]


def _lost(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    places = [place for place, byte in enumerate(valid) if byte in b':"{}[],\n-'] or [0]
    place = chance.choice(places)
    return f"byte {place} is lost", valid[:place] + valid[place + 1 :]


def _replaced(_: bytes, chance: random.Random) -> tuple[str, bytes]:
    return chance.choice(
        (
            ("empty", b""),
            ("white space", b" \n\n \t\n"),
            ("noise", chance.randbytes(200)),
            ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(64)),
            ("a zip", b"PK\x05\x06" + bytes(18)),
            ("zeros", bytes(4096)),
        )
    )


def _other_document(_: bytes, chance: random.Random) -> tuple[str, bytes]:
    texts = {
        "null": "null",
        "a list": "[]",
        "a mapping": "{}",
        "a number": "3",
        "a text": '"text"',
        "deep brackets": "[" * 20_000,
        "deep mappings": '{"a":' * 20_000,
        "a bomb of aliases": "a: &a [x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a,*a]\n" for n in range(40)) + "c: *b39\n",
        "an object of Python": "!!python/object/apply:os.system ['true']",
        "an unknown tag": "!secret x",
        "a self-reference": "&a [*a]",
        "two documents": "---\na: 1\n---\nb: 2\n",
        "a long line": "x" * 1_000_000,
        "a page": "<!DOCTYPE html><html><body>404</body></html>",
        "tabs": "\ta: 1\n\t\tb: 2\n",
    }
    name = chance.choice(sorted(texts))
    return name, texts[name].encode()


def _other_encoding(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    name = chance.choice(("utf-16", "utf-32", "utf-8-sig", "cp1252"))
    return f"in {name}", valid.decode("utf-8", "replace").encode(name, "replace")


def _twice(valid: bytes, chance: random.Random) -> tuple[str, bytes]:
    lines = valid.split(b"\n")
    place = chance.randrange(len(lines))
    return f"line {place + 1} stands twice", b"\n".join([*lines[: place + 1], *lines[place:]])


_BINARY: tuple[_Change, ...] = (_cut, _flipped, _inserted, _replaced)
_TEXTUAL: tuple[_Change, ...] = (_lost, _other_document, _other_encoding, _twice)
