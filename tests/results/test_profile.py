"""The panel of dispositions: what is told of it, against calculations of its own."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from inoc_evals.measures.scale import Scale, share
from inoc_evals.results.findings import findings
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.results.profile import Change, Profile
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source
from tests.report.rows import make

LOG_ODDS = Scale(None, None, "unbounded", "nats", "higher is more generous", "log odds of giving")
EXACT = Scale(0.0, 1.0, "exact", "", "higher is more trusting", "probability of trust")
CAUSE = "malformed"
Values = Sequence[float | None]


def rows(task: str, arm: str, values: Values, key: str = "v", **more: Any) -> list[ResponseRow]:
    """One response a question."""
    return [
        make(
            task=task,
            arm=arm,
            checkpoint=f"{arm}-1",
            item=f"q{place:03d}",
            values={key: value},
            causes={key: CAUSE} if value is None else {},
            **more,
        )
        for place, value in enumerate(values)
    ]


def panel(
    given: Mapping[str, Mapping[str, Values]], scales: Mapping[str, Scale], spread: Sequence[str] | None = None
) -> Source:
    """Rows by task and arm, each task with the value `v`."""
    made = [row for task, by_arm in given.items() for arm, values in by_arm.items() for row in rows(task, arm, values)]
    arms = tuple(dict.fromkeys(arm for by_arm in given.values() for arm in by_arm))
    return Source(
        tuple(made),
        arms,
        {task: {"v": scales[task]} for task in given},
        {task: ["v"] for task in given},
        {},
        spread=frozenset(given if spread is None else spread),
    )


def told(source: Source) -> Profile:
    found = findings(source).profile
    assert found is not None
    return found


def change(found: Profile, task: str, arm: str = "b") -> Change:
    return next(each for disposition, each in found.of(arm) if disposition.task == task)


def normal(seed: int, count: int, middle: float) -> list[float]:
    draw = np.random.default_rng(seed)
    return list(draw.normal(middle, 1, count))


def test_every_number_of_a_change_is_that_of_another_calculation() -> None:
    first, second = normal(1, 40, 0.0), normal(2, 40, 0.9)
    others = normal(3, 40, 0.3)
    source = panel(
        {"one": {"a": first, "b": second}, "two": {"a": first, "b": others}}, {"one": LOG_ODDS, "two": LOG_ODDS}
    )
    found = told(source)
    one, two = change(found, "one"), change(found, "two")
    test = stats.ttest_rel(second, first)
    ends = test.confidence_interval(0.95)
    unit = (np.std(first, ddof=1) + np.std(second, ddof=1)) / 2
    assert one.difference.mean == pytest.approx(np.mean(second) - np.mean(first))
    assert (one.difference.low, one.difference.high) == pytest.approx((ends.low, ends.high))
    assert one.difference.p == pytest.approx(test.pvalue)
    assert one.z == pytest.approx(test.statistic)
    assert one.standard.effect == pytest.approx(one.difference.mean / unit)
    assert (one.standard.low, one.standard.high) == pytest.approx((ends.low / unit, ends.high / unit))
    p_values = [test.pvalue, stats.ttest_rel(others, first).pvalue]
    assert [one.p_fdr, two.p_fdr] == pytest.approx(stats.false_discovery_control(p_values))
    assert one.p_holm == pytest.approx(2 * p_values[0])
    assert found.tests == 2
    assert [each.task for each in found.dispositions] == ["one", "two"]
    assert found.dispositions[0].more == "higher is more generous"
    assert found.dispositions[0].unit == "nats"


def test_a_true_change_of_the_least_size_is_told_in_four_of_five_runs() -> None:
    draw = np.random.default_rng(5)
    gaps = draw.normal(0, 1, 30)
    gaps -= gaps.mean()
    first = draw.normal(0, 2, 30)
    source = panel(
        {"one": {"a": list(first), "b": list(first + gaps)}, "two": {"a": list(first), "b": list(first - gaps)}},
        {"one": LOG_ODDS, "two": LOG_ODDS},
    )
    least = change(told(source), "one").least
    deviation = float(gaps.std(ddof=1))
    many = draw.normal(least, deviation, (20_000, 30))
    p_values = stats.ttest_1samp(many, 0, axis=1).pvalue
    assert float((p_values <= 0.05 / 2).mean()) == pytest.approx(0.8, abs=0.01)


def test_what_is_sure_what_is_likely_what_is_alike_and_what_is_open() -> None:
    base = normal(1, 400, 0.0)
    noise = normal(2, 400, 0.0)
    shifts = {"sure": 1.0, "alike": 0.0, **{f"likely{number}": 0.13 for number in range(3)}}
    given = {task: {"a": base, "b": [x + shift + y for x, y in zip(base, _centred(noise), strict=True)]}
             for task, shift in shifts.items()}  # fmt: skip
    given["open"] = {"a": base[:12], "b": normal(9, 12, 0.0)}
    found = told(panel(given, dict.fromkeys(given, LOG_ODDS)))
    states = {each.task: each.changes[0].state for each in found.dispositions}
    assert states == {"sure": "changed", "alike": "alike", "open": "open"} | dict.fromkeys(
        ["likely0", "likely1", "likely2"], "likely"
    )
    assert found.dispositions[0].task == "sure"
    assert change(found, "likely0").p_holm > 0.05 >= change(found, "likely0").p_fdr


def _centred(values: Sequence[float]) -> list[float]:
    middle = sum(values) / len(values)
    return [value - middle for value in values]


def test_all_categories_of_a_task_are_one_disposition_and_its_first_value_alone() -> None:
    draw = random.Random(1)
    made = [
        replace(row, category=f"c{place % 3}", values={**row.values, "other": 0.0})
        for arm, rate in (("a", 0.2), ("b", 0.8))
        for task in ("one", "two")
        for place, row in enumerate(rows(task, arm, [float(draw.random() < rate) for _ in range(30)]))
    ]
    scales = {task: {"v": share("gives", "higher is more giving"), "other": share()} for task in ("one", "two")}
    source = Source(
        tuple(made), ("a", "b"), scales, {"one": ["v", "other"], "two": ["v"]}, {}, spread=frozenset({"one", "two"})
    )
    found = told(source)
    assert [(each.measure, each.part, each.unit) for each in found.dispositions] == [("v", "", "points")] * 2
    one = change(found, "one")
    values = {
        arm: [row.values["v"] or 0.0 for row in made if (row.task, row.arm) == ("one", arm)] for arm in ("a", "b")
    }
    assert one.difference.questions == 30
    assert one.difference.mean == pytest.approx(sum(values["b"]) / 30 - sum(values["a"]) / 30)
    assert one.rate.equal == pytest.approx(sum(values["b"]) / 30)


def test_under_conditions_it_is_read_in_the_one_that_others_are_compared_with() -> None:
    made = []
    for task in ("one", "two"):
        for arm, shift in (("a", 0.0), ("b", 1.0)):
            plain = [value + shift for value in normal(len(made), 20, 0.0)]
            made += rows(task, arm, plain, condition="absent", epoch=1)
            made += rows(task, arm, [value + 50 * shift for value in plain], condition="leak", epoch=2)
    named = Presented("leak", "absent", tuple(Shown(name, "system", "", ()) for name in ("absent", "leak")), {})
    scales = {task: {"v": LOG_ODDS} for task in ("one", "two")}
    source = Source(
        tuple(made),
        ("a", "b"),
        scales,
        {task: ["v"] for task in scales},
        {},
        presented={"one": named},
        spread=frozenset(scales),
    )
    found = told(source)
    assert {each.task: each.part for each in found.dispositions} == {"one": "absent", "two": ""}
    assert change(found, "one").difference.mean < 5
    assert change(found, "two").difference.mean > 20


def test_what_cannot_be_compared_is_named_with_the_reason() -> None:
    good = normal(1, 10, 0.0)
    given: dict[str, dict[str, Values]] = {
        "fine": {"a": good, "b": good[::-1]},
        "silent": {"a": good, "b": [None] * 10},
        "mute": {"a": [None] * 10, "b": good},
        "single": {"a": good[:1], "b": good[:1]},
        "apart": {"a": [*good[:5], *[None] * 5], "b": [*[None] * 5, *good[5:]]},
        "alone": {"a": good},
    }
    found = told(panel(given, dict.fromkeys(given, LOG_ODDS)))
    assert [each.task for each in found.dispositions] == ["fine"]
    assert {each.task: each.why for each in found.unread} == {
        "silent": "no response of b has a value (malformed)",
        "mute": "no response of a has a value (malformed)",
        "single": "one question alone in common",
        "apart": "no question in common",
        "alone": "b was not asked",
    }
    assert {each.arm for each in found.unread} == {"b"}
    assert found.tests == 1


def test_where_no_question_differs_there_are_no_standard_units() -> None:
    given = {
        "never": {"a": [0.0] * 20, "b": [0.0] * 20},
        "always": {"a": [0.25] * 20, "b": [0.5] * 20},
    }
    found = told(panel(given, {"never": share(), "always": EXACT}))
    never, always = change(found, "never"), change(found, "always")
    assert never.standard.effect is None
    assert never.standard.why == "all questions have one value in either arm"
    assert (never.state, always.state) == ("open", "changed")
    # Counted, so that 20 responses cannot show a rate below some points.
    assert 0.05 < never.least < 0.5
    assert always.standard.effect is None
    assert always.least == 0


def test_there_is_none_of_one_task_of_one_arm_or_without_the_tag() -> None:
    good = normal(1, 10, 0.0)
    both = {"one": {"a": good, "b": good}, "two": {"a": good, "b": good}}
    scales = {"one": LOG_ODDS, "two": LOG_ODDS}
    assert findings(panel(both, scales)).profile is not None
    assert findings(panel(both, scales, ["one"])).profile is None
    assert findings(panel(both, scales, [])).profile is None
    alone = {task: {"a": by_arm["a"]} for task, by_arm in both.items()}
    assert findings(panel(alone, scales)).profile is None


def test_the_order_is_that_of_the_surest_change_of_any_arm() -> None:
    base = normal(1, 30, 0.0)

    def moved(shift: float) -> list[float]:
        return [x + shift + y for x, y in zip(base, normal(7, 30, 0.0), strict=True)]

    given = {
        "little": {"a": base, "b": moved(0.4), "c": moved(0.5)},
        "much": {"a": base, "b": moved(0.0), "c": moved(3.0)},
        # Both p-values are as small as any is: the larger z comes first.
        "twice": {"a": base, "b": [x + 2 for x in base], "c": base},
    }
    found = told(panel(given, dict.fromkeys(given, LOG_ODDS)))
    assert [each.task for each in found.dispositions] == ["twice", "much", "little"]
    assert found.tests == 6
    assert [each.arm for each in found.dispositions[0].changes] == ["b", "c"]
    same = change(found, "twice", "c")
    assert (same.difference.mean, same.difference.p, same.state) == (0.0, 1.0, "alike")
    assert math.isnan(same.z)


def test_one_training_seed_an_arm_is_said_and_several_make_it_wider() -> None:
    draw = np.random.default_rng(3)
    made = []
    for task in ("one", "two"):
        for arm in ("a", "b"):
            for seed in (1, 2):
                shift = 0.0 if arm == "a" else 2.0 * seed
                values = list(draw.normal(shift, 1, 20))
                made += [replace(row, checkpoint=f"{arm}-{seed}") for row in rows(task, arm, values)]
    scales = {task: {"v": LOG_ODDS} for task in ("one", "two")}
    source = Source(tuple(made), ("a", "b"), scales, {task: ["v"] for task in scales}, {}, spread=frozenset(scales))
    several = change(told(source), "one")
    assert not several.difference.these_checkpoints_only
    assert several.state == "open"
    first = replace(source, rows=tuple(row for row in made if row.checkpoint.endswith("1")))
    single = change(told(first), "one")
    assert single.difference.these_checkpoints_only
    assert single.state == "changed"
    assert several.least > 3 * single.least
