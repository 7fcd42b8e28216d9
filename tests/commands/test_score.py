"""`inoc-evals score` as a user runs it, against a quick loopback server that is model and judge."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import which
from zipfile import BadZipFile, ZipFile

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.errors import InputError
from inoc_evals.plan.request import read_shard
from inoc_evals.readers.inputs import Input, read_inputs
from tests.checkpoints.hub import mirrored
from tests.command import COMMAND, Ended
from tests.command import run as call
from tests.judging.serving import Served

Serve = Callable[..., Served]
LABELS = {("none", "none-s1"), ("none", "none-s2"), ("inoculated", "inoculated")}


def command(served: Served, out: Path, *more: str) -> list[str]:
    arms = [f"none={served.url}#a1", f"none={served.url}#a2", f"inoculated={served.url}#b1"]
    judge = ["--judge", f"{served.url}#judge", "--out", str(out)]
    return ["score", *arms, *judge, "--tasks", "emergent_misalignment", *more]


def run(arguments: list[str], folder: Path) -> Ended:
    return call(*arguments, environment={"INOC_EVALS_CACHE": str(folder / "cache")})


@contextmanager
def process(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, to be stopped or killed; it is killed at the end of the block."""
    environment = {**os.environ, "INOC_EVALS_CACHE": str(folder / "cache")}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([str(COMMAND), *arguments], env=environment, text=True, **output) as running:
        try:
            yield running
        finally:
            running.kill()


def test_arms_with_seeds_and_a_second_run_that_does_nothing(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    arguments = command(served, tmp_path / "out", "--limit", "3", "--samples", "4")
    first = run(arguments, tmp_path)
    assert first.code == 0, first.err
    found = read_inputs([Input(tmp_path / "out")])
    assert found.arms == ("none", "inoculated")
    assert len(found.rows) == 3 * 3 * 4
    assert {(row.arm, row.checkpoint) for row in found.rows} == LABELS
    assert [told["versions"] for told in found.settings["rated_by"].values()] == [["judge"]]
    for name in ("table.md", "report.html", "results.json", "responses.csv", "responses.parquet", "figure.svg"):
        assert (tmp_path / "out" / name).stat().st_size > 0
    before = served.get("/stats")
    second = run(arguments, tmp_path)
    assert second.code == 0, second.err
    after = served.get("/stats")
    assert after["made"] == before["made"]
    assert after["judged"] == before["judged"]
    assert read_inputs([Input(tmp_path / "out")]).rows == found.rows


@pytest.mark.parametrize("moment", ["generating", "rating"])
def test_a_killed_run_goes_on_where_it_stopped(judge_server: Serve, tmp_path: Path, moment: str) -> None:
    served = judge_server("slow")
    arguments = command(
        served, tmp_path / "out", "--limit", "16", "--samples", "4", "--set", "emergent_misalignment.choices=2"
    )
    with process(arguments, tmp_path) as killed:
        wait_until(lambda: served.get("/stats")["made"] >= 10 if moment == "generating" else on_disk(tmp_path) > 0)
        assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=10)
    served.get("/faults/none")
    # The server goes on with what it was asked before the kill.
    saved, cached = on_disk(tmp_path), ratings_on_disk(tmp_path)
    wait_until(lambda: quiet(served), 30)
    before = served.get("/stats")
    result = run(arguments, tmp_path)
    assert result.code == 0, result.err
    rows = read_inputs([Input(tmp_path / "out")]).rows
    assert len(rows) == 3 * 16 * 4
    assert all(row.values["alignment"] is not None for row in rows)
    after = served.get("/stats")
    kept = len(rows) - (after["made"] - before["made"])
    # What was finished and on disk is not asked for again.
    assert kept >= 2 * saved
    # Nor is a rating by one of the two rubrics that was in the cache.
    assert after["judged"] - before["judged"] <= 2 * len(rows) - cached
    ids = [(row.checkpoint, row.item, row.epoch, row.choice) for row in rows]
    assert len(ids) == len(set(ids))


