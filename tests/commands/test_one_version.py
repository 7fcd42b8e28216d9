"""Commands whose hosted judge becomes another one while they ask it: what they compare is of one version of it."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ended, run
from tests.commands.test_select_judges import judges as on_labels
from tests.commands.test_select_judges import written
from tests.judging.hosted import Hosted, hosted

pytestmark = pytest.mark.usefixtures("own_cache")
OLD, NEW = "judge-2026-01-01", "judge-2026-06-01"
LABELS = 30
RUBRIC = """
name: {name}
version: 1-A
description: How much is it?
source: a test
sees: answer_only
answer: rating
instructions: Say how much {name}.
gold:
"""


@pytest.fixture(autouse=True)
def as_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of inspect in other tests leave its log on standard output, where the warning of a change would go."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])


@pytest.fixture
def server() -> Iterator[Hosted]:
    with hosted(OLD) as served:
        yield served


def becomes_another(server: Hosted, after: int) -> dict[str, list[str]]:
    """From that call on the new judge answers; by version what each is asked to rate is added to what is returned."""
    rated: dict[str, list[str]] = defaultdict(list)
    answered = server.reply

    def change(calls: int) -> None:
        if calls == after:
            server.model, server.shift = NEW, 15

    def noted(body: dict[str, Any]) -> dict[str, Any]:
        reply = answered(body)
        if "exactly this number" not in body["messages"][-1]["content"]:
            rated[reply["model"]].append(body["messages"][-1]["content"])
        return reply

    server.before = change
    server.reply = noted  # type: ignore[method-assign]
    return rated


def goes_on_changing(server: Hosted) -> None:
    def change(calls: int) -> None:
        server.model = f"judge-{calls // 8}"

    server.before = change


def rubrics(folder: Path, *names: str) -> tuple[str, ...]:
    folder.mkdir(exist_ok=True)
    for name in names:
        gold = "".join(f"  - {{answer: {name} {n}, low: 0, high: 100}}\n" for n in range(10))
        (folder / f"{name}.yaml").write_text(RUBRIC.format(name=name) + gold)
    return ("--judges", str(folder))


def judge(server: Hosted, option: str = "--judge") -> tuple[str, str]:
    return (option, f"{server.url}#judge")


# One call finds out how the judge is read, for each number of draws where it only draws.
@pytest.mark.parametrize(("spread", "after", "asked"), [(None, 11, 2), (0.0, 11, 4), (0.0, 2 + 2 * LABELS + 3, 4)])
def test_select_compares_answers_of_one_version(tmp_path: Path, spread: float | None, after: int, asked: int) -> None:
    folder, out = written(tmp_path / "labels", LABELS), tmp_path / "panel.json"
    with hosted(OLD, spread) as server:
        rated = becomes_another(server, after)
        ended = on_labels("select", folder, *judge(server), "--draws", "1", "--draws", "2", "--json", "--out", str(out))
        assert ended.code == 0, ended.err
        told = json.loads(ended.out)
        assert [each["version"] for each in told["candidates"]] == [NEW] * asked
        assert {member["version"] for member in json.loads(out.read_text())["members"]} == {NEW}
        # The new one was asked all in both wordings. All that was asked counts, and the call that found it.
        assert rated[OLD]
        assert set(rated[OLD]) <= set(rated[NEW])
        assert len(set(rated[NEW])) == 2 * LABELS
        assert sum(each["calls"] for each in told["candidates"]) == len(rated[OLD]) + len(rated[NEW]) + 1


def test_a_run_that_was_interrupted_goes_on_with_the_version_that_answers_now(server: Hosted, tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", LABELS)
    server.most = 12
    ended = on_labels("select", folder, *judge(server), "--wordings", "first")
    assert (ended.code, "judged by all" in ended.said) == (1, True)
    server.most, server.model, server.shift = None, NEW, 15
    before = len(server.rated)
    ended = on_labels("select", folder, *judge(server), "--wordings", "first")
    assert f"answered as {NEW}" in ended.out
    assert len(set(server.rated[before:])) == LABELS


def test_worth_values_a_judge_in_draws_of_the_same_version(server: Hosted, tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", LABELS)
    becomes_another(server, 1 + LABELS)
    # Under one name twice: the reference was asked by the old version whole.
    both = (*judge(server), *judge(server, "--reference"))
    told = json.loads(on_labels("worth", folder, *both, "--draws", "2", "--json").out)
    assert [each["version"] for each in told["asked"]] == [NEW, NEW]
    assert told["judges"][0]["likelihood"] == told["reference"]["exact"]


def test_sheet_is_of_one_version_on_all_rubrics(server: Hosted, tmp_path: Path) -> None:
    given = ("judges", "sheet", *judge(server), *rubrics(tmp_path / "rubrics", "a", "b"))
    rated = becomes_another(server, 1 + 10 + 4)
    ended = run(*given, "--json")
    assert ended.code == 0, ended.err
    (told,) = json.loads(ended.out)
    assert told["version"]["model"] == NEW
    answered_by = {each["answered_by"] for rubric in told["rubrics"] for each in rubric["examples_rated"]}
    assert answered_by == {NEW}
    # Beside what was rated one call finds out, once for each version.
    calls = sum(rubric["cost"]["calls"] for rubric in told["rubrics"])
    assert calls == server.calls
    assert len(rated[NEW]) >= 20
    assert f"It answers as {NEW}." in run(*given).out


@pytest.mark.parametrize("command", ["select", "compare", "sheet"])
def test_a_judge_that_goes_on_changing_is_refused_in_one_sentence(server: Hosted, tmp_path: Path, command: str) -> None:
    goes_on_changing(server)
    out = tmp_path / "sheet.md"
    if command == "compare":
        with hosted(OLD) as other:
            ended = run("judges", "compare", "a", *rubrics(tmp_path / "r", "a"), *judge(other), *judge(server))
    elif command == "sheet":
        ended = run("judges", "sheet", *judge(server), *rubrics(tmp_path / "r", "a", "b"), "--out", str(out))
    else:
        ended = on_labels("select", written(tmp_path / "labels", LABELS), *judge(server), "--wordings", "first")
    assert (ended.code, "verdict" in ended.out, "rated by both" in ended.out) == (1, False, False)
    assert "changed while it was asked: it answered as judge-" in ended.said
    assert not out.exists()


def test_try_shows_the_distribution_of_the_version_that_rated(server: Hosted, tmp_path: Path) -> None:
    becomes_another(server, 1)
    given = ("judges", "try", "a", *rubrics(tmp_path / "r", "a"), "--answer", "x", *judge(server), "--json")
    (tried,) = json.loads(run(*given).out)["judges"]
    assert (tried["version"]["model"], tried["verdict"]["answered_by"]) == (NEW, NEW)
    numbers = tried["distribution"]["numbers"]
    assert sum(int(number) * share for number, share in numbers.items()) == pytest.approx(tried["verdict"]["value"])


def test_rate_says_that_two_versions_rated_and_what_to_do(server: Hosted, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("answer\n" + "".join(f"answer {n}\n" for n in range(12)))
    given = ("judges", "rate", str(table), "--rubric", "a", *rubrics(tmp_path / "r", "a"), *judge(server))
    becomes_another(server, 6)
    first = rate(given, tmp_path)
    (note,) = json.loads(first.out)["notes"]
    # In the order of the rows, of which any may be rated first.
    assert any(f"are of 2 versions of it, {a} and {b}," in note for a, b in ((OLD, NEW), (NEW, OLD)))
    assert "`inoc-evals judges rate` rates all by the one that answers now" in note
    second = json.loads(rate(given, tmp_path).out)
    assert (second["notes"], second["rated"]) == ([], 12)


def rate(given: tuple[str, ...], folder: Path) -> Ended:
    ended = run(*given, "--out", str(folder / "rated.jsonl"), "--json")
    assert ended.code == 0, ended.err
    return ended
