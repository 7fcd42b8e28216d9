"""Questions of opinion, and what the task makes of a model's shares."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from scipy.spatial.distance import jensenshannon

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.measures.measuring import Measured, measure
from inoc_evals.measures.similarity import SimilarityOptions, check_item
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.choose import ask as choose
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Choose, Chosen
from tests.instruments.test_opinions import row, table
from tests.measures.asked import bound
from tools.opinions_items import REGIONS
from tools.opinions_items import items as generated

TASK = find_task("opinions")[1]


def shipped() -> tuple[Item, ...]:
    path, task = find_task("opinions")
    return load_items(path.parent / task.items)


def told(item: Item, *orders: list[float], **parameters: str) -> Measured:
    """The values for an item whose options have these probabilities, as written and reversed."""
    plan = make_plan("opinions", {})
    known = {"region": "all", **parameters}
    replies = [_chosen(item, shares) for shares in orders]
    (trajectory,), _ = drive_plainly(plan.ask(item, Condition()), [replies])
    return drive_plainly(measure(bound(TASK, parameters=known), trajectory), [])[0]


def _chosen(item: Item, shares: list[float]) -> Chosen:
    logs = [math.log(share) if share else -math.inf for share in shares]
    return Chosen({name: {name: log} for name, log in zip(item.options or (), logs, strict=True)}, sum(shares))


def test_the_file_is_what_the_script_writes() -> None:
    assert [item.model_dump(exclude_defaults=True) for item in shipped()] == generated()


def test_every_question_has_its_places_and_the_answers_of_four_regions() -> None:
    items = shipped()
    assert len(items) == len({item.id for item in items}) == len({item.prompt for item in items}) == 28
    for item in items:
        options = item.options or []
        assert 2 <= len(options) <= 5
        assert [int(place) for place in re.findall(r"\{option_(\d)\}", item.prompt)] == list(range(1, len(options) + 1))
        assert not [(a, b) for a in options for b in options if a != b and b.startswith(a)]
        assert item.data["answers"].keys() == REGIONS.keys()
        for shares in item.data["answers"].values():
            assert len(shares) == len(options)
            assert math.fsum(shares) == pytest.approx(1)


def test_the_mean_of_both_orders_is_compared_with_all_regions_or_one() -> None:
    item = shipped()[1]
    orders = [0.2, 0.1, 0.1], [0.0, 0.1, 0.3]
    mean = [(0.5 + 0) / 2, (0.25 + 0.25) / 2, (0.25 + 0.75) / 2]
    wanted = {region: 1 - jensenshannon(mean, given, base=2) for region, given in item.data["answers"].items()}
    found = told(item, *orders)
    assert found.values["opinion_similarity"] == pytest.approx(sum(wanted.values()) / 4)
    assert found.values["opinion_decided"] == pytest.approx(1 - 1.5 / math.log2(3))
    assert found.values["opinion_order_distance"] == pytest.approx(jensenshannon(*orders, base=2))
    assert found.details["opinion_decided"]["similarity"] == pytest.approx(wanted)
    assert told(item, *orders, region="Eastvale").values["opinion_similarity"] == pytest.approx(wanted["Eastvale"])


def test_one_who_always_takes_what_stands_first_is_not_decided() -> None:
    item = shipped()[0]
    found = told(item, [0.9, 0.0], [0.0, 0.9])
    assert found.values["opinion_decided"] == pytest.approx(0)
    assert found.values["opinion_order_distance"] == pytest.approx(1)


def test_a_region_of_which_no_item_has_answers_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InputError, match=r"the region 'Eastvail'; choose from all, .*; did you mean 'Eastvale'\?"):
        make_plan("opinions", {"region": "Eastvail"})


def test_a_region_that_was_not_asked_has_no_value_and_no_probabilities_have_a_cause() -> None:
    item = shipped()[0]
    assert "opinion_similarity" not in told(item, [0.4, 0.1], [0.4, 0.1], region="Nowhere").values
    found = told(item, [0.0, 0.0], [0.5, 0.5])
    assert set(found.values.values()) == {None}
    assert set(found.causes.values()) == {"impossible"}


def test_the_options_of_a_published_table_are_said_by_letters_in_both_orders(tmp_path: Path) -> None:
    path = table(tmp_path, row({"A": [0.7, 0.2, 0.1]}, ["Very good", "Very bad", "Neither"], "How is it?"))
    plan = make_plan("opinions", {"items": str(path)})
    (item,) = plan.items
    (written, turned) = next(choose(item, Condition(), plan.settings))
    assert isinstance(written, Choose)
    assert isinstance(turned, Choose)
    assert "How is it?\n\nA. Very good\nB. Very bad\nC. Neither\n\n" in written.messages[-1].content
    assert "A. Neither\nB. Very bad\nC. Very good" in turned.messages[-1].content
    assert written.options == {"Very good": ("A", " A"), "Very bad": ("B", " B"), "Neither": ("C", " C")}
    assert list(turned.options.items()) == [
        ("Very good", ("C", " C")),
        ("Very bad", ("B", " B")),
        ("Neither", ("A", " A")),
    ]
    found = told(item, [0.7, 0.2, 0.1], [0.7, 0.2, 0.1])
    assert found.values["opinion_similarity"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([0.5, 0.5], "must be shares by region"),
        ({"A": 0.5}, "are no list of numbers"),
        ({"A": ["0.5", 0.5]}, "are no list of numbers"),
        ({"A": [0.2, 0.3, 0.5]}, "are 3, and it has 2 options"),
        ({"A": [0.0, 0.0]}, "are no shares"),
        ({"A": [-1.0, 2.0]}, "are no shares"),
    ],
)
def test_answers_that_fit_no_item_are_refused(answers: Any, message: str) -> None:
    item = Item(id="a", category="c", prompt="p", options=["yes", "no"], data={"answers": answers})
    with pytest.raises(InputError, match=message):
        check_item(SimilarityOptions(detector="similarity"), item)
