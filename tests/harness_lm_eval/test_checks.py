"""What `inoc-evals lm-eval` finds to be wrong before a model is loaded or a server started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.commands.lm_eval.run import run
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.entries import read_entries, task_folders
from tests.harness_lm_eval.vllm_like import vllm_like

TASK = "inoc_owl_preference"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of ours must not even be begun."""

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setattr("subprocess.Popen", begun)
    monkeypatch.delenv("INOC_JUDGE", raising=False)


def faults(*options: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        run(options)
    assert "\n" not in "".join(caught.value.faults)
    assert len(str(caught.value)) < 2000
    return caught.value.faults


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--metadata", "{broken"], "Invalid JSON: {broken"),
        (["--metadata", "[1]"], "expected `key=value`, got '[1]'"),
        (["--metadata", "5"], "expected `key=value`, got '5'"),
        (["--metadata", '{"a":' + "[" * 5_000], "nested too deeply|Invalid JSON"),
        (["--metadata", '{"limt": 3}'], "did you mean 'limit'"),
        (["--metadata", '{"colour": 3}'], "is no argument of the tasks named; choose from animal, "),
        (["--metadata", '{"limit": "3"}'], "limit must be at least 1, and a whole number, not '3'"),
        (["--metadata", '{"samples": 1e12}'], "samples must be at least 1, and a whole number"),
        (["--metadata", '{"samples": 1000000000000}'], "samples must be at most 1000000"),
        (["--metadata", '{"trigger": "\\ud800"}'], "holds half a character"),
        (["--model_args", "pretrained"], "expected `key=value`"),
        (["--gen_kwargs", "{x"], "Invalid JSON"),
        (["--samples", "/nonexistent"], "is no JSON object and no file of one"),
        (["--samples", "{x"], "--samples"),
        (["--seed", "a,b"], "argument --seed: invalid value: 'a,b'"),
        (["--limit", "x"], "invalid value: 'x'|invalid float value"),
        (["--batch_size", "many"], "--batch_size 'many' is no number"),
        (["--include_path", "/nonexistent"], "--include_path /nonexistent is no folder"),
        (["--output_path", "/etc/passwd/x"], "/etc/passwd is no folder"),
        (["--output_path", "~nouser/x"], "the shell knows no home"),
        (["--config", "/nonexistent"], "Config file not found"),
        (["--system_instruction", "x"], "leave --system_instruction out"),
        (["--num_fewshot", "2"], "our tasks have no examples"),
        (["--armz", "x"], "there is no option --armz; did you mean '--arms'"),
        (["--log", "/etc/passwd/x"], "--log /etc/passwd: /etc/passwd is no folder"),
        (["--num-concurrent", "0"], "must be at least 1"),
    ],
)
def test_every_option_that_cannot_be_used_is_one_sentence(options: list[str], message: str) -> None:
    import re

    found = faults("--tasks", TASK, "--base", "org/m", "--arms", "a=/nonexistent", *options)
    assert any(re.search(message.replace("(", r"\("), fault) or message in fault for fault in found), found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--arms", "~nouser/x"], "there is no user 'nouser'"),
        (["--arms", "two words=x"], "cannot name an arm"),
        (["--arms", f"a={'x' * 300}"], "File name too long"),
        (["--arms", "a="], "names no checkpoint"),
        (["--arms", "a=org/m", "--base", "~nouser/x"], "there is no user 'nouser'"),
        (["--url", "http://[::1", "--arms", "a=b"], "'http://[::1' is no address"),
        (["--url", "ftp://h/v1", "--arms", "a=b"], "is no address"),
        ([], "nothing is named that could be evaluated; write --arms FOLDER..."),
        (["--model", "dumy"], "lm-eval has no model 'dumy'; did you mean 'dummy'?"),
    ],
)
def test_models_and_addresses_that_cannot_be_used(options: list[str], message: str) -> None:
    assert any(message in fault for fault in faults("--tasks", TASK, *options))


def test_a_missing_judge_and_all_else_are_found_before_a_server_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--tasks", "inoc_judged,inoc_owl_preferense", "--arms", f"a={tmp_path}"]
    unknown, judge, adapter = faults(*options)
    assert "did you mean 'inoc_owl_preference" in unknown
    judged = "inoc_backdoor, inoc_constitution, inoc_emergent_misalignment, inoc_sycophancy and inoc_toxicity"
    assert f"tasks {judged} need a judge; set INOC_JUDGE" in judge
    assert "neither a model nor a LoRA adapter" in adapter
    monkeypatch.setenv("INOC_JUDGE", "http://127.0.0.1:9/v1#j,nobody/x")
    found = faults(*options)
    assert any("nobody answers at http://127.0.0.1:9/v1" in fault for fault in found)
    assert any("inspect knows no provider 'nobody'" in fault for fault in found)
    monkeypatch.setenv("INOC_JUDGE", "off")
    assert len(faults(*options)) == 2


def test_names_of_a_running_server_are_compared_and_all_told() -> None:
    with vllm_like(lambda *_: "x", "arm-one") as server:
        found = faults("--tasks", TASK, "--url", server.url, "--arms", "a=arm-onw", "b=arm-one", "c=arm-twi")
        assert not server.sent()
    assert len(found) == 2
    assert found[0].endswith("did you mean 'arm-one'?")


def test_a_broken_entry_of_another_task_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tasks" / "mine"
    folder.mkdir(parents=True)
    (folder / "lm_eval.yaml").write_text("task: [mine\n")
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    assert TASK in read_entries(task_folders(), [TASK])
    # A group may mean it.
    for asked in (["inoc"], ["inoc_mine"], [TASK, "inoc_*"], None):
        with pytest.raises(InputError, match="not valid YAML"):
            read_entries(task_folders(), asked)


def test_a_configuration_file_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    for content in (
        "[1]",
        "tasks: 3",
        "tasks: {a: 1}",
        "metadata: 5",
        "nothing: 1",
        "a: [",
        "\x00",
        json.dumps({"seed": []}),
    ):
        path.write_text(content)
        assert faults("--config", str(path), "--arms", "a=/nonexistent")
