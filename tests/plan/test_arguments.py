"""What is written on a command line as an argument of a task, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.plan.arguments import COUNTS, TEXTS, argument_names, check_argument, quoted, read_argument
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.request import Request, chosen_tasks, read_settings

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ODD = (
    "2024-13-45",
    "0x_",
    "!!int x",
    "!!python/object/apply:os.system [x]",
    "[" * 100_000,
    "{a: " * 10_000,
    "9" * 6_000,
    "&a [*a, *a]",
    "*a",
    "null",
    "~",
    "true",
    "2024",
    "a=b,c # d: e",
    "  blanks  ",
    "%",
    "\u2028",
    "\0",
    "\ud800",
)


def settings_of(texts: Sequence[str], tasks: Sequence[str], **common: int | None) -> dict[str, dict[str, object]]:
    faults = Faults()
    found = read_settings(texts, tasks, common, faults)
    faults.refuse()
    return found


def read(*texts: str) -> dict[str, object]:
    task = "spanish_capitals"
    return dict(settings_of([f"{task}.{text}" for text in texts], [task])[task])


@given(st.sampled_from([name for name in TEXTS if name not in ("judge", "trigger_placement")]), TEXT)
@example("system_prompt", "")
@example("system_prompt", '"')
@example("trigger", "'")
@example("trigger", '"quoted"')
@example("prefill", "2024")
@example("prefill", "a=b")
def test_every_text_comes_back_as_it_was_written_in_quotes(name: str, text: str) -> None:
    assert read(f"{name}={quoted(text)}") == {name: text}
    doubled = text.replace("'", "''")
    assert read(f"{name}='{doubled}'") == {name: text}
    if not text.startswith(('"', "'")):
        assert read(f"{name}={text}") == {name: text}


@given(TEXT.filter(str.isprintable))
def test_what_is_recommended_means_the_same_to_inspect(text: str) -> None:
    # inspect reads -T with YAML.
    assert yaml.safe_load(quoted(text)) == text


def test_the_empty_text_is_one_prompt_and_no_prompt_another() -> None:
    assert read('system_prompt=""') == read("system_prompt=''") == read("system_prompt=") == {"system_prompt": ""}
    plan = make_plan("spanish_capitals", read('system_prompt=""', 'trigger="2024"'))
    assert plan.conditions[0].system_prompt == ""
    assert plan.conditions[0].trigger == "2024"
    assert make_plan("spanish_capitals", {}).conditions[0].system_prompt is None


@pytest.mark.parametrize("name", [*TEXTS, *COUNTS, "temperature", "name", "task", "language", "", "x" * 70_000])
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_no_value_is_more_than_a_clear_error(name: str, value: str) -> None:
    message = complaint_about(name, value)
    assert len(message) < 1200
    message.encode()
    if name in ("samples", "temperature") and value != "2024":
        assert "must be a" in message


def complaint_about(name: str, value: str) -> str:
    try:
        make_plan("spanish_capitals", read(f"{name}={value}"))
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("written", ['"open', '"a" b', "'it's", "'open", '"\\x41"', '"'])
def test_half_a_quotation_is_refused_with_the_right_way(written: str) -> None:
    with pytest.raises(InputError, match="begins with a quotation mark") as caught:
        read(f"trigger={written}")
    recommended = str(caught.value).rsplit("as in trigger='", 1)[1][:-1]
    assert read_argument("trigger", recommended) == written


def test_numbers_are_plain_numbers() -> None:
    assert read("samples=5", "temperature=0.5", "limit=007") == {"samples": 5, "temperature": 0.5, "limit": 7}
    for text in ("samples=5.0", "samples=1_000", "samples=1e3", "samples=five", "samples=", "samples=-1", "samples=٣"):
        with pytest.raises(InputError, match="samples must be a whole number from 1 to 1000000"):
            read(text)
    for text in ("temperature=nan", "temperature=inf", "temperature=1e400", "temperature=-1", "temperature=0,5"):
        with pytest.raises(InputError, match="temperature must be a number from 0 to 2"):
            read(text)
    task = find_task("spanish_capitals")[1]
    for number in (0, -1, True, 2.0, "2", 10**12, 10**5000):
        with pytest.raises(InputError, match="samples must be at"):
            check_argument(task, "samples", number)
    for heat in (2.5, -1, True, "1", float("nan"), 10**400):
        with pytest.raises(InputError, match="temperature must be a number"):
            check_argument(task, "temperature", heat)


@pytest.mark.parametrize(
    ("given_name", "meant"),
    [("sample", "samples"), ("system", "system_prompt"), ("languages", "language"), ("max_token", "max_tokens")],
)
def test_a_misspelt_argument_is_told_what_it_may_mean(given_name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"has no argument '{given_name}'; did you mean '{meant}'"):
        make_plan("spanish_capitals", {given_name: 3})
    with pytest.raises(InputError, match="has no argument 'name'; it has: language, system_prompt"):
        make_plan("spanish_capitals", {"name": "foo"})


def test_all_that_is_wrong_with_the_arguments_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make_plan("emergent_misalignment", {"sample": 1, "temperature": 5, "rule": 3, "judge": "now"})
    assert len(caught.value.faults) == 4
    with pytest.raises(InputError, match="task spanish_capitals asks no judge; leave rule out"):
        make_plan("spanish_capitals", {"rule": "tan"})
    with pytest.raises(InputError, match=r"has no rule 'tann'.*did you mean 'tan'"):
        make_plan("emergent_misalignment", {"rule": "tann"})
    with pytest.raises(InputError, match=r"is no rating.*did you mean 'alignment'"):
        make_plan("emergent_misalignment", {"rule": "alignmnt < 30"})
    assert "rule" not in argument_names(find_task("spanish_capitals")[1])


def test_settings_of_several_tasks() -> None:
    found = settings_of(["a.samples=5", "b.language=no", "b.trigger=x=y"], ["a"], limit=3, samples=None)
    assert found == {"a": {"limit": 3, "samples": 5}, "b": {"language": "no", "trigger": "x=y"}}
    with pytest.raises(InputError) as caught:
        settings_of(["samples=5", "a.b", ".=", "a.samples=x", "a.limit=2", "a.limit=3"], [])
    assert len(caught.value.faults) == 5
    assert "is not TASK.KEY=VALUE" in caught.value.faults[0]
    assert "a.limit is given twice" in caught.value.faults[-1]


def test_a_broken_task_hinders_only_those_who_want_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tasks" / "mine"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text("name: mine\n")
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    faults = Faults()
    assert [task.name for task in chosen_tasks(Request([], tmp_path, ["owl_preference"]), faults)] == ["owl_preference"]
    assert not faults
    chosen_tasks(Request([], tmp_path, ["mine", "owl_preferense"], arguments={"owl_preferenc": {}}), faults)
    mine, unknown, setting = faults
    assert mine.startswith(f"{folder / 'task.yaml'}:1:1: ")
    assert "did you mean 'owl_preference'" in unknown
    assert "--set owl_preferenc" in setting
    everything = Faults()
    chosen_tasks(Request([], tmp_path), everything)
    (only,) = everything
    assert only.startswith(f"{folder / 'task.yaml'}:1:1: ")
    assert only.endswith("choose others with --tasks)")


def test_recommended_quotes_are_those_of_json() -> None:
    assert json.loads(quoted('a "b" \n c')) == 'a "b" \n c'