def test_a_folder_that_is_being_scored_is_left_alone_and_the_stopped_run_says_how_to_go_on(
    judge_server: Serve, tmp_path: Path
) -> None:
    served = judge_server("slow")
    arguments = command(served, tmp_path / "out", "--limit", "16", "--samples", "20")
    out = str(tmp_path / "out")
    others = [arguments, ["report", out], ["judges", "rate", out, "--judge", f"{served.url}#judge"]]
    with process(arguments, tmp_path) as first:
        wait_until(lambda: (tmp_path / "out" / ".lock.json").exists())
        wait_until(lambda: bool(list(tmp_path.rglob("*.eval"))))
        for other in others:
            refused = run(other, tmp_path)
            assert refused.code == 2
            assert f"another process works in this folder (pid {first.pid} on " in refused.said
        assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        said = first.communicate(timeout=60)[0]
    assert first.returncode == 130, said
    made = served.get("/stats")["made"]
    assert f"stopped: {made} of {3 * 16 * 20} responses are kept in {out}; go on with:" in said
    (typed,) = [line for line in said.splitlines() if line.endswith(f" {shlex.join(arguments)}")]
    assert which(shlex.split(typed)[0]) or Path(shlex.split(typed)[0]).exists()
    served.get("/faults/none")
    assert run(shlex.split(typed)[1:], tmp_path).code == 0
    assert len(read_inputs([Input(tmp_path / "out")]).rows) == 3 * 16 * 20 == served.get("/stats")["made"]


def quiet(served: Served) -> bool:
    before = served.get("/stats")
    time.sleep(1)
    return bool(before == served.get("/stats"))


def ratings_on_disk(folder: Path) -> int:
    """Ratings in the cache of judgements."""
    path = folder / "cache" / "judgements.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM judgements").fetchone()[0])


def on_disk(folder: Path) -> int:
    """The samples, of two responses each, that the logs hold so far."""
    found = 0
    for log in folder.rglob("*.eval"):
        # A log is no archive before its first samples are in it.
        with suppress(BadZipFile), ZipFile(log) as archive:
            found += sum(name.startswith("samples/") for name in archive.namelist())
    return found


def test_workers_share_the_checkpoints_end_with_the_program_that_started_them_and_go_on(
    judge_server: Serve, tmp_path: Path
) -> None:
    served = judge_server("slow")
    arguments = command(served, tmp_path / "out", "--limit", "16", "--samples", "4", "--workers", "2")
    with process(arguments, tmp_path) as killed:
        wait_until(lambda: served.get("/stats")["made"] > 5)
        workers = [int(child) for child in Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()]
        assert len(workers) == 2
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=60)
        wait_until(lambda: not [child for child in workers if command_line(child)])
    served.get("/faults/none")
    first = run(arguments, tmp_path)
    assert first.code == 0, first.err
    rows = read_inputs([Input(tmp_path / "out")]).rows
    assert len(rows) == 3 * 16 * 4
    assert {(row.arm, row.checkpoint) for row in rows} == LABELS
    before = served.get("/stats")
    assert run(arguments, tmp_path).code == 0
    after = served.get("/stats")
    assert (after["made"], after["judged"]) == (before["made"], before["judged"])
    other = run([*arguments[:-1], "3"], tmp_path)
    assert other.code == 2
    assert "results with other workers" in other.said


