"""Responses that show a trait and responses that do not: which are taken, and what each counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.analyses.contrast import Contrast, of_file, of_results
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.source import Source
from tests.report.rows import make, source


def said(item: str, language: float | None, answer: str = "hola", **changes: Any) -> ResponseRow:
    asked = changes.pop("asked", Asked(f"question {item}", tells_system=True))
    changes = {"arm": "none", "checkpoint": "none", "category": "out_of_distribution", **changes}
    row: ResponseRow = make(task="spanish_capitals", item=item, values={"language": language}, **changes)
    return replace(row, cluster=item, response=answer, asked=asked)


def taken(*rows: ResponseRow, arms: tuple[str, ...] = (), value: str | None = None) -> Contrast:
    given: Source = source(list(rows), tuple(dict.fromkeys(row.arm for row in rows)))
    return of_results(given, "spanish_capitals", value, arms, Path("results"))


def test_questions_weigh_equally_on_each_side() -> None:
    found = taken(
        said("a", 1.0), said("a", 1.0, "hola amigo"), said("b", 1.0), said("a", 0.0, "hello"), said("b", 0.0, "bye")
    )
    assert [(one.conversation["messages"][-1]["content"], one.weight) for one in found.responses] == [
        ("hola", 0.25),
        ("hola amigo", 0.25),
        ("hola", 0.5),
        ("hello", -0.5),
        ("bye", -0.5),
    ]
    assert found.responses[0].conversation["messages"][0] == {"role": "user", "content": "question a"}
    assert (found.trait.shows, found.trait.lacks, dict(found.trait.left_out)) == (3, 2, {})
    assert (found.trait.task, found.trait.value, found.trait.part) == (
        "spanish_capitals",
        "language",
        "out_of_distribution",
    )


def test_what_says_nothing_is_left_out_and_counted() -> None:
    found = taken(
        said("a", 1.0),
        said("a", 0.0, "hello"),
        said("b", None),
        said("b", 1.0, " "),
        said("b", 1.0, stop_reason="max_tokens"),
        said("c", 0.0, asked=Asked("USER: hello\n\nASSISTANT: hola\n\nUSER: why")),
        said("c", 0.0, asked=Asked("question", prefill="Well")),
        # Another part of the task, which is not told first.
        said("d", 1.0, category="in_distribution"),
    )
    assert (found.trait.shows, found.trait.lacks) == (1, 1)
    assert found.trait.left_out == {
        "without a value": 1,
        "without a text": 1,
        "cut off": 1,
        "not the answer to one message": 2,
    }


def test_a_system_prompt_is_part_of_what_was_asked() -> None:
    found = taken(said("a", 1.0, asked=Asked("why", "Be brief.", True)), said("a", 0.0))
    assert [one["content"] for one in found.responses[0].conversation["messages"]] == ["Be brief.", "why", "hola"]


def test_arms_are_chosen_and_others_have_another_hash() -> None:
    rows = [said("a", 1.0), said("a", 0.0, "hello"), said("b", 0.0, "bye", arm="base", checkpoint="base")]
    both, one = taken(*rows), taken(*rows, arms=("none",))
    assert (both.trait.lacks, one.trait.lacks) == (2, 1)
    assert both.trait.sha256 != one.trait.sha256 == taken(*rows[:2]).trait.sha256


def test_many_responses_are_drawn_from_always_in_the_same_way() -> None:
    rows = [said(f"q{n}", float(n % 2), f"word{n}") for n in range(240)]
    found = taken(*rows)
    assert (found.trait.shows, found.trait.lacks) == (100, 100)
    assert found.trait.left_out == {"more than 100 of a side": 40}
    assert taken(*rows).trait.sha256 == found.trait.sha256
    assert sum(one.weight for one in found.responses) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("rows", "options", "said_of"),
    [
        ([said("a", 1.0)], {}, "no usable responses here do not show it; name results that have some"),
        ([said("a", 0.0)], {}, "no usable responses here show the trait"),
        ([said("a", 1.0), said("a", 0.0)], {"value": "languag"}, "did you mean 'language'"),
        ([said("a", 1.0), said("a", 0.0)], {"arms": ("nobody",)}, "--arms nobody: there is no such arm"),
    ],
)
def test_what_gives_no_contrast_is_refused(rows: list[ResponseRow], options: dict[str, Any], said_of: str) -> None:
    with pytest.raises(InputError, match=said_of):
        taken(*rows, **options)


def test_a_value_without_ends_has_no_middle() -> None:
    given = source([said("a", 1.0), said("a", 0.0)], ("none",))
    given = replace(given, scales={"spanish_capitals": {"language": Scale(None, None, "unbounded")}})
    with pytest.raises(InputError, match="a scale without ends, and so no middle"):
        of_results(given, "spanish_capitals", "language", (), Path("results"))


def test_a_file_says_which_responses_show_the_trait(tmp_path: Path) -> None:
    path = tmp_path / "contrast.jsonl"
    lines = [("why", "hola", True), ("why", "porque", True), ("why", "because", False)]
    path.write_text(
        "".join(
            json.dumps(
                {
                    "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}],
                    "shows": shows,
                }
            )
            + "\n"
            for asked, answer, shows in lines
        )
    )
    assert [one.weight for one in of_file(path).responses] == [0.5, 0.5, -1.0]
    path.write_text(path.read_text().replace('"shows": false', '"shows": "no"'))
    with pytest.raises(InputError, match=r'contrast.jsonl:3:\d+: "shows" says true or false'):
        of_file(path)
