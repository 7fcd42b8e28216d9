"""JSON lines: what is taken comes back as it was, and what is not has its place. Columns are counted by hand."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.reading import MAX_DEPTH, parse, read_object, read_rows
from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import read_rows as read_chat
from inoc_evals.judging.responses import read_responses
from inoc_evals.results.lm_eval_samples import read_samples

CHAT = '"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]'
GOOD: dict[Callable[[Path], Any], str] = {
    read_chat: CHAT,
    load_items: '"id": "a", "category": "c", "prompt": "p"',
    read_responses: '"answer": "a"',
    read_samples: '"doc": {}, "resps": [["a"]]',
}
READERS = pytest.mark.parametrize("reader", GOOD, ids=["chat", "items", "responses", "samples"])


def rows(path: Path) -> list[dict[str, Any]]:
    return [row.data for row in read_rows(path, "rows", "{}")]


def refused(reader: Callable[[Path], Any], path: Path) -> str:
    with pytest.raises(InputError) as caught:
        reader(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 250
    return message.removeprefix(f"{path}:")


@READERS
@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        ('"x": 1, "x": 1', "2:10", "'x' appears twice"),
        ('"x": {"y": 1, "y": 1}', "2:2", "'y' appears twice"),
        ('"x": [1, {"y": "\\ud83e"}]', "2:2", "half a character"),
        ('"\\udfff": 1', "2:2", "half a character"),
        ('"x": ' + "9" * 5000, "2:2", "number is too long"),
        ('"x": ' + "[" * 101 + "]" * 101, "2:2", "nested too deeply"),
        ('"x": ' + '{"y":' * 100_000 + "1" + "}" * 100_000, "2:2", "nested too deeply"),
        ('"x": 1 "y": 2', "2:9", "not JSON"),
        ('"x": 01', "2:8", "not JSON"),
        ('"x": "a\x00b"', "2:9", "not JSON"),
        ("'x': 1", "2:2", "not JSON"),
    ],
)
def test_every_reader_names_the_place(
    tmp_path: Path, reader: Callable[[Path], Any], entry: str, place: str, words: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{{{GOOD[reader]}}}\n{{{entry}, {GOOD[reader]}}}\n", encoding="utf-8")
    message = refused(reader, path)
    assert message.startswith(f"{place}: ")
    assert words in message


@pytest.mark.parametrize("reader", [read_chat, load_items, read_responses])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_what_is_no_number_is_refused(tmp_path: Path, reader: Callable[[Path], Any], number: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{{GOOD[reader]}, "x": [{{"y": {number}}}]}}\n', encoding="utf-8")
    column = len(GOOD[reader]) + 4
    assert refused(reader, path).startswith(f"1:{column}: {number}")


def test_nan_of_other_programs_is_read_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"a": NaN}')
    assert math.isnan(read_object(path, "results", allow_nan=True)["a"])
    assert refused(lambda path: read_object(path, "results"), path)
    path.write_text('{\n "a": 1,\n "a": 2}')
    assert "'a' appears twice" in refused(lambda path: read_object(path, "results", allow_nan=True), path)
    path.write_text('{\n "a": }')
    assert refused(lambda path: read_object(path, "results"), path).startswith("2:7: ")


@READERS
def test_marks_line_ends_and_empty_lines(tmp_path: Path, reader: Callable[[Path], Any]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n \t \r\n{" + GOOD[reader].encode() + b"}\r\n\r\n")
    assert len(reader(path)) == 1
    path.write_bytes(b"\n\r\n[]\r\n")
    assert refused(reader, path).startswith("3: not an object")
    # Other blanks are none in JSON.
    path.write_bytes("\n\u00a0\n".encode())
    assert refused(reader, path).startswith("2:1: not JSON")
    path.write_bytes(b"{" + GOOD[reader].encode() + b"}\n\xff\n")
    assert refused(reader, path) == "2: the text is not UTF-8; save the file as UTF-8"
    path.write_bytes(json.dumps({"a": 1}).encode("utf-16"))
    assert "not UTF-8" in refused(reader, path)


@READERS
def test_what_is_no_file_never_hangs(tmp_path: Path, reader: Callable[[Path], Any]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nothing")
    for name, words in (
        ("", "folder"),
        ("loop", "cannot be read"),
        ("gone", "no such"),
        ("/dev/zero", "device"),
        ("x" * 300, "cannot be read"),
    ):
        assert words in refused(reader, tmp_path / name)


def test_a_pipe_is_read_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert rows(path) == []
    reading, writing = os.pipe()
    try:
        os.write(writing, b'{"a": 1}\n')
        os.close(writing)
        assert rows(Path(f"/dev/fd/{reading}")) == [{"a": 1}]
    finally:
        os.close(reading)


def test_a_long_line_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    row = {"text": "ñ" * 3_000_000, "lines": "\u2028\x85\x0b"}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert rows(path) == [row]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=3), st.booleans())
def test_what_can_be_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, data: list[dict[str, Any]], ascii_only: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "back.jsonl"
    text = "\r\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in data)
    path.write_bytes(text.encode())
    assert rows(path) == data


SIGNS = '{|}|[|]|,|:|"|\\|null|true|-0|NaN|-Infinity|1e999|"a"|"b": 1|"\\ud800"| |\t|\x00|\ufeff|\u2028'
LONG = ["9" * 4400, "[" * 60, "]" * 60, "{" * 2000, '{"a":' * 50]
PIECES = st.sampled_from([*SIGNS.split("|"), *LONG])


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_any_text_is_a_value_that_can_be_written_or_an_input_error(text: str) -> None:
    message = None
    try:
        value = parse(Path("rows.jsonl"), text, 7)
    except InputError as error:
        message = str(error)
    if message is not None:
        assert message.startswith("rows.jsonl:7:")
        assert "\n" not in message
    else:
        # Python's own reader would have read the same.
        assert json.loads(text) == value
        assert json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


@given(st.integers(1, MAX_DEPTH + 20), st.booleans())
def test_the_depth_that_is_taken(depth: int, objects: bool) -> None:
    text = '{"a":' * depth + "1" + "}" * depth if objects else "[" * depth + "]" * depth
    taken = True
    try:
        parse(Path("x"), text)
    except InputError:
        taken = False
    assert taken == (depth <= MAX_DEPTH)
