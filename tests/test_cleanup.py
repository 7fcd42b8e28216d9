"""What `inoc-evals score` leaves behind after success, a failure and Ctrl-C: finished samples, nothing else.

Each such run has a session of its own, so that what it started can be found in /proc, and a HOME and TMPDIR of its own.
Between it and the quick loopback server stands a wire tap, which knows what was sent and which connections are open.
"""

from __future__ import annotations

import gzip
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from zipfile import ZipFile

# inspect_ai teaches zipfile the compression of its logs.
import inspect_ai._util.zipfile  # noqa: F401
import pyarrow.parquet
import pytest

from inoc_evals.readers.inputs import Input, read_inputs
from tests.command import COMMAND, run
from tests.judging.serving import Served

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")

Serve = Callable[..., Served]

KEYS = {
    "INOC_CHECKPOINT_API_KEY": "sk-checkpoint-5ec2e7-c0ffee",
    "INOC_JUDGE_API_KEY": "sk-judge-5ec2e7-facade",
    "ACME_API_KEY": "sk-acme-5ec2e7-decade",
}
SECRET = re.compile(rb"5ec2e7")
TICKS_AT_REST = 0.05 * os.sysconf("SC_CLK_TCK")
ANSWERED = 10  # samples that are finished when a run is stopped


