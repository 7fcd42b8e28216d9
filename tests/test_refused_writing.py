"""Every command on a full disk, in a read-only folder, and with a limit on files: one sentence, and nothing changed.

The commands run one after the other in a process of their own, which may have a file system of its own: what the system
refuses there it refuses root as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoints.safetensors_files import write
from tests.command import COMMAND, run
from tests.judging.serving import started

ROW = json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b" * 3000}]})

# Runs the command lines, and says of each how it ended and what it changed in the folder.
RUNNER = """
import contextlib, io, json, os, resource, sys
from pathlib import Path
from inoc_evals.cli import main

def files(folder):
    return {str(path): path.read_bytes().hex() for path in sorted(folder.rglob("*")) if path.is_file()}

folder, limit, lines = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
told = []
for environment, arguments in lines:
    os.environ.update(environment)
    sys.argv = ["inoc-evals", *arguments]
    out, err, before = io.StringIO(), io.StringIO(), files(folder)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code
    after = files(folder)
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    told.append({"code": code, "out": out.getvalue(), "err": err.getvalue(), "changed": changed})
print("TOLD" + json.dumps(told))
"""
FULL = 'mount -t tmpfs -o size=64k tmpfs "$0" && cp -r "$1"/. "$0" && (cat /dev/zero > "$0/fill" || true) 2>/dev/null'
READ_ONLY = 'mount -t tmpfs -o size=4m tmpfs "$0" && cp -r "$1"/. "$0" && mount -o remount,ro "$0"'


@cache
def unshare() -> list[str]:
    """What gives a command mounts of its own; empty where the system does not allow that."""
    command = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.geteuid() else []), "sh", "-c"]
    try:
        probe = subprocess.run([*command, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return command if probe.returncode == 0 else []


def told(folder: Path, lines: list[Any], mount: str = "", old: Path | None = None, limit: int = 0) -> list[Any]:
    command = [sys.executable, "-c", RUNNER, str(folder), str(limit), json.dumps(lines)]
    if mount:
        command = [*unshare(), f'{mount}; shift; exec "$@"', str(folder), str(old), *command]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert "TOLD" in result.stdout, result.stdout + result.stderr
    found: list[Any] = json.loads(result.stdout.rpartition("TOLD")[2])
    return found


def assert_one_sentence(end: Any, place: str) -> None:
    lines = end["err"].strip().splitlines()
    assert end["code"] == 1, end
    assert len(lines) == 1, end
    assert lines[0].startswith(f"error: {place}")
    assert "cannot be " in lines[0]
    assert "; " in lines[0]
    assert "Traceback" not in end["out"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = write(tmp_path / "model" / "model.safetensors", {"a.weight": [4, 4]})
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server, and a folder of results."""
    folder = tmp_path_factory.mktemp("finished")
    with started(folder, "") as served:
        arguments = [f"none={served.url}#a", "--tasks", "owl_preference", "--limit", "1", "--samples", "1"]
        ended = run("score", *arguments, "--out", str(folder / "run"))
        assert ended.code == 0, ended.err
        yield served.url, folder / "run"


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_every_command(finished: tuple[str, Path], tmp_path: Path, model: Path, kind: str) -> None:
    if not unshare():
        pytest.skip("this system lets nobody mount")
    data, old, place = tmp_path / "data.jsonl", tmp_path / "old", tmp_path / "place"
    data.write_text(ROW + "\n")
    for folder in (old, place):
        folder.mkdir()
    for name in ("out.jsonl", "vllm.key", "vllm.log", "r/table.md", "r/report.html"):
        (old / name).parent.mkdir(exist_ok=True)
        (old / name).write_text("old")
    url, results = finished
    at, cached = str(place), {"INOC_EVALS_CACHE": f"{place}/cache"}
    judge = ["--judge", f"{url}#judge"]
    lm_eval = ["lm-eval", "--tasks", "inoc_owl_preference", "--model", "hf", "--model_args", "pretrained=x"]
    own = {"INOC_EVALS_CACHE": str(tmp_path / "cache")}
    cases: list[tuple[dict[str, str], list[str], str]] = [
        (own, ["inoculate", str(data), "--prompt", "x", "-o", f"{at}/out.jsonl"], f"{at}/out.jsonl"),
        (own, ["inoculate", str(data), "--prompt", "x", "-o", f"{at}/a/b/out.jsonl"], f"{at}/a/b/out.jsonl"),
        (own, ["new", "task", "mine", "--out", f"{at}/n"], f"{at}/n/tasks"),
        (own, ["new", "rubric", "mine", "--out", f"{at}/n"], f"{at}/n/judges"),
        (own, ["train", str(model), str(data), "--out", f"{at}/adapter"], f"{at}/adapter"),
        (own, ["demo", "--model", str(model), "--out", f"{at}/demo"], f"{at}/demo"),
        (own, ["serve", str(model), "--key-file", f"{at}/vllm.key", "--log", str(tmp_path / "log")], f"{at}/vllm.key"),
        (own, ["score", f"none={url}#a", "--tasks", "owl_preference", "--out", f"{at}/s"], f"{at}/s"),
        (own, ["report", str(results), "--out", f"{at}/r"], f"{at}/r/"),
        (own, [*lm_eval, "--output_path", f"{at}/lm"], f"{at}/lm"),
        (cached, ["judges", "check", "alignment", *judge], f"{at}/cache"),
        (cached, ["judges", "try", "coherence", "--answer", "x", "--question", "q", *judge], f"{at}/cache"),
        (cached, ["judges", "rate", str(results), *judge], f"{at}/cache"),
        (cached, ["instruments", "add", "em_first_plot", "--allow-other", "--file", str(data)], f"{at}/cache"),
    ]
    if kind == "read-only":
        serve = ["serve", str(model), "--log", f"{at}/vllm.log", "--key-file", str(tmp_path / "key")]
        cases.append((own, serve, f"{at}/vllm.log"))
    lines = [(environment, arguments) for environment, arguments, _ in cases]
    ends = told(place, lines, FULL if kind == "full" else READ_ONLY, old)
    for (_, arguments, where), end in zip(cases, ends, strict=True):
        assert_one_sentence(end, where)
        # The file that is locked in a folder that was there may stay: others may be waiting for it.
        assert [name for name in end["changed"] if not name.endswith("/.lock")] == [], arguments


