"""Checkpoints of the hub: what they are taken for, which files of them come, and the sentence for what does not."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.fit import check_fit
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import Checkpoint, fetched, resolve
from inoc_evals.errors import InputError, WorkError
from tests.checkpoints.hub import TOKEN, HubServer, Repository, lora, mirror, mirrored, model, under
from tests.command import run

NEEDED = {"adapter_config.json", "adapter_model.safetensors", "tokenizer_config.json", "chat_template.jinja"}


def organisms() -> Repository:
    """One repository with many adapters, which has changed since."""
    first = under("seeds/seed-1", lora("org/base", 1))
    now = {
        "README.md": b"# Organisms",
        **under("seeds/seed-1", lora("org/base", 11)),
        **under("seeds/seed-2", lora("org/base", 2)),
        **under("seeds/seed-10", lora("org/base", 10)),
        **under("seeds/seed-10/checkpoint-5", lora("org/base", 5)),
        **under("whole/merged", model(3)),
        **under("pickled", {**lora("org/base"), "adapter_model.bin": b"a pickle"}),
        "notes/a.txt": b"nothing to serve",
    }
    del now["pickled/adapter_model.safetensors"]
    return Repository("org/organisms", {"main": now, "v1": first, "refs/pr/3": first})


@pytest.fixture
def filled(hub: HubServer) -> HubServer:
    hub.add(organisms(), Repository("org/base", {"main": model()}), Repository("org/alone", {"main": lora("org/base")}))
    return hub


def fault(reference: str) -> str:
    with pytest.raises(InputError) as caught:
        resolve(reference)
    message = str(caught.value)
    assert "\n" not in message
    assert TOKEN not in message
    return message


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_say_what_it_is_and_only_those_that_are_needed_come(filled: HubServer) -> None:
    found = resolve("org/organisms/seeds/seed-2")
    commit = organisms().commit("main")
    assert (found.kind, found.base, found.rank) == ("adapter", "org/base", 2)
    assert found.pinned == f"org/organisms/seeds/seed-2@{commit}"
    assert found.adapter is not None
    assert names(found.adapter) == NEEDED
    given = lora("org/base", 2)
    assert all((found.adapter / name).read_bytes() == given[name] for name in NEEDED)
    # Of a model all that is small comes too, but nothing that is pickled and no code.
    base = resolve("org/base")
    assert (base.kind, names(Path(base.base))) == ("hub", {"config.json", "model.safetensors", "tokenizer.json"})
    check_fit(Path(base.base), found.adapter)
    assert not any(path.endswith((".bin", ".pt", ".py", ".md")) for path in filled.files())
    # A repository may be one adapter, or hold models in folders.
    assert resolve("org/alone").kind == "adapter"
    merged = resolve("hub:org/organisms/whole/merged")
    assert (merged.kind, merged.trained_on) == ("hub", merged.base)


@pytest.mark.parametrize("revision", ["v1", "refs/pr/3", "commit", "short"])
def test_a_revision_is_a_branch_a_tag_or_a_commit(filled: HubServer, revision: str) -> None:
    commit = organisms().commit("v1")
    text = {"commit": commit, "short": commit[:8]}.get(revision, revision)
    found = resolve(f"org/organisms/seeds/seed-1@{text}")
    assert found.pinned == f"org/organisms/seeds/seed-1@{commit}"
    assert found.adapter is not None
    given = lora("org/base", 1)["adapter_model.safetensors"]
    assert (found.adapter / "adapter_model.safetensors").read_bytes() == given


def test_the_hash_is_that_of_the_same_files_in_a_folder(filled: HubServer, tmp_path: Path) -> None:
    for reference in ("org/organisms/seeds/seed-2", "org/base"):
        found = resolve(reference)
        copy = tmp_path / "copy" / reference
        shutil.copytree(found.adapter or found.base, copy)
        assert not (copy / "config.json").is_symlink()
        assert found.content_hash == folder_sha256(copy) == resolve(str(copy)).content_hash


def test_what_other_tools_put_into_their_cache_changes_nothing(filled: HubServer, hub_cache: Path) -> None:
    before = resolve("org/organisms/seeds/seed-2")
    mirror(hub_cache, organisms())
    after = resolve("org/organisms/seeds/seed-2")
    assert (after, names(after.adapter or Path())) == (before, NEEDED)


def test_a_base_is_found_at_the_revision_of_the_configuration(filled: HubServer) -> None:
    base = Repository("org/moving", {"main": model(1), "old": model(2)})
    filled.add(base, Repository("org/on-old", {"main": lora("org/moving", revision=base.commit("old"))}))
    (group,) = by_base(read_arms(["a=org/on-old"]))
    assert group.base.pinned == f"org/moving@{base.commit('old')}"
    assert (Path(group.base.base) / "model.safetensors").read_bytes() == base.revisions["old"]["model.safetensors"]


def test_a_commit_in_the_cache_is_not_asked_for_again(filled: HubServer) -> None:
    pinned = resolve("org/organisms/seeds/seed-2").pinned
    filled.behaviour.asked.clear()
    assert resolve(f"{pinned}").rank == 2
    assert filled.behaviour.asked == []
    # A branch may have moved, which one request tells.
    resolve("org/organisms/seeds/seed-2")
    assert [one.path for one in filled.behaviour.asked] == ["/api/models/org/organisms"]


def test_a_cache_that_was_emptied_is_filled_again(filled: HubServer, hub_cache: Path) -> None:
    before = resolve("org/organisms/seeds/seed-2")
    shutil.rmtree(hub_cache)
    assert resolve("org/organisms/seeds/seed-2") == before
    assert before.adapter is not None
    assert (before.adapter / "adapter_model.safetensors").is_file()


def test_models_can_wait_until_all_else_is_right(filled: HubServer) -> None:
    hub = Hub()
    waiting = resolve("org/base", hub=hub, fetch_models=False)
    assert (waiting.is_here, waiting.base) == (False, waiting.pinned)
    assert not any("model.safetensors" in path or "storage" in path for path in filled.files())
    here = fetched(waiting, hub)
    assert here.is_here
    assert (here.reference, here.content_hash) == ("org/base", resolve("org/base").content_hash)
    assert fetched(here, hub) is here


def test_a_pattern_names_seeds_of_one_arm_in_their_order(filled: HubServer) -> None:
    members = read_arms(["none=org/organisms/seeds/*", "old=org/organisms/seeds/seed-?@v1", "org/organisms/*/merged"])
    assert [(one.label, one.reference) for one in members] == [
        ("none-s1", "org/organisms/seeds/seed-1"),
        ("none-s2", "org/organisms/seeds/seed-2"),
        ("none-s3", "org/organisms/seeds/seed-10"),
        ("old", "org/organisms/seeds/seed-1@v1"),
        ("merged", "org/organisms/whole/merged"),
    ]
    assert len({one.weights for one in members}) == 5
    listed = [one for one in filled.behaviour.asked if one.path.startswith("/api/models/org/organisms")]
    assert len(listed) == 2  # one for each revision
    groups = by_base(members)
    assert [sorted(group.adapters) for group in groups] == [["none-s1", "none-s2", "none-s3", "old"], []]


def test_an_arm_is_called_after_what_is_fixed_in_its_pattern(filled: HubServer) -> None:
    members = read_arms(["org/organisms/seeds/*", "org/organisms/seeds/seed-1*@v1"])
    assert {one.arm for one in members} == {"seeds", "seed-1-v1"}


def test_a_pattern_of_folders_here_comes_first(
    filled: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2, 10):
        folder = tmp_path / "org" / "organisms" / f"seed-{number}"
        folder.mkdir(parents=True)
        for name, content in lora("org/base", 100 + number).items():
            (folder / name).write_bytes(content)
    (tmp_path / "org" / "organisms" / "logs").mkdir()
    members = read_arms(["a=org/organisms/*"])
    assert [one.reference for one in members] == [f"org/organisms/seed-{number}" for number in (1, 2, 10)]
    assert all(one.checkpoint is not None and one.checkpoint.pinned is None for one in members)
    assert filled.behaviour.asked == []


def test_a_file_lists_checkpoints_one_a_line(filled: HubServer, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name, content in lora("org/base", 50).items():
        (here / name).write_bytes(content)
    (tmp_path / "seeds.txt").write_text("# seeds\norg/organisms/seeds/seed-1\n\n  org/organisms/seeds/*@v1\nhere\n")
    members = read_arms([f"none={tmp_path}/seeds.txt"])
    assert [(one.label, one.reference) for one in members] == [
        ("none-s1", "org/organisms/seeds/seed-1"),
        ("none-s2", "org/organisms/seeds/seed-1@v1"),
        ("none-s3", f"{tmp_path}/here"),
    ]
    assert read_arms([f"{tmp_path}/seeds.txt"])[0].arm == "seeds"
    # In a file of arms too, where it lies beside that.
    (tmp_path / "arms.yaml").write_text("arms:\n  a: {checkpoints: [seeds.txt]}\n  b: {checkpoints: [her*]}\n")
    assert [one.label for one in read_arms((), tmp_path / "arms.yaml")] == ["a-s1", "a-s2", "a-s3", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"org/organisms/seeds/seed-1\n/gone/away\n", r"seeds\.txt:2:1: '/gone/away' is no folder"),
        (b"# nothing\n", r"seeds\.txt: there is no checkpoint in it; write one a line"),
        (b"\xff\xfe\n", r"seeds\.txt: no UTF-8 text; write one checkpoint a line"),
    ],
)
def test_a_file_of_checkpoints_that_is_none(filled: HubServer, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "seeds.txt").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_arms([f"a={tmp_path}/seeds.txt"])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "a=org/organisms/seedz/*",
            r"fits 'org/organisms/seedz/\*'; folders of org/organisms that hold one: pickled, ",
        ),
        ("a=org/nobody/*", "fits no folder of a checkpoint here, and the hub has no public repository org/nobody; "),
        ("a=runs/*", "fits no folder of a checkpoint here; correct it, or write hub:ORG/NAME/PATTERN@REVISION"),
        ("a=./none/here-*", "fits no folder of a checkpoint here; correct it"),
        ("a=org/*/seed-1", "fits no folder of a checkpoint here; correct it"),
    ],
)
def test_a_pattern_that_fits_nothing(filled: HubServer, reference: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_arms([reference])


def test_a_repository_that_is_gated(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.add(Repository("org/gated", {"main": lora("org/base")}, access="gated"))
    page = f"{filled.url}/org/gated"
    without = f"org/gated of the hub is gated, and there is no token; ask for access at {page}, then set HF_TOKEN"
    assert fault("org/gated").startswith(without)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert fault("org/gated").startswith(
        f"org/gated of the hub is gated, and your token has no access; ask for access at {page}"
    )
    # So is a base, for every adapter on it in one sentence, before it is fetched.
    filled.add(Repository("org/two", {"main": {**under("a", lora("org/gated")), **under("b", lora("org/gated", 1))}}))
    with pytest.raises(InputError) as caught:
        by_base(read_arms(["a=org/two/*"]))
    assert str(caught.value).startswith("the base that adapter_config.json names: org/gated of the hub is gated")


def test_a_private_repository_needs_a_token(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.add(Repository("org/private", {"main": lora("org/base")}, access="private"))
    assert "no public repository org/private; correct the name, or set HF_TOKEN if it is private" in fault(
        "org/private"
    )
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert resolve("org/private").kind == "adapter"
    # The token goes to the hub alone, not to the store of large files.
    assert {one.token for one in filled.behaviour.asked if one.path.startswith("/storage/")} == {None}
    assert "no repository org/nobody for your token; correct the name, or set HF_TOKEN to a token" in fault(
        "org/nobody"
    )


def test_a_token_that_is_not_taken(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "hf_" + "wrongtoken0123456789abcdefghij"
    monkeypatch.setenv("HF_TOKEN", wrong)
    message = fault("org/base")
    assert message.startswith("the hub does not take your token for org/base of the hub; set HF_TOKEN to a valid one")
    assert wrong not in message


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("org/organisms/seeds/seed-3", "has no folder 'seeds/seed-3'; did you mean org/organisms/seeds/seed-"),
        ("org/organisms/x@v1", "has no folder 'x'; there is org/organisms/seeds/seed-1@v1"),
        (
            "org/organisms/seeds",
            "neither a model nor a LoRA adapter (no config.json, no adapter_config.json); there are ",
        ),
        ("org/organisms", "; there are org/organisms/pickled, org/organisms/seeds/seed-1, "),
        ("org/organisms/notes", "no adapter_config.json); name one that holds safetensors weights"),
        ("org/organisms/pickled", "has only pickled weights, which can run code; ask its authors for safetensors"),
        ("org/organisms@v9", "org/organisms of the hub has no revision 'v9'; write a branch, tag or commit behind"),
        ("org/a--b", "'org/a--b' is no folder here, and org/a--b cannot be the name of a repository of the hub"),
    ],
)
def test_what_the_hub_does_not_have(filled: HubServer, reference: str, message: str) -> None:
    assert message in fault(reference)
    assert not any(path.endswith(".bin") for path in filled.files())


def test_a_repository_of_gguf_files_says_what_to_name(filled: HubServer) -> None:
    filled.add(Repository("org/gguf", {"main": {"m-Q4_K_M.gguf": b"GGUF", "README.md": b""}}))
    assert "it holds GGUF files: download one of them, such as m-Q4_K_M.gguf, and name that file" in fault("org/gguf")
    filled.add(Repository("org/both", {"main": {"m-Q8_0.gguf": b"GGUF", "config.json": b"{}"}}))
    assert "has its weights only as GGUF files; download one of them, such as m-Q8_0.gguf" in fault("org/both")
    assert not any(path.endswith(".gguf") for path in filled.files())


def test_quantised_weights_are_refused_before_they_are_fetched(
    filled: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    packed = {**model(), "config.json": b'{"quantization_config": {"quant_method": "hqq"}}'}
    filled.add(Repository("org/packed", {"main": packed}))
    filled.add(Repository("org/judge", {"main": lora("org/packed")}))
    for judge in ("org/packed", "org/judge"):
        ended = run("judges", "check", "toxicity", "--judge", f"vllm/{judge}")
        assert ended.code == 2
        assert "org/packed is quantised (hqq), and vLLM does not serve this format" in ended.said
    assert "model.safetensors" not in {path.rpartition("/")[2] for path in filled.files()}


def test_a_slip_in_a_path_is_told_as_one(filled: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "none-s1").mkdir(parents=True)
    message = fault("runs/nonne-s1")
    assert message.startswith(
        "'runs/nonne-s1' is no folder here (did you mean 'runs/none-s1'?), and the hub has no public"
    )
    # What is meant for the hub is not.
    assert fault("hub:runs/none-s1").startswith("the hub has no public repository runs/none-s1; correct the name")


def test_a_hub_that_takes_no_more_requests(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = resolve("org/organisms/seeds/seed-2").pinned
    filled.behaviour.status = 429
    message = fault("org/organisms/seeds/seed-1")
    assert (
        "takes no more requests for now, the last one for org/organisms of the hub; wait some minutes, set HF_TOKEN"
        in message
    )
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "set HF_TOKEN" not in fault("org/organisms/seeds/seed-1")
    assert resolve(f"{pinned}").rank == 2


def test_a_hub_that_fails_or_is_none(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    known = resolve("org/organisms/seeds/seed-2")
    filled.behaviour.status = 503
    assert "the hub cannot be reached (" in fault("org/base")
    said: list[str] = []
    assert resolve("org/organisms/seeds/seed-2", progress=said.append) == known
    assert said[0].startswith("the hub cannot be reached: org/organisms is taken from the cache, at commit ")
    filled.behaviour.status = 200
    assert "is no hub; correct HF_ENDPOINT, or unset it" in fault("org/base")
    for nonsense in ("http://[", "nowhere", "http://127.0.0.1:9", "http://user:sesame-0123@127.0.0.1:9"):
        monkeypatch.setattr(constants, "ENDPOINT", nonsense)
        message = fault("org/base")
        assert "HF_ENDPOINT" in message
        assert "sesame" not in message


def test_nobody_answers_and_each_is_told_once_and_soon(hub: HubServer) -> None:
    hub.shutdown()
    hub.server_close()
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        read_arms([f"a=org/seeds/{number}" for number in range(40)])
    assert time.monotonic() - began < 5
    assert len(caught.value.faults) == 40
    assert "'org/seeds/7' is no folder here, and the hub cannot be reached (" in str(caught.value)
    assert "and the cache does not hold org/seeds; check the network and HF_ENDPOINT, or name a folder" in str(
        caught.value
    )


def test_a_cache_of_the_hubs_own_tools_is_enough_without_a_network(hub_cache: Path) -> None:
    commit = mirror(hub_cache, organisms())
    mirrored(hub_cache, "org/base")
    said: list[str] = []
    members = read_arms(["a=org/organisms/seeds/*", "base=org/base"], progress=said.append)
    assert [one.label for one in members] == ["a-s1", "a-s2", "a-s3", "base"]
    assert members[0].checkpoint is not None
    assert members[0].checkpoint.pinned == f"org/organisms/seeds/seed-1@{commit}"
    assert f"HF_HUB_OFFLINE is set: org/organisms is taken from the cache, at commit {commit[:12]}" in said
    (group,) = by_base(members)
    assert sorted(group.adapters) == ["a-s1", "a-s2", "a-s3"]
    assert resolve(f"org/organisms/seeds/seed-2@{commit}").rank == 2


def test_what_was_fetched_is_there_without_a_network(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    known: list[Checkpoint] = [resolve(text) for text in ("org/organisms/seeds/seed-1@v1", "org/base")]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    filled.behaviour.asked.clear()
    assert [resolve(text) for text in ("org/organisms/seeds/seed-1@v1", "org/base")] == known
    assert filled.behaviour.asked == []
    message = fault("org/organisms/seeds/seed-2@v1")
    assert (
        "HF_HUB_OFFLINE is set and the cache does not hold org/organisms/seeds/seed-2@v1; unset it, or run " in message
    )
    assert "`hf download org/organisms --revision v1 --include 'seeds/seed-2/*'` where there is a network" in message


def test_a_cache_that_holds_a_part_only(hub_cache: Path) -> None:
    organism = Repository("org/part", {"main": {"adapter_config.json": lora("org/base")["adapter_config.json"]}})
    mirror(hub_cache, organism)
    assert "the cache does not hold adapter_model.safetensors of org/part; unset it, or run" in fault("org/part")


def test_a_large_file_is_known_by_its_name_in_the_cache(filled: HubServer, hub_cache: Path) -> None:
    before = resolve("org/base").content_hash
    weights = model()["model.safetensors"]
    (blob,) = hub_cache.rglob(f"blobs/{hashlib.sha256(weights).hexdigest()}")
    # It is not read, and a copy of the folder is.
    blob.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    found = resolve("org/base")
    assert found.content_hash == before != folder_sha256(Path(found.base))


def test_a_cache_that_cannot_be_written(filled: HubServer, hub_cache: Path) -> None:
    hub_cache.write_text("a file")
    with pytest.raises(WorkError, match=r"huggingface.* cannot be written"):
        resolve("org/base")


def test_a_model_that_the_disk_cannot_hold_is_not_begun(filled: HubServer, hub_cache: Path) -> None:
    filled.behaviour.size = 10**18
    told = fault("org/base")
    assert "org/base: 1,000,000,000.0 GB are to be fetched, and " in told
    assert told.endswith(f"GB are free in {hub_cache}; free some, or set HF_HOME to a folder on another disk")
    assert not any("safetensors" in path or "/storage/" in path for path in filled.files())


def test_configurations_of_the_hub_are_read_as_carefully_as_others(filled: HubServer) -> None:
    files = {**lora("org/base"), "adapter_config.json": json.dumps({"base_model_name_or_path": "b/c", "r": 0}).encode()}
    filled.add(Repository("org/odd", {"main": files}))
    assert "org--odd" in fault("org/odd")
    assert "r, the rank, is missing or no positive integer" in fault("org/odd")
    filled.add(Repository("org/elsewhere", {"main": lora("/workspace/models/qwen")}))
    with pytest.raises(InputError, match="the base '/workspace/models/qwen' cannot be found"):
        by_base(read_arms(["a=org/elsewhere"]))
