"""The file of a panel: it is read as it was written, and what is wrong with it is one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.judging.chosen import read_panel, wordings_of, write_panel
from tests.judging.panels import member, panel

MEMBERS = [member("http://a/v1", "first", None, "one"), member("http://a/v1", "second", 5, None)]


def test_a_panel_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = panel(MEMBERS, "language", language="French")
    write_panel(tmp_path / "panel.json", whole)
    found = read_panel(tmp_path / "panel.json")
    assert found == whole
    assert [each.name for each in found.members] == [
        "openai-api/judge/judge at http://a/v1, first wording, exact",
        "openai-api/judge/judge at http://a/v1, second wording, 5 drawn",
    ]
    assert found.judges == ["http://a/v1#judge"]
    assert found.rubric.words().endswith("(language: French)")
    first, second = (wordings_of(found, None)[each] for each in ("first", "second"))
    assert "French" in first.instructions
    assert "French" in second.instructions
    assert first.instructions != second.instructions


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("inoc_evals_panel",), 2, "inoc_evals_panel"),
        (("members",), [], "members"),
        (("members", 0, "draws"), 0, "members.0.draws"),
        (("members", 0, "draws"), "5", "members.0.draws"),
        (("members", 1, "wording"), "third", "members.1.wording"),
        (("members", 0, "judge"), " ", "members.0.judge"),
        (("members", 0, "weight"), 2, "members.0.weight"),
        (("temperature",), 0, "temperature"),
        (("rubric", "parameters"), {"a": 1}, "rubric.parameters.a"),
        (("labels", "draw"), "x", "labels.draw"),
        (("verdict", "gain"), "yes", "verdict.gain"),
    ],
)
def test_what_was_not_written_so_is_one_sentence(
    tmp_path: Path, place: tuple[str | int, ...], value: object, said: str
) -> None:
    data: Any = json.loads(panel(MEMBERS).model_dump_json())
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path = tmp_path / "panel.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        read_panel(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: {said} is not as it was written (")
    assert message.endswith("; restore the file, or choose anew with `inoc-evals judges select`")
    assert "\n" not in message


def test_a_member_that_stands_twice_is_named(tmp_path: Path) -> None:
    data = json.loads(panel(MEMBERS).model_dump_json())
    data["members"].append(data["members"][0])
    (tmp_path / "panel.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match="first wording, exact stands twice"):
        read_panel(tmp_path / "panel.json")


def test_a_panel_that_is_no_json_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"panel\.json"):
        read_panel(tmp_path / "panel.json")
    (tmp_path / "panel.json").write_text('{"members": [')
    with pytest.raises(InputError, match=r"panel\.json:1:\d+: not JSON"):
        read_panel(tmp_path / "panel.json")


def test_the_rubric_must_ask_as_it_did() -> None:
    whole = panel(MEMBERS)
    other = whole.model_copy(update={"rubric": whole.rubric.model_copy(update={"identity": "0" * 64})})
    with pytest.raises(InputError, match="as it lies here asks otherwise; name the folder of the rubric with --judges"):
        wordings_of(other, None)
