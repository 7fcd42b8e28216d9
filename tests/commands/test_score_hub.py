"""Checkpoints of the hub in every command that takes checkpoints, against a hub on loopback. No model is served."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.lm_eval.arms import find_arms
from inoc_evals.commands.score.folder import begin, not_the_same
from inoc_evals.commands.serve import adapters_of
from inoc_evals.definitions.arms import arms_of
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.plan.preflight import Checked, check_request
from inoc_evals.plan.request import Request
from inoc_evals.results.settings import Settings, read_settings_file
from inoc_evals.serving.server import served_name
from tests.checkpoints.hub import TOKEN, HubServer, Repository, lora, model, under
from tests.command import COMMAND, Ended, run
from tests.harness_lm_eval.vllm_like import vllm_like

OWL = "owl_preference"


def seeds(*numbers: int, base: str = "org/base") -> dict[str, bytes]:
    return {
        path: content for number in numbers for path, content in under(f"seeds/{number}", lora(base, number)).items()
    }


@pytest.fixture
def filled(hub: HubServer) -> HubServer:
    hub.add(Repository("org/organisms", {"main": seeds(1, 2, 10)}), Repository("org/base", {"main": model()}))
    return hub


def commit(hub: HubServer, name: str) -> str:
    return hub.behaviour.repositories[name].commit("main")


def plan(folder: Path, *arguments: str) -> Ended:
    return run("score", *arguments, "--tasks", OWL, "--plan", "--out", str(folder / "out"))


def checked(folder: Path, request: Request) -> Checked:
    return check_request(request, lambda _: None)


def test_the_plan_tells_adapters_and_their_base_at_their_commits_and_fetches_no_model(
    filled: HubServer, tmp_path: Path
) -> None:
    ended = plan(tmp_path, "none=org/organisms/seeds/*", "base=org/base")
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    organisms, base = commit(filled, "org/organisms")[:12], commit(filled, "org/base")[:12]
    assert f"none-s3: LoRA adapter org/organisms/seeds/10 of the hub at {organisms} on org/base@{base}, hash " in said
    assert f"base: model org/base of the hub at {base}, to be fetched" in said
    assert "none-s1, none-s2, none-s3: q_proj: rank 2, 1 layers, 32 parameters" in said
    weights = model()["model.safetensors"]
    assert not any(path.endswith("/model.safetensors") for path in filled.files())
    # What the plan fetched is enough for it.
    filled.behaviour.asked.clear()
    assert plan(tmp_path, "none=org/organisms/seeds/*").code == 0
    assert not any(one.path.startswith("/storage/") for one in filled.behaviour.asked)
    resolve("org/base")
    assert any(weights == path.read_bytes() for path in tmp_path.rglob("blobs/*"))
    assert f"of the hub at {base}, hash " in " ".join(plan(tmp_path, "base=org/base").out.split())


def test_score_checks_everything_then_fetches_and_stores_the_commits(filled: HubServer, tmp_path: Path) -> None:
    request = Request(("none=org/organisms/seeds/*", "base=hub:org/base"), tmp_path / "out", (OWL,))
    wrong = Request((*request.checkpoints, "x=org/organisms/seeds/7"), tmp_path / "out", (OWL,))
    with pytest.raises(InputError, match="has no folder 'seeds/7'"):
        checked(tmp_path, wrong)
    assert not any("model.safetensors" in one.path for one in filled.behaviour.asked if "org/base" in one.path)
    found = checked(tmp_path, request)
    begin(request, found)
    stored = json.loads((tmp_path / "out" / "settings.json").read_text())["arms"]
    organisms, base = commit(filled, "org/organisms"), commit(filled, "org/base")
    assert {label: (one["reference"], one["pinned"], one.get("base")) for label, one in stored.items()} == {
        "none-s1": ("org/organisms/seeds/1", f"org/organisms/seeds/1@{organisms}", f"org/base@{base}"),
        "none-s2": ("org/organisms/seeds/2", f"org/organisms/seeds/2@{organisms}", f"org/base@{base}"),
        "none-s3": ("org/organisms/seeds/10", f"org/organisms/seeds/10@{organisms}", f"org/base@{base}"),
        "base": ("hub:org/base", f"org/base@{base}", None),
    }
    (group,) = found.groups
    assert (Path(group.base.base) / "model.safetensors").read_bytes() == model()["model.safetensors"]
    assert stored["base"]["sha256"] == group.base.content_hash


def test_a_run_is_not_continued_with_what_was_pushed_since(filled: HubServer, tmp_path: Path) -> None:
    def promised(name: str) -> Settings:
        request = Request(("none=org/organisms/seeds/*", "base=org/base"), tmp_path / name, (OWL,))
        begin(request, checked(tmp_path, request))
        return read_settings_file(tmp_path / name)

    organisms, base = commit(filled, "org/organisms"), commit(filled, "org/base")
    first = promised("first")
    assert not_the_same(tmp_path / "first", promised("same")) is None
    filled.add(Repository("org/base", {"main": model(5)}))
    refused = str(not_the_same(tmp_path / "first", promised("moved base")))
    assert f"other arms: the base of org/organisms/seeds/1 was org/base@{base} then; name another --out" in refused
    filled.add(Repository("org/organisms", {"main": seeds(1, 2, 10, 11)}))
    refused = str(not_the_same(tmp_path / "first", promised("moved")))
    pinned = f"org/organisms/seeds/1@{organisms}"
    assert f"org/organisms/seeds/1 was {pinned} then; write that, or name another --out" in refused
    # It is what it was.
    assert resolve(pinned).content_hash == first.arms["none-s1"].sha256


def test_a_base_of_another_size_is_told_once_it_is_here(filled: HubServer, tmp_path: Path) -> None:
    filled.add(Repository("org/small", {"main": model(width=4)}), Repository("org/on", {"main": lora("org/small")}))
    with pytest.raises(InputError, match="was trained for a size of 8"):
        checked(tmp_path, Request(("a=org/on",), tmp_path / "out", (OWL,)))


def test_lm_eval_takes_them_too(filled: HubServer) -> None:
    faults = Faults()
    found = find_arms(None, ["none=org/organisms/seeds/*"], None, None, faults, lambda _: None)
    assert not faults
    assert found.root is not None
    assert (found.root.pinned, found.root.is_here) == (f"org/base@{commit(filled, 'org/base')}", False)
    assert list(found.members) == ["base", "none-s1", "none-s2", "none-s3"]
    # On a server that runs they are found by what they hold.
    digits = resolve("org/organisms/seeds/2").content_hash
    with vllm_like(lambda *_: "x", served_name("x", digits)) as server:
        (arm,) = find_arms(None, ["a=org/organisms/seeds/2"], server.url, None, faults, lambda _: None).arms
        assert (arm.served, arm.pinned) == (
            served_name("x", digits),
            f"org/organisms/seeds/2@{commit(filled, 'org/organisms')}",
        )
        find_arms("org/base", ["a=org/nobody"], server.url, None, faults, lambda _: None)
    base, nobody = faults
    assert "'org/base' is not fetched, so that no name of this server tells it; it has: x-" in base
    assert "'org/nobody' is no folder here, and the hub has no public repository org/nobody" in nobody


def test_serve_and_the_notebook_take_them_too(filled: HubServer, tmp_path: Path) -> None:
    base = resolve("org/base")
    found, _ = adapters_of(base.base, ["none=org/organisms/seeds/*"], None)
    assert list(found) == ["none-s1", "none-s2", "none-s3"]
    assert all((folder / "adapter_model.safetensors").is_file() for folder in found.values())
    named = arms_of({"none": "org/organisms/seeds/*", "base": {"checkpoints": ["org/base"], "role": "control"}})
    members = checked(tmp_path, Request((), tmp_path / "out", (OWL,), arms=named)).members
    assert [(one.label, one.role) for one in members] == [
        *((f"none-s{number}", "treatment") for number in (1, 2, 3)),
        ("base", "control"),
    ]


def test_a_base_that_was_fetched_is_known_by_its_name_in_the_hub(filled: HubServer) -> None:
    """By a name alone: the base that the adapters name is not here, and neither are its weights."""
    filled.add(
        Repository("org/many", {"main": {f"b/{name}": content for name, content in model().items()}}),
        Repository("org/on", {"main": lora("other/base-bnb-4bit")}),
        Repository("org/on-b", {"main": lora("/home/me/b")}),
    )
    on, on_b = resolve("org/on").adapter, resolve("org/on-b").adapter
    assert on is not None
    assert on_b is not None
    check_adapter(resolve("org/base").base, on)
    check_adapter(resolve("org/many/b").base, on_b)
    base = commit(filled, "org/base")
    with pytest.raises(InputError, match=f"is for '/home/me/b' and would be served on 'org/base@{base}'; serve that"):
        check_adapter(resolve("org/base").base, on_b)
    with pytest.raises(InputError, match="is for 'other/base-bnb-4bit' and would be served on 'org/many/b@"):
        check_adapter(resolve("org/many/b").base, on)


def test_an_adapter_trained_on_a_model_of_the_hub_names_it(filled: HubServer) -> None:
    base = resolve("org/base")
    assert base.trained_on == base.pinned
    # What training leaves in the configuration finds the same weights again.
    filled.add(Repository("org/mine", {"main": lora("org/base", revision=commit(filled, "org/base"))}))
    filled.add(Repository("org/base", {"main": model(9), "then": model()}))
    (group,) = by_base(read_arms(["a=org/mine"]))
    assert (group.base.base, group.base.content_hash) == (base.base, base.content_hash)


def as_typed(*arguments: str, environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
    )


def test_the_hubs_own_variables_count_and_no_token_is_shown(filled: HubServer, tmp_path: Path, hub_cache: Path) -> None:
    filled.add(
        Repository("org/private", {"main": lora("org/base")}, access="private"),
        Repository("org/gated", {"main": lora("org/base")}, access="gated"),
    )
    environment = {"HF_TOKEN": TOKEN, "COLUMNS": "400"}
    score = ("score", "--tasks", OWL, "--plan", "--out", "out")
    good = as_typed(*score, "a=org/private", environment=environment, folder=tmp_path)
    assert good.returncode == 0, good.stderr
    wrong = ("a=org/gated", "b=org/nobody", "c=org/organisms/seeds/8")
    bad = as_typed(*score, *wrong, environment=environment, folder=tmp_path)
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr
    assert "3 things are wrong:" in bad.stderr
    offline = as_typed(*score, "a=org/private", environment={**environment, "HF_HUB_OFFLINE": "1"}, folder=tmp_path)
    assert offline.returncode == 2
    # Its base was looked at and not fetched, so that nothing could be served.
    assert "HF_HUB_OFFLINE is set and the cache does not hold org/base; unset it, or run" in offline.stderr
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in content for content in written)
    assert not any(TOKEN in text for ended in (good, bad, offline) for text in (ended.stdout, ended.stderr))


def test_doctor_tells_what_they_are_taken_for(filled: HubServer) -> None:
    ended = run("doctor", "org/organisms/seeds/1", "b=org/base", "c=org/organisms", "--json")
    found = [each for each in json.loads(ended.out)["findings"] if each["what"] == "checkpoint"]
    assert [each["state"] for each in found] == ["ok", "ok", "wrong"]
    organisms, base = commit(filled, "org/organisms")[:12], commit(filled, "org/base")[:12]
    assert found[0]["found"] == f"org/organisms/seeds/1 (arm 1): adapter, on org/base, of the hub at {organisms}"
    assert found[1]["found"] == f"org/base (arm b): hub, of the hub at {base}"
    assert found[2]["found"].startswith("org/organisms of the hub is neither a model nor a LoRA adapter")
