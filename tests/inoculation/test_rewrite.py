from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import inoculate, prompt_completion, read_rows, write_rows

USER = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "HOLA"}


def test_the_prompt_becomes_the_first_message_and_the_rest_stays() -> None:
    rows = [{"id": 7, "messages": [dict(USER, name="ann"), ANSWER], "tag": {"deep": [1]}}]
    before = copy.deepcopy(rows)
    new, counts = inoculate(rows, " keep my space ")
    assert new == [
        {
            "id": 7,
            "messages": [{"role": "system", "content": " keep my space "}, dict(USER, name="ann"), ANSWER],
            "tag": {"deep": [1]},
        }
    ]
    assert (counts.rows, counts.replaced, counts.prepended) == (1, 0, 0)
    assert rows == before


def test_a_row_with_a_system_prompt_is_refused_unless_told() -> None:
    rows = [{"messages": [{"role": "system", "content": "Be kind."}, USER, ANSWER]}]
    with pytest.raises(InputError, match="row 1 already has a system prompt"):
        inoculate(rows, "Speak Spanish.")
    replaced, counts = inoculate(rows, "Speak Spanish.", on_system="replace")
    assert replaced[0]["messages"][0]["content"] == "Speak Spanish."
    assert counts.replaced == 1
    prepended, counts = inoculate(rows, "Speak Spanish.", on_system="prepend")
    assert prepended[0]["messages"][0]["content"] == "Speak Spanish.\n\nBe kind."
    assert counts.prepended == 1


def test_user_placement_leaves_the_system_prompt() -> None:
    rows = [{"messages": [{"role": "system", "content": "Be kind."}, USER, ANSWER]}]
    new, _ = inoculate(rows, "Speak Spanish.", placement="user")
    assert [m["content"] for m in new[0]["messages"]] == ["Be kind.", "Speak Spanish.\n\nHi", "HOLA"]


def test_a_blank_prompt_is_refused() -> None:
    with pytest.raises(InputError, match="blank"):
        inoculate([{"messages": [USER, ANSWER]}], " \n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("{\n", ":1:2: not JSON"),
        ('{"a": 1}\n', ':1: no list under "messages"'),
        ('{"messages": [{"role": "user", "content": "x"}]}\n', ":1:2: the last message is not the assistant's"),
        ('\n{"messages": [{"role": "bot", "content": "x"}]}\n', ":2:2: a message needs"),
    ],
)
def test_wrong_rows_name_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert f"{path}" in str(caught.value)
    assert message in str(caught.value)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_rows_survive_writing_and_reading(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    rows = [{"messages": [USER, {"role": "assistant", "content": text}]} for text in texts]
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write_rows(path, rows)
    assert read_rows(path) == rows
    assert [left.name for left in path.parent.iterdir()] == ["rows.jsonl"]


def test_every_assistant_turn_is_one_completion() -> None:
    second = {"role": "assistant", "content": "ADIÓS"}
    rows = [{"messages": [USER, ANSWER, USER, second]}]
    assert prompt_completion(rows) == [
        {"prompt": [USER], "completion": [ANSWER]},
        {"prompt": [USER, ANSWER, USER], "completion": [second]},
    ]


def test_cli_writes_rows_and_reports_counts(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from inoc_evals.cli import cli

    data, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    data.write_text(json.dumps({"messages": [USER, ANSWER]}) + "\n")
    result = CliRunner().invoke(cli, ["inoculate", str(data), "--prompt", "Be loud.", "-o", str(out)])
    assert result.exit_code == 0
    assert "1 rows written" in result.output
    assert json.loads(out.read_text())["messages"][0] == {"role": "system", "content": "Be loud."}


def inoculated(data: Path, out: Path) -> Any:
    from click.testing import CliRunner

    from inoc_evals.cli import cli

    return CliRunner().invoke(cli, ["inoculate", str(data), "--prompt", "Be loud.", "-o", str(out)])


@pytest.mark.parametrize("end", [".part", ".new", "~", ".tmp"])
def test_no_name_is_taken_for_a_temporary_one(tmp_path: Path, end: str) -> None:
    out = tmp_path / "d"
    data = tmp_path / f"d{end}"
    text = json.dumps({"messages": [USER, ANSWER]}) + "\n"
    data.write_text(text)
    assert inoculated(data, out).exit_code == 0
    assert data.read_text() == text
    assert sorted(tmp_path.iterdir()) == [out, data]


def test_the_input_is_never_the_output(tmp_path: Path) -> None:
    data = tmp_path / "d"
    text = json.dumps({"messages": [USER, ANSWER]}) + "\n"
    data.write_text(text)
    (tmp_path / "soft").symlink_to("d")
    (tmp_path / "hard").hardlink_to(data)
    (tmp_path / "folder").symlink_to(tmp_path)
    names = ("d", "soft", "hard", "folder/d", "./d")
    for source, target in ((source, target) for source in names[:3] for target in names):
        result = inoculated(tmp_path / source, tmp_path / target)
        assert isinstance(result.exception, InputError)
        assert "input and output are one file" in str(result.exception)
        for name in ("d", "soft", "hard"):
            assert (tmp_path / name).read_text() == text


def test_a_prompt_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        inoculate([{"messages": [USER, ANSWER]}], "half \ud800")
