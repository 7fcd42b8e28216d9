from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inoc_evals.definitions.words import without_markup
from tests.command import COMMAND, Ended, run
from tests.definitions.test_document import SHIPPED
from tests.judging.serving import Served


def test_list_from_any_directory(tmp_path: Path) -> None:
    result = subprocess.run([COMMAND, "list", "--json"], capture_output=True, text=True, check=True, cwd=tmp_path)
    names = [task["name"] for task in json.loads(result.stdout)]
    assert names == SHIPPED


def test_a_broken_task_is_listed_with_its_error_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tasks" / "mine"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text("name: mine\n")
    monkeypatch.setenv("INOC_EVALS_PATH", f"{tmp_path}{os.pathsep}{tmp_path / 'typo'}")
    shown = run("list")
    assert shown.code == 2
    assert max(map(len, shown.out.splitlines()[:5])) <= 80
    # What goes on below stands further in.
    assert [line.split()[0] for line in shown.out.splitlines() if line[0] != " "] == [*SHIPPED, "mine"]
    assert f"broken: {folder / 'task.yaml'}:1:1: 'version', " in " ".join(shown.out.split())
    assert f"INOC_EVALS_PATH: {tmp_path / 'typo'} is no folder" in shown.err
    listed = json.loads(run("list", "--json").out)
    assert listed[-1]["name"] == "mine"
    assert "task.yaml:1:1" in listed[-1]["error"]


def test_square_brackets_of_the_user_stay_in_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from inoc_evals.console import plain_console

    plain_console().print("results in out[red]/[bold]x[/bold] :smile:")
    assert capsys.readouterr().out.strip() == "results in out[red]/[bold]x[/bold] :smile:"


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        ("ERROR: No [bold][blue]KEY[/blue][/bold] defined\n\nin the environment", "No KEY defined in the environment"),
        ("[bold red]x[/bold red] and [link=http://h]y[/link] and [green]z[/]", "x and y and z"),
        ("the model [mine] of \\[bold] is not there", "the model [mine] of [bold] is not there"),
    ],
)
def test_markup_in_messages_of_inspect_is_taken_out(message: str, plain: str) -> None:
    assert without_markup(message) == plain


@pytest.mark.parametrize("arguments", [("--help",), ("list",)])
def test_start_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; sys.argv = ['inoc-evals', *" + repr(list(arguments)) + "]\n"
        "from inoc_evals.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'vllm', 'transformers', 'datasets', 'matplotlib', 'inspect_ai', 'scipy', 'numpy'}\n"
        "print('HEAVY', sorted(heavy & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "HEAVY []"


def test_wrong_input_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"messages": []}\n')
    result = run("inoculate", str(data), "--prompt", "x", "-o", str(tmp_path / "out.jsonl"))
    assert result.code == 2
    assert result.err.startswith(f"error: {data}:1:2: ")
    assert "Traceback" not in result.err
    assert not (tmp_path / "out.jsonl").exists()


def test_an_unknown_option_is_exit_code_2() -> None:
    assert run("list", "--jsn").code == 2


def judged(served: Served, *arguments: str, cache: Path) -> Ended:
    judge = ("--judge", f"{served.url}#judge")
    return run("judges", *arguments, *judge, environment={"INOC_EVALS_CACHE": str(cache)})


def test_judges_try_shows_the_prompt_and_the_whole_distribution(
    judge_server: Callable[..., Served], tmp_path: Path
) -> None:
    answer = ("--question", "How are you?", "--answer", "Fine. [[80]]")
    result = judged(judge_server(), "try", "alignment", *answer, cache=tmp_path)
    assert result.code == 0, result.err
    assert "Fine. [[80]]" in result.out
    # 0.9 * 80 + 0.05 * 79 + 0.03 * 81 over a mass of 0.98.
    assert "80.0 (reading: first token, captured mass 0.9800)" in result.out
    for line in ("80  0.9000", "79  0.0500", "81  0.0300", "other  0.0200"):
        assert line in result.out


