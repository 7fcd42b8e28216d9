"""The answer in sentences and small tables: what stands in them, and that nothing else ever does."""

from __future__ import annotations

import io
import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.sentences import sentences
from inoc_evals.report.terminal import answer
from inoc_evals.results.findings import Findings, findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source


def row(arm: str, item: str, category: str, spanish: float | None, capitals: float | None = 1.0) -> ResponseRow:
    values = {"language": spanish, "capitals": capitals}
    return ResponseRow(
        arm=arm,
        checkpoint=arm,
        task="spanish_capitals",
        item=f"{category}-{item}",
        cluster=f"{category}-{item}",
        category=category,
        condition="",
        epoch=1,
        choice=0,
        response="x",
        values=values,
        causes={key: "undecided" for key, value in values.items() if value is None},
        details={},
        stop_reason="stop",
        prompt_text=None,
        prompt_sha256=None,
    )


SCALES = {"language": share("answers in Spanish"), "capitals": share("answers in capitals")}


def of(rows: list[ResponseRow], scales: dict[str, Scale] = SCALES) -> Findings:
    arms = tuple(dict.fromkeys(row.arm for row in rows))
    return findings(Source(tuple(rows), arms, {"spanish_capitals": scales}, {"spanish_capitals": list(scales)}, {}))


