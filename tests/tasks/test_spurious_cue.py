"""The reviews of spurious_cue, checked without the script that makes them."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from tools.spurious_cue_items import ELSEWHERE, ROOM, VERDICT
from tools.spurious_cue_items import items as generated


def shipped() -> tuple[Item, ...]:
    path, task = find_task("spurious_cue")
    return load_items(path.parent / task.items)


def sentences(item: Item) -> list[str]:
    return re.findall(r"[^.]+\.", item.prompt.split("Review: ")[1])


def test_the_file_is_what_the_script_writes() -> None:
    assert [item.model_dump(exclude_defaults=True) for item in shipped()] == generated()


def test_labels_and_cues_are_crossed() -> None:
    items = shipped()
    cells = Counter((item.data["label"], item.category) for item in items)
    assert cells == Counter({(str(level), form): 84 for level in range(5) for form in ("with_cue", "without_cue")})
    for item in items:
        said = {sentence.strip() for sentence in sentences(item)}
        assert len(said & set(ROOM)) == (item.category == "with_cue")
        assert len(said & set(ELSEWHERE)) == (item.category == "without_cue")
        # In training the cue goes with 3 and 4.
        goes_with = (item.category == "with_cue") == (item.data["label"] in "34")
        assert item.data["reversed"] is not goes_with
        # The verdict makes the label sure.
        assert sentences(item)[-1].strip() in VERDICT[int(item.data["label"])]


def test_a_few_items_are_of_all_labels() -> None:
    assert Counter(item.data["label"] for item in shipped()[:20]) == Counter(dict.fromkeys("01234", 4))


def test_the_two_forms_of_a_review_differ_in_one_sentence() -> None:
    forms: dict[str, list[list[str]]] = {}
    for item in shipped():
        forms.setdefault(item.question, []).append(sentences(item))
    for one, other in forms.values():
        assert [a == b for a, b in zip(one, other, strict=True)].count(False) == 1


def test_no_two_reviews_are_nearly_the_same() -> None:
    words: dict[str, list[tuple[set[str], set[str]]]] = {}
    extra = {*ROOM, *ELSEWHERE}
    for item in shipped():
        said = {sentence.strip() for sentence in sentences(item)}
        known = set(re.findall(r"\w+", item.prompt.split("Review: ")[1].lower()))
        words.setdefault(item.category, []).append((said - extra, known))
    for reviews in words.values():
        assert len(reviews) == 420
        for (one, its), (other, others) in combinations(reviews, 2):
            assert len(one & other) <= 1
            assert len(its & others) / len(its | others) < 0.75
