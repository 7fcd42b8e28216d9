"""The script that plays the newcomer takes a page at its word."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.newcomer import Step, commands, environment, lacking, walk

PAGE = """\
# A page
```bash
before
```
## Quick start, in five minutes
Some `text`.
```bash
make demo    # a comment
# only a comment

inoc-evals score none=a \\
  spanish=b
```
```python
no = "command"
```
### Below it
~~~bash
## no heading
inoc-evals report results
~~~
````text
```bash
shown only
```
````
## After it
```bash
after
```
"""


def test_the_commands_are_those_of_marked_blocks_under_the_heading() -> None:
    found = commands(PAGE)
    assert found == ["make demo    # a comment", "inoc-evals score none=a \\\n  spanish=b", "inoc-evals report results"]
    assert commands(PAGE, "^after") == ["after"]
    assert commands(PAGE, "nowhere") == []
    assert lacking(found) == ["inoc-evals new task", "inoc-evals new rubric"]


def test_commands_run_in_what_the_ones_before_them_left(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    said = ["export WORD='two words'", "cd below", 'echo "$WORD" > file \\\n  && true', "cat file; pwd"]
    steps = walk(said, tmp_path, environment(), lambda _: None)
    assert [step.code for step in steps] == [0] * 4
    assert steps[-1].said.splitlines() == ["two words", str(tmp_path / "below")]


def test_a_command_that_fails_ends_the_walk_and_is_told(tmp_path: Path) -> None:
    told: list[Step] = []
    steps = walk(["true", "echo because >&2; exit 3", "touch never"], tmp_path, environment(), told.append)
    assert told == steps
    assert [(step.code, step.said) for step in steps] == [(0, ""), (3, "because")]
    assert not (tmp_path / "never").exists()


def test_a_command_without_an_end_is_ended(tmp_path: Path) -> None:
    (step,) = walk(["echo begun; sleep 60"], tmp_path, environment(), lambda _: None, limit=0)
    assert step.code == 124
    assert step.said.split("\n") == ["begun", "", "(no time is left)"]
    assert step.seconds < 30


def test_what_is_left_running_is_there_for_later_commands_and_ends_with_the_walk(tmp_path: Path) -> None:
    said = ["sleep 600 & echo $! > pid", "kill -0 $(cat pid)"]
    assert [step.code for step in walk(said, tmp_path, environment(), lambda _: None)] == [0, 0]
    pid = int((tmp_path / "pid").read_text())
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 20
    # Killed, it may wait for whoever collects it.
    while stat.exists() and stat.read_text().rpartition(") ")[2][0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_newcomer_has_no_key_and_no_environment_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "INOC_EVALS_PATH", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "set")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    given = environment()
    assert not {"OPENAI_API_KEY", "INOC_EVALS_PATH", "PYTHONPATH", "VIRTUAL_ENV"} & given.keys()
    assert given["PIP_INDEX_URL"] == "http://127.0.0.1:9/simple"
    assert given["HOME"] == os.environ["HOME"]
