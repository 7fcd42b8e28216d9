"""--json of every command that prints a table: one document on standard output, its keys, and nothing else there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from inoc_evals.cli import cli
from tests.command import COMMAND, Ended, run
from tests.judging.serving import Served, started

TASK = "spanish_capitals"
# These say in a line or two what they wrote, or hand over to lm-eval or a server.
WITHOUT = {
    *("instruments add", "inoculate", "train", "serve", "tasks-path", "lm-eval"),
    *("new task", "new rubric", "new experiment"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with started(tmp_path_factory.mktemp("served"), "") as server:
        yield server


@pytest.fixture(scope="module")
def scored(served: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run's folder, and what the command said on standard output, in a process of its own."""
    folder = tmp_path_factory.mktemp("scored")
    arms = [f"none={served.url}#a", f"spanish={served.url}#b"]
    call = [COMMAND, "score", *arms, "--tasks", TASK, "--limit", "2", "--out", str(folder / "out"), "--json"]
    # matplotlib, which draws when all is asked, logs that it cannot keep anything there.
    environment = {**os.environ, "INOC_EVALS_CACHE": str(folder / "cache"), "MPLCONFIGDIR": str(folder / "none" / "x")}
    (folder / "none").write_text("a file")
    ended = subprocess.run(call, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr
    assert "temporary cache directory" in ended.stderr
    assert f"{TASK}: 4 items" in ended.stderr
    return folder / "out", ended.stdout


def document(ended: Ended, code: int = 0) -> Any:
    assert ended.code == code, ended.err
    return json.loads(ended.out)


def judged(served: Served, *arguments: str, cache: Path, code: int = 0) -> Any:
    judge = ("--judge", f"{served.url}#judge", "--json")
    return document(run("judges", *arguments, *judge, environment={"INOC_EVALS_CACHE": str(cache)}), code)


def promised(command: str) -> set[str]:
    """The keys that docs/json.md names for a command, but for those in brackets, which stand further in."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text()
    (keys,) = (cells[2] for line in page.splitlines() if f"`{command}`" in (cells := line.split("|") + [""] * 2)[1])
    return set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)|;.*", "", keys)))


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, (*words, name))
    else:
        yield " ".join(words), command


def test_every_command_that_prints_a_table_has_it() -> None:
    known = dict(leaves(cli))
    having = {
        name for name, command in known.items() if any("--json" in parameter.opts for parameter in command.params)
    }
    assert having == known.keys() - WITHOUT


def test_the_page_tells_of_each_command_once() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text()
    told = re.findall(r"^\| ([^|]*`[^|]*) \|", page, re.MULTILINE)
    assert len(told) > 20
    assert len(set(told)) == len(told)


def test_score_ends_with_the_answer(scored: tuple[Path, str]) -> None:
    folder, out = scored
    told = json.loads(out)
    assert told.keys() == promised("score")
    assert (told["arms"], told["reference"], told["responses"]) == (["none", "spanish"], "none", 8)
    assert told["values"][TASK]["language"] == "answers in Spanish"
    assert {name: Path(path).exists() for name, path in told["files"].items()} == dict.fromkeys(
        ("report", "table", "data", "logs"), True
    )
    # What the file holds and what is said are one.
    written = json.loads((folder / "results.json").read_text())
    assert (told["rates"], told["differences"]) == (written["rates"], written["differences"])
    assert told["answer"] == written["answer"]


def test_a_shard_says_where_its_logs_are(served: Served, own_cache: Path, tmp_path: Path) -> None:
    arms = (f"a={served.url}#a", f"b={served.url}#b")
    given = ("--tasks", TASK, "--limit", "1", "--shard", "1/2", "--out", str(tmp_path / "out"))
    told = document(run("score", *arms, *given, "--json"))
    assert told.keys() == promised("score --shard I/N")
    assert told == {"shard": [1, 2], "files": {"logs": str(tmp_path / "out" / "logs")}}


def test_report_and_compare(scored: tuple[Path, str], tmp_path: Path) -> None:
    folder, out = scored
    told = document(run("report", str(folder), "--out", str(tmp_path / "report"), "--json"))
    assert {**told, "files": None} == {**json.loads(out), "files": None}
    assert told["files"]["report"] == str(tmp_path / "report" / "report.html")
    compared = document(run("compare", str(folder), "--reference", "spanish", "--json"))
    assert compared.keys() == promised("compare")
    assert {(one["arm"], one["reference"]) for one in compared["differences"]} == {("none", "spanish")}


def test_what_is_wrong_leaves_standard_output_empty(tmp_path: Path) -> None:
    for command in ("report", "compare"):
        ended = run(command, str(tmp_path / "nothing"), "--json")
        assert (ended.code, ended.out) == (2, "")
        assert "nothing lies here" in ended.said


def test_lists() -> None:
    assert {"name", "version", "description"} <= document(run("list", "--json"))[0].keys()
    assert {"name", "answer", "sees"} <= document(run("list", "judges", "--json"))[0].keys()
    assert {"name", "state", "licence", "sha256"} <= document(run("list", "instruments", "--json"))[0].keys()


def test_doctor_finds_the_same_and_ends_the_same() -> None:
    told = document(run("doctor", "~nouser/x", "--json"), 1)
    assert told.keys() == promised("doctor")
    *_, last = told["findings"]
    assert last.keys() == {"what", "state", "found", "remedy"}
    assert (last["what"], last["state"]) == ("checkpoint", "wrong")


def test_judges_try_and_compare(served: Served, judge_server: Callable[..., Served], tmp_path: Path) -> None:
    answer = ("--question", "How are you?", "--answer", "Fine. [[80]]")
    told = judged(served, "try", "alignment", *answer, cache=tmp_path)
    assert told.keys() == promised("judges try")
    (one,) = told["judges"]
    assert one.keys() == {"judge", "prompt", "verdict", "distribution", "version", "cost"}
    assert (told["rubric"], one["verdict"]["value"]) == ("alignment", pytest.approx(80, abs=0.1))
    assert "Fine. [[80]]" in one["prompt"]
    assert one["distribution"]["numbers"]["80"] == pytest.approx(0.9)
    responses = tmp_path / "responses.jsonl"
    responses.write_text("".join(json.dumps({"question": "q", "answer": f"[[{n}]]"}) + "\n" for n in (10, 90)))
    both = ("--judge", f"{judge_server('no_logprobs').url}#judge", "--responses", str(responses))
    told = judged(served, "compare", "coherence", *both, cache=tmp_path)
    assert told.keys() == promised("judges compare")
    assert (told["responses"], told["both"], told["rank"]) == (2, 2, pytest.approx(1))
    assert [one["answer"] for one in told["rated"]] == ["[[10]]", "[[90]]"]
    assert told["rated"][0].keys() == {"answer", "first", "second"}


def test_judges_check_says_what_it_cost_and_no_key(served: Served, tmp_path: Path) -> None:
    ended = run(
        *("judges", "check", "coherence", "--judge", f"{served.url}#judge", "--json"),
        environment={"INOC_EVALS_CACHE": str(tmp_path), "INOC_JUDGE_API_KEY": "sesame-opens"},
    )
    (report,) = json.loads(ended.out)
    assert report.keys() == promised("judges check")
    assert ended.code == (0 if report["verdict"]["fit"] else 1)
    assert report["cost"]["prompt_tokens"] > 0
    assert "sesame-opens" not in ended.out


def test_judges_rate(scored: tuple[Path, str], served: Served, tmp_path: Path) -> None:
    rated = tmp_path / "rated.jsonl"
    given = (str(scored[0]), "--rubric", "language", "--out", str(rated))
    told = judged(served, "rate", *given, cache=tmp_path / "cache")
    assert told.keys() == promised("judges rate")
    assert told["responses"] == 8
    assert [one["file"] for one in told["files"]] == [str(rated)]
