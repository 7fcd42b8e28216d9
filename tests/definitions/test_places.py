"""Faults that are easily put at the wrong place, or that a YAML reader takes silently. Places are counted by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from inoc_evals.definitions.document import load_items, load_rubric, load_task
from inoc_evals.definitions.fields import fill
from inoc_evals.definitions.item import render_items
from inoc_evals.definitions.task import Task, check_parameter, task_parameters
from inoc_evals.errors import InputError
from inoc_evals.instruments.em_yaml import load_em_yaml
from tests.definitions.written import RUBRIC, TASK, changed, complaints, write_task


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        # Unknown keys, with the nearest key that is known at this very place.
        ("description: an", "descripton: an", "7:26", ["'parameters.animal.descripton'", "'description'"]),
        ("target: es", "traget: es", "9:30", ["'measures.lang.traget'", "did you mean 'target'"]),
        ("source: own", "source: own\ncolour: red", "6:1", ["unknown key 'colour'", "choose from name, version"]),
        ("source: own", "source: own\nsampling: {temprature: 1.0}", "6:12", ["did you mean 'temperature'"]),
        # Words that YAML takes for something else.
        ("title: Demo", "title: yes", "3:8", ["truth value True", "quotes"]),
        ("default: owl", "default: on", "7:21", ["parameters.animal.default", "truth value True", "quotes"]),
        ("target: es", "target: no", "9:38", ["truth value False", "quotes"]),
        ("[owl, cat]", "[owl, no]", "7:65", ["parameters.animal.choices.1", "quotes"]),
        ("  animal:", "  on:", "7:3", ["key 'on'", "truth value", "quotes"]),
        ("title: Demo", "title: 2024-01-02", "3:8", ["the date 2024-01-02", "quotes"]),
        ("title: Demo", "title: 2024-13-02", "3:8", ["'2024-13-02'", "date", "quotes"]),
        ("title: Demo", "title: 12", "3:8", ["a text, not 12", "quotes"]),
        ("title: Demo", "title: =", "3:8", ["'='", "quotes"]),
        ("title: Demo", "title:", "3:1", ["title is empty", "write a text"]),
        ("title: Demo", "title: ' '", "3:8", ["blank"]),
        ("source: own", "source: own\nsampling: {temperature: 1e-1}", "6:25", ["point", "0.1"]),
        # Wrong types and ranges.
        ("[lang, pet_exact]", "lang", "11:11", ["headline must be a list, not 'lang'"]),
        ("{detector: language, target: es}", "language", "9:9", ["must be a mapping, not 'language'"]),
        ("source: own", "source: own\nsampling: {samples: 1.5}", "6:21", ["a whole number", "1.5"]),
        ("source: own", "source: own\nsampling: {samples: 0}", "6:21", ["greater than or equal to 1"]),
        ("source: own", "source: own\nsampling: {temperature: .nan}", "6:25", ["finite"]),
        ("source: own", "source: own\ntags: [a, [b]]", "6:11", ["tags.1 must be a text, not a list"]),
        ("detector: language", "detector: langage", "9:20", ["'langage'", "capitals, ", " language, "]),
        ("detector: language, ", "", "9:3", ["'measures.lang.detector' is missing"]),
        ("name: demo", "name: Demo", "1:7", ["'Demo'", "must match"]),
        ("  lang:", "  Lang:", "9:3", ["must match"]),
        # Faults between two fields.
        ("[lang, pet_exact]", "[lang, pet]", "11:18", ["'pet' is no value", "lang, pet_exact, pet_normalised"]),
        ('"{animal}"', '"{Animal}"', "10:39", ["{Animal} is no parameter", "it has: animal"]),
        ('"{animal}"', '"{animal"', "10:39", ["stray brace"]),
        ("default: owl", "default: dog", "7:21", ["'dog' is not one of the choices (owl, cat)"]),
        ("  animal:", "  samples:", "7:3", ["'samples'", "another name"]),
        ("  animal:", "  class:", "7:3", ["'class'", "another name"]),
        ("  pet:", "  pet_exact: {detector: capitals}\n  pet:", "10:3", ["two measures", "'pet_exact'"]),
        # Not plain values.
        ("Demo", "!!python/object/apply:os.getcwd []", "3:8", ["not valid YAML", "python/object"]),
        ("Demo", "!!binary aGk=", "3:8", ["'!!binary'"]),
        ("Demo", "!own x", "3:8", ["'!own'"]),
        ("Demo", '!!int ""', "3:8", ["read as a number"]),
        ("Demo", "!!bool x", "3:8", ["read as a truth value"]),
        ("Demo", "!!timestamp x", "3:8", ["read as a date"]),
        ("  animal:", "  ? [a]\n  : b\n  animal:", "7:5", ["cannot be a key"]),
        # Broken YAML.
        ("title: Demo", "title: Demo: x", "3:12", ["not valid YAML", "quotes"]),
        ("title: Demo", "\ttitle: Demo", "3:1", ["not valid YAML"]),
        ("Demo", "De\x00mo", "3:10", ["U+0000"]),
        ("Demo", "*nobody", "3:8", ["not valid YAML", "alias"]),
        ("description: Does", "title: Does", "4:1", ["'title' stands already in line 3"]),
        ("target: es}", "target: es, target: fr}", "9:42", ["'target' stands already in line 9"]),
        ("[lang, pet_exact]", "[lang]\n---\na: 1", "12:1", ["another document"]),
    ],
)
def test_place_of_a_fault_in_a_task(tmp_path: Path, old: str, new: str, place: str, words: list[str]) -> None:
    path = write_task(tmp_path, changed(TASK, old, new))
    with pytest.raises(InputError) as caught:
        load_task(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{place}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_what_is_right_about_an_odd_file(tmp_path: Path) -> None:
    plain = load_task(write_task(tmp_path, TASK))
    assert load_task(write_task(tmp_path, b"\xef\xbb\xbf" + TASK.encode())) == plain
    assert load_task(write_task(tmp_path, TASK.replace("\n", "\r\n"))) == plain


def test_line_is_that_of_an_editor(tmp_path: Path) -> None:
    # U+2028 ends a line for YAML but for no editor; a byte order mark takes no column.
    text = "\ufeff" + changed(TASK, "title: Demo", 'title: "De\u2028mo"').replace("target: es", "target: no")
    with pytest.raises(InputError, match=r"task\.yaml:9:38: "):
        load_task(write_task(tmp_path, text))


def test_anchors_and_merges_are_allowed_and_places_follow_them(tmp_path: Path) -> None:
    merged = changed(TASK, "target: es}", "target: es}\n  other: {<<: *first, target: fr}")
    merged = changed(merged, "lang: {", "lang: &first {")
    task = load_task(write_task(tmp_path, merged))
    assert task.measures["other"].model_dump() == {"detector": "language", "target": "fr"}
    # The mapping's own key overrides the merged one, so that it is the one to correct.
    wrong = changed(merged, "target: fr", "target: no")
    with pytest.raises(InputError, match=r"task\.yaml:10:31: measures\.other\.target is read as"):
        load_task(write_task(tmp_path, wrong))
    with pytest.raises(InputError, match=r"task\.yaml:10:15: .*merg"):
        load_task(write_task(tmp_path, changed(merged, "<<: *first", "<<: 5")))


@pytest.mark.parametrize(
    "bomb",
    [
        "a: " + "[" * 200_000,
        "a: " + "{x: " * 100_000,
        "- " * 100_000,
        "a: &a [*a]",
        "a: &a {b: *a}",
        "l0: &l0 {k: 1}\n" + "".join(f"l{i}: &l{i} {{<<: [{', '.join([f'*l{i - 1}'] * 10)}]}}\n" for i in range(1, 12)),
    ],
    ids=["brackets", "braces", "dashes", "itself", "mapping of itself", "merges"],
)
def test_bombs_are_refused_in_a_moment(tmp_path: Path, bomb: str) -> None:
    path = write_task(tmp_path, bomb)
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"nested too deeply|aliases"):
        load_task(path)
    assert time.perf_counter() - start < 10


def test_items_that_are_not_there_are_placed_at_their_name(tmp_path: Path) -> None:
    path = write_task(tmp_path, changed(TASK, "source: own", "source: own\nitems: others.jsonl"))
    assert complaints(load_task, path)[0].startswith(f"{path}:6:8: items file 'others.jsonl'")
    write_task(tmp_path, changed(TASK, "source: own", "source: own\nitems: " + "x" * 300))
    assert complaints(load_task, path)[0].startswith(f"{path}:6:8: items file 'xxx")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("sees: question_and_answer", "sees: answers", "5:7", ["'answers'", "'answer_only'"]),
        ("high: 20", "high: -1", "11:61", ["greater than or equal to 0"]),
        ("low: 0", "low: 30", "11:52", ["low 30 is above high 20", "swap"]),
        ("question: How are you, ", "", "11:5", ["no question"]),
        ("REFUSAL,", "no,", "9:14", ["special.0.answer", "quotes"]),
        ("it refuses}", "it refuses}\n  - {answer: REFUSAL, meaning: again}", "10:14", ["'REFUSAL' stands twice"]),
        ("meaning: it refuses", "meanings: it refuses", "9:23", ["did you mean 'meaning'"]),
    ],
)
def test_place_of_a_fault_in_a_rubric(tmp_path: Path, old: str, new: str, place: str, words: list[str]) -> None:
    path = tmp_path / "politeness.yaml"
    path.write_text(changed(RUBRIC, old, new))
    with pytest.raises(InputError) as caught:
        load_rubric(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    for word in words:
        assert word in str(caught.value)


def test_a_good_rubric_loads(tmp_path: Path) -> None:
    path = tmp_path / "politeness.yaml"
    path.write_text(RUBRIC)
    rubric = load_rubric(path)
    assert (rubric.special[0].counts_as, rubric.gold[0].high) == (None, 20)


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        # The word "category" stands in the prompt first; the key is what counts.
        (r'{"prompt": "a \"category\": b", "id": "a", "category": 1}', "2:44", ["category must be a text, not 1"]),
        ('{"id": "a", "catgory": "c", "prompt": "p"}', "2:13", ["'catgory'", "did you mean 'category'"]),
        ('  {"id": "a", "category": null, "prompt": "p"}', "2:15", ["category is empty"]),
        ('{"id": "b", "category": "c", "prompt": "p", "options": ["x", 2]}', "2:45", ["options.1"]),
        ('{"id": "b", "category": "c", "prompt": "p", "options": ["x"]}', "2:45", ["at least 2 items"]),
        ('{"id": "b", "category": "c", "prompt": "p", "template": "yes"}', "2:45", ["true or false"]),
        ('{"id": "b", "category": "c", "prompt": "\\ud800"}', "2:30", ["half a character"]),
        ('{"id": "b", "category": "c", "prompt": "p", "x": {"y": 1, "y": 2}}', "2:45", ["'y' appears twice"]),
        ('{"id": "b", "id": "c"} and more', "2:13", ["'id' appears twice"]),
        ('{"id": ' + "9" * 5000 + "}", "2:2", ["number is too long"]),
        ('{"id": NaN, "category": "c", "prompt": "p"}', "2:2", ["NaN is no number in JSON"]),
        ("[" * 100_000, "2", ["nested too deeply"]),
        ('{"id": "b",, }', "2:12", ["not JSON"]),
        ('{"id": "b"', "2:11", ["not JSON"]),
        ('"id"', "2", ["not an object"]),
        ('{"category": "c", "id": "a", "prompt": "p"}', "2:19", ["'a' stands already in line 1"]),
    ],
)
def test_place_of_a_fault_in_the_items(tmp_path: Path, line: str, place: str, words: list[str]) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "a", "category": "c", "prompt": "p"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_items(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert len(str(caught.value)) < len(str(path)) + 250
    for word in words:
        assert word in str(caught.value)


def test_items_from_what_is_no_file(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "this is a folder"),
        (tmp_path / "absent.jsonl", "no such file"),
        (tmp_path / "nul\0.jsonl", "no file can have this name"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(InputError, match=words):
            load_items(path)


def test_templates(tmp_path: Path) -> None:
    assert fill("a {animal}, {animal}s", {"animal": "{owl}"}) == "a {owl}, {owl}s"
    path = tmp_path / "items.jsonl"
    row = {"id": "q1", "category": "c", "prompt": "{animal} or cat?", "template": True, "options": ["{animal}", "cat"]}
    path.write_text(json.dumps(row))
    items = load_items(path)
    assert render_items(items, {"animal": "owl"})[0].options == ["owl", "cat"]
    with pytest.raises(InputError, match=r"item 'q1': \{animal\}"):
        render_items(items, {"beast": "owl"})
    with pytest.raises(InputError, match="same in every item"):
        render_items(items, {"animal": "CAT"})


def test_parameters_of_a_run(tmp_path: Path) -> None:
    task = load_task(write_task(tmp_path, TASK))
    assert task_parameters(task, {}) == {"animal": "owl"}
    assert task_parameters(task, {"animal": "cat"}) == {"animal": "cat"}
    with pytest.raises(InputError, match="cannot be 'dog'; choose from owl, cat"):
        check_parameter(task, "animal", "dog")
    with pytest.raises(InputError, match="must be a text, not False; put it in quotes"):
        check_parameter(task, "animal", False)


def test_all_missing_and_unknown_keys_are_told_at_once(tmp_path: Path) -> None:
    text = changed(changed(TASK, "title: Demo\n", ""), "source: own\n", "")
    text = changed(text, "description: Does", "descripton: Does") + "colour: red\n"
    text = changed(text, "target: es}", "traget: es}")
    path = write_task(tmp_path, text)
    found = complaints(load_task, path)
    # The misspelt keys are unknown and not missing too; nothing of the rest is left out.
    assert [fault.removeprefix(f"{path}:") for fault in found] == [
        "7:30: unknown key 'measures.lang.traget'; did you mean 'target'?",
        "3:1: unknown key 'descripton'; did you mean 'description'?",
        f"10:1: unknown key 'colour'; choose from {', '.join(Task.model_fields)}",
        "1:1: 'title' and 'source' are missing; add them",
    ]


def test_ids_and_counts_beyond_all_sense_are_refused_with_their_place(tmp_path: Path) -> None:
    items = tmp_path / "long.jsonl"
    items.write_text(json.dumps({"category": "c", "id": "x" * 70_000, "prompt": "p"}) + "\n")
    (fault,) = complaints(load_items, items)
    assert fault == f"{items}:1:19: id has 70000 characters; write at most 500 characters"
    path = write_task(tmp_path, TASK + "sampling:\n  samples: 1000000000000\n")
    (fault,) = complaints(load_task, path)
    assert fault.startswith(f"{path}:13:12: sampling.samples is 1000000000000; ")
    questions = tmp_path / "questions.yaml"
    questions.write_text(
        "- {id: q, type: free_form_judge_0_100, paraphrases: [p], samples_per_paraphrase: 1000000000000}\n"
    )
    (fault,) = complaints(load_em_yaml, questions)
    assert fault.startswith(f"{questions}:1:82: samples_per_paraphrase is 1000000000000; ")
    questions.write_text(f"- {{id: {'q' * 70_000}, type: free_form_judge_0_100, paraphrases: [p]}}\n")
    (fault,) = complaints(load_em_yaml, questions)
    assert fault.startswith(f"{questions}:1:8: id has 70000 characters")
