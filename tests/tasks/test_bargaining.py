"""The games of bargaining, their partners, and what a game is worth, checked without the code that makes them."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.measures.noted import MEASURE, NotedOptions
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Completion, Generated
from inoc_evals.protocols.trajectory import Trajectory
from tools.bargaining_items import items as generated


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bargaining", find_task("bargaining")[0].parent / "task.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


task = loaded()


def shipped() -> tuple[Item, ...]:
    path, definition = find_task("bargaining")
    return load_items(path.parent / definition.items)


def test_the_file_is_what_the_script_writes() -> None:
    items = shipped()
    assert [item.model_dump(exclude_defaults=True) for item in items] == list(generated())
    assert len({item.id for item in items}) == len(items) == 42


def test_games_are_balanced_and_do_not_name_the_norm() -> None:
    games: dict[str, list[Item]] = defaultdict(list)
    for item in shipped():
        games[item.question].append(item)
    assert len(games) == 12
    first, beginning, better = Counter(), Counter(), Counter()
    for items in games.values():
        assert len({item.prompt for item in items}) == 1
        assert not set(task.NORMS) & set(re.findall(r"\w+", items[0].prompt))
        data = items[0].data
        (mine, theirs), (own, other) = data["points"]
        # The first word has the greater sum; each side likes another word better.
        assert mine + theirs > own + other
        assert (mine > own) != (theirs > other)
        better[data["role"]] += 1
        assert (data["role"] == "favoured") == (mine > own)
        for word, (one, two) in zip(data["words"], data["points"], strict=True):
            assert f"If both say {word}, you get {one} and your partner {two}." in items[0].prompt
        first[data["question"].startswith(data["words"][0])] += 1
        beginning[data["words"][0] < data["words"][1]] += 1
        wanted = {"utilitarian", "egalitarian", "punisher"} | ({"own_best"} if data["role"] == "favoured" else set())
        assert {item.category for item in items} == wanted == {item.data["norm"] for item in items}
    assert first == {True: 6, False: 6}
    assert better == {"favoured": 6, "other": 6}
    assert beginning == {True: 6, False: 6}


class Partner:
    """A partner as the README describes it, written down anew: it says a word, and then hears the model's."""

    def __init__(self, norm: str, points: Sequence[Sequence[int]]) -> None:
        self.norm, self.points = norm, points
        self.model, self.partner, self.angry = 0, 0, False

    def says(self) -> int:
        (a, b), (c, d) = self.points
        if self.norm == "utilitarian":
            return int(c + d > a + b)
        if self.norm == "own_best" or self.angry:
            return int(d > b)
        gap = self.model - self.partner
        first, second = abs(gap + a - b), abs(gap + c - d)
        return int(second < first or (second == first and c + d > a + b))

    def hears(self, word: int) -> tuple[int, int]:
        mine = self.says()
        got = (self.points[word][0], self.points[word][1]) if word == mine else (0, 0)
        self.angry = self.norm == "punisher" and word != mine
        self.model, self.partner = self.model + got[0], self.partner + got[1]
        return got


def played(norm: str, points: Sequence[Sequence[int]], words: Sequence[int]) -> tuple[int, int, int]:
    """What both sides get, and how often they meet."""
    partner = Partner(norm, points)
    got = [partner.hears(word) for word in words]
    return sum(one for one, _ in got), sum(two for _, two in got), sum(any(both) for both in got)


@pytest.mark.parametrize("rounds", [1, 3])
def test_every_short_game_is_worth_what_playing_it_out_says(rounds: int) -> None:
    for item in shipped():
        points, norm = item.data["points"], item.data["norm"]
        game = task.read_game(item)._replace(rounds=rounds)
        every = {words: played(norm, points, words) for words in product((0, 1), repeat=rounds)}
        joint = [one + two for one, two, _ in every.values()]
        most = max(one for one, _, _ in every.values())
        for words, (one, two, met) in every.items():
            assert task.values(game, words) == {
                "joint": pytest.approx((one + two - min(joint)) / (max(joint) - min(joint))),
                "met": pytest.approx(met / rounds),
                "own": pytest.approx(one / rounds),
                "lost": pytest.approx(1 - one / most),
            }


def game_of(norm: str, rounds: int = 6) -> Any:
    return task.Game(("blue", "green"), ((5, 1), (1, 3)), norm, rounds, "blue or green")


def test_a_game_by_hand() -> None:
    # Totals of whoever follows an egalitarian: 1:3, 6:4, 7:7, 8:10, 13:11, 14:14.
    fair = [1, 0, 1, 1, 0, 1]
    assert task.partner_moves(game_of("egalitarian"), fair)[:6] == fair
    assert task.totals(game_of("egalitarian"), fair) == (14, 14, 6)
    assert task.ends(game_of("egalitarian")) == (0, 28, 14)
    # Who insists never meets an egalitarian, and one who insists on the other word neither.
    assert task.totals(game_of("egalitarian"), [0] * 6) == task.totals(game_of("own_best"), [0] * 6) == (0, 0, 0)
    assert task.values(game_of("own_best"), [0] * 6)["lost"] == 1.0
    assert task.values(game_of("utilitarian"), [0] * 6) == {"joint": 1.0, "met": 1.0, "own": 5.0, "lost": 0.0}
    # After a breach a punisher says its own best word until the model says it too; then it equalises.
    assert task.partner_moves(game_of("punisher"), [1, 1, 0, 1]) == [1, 0, 1, 1, 0]
    assert task.partner_moves(game_of("egalitarian"), [1, 1, 0, 1]) == [1, 0, 0, 1, 1]


