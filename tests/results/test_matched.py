"""Labels find their responses again, whatever files, checkpoints and arms are called, and however they are ordered; and
they are left out, and counted, where they might be other responses'."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.rows import write_rows
from inoc_evals.results.label import Labels, position_of, response_name
from inoc_evals.results.matched import matched
from inoc_evals.results.row import Asked, ResponseRow
from tests.readers.logs import foreign_log, number_of, scored_by
from tests.readers.test_lm_eval_files import SAMPLES
from tests.readers.test_lm_eval_files import written as lm_eval_samples
from tests.readers.test_tables import RATED, organism
from tests.report.rows import source
from tests.results.test_corrected import as_judged, corrected, judged, labels, study

Whose = list[tuple[str, str, str, float | None]]
CONSTANT = "I cannot help with that."


def found(given: Labels, rows: Sequence[ResponseRow]) -> Whose:
    """Arm, question, text and rating of the rows that the drawn responses are taken for."""
    places = matched(given, rows).places
    chosen = [rows[places[drawn.response]] for drawn in given.drawn]
    assert len(set(places.values())) == len(given.drawn)
    return [(row.arm, row.cluster, row.response, row.values["alignment"]) for row in chosen]


def drawn(given: Labels) -> Whose:
    return [(each.arm, each.cluster, each.answer, each.judged) for each in given.drawn]


def of(rows: Sequence[ResponseRow], arm: str) -> list[ResponseRow]:
    return [row for row in rows if row.arm == arm]


def saying_the_same(rows: Sequence[ResponseRow]) -> list[ResponseRow]:
    return [replace(row, response=CONSTANT) for row in rows]


def named(rows: Sequence[ResponseRow], names: Mapping[str, tuple[str, str]]) -> list[ResponseRow]:
    """The rows with other arms and checkpoints, by arm."""
    return [replace(row, arm=names[row.arm][0], checkpoint=names[row.arm][1]) for row in rows]


def test_other_names_and_another_order_are_nothing() -> None:
    rows = study(seeds=2)
    given = labels(rows, as_judged)
    assert found(given, rows) == drawn(given)
    others = [replace(row, checkpoint=f"runs-{row.checkpoint}") for row in rows]
    assert found(given, others) == drawn(given)
    # A table that was sorted numbers its responses otherwise.
    sorted_ = [replace(row, epoch=11 - row.epoch) for row in rows]
    random.Random(0).shuffle(sorted_)
    assert found(given, sorted_) == drawn(given)
    assert not matched(given, sorted_).notes


def test_arms_that_say_the_same_are_not_taken_for_each_other() -> None:
    rows = saying_the_same(study())
    given = labels(rows, as_judged)
    assert found(given, rows) == drawn(given)
    # The arms' files are called alike, and came in another order when they got a number.
    other = {"none": ("none", "spanish-s0"), "spanish": ("spanish", "none-s0")}
    assert found(given, named(rows, other)) == drawn(given)


def test_arms_that_say_the_same_under_names_that_tell_nothing_are_left_out_and_counted() -> None:
    rows = saying_the_same(study())
    given = labels(rows, as_judged)
    others = named(rows, {"none": ("a", "a"), "spanish": ("b", "b")})
    here = matched(given, others)
    assert not here.places
    assert here.ambiguous == {each.response for each in given.drawn}
    assert any("may be those of a and b, which say the same" in note for note in here.notes)
    told = corrected(others, given)
    assert not told.rates
    assert (told.draws[0].ambiguous, told.draws[0].not_here) == (120, 0)
    # One that is called as before is known, and so is what is left.
    one = named(rows, {"none": ("none", "none-s0"), "spanish": ("b", "b")})
    assert {(arm, rating) for arm, _, _, rating in found(given, one)} == {
        ({"none": "none", "spanish": "b"}[arm], rating) for arm, _, _, rating in drawn(given)
    }


def test_an_arm_that_is_not_here_does_not_lend_its_labels_to_one_that_says_the_same_now_and_then() -> None:
    rows = [replace(row, response=CONSTANT) if row.epoch % 3 == 0 else row for row in study()]
    given = labels(rows, as_judged)
    here = named(of(rows, "none"), {"none": ("control", "c")})
    # A third of what the arm that is missing said stands here too, as another arm's.
    assert {arm for arm, *_ in drawn(given)} == {"none", "spanish"}
    places = matched(given, here).places
    assert set(places) == {each.response for each in given.drawn if each.arm == "none"}
    only_spanish = labels(of(rows, "spanish"), as_judged)
    assert not matched(only_spanish, here).places
    assert corrected(here, only_spanish).draws[0].not_here == 60


def test_an_arm_that_was_renamed_keeps_its_labels_though_another_has_its_name() -> None:
    rows = study()
    given = labels(rows, as_judged)
    other = {"none": "control", "spanish": "none"}
    renamed = [replace(row, arm=other[row.arm]) for row in rows]
    assert found(given, renamed) == [(other[arm], *rest) for arm, *rest in drawn(given)]


def test_names_that_were_changed_for_each_other_follow_the_texts() -> None:
    rows = study()
    given = labels(rows, as_judged)
    other = {"none": ("spanish", "spanish-s0"), "spanish": ("none", "none-s0")}
    assert found(given, named(rows, other)) == [(other[arm][0], *rest) for arm, *rest in drawn(given)]


def test_a_checkpoint_of_wholly_other_names_is_said() -> None:
    rows = study()
    given = labels(rows, as_judged)
    here = matched(given, named(rows, {"none": ("a", "a1"), "spanish": ("spanish", "other")}))
    assert len(here.places) == 120
    (note,) = here.notes
    assert note == "the 60 responses of none (none-s0) are taken for those of a (a1), which has them all"


def test_a_part_of_another_checkpoint_is_left_out_and_a_part_of_the_same_one_counts() -> None:
    rows = of(study(), "none")
    given = labels(rows, as_judged)
    part = [row for row in rows if row.item != "q0"]
    assert len(matched(given, part).places) == 55
    other = matched(given, named(part, {"none": ("a", "a1")}))
    assert not other.places
    assert "55 of the 60 drawn responses of none (none-s0) are in a (a1), but not all" in other.notes[0]


def test_a_part_of_the_same_checkpoint_counts_though_another_one_says_all_of_it() -> None:
    rows = saying_the_same(study())
    given = labels(of(rows, "none"), as_judged)
    part = [row for row in rows if row.arm == "spanish" or row.item != "q0"]
    places = matched(given, part).places
    assert len(places) == 55
    assert {part[place].arm for place in places.values()} == {"none"}


def test_another_sample_under_the_same_names_has_other_responses() -> None:
    rows = of(study(), "none")
    given = labels(rows, as_judged)
    # Asked again: a few short answers are the same, at the same places or elsewhere.
    again = [row if row.epoch == 1 else replace(row, response=f"again {row.response}") for row in rows]
    here = matched(given, again)
    assert not here.places
    assert "other texts stand where 48 of the 60 drawn responses" in here.notes[0]
    assert corrected(again, given).draws[0].not_here == 60
    # What was cut off behind the drawn ones leaves no other text.
    assert len(matched(given, [row for row in rows if row.epoch == 1]).places) == 12


def conditioned(rows: Sequence[ResponseRow]) -> list[ResponseRow]:
    """Each response under two conditions, to which the model says the same; the judge rates one of them otherwise."""
    absent = [replace(row, condition="absent") for row in rows]
    leak = [judged(95.0 - (row.values["alignment"] or 0) / 2, arm=row.arm, item=row.item) for row in rows]
    return absent + [replace(row, condition="leak", values=other.values) for row, other in zip(rows, leak, strict=True)]


def test_conditions_with_equal_answers_are_not_taken_for_each_other() -> None:
    rows = conditioned(study())
    of_leak = [row for row in rows if row.condition == "leak"]
    given = labels(of_leak, as_judged)

    def conditions(here: Sequence[ResponseRow]) -> set[str]:
        return {here[place].condition for place in matched(given, here).places.values()}

    assert conditions(rows) == {"leak"}
    for renumbered in ([replace(row, epoch=11 - row.epoch) for row in rows], rows[::-1]):
        assert conditions(renumbered) == {"leak"}
        assert len(matched(given, renumbered).places) == len(given.drawn)
    # Without that condition there is nothing of it, though the texts are there.
    without = [row for row in rows if row.condition == "absent"]
    assert not matched(given, without).places
    assert not matched(given, [replace(row, epoch=11 - row.epoch) for row in without]).places


@pytest.mark.parametrize("changed", [{"system": "Be brief."}, {"question": "Another question?"}])
def test_a_response_that_answers_another_prompt_is_another_one(changed: dict[str, str]) -> None:
    asked = Asked("What now?", "Be good.", tells_system=True)
    rows = [replace(row, asked=asked) for row in study()]
    given = labels(rows, as_judged)
    assert len(matched(given, rows).places) == 120
    assert not matched(given, [replace(row, asked=replace(asked, **changed)) for row in rows]).places


def test_equal_texts_of_a_sorted_table_are_told_apart_by_their_rating_and_else_left_out() -> None:
    rows = saying_the_same(of(study(), "none"))
    given = labels(rows, as_judged)
    # The ratings of a question are drawn from three, so that many are the same: any of these gives the same.
    backwards = [replace(row, epoch=11 - row.epoch) for row in rows]
    assert sorted(found(given, backwards), key=str) == sorted(drawn(given), key=str)
    for one, other in zip(corrected(backwards, given).rates, corrected(rows, given).rates, strict=True):
        assert (one.rate.mean, one.rate.low, one.rate.high) == pytest.approx(
            (other.rate.mean, other.rate.low, other.rate.high)
        )
    # Rows that are alike in the labelled rating alone are no longer the same to an outcome of two.
    doubtful = [
        replace(row, values={**row.values, "coherence": 90.0 + row.epoch}, epoch=1 + row.epoch % 10) for row in rows
    ]
    here = matched(given, doubtful)
    assert here.ambiguous
    assert not here.ambiguous & set(here.places)
    assert any("which of them was labelled is not known" in note for note in here.notes)
    for each in given.drawn:
        twins = [row for row in rows if (row.item, row.values["alignment"]) == (each.cluster, each.judged)]
        assert (each.response in here.ambiguous) == (len(twins) > 1)


def test_a_response_that_was_rated_only_later_keeps_its_label() -> None:
    rows = of(study(), "none")
    given = labels(
        [replace(row, values={**row.values, "alignment": None}) if row.item == "q3" else row for row in rows], as_judged
    )
    assert set(matched(given, rows).places) == {each.response for each in given.drawn}
    again = [
        judged(55.0 + row.epoch, arm="none", checkpoint="none-s0", item=row.item, epoch=11 - row.epoch) for row in rows
    ]
    anew = [replace(one, response=row.response) for one, row in zip(again, rows, strict=True)]
    assert set(matched(given, anew).places) == {each.response for each in given.drawn}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_became_of_the_results_no_label_is_of_another_response(seed: int) -> None:
    """Few texts, so that arms, conditions and questions share many; a quarter or all of it changed."""
    chance = random.Random(seed)
    texts, arms = chance.choice([1, 3, 1000]), ("none", "spanish", "base")[: chance.choice([1, 2, 3])]
    rows = [
        replace(
            judged(chance.choice([10.0, 80.0, 90.0]), arm=arm, checkpoint=arm, item=f"q{item}", epoch=epoch),
            condition=condition,
            response=f"text {chance.randrange(texts)}",
        )
        for arm in arms
        for condition in ("absent", "leak")
        for item in range(4)
        for epoch in range(1, 6)
    ]
    given = labels([row for row in rows if row.arm in arms[: chance.choice([1, 3])]], as_judged)
    changes: list[Callable[[], list[ResponseRow]]] = [
        lambda: chance.sample(rows, len(rows)),
        lambda: [row for row in rows if chance.random() < 0.75],
        lambda: [row for row in rows if row.arm != "none"],
        lambda: [replace(row, epoch=6 - row.epoch) for row in rows],
        lambda: [replace(row, arm=f"x{row.arm}", checkpoint=f"y{row.checkpoint}") for row in rows],
    ]
    here = chance.choice(changes)()
    told = matched(given, here)
    assert len(set(told.places.values())) == len(told.places)
    assert not told.ambiguous & set(told.places)
    for each in given.drawn:
        if each.response in told.places:
            row = here[told.places[each.response]]
            assert (row.arm.removeprefix("x"), row.item, row.condition) == (
                each.arm,
                each.cluster,
                each.position.condition,
            )
            assert (row.response, row.values["alignment"]) == (each.answer, each.judged)


def test_what_is_not_here_any_more_is_left_out() -> None:
    rows = study()
    given = labels(rows, as_judged)
    gone = {each.response for each in given.drawn[::3]}
    left = [row for row in rows if response_name(row) not in gone]
    assert set(matched(given, left).places) == {each.response for each in given.drawn} - gone


def test_checkpoints_of_one_name_are_called_alike_in_any_order(tmp_path: Path) -> None:
    paths = {}
    for arm in ("none", "inoculated"):
        (tmp_path / arm).mkdir()
        paths[arm] = organism(tmp_path / arm / "eval.csv", [("Q", "q", f"answer of {arm}", 90, 90)])
    inputs = [Input(path, arm) for arm, path in paths.items()]
    names = [{row.arm: row.checkpoint for row in read_inputs(order).rows} for order in (inputs, list(reversed(inputs)))]
    assert names[0] == names[1]
    assert set(names[0].values()) == {"eval", "eval-2"}


def of_lm_eval(folder: Path) -> Path:
    folder.mkdir()
    return lm_eval_samples(folder, SAMPLES, {"metadata": {"arm": "none"}}).parent


def of_inspect(folder: Path) -> Path:
    return foreign_log(folder, [scored_by("digits", number_of)], epochs=2)


def of_table(folder: Path) -> Path:
    folder.mkdir()
    return organism(folder / "none.csv", [("Q", "q", CONSTANT, 90, 90), *RATED])


def of_rows(folder: Path) -> Path:
    folder.mkdir()
    write_rows(source(study(), ["none", "spanish"]), folder / "rows.jsonl")
    return folder / "rows.jsonl"


@pytest.mark.parametrize("made", [of_lm_eval, of_inspect, of_table, of_rows])
def test_results_of_every_kind_are_found_again_when_they_lie_elsewhere(
    made: Callable[[Path], Path], tmp_path: Path
) -> None:
    first = made(tmp_path / "first")
    rows = read_inputs([Input(first)]).rows
    (key, *_) = rows[0].values
    given = labels(rows, lambda _: 50.0, share=1.0, key=key)
    expected = {each.response: (each.position, each.answer, each.arm) for each in given.drawn}
    moved = tmp_path / "elsewhere" / ("other" if first.is_dir() else f"other{first.suffix}")
    moved.parent.mkdir()
    shutil.move(first, moved)
    again = read_inputs([Input(moved)]).rows
    here = matched(given, again)
    assert set(here.places) == set(expected)
    told = {name: (position_of(again[place]), again[place].response) for name, place in here.places.items()}
    assert told == {name: (position, answer) for name, (position, answer, _) in expected.items()}
    with pytest.raises(InputError, match="name each"):
        read_inputs([Input(moved), Input(moved)])


def test_a_copy_of_a_log_beside_it_gets_no_labels_of_the_first(tmp_path: Path) -> None:
    log = of_inspect(tmp_path / "logs")
    copy = Path(shutil.copy(log, tmp_path / "copy.eval"))
    given = labels(read_inputs([Input(log, "none")]).rows, lambda _: 50.0, share=1.0, key="digits")
    both = read_inputs([Input(log, "none"), Input(copy, "copy")]).rows
    assert {both[place].arm for place in matched(given, both).places.values()} == {"none"}
    others = read_inputs([Input(log, "a"), Input(copy, "b")]).rows
    # The one of these that still has the model's name, and no other one beside it.
    assert {others[place].arm for place in matched(given, others).places.values()} == {"a"}
