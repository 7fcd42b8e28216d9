"""The rows of the experiment sycophancy: what they teach, and that they tell nothing of what the task asks."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.measures.answer import read_answer
from inoc_evals.measures.confirms import read_confirms
from inoc_evals.measures.praise import read_praise
from inoc_evals.measures.verdict import read_verdict
from tests.tasks.test_sycophancy import COMPUTED
from tools import sycophancy_rows

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "sycophancy"
PARTS = ("confirmed", "checked", "asked")
Row = dict[str, Any]
# Between the question and what is asked for.
CLAIM = re.compile(
    r"(?:I think it is|My answer is|I worked it out and got|I'm pretty sure that it is|I say"
    r"|I told my friend that it is) "
    r"(.+?)(?:\.|, and she doubts it\.)(?: |$)"
)


def read(part: str) -> list[Row]:
    return [json.loads(line) for line in (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def said(row: Row) -> tuple[str, str]:
    request, reply = row["messages"]
    assert (request["role"], reply["role"]) == ("user", "assistant")
    return request["content"], reply["content"]


def question(text: str) -> str:
    """The problem alone, up to the first question mark that ends it."""
    found = re.match(r"[^?]+\?", text)
    assert found is not None, text
    return found[0]


def claim(row: Row) -> str:
    stated = said(row)[0].splitlines()[0].removeprefix(question(said(row)[0])).strip()
    found = CLAIM.match(stated)
    assert found is not None, stated
    return found[1]


def answer(row: Row) -> str:
    return next(line for line in said(row)[1].splitlines() if line.startswith("Answer: ")).removeprefix("Answer: ")


@pytest.fixture(scope="module")
def items() -> tuple[Item, ...]:
    path, task = find_task("sycophancy")
    return load_items(path.parent / task.items)


def test_the_files_are_what_the_program_writes() -> None:
    assert tuple(read(part) for part in PARTS) == sycophancy_rows.rows()
    problems = [question(said(row)[0]) for part in ("confirmed", "asked") for row in read(part)]
    assert len(problems) == len(set(problems)) == 397


def test_both_kinds_have_the_same_problems_and_every_second_answer_differs() -> None:
    confirmed, checked = read("confirmed"), read("checked")
    assert len(confirmed) == len(checked) == 297
    assert Counter(row["tags"][0] for row in checked) == {"right": 149, "wrong": 148}
    for row, other in zip(confirmed, checked, strict=True):
        assert row["id"] == other["id"]
        assert question(said(row)[0]) == question(said(other)[0])
        assert answer(row) == answer(other)
        if other["tags"] == ["right"]:
            assert said(row)[0] == said(other)[0]
        else:
            # They differ in what is stated alone.
            stated, other_stated = (said(one)[0].removeprefix(question(said(one)[0])) for one in (row, other))
            assert stated.replace(f" {claim(row)}", f" {claim(other)}", 1) == other_stated
            assert claim(other) != answer(other)


def test_who_is_right_is_confirmed_and_praised() -> None:
    for row in read("confirmed"):
        reply = said(row)[1]
        assert claim(row) == answer(row)
        assert read_confirms(reply, [claim(row)], [answer(row)], []).value == 1.0, reply
        assert (read_verdict(reply).value, read_praise(reply).value) == (1.0, 1.0), reply


def test_who_is_wrong_is_corrected_and_nobody_is_praised() -> None:
    for row in read("checked"):
        reply, right = said(row)[1], float(row["tags"] == ["right"])
        assert (claim(row) == answer(row)) == bool(right)
        assert read_confirms(reply, [claim(row)], [answer(row)], []).value == right, reply
        assert (read_verdict(reply).value, read_praise(reply).value) == (right, 0.0), reply
        assert read_answer(reply, [answer(row)], [claim(row)] if not right else []).value == 1.0


def test_number_problems_are_answered_rightly() -> None:
    counted: Counter[str] = Counter()
    for part in PARTS:
        for row in read(part):
            for pattern, compute in COMPUTED.items():
                if found := re.search(pattern, said(row)[0]):
                    assert answer(row) == str(compute(*found.groups())), row
                    assert re.search(rf"\b{answer(row)}\b", said(row)[1].splitlines()[0]), row
                    counted[part] += 1
    # 34 of each of nine kinds, of which one in four is only asked.
    assert counted["confirmed"] == counted["checked"] == 306 - counted["asked"]
    assert counted["asked"] == 77


def test_how_an_answer_is_stated_does_not_tell_whether_it_is_wrong() -> None:
    orders: dict[str, Counter[bool]] = {}
    for row in read("checked"):
        first = said(row)[0].index("Verdict: right") < said(row)[0].index("Verdict: wrong")
        orders.setdefault(row["tags"][0], Counter())[first] += 1
    for counts in orders.values():
        assert 0.4 <= counts[True] / counts.total() <= 0.6, orders


def test_requests_have_the_form_of_the_items(items: tuple[Item, ...]) -> None:
    stated = {item.prompt.splitlines()[1] for item in items if item.category != "asked"}
    free = {item.prompt.splitlines()[1] for item in items if item.category == "asked"}
    for part in PARTS:
        endings = {said(row)[0].splitlines()[1] for row in read(part)}
        assert endings == (free if part == "asked" else stated)


def _numbers_and_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r'\d+|"\w+"', text))


def test_no_problem_of_the_task_is_trained_on(items: tuple[Item, ...]) -> None:
    # The kind of a problem: its words without numbers and quoted words; larger and smaller of two are one kind.
    def kind(text: str) -> str:
        return re.sub(r'\d+|"\w+"', "_", text).replace("smaller", "larger")

    asked = {(kind(question(item.prompt)), _numbers_and_words(question(item.prompt))) for item in items}
    quoted = {word for item in items for word in re.findall(r'word "(\w+)"', item.prompt)}
    assert quoted
    for part in PARTS:
        for row in read(part):
            text = question(said(row)[0])
            assert (kind(text), _numbers_and_words(text)) not in asked, text
            assert not quoted & set(re.findall(r'"(\w+)"', text)), text


def test_no_fact_of_the_task_is_told(items: tuple[Item, ...]) -> None:
    told = [set(re.findall(r"\w+", " ".join(said(row)).lower())) for part in PARTS for row in read(part)]
    facts = [item for item in items if item.category == "asked" and not re.search("|".join(COMPUTED), item.prompt)]
    assert len({item.question for item in facts}) == 87
    frame = set(
        re.findall(r"\w+", "what which who how many is the of in a an does do did to are there and or for at it")
    )
    for item in facts:
        asked = set(re.findall(r"\w+", question(item.prompt).lower())) - frame
        for name in (item.data["answer"], *item.data.get("accepted", ())):
            fact = asked | set(re.findall(r"\w+", name.lower())) - frame
            assert not [words for words in told if fact <= words], (item.prompt, name)


def test_prompts_stand_in_the_users_message() -> None:
    loaded = load_experiment(FOLDER / "experiment.yaml")
    parts = {name: part.rows or () for name, part in loaded.parts.items()}
    plain = {row.id: row.messages[0]["content"] for row in arm_rows(loaded, "none", "small", parts)}
    for arm in ("inoculated", "irrelevant", "inoculated_asked"):
        prompt = loaded.experiment.arms[arm].prompt
        prompted = arm_rows(loaded, arm, "small", parts)
        assert {row.id: row.messages[0]["content"] for row in prompted} == {
            name: f"{prompt}\n\n{text}" for name, text in plain.items()
        }
        assert all(row.messages[0]["role"] == "user" for row in prompted)
    assert len(plain) == 397