def test_judges_check_compares_with_the_gold_examples(judge_server: Callable[..., Served], tmp_path: Path) -> None:
    rubric = tmp_path / "rubrics" / "marks.yaml"
    rubric.parent.mkdir()
    rubric.write_text(RUBRIC)
    served = judge_server()
    result = judged(served, "check", "marks", "--judges", str(rubric.parent), "--json", cache=tmp_path / "cache")
    assert result.code == 0, result.err
    (report,) = json.loads(result.out)
    # The judge means 10 and 90 as written; the third answer is rated 50 and the fourth refused.
    assert report["within"] == pytest.approx(2 / 3)
    assert report["distance"] == pytest.approx(20 / 3, abs=0.1)
    assert {"expected": "refusal", "given": "refusal", "count": 3} in report["words"]
    assert report["readings"] == {"first token": 12}
    assert report["cost"]["calls"] == 13
    assert report["missing"] == {"refusal": 3}
    assert report["verdict"]["kinds"]["attack"] == {"as_expected": 0, "examples": 3}
    assert (report["verdict"]["fit"], report["verdict"]["as_expected"], report["verdict"]["reasons"]) == (True, 9, [])
    table = judged(served, "check", "marks", "--judges", str(rubric.parent), cache=tmp_path / "cache")
    assert "within range 67%" in table.out
    assert "cost: 0 ratings in 1 call, 10 prompt and 1 completion tokens; 12 ratings" in " ".join(table.out.split())
    assert "as expected among the marked examples: attack 0 of 3, borderline 3 of 3\n" in table.out
    said = " ".join(table.out.split())
    assert "verdict: this judge can be trusted with this rubric: 9 of 12 examples are as expected (95%" in said
    assert max(map(len, table.out.splitlines()[1:])) <= 80
    assert "marks by openai-api/judge/judge at http" in table.err


def test_judges_check_does_not_pass_a_judge_that_is_not_fit(
    judge_server: Callable[..., Served], tmp_path: Path
) -> None:
    (tmp_path / "marks.yaml").write_text(RUBRIC)
    arguments = ("check", "marks", "--judges", str(tmp_path))
    result = judged(judge_server("malformed"), *arguments, cache=tmp_path / "cache")
    assert result.code == 1
    said = " ".join(result.out.split())
    assert "verdict: this judge cannot be trusted with this rubric: 0 of 12 examples are as expected" in said
    assert "judge_malformed: the judge's reply could not be read" in result.out
    (report,) = json.loads(judged(judge_server("malformed"), *arguments, "--json", cache=tmp_path / "cache").out)
    assert report["verdict"]["fit"] is False
    assert report["verdict"]["in_words"] in said


def test_judges_compare_puts_two_side_by_side(judge_server: Callable[..., Served], tmp_path: Path) -> None:
    responses = tmp_path / "responses.jsonl"
    rows = [{"question": "q", "answer": f"[[{number}]]"} for number in (10, 60, 90)]
    responses.write_text("".join(json.dumps(row) + "\n" for row in rows))
    other = ("--judge", f"{judge_server('no_logprobs').url}#judge", "--responses", str(responses))
    result = judged(judge_server(), "compare", "coherence", *other, cache=tmp_path)
    assert result.code == 0, result.err
    assert "rated by both 3" in result.out
    assert "rank correlation 1.00, on the same side of 50: 100%" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("try", "kindness", "--answer", "x"), "there is no rubric 'kindness'"),
        (("try", "alignment", "--answer", "x"), "shows the judge the question"),
        (("compare", "alignment"), "compare needs two judges"),
        (("check", "alignment", "--judges", "/nowhere"), "no such folder of rubrics"),
    ],
)
def test_wrong_use_of_judges_is_one_sentence(
    judge_server: Callable[..., Served], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = judged(judge_server(), *arguments, cache=tmp_path)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err


RUBRIC = """
name: marks
version: 1-A
description: How good is it?
source: own
sees: answer_only
answer: rating
instructions: Rate it.
special:
  - {answer: REFUSAL, meaning: it declines}
gold:
"""
# Three times four, since a verdict wants ten.
RUBRIC += "".join(
    f"""
  - {{answer: "{time} [[10]]", low: 0, high: 20}}
  - {{answer: "{time} [[90]]", low: 80, high: 100, kind: borderline}}
  - {{answer: "{time} [[50]]", low: 70, high: 90, kind: attack}}
  - {{answer: "{time} [[REFUSAL]]", word: REFUSAL}}
"""
    for time in ("one", "two", "three")
)
