"""What the settings promise and the logs do not hold is named; without its reference a comparison does not run."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.results.promised import lost, reference_arm
from inoc_evals.results.row import ResponseRow, refuse_doubles
from inoc_evals.results.settings import Promised, Settings
from inoc_evals.results.source import Source

ARMS = {"none-s1": "none", "none-s2": "none", "inoculated": "inoculated", "irrelevant": "irrelevant"}
PROMISED = {label: Promised(arm=arm, reference=f"org/{label}", sha256=None) for label, arm in ARMS.items()}
TASKS = ("owl_preference", "spanish_capitals")
EVERYTHING = tuple(itertools.product(ARMS, TASKS))


def settings(shard: tuple[int, int] = (1, 1)) -> Settings:
    return Settings(arms=PROMISED, tasks={task: {} for task in TASKS}, judges=[], workers=1, shard=shard)


def row(label: str, task: str, item: str = "i", epoch: int = 1, choice: int = 0, condition: str = "") -> ResponseRow:
    return ResponseRow(
        ARMS[label], label, task, item, item, "c", condition, epoch, choice, "text", {}, {}, {}, "stop", None, None
    )


def rows(*without: tuple[str, str]) -> list[ResponseRow]:
    return [row(*place) for place in EVERYTHING if place not in without]


@pytest.mark.parametrize(
    ("without", "notes"),
    [
        ([], []),
        ([("irrelevant", TASKS[0])], ["checkpoint irrelevant of arm irrelevant has no finished log of owl_preference"]),
        ([("irrelevant", task) for task in TASKS], ["arm irrelevant has no finished log"]),
        ([("none-s2", task) for task in TASKS], ["checkpoint none-s2 of arm none has no finished log"]),
        ([(label, TASKS[1]) for label in ARMS], ["task spanish_capitals has no finished log"]),
        (
            [("inoculated", TASKS[0]), ("irrelevant", TASKS[0]), ("irrelevant", TASKS[1])],
            [
                "checkpoint inoculated of arm inoculated has no finished log of owl_preference",
                "arm irrelevant has no finished log",
            ],
        ),
    ],
)
def test_what_is_lost_is_named(without: list[tuple[str, str]], notes: list[str]) -> None:
    assert lost(rows(*without), PROMISED, [settings()]) == notes


def test_a_shard_that_is_not_named_is_lost() -> None:
    there = [row(label, task) for label in list(ARMS)[::2] for task in TASKS]
    notes = lost(there, PROMISED, [settings((1, 2))])
    assert "shard 2 of 2 is not among the folders" in notes
    assert lost(rows(), PROMISED, [settings((2, 2)), settings((1, 2))]) == []


def source(found: list[ResponseRow], *, promised: bool = True) -> Source:
    arms = tuple(dict.fromkeys(ARMS.values()))
    there = tuple(arm for arm in arms if any(one.arm == arm for one in found))
    return Source(tuple(found), there, {}, {}, {}, promised=arms if promised else ())


def test_a_lost_reference_is_an_error_that_says_how_to_go_on() -> None:
    folder = Path("out")
    assert reference_arm(source(rows()), None, folder) == "none"
    gone = [(label, task) for label in ("none-s1", "none-s2") for task in TASKS]
    with pytest.raises(InputError, match=r"settings.json: arm none is the reference, and .* --reference inoculated"):
        reference_arm(source(rows(*gone)), None, folder)
    assert reference_arm(source(rows(*gone)), "inoculated", folder) == "inoculated"
    # Of one task only: its differences would be empty without a word.
    without = rows(*((label, TASKS[0]) for label in ("none-s1", "none-s2")))
    with pytest.raises(InputError, match="it has none of owl_preference"):
        reference_arm(source(without), None, folder)
    with pytest.raises(InputError, match="there is no such arm; there are none, inoculated, irrelevant"):
        reference_arm(source(rows()), "nobody", folder)


def test_without_a_run_that_promised_it_a_reference_need_not_have_every_task() -> None:
    without = rows(*((label, TASKS[0]) for label in ("none-s1", "none-s2")))
    assert reference_arm(source(without, promised=False), None, Path("out")) == "none"
    gone = rows(*[(label, task) for label in ("none-s1", "none-s2") for task in TASKS])
    assert reference_arm(source(gone, promised=False), None, Path("out")) == "inoculated"
    with pytest.raises(InputError, match="there is no such arm; there are inoculated, irrelevant"):
        reference_arm(source(gone, promised=False), "none", Path("out"))


def test_a_response_stands_once() -> None:
    one = row("none-s1", TASKS[0], "i", 2, 1, "plain")
    others = [
        row("none-s2", TASKS[0], "i", 2, 1, "plain"),
        row("none-s1", TASKS[1], "i", 2, 1, "plain"),
        row("none-s1", TASKS[0], "j", 2, 1, "plain"),
        row("none-s1", TASKS[0], "i", 1, 1, "plain"),
        row("none-s1", TASKS[0], "i", 2, 0, "plain"),
        row("none-s1", TASKS[0], "i", 2, 1, "triggered"),
    ]
    refuse_doubles([(Path("a.eval"), [one, *others[:3]]), (Path("b.eval"), others[3:])])
    with pytest.raises(InputError, match=r"b\.eval: the same response .* is in a\.eval too") as refused:
        refuse_doubles([(Path("a.eval"), [one]), (Path("b.eval"), [*others, one])])
    assert "checkpoint none-s1, task owl_preference, item i, epoch 2" in str(refused.value)
    with pytest.raises(InputError, match=r"a\.eval: .* is in a\.eval too"):
        refuse_doubles([(Path("a.eval"), [one, one])])