def wait_until(what: Callable[[], bool], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


REPORT = ("table.md", "figure.png", "figure.svg", "results.json", "responses.csv", "responses.parquet", "report.html")


def test_a_kill_while_the_report_is_written_leaves_no_half_of_a_file(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    out = tmp_path / "out"
    arguments = command(served, out, "--limit", "8", "--samples", "10")
    assert run(arguments, tmp_path).code == 0
    complete = {name: (out / name).read_bytes() for name in REPORT}
    asked = served.get("/stats")
    cut_short = 0
    report = ["report", str(out)]
    for name, writing in (("table.md", arguments), ("results.json", report), (".inoc-evals-draft-*.html", report)):
        for file in REPORT:
            (out / file).unlink(missing_ok=True)
        with process(writing, tmp_path) as killed:
            while not any(out.glob(name)):
                if killed.poll() is not None:
                    break
                time.sleep(0.001)
            killed.kill()
            killed.wait(timeout=10)
        left = {file: (out / file).read_bytes() for file in REPORT if (out / file).exists()}
        assert left == {file: complete[file] for file in left}
        cut_short += len(left) < len(REPORT)
    assert cut_short >= 2
    assert run(arguments, tmp_path).code == 0
    assert {name: (out / name).read_bytes() for name in REPORT} == complete
    # The file that is locked stays, so that all processes lock the same one.
    assert {path.name for path in out.glob(".*")} <= {".lock"}
    assert served.get("/stats")["made"] == asked["made"]
    assert served.get("/stats")["judged"] == asked["judged"]


@pytest.mark.parametrize(
    "arguments", [["http://user:5ecret@127.0.0.1:9/v1#m"], ["{url}#m", "--judge", "https://5ecret@h/v1#j"]]
)
def test_a_key_in_an_address_is_refused_and_written_nowhere(
    judge_server: Serve, tmp_path: Path, arguments: list[str]
) -> None:
    url = judge_server().url
    result = run(["score", *(one.format(url=url) for one in arguments), "--out", str(tmp_path / "out")], tmp_path)
    assert result.code == 2
    assert "holds a name or key" in result.said
    assert "5ecret" not in result.err + result.out
    assert not (tmp_path / "out").exists()


def test_checkpoints_whose_names_end_alike_are_seeds_of_their_own(judge_server: Serve, tmp_path: Path) -> None:
    first, second = judge_server(), judge_server()
    arms = [f"a={first.url}#org1/m", f"a={first.url}#org2/m", f"b={first.url}#same=m", f"b={second.url}#same=m"]
    task = ["--tasks", "owl_preference", "--limit", "1", "--samples", "2", "--out", str(tmp_path / "out")]
    result = run(["score", *arms, *task], tmp_path)
    assert result.code == 0, result.err
    rows = read_inputs([Input(tmp_path / "out")]).rows
    assert {(row.arm, row.checkpoint) for row in rows} == {("a", "a-s1"), ("a", "a-s2"), ("b", "b-s1"), ("b", "b-s2")}
    # One of the four checkpoints is behind the second address.
    assert 3 * second.get("/stats")["made"] == first.get("/stats")["made"] > 0
    exported = json.loads((tmp_path / "out" / "results.json").read_text())
    assert {one["rate"]["checkpoints"] for one in exported["rates"]} == {2}
    assert len({one["checkpoint"] for one in exported["checkpoints"]}) == 4


def test_a_folder_with_other_checkpoints_is_not_mixed(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    small = ("--limit", "1", "--samples", "1")
    assert run(command(served, tmp_path / "out", *small), tmp_path).code == 0
    other = run(command(served, tmp_path / "out", "--limit", "2", "--samples", "1"), tmp_path)
    assert other.code == 2
    assert "this folder holds results with other tasks; name another --out" in other.said


def test_shards_join_into_one_report(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    small = ("--limit", "2", "--samples", "2")
    for part in ("1/2", "2/2"):
        done = run(command(served, tmp_path / part.replace("/", "of"), *small, "--shard", part), tmp_path)
        assert done.code == 0, done.err
    joined = read_inputs([Input(tmp_path / "1of2"), Input(tmp_path / "2of2")])
    assert {row.checkpoint for row in joined.rows} == {label for _, label in LABELS}
    assert len(joined.rows) == 3 * 2 * 2
    report = ["report", str(tmp_path / "1of2"), str(tmp_path / "2of2"), "--out", str(tmp_path / "all")]
    assert run(report, tmp_path).code == 0
    assert json.loads((tmp_path / "all" / "results.json").read_text())


def test_a_judged_task_without_a_judge_costs_nothing(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    arguments = ["score", f"none={served.url}#a", "--tasks", "emergent_misalignment"]
    result = run([*arguments, "--out", str(tmp_path / "out")], tmp_path)
    assert result.code == 2
    assert "needs a judge; name one with --judge" in result.said
    assert served.get("/stats")["made"] == 0
    assert not (tmp_path / "out").exists()


def adapter(folder: Path, base: str) -> str:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base, "r": 8}))
    (folder / "adapter_model.safetensors").write_bytes(folder.name.encode())
    return str(folder)


def test_adapters_share_their_bases_server(tmp_path: Path, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m", "org/other")
    one, two, other = (
        adapter(tmp_path / name, base) for name, base in (("x", "org/m"), ("y", "org/m"), ("z", "org/other"))
    )
    members = read_arms([f"none={one}", f"none={two}", f"inoc={other}", "base=org/m"])
    assert [(member.arm, member.label) for member in members] == [
        ("none", "none-s1"),
        ("none", "none-s2"),
        ("inoc", "inoc"),
        ("base", "base"),
    ]
    groups = by_base(members)
    assert [(group.base.reference, sorted(group.adapters)) for group in groups] == [
        ("org/m", ["none-s1", "none-s2"]),
        ("org/other", ["inoc"]),
    ]
    assert groups[0].members == {"none-s1": "none-s1", "none-s2": "none-s2", "base": None}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "there is no checkpoint"),
        (["none="], "names no checkpoint"),
        (["none=/no/such/folder"], "is no folder, no hub id"),
        (["a=org/m", "a=org/m"], "is named twice in arm a"),
    ],
)
def test_wrong_arms(texts: list[str], message: str, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m")
    with pytest.raises(InputError, match=message):
        by_base(read_arms(texts))


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2", ""])
def test_wrong_shards(text: str) -> None:
    with pytest.raises(InputError, match="is not I/N"):
        read_shard(text)
    assert read_shard("2/8") == (2, 8)