class Tap(ThreadingTCPServer):
    """A port that passes everything on to a server, keeps what was sent, and counts the open connections.

    After `most` requests the next ones are held back, so that a run stands still with as many samples finished.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.sent: list[bytes] = []
        self.open: set[int] = set()
        self.most: int | None = None
        self.requests = 0
        self._counting = threading.Lock()
        self._released = threading.Event()
        super().__init__(("127.0.0.1", 0), _Passing)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def take(self, data: bytes) -> None:
        self.sent.append(data)
        # For prompts as they are rendered a server is asked too.
        if data.startswith(b"POST ") and b"completions" in data.partition(b"\r\n")[0]:
            with self._counting:
                self.requests += 1
                held = self.most is not None and self.requests > self.most
            if held:
                self._released.wait()

    @property
    def holding(self) -> bool:
        return self.most is not None and self.requests > self.most

    def release(self) -> None:
        self.most = None
        self._released.set()

    def keys(self) -> set[str]:
        return {key.decode() for key in re.findall(rb"(?i)authorization: bearer (\S+)", b"".join(self.sent))}


class _Passing(BaseRequestHandler):
    server: Tap

    def handle(self) -> None:
        number = id(self)
        self.server.open.add(number)
        try:
            with socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
                back = threading.Thread(target=_pass_on, args=(behind, self.request), daemon=True)
                back.start()
                _pass_on(self.request, behind, self.server.take)
                back.join()
        finally:
            self.server.open.discard(number)


def _pass_on(source: socket.socket, target: socket.socket, seen: Callable[[bytes], None] = lambda _: None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            seen(data)
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def tapped(served: Served) -> Iterator[Tap]:
    tap = Tap(int(served.url.rpartition(":")[2].removesuffix("/v1")))
    thread = threading.Thread(target=tap.serve_forever, daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        tap.shutdown()
        tap.server_close()
        thread.join()


@dataclass
class Ended:
    """How a run ended, and the command lines of all its processes while it ran."""

    code: int = 0
    out: str = ""
    err: str = ""
    commands: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Process:
    """One process; its start tells it from a later one with the same id."""

    pid: int
    start: int


def family(leader: int) -> dict[Process, int]:
    """All processes that the leader started, itself and their children included, with the clock ticks that each has
    run. Those whose parent has ended are found by the session."""
    found: dict[int, tuple[Process, int, int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                process = Process(int(entry.name), int(fields[19]))
                if fields[0] != "Z":
                    found[process.pid] = process, int(fields[1]), int(fields[3]), int(fields[11]) + int(fields[12])
    ours = {pid for pid, (_, _, session, _) in found.items() if leader in (pid, session)}
    while more := {pid for pid, (_, parent, _, _) in found.items() if parent in ours} - ours:
        ours |= more
    return {found[pid][0]: found[pid][3] for pid in ours}


def alive(process: Process) -> bool:
    return process in family(process.pid)


def at_rest(leader: int) -> bool:
    """Have the processes done next to nothing in the last half second?"""
    before = family(leader)
    time.sleep(0.5)
    after = family(leader)
    return before.keys() == after.keys() and sum(after.values()) - sum(before.values()) <= TICKS_AT_REST


def eventually(true: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def score(tap: Tap, folder: Path, *arguments: str, on_the_way: Callable[[int], bool] | None = None) -> Ended:
    """Run it to its end; `on_the_way` is called with its process id until it has done what it does to the run, and says
    so. Fails if a process, a connection or a temporary file is left."""
    home, temporary = folder / "home", folder / "tmp"
    for made in (home, temporary):
        made.mkdir(exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    environment |= own_environment(tap, folder) | {"HOME": str(home), "TMPDIR": str(temporary)}
    command = [str(COMMAND), *words(tap, folder, *arguments)]
    ended = Ended()
    started: set[Process] = set()
    with (folder / "stdout").open("w+") as out, (folder / "stderr").open("w+") as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err, start_new_session=True)
        try:
            while process.poll() is None:
                for one in family(process.pid):
                    started.add(one)
                    with suppress(FileNotFoundError, ProcessLookupError):
                        ended.commands.add(Path(f"/proc/{one.pid}/cmdline").read_bytes())
                if on_the_way is not None and on_the_way(process.pid):
                    on_the_way = None
                time.sleep(0.2)
            left = [*family(process.pid), *filter(alive, started)]
            assert not left, left
        finally:
            for one in filter(alive, started):
                os.kill(one.pid, signal.SIGKILL)
            process.wait()
            tap.release()
        ended.code = process.returncode
        ended.out, ended.err = ((folder / name).read_text() for name in ("stdout", "stderr"))
    assert on_the_way is None, "the run ended too early"
    assert eventually(lambda: not tap.open), f"{len(tap.open)} connections are open"
    assert not list(temporary.rglob("*"))
    assert any(b"score" in line for line in ended.commands)
    return ended


def score_again(tap: Tap, folder: Path, *arguments: str) -> Ended:
    """The same command in this process, for what it makes of what was left."""
    ended = run(*words(tap, folder, *arguments), environment=own_environment(tap, folder))
    return Ended(ended.code, ended.out, ended.err)


def words(tap: Tap, folder: Path, *arguments: str) -> list[str]:
    return ["score", *arguments, "--judge", f"{tap.url}#judge", "--out", str(folder / "out")]


def own_environment(tap: Tap, folder: Path) -> dict[str, str]:
    return KEYS | {"ACME_BASE_URL": tap.url, "INOC_EVALS_CACHE": str(folder / "cache")}


def one_sentence(text: str) -> str:
    """The message that a failed run ends with, which must be its only one."""
    assert "Traceback" not in text
    message = " ".join(text.split())
    assert message.startswith("error: ")
    assert message.count("error: ") == 1
    return message


def assert_no_key(folder: Path, ended: Ended) -> None:
    """No file of the run, no output and no command line has a key in it; logs and tables are looked at uncompressed."""
    texts = {"stdout": ended.out.encode(), "stderr": ended.err.encode(), "/proc": b"\n".join(ended.commands)}
    for path in folder.rglob("*"):
        if path.is_file():
            texts |= {f"{path.relative_to(folder)}{part}": data for part, data in contents(path)}
    assert any(name.endswith("header.json") for name in texts)
    assert [name for name, data in texts.items() if SECRET.search(data)] == []


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield "", path.read_bytes()
    if path.suffix == ".eval":
        with ZipFile(path) as archive:
            yield from ((f"!{name}", archive.read(name)) for name in archive.namelist())
    elif path.suffix == ".gz":
        yield "!", gzip.decompress(path.read_bytes())
    elif path.suffix == ".parquet":
        yield "!", repr(pyarrow.parquet.read_table(path).to_pydict()).encode()


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A test run in the background of a shell may ignore Ctrl-C, and what it starts would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_success_leaves_results_and_no_key(judge_server: Serve, tmp_path: Path) -> None:
    with tapped(judge_server()) as tap:
        arms = [f"none={tap.url}#a1", "inoculated=openai-api/acme/b1"]
        tasks = ["--tasks", "spanish_capitals,emergent_misalignment", "--limit", "2", "--samples", "2"]
        ended = score(tap, tmp_path, *arms, *tasks)
        assert ended.code == 0, ended.err
        assert ended.err.strip() == ""
        assert (tmp_path / "out" / "report.html").is_file()
        # Without this the search for the keys would prove nothing.
        assert tap.keys() == set(KEYS.values())
        assert_no_key(tmp_path, ended)


@pytest.mark.parametrize(
    ("task", "who"), [("spanish_capitals", "checkpoint"), ("emergent_misalignment", "judge")], ids=["model", "judge"]
)
def test_a_refused_key_is_one_sentence_without_the_key(
    judge_server: Serve, tmp_path: Path, task: str, who: str
) -> None:
    served = judge_server("unauthorised")
    with tapped(served) as tap:
        arguments = [f"none={tap.url}#a1", "--tasks", task, "--limit", "1", "--samples", "2"]
        failed = score(tap, tmp_path, *arguments)
        # Whoever holds the wrong key hears of it before anything is asked.
        assert failed.code == 2
        assert "refuses the key (status 401)" in failed.err
        assert f"INOC_{who.upper()}_API_KEY" in failed.err
        assert "Traceback" not in failed.err
        assert KEYS[f"INOC_{who.upper()}_API_KEY"] in tap.keys()  # noqa: SIM118 - a method of the tap
        assert not SECRET.search((failed.err + failed.out).encode())
        assert not (tmp_path / "out").exists()
        served.get("/faults/none")
        again = score_again(tap, tmp_path, *arguments)
        assert again.code == 0, again.err
        assert_no_key(tmp_path, again)


def test_a_server_that_fails_on_the_way_costs_no_finished_sample(judge_server: Serve, tmp_path: Path) -> None:
    served = judge_server()
    with tapped(served) as tap:
        tap.most = ANSWERED
        arguments = [f"none={tap.url}#a1", "--tasks", "spanish_capitals", "--limit", "15"]

        def refuse(leader: int) -> bool:
            ready = tap.holding and at_rest(leader)
            if ready:
                served.get("/faults/unauthorised")
                tap.release()
            return ready

        failed = score(tap, tmp_path, *arguments, on_the_way=refuse)
        assert failed.code == 1
        assert "401" in one_sentence(failed.err)
        assert_goes_on(served, tap, tmp_path, arguments)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(
    ("tasks", "workers", "number"),
    [
        ("spanish_capitals", "1", signal.SIGINT),
        ("spanish_capitals,owl_preference", "1", signal.SIGTERM),
        ("owl_preference", "2", signal.SIGINT),
    ],
)
def test_ctrl_c_keeps_what_is_finished(
    judge_server: Serve, tmp_path: Path, tasks: str, workers: str, number: signal.Signals
) -> None:
    served = judge_server()
    with tapped(served) as tap:
        tap.most = ANSWERED
        arguments = [f"none={tap.url}#a1", f"inoculated={tap.url}#b1"][: int(workers)]
        arguments += ["--tasks", tasks, "--limit", "15", "--workers", workers]

        def press(leader: int) -> bool:
            ready = tap.holding and at_rest(leader)
            if ready:
                os.killpg(leader, number)
            return ready

        stopped = score(tap, tmp_path, *arguments, on_the_way=press)
        assert stopped.code == 130, stopped.err
        assert "Traceback" not in stopped.err
        assert "error:" not in stopped.err
        assert "scored in" not in stopped.out
        assert f"stopped: {ANSWERED} of " in stopped.out
        assert_no_key(tmp_path, stopped)
        assert_goes_on(served, tap, tmp_path, arguments)


def assert_goes_on(served: Served, tap: Tap, folder: Path, arguments: list[str]) -> None:
    """The same command finishes a run that ended early and asks again for nothing that was finished."""
    served.get("/faults/none")
    before = served.get("/stats")["made"]
    ended = score_again(tap, folder, *arguments)
    assert ended.code == 0, ended.err
    rows = read_inputs([Input(folder / "out")]).rows
    assert len({(row.checkpoint, row.task, row.item, row.epoch) for row in rows}) == len(rows)
    assert served.get("/stats")["made"] - before == len(rows) - ANSWERED
    assert_no_key(folder, ended)
