"""Damaged folders of results: one sentence that names the file and a remedy, and whatever is whole still counts."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

# inspect_ai teaches zipfile the compression of its logs.
import inspect_ai._util.zipfile  # noqa: F401
import pytest
from rich.console import Console

from inoc_evals.commands.score.run import run as score
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.reading import read_log
from inoc_evals.plan.request import Request
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.row import ResponseRow
from tests.command import run
from tests.judging.serving import started

Damage = Callable[[Path], object]
Content = dict[str, bytes]
TASKS = ("owl_preference", "spanish_capitals")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """Results of two arms and two tasks, and the command that made them."""
    folder = tmp_path_factory.mktemp("results")
    with started(folder, "") as served:
        arms = [f"none={served.url}#a", f"inoculated={served.url}#b"]
        arguments = {task: {"samples": 2, "limit": 1} for task in TASKS}
        score(Request(arms, folder / "out", TASKS, arguments=arguments), Console(quiet=True))
        yield folder / "out", ["score", *arms, "--tasks", ",".join(TASKS), "--limit", "1", "--samples", "2"]


def logs(out: Path) -> list[Path]:
    return sorted(out.glob("logs/*/*.eval"))


def command(*arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a command."""
    ended = run(*arguments)
    return ended.code, ended.err


def contents(out: Path) -> dict[str, str]:
    """The hash of every file that is not the lock's."""
    files = (path for path in out.rglob("*") if path.is_file() and not path.name.startswith(".lock"))
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def members(change: Callable[[Content], object]) -> Damage:
    """Damage to the parts of a log, which is written anew with them."""

    def damage(log: Path) -> None:
        with ZipFile(log) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        change(content)
        with ZipFile(log, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)

    return damage


def inside(pattern: str, change: Callable[[Any], object]) -> Damage:
    """Damage to the JSON of those parts whose names begin so; what `change` returns takes its place, unless None."""

    def apply(content: Content) -> None:
        for name in [name for name in content if name.startswith(pattern)]:
            read = json.loads(content[name])
            changed = change(read)
            content[name] = json.dumps(read if changed is None else changed).encode()

    return members(apply)


def drop(pattern: str, most: int = 99) -> Damage:
    def apply(content: Content) -> None:
        for name in [name for name in content if name.startswith(pattern)][:most]:
            del content[name]

    return members(apply)


def replace(pattern: str, data: bytes) -> Damage:
    return members(lambda content: content.update({name: data for name in content if name.startswith(pattern)}))


def put(*path: str | int, value: Any) -> Callable[[Any], None]:
    """Put a value in its place; the last part of the path may be new."""

    def change(read: Any) -> None:
        for part in path[:-1]:
            read = read[part]
        read[path[-1]] = value

    return change


def stored(change: Callable[[dict[str, Any]], object]) -> Damage:
    """Damage to what our scorer stored for the first response of every sample."""

    def apply(sample: Any) -> None:
        (score,) = sample["scores"].values()
        change(score["metadata"])

    return inside("samples/", apply)


def value(read: Any) -> Callable[[dict[str, Any]], object]:
    def change(metadata: dict[str, Any]) -> None:
        values = metadata["responses"][0]["values"]
        values[next(iter(values))] = read

    return change