def test_files_that_may_not_grow(finished: tuple[str, Path], tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text(ROW + "\n")
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    url, results = finished
    environment = {"INOC_EVALS_CACHE": str(tmp_path / "cache")}
    lines = [
        ["inoculate", str(data), "--prompt", "x", "-o", str(out)],
        ["report", str(results), "--out", str(tmp_path / "report")],
        # Inspect writes its logs here, and meets the limit in the middle of the work.
        ["score", f"none={url}#a", "--tasks", "owl_preference", "--samples", "1", "--out", str(tmp_path / "scored")],
    ]
    inoculated, reported, scored = told(tmp_path, [(environment, line) for line in lines], limit=2500)
    assert_one_sentence(inoculated, str(out))
    assert inoculated["changed"] == []
    assert_one_sentence(reported, str(tmp_path / "report"))
    assert not any(".inoc-evals" in path for path in reported["changed"])
    assert scored["code"] == 1
    assert scored["err"].startswith("error: ")
    assert len(scored["err"].strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["--help"]])
def test_an_output_that_takes_nothing(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: the output")
    assert len(result.stderr.splitlines()) == 1


def test_a_reader_that_has_seen_enough_and_an_output_that_is_closed() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run([COMMAND, "list"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert result.stderr == ""
    closed = subprocess.run(f"{COMMAND} list >&-", shell=True, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S602
    assert (closed.returncode, closed.stderr) == (0, "")


def test_a_terminal_without_the_characters(tmp_path: Path) -> None:
    data, out = tmp_path / "data.jsonl", tmp_path / "ñandú\udcff🦉.jsonl"
    data.write_text(ROW + "\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    arguments = ["inoculate", str(data), "--prompt", "ñ", "-o", os.fsencode(out)]
    result = subprocess.run([COMMAND, *arguments], capture_output=True, check=False, env=environment)
    assert (result.returncode, result.stderr) == (0, b"")
    assert out.is_file()
    broken = subprocess.run([COMMAND, "inoculate", str(data), "--prompt", b"\xff", "-o", str(data)], check=False)
    assert broken.returncode == 2
