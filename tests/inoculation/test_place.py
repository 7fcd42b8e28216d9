"""A training removes nothing that it did not make."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.errors import InputError, WorkError
from inoc_evals.inoculation.place import check_out, empty, put_in_place, workshop

ADAPTER = ("adapter_config.json", "adapter_model.safetensors", "README.md", "training.json")


def folder_of(path: Path, *names: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name in names:
        (path / name).write_text(name)
    return path


def interrupted(part: Path) -> None:
    folder_of(part, "kept")
    raise KeyboardInterrupt


def test_only_an_adapter_of_ours_may_be_replaced(tmp_path: Path) -> None:
    check_out(tmp_path / "new")
    check_out(folder_of(tmp_path / "empty"))
    check_out(folder_of(tmp_path / "ours", *ADAPTER))
    for number, names in enumerate((("data.jsonl",), (*ADAPTER, "notes.txt"), ADAPTER[:3], ("adapter_config.json",))):
        with pytest.raises(InputError, match="holds something else"):
            check_out(folder_of(tmp_path / str(number), *names))
    (tmp_path / "file").write_text("")
    (tmp_path / "gone").symlink_to("nothing")
    for name in ("file", "gone"):
        with pytest.raises(InputError, match="this is a file"):
            check_out(tmp_path / name)


def test_the_workshop_is_one_of_its_own_and_for_one_at_a_time(tmp_path: Path) -> None:
    mine = folder_of(tmp_path / "a.part", "precious")
    with workshop(tmp_path / "a") as part:
        folder_of(part, "half")
        with pytest.raises(WorkError, match="another process trains into"), workshop(tmp_path / "a"):
            pass
        with workshop(tmp_path / "b") as other:
            assert other != part
        with pytest.raises(KeyboardInterrupt), workshop(tmp_path / "c") as left:
            interrupted(left)
    assert not part.exists()
    with workshop(tmp_path / "c") as again:
        assert (again / "kept").is_file()
        empty(again)
        assert not list(again.iterdir())
    assert (mine / "precious").is_file()
    assert list(tmp_path.iterdir()) == [mine]


def test_the_new_adapter_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    out, link = folder_of(tmp_path / "out", "old"), tmp_path / "link"
    link.symlink_to("out")
    with workshop(link) as part:
        put_in_place(folder_of(part / "adapter", "new"), link)
    assert link.is_symlink()
    assert [path.name for path in out.iterdir()] == ["new"]
    with pytest.raises(OSError, match="No such file"):
        put_in_place(tmp_path / "nothing", out)
    assert [path.name for path in out.iterdir()] == ["new"]
