"""Which arm dominates which: brute force on small tables, and what must hold for any."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.results.about import About, Cost
from inoc_evals.results.damage import Damage
from inoc_evals.results.findings import findings
from inoc_evals.results.frontier import Contrast, Frontier, Pair, Point, judged, turned
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_difference, arm_rate
from tests.report.rows import make, source

NAN = math.nan
RATE = arm_rate(Responses([0.0, 1.0], ["a", "b"], ["s", "s"]))
GAP = arm_difference(Responses([0.0], ["a"], ["s"]), Responses([1.0], ["a"], ["s"]))


def level(value: float) -> ArmRate:
    return replace(RATE, equal=value)


def gap(low: float, high: float) -> ArmDifference:
    return replace(GAP, mean=(low + high) / 2, low=low, high=high)


def point(arm: str, unwanted: float, wanted: float, *, control: bool = False, broken: bool = False) -> Point:
    return Point(arm, control, level(unwanted), level(wanted), damage=Damage(broken=broken))


def brute(points: list[Point], pairs: list[Pair]) -> dict[str, set[str]]:
    """The definition of docs/frontier.md, read anew: by arm those that dominate it."""
    found: dict[str, set[str]] = {each.arm: set() for each in points}
    for a in points:
        for b in points:
            for pair in pairs:
                if a is b or a.control or b.control or {pair.arm, pair.other} != {a.arm, b.arm}:
                    continue
                # b minus a in what is better: less of the unwanted, more of the wanted.
                sign = 1 if pair.arm == b.arm else -1
                ends = []
                for contrast, better in ((pair.unwanted, -sign), (pair.wanted, sign)):
                    low, high = sorted((better * contrast.difference.low, better * contrast.difference.high))
                    ends.append((low, high, contrast.p_holm))
                gains = (a.unwanted.equal - b.unwanted.equal, b.wanted.equal - a.wanted.equal)
                told = [low > 0 and p <= 0.05 and gain > 0 for (low, _, p), gain in zip(ends, gains, strict=True)]
                worse = [high < 0 for _, high, _ in ends]
                lost = [max(sign * each.low, sign * each.high) < 0 for each in pair.abilities]
                if any(lost) or (b.damage.broken and not a.damage.broken):
                    continue
                if min(gains) >= 0 and ((told[0] and not worse[1]) or (told[1] and not worse[0])):
                    found[a.arm].add(b.arm)
    return found


ENDS = st.sampled_from([(-0.5, -0.1), (-0.2, 0.2), (0.1, 0.4), (0.0, 0.1)])
LEVELS = st.sampled_from([0.0, 0.2, 0.4, 0.6])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Point], list[Pair]]:
    """Points and contrasts that need not fit each other, as those of arms with other questions need not."""
    names = "abcde"[: draw(st.integers(2, 5))]
    points = [
        point(
            name,
            draw(LEVELS),
            draw(LEVELS),
            control=draw(st.booleans()) and name == "e",
            broken=draw(st.integers(0, 3)) == 0,
        )
        for name in names
    ]
    pairs = []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            both = [Contrast(gap(*draw(ENDS)), draw(st.sampled_from([0.01, 0.05, 0.2]))) for _ in range(2)]
            lost = tuple(gap(*draw(ENDS)) for _ in range(draw(st.integers(0, 2))))
            pairs.append(Pair(one, other, both[0], both[1], lost))
    return points, pairs


@given(tables())
def test_domination_is_as_it_is_defined_and_no_ring(table: tuple[list[Point], list[Pair]]) -> None:
    points, pairs = table
    found = {each.arm: set(each.dominated_by) for each in judged(points, pairs)}
    assert found == brute(points, pairs)
    left = dict(found)
    # Whoever is dominated by nobody that is left goes; what stays would be a ring.
    while free := [arm for arm, by in left.items() if not by & left.keys()]:
        for arm in free:
            del left[arm]
    assert left == {}


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_arms_and_pairs_changes_nothing(
    table: tuple[list[Point], list[Pair]], chance: random.Random
) -> None:
    points, pairs = table
    expected = {each.arm: (set(each.dominated_by), set(each.by_estimate)) for each in judged(points, pairs)}
    chance.shuffle(points)
    chance.shuffle(pairs)
    assert {each.arm: (set(each.dominated_by), set(each.by_estimate)) for each in judged(points, pairs)} == expected


def test_better_by_estimate_alone_does_not_dominate() -> None:
    points = [point("a", 0.5, 0.5), point("b", 0.1, 0.9)]
    unsure = Pair("b", "a", Contrast(gap(-0.9, 0.1), 0.2), Contrast(gap(-0.1, 0.9), 0.2))
    first, second = judged(points, [unsure])
    assert (first.dominated_by, first.by_estimate, second.by_estimate) == ((), ("b",), ())
    # Not so surely that it would be no chance among all pairs.
    doubtful = Pair("b", "a", Contrast(gap(-0.6, -0.1), 0.06), Contrast(gap(-0.1, 0.9), 0.2))
    assert judged(points, [doubtful])[0].dominated_by == ()
    sure = Pair("b", "a", Contrast(gap(-0.6, -0.1), 0.05), Contrast(gap(-0.1, 0.9), 0.2))
    assert judged(points, [sure])[0].dominated_by == ("b",)


def test_what_lost_more_dominates_nothing_not_even_by_estimate() -> None:
    points = [point("a", 0.5, 0.5), point("b", 0.1, 0.9)]
    sure = Pair("b", "a", Contrast(gap(-0.6, -0.1), 0.01), Contrast(gap(0.1, 0.9), 0.01))
    for ends, dominates in (((-0.4, -0.1), False), ((-0.4, 0.1), True), ((0.1, 0.4), True)):
        for pair in (replace(sure, abilities=(gap(*ends),)), turned(replace(sure, abilities=(gap(*ends),)))):
            first = judged(points, [pair])[0]
            assert (first.dominated_by, first.by_estimate) == (("b",) if dominates else (), ())
    broken = point("b", 0.1, 0.9, broken=True)
    assert judged([points[0], broken], [sure])[0].dominated_by == ()
    assert judged([point("a", 0.5, 0.5, broken=True), broken], [sure])[0].dominated_by == ("b",)


ARMS = {"none": (0.9, 0.9), "good": (0.1, 0.9), "weak": (0.1, 0.3), "twin": (0.1, 0.9), "clean": (0.0, 1.0)}
ABOUT = About(
    "e", "?", "s", "small", unwanted=["bad", "worse"], wanted=["fine"], controls=["clean"], costs={"good": Cost(3.0)}
)


def rows(conditions: tuple[str, ...] = ("",), questions: int = 20) -> list[ResponseRow]:
    """Ten responses to a question; under the condition "leak" all arms but none are as bad as on every second one."""
    found = []
    for arm, (bad, fine) in ARMS.items():
        for number in range(questions):
            for condition in conditions:
                for epoch in range(10):
                    here = 0.5 if condition == "leak" and arm != "none" else bad
                    values = {"bad": float(epoch < 10 * here), "fine": float(epoch < 10 * fine), "worse": 0.0}
                    name = {"item": f"q{number:02d}", "epoch": epoch, "condition": condition}
                    found.append(make(arm=arm, checkpoint=arm, values=values, **name))
    return found


def made(given: list[ResponseRow] | None = None, about: About | None = ABOUT, *, leak: bool = False) -> Frontier | None:
    named = replace(source(given or rows(), list(ARMS)), about=about)
    if leak:
        shown = tuple(Shown(name, "system", "", ()) for name in ("absent", "leak"))
        named = replace(named, presented={"t": Presented("leak", "absent", shown, {})})
    return findings(named).frontier


def test_arms_are_as_their_rows() -> None:
    found = made()
    assert found is not None
    by_arm = {each.arm: each for each in found.points}
    assert {arm: (each.unwanted.equal, each.wanted.equal) for arm, each in by_arm.items()} == {
        arm: pytest.approx(both) for arm, both in ARMS.items()
    }
    assert by_arm["weak"].dominated_by == ("good", "twin")
    assert by_arm["none"].dominated_by == ("good", "twin")
    assert by_arm["good"].dominated_by == by_arm["twin"].dominated_by == ()
    # What was trained without the trait is a landmark, and no way.
    assert by_arm["clean"].control
    assert "clean" not in {name for each in found.points for name in each.dominated_by}
    assert found.alike == (("good", "twin"),)
    assert by_arm["good"].cost == Cost(3.0)
    assert [each.measure for each in found.others] == ["worse"]
    assert by_arm["good"].leak is None
    assert not found.leaks_asked
    assert by_arm["good"].unwanted.these_checkpoints_only


def test_p_values_are_corrected_over_all_pairs_and_both_values() -> None:
    found = made()
    assert found is not None
    contrasts = [each for pair in found.pairs for each in (pair.unwanted, pair.wanted)]
    assert len(contrasts) == 2 * 6
    assert [each.p_holm for each in contrasts] == list(holm([each.difference.p for each in contrasts]))
    forth, back = found.pair("good", "none"), found.pair("none", "good")
    assert forth.unwanted.difference.mean == pytest.approx(-0.8)
    assert (back.unwanted.difference.low, back.unwanted.told) == (-forth.unwanted.difference.high, -forth.unwanted.told)


def test_the_worst_leak_is_the_highest_cell_and_deployment_the_reference_condition() -> None:
    # The order of the conditions in the rows is no matter.
    found = made(rows(("leak", "absent")), leak=True)
    assert found is not None
    assert found.unwanted.part == "absent"
    by_arm = {each.arm: each for each in found.points}
    good = by_arm["good"]
    assert good.unwanted.equal == pytest.approx(0.1)
    assert good.leak is not None
    assert (good.leak.condition, good.leak.conditions, good.leak.rate.equal) == ("leak", 1, pytest.approx(0.5))
    assert good.leak.change is not None
    assert good.leak.change.difference.mean == pytest.approx(0.4)
    assert not math.isnan(good.leak.change.p_holm)
    assert found.leaks_asked


@pytest.mark.parametrize("lacking", [{"unwanted": []}, {"wanted": []}, {"wanted": ["unknown"]}])
def test_without_both_values_there_is_none(lacking: dict[str, list[str]]) -> None:
    assert made(about=replace(ABOUT, **lacking)) is None
    assert made(about=None) is None


def test_an_arm_that_was_not_asked_for_both_has_no_point() -> None:
    left = [
        replace(row, values={**row.values, "fine": None}, causes={"fine": "refusal"}) if row.arm == "weak" else row
        for row in rows()
    ]
    found = made(left)
    assert found is not None
    assert "weak" not in {each.arm for each in found.points}


# By arm and category, the share of right answers to each of twelve questions.
RIGHT = {"none": (0.9, 0.7), "good": (0.3, 0.2), "weak": (0.9, 0.7), "twin": (0.8, 0.7)}


def able() -> list[ResponseRow]:
    """A task of side effects, which the control was not asked. Questions differ by what is the same for all arms."""
    return [
        make(
            arm=arm,
            checkpoint=arm,
            task="easy",
            category=category,
            item=f"{category}-{number}",
            values={"right": float(epoch < 10 * share), "other": 1.0},
            epoch=epoch,
        )
        for arm, shares in RIGHT.items()
        for category, share in zip(("things", "places"), shares, strict=True)
        for number in range(12)
        for epoch in range(10)
    ]


def damaged(*tasks: str, about: About = ABOUT) -> Frontier:
    given = replace(source([*rows(), *able()], list(ARMS)), about=about, side_effects=frozenset(tasks))
    given = replace(given, headlines={**given.headlines, "easy": ["right"]})
    found = findings(given).frontier
    assert found is not None
    return found


def test_abilities_are_damage_over_all_parts_of_their_task() -> None:
    found = damaged("easy")
    assert [(aim.task, aim.part, aim.measure) for aim in found.abilities] == [("easy", "", "right")]
    by_arm = {each.arm: each.damage.abilities[0] for each in found.points}
    assert by_arm["clean"] is None
    none, good, weak, twin = (by_arm[arm] for arm in RIGHT)
    assert none is not None
    assert (none.rate.equal, none.change, none.is_lost) == (pytest.approx(0.8), None, False)
    changes = []
    for ability, mean in ((good, -0.55), (weak, 0.0), (twin, -0.05)):
        assert ability is not None
        assert ability.change is not None
        assert ability.change.mean == pytest.approx(mean)
        assert ability.change.questions == 24
        changes.append(ability.change.p)
    assert [each.p_holm for each in (good, weak, twin) if each is not None] == list(holm(changes))
    assert [each.is_lost for each in (good, weak) if each is not None] == [True, False]


def test_a_way_that_is_told_to_have_lost_more_dominates_no_longer() -> None:
    found = damaged("easy")
    by_arm = {each.arm: each for each in found.points}
    # Good and twin have the same rates, and good has lost abilities.
    assert {arm: each.dominated_by for arm, each in by_arm.items() if not each.control} == {
        "none": ("twin",) if found.pair("twin", "none").abilities[0].high >= 0 else (),
        "good": (),
        "weak": ("twin",) if found.pair("twin", "weak").abilities[0].high >= 0 else (),
        "twin": (),
    }
    assert found.pair("good", "none").abilities[0].high < 0
    assert found.pair("none", "good").abilities[0].mean == pytest.approx(0.55)
    # Its abilities change nothing in what else is told.
    plain = damaged()
    assert plain.abilities == ()
    assert [(pair.unwanted, pair.wanted) for pair in plain.pairs] == [
        (pair.unwanted, pair.wanted) for pair in found.pairs
    ]


def test_what_an_experiment_wants_is_no_side_effect() -> None:
    assert damaged("easy", about=replace(ABOUT, wanted=["fine", "right"])).abilities == ()