def flipped(log: Path) -> None:
    """Bytes of the first sample's data changed, as by a bad disk."""
    with ZipFile(log) as archive:
        info = next(info for info in archive.infolist() if info.filename.startswith("samples/"))
    data = bytearray(log.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    for place in range(start, start + info.compress_size):
        data[place] ^= 0x5A
    log.write_bytes(data)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link(target: str) -> Damage:
    def damage(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return damage


def cut(length: Callable[[int], int]) -> Damage:
    return lambda path: path.write_bytes(path.read_bytes()[: length(path.stat().st_size)])


def status(text: str) -> Damage:
    return inside("header.json", put("status", value=text))


LOG: dict[str, Damage] = {
    "empty": lambda log: log.write_bytes(b""),
    "one byte": cut(lambda _: 1),
    "ten bytes": cut(lambda _: 10),
    "half": cut(lambda size: size // 2),
    "without the end of its directory": cut(lambda size: size - 22),
    "without its last byte": cut(lambda size: size - 1),
    "noise": lambda log: log.write_bytes(random.Random(1).randbytes(5000)),
    "nothing but zeros": lambda log: log.write_bytes(bytes(4096)),
    "a text": lambda log: log.write_text("not a log\n"),
    "JSON": lambda log: log.write_text('{"version": 2, "status": "success"}'),
    "an archive of nothing": members(lambda content: content.clear()),
    "an archive of something else": members(lambda content: (content.clear(), content.update({"a.txt": b"a"}))),
    "changed bytes": flipped,
    "no header": drop("header.json"),
    "no header and no start": members(lambda c: [c.pop(n) for n in list(c) if n.startswith(("header", "_journal"))]),
    "no samples": drop("samples/"),
    "a lost sample": drop("samples/", 1),
    "header no JSON": replace("header.json", b"{"),
    "header no UTF-8": replace("header.json", b"\xff\xfe{}"),
    "header nested deeply": replace("header.json", b"[" * 100_000),
    "header a list": replace("header.json", b"[]"),
    "header without anything": replace("header.json", b"{}"),
    "header without eval": inside("header.json", lambda read: read.pop("eval") and None),
    "header with a wrong eval": inside("header.json", put("eval", value=[1])),
    "task a number": inside("header.json", put("eval", "task", value=7)),
    "a status that nobody knows": inside("header.json", put("status", value="gone")),
    "not finished": status("started"),
    "cancelled": status("cancelled"),
    "failed": status("error"),
    "a newer format": inside("header.json", put("version", value=99)),
    "sample no JSON": replace("samples/", b"{"),
    "sample a list": replace("samples/", b"[]"),
    "sample without anything": replace("samples/", b"{}"),
    "sample without a question": inside("samples/", lambda read: read["metadata"].pop("question_id") and None),
    "category a number": inside("samples/", put("metadata", "category", value=3)),
    "prompt a text": inside("samples/", put("metadata", "rendered_prompt", value="hello")),
    "choices a number": inside("samples/", put("output", "choices", value=4)),
    "not scored": inside("samples/", put("scores", value={})),
    "responses a number": stored(lambda metadata: metadata.update(responses=3)),
    "responses of numbers": stored(lambda metadata: metadata.update(responses=[1, 2])),
    "no values": stored(lambda metadata: metadata["responses"][0].pop("values")),
    "values a list": stored(lambda metadata: metadata["responses"][0].update(values=[1])),
    "value a text": stored(value("1")),
    "value a list": stored(value([1.0])),
    "value too high": stored(value(7.0)),
    "value below zero": stored(value(-0.5)),
    "value without end": stored(value(float("inf"))),
    "value of 400 digits": stored(value(10**400)),
    "causes a list": stored(lambda metadata: metadata["responses"][0].update(causes=["x"])),
    "a folder": a_folder,
    "a link to nothing": a_link("nowhere.eval"),
    "a link to itself": lambda log: a_link(log.name)(log),
}


def setting(*path: str | int, value: Any) -> Damage:
    def damage(settings: Path) -> None:
        read = json.loads(settings.read_text())
        put(*path, value=value)(read)
        settings.write_text(json.dumps(read))

    return damage


def text(written: str | bytes) -> Damage:
    return lambda settings: settings.write_bytes(written.encode() if isinstance(written, str) else written)


SETTINGS: dict[str, Damage] = {
    "missing": lambda settings: settings.unlink(),
    "empty": text(""),
    "half": cut(lambda size: size // 2),
    "no UTF-8": text(b"\xff\xfe\x00"),
    "with a byte order mark": lambda settings: settings.write_bytes(b"\xef\xbb\xbf" + settings.read_bytes()),
    "a list": text("[]"),
    "null": text("null"),
    "a number of 5000 digits": text("9" * 5000),
    "nested deeply": text("[" * 100_000 + "]" * 100_000),
    "half a character": text('{"arms": {"\\ud800": 1}}'),
    "without anything": text("{}"),
    "arms a list": setting("arms", value=["none"]),
    "no arms": setting("arms", value={}),
    "an arm a text": setting("arms", "none", value="none"),
    "an arm without a reference": setting("arms", "none", value={"arm": "none", "sha256": None}),
    "an arm's name a number": setting("arms", "none", "arm", value=3),
    "sha256 a number": setting("arms", "none", "sha256", value=3),
    "an arm with another key": setting("arms", "none", "colour", value="red"),
    "tasks a list": setting("tasks", value=list(TASKS)),
    "no tasks": setting("tasks", value={}),
    "arguments a text": setting("tasks", "owl_preference", value="samples"),
    "judges a text": setting("judges", value="openai/x"),
    "a judge a number": setting("judges", value=[1]),
    "workers a text": setting("workers", value="2"),
    "no worker": setting("workers", value=0),
    "shard a text": setting("shard", value="1/1"),
    "shard of three": setting("shard", value=[1, 1, 1]),
    "other keys": setting("colour", value="red"),
    "a folder": a_folder,
    "a link to nothing": a_link("nowhere.json"),
}


def one_sentence(told: tuple[int, str], *named: Path) -> None:
    code, said = told
    message = " ".join(said.split())
    assert code == 2, message
    assert message.startswith("error: ")
    assert "Traceback" not in message
    assert any(str(path) in message for path in named), message
    assert re.search(r"remove|put the file|put the settings|name its --out|run the same|update|score it", message)
    assert len(message) < 800


@pytest.mark.parametrize("kind", LOG)
def test_a_damaged_log(whole: tuple[Path, list[str]], tmp_path: Path, kind: str) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    # The log of the second arm, so that the reference is whole.
    damaged = log_of(out, "inoculated")
    LOG[kind](damaged)
    before = contents(out)
    one_sentence(command("report", str(out)), damaged)
    assert contents(out) == before
    found = read_inputs([Input(out)], skip_damaged=True)
    lost = ("inoculated", "owl_preference")
    assert "owl-preference" in damaged.name
    everything = read_inputs([Input(whole[0])]).rows
    assert set(map(key, found.rows)) == {key(row) for row in everything if (row.checkpoint, row.task) != lost}
    assert any(str(damaged) in note for note in found.notes)
    assert "1 of 4 logs are left out" in found.notes
    assert any("checkpoint inoculated of arm inoculated has no finished log of" in note for note in found.notes)


def test_no_flipped_bit_of_a_log_changes_what_is_read(whole: tuple[Path, list[str]], tmp_path: Path) -> None:
    log = log_of(whole[0], "inoculated")
    content = log.read_bytes()
    rows, header = read_inputs([Input(log)]).rows, read_log(log, header_only=True)
    whole_log = read_log(log)
    flipped = tmp_path / log.name
    chance, refused = random.Random(3), 0
    for _ in range(40):
        place = chance.randrange(len(content))
        byte = content[place] ^ 1 << chance.randrange(8)
        flipped.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
        for read, right in (
            (lambda: read_inputs([Input(flipped)]).rows, rows),
            (lambda: read_log(flipped, header_only=True).model_copy(update={"location": log.as_posix()}), header),
            (lambda: read_log(flipped).model_copy(update={"location": log.as_posix()}), whole_log),
        ):
            try:
                found = read()
            except InputError:
                refused += 1
            else:
                assert found == right, place
    assert refused > 40


def key(row: ResponseRow) -> tuple[object, ...]:
    return row.checkpoint, row.task, row.item, row.epoch, row.choice, row.response


def log_of(out: Path, checkpoint: str) -> Path:
    """The first log of a checkpoint."""
    for log in logs(out):
        with ZipFile(log) as archive:
            if checkpoint in json.loads(archive.read("header.json"))["eval"]["model"]:
                return log
    raise AssertionError(checkpoint)


@pytest.mark.parametrize("kind", SETTINGS)
def test_damaged_settings(whole: tuple[Path, list[str]], tmp_path: Path, kind: str) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    SETTINGS[kind](out / "settings.json")
    before = contents(out)
    for arguments in (["report", str(out)], [*whole[1], "--out", str(out)]):
        one_sentence(command(*arguments), out / "settings.json", out)
        assert contents(out) == before


def test_the_command_says_what_is_missing_and_that_a_reference_is_lost(
    whole: tuple[Path, list[str]], tmp_path: Path
) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    log_of(out, "none").unlink()
    one_sentence(command("report", str(out)), out / "settings.json")
    code, _ = command("report", str(out), "--reference", "inoculated")
    assert code == 0
    note = "checkpoint none of arm none has no finished log of owl_preference"
    exported = json.loads((out / "results.json").read_text())
    assert exported["notes"] == [note]
    assert exported["reference"] == exported["arms"][0] == "inoculated"
    assert f"Note: {note}." in (out / "table.md").read_text()
    assert f"<strong>Note:</strong> {note}." in (out / "report.html").read_text()
    assert command("report", str(out), "--reference", "nobody")[0] == 2


def test_a_folder_or_log_that_is_named_twice(whole: tuple[Path, list[str]], tmp_path: Path) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    with pytest.raises(InputError, match="the same response"):
        read_inputs([Input(out), Input(whole[0])])
    copied = log_of(out, "none")
    shutil.copy(copied, copied.with_name(f"copy-{copied.name}"))
    # The copy has the id of the run that it is of, and takes its place.
    assert len(read_inputs([Input(out)]).rows) == len(read_inputs([Input(whole[0])]).rows)
    inside("header.json", put("eval", "task_id", value="another"))(copied)
    with pytest.raises(InputError) as refused:
        read_inputs([Input(out)])
    assert str(refused.value).count(copied.name) == 2


def test_the_rest_of_an_interrupted_rewrite_is_no_log(whole: tuple[Path, list[str]], tmp_path: Path) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    for name in (".inoc-evals-draft-0.eval", ".x.eval.new", ".half.eval"):
        rest = shutil.copy(log_of(out, "none"), logs(out)[0].with_name(name))
        inside("header.json", put("eval", "task_id", value=name))(Path(rest))
    assert read_inputs([Input(out)]).rows == read_inputs([Input(whole[0])]).rows


@pytest.mark.parametrize("holds", [False, True])
def test_a_folder_that_keeps_nothing_is_free_for_the_corrected_command(
    whole: tuple[Path, list[str]], tmp_path: Path, holds: bool
) -> None:
    out = shutil.copytree(whole[0], tmp_path / "out")
    for log in logs(out):
        if not holds:
            drop("samples/")(log)
            drop("summaries")(log)
            drop("_journal/summaries")(log)
        status("error")(log)
    _, second, *rest = whole[1][1:]
    code, said = command("score", second, *rest, "--out", str(out))
    if holds:
        assert code == 2
        assert "this folder holds results with other arms; name another --out" in said
    else:
        assert code == 0, said
        assert {row.checkpoint for row in read_inputs([Input(out)]).rows} == {"inoculated"}
        assert list(json.loads((out / "settings.json").read_text())["arms"]) == ["inoculated"]
