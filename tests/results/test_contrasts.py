"""Contrasts of factors: what task.yaml may say, from rows to findings, and where they are shown."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from statistics import fmean, stdev

import pytest

from inoc_evals.definitions.document import load_task
from inoc_evals.definitions.joins import Contrast, Deviation
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.scales import task_scales
from inoc_evals.readers.rows import read as read_rows
from inoc_evals.readers.rows import write_rows
from inoc_evals.report.export import results
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.table import markdown
from inoc_evals.report.told import told
from inoc_evals.results.across import Measured, joined_values
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Part, Source, joined
from inoc_evals.stats.holm import holm
from tests.report.rows import make

ODDS = Scale(None, None, "unbounded", "nats", "higher is more yes", "log odds of yes")
GENDER = {"gender": Contrast(value="odds", by="gender", reference="man")}
AGE = {"age": Contrast(value="odds", by="age", reference="60")}
# By arm and question: what a woman has more than a man.
GAPS = {"none": [0.1, 0.3, 0.2, 0.0], "told": [0.9, 0.7, 1.1, 0.5]}


def persons(arm: str, question: int, gap: float) -> list[ResponseRow]:
    rows = []
    for place, (gender, age) in enumerate(itertools.product(("man", "woman"), ("30", "100", "60"))):
        odds = question + gap * (gender == "woman") + 0.01 * int(age) + 0.02 * (place % 2)
        levels = {"gender": gender, "age": age}
        rows.append(
            make(
                arm=arm, checkpoint=f"{arm}-1", task="d", item=f"{question}-{place}", cluster=f"q{question}",
                category="c", values={"odds": odds}, levels=levels,
            )
        )  # fmt: skip
    return rows


def source(rows: list[ResponseRow] | None = None, scale: Scale = ODDS) -> Source:
    if rows is None:
        rows = [row for arm, gaps in GAPS.items() for place, gap in enumerate(gaps) for row in persons(arm, place, gap)]
    part = Part(
        files=((Path("f"), tuple(rows)),),
        settings={},
        scales={"d": {"odds": scale}},
        headlines={"d": ("odds",)},
        contrasts={"d": {**GENDER, **AGE}},
    )
    return joined([part])


def test_contrasts_and_their_changes_are_those_of_the_questions() -> None:
    found = findings(source()).contrasts
    named = [(one.factor, one.level, one.reference_level, one.arm) for one in found]
    assert named == [
        *(("gender", "woman", "man", arm) for arm in GAPS),
        # Ages stand by number, whatever the order of the rows.
        *(("age", age, "60", arm) for age in ("30", "100") for arm in GAPS),
    ]
    base, other = found[:2]
    # The persons' places bring 0.02 / 3 more to women, 1, 3 and 5 being odd against 3.
    added = 0.02 * (2 / 3 - 1 / 3)
    assert base.effect.mean == pytest.approx(fmean(GAPS["none"]) + added)
    assert base.effect.error == pytest.approx(stdev(GAPS["none"]) / 2)
    assert base.change is None
    assert other.effect.mean == pytest.approx(fmean(GAPS["told"]) + added)
    gaps = [one - less for one, less in zip(GAPS["told"], GAPS["none"], strict=True)]
    assert other.change is not None
    assert other.change.mean == pytest.approx(fmean(gaps))
    assert other.change.error == pytest.approx(stdev(gaps) / 2)
    assert other.effect.these_checkpoints_only
    assert [one.p_holm for one in found] == list(holm([one.effect.p for one in found]))
    changes = [one for one in found if one.change is not None]
    assert [one.change_p_holm for one in changes] == list(holm([one.change.p for one in changes if one.change]))


def test_values_with_ends_are_shares_and_a_lost_reference_has_no_contrast() -> None:
    rows = [row for place, gap in enumerate([0.0, 1.0]) for row in persons("none", place, gap)]
    scaled = findings(source(rows, Scale(0.0, 10.0, "mean", "points"))).contrasts
    assert scaled[0].effect.mean == pytest.approx((0.5 + 0.02 / 3) / 10)
    women = [row for row in rows if row.levels["gender"] == "woman"]
    assert {one.factor for one in findings(source(women)).contrasts} == {"age"}
    assert not findings(source([make(task="d", category="c", values={"odds": 0.5})])).contrasts


def test_they_stand_in_every_output() -> None:
    given = source()
    found = findings(given)
    page = compute(Material(found, given))
    text = render(page)
    assert '<section id="contrasts"' in text
    assert "gender: woman - man" in text
    recorded = json.loads(json.dumps(results(found, page.sections)))["contrasts"]
    assert len(recorded) == len(told(found)["contrasts"]) == 6
    assert recorded[1]["effect"]["mean"] == pytest.approx(found.contrasts[1].effect.mean)
    assert recorded[0]["change"] is None
    table = markdown(found)
    assert "| d | c | log odds of yes | gender: woman - man | told | 0.807 | 0.129 | [" in table
    alone = source([row for row in given.rows if row.arm == "none"])
    assert "change from" in render(compute(Material(findings(alone), alone)))
    plain = Source(given.rows, given.arms, given.scales, given.headlines, {})
    assert "contrasts" not in told(findings(plain))
    assert 'id="contrasts"' not in render(compute(Material(findings(plain), plain)))


def test_a_file_of_rows_keeps_levels_and_contrasts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(source(), path)
    again = joined([read_rows(path)])
    assert findings(again).contrasts == findings(source()).contrasts


def test_deviations_by_hand() -> None:
    make_it = {"off": Deviation(value="odds")}
    rows = [Measured("a", "c", {"odds": odds}, {}) for odds in (1.0, 2.0, 6.0)]
    rows += [Measured("a", "c", {"odds": None}, {"odds": "impossible"}), Measured("b", "c", {"odds": 4.0}, {})]
    made = joined_values(make_it, rows)
    assert [values["off"] for values, _ in made] == [2.0, 1.0, 3.0, None, None]
    assert [causes.get("off") for _, causes in made] == [None, None, None, "impossible", "no_counterpart"]
    assert joined_values(make_it, [Measured(*one[:2], *new) for one, new in zip(rows, made, strict=True)]) == made


TASK = """\
name: t
version: 1-A
title: T
description: d
source: own
protocol: {name: choose}
measures:
  "yes": {detector: probability, target: "yes"}
