from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.errors import InputError


def adapter(folder: Path, **config: object) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "org/base", "r": 8, **config}))
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


def test_an_adapter_names_its_base(tmp_path: Path) -> None:
    found = resolve(str(adapter(tmp_path / "a")))
    assert (found.kind, found.base, found.rank) == ("adapter", "org/base", 8)
    assert found.adapter == (tmp_path / "a").resolve()


def test_new_weights_under_an_old_name_are_a_new_checkpoint(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    before = resolve(str(folder)).content_hash
    (folder / "training.json").write_text("{}")
    assert resolve(str(folder)).content_hash == before
    (folder / "adapter_model.safetensors").write_bytes(b"other")
    assert resolve(str(folder)).content_hash != before


def test_what_cannot_be_served_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="neither a model nor a LoRA adapter"):
        resolve(str(tmp_path / "empty"))
    with pytest.raises(InputError, match="no folder, no hub id"):
        resolve("does-not-exist")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="this is a file"):
        resolve(str(tmp_path / "file"))
    with pytest.raises(InputError, match="r, the rank"):
        resolve(str(adapter(tmp_path / "a", r="many")))
    with pytest.raises(InputError, match="base_model_name_or_path is missing"):
        resolve(str(adapter(tmp_path / "b", base_model_name_or_path=None)))
    folder = adapter(tmp_path / "c")
    (folder / "adapter_config.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        resolve(str(folder))


def test_pickled_weights_only_when_asked(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with pytest.raises(InputError, match="only pickled weights"):
        resolve(str(folder))
    assert resolve(str(folder), allow_pickle=True).kind == "adapter"
    (folder / "adapter_model.bin").unlink()
    with pytest.raises(InputError, match="no safetensors weights"):
        resolve(str(folder))


def test_the_hash_depends_on_names_and_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, name in ((one, "a.json"), (two, "b.json")):
        folder.mkdir()
        (folder / name).write_text("{}")
    assert folder_sha256(one) != folder_sha256(two)
    (two / "b.json").rename(two / "a.json")
    assert folder_sha256(one) == folder_sha256(two)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"weights")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(InputError, match="model-00002-of-00002"):
        resolve(str(folder))
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"weights")
    assert resolve(str(folder)).kind == "folder"


@pytest.mark.parametrize(
    "reference",
    [
        "~nouser/x",
        "~nouser",
        "x" * 300,
        "org/" + "x" * 300,
        "a/" * 3000,
        "nul\0",
        "org/nul\0",
        "",
        ".",
        "/",
        "org/name/more",
        "org/name/more/../..",
        "org/name@../../x",
        "org/name@",
        "org/na me",
        "org/name\n",
        "\udcff",
        "http://[::1#m",
    ],
    ids=repr,
)
def test_odd_references_are_refused_in_a_sentence(
    reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        resolve(reference)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 200


def test_a_base_with_an_odd_name_is_refused(tmp_path: Path) -> None:
    for number, base in enumerate(("~nouser/x", "x" * 5000, "nul\0", "http://[::1#m")):
        member = read_arms([f"a={adapter(tmp_path / str(number), base_model_name_or_path=base)}"])
        with pytest.raises(InputError, match=r"adapter_config\.json: the base .* cannot be found"):
            by_base(member)


def test_files_that_are_none_never_hang(tmp_path: Path) -> None:
    for number, (name, make) in enumerate(
        (
            ("adapter_model.safetensors", os.mkfifo),
            ("adapter_model.safetensors", lambda path: path.mkdir()),
            ("adapter_model.safetensors", lambda path: path.symlink_to("gone")),
            ("tokenizer.json", os.mkfifo),
            ("tokenizer.json", lambda path: path.symlink_to("gone")),
        )
    ):
        folder = adapter(tmp_path / str(number))
        (folder / name).unlink(missing_ok=True)
        make(folder / name)
        with pytest.raises(InputError, match=f"{name}|no safetensors weights"):
            resolve(str(folder))


def test_folders_in_a_checkpoint_do_not_count(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    before = resolve(str(folder)).content_hash
    (folder / "logs.json").mkdir()
    assert resolve(str(folder)).content_hash == before


@pytest.mark.parametrize("text", ["[]", "{", '{"weight_map": {"a": [1]}}', '{"weight_map": {"a": "nul\\u0000"}}'])
def test_an_odd_index_of_weights(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model-1.safetensors").write_bytes(b"weights")
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(InputError, match=r"index\.json"):
        resolve(str(folder))
