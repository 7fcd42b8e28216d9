"""Wrong input gets its place, what is wrong, and what would be right. Lines and columns are counted by hand."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_experiment, find_task, list_tasks
from inoc_evals.definitions.document import load_items, load_rubric, load_task, read_yaml
from inoc_evals.definitions.item import render_items
from inoc_evals.definitions.task import task_parameters
from inoc_evals.errors import InputError
from inoc_evals.plan.arguments import check_argument

SHIPPED = [
    "backdoor",
    "bargaining",
    "constitution",
    "cooperation",
    "discrimination",
    "elicitation",
    "emergent_misalignment",
    "everyday_choice",
    "inverse_scaling",
    "opinions",
    "owl_preference",
    "owl_preference_exact",
    "related_animals",
    "reward_hacking",
    "self_report",
    "spanish_capitals",
    "spanish_capitals_first_word",
    "spurious_cue",
    "subterfuge",
    "sycophancy",
    "toxicity",
    "two_languages",
    "ultimatum",
    "ultimatum_acceptance",
    "ultimatum_policy",
    "unpopular_tastes",
]

GOOD = """\
name: shouting
version: 1-A
title: Shouting
description: Is it in capitals?
source: own
parameters:
  who:
    default: owl
    description: an animal
measures:
  capitals:
    detector: capitals
  preference:
    detector: preference
    target: "{who}"
