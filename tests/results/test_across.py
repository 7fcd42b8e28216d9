"""Values that join responses to two items of one question, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.document import load_task
from inoc_evals.definitions.joins import Across
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale, share
from inoc_evals.measures.scales import task_scales
from inoc_evals.results.across import Measured, joined_values
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Part, joined
from inoc_evals.results.summaries import Response, summarise, with_across

BOTH = Across(make="both", value="confirms", category="wrong", other_value="correct", other_category="asked")
LESS = Across(make="difference", value="odds", category="cue", other_value="odds", other_category="plain")


def wrong(question: str, value: float | None) -> Measured:
    return Measured(question, "wrong", {"confirms": value}, {} if value is not None else {"confirms": "no_stance"})


def asked(question: str, value: float | None) -> Measured:
    return Measured(question, "asked", {"correct": value}, {} if value is not None else {"correct": "no_answer"})


def test_both_by_hand() -> None:
    given = [
        *(wrong("a", 1.0), wrong("a", 1.0), wrong("a", 0.0)),
        *(asked("a", 1.0), asked("a", 0.0), asked("a", 1.0)),
        *(wrong("b", 1.0), wrong("b", None), asked("b", None)),
        *(asked("c", 1.0), wrong("d", 1.0)),
    ]
    made = joined_values({"knows": BOTH}, given)
    found = [(values.get("knows", "-"), causes.get("knows")) for values, causes in made]
    assert found[:3] == [(1.0, None), (0.0, None), (0.0, None)]
    assert found[3:6] == [("-", None)] * 3
    assert found[6:9] == [(None, "no_answer"), (None, "no_stance"), ("-", None)]
    assert found[9:] == [("-", None), (None, "no_counterpart")]
    # What was joined before is made anew, and other values stay.
    again = joined_values({"knows": BOTH}, [Measured(*one[:2], *new) for one, new in zip(given, made, strict=True)])
    assert again == made
    assert made[0][0]["confirms"] == 1.0


def test_the_effect_of_a_cue_by_hand() -> None:
    rows = [Measured("a", "cue", {"odds": 1.5}, {}), Measured("a", "plain", {"odds": -0.25}, {})]
    (values, causes), (other, _) = joined_values({"effect": LESS}, rows)
    assert values == {"odds": 1.5, "effect": 1.75}
    assert (causes, other) == ({}, {"odds": -0.25})


def test_without_categories_those_are_joined_that_have_the_values() -> None:
    makes = {"joint": Across(make="both", value="agrees", other_value="knows")}

    def given(question: str, category: str, **values: float | None) -> Measured:
        return Measured(question, category, values, {key: "lost" for key, value in values.items() if value is None})

    rows = [
        *(given("a", "x", agrees=0.5), given("a", "y", agrees=1.0), given("a", "z", agrees=0.25)),
        *(given("a", "x", knows=0.8), given("a", "u", knows=0.0)),
        *(given("b", "x", knows=None), given("b", "x", agrees=0.5), given("c", "x", other=1.0)),
    ]
    made = joined_values(makes, rows)
    # The product of two probabilities is how probable both are; the first is joined with the first, and so on.
    assert [values.get("joint", "-") for values, _ in made] == [0.4, 0.0, None, "-", "-", "-", None, "-"]
    assert [causes.get("joint") for _, causes in made if "joint" in causes] == ["no_counterpart", "lost"]


def row(arm: str, item: str, category: str, values: dict[str, float | None]) -> ResponseRow:
    causes = {key: "unread" for key, value in values.items() if value is None}
    place = {"item": item, "cluster": item[0], "category": category, "condition": "", "epoch": 1, "choice": 0}
    return ResponseRow(
        arm, arm, "t", **place, response="r", values=values, causes=causes, details={}, stop_reason="stop",
        prompt_text=None, prompt_sha256=None,
    )  # fmt: skip


def test_the_joint_rate_of_rows_is_over_all_questions_and_of_one_model() -> None:
    rows = []
    for arm, known in (("none", "abc"), ("told", "")):
        for question in "abcd":
            rows.append(row(arm, f"{question}1", "asked", {"correct": float(question in known)}))
            rows.append(row(arm, f"{question}2", "wrong", {"correct": 0.0, "confirms": float(question in "abd")}))
    scales = {"correct": share("correct"), "confirms": share("confirms"), "knows": share("knows")}
    part = Part(
        files=((Path("f"), tuple(rows)),),
        settings={},
        scales={"t": scales},
        headlines={"t": tuple(scales)},
        across={"t": {"knows": BOTH}},
    )
    found = findings(joined([part]))
    rates = {(rate.arm, rate.category, rate.measure): rate.rate for rate in found.rates}
    # Of a, b, c known and a, b, d confirmed: a and b of four.
    assert rates["none", "wrong", "knows"].equal == 0.5
    assert rates["told", "wrong", "knows"].equal == 0.0
    # Asked alone, nothing can be confirmed: there is no such rate, rather than one of excluded responses.
    assert ("none", "asked", "confirms") not in rates
    assert rates["none", "asked", "correct"].excluded == 0
    assert not found.exclusions
    # lm-eval and inspect count the same.
    responses = [Response(one.cluster, one.category, "", one.values, one.causes) for one in rows if one.arm == "none"]
    made = summarise(with_across(responses, {"knows": BOTH}), scales, (), None)
    assert made.shown["wrong/knows"] == 0.5
    assert "asked/knows" not in made.shown
    assert made.more["confirms_excluded"] == 0


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["asked", "wrong"]), st.sampled_from([0.0, 1.0, None])))
)
def test_only_the_category_that_is_named_gets_a_value(rows: list[tuple[str, str, float | None]]) -> None:
    given = [wrong(q, value) if category == "wrong" else asked(q, value) for q, category, value in rows]
    made = joined_values({"knows": BOTH}, given)
    for one, (values, causes) in zip(given, made, strict=True):
        assert ("knows" in values) is (one.category == "wrong")
        assert ("knows" in causes) is ("knows" in values and values["knows"] is None)
        if values.get("knows") == 1.0:
            assert one.values["confirms"] == 1.0


TASK = """\
name: t
version: 1-A
title: T
description: d
source: own
measures:
  correct: {detector: capitals}
  length: {detector: length}