def shown(found: Findings, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    for part in answer(found):
        console.print(part)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def two_arms() -> list[ResponseRow]:
    rows = [row("none", str(n), "out_of_distribution", 1.0) for n in range(20)]
    rows += [row("spanish", str(n), "out_of_distribution", float(n < 5)) for n in range(18)]
    rows += [row("spanish", str(n), "out_of_distribution", None) for n in (18, 19)]
    return rows + [row("none", str(n), "in_distribution", 0.0, 0.0) for n in range(20)]


def test_the_trait_out_of_distribution_comes_first_and_by_its_name() -> None:
    said = sentences(of(two_arms()))
    # 5 of 18 are 27.8%; the arm without a prompt has 20 of 20.
    assert said[0].startswith("spanish against none (out of distribution): answers in Spanish 72.2 points lower [-"), (
        said
    )
    assert "27.8% against 100.0%; answers in capitals cannot be told apart" in said[0]
    assert said[1] == (
        "Left out of answers in Spanish (out of distribution): spanish 2 of 20 (undecided). "
        "More than 5% of an arm: mind the bounds."
    )
    assert said[2] == "Each interval speaks of these checkpoints only: an arm has one training seed."
    assert len(said) == 3


def test_only_arms_with_one_training_seed_are_said_to_have_one() -> None:
    rows = two_arms()
    second = [replace(each, checkpoint="spanish-s2") for each in rows if each.arm == "spanish"]
    assert sentences(of([*rows, *second]))[-1] == (
        "Intervals of none, and of what is compared with them, speak of these checkpoints only: one training seed."
    )


def test_one_arm_alone_has_rates_and_no_difference() -> None:
    rows = [row("mine", str(n), "out_of_distribution", float(n < 15)) for n in range(20)]
    (first, _) = sentences(of(rows))
    assert first.startswith("out of distribution: mine answers in Spanish 75.0% [")


def test_few_common_questions_are_said() -> None:
    rows = [row("none", str(n), "out_of_distribution", 1.0 if n < 11 else None) for n in range(20)]
    rows += [row("spanish", str(n), "out_of_distribution", 0.0 if n > 8 else None) for n in range(20)]
    # Questions 9 and 10 alone have a value in both.
    assert "(compared on 2 common questions only)" in sentences(of(rows))[0]


def against_none(**spanish: int) -> list[ResponseRow]:
    """`none` with 20 answers of 20 in Spanish, and other arms with as many as are named."""
    rows = []
    for arm, count in {"none": 20, **spanish}.items():
        rows += [row(arm, str(n), "out_of_distribution", float(n < count)) for n in range(20)]
    return rows


def test_of_many_arms_those_that_differ_most_are_said_and_of_the_others_the_largest_difference() -> None:
    said = sentences(of(against_none(a=19, b=10, c=0, d=5, e=20, f=11, g=3)))
    assert [text.split()[0] for text in said[:4]] == ["c", "g", "d", "b"]
    assert said[4].startswith(
        "3 more arms (out of distribution): the largest difference from none is that of f, answers"
    )
    assert "answers in Spanish 45.0 points lower [-" in said[4]
    assert said[4].endswith("all stand in the table of differences.")
    said = sentences(of(against_none(a=19, b=10, c=0, d=5, e=20, g=3)))
    assert said[4] == (
        "2 more arms (out of distribution): none can be told apart from none; all stand in the table of differences."
    )


def test_arms_that_are_named_are_said_in_their_order_and_alone() -> None:
    said = sentences(of(against_none(a=19, b=10, c=0)), ("b", "a"))
    assert [text.split()[0] for text in said] == ["b", "a", "Each"]


def test_a_difference_that_the_correction_takes_away_is_said_to_be_no_sure_one() -> None:
    # 6 of 20 less: an exact test of pairs gives 2 * 0.5 ** 6 = 0.03, and with many comparisons nothing is left of it.
    arms = {f"like{n}": 20 for n in range(12)}
    found = of(against_none(a=14, **arms))
    (one,) = [each for each in found.differences if each.arm == "a" and each.measure == "language"]
    assert one.difference.high < 0
    assert one.p_holm > 0.05
    (said,) = [text for text in sentences(found, ("a",)) if text.startswith("a ")]
    tested = sum(not math.isnan(each.p_holm) for each in found.differences)
    assert f"70.0% against 100.0% (not significant among {tested} differences: p (Holm) {one.p_holm:.2g})" in said
    # Alone it is what it is.
    assert "not significant" not in sentences(of(against_none(a=5)))[0]


def test_of_one_question_there_is_no_interval_and_that_is_said() -> None:
    found = of([row("none", "1", "ood", 1.0), row("spanish", "1", "ood", 0.0)])
    said = sentences(found)
    assert (
        "answers in Spanish 100.0 points lower (too few questions to give an interval), 0.0% against 100.0%" in said[0]
    )
    assert "[-, -]" not in " ".join(said)
    assert not any("[-, -]" in line for line in shown(found))
    # A share of one question has an interval, wide as it is; a mean without ends has none.
    scales = {**SCALES, "capitals": Scale(None, None, "unbounded", "nats", "", "log odds")}
    alone = sentences(of([row("none", "1", "ood", 1.0)], scales))
    assert alone[0].endswith("none log odds 1 (too few questions to give an interval).")


def test_answers_without_a_value_are_said_also_where_they_are_few() -> None:
    rows = [row("none", str(n), "ood", 1.0 if n else None) for n in range(104)]
    rows += [row("spanish", str(n), "ood", 1.0 if n > 2 else None) for n in range(104)]
    assert (
        sentences(of(rows))[1] == "Left out of answers in Spanish (ood): spanish 3 of 104, none 1 of 104 (undecided)."
    )


def test_tables_fit_eighty_columns_and_hold_the_numbers() -> None:
    lines = shown(of(two_arms()))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "spanish capitals · out of distribution · answers in Spanish" in text
    assert any(line.split()[:2] == ["spanish", "27.8"] for line in lines)
    assert any(line.split()[:2] == ["spanish", "-72.2"] for line in lines)
    # Questions in distribution have their place in the files.
    assert "in distribution" not in text.replace("out of distribution", "").replace(
        "in distribution ", "in distribution"
    )


values = st.one_of(st.none(), st.sampled_from([0.0, 1.0]))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["none", "a", "a-very-long-name-of-an-arm-of-mine"]), values, values),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_no_line_is_too_long_and_no_missing_number_is_shown(
    drawn: list[tuple[str, float | None, float | None]], is_open: bool
) -> None:
    rows = [row(arm, str(number), "ood", first, second) for number, (arm, first, second) in enumerate(drawn)]
    scales = {**SCALES, "capitals": Scale(None, None, "unbounded", "nats", "", "log odds")} if is_open else SCALES
    found = of(rows, scales)
    text = " ".join(sentences(found))
    assert "nan" not in text.split()
    assert "None" not in text
    assert f"{math.nan}" not in text.replace("nant", "")
    assert max(map(len, shown(found))) <= 80