deviations:
  apart: {value: yes_log_odds}
contrasts:
  gender: {value: yes_log_odds, by: gender, reference: man}
  sex: {value: apart, by: gender, reference: man}
headline: [apart]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    (folder / "task.yaml").write_text(text)
    return folder / "task.yaml"


def test_a_task_says_what_is_contrasted(tmp_path: Path) -> None:
    task = load_task(written(tmp_path, TASK))
    assert task.factors == ("gender",)
    assert set(task.joins) == {"apart"}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("apart: {value: yes_log_odds}", "apart: {value: odds}", "10:18", "'odds' is no value of this task"),
        ("  apart: {", "  yes_share: {", "10:3", "there is a value 'yes_share' already; rename one"),
        ("gender: {value: yes_log_odds", "gender: {value: odds", "12:19", "'odds' is no value of this task"),
        ("value: apart", "value: yes_log_odds", "13:34", "'gender' is contrasted in yes_log_odds by 'gender' already"),
        ("reference: man}\n  s", "reference: 60}\n  s", "12:56", "must be a text, not 60; put it in quotes"),
    ],
)
def test_a_wrong_contrast_names_its_place(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    path = written(tmp_path, TASK.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert f":{place}: " in str(caught.value)
    assert words in str(caught.value)


def test_drawn_values_have_no_deviation(tmp_path: Path) -> None:
    text = TASK.replace("protocol: {name: choose}\n", "").replace('probability, target: "yes"', "length")
    text = text.replace("yes_log_odds", "yes_words")
    with pytest.raises(InputError, match="protocol respond draws answers, which differ by chance too; write"):
        load_task(written(tmp_path, text))


def test_the_share_of_a_scale_with_ends_deviates_by_at_most_all_of_it(tmp_path: Path) -> None:
    scales = task_scales(load_task(written(tmp_path, TASK.replace("yes_log_odds", "yes_share"))))
    assert scales["apart"] == Scale(0.0, 1.0, "exact", "", "higher is more that hangs on the item", "apart")