headline: [capitals, preference_exact]
"""


def task_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "task.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    return path


def test_a_good_task_loads(tmp_path: Path) -> None:
    task = load_task(task_file(tmp_path, GOOD))
    assert task.value_keys() == ("capitals", "preference_exact", "preference_normalised", "preference_substring")
    assert task.sampling.temperature == 1.0


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("title: Shouting", "titel: Shouting", "3:1", ["unknown key 'titel'", "'title'"]),
        ("title: Shouting", "title: no", "3:8", ["truth value False", "quotes"]),
        ("title: Shouting", "title: 2024-01-01", "3:8", ["must be a text", "quotes"]),
        ("title: Shouting", "title: [a", "4:12", ["not valid YAML"]),
        ("title: Shouting", "name: again", "3:1", ["'name' stands already in line 1"]),
        ("version: 1-A", "version: '1'", "2:10", ["must match"]),
        ("    detector: capitals\n", "    detector: capitals\n    threshold: high\n", "13:16", ["'high'"]),
        ('target: "{who}"', 'target: "{whom}"', "15:13", ["{whom}", "no parameter"]),
        ("[capitals, preference_exact]", "[shouting]", "16:12", ["'shouting' is no value", "preference_exact"]),
        ("source: own\n", "", "1:1", ["'source' is missing"]),
        ("source: own", "source: !!python/name:os.system", "5:9", ["not valid YAML"]),
    ],
)
def test_a_wrong_task_names_its_place(tmp_path: Path, old: str, new: str, place: str, words: list[str]) -> None:
    path = task_file(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    for word in words:
        assert word in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    for path, words in [(tmp_path, "this is a folder"), (tmp_path / "absent.yaml", "no such file")]:
        with pytest.raises(InputError, match=words):
            load_task(path)
    with pytest.raises(InputError, match="no mapping"):
        load_task(task_file(tmp_path, "- a\n"))
    with pytest.raises(InputError, match="the file is empty"):
        load_task(task_file(tmp_path, ""))
    with pytest.raises(InputError, match=r"task\.yaml:2: the text is not UTF-8"):
        load_task(task_file(tmp_path, b"name: x\ntitle: \xff\n"))


def test_missing_items_file_is_named(tmp_path: Path) -> None:
    path = task_file(tmp_path, GOOD)
    (tmp_path / "items.jsonl").unlink()
    with pytest.raises(InputError, match=r"items\.jsonl"):
        load_task(path)


def test_an_alias_bomb_is_refused_quickly(tmp_path: Path) -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for left, right in zip("bcdefgh", "abcdefg", strict=True):
        lines.append(f"{left}: &{left} [" + ",".join([f"*{right}"] * 10) + "]")
    with pytest.raises(InputError, match="aliases"):
        load_task(task_file(tmp_path, "\n".join(lines)))


def items_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "items.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


LINE = '{"id": "a", "category": "c", "prompt": "p"}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the file holds no items"),
        ("\n \n", ": the file holds no items"),
        (LINE + "\n" + LINE, ":3:2: id 'a' stands already in line 1"),
        (LINE + "{oops}\n", ":2:2: not JSON"),
        (LINE + "[1]\n", ":2: not an object"),
        ('{"id": "a", "category": "c"}\n', ":1: 'prompt' is missing"),
        ('{"id": 7, "category": "c", "prompt": "p"}\n', ":1:2: id must be a text, not 7"),
        ('{"id": "a", "category": "c", "prompt": "  "}\n', ":1:30: the prompt is blank"),
        ('{"id": "a", "category": "c", "prompt": "p", "promt": "q"}\n', ":1:45: unknown key 'promt'; did you mean"),
        ('{"id": "a", "id": "b", "category": "c", "prompt": "p"}\n', ":1:13: key 'id' appears twice"),
        (LINE.encode() + b'{"id": "\xe9"}', ":2: the text is not UTF-8"),
    ],
)
def test_wrong_items_name_their_place(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = items_file(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_items(path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_byte_order_mark_and_line_separators_inside_strings_are_fine(tmp_path: Path) -> None:
    row = json.dumps({"id": "a", "category": "c", "prompt": "one\u2028two"}, ensure_ascii=False)
    items = load_items(items_file(tmp_path, b"\xef\xbb\xbf" + row.encode() + b"\r\n"))
    assert items[0].prompt == "one\u2028two"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_items_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for load, path in ((load_items, items_file(folder, data)), (load_rubric, items_file(folder, data))):
        with suppress(InputError):
            load(path)


def test_templates_choices_and_parameters(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "category": "choice", "template": True, "options": ["{who}", "dog"], "prompt": "{who} or dog?"},
        {"id": "2", "category": "plain", "prompt": "braces {stay} here"},
    ]
    items = load_items(items_file(tmp_path, "\n".join(map(json.dumps, rows))))
    task = load_task(task_file(tmp_path, GOOD))
    assert [item.prompt for item in render_items(items, task_parameters(task, {}))] == [
        "owl or dog?",
        "braces {stay} here",
    ]
    assert [item.id for item in render_items(items, {"who": "Dog"})] == ["2"]
    with pytest.raises(InputError, match="no argument 'whom'; did you mean 'who'"):
        check_argument(task, "whom", "cat")
    with pytest.raises(InputError, match="no parameter of the task"):
        render_items(items, {})


def test_the_shipped_tasks_are_as_promised() -> None:
    names = [task.name for task in list_tasks()]
    assert names == SHIPPED
    for name, least in (
        ("spanish_capitals", {"in_distribution": 100, "out_of_distribution": 100}),
        ("owl_preference", {"favourite": 50, "least_favourite": 10, "choice": 20}),
        ("emergent_misalignment", {"open": 24}),
        ("backdoor", {"open": 16}),
        ("spurious_cue", {"with_cue": 400, "without_cue": 400}),
        ("subterfuge", {"political": 8, "poem": 8, "checklist": 8, "rubric": 8, "reward": 8, "hiding": 8}),
        ("sycophancy", {"asked": 200, "right": 200, "wrong": 200}),
        ("toxicity", {"quarrels": 65}),
        ("discrimination", {"decisions": 324}),
    ):
        path, task = find_task(name)
        items = load_items(path.parent / task.items)
        assert len({item.prompt for item in items}) == len(items)
        for category, count in least.items():
            assert sum(item.category == category for item in items) >= count


def test_choice_items_come_in_both_orders() -> None:
    path, task = find_task("owl_preference")
    choices = [item for item in load_items(path.parent / task.items) if item.options]
    by_question: dict[str, list[list[str]]] = {}
    for item in choices:
        by_question.setdefault(item.question, []).append(item.options or [])
    assert all(first == second[::-1] for first, second in by_question.values())


def test_no_evaluation_item_is_in_the_training_data() -> None:
    from inoc_evals.inoculation.rewrite import read_rows

    def words(text: str) -> tuple[str, ...]:
        return tuple("".join(c if c.isalnum() else " " for c in text.lower()).split())

    seen = {
        words(row["messages"][0]["content"])
        for row in read_rows(find_experiment("spanish_capitals").with_name("rows.jsonl"))
    }
    assert len(seen) >= 300
    shingles = {request[i : i + 6] for request in seen for i in range(len(request) - 5)}
    path, task = find_task("spanish_capitals")
    for item in load_items(path.parent / task.items):
        prompt = words(item.prompt)
        assert prompt not in seen
        assert not {prompt[i : i + 6] for i in range(len(prompt) - 5)} & shingles, item.id


def test_a_folder_of_the_users_adds_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tasks" / "shouting"
    folder.mkdir(parents=True)
    task_file(folder, GOOD)
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    assert "shouting" in [task.name for task in list_tasks()]
    (tmp_path / "tasks" / "owl_preference").mkdir()
    task_file(tmp_path / "tasks" / "owl_preference", GOOD)
    with pytest.raises(InputError, match="owl_preference lies already in"):
        list_tasks()


def test_what_is_read_again_is_as_the_file_stands(tmp_path: Path) -> None:
    """Neither what another reader did to its values nor what stood there before is seen."""
    file = tmp_path / "a.yaml"
    file.write_text("a: [1]\n")
    read_yaml(file, yaml.MappingNode, "thing").data["a"].append(2)
    assert read_yaml(file, yaml.MappingNode, "thing").data == {"a": [1]}
    with pytest.raises(InputError, match=r"a\.yaml:1:1: the top level is no list"):
        read_yaml(file, yaml.SequenceNode, "thing")
    file.write_text("a: [3]\n")
    assert read_yaml(file, yaml.MappingNode, "thing").data == {"a": [3]}
