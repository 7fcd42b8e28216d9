"""`inoc-evals score --plan` as a user calls it: what it says before anything is spent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkpoints.hub import mirrored
from tests.checkpoints.test_changes import adapter
from tests.command import Ended, run
from tests.commands.test_json import promised

pytestmark = pytest.mark.usefixtures("own_cache", "models")
ARMS = """\
arms:
  none: {checkpoints: [org/a, org/b], role: control}
  told: {checkpoints: [org/a], role: reference, variation: {system_prompt: "Be brief."}}
"""


@pytest.fixture
def models(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models in a cache of the hub that lies elsewhere than what a test looks at."""
    from huggingface_hub import constants

    cache = tmp_path_factory.mktemp("hub")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("INOC_EVALS_CACHE", str(cache / "ours"))
    mirrored(cache, "org/a", "org/b", "org/m")


def plan(folder: Path, *arguments: str, columns: int | None = None) -> Ended:
    environment = {"COLUMNS": str(columns) if columns else ""}
    before = set(folder.rglob("*"))
    ended = run("score", *arguments, "--plan", "--out", str(folder / "out"), environment=environment)
    assert set(folder.rglob("*")) == before
    return ended


@pytest.mark.parametrize(("columns", "width"), [(None, 80), (60, 60), (100, 100)])
def test_the_screen_is_as_wide_as_it_may_be_and_says_who_is_asked_what(
    tmp_path: Path, columns: int | None, width: int
) -> None:
    (tmp_path / "arms.yaml").write_text(ARMS)
    lora = adapter(tmp_path / "lora")
    ended = plan(tmp_path, "--arms", str(tmp_path / "arms.yaml"), f"lora={lora}", columns=columns)
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.splitlines())) <= width
    said = " ".join(ended.out.split())
    assert "none (control): 2 checkpoints" in said
    assert "told (reference): 1 checkpoint" in said
    assert "varies system_prompt 'Be brief.'" in said
    assert "lora: q_proj, v_proj: rank 2 and 4, 2 layers, 112 parameters" in said
    # 104 items a category, one answer to each from four checkpoints.
    assert "spanish_capitals: 208 items x 1 sample x 4 checkpoints = 832 responses" in said
    assert "emergent_misalignment: it needs a judge" in said
    assert "owl_preference_exact: it reads exact probabilities" in said
    assert "ultimatum: it is one of a panel of dispositions, which --tasks spread runs" in said
    assert "reward_hacking: it runs code that the model writes" in said
    assert "with 104 questions and one checkpoint an arm, a difference of about 17 points would be seen in 80%" in said
    assert "estimated time: not known until the first responses" in said


def test_json_says_the_same_and_nothing_else(tmp_path: Path) -> None:
    judged = ("--tasks", "emergent_misalignment", "--samples", "3", "--limit", "2")
    ended = plan(tmp_path, "a=org/a", "b=org/b", *judged, "--judge", "mockllm/model", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told.keys() == promised("score --plan")
    (task,) = told["tasks"]
    assert task["responses"] == task["items"] * 3 * 2 == told["responses"]
    # It is rated by alignment and coherence.
    assert task["ratings"] == 2 * task["responses"] == told["ratings"]
    assert [arm["checkpoints"][0]["reference"] for arm in told["arms"]] == ["org/a", "org/b"]
    # Its weights are to be fetched.
    assert told["arms"][0]["checkpoints"][0]["sha256"] is None
    assert told["arms"][0]["checkpoints"][0]["pinned"].startswith("org/a@")
    assert told["estimated_time"] is None
    assert told["skipped"] == []


def test_hosted_models_are_not_asked_what_they_cannot_do(tmp_path: Path) -> None:
    prefill = 'spanish_capitals.prefill="Hola"'
    address = "a=http://127.0.0.1:9/v1#m"
    refused = plan(tmp_path, address, "--tasks", "spanish_capitals", "--set", prefill)
    assert refused.code == 2
    assert "does not go on with the beginning of an answer" in refused.said
    goes_on = plan(tmp_path, "a=mockllm/model", "--tasks", "spanish_capitals", "--set", prefill)
    assert goes_on.code == 0, goes_on.err
    exact = ("--tasks", "owl_preference_exact")
    assert plan(tmp_path, address, *exact).code == 0
    # A server says itself whether it tells probabilities, and weights are served with vLLM.
    assert plan(tmp_path, "a=org/a", *exact).code == 0


def test_reasoning_that_leaves_no_room_for_a_prompt_is_refused_before_a_server_starts(tmp_path: Path) -> None:
    asked = ["score", "org/m", "--tasks", "spanish_capitals", "--out", str(tmp_path / "out"), "--plan"]
    done = run(*asked, "--reasoning-tokens", "4048")
    assert done.code == 2
    assert (
        "reasoning_tokens 4048 and max_tokens 48 leave no room for a prompt in 4096; raise --max-model-len" in done.said
    )
    assert run(*asked, "--reasoning-tokens", "4047", "--max-model-len", "8192").code == 0


def test_the_screen_names_the_first_of_many_arms_the_reference_and_the_last(tmp_path: Path) -> None:
    """All 200 are checked, and in the JSON."""
    lora = adapter(tmp_path / "lora")
    arms = "".join(
        f'  a{number:03}: {{checkpoints: [{lora}], variation: {{system_prompt: "{number}"}}'
        f"{', role: reference' if number == 100 else ''}}}\n"
        for number in range(200)
    )
    (tmp_path / "arms.yaml").write_text(f"arms:\n{arms}")
    given = ("--arms", str(tmp_path / "arms.yaml"), "--tasks", "owl_preference")
    ended = plan(tmp_path, *given)
    assert ended.code == 0, ended.err
    named = [line.split()[0] for line in ended.out.splitlines() if line.endswith(": 1 checkpoint")]
    assert named == [*(f"a{number:03}" for number in range(22)), "a100", "a199"]
    assert "... 176 more arms, all of them with --plan --json ..." in ended.out
    assert "200 checkpoints, a000 to a199: q_proj, v_proj" in ended.out
    assert len(ended.out.splitlines()) < 160
    assert len(json.loads(plan(tmp_path, *given, "--json").out)["arms"]) == 200