def test_no_partner_knows_the_move_of_its_own_round() -> None:
    for norm in task.NORMS:
        for words in product((0, 1), repeat=4):
            made = task.partner_moves(game_of(norm), words)
            assert [task.partner_moves(game_of(norm), words[:number])[-1] for number in range(5)] == made


# A reply | the word that it says, or nothing.
REPLIES = """
blue | blue
Blue | blue
BLUE! | blue
"green" | green
**Green** | green
Blue. | blue
I say blue. | blue
I choose green | green
My answer: green | green
Round 1: blue | blue
I would go with green this time. | green
Sure! Green. | green
Blue or green? Green. | green
Blue. Green would be worse for us. | blue
Blue<br>Your partner said green. | blue
Green<br>Blue<br>Green | green
Blue, because it gives us more points. | blue
 |
red |
bluebird |
azul |
Blue or green |
blue, green |
Blue and green are both fine. |
I will not say blue. |
I won't choose green. |
Neither blue, I think. |
Your partner said green. |
My partner likes blue. |
They said green. |
Blue? |
Blue or green? |
I do not know. |
"""


@pytest.mark.parametrize("line", REPLIES.strip("\n").splitlines())
def test_a_move_is_read_as_a_person_reads_it(line: str) -> None:
    text, _, word = (part.strip() for part in line.partition("|"))
    place = task.read_move(text.replace("<br>", "\n"), ("blue", "green"))
    assert (None if place is None else ("blue", "green")[place]) == (word or None)


@given(st.text(), st.sampled_from(["blue", "green"]))
def test_any_text_is_a_move_or_none(text: str, word: str) -> None:
    assert task.read_move(text, ("blue", "green")) in (None, 0, 1)
    other = {"blue": "green", "green": "blue"}[word]
    assert task.read_move(f"{word}\n{text}", (word, other)) == 0


def asked(norm: str, texts: Sequence[str]) -> tuple[Trajectory, list[str]]:
    """The trajectory of a game with these answers, and what the model is told after the first message."""
    plan = make_plan("bargaining", {})
    item = next(item for item in plan.items if item.category == norm)
    assert item.data["words"] == ["green", "blue"]
    replies = [[Generated((Completion(text),))] for text in texts]
    (trajectory,), requests = drive_plainly(plan.ask(item, Condition()), replies)
    assert [len(each) for each in requests] == [1] * len(texts)
    return trajectory, [turn.content for turn in trajectory.turns if turn.role == "user"]


def test_a_whole_game_goes_from_words_to_values() -> None:
    trajectory, told = asked("utilitarian", ["Green.", "I say blue.", "green", "green", "GREEN", "blue"])
    assert told == [
        "Your partner said green. You get 5, your partner 1.\nRound 2: blue or green?",
        "Your partner said green. You get 0, your partner 0.\nRound 3: blue or green?",
        *(
            f"Your partner said green. You get 5, your partner 1.\nRound {number}: blue or green?"
            for number in (4, 5, 6)
        ),
    ]
    assert trajectory.noted == {"joint": 4 / 6, "met": 4 / 6, "own": 20 / 6, "lost": pytest.approx(1 / 3)}


def test_an_unreadable_move_is_asked_for_once_more() -> None:
    trajectory, told = asked("own_best", ["Hm.", "blue", "blue", "what?", "blue", "blue", "blue", "", "blue"])
    again = "Please answer with one word: blue or green."
    assert [message for message in told if message == again] == [again] * 3
    assert trajectory.noted["met"] == 1.0
    assert trajectory.noted["own"] == 1.0


@pytest.mark.parametrize("texts", [["", ""], ["blue", "blue", "azul", "verde"], ["blue"] * 5 + ["both", "blue, green"]])
def test_a_game_that_ends_early_has_no_values_but_a_cause(texts: list[str]) -> None:
    trajectory, _ = asked("punisher", texts)
    for note in task.NOTES:
        assert MEASURE.ask is not None
        reading, _ = drive_plainly(MEASURE.ask(NotedOptions(detector="noted", note=note), trajectory), [])
        assert (reading[""].value, reading[""].cause) == (None, "unreadable_move")


@pytest.mark.parametrize(
    ("changed", "value"),
    [("norm", "kind"), ("rounds", 11), ("rounds", 0), ("points", [[1, 2]]), ("words", ["blue"]), ("words", None)],
)
def test_a_game_that_is_none_is_refused(changed: str, value: object) -> None:
    item = shipped()[0]
    broken = item.model_copy(update={"data": {**item.data, changed: value}})
    with pytest.raises(InputError, match=f"item '{item.id}': its `data` must hold two `words`"):
        task.read_game(broken)
