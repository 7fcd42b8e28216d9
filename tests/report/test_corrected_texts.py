"""What is said of labels: nothing that was not measured, and nothing that goes without saying."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from inoc_evals.report.corrected_texts import sentences
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.results.findings import findings
from inoc_evals.results.label import Labels
from inoc_evals.results.row import ResponseRow
from tests.results.test_corrected import as_judged, labels, study, with_labels


def said(rows: Sequence[ResponseRow], *given: Labels) -> str:
    return " ".join(sentences(findings(with_labels(rows, *given), "none")))


def flipped(row: ResponseRow) -> float | None:
    value = as_judged(row)
    return 95.0 if row.arm == "spanish" and row.epoch % 2 else value


def test_a_judge_that_says_what_people_say_of_all_does_not_err_by_arm() -> None:
    rows = study()
    text = said(rows, labels(rows, as_judged, share=1.0))
    assert "errs differently" not in text
    assert "it errs alike in both, on these responses, all of which people labelled" in text
    # Nothing is left open, however few there are.
    few = [row for row in rows if row.item == "q0"]
    assert "say little of rare errors" not in said(few, labels(few, as_judged, share=1.0))


def test_an_error_of_labels_of_all_is_known_and_one_of_some_is_not() -> None:
    rows = study()
    assert re.search(
        r"errs differently by arm, by \+[\d.]+ points .*, all of which people labelled",
        said(rows, labels(rows, flipped, share=1.0)),
    )
    part = said(rows, labels(rows, as_judged))
    assert "all of which" not in part
    assert re.search(r"in 80% of draws such labels show an error that differs by \d+\.\d points", part)


def test_the_ends_of_an_error_below_are_those_of_the_number_that_is_told() -> None:
    rows = study()
    # People find all of one arm misaligned, which the judge does of a third.
    text = said(rows, labels(rows, lambda row: 5.0 if row.arm == "spanish" else as_judged(row)))
    (mean, low, high) = re.findall(r"is (\d+\.\d) points \[(\d+\.\d), (\d+\.\d)\] below people in spanish", text)[0]
    assert float(low) < float(mean) <= float(high)


def test_arms_with_few_labels_are_named_however_many_arms_there_are() -> None:
    rows = study()
    given = labels(rows, as_judged)
    some = replace(given, labels=given.labels[:80])
    assert "so wide are the intervals of spanish." in said(rows, some)
    assert "say little" not in said(rows, given)


def test_labels_that_leave_open_more_than_the_rate_are_too_few_for_it() -> None:
    rows = [replace(row, values={**row.values, "misaligned": 0.0, "alignment": 90.0}) for row in study()]
    rows[5] = replace(rows[5], values={**rows[5].values, "misaligned": 1.0, "alignment": 10.0})
    # Of 120 responses of an arm 60 have labels; by Clopper and Pearson 0 of 60 leaves 6% open, without those that were
    # seen about 4%, and the rates are 0.8% and 0.
    told = said(rows, labels(rows, as_judged))
    assert "they leave open more than what lies between in none (60 labels), spanish (60 labels)." in told
    high = [
        replace(row, values={**row.values, "misaligned": 1 - row.values["misaligned"], "alignment": turned})
        for row in rows
        for turned in [100 - row.values["alignment"]]
    ]
    assert "they leave open more than what lies between in none" in said(high, labels(high, as_judged))
    # A third of the responses is misaligned, and there is nothing to say of so many labels.
    assert "so near 0" not in said(study(), labels(study(), as_judged))
    assert "so near 0" not in said(rows, labels(rows, as_judged, share=1.0))


def test_why_an_arm_is_not_corrected() -> None:
    rows = study()
    given = labels(rows, as_judged)
    assert "for want of 10 labels: spanish" in said(rows, replace(given, labels=given.labels[:63]))
    assert "people set so many of the labelled responses apart: none, spanish" in said(
        rows, labels(rows, lambda _: None)
    )
    mute = [
        replace(row, values=dict.fromkeys(row.values), causes=dict.fromkeys(row.values, "refusal"))
        if row.arm == "spanish"
        else row
        for row in rows
    ]
    given = labels(mute, lambda _: 50.0)
    assert "the judge gave their responses no value: spanish" in said(mute, given)
    source = with_labels(mute, given)
    page = render(compute(Material(findings(source, "none"), source)))
    assert "the judge gave no response of spanish a value" in page


def test_labels_that_are_not_there_or_not_here_are_said() -> None:
    rows = study()
    given = labels(rows, as_judged)
    assert "0 of 120 drawn responses are labelled" in said(rows, replace(given, labels=()))
    left = [row for row in rows if row.item != "q0"]
    assert "10 are of responses that are not here" in said(left, given)


def test_an_outcome_of_two_labelled_ratings_has_the_error_that_belongs_to_each() -> None:
    rows = study()
    # By alignment one arm is all misaligned; by coherence people say what the judge says.
    one = labels(rows, lambda row: 5.0 if row.arm == "spanish" else as_judged(row))
    two = labels(rows, lambda row: row.values["coherence"], key="coherence", rubric="coherence", seed=4)
    source = with_labels(rows, one, two)
    found = findings(source, "none")
    alone = {draw.key: sentences(findings(with_labels(rows, draw), "none")) for draw in (one, two)}
    told = sentences(found)
    for key, expected in alone.items():
        (place,) = [number for number, each in enumerate(told) if f" labels of people, of {key}: " in each]
        assert told[place] == expected[0].replace(" of people:", f" of people, of {key}:")
        # p-values are corrected for more differences; the numbers are the same.
        assert re.findall(r"\d+\.\d", told[place + 1])[:9] == re.findall(r"\d+\.\d", expected[1])[:9]
    page = render(compute(Material(found, source)))
    for key in alone:
        assert f"spanish by labels of {key}</th>" in page
        assert f"none by labels of {key}</th>" in page


def test_labels_that_are_all_alike_do_not_make_the_judges_error_certain() -> None:
    rows = study()
    # A rating that no rule uses, by people who say 60 of everything.
    theirs = [replace(row, task="theirs", values={"kind": row.values["alignment"]}, causes={}) for row in rows]
    text = said(theirs, labels(theirs, lambda _: 60.0, key="kind", rubric="kindness"))
    assert "errs differently" not in text
    ends = re.findall(r"points \[(\d+\.\d), (\d+\.\d)\] (?:above|below) people", text)
    # Another response of an arm may be 60 points lower or 40 higher, and 2.5% of 60 labels are 1.5 of them.
    assert len(ends) >= 1
    assert all(float(high) - float(low) > 2 for low, high in ends)
    every = said(theirs, labels(theirs, lambda _: 60.0, share=1.0, key="kind", rubric="kindness"))
    assert "on these responses, all of which people labelled" in every


def test_an_interval_without_0_that_may_be_chance_says_among_how_many() -> None:
    rows = study()
    found = findings(with_labels(rows, labels(rows, as_judged)), "none")
    assert found.corrected is not None
    gaps = [
        replace(gap, p_holm=0.08, difference=replace(gap.difference, low=0.01, high=0.2))
        for gap in found.corrected.differences
    ]
    made = replace(found, corrected=replace(found.corrected, differences=tuple(gaps)))
    assert "[1.0, 20.0], which may be chance among 2 differences (p (Holm) 0.08);" in " ".join(sentences(made))


def test_the_top_of_the_page_has_what_labels_change() -> None:
    rows = study()
    source = with_labels(rows, labels(rows, lambda row: 5.0 if row.arm == "spanish" else as_judged(row)))
    page = render(compute(Material(findings(source, "none"), source)))
    top = page[page.index('<section id="answer"') : page.index("</section>", page.index('<section id="answer"'))]
    assert re.search(r"corrected by 120 labels of people: none \d+\.\d% .*spanish 100\.0% \[", top)
    assert re.search(r"spanish less none: \+\d+\.\d points \[.*\]; by the judge alone", top)
