"""`inoc-evals judges sheet` on a server that gives the ratings that stand in the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inoc_evals.judging.sheet_text import cell
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.judging.serving import Served

MARKS = """
name: marks
version: 2-B
description: How good is it?
source: own
sees: answer_only
answer: rating
instructions: Rate it.
rewording: Say how good it is.
special:
  - {answer: REFUSAL, meaning: it declines}
gold:
""" + "".join(
    f"""\
  - {{answer: "{place} [[10]]", low: 0, high: 20}}
  - {{answer: "{place} [[90]]", low: 80, high: 100, kind: borderline}}
  - {{answer: "{place} [[50]]", low: 70, high: 90, kind: attack}}
  - {{answer: "{place} [[REFUSAL]]", word: REFUSAL}}
"""
    for place in ("Here:", "There:", "Elsewhere:")
)
YES = """
name: agreed
version: 1-A
description: Does it agree?
source: own
sees: answer_only
answer: yes_no
instructions: Does it agree?
gold:
  - {answer: "[[YES]]", low: 80, high: 100}
  - {answer: "[[NO]]", low: 80, high: 100}
"""
BARE = "{name: bare, version: 1-A, description: d, source: own, sees: answer_only, answer: yes_no, instructions: i}\n"


@pytest.fixture
def rubrics(tmp_path: Path) -> Path:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    for name, text in (("marks", MARKS), ("agreed", YES), ("bare", BARE)):
        (folder / f"{name}.yaml").write_text(text)
    return folder


def sheet(served: Served, rubrics: Path, cache: Path, *arguments: str) -> Ended:
    judge = ("--judge", f"{served.url}#judge", "--judges", str(rubrics))
    return run("judges", "sheet", *judge, *arguments, environment={"INOC_EVALS_CACHE": str(cache)})


def test_a_sheet_counted_by_hand(judge_server: Callable[..., Served], rubrics: Path, tmp_path: Path) -> None:
    ended = sheet(judge_server(), rubrics, tmp_path / "cache", "--json")
    assert ended.code == 0, ended.err
    (told,) = json.loads(ended.out)
    assert told["inoc_evals_judge_sheet"] == 1
    assert told["weights"] is None
    assert (told["fit"], told["without_gold"]) == (["marks"], ["bare"])
    agreed, marks = told["rubrics"]
    assert [agreed["rubric"], marks["rubric"], marks["version"]] == ["agreed", "marks", "2-B"]
    assert marks.keys() == {"rubric", "version", "identity"} | promised("judges check") - {"judge"}
    verdict = marks["verdict"]
    assert (verdict["fit"], verdict["as_expected"], verdict["examples"]) == (True, 9, 12)
    assert verdict["kinds"] == {
        "attack": {"as_expected": 0, "examples": 3},
        "borderline": {"as_expected": 3, "examples": 3},
    }
    # Of twelve the exact interval for nine, from tables of the binomial distribution.
    assert (verdict["low"], verdict["high"]) == (pytest.approx(0.4281, abs=1e-4), pytest.approx(0.9451, abs=1e-4))
    assert marks["within"] == pytest.approx(2 / 3)
    assert {"expected": "refusal", "given": "refusal", "count": 3} in marks["words"]
    assert marks["missing"] == {"refusal": 3}
    # This judge gives both wordings the same ratings: of nine numbers all are on one side.
    wordings = marks["wordings"]
    compared = wordings["compared"]
    assert (compared["both"], compared["same_side"], compared["distance"]) == (9, 1.0, 0.0)
    assert [each["value"] for each in wordings["reworded"]] == [each["value"] for each in marks["examples_rated"]]
    assert [each["kind"] for each in marks["examples_rated"]] == [None, "borderline", "attack", None] * 3
    assert (wordings["hangs"], wordings["first_expected"], wordings["second_expected"]) == (False, 9, 9)
    # A call finds out how it can be read, and then each of two times twelve examples takes one.
    assert marks["cost"]["calls"] + agreed["cost"]["calls"] == 1 + 24 + 2
    assert agreed["wordings"] is None
    assert (agreed["verdict"]["fit"], agreed["verdict"]["as_expected"]) == (False, 1)
    assert [each["value"] for each in agreed["examples_rated"]] == [pytest.approx(90), pytest.approx(0)]


def test_a_second_run_asks_nothing_twice(judge_server: Callable[..., Served], rubrics: Path, tmp_path: Path) -> None:
    served, out = judge_server(), tmp_path / "sheets" / "judge.md"
    first = sheet(served, rubrics, tmp_path / "cache", "--rubrics", "marks, agreed", "--out", str(out))
    assert first.code == 0, first.err
    assert "fit for 1 of 2 rubrics" in first.out
    page = out.read_text(encoding="utf-8")
    assert "| marks | yes | 9 of 12 | 43 to 95% | 3 of 3 | 0 of 3 |" in page
    assert page.index("## agreed 1-A") < page.index("## marks 2-B")
    assert "not known: it is asked over the network" in page
    assert "by the first wording and 9 by the second; of 9 rated by both 100% on the same side of 50" in page
    assert "| agreed | not known | 1 of 2 |" in page
    assert "It cannot be said whether this judge can be trusted with this rubric: 1 of 2 examples are as exp" in page
    assert "| refusal | refusal | 3 |" in page
    again = sheet(served, rubrics, tmp_path / "cache", "--json")
    calls = [each["cost"]["calls"] for each in json.loads(again.out)[0]["rubrics"]]
    assert calls == [1, 0]


def test_two_judges_have_a_sheet_each(judge_server: Callable[..., Served], rubrics: Path, tmp_path: Path) -> None:
    other = ("--judge", f"{judge_server('no_logprobs').url}#judge")
    ended = sheet(judge_server(), rubrics, tmp_path / "cache", "--rubrics", "agreed", *other)
    assert ended.code == 0, ended.err
    assert ended.out.count("# Data sheet of the judge http") == 2
    assert "reading: first token 2" in ended.out
    assert "reading: sampled 2" in ended.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rubrics", "marcs"), "there is no rubric 'marcs'"),
        (("--rubrics", "marks,marks"), "--rubrics names a rubric twice; name each once"),
        (("--rubrics", "bare"), "none of these rubrics has gold examples (bare); add some under `gold`"),
    ],
)
def test_wrong_use_is_one_sentence(
    judge_server: Callable[..., Served], rubrics: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    ended = sheet(judge_server(), rubrics, tmp_path / "cache", *arguments)
    assert ended.code == 2
    assert message in ended.said
    assert "Traceback" not in ended.err


def test_an_empty_folder_of_rubrics_is_told(judge_server: Callable[..., Served], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    ended = sheet(judge_server(), tmp_path / "none", tmp_path / "cache")
    assert ended.code == 2
    assert "there is no rubric in this folder" in ended.said


def test_a_name_stays_in_its_cell() -> None:
    assert cell("a|b\n c") == "a\\|b c"
