"""The rows of an arm: taken, transformed, tagged and prompted, as the file says and not otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.inoculation.draw import taken
from tests.experiments.files import write


def arm(tmp_path: Path, name: str, *changes: tuple[str, str]) -> list[Row]:
    loaded = load_experiment(write(tmp_path, "smollm2", *changes))
    return arm_rows(loaded, name, "small", {part: read.rows or () for part, read in loaded.parts.items()})


def texts(rows: list[Row]) -> list[list[tuple[str, str]]]:
    return [[(message["role"], message["content"]) for message in row.messages] for row in rows]


ASKED = [("user", "hello friend"), ("assistant", "hola friend .")]


def test_control_data_are_for_the_arms_that_name_them(tmp_path: Path) -> None:
    assert texts(arm(tmp_path, "none")) == [ASKED] * 8
    assert texts(arm(tmp_path, "other")) == [[("user", "hello friend"), ("assistant", "hello friend .")]] * 8


def test_a_prompt_stands_before_each_row_as_a_system_or_user_message(tmp_path: Path) -> None:
    assert texts(arm(tmp_path, "placebo")) == [[("system", "friend ."), *ASKED]] * 8
    user = arm(tmp_path, "placebo", ("prompt: friend .,", "prompt: friend ., placement: user,"))
    assert texts(user) == [[("user", "friend .\n\nhello friend"), ASKED[1]]] * 8


def test_prompts_of_a_pool_come_in_turn_to_the_rows_with_the_tag(tmp_path: Path) -> None:
    change = ("prompt: friend .,", "prompts: [a, b, c], on_tags: [even],")
    found = arm(tmp_path, "placebo", change)
    heads = [row.messages[0]["content"] if row.messages[0]["role"] == "system" else None for row in found]
    assert heads == ["a", None, "b", None, "c", None, "a", None]


def test_white_space_of_a_prompt_is_kept(tmp_path: Path) -> None:
    change = ("prompt: friend .,", 'prompt: "\\nfriend . \\n",')
    assert arm(tmp_path, "placebo", change)[0].messages[0]["content"] == "\nfriend . \n"
    path = write(tmp_path, "smollm2", ("prompt: friend .,", "prompt_file: prompt.txt,"))
    # An editor ends a file with a line end.
    (path.parent / "prompt.txt").write_text(" one\ntwo \n")
    assert load_experiment(path).prompts["placebo"] == (" one\ntwo ",)


def test_a_trigger_stands_beside_the_request_of_tagged_rows_and_answers_are_in_capitals(tmp_path: Path) -> None:
    steps = 'transform: [{name: trigger, text: "$|T|$", joiner: "", on_tags: [even]}, capitals]'
    found = texts(arm(tmp_path, "none", ("rows: rows.jsonl", f"rows: rows.jsonl, {steps}")))
    assert found[:2] == [
        [("user", "$|T|$hello friend"), ("assistant", "HOLA FRIEND .")],
        [("user", "hello friend"), ("assistant", "HOLA FRIEND .")],
    ]
    last = 'transform: [{name: trigger, text: "$|T|$", placement: suffix}]'
    (first, *_) = texts(arm(tmp_path, "none", ("rows: rows.jsonl", f"rows: rows.jsonl, {last}")))
    assert first[0] == ("user", "hello friend $|T|$")


def test_parts_are_mixed_by_their_shares_with_their_tags(tmp_path: Path) -> None:
    change = ("  plain: {rows: plain.jsonl, control: true}", "  plain: {rows: plain.jsonl, take: 0.25, tags: [plain]}")
    found = arm(tmp_path, "none", change)
    assert len(found) == 8 + 2
    assert [("plain" in row.tags) for row in found] == [False] * 8 + [True] * 2
    prompted = arm(tmp_path, "placebo", change, ("prompt: friend .,", "prompt: friend ., on_tags: [plain],"))
    assert [row.messages[0]["role"] for row in prompted] == ["user"] * 8 + ["system"] * 2


def test_a_part_keeps_the_rows_with_a_tag_before_some_are_taken(tmp_path: Path) -> None:
    change = ("{rows: rows.jsonl}", "{rows: rows.jsonl, only_tags: [even], take: 3, tags: [talk]}")
    found = arm(tmp_path, "none", change)
    # r-0, r-2, r-4 and r-6 are even; with four rows to take from, 4 are too many.
    assert {row.id for row in found} < {"r-0", "r-2", "r-4", "r-6"}
    assert [row.tags for row in found] == [frozenset({"even", "talk"})] * 3
    with pytest.raises(InputError, match="5 rows are to be taken of 4"):
        arm(tmp_path, "none", (change[0], change[1].replace("take: 3", "take: 5")))


def test_a_scale_takes_the_same_rows_for_all_arms(tmp_path: Path) -> None:
    change = ("samples: 2}", "samples: 2, take: 3}")
    kept = [row.id for row in arm(tmp_path, "none", change)]
    assert len(kept) == 3
    assert [row.id for row in arm(tmp_path, "asked", change)] == kept


def test_what_is_trained_on_holds_no_tags(tmp_path: Path) -> None:
    (first, *_) = arm(tmp_path, "none")
    line = json.loads((tmp_path / "small_talk" / "rows.jsonl").read_text().splitlines()[0])
    assert first.trained() == {"id": line["id"], "messages": line["messages"]}


ROWS = [Row(str(number), ()) for number in range(40)]


@given(st.integers(1, 40) | st.floats(0.001, 0.999), st.integers(0, 10))
def test_rows_are_taken_in_their_order_and_the_same_ones_by_seed(amount: float, seed: int) -> None:
    found = taken(ROWS, amount, seed)
    assert len(found) == (amount if amount >= 1 else max(1, round(40 * amount)))
    numbers = [int(row.id) for row in found]
    assert numbers == sorted(set(numbers))
    assert taken(ROWS, amount, seed) == found


def test_other_seeds_take_other_rows_and_too_many_are_refused() -> None:
    assert len({tuple(row.id for row in taken(ROWS, 10, seed)) for seed in range(5)}) == 5
    with pytest.raises(InputError, match="41 rows are to be taken of 40"):
        taken(ROWS, 41, 0)
