"""Whatever stands in a file, it is read or refused in words that can be printed; what was written comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.document import load_items, load_rubric, load_task
from tests.definitions.written import TASK, complaints, write_task

# Pieces from which hypothesis builds files that come close to being right.
SIGNS = "  |- |: |{|}|[|]|\"|'|\n|? |> |#|,|\t|~|=|@|`|---\n|...\n|%YAML 9.9\n|\u2028|\x85|\ufeff|\x00"
TAGS = "&a |*a|<<: |!!int |!!float |!!timestamp |!!bool |!!set |!!omap |!!python/name:os "
WORDS = 'name|measures:\n|no|1e400|0x|-0|1:99:1|2024-02-30|0001-01-01 00:00:00 +23:59|"\\ud800"|"\\UFFFFFFFF"'
PIECES = st.sampled_from([*TASK.splitlines(keepends=True), "| ", *"|".join([SIGNS, TAGS, WORDS]).split("|")])


def assert_fit_to_print(messages: tuple[str, ...], path: Path) -> None:
    for message in messages:
        assert message.startswith(f"{path}:")
        assert "\n" not in message
        message.encode()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=80)))
def test_any_text_is_a_task_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = write_task(tmp_path_factory.getbasetemp() / "any", text.encode("utf-8", "replace"))
    for load in (load_task, load_rubric):
        assert_fit_to_print(complaints(load, path), path)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(TASK)),
    st.sampled_from(
        ["{", "}", "[", ":", " no ", "\n", "- ", '"', "\\", "&x ", "*x", "!!int ", "#", "%", "?", "é", "\x07"]
    ),
)
def test_one_slip_in_a_good_task(tmp_path_factory: pytest.TempPathFactory, place: int, slip: str) -> None:
    path = write_task(tmp_path_factory.getbasetemp() / "slip", TASK[:place] + slip + TASK[place:])
    assert_fit_to_print(complaints(load_task, path), path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["id", "category", "prompt", "cluster", "template", "options", "else"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(KEYS, JSON), max_size=3), st.booleans())
def test_any_json_gives_items_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], ascii_only: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert_fit_to_print(complaints(load_items, path), path)


TEXTS = st.text(min_size=1, max_size=30).filter(str.strip)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4, unique_by=lambda row: row[0]), st.booleans())
def test_items_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], ascii_only: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.jsonl"
    keys = ("id", "category", "prompt")
    text = "\r\n\n".join(json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=ascii_only) for row in rows)
    path.write_bytes(text.encode())
    assert [(item.id, item.category, item.prompt) for item in load_items(path)] == rows


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_a_task_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, title: str, source: str) -> None:
    data = {**yaml.safe_load(TASK), "title": title, "source": source}
    path = write_task(tmp_path_factory.getbasetemp() / "back", yaml.safe_dump(data))
    task = load_task(path)
    assert (task.title, task.source) == (title, source)