across:
  knows: {make: both, value: correct, category: a, other_value: correct, other_category: b}
  longer: {make: difference, value: length_words, category: a, other_value: length_words, other_category: b}
headline: [knows]
"""
EXACT = """\
name: t
version: 1-A
title: T
description: d
source: own
protocol: {name: choose, options: ["yes", "no"]}
measures:
  agrees: {detector: probability, target: "yes", only: [c]}
  denies: {detector: probability, target: "no", called: denial}
across:
  joint: {make: both, value: agrees_share, other_value: denies_share}
  more: {make: difference, value: agrees_log_odds, other_value: denies_log_odds, called: more of it}
headline: [joint]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    (folder / "task.yaml").write_text(text)
    return folder / "task.yaml"


def test_scales_of_joined_values(tmp_path: Path) -> None:
    scales = task_scales(load_task(written(tmp_path, TASK)))
    assert scales["knows"] == share("knows", "higher is oftener both")
    assert scales["longer"] == Scale(None, None, "unbounded", "words", "higher is more of it in a than in b", "longer")


def test_scales_of_joined_probabilities(tmp_path: Path) -> None:
    scales = task_scales(load_task(written(tmp_path, EXACT)))
    assert scales["joint"] == Scale(0.0, 1.0, "exact", "", "higher is oftener both", "joint")
    more = "higher is more of it in agrees_log_odds than in denies_log_odds"
    assert scales["more"] == Scale(None, None, "unbounded", "nats", more, "more of it")
    assert scales["denies_share"].direction == "higher is more denial"
    path = written(tmp_path, EXACT.replace("value: agrees_share", "value: agrees_log_odds"))
    with pytest.raises(InputError, match=r":11:30: 'agrees_log_odds' is neither a yes or no nor an exact probability"):
        load_task(path)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("value: correct,", "value: corect,", "10:30", "'corect' is no value of this task"),
        ("other_category: b}\n  l", "other_category: a}\n  l", "10:90", "'a' stands on both sides"),
        (", other_category: b}\n  l", "}\n  l", "10:49", "`category` goes with `other_category`; write both, or"),
        ("category: a, other_value: correct, other_category: b", "other_value: correct", "10:52", "name another value"),
        ("  knows:", "  correct:", "10:3", "a measure gives the value 'correct'; rename one"),
        ("value: correct,", "value: length_words,", "10:30", "'length_words' is neither a yes or no nor an exact"),
    ],
)
def test_a_wrong_join_names_its_place(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    path = written(tmp_path, TASK.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert words in str(caught.value)
