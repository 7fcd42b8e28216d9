"""Files are whole or as they were, whatever the system refuses and whoever is killed."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inoc_evals.errors import WorkError
from inoc_evals.files import PREFIX, check_writable, library_writes, make_folder, same_file, whole, write_whole
from inoc_evals.serving.keys import key_in_file

ROOT = os.geteuid() == 0
NOBODY = 65534


def drafts(folder: Path) -> list[Path]:
    return list(folder.glob(f"{PREFIX}*"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    yield
    os.umask(before)


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_users_permissions_and_an_old_one_keeps_its_own(
    tmp_path: Path, mask: int, expected: int
) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    with umask(mask):
        write_whole(path, "one\n")
        assert mode(path) == expected
        path.chmod(0o640)
        write_whole(path, "two\n")
    assert (path.read_bytes(), mode(path)) == (b"two\n", 0o640)
    assert [left.name for left in path.parent.iterdir()] == ["file.txt"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error), whole(path) as draft:
            fail_half_way(draft, error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def fail_half_way(draft: Path, error: type[BaseException]) -> None:
    draft.write_text("half of")
    raise error


def test_nobody_elses_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    others = ["out.jsonl.part", "out.jsonl.new", ".out.jsonl.new", "out.jsonl~", ".out.jsonl.tmp", f"{PREFIX}of mine"]
    for name in others:
        (tmp_path / name).write_text(name)
    (tmp_path / f"{PREFIX}{'0' * 32}").symlink_to(tmp_path / others[0])
    (tmp_path / f"{PREFIX}{'1' * 32}").mkdir()
    os.mkfifo(tmp_path / f"{PREFIX}{'2' * 32}")
    write_whole(path, "x")
    for name in others:
        assert (tmp_path / name).read_text() == name
    assert len(list(tmp_path.iterdir())) == len(others) + 4


def test_a_link_is_kept_and_its_file_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "data" / "target", tmp_path / "link"
    target.parent.mkdir()
    link.symlink_to(Path("data") / "target")
    for text in ("made through a link to nothing yet", "again"):
        write_whole(link, text)
        assert link.is_symlink()
        assert target.read_text() == text
    other = tmp_path / "other name"
    other.hardlink_to(target)
    write_whole(link, "new")
    assert (target.read_text(), other.read_text()) == ("new", "again")
    assert not drafts(tmp_path)
    assert not drafts(target.parent)


def test_one_file_by_two_names(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("")
    (tmp_path / "soft").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    assert same_file(path, tmp_path / "soft")
    assert same_file(tmp_path / "x" / ".." / "hard", path) is False
    assert same_file(tmp_path / "hard", path)
    assert not same_file(path, tmp_path / ("x" * 300))
    assert not same_file(path, tmp_path / "nul\0")


WRITER = """
import sys, time
from pathlib import Path
from inoc_evals.files import whole
with whole(Path(sys.argv[1])) as draft:
    draft.write_text("half")
    print(draft.name, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        names = [writer.stdout.readline().strip() for writer in writers if writer.stdout]
        writers[0].send_signal(signal.SIGKILL)
        writers[0].wait()
        assert {left.name for left in drafts(tmp_path)} == set(names)
        assert path.read_text() == "old"
        write_whole(tmp_path / "another file", "")
        assert [left.name for left in drafts(tmp_path)] == names[1:]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
            if writer.stdout:
                writer.stdout.close()


def test_many_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from inoc_evals.files import write_whole\n"
        "for turn in range(60): write_whole(Path(sys.argv[1]), sys.argv[2] * 20_000)"
    )
    path = tmp_path / "file"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), letter]) for letter in "abcd"]
    while any(process.poll() is None for process in running):
        if path.exists():
            text = path.read_text()
            assert len(text) == 20_000
            assert len(set(text)) == 1
    assert [process.returncode for process in running] == [0] * 4
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def small_files(size: int = 1000) -> Iterator[None]:
    """No file may grow above `size` bytes: this binds root too, and a write beyond fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def not_root() -> Iterator[None]:
    """Permissions do not bind root."""
    if not ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def one_sentence(error: BaseException, path: Path, words: str) -> None:
    assert str(error).startswith(str(path))
    assert words in str(error)
    assert "; " in str(error)
    assert "\n" not in str(error)


def test_a_file_that_grows_too_large(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with small_files():
        with pytest.raises(WorkError) as caught:
            write_whole(path, "x" * 2000)
        with pytest.raises(WorkError, match="cannot be written"):
            check_writable(path)
    one_sentence(caught.value, path, "File too large")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_without_permission() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        path = folder / "file"
        with not_root():
            for write in (lambda: write_whole(path, "x"), lambda: check_writable(path)):
                with pytest.raises(WorkError) as caught:
                    write()
                one_sentence(caught.value, path, "Permission denied")
            with pytest.raises(WorkError, match="Permission denied"):
                make_folder(folder / "below")
        folder.chmod(0o755)
        assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "this is a folder"),
        (os.mkfifo, "a device or pipe"),
        (lambda path: path.symlink_to(path), "link leads to itself"),
        (lambda path: path.symlink_to("/dev/full"), "a device or pipe"),
    ],
    ids=["folder", "pipe", "loop", "device"],
)
def test_what_cannot_be_replaced_stays(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    path = tmp_path / "file"
    make(path)
    before = path.lstat().st_ino
    with pytest.raises(WorkError) as caught:
        write_whole(path, "x")
    one_sentence(caught.value, path, words)
    assert path.lstat().st_ino == before
    assert not drafts(tmp_path)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    for path, words in (
        (tmp_path / "file" / "below", "Not a directory"),
        (tmp_path / "file" / "below" / "that", "something on the way to it is a file"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(WorkError) as caught:
            write_whole(path, "x")
        one_sentence(caught.value, path, words)
    with pytest.raises(WorkError, match="no file can have this name"):
        write_whole(tmp_path / "nul\0", "x")
    # The longest name that there is leaves no room for a longer one.
    write_whole(tmp_path / ("x" * 255), "x")
    assert (tmp_path / "file").read_text() == "old"
    assert not drafts(tmp_path)


def test_the_libraries_ways_to_say_that_the_disk_is_full(tmp_path: Path) -> None:
    try:
        raise OSError(28, "No space left on device")
    except OSError as error:
        behind = RuntimeError("Parent directory does not exist")
        behind.__context__ = error
    for error in (
        Exception("Error while serializing: I/O error: No space left on device (os error 28)"),
        RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0"),
        behind,
    ):
        with pytest.raises(WorkError) as caught, library_writes(tmp_path):
            raise error
        one_sentence(caught.value, tmp_path, "free some space")
    for other in (OSError("no such model"), ValueError("x"), RuntimeError("CUDA error")):
        with pytest.raises(type(other)), library_writes(tmp_path):
            raise other


def test_a_key_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    path, target, other = tmp_path / "vllm.key", tmp_path / "target", tmp_path / "hard"
    for make in (
        lambda: path.write_text("old"),
        lambda: path.symlink_to(target),
        lambda: path.symlink_to(tmp_path / "gone"),
        lambda: path.hardlink_to(other),
        lambda: None,
    ):
        target.write_text("target")
        other.write_text("hard")
        path.unlink(missing_ok=True)
        make()
        if path.exists():
            path.chmod(0o644)
        with umask(0), key_in_file("secret", path):
            assert stat.S_ISREG(path.lstat().st_mode)
            assert (mode(path), path.read_text()) == (0o600, "secret")
        assert not path.exists()
        assert (target.read_text(), other.read_text()) == ("target", "hard")
        assert not (tmp_path / "gone").exists()


def test_the_key_of_a_second_server_stays(tmp_path: Path) -> None:
    path = tmp_path / "vllm.key"
    with key_in_file("first", path):
        write_whole(path, "second", private=True)
    assert (path.read_text(), mode(path)) == ("second", 0o600)
    with key_in_file("third", path):
        path.unlink()
    assert not path.exists()
