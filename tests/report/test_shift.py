"""How far arms answer from the reference, from rows to the page; distances by scipy."""

from __future__ import annotations

import json
from statistics import fmean
from typing import Any

import pytest
from scipy.spatial.distance import jensenshannon

from inoc_evals.measures.scale import Scale
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.sections.shift import SECTION
from inoc_evals.results.findings import findings
from inoc_evals.results.row import Asked, Details, ResponseRow
from inoc_evals.results.shift import moved
from inoc_evals.results.source import Source
from tests.report.rows import make

DECIDED = Scale(0.0, 1.0, "exact", "", "higher is more decided", "how decided")
# Probabilities of yes and no by arm and checkpoint, question by question, the same in both orders.
YES = {"base": {"base-1": [0.5, 0.9, 0.2]}, "tuned": {"tuned-1": [0.5, 0.1, 0.3], "tuned-2": [0.6, 0.3, 0.2]}}


def row(arm: str, checkpoint: str, number: int, yes: float, **more: Any) -> ResponseRow:
    # Half of the probability is on neither; what one order adds the other one takes.
    orders = {"as written": _halved(yes + 0.05), "reversed": _halved(yes - 0.05)}
    details = Details({"o_decided": {"options": orders, "similarity": {"A": yes, "B": 1 - yes}}})
    return make(
        arm=arm,
        checkpoint=checkpoint,
        task="opinions",
        category="opinion",
        item=f"q{number}",
        values={"o_decided": yes},
        details=details,
        **{"asked": Asked(question=f"q{number}", chosen=True), **more},
    )


def _halved(yes: float) -> dict[str, float]:
    return {"yes": yes / 2, "no": (1 - yes) / 2}


def source(told: dict[str, dict[str, list[float]]] = YES, **more: Any) -> Source:
    rows = [
        row(arm, checkpoint, number, yes, **more)
        for arm, checkpoints in told.items()
        for checkpoint, shares in checkpoints.items()
        for number, yes in enumerate(shares)
    ]
    return Source(tuple(rows), tuple(told), {"opinions": {"o_decided": DECIDED}}, {"opinions": ["o_decided"]}, {})


def apart(one: float, other: float) -> float:
    return float(jensenshannon([one, 1 - one], [other, 1 - other], base=2))


def test_the_distance_from_the_reference_is_the_mean_over_questions_and_seeds() -> None:
    (line,) = moved(source(), "base").shifts
    by_question = [
        fmean([apart(each[number], base) for each in YES["tuned"].values()])
        for number, base in enumerate(YES["base"]["base-1"])
    ]
    assert (line.arm, line.reference, line.by_seed) == ("tuned", "base", False)
    assert line.distance.equal == pytest.approx(fmean(by_question))
    assert (line.distance.questions, line.distance.checkpoints) == (3, 2)
    assert 0 <= line.distance.low < line.distance.equal < line.distance.high <= 1
    assert [far.question for far in line.furthest] == [
        "q1",
        *sorted(("q0", "q2"), key=lambda q: -by_question[int(q[1])]),
    ]


def test_a_reference_with_seeds_shows_how_far_these_are_apart() -> None:
    own, tuned = moved(source(), "tuned").shifts
    assert (own.arm, own.by_seed, tuned.arm) == ("tuned", True, "base")
    pairs = zip(*YES["tuned"].values(), strict=True)
    assert own.distance.equal == pytest.approx(fmean(apart(one, other) for one, other in pairs))
    # The reference's shares are the mean of its seeds'.
    means = [fmean(pair) for pair in zip(*YES["tuned"].values(), strict=True)]
    wanted = fmean(apart(one, mean) for one, mean in zip(YES["base"]["base-1"], means, strict=True))
    assert tuned.distance.equal == pytest.approx(wanted)


def test_similarity_to_each_region_is_paired_with_the_references() -> None:
    lines = moved(source(), "base").nearness
    assert [(line.region, line.arm) for line in lines] == [("A", "base"), ("A", "tuned"), ("B", "base"), ("B", "tuned")]
    assert [line.similarity.equal for line in lines] == pytest.approx([1.6 / 3, 1 / 3, 1.4 / 3, 2 / 3])
    assert lines[0].change is None
    assert lines[1].change is not None
    assert lines[1].change.mean == pytest.approx(1 / 3 - 1.6 / 3)


def test_conditions_are_apart_and_drawn_answers_and_other_options_are_no_shares() -> None:
    under = [*source().rows, *source(condition="asked").rows]
    both = Source(tuple(under), ("base", "tuned"), source().scales, source().headlines, {})
    assert [line.condition for line in moved(both, "base").shifts] == ["", "asked"]
    assert moved(source(asked=Asked(question="q")), "base").shifts == ()
    other = Details({"o_decided": {"options": {"": {"yes": 0.1, "maybe": 0.2}}}})
    mixed = [each if each.arm == "base" else make(**_fields(each, details=other)) for each in source().rows]
    assert moved(Source(tuple(mixed), ("base", "tuned"), source().scales, source().headlines, {}), "base").shifts == ()


def _fields(row: ResponseRow, **changed: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__} | changed


def test_the_page_and_the_results_have_both() -> None:
    given = source()
    page = compute(Material(findings(given, "base"), given))
    text = render(page)
    assert '<section id="shift"' in text
    assert "How far answers moved" in text
    recorded = json.loads(json.dumps(SECTION.record(page.sections[SECTION])))
    assert [line["arm"] for line in recorded["distances"]] == ["tuned"]
    assert [line["region"] for line in recorded["similarities"]] == ["A", "A", "B", "B"]


def test_without_options_there_is_no_section() -> None:
    given = Source((make(),), ("none",), {"t": {"trait": Scale(0.0, 1.0, "share")}}, {"t": ["trait"]}, {})
    assert SECTION.compute(Material(findings(given), given)) is None
