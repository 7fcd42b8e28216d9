"""What is found to be wrong before a server is started or a response paid for, and how fast."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from inoc_evals.client import probe
from inoc_evals.client.probe import DEADLINE_S, Probes, Target, fault_of, models_at
from inoc_evals.errors import InputError, WorkError
from inoc_evals.plan.preflight import check_judging, check_request, check_room, folder_faults
from inoc_evals.plan.request import Request
from inoc_evals.serving.options import option_faults
from tests.checkpoints.hub import mirrored
from tests.judging.serving import Served

COMMAND = Path(sys.executable).with_name("inoc-evals")
KEY = "sk-loopback-0123456789"
Reply = Callable[[str, str], tuple[int, object]]


@contextmanager
def server(reply: Reply) -> Iterator[tuple[str, list[str]]]:
    """A loopback server that answers (method, path) with a status and JSON, or bytes; and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path}")
            status, content = reply(self.command, self.path)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/v1", asked
        running.shutdown()


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


def listing(*names: str) -> dict[str, object]:
    return {"object": "list", "data": [{"id": name} for name in names]}


def fault(reply: Reply, model: str = "m", key: str | None = KEY, own: bool = True) -> str | None:
    with server(reply) as (url, _):
        return fault_of(Target(url, model, key, "VARIABLE", own))


def test_a_listed_model_is_asked_nothing() -> None:
    with server(lambda *_: (200, listing("other", "m"))) as (url, asked):
        assert fault_of(Target(url, "m", KEY, "VARIABLE")) is None
        assert asked == ["GET /v1/models"]
        assert models_at(url, "", "VARIABLE") == ["m", "other"]


@pytest.mark.parametrize(
    ("models", "chat", "told"),
    [
        ((200, listing("llama3", "phi")), (404, {}), "has no model 'm'; it has: llama3, phi"),
        ((200, listing("mm1")), (400, {}), "has no model 'm'; it has: mm1"),
        ((200, listing("other")), (200, {"choices": []}), None),  # aliases need not be listed
        ((401, {}), (401, {"error": KEY}), "refuses the key (status 401); put the right one into VARIABLE"),
        ((403, {}), (403, {}), "refuses the key (status 403)"),
        ((403, {}), (200, {"choices": []}), None),  # a key that may not list, and may ask
        ((404, {}), (200, {"choices": []}), None),
        ((404, {}), (400, {}), None),  # such as a model that refuses max_tokens
        ((404, {}), (429, {}), None),
        ((404, {}), (404, {}), "correct the name, or the address, which mostly ends in /v1"),
        ((200, b"<html>"), (200, b"<html>"), "is no server of models"),
        ((200, {"data": "x"}), (200, [1]), "is no server of models"),
        ((503, {}), (200, {"choices": []}), "answers with status 503; try again when it is up"),
        ((301, {}), (200, {}), "redirects to None"),
        ((404, {}), (500, {}), "answers with status 500"),
    ],
)
def test_what_a_server_says_is_told_apart(
    models: tuple[int, object], chat: tuple[int, object], told: str | None
) -> None:
    def reply(method: str, path: str) -> tuple[int, object]:
        return chat if method == "POST" else models if path == "/v1/models" else (404, {})

    found = fault(reply)
    assert (found is None) == (told is None)
    assert (told or "") in (found or "")
    assert KEY not in (found or "")


def test_without_a_key_the_server_wants_one_and_a_near_name_is_told() -> None:
    assert "wants a key" in (fault(lambda *_: (401, {}), key=None) or "")
    found = fault(lambda method, _: (404, {}) if method == "POST" else (200, listing("llama3:latest")), "llama3:lates")
    assert (found or "").endswith("did you mean 'llama3:latest'?")
    # A provider may have other paths than the user's own server.
    assert fault(lambda *_: (404, {}), own=False) is None


def test_a_server_that_comes_up_is_waited_for() -> None:
    statuses = iter([503, 503, 200])
    assert fault(lambda *_: (next(statuses), listing("m"))) is None


def test_nobody_and_silence_are_told_in_seconds_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DEADLINE_S < 10
    monkeypatch.setattr(probe, "ANSWER_S", 3.0)
    monkeypatch.setattr(probe, "DEADLINE_S", 4.0)
    probes = Probes()
    begun = time.monotonic()
    with silent() as quiet, socket.create_server(("127.0.0.1", 0)) as listening:
        dribbling = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        stop = threading.Event()

        def dribble() -> None:
            connection, _ = listening.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            # A byte now and then keeps every limit of a single read from being reached.
            while not stop.wait(1):
                connection.sendall(b" ")
            connection.close()

        threading.Thread(target=dribble, daemon=True).start()
        for url in (closed(), quiet, dribbling):
            probes.start(Target(url, "m", None, "VARIABLE"))
        nobody, silence, slow = probes.faults()
        stop.set()
    assert time.monotonic() - begun < probe.DEADLINE_S + 2
    assert "nobody answers at" in nobody
    assert "Connection refused" in nobody
    for told, url in ((silence, quiet), (slow, dribbling)):
        assert f"the server at {url} takes connections and gives no answer within 3 s" in told


def score(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INOC_EVALS_CACHE": str(folder / "cache")}
    command = [COMMAND, "score", *arguments, "--out", str(folder / "out")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


def test_a_dead_address_ends_score_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    done = score(f"x={closed()}#m", "--tasks", "owl_preference", folder=tmp_path)
    seconds = time.monotonic() - begun
    assert done.returncode == 2
    assert "nobody answers at" in done.stderr
    assert not (tmp_path / "out").exists()
    # Far below the minutes that retries take; the rest is the start of Python on a busy machine.
    assert seconds < 15


def test_everything_that_is_wrong_is_in_one_list(tmp_path: Path) -> None:
    done = score(
        f"x={closed()}#m",
        "y=~nouser/x",
        "z=[red]",
        "--tasks",
        "owl_preferense,emergent_misalignment,spanish_capitals",
        "--set",
        "spanish_capitals.sample=3",
        "--set",
        "spanish_capitals.temperature=2.5",
        "--set",
        "spanish_capitals.limit=0x10",
        "--shard=3/2",
        "--server-arg=--dtpye=float32",
        folder=tmp_path,
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0] == "error: 10 things are wrong:"
    for line, words in zip(
        lines[1:],
        (
            "limit must be a whole number",
            "--shard '3/2' is not I/N",
            "there is no task 'owl_preferense'",
            "task emergent_misalignment needs a judge",
            "did you mean 'samples'?",
            "temperature must be a number",
            "there is no user 'nouser'",
            "'[red]' is no folder",
            "did you mean '--dtype'?",
            "nobody answers at",
        ),
        strict=True,
    ):
        assert words in line
    assert not (tmp_path / "out").exists()


def checked(folder: Path, *checkpoints: str, **others: object) -> tuple[str, ...]:
    request = Request(checkpoints, folder / "out", **{"tasks": ["owl_preference"], **others})  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        check_request(request, lambda _: None)
    return caught.value.faults


def test_adapters_are_looked_at_before_a_server_is_started(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(tmp_path / "gone"), "r": 8}))
    (folder / "adapter_model.safetensors").write_bytes(b"x")
    faults = checked(tmp_path, f"a={folder}", f"b={tmp_path}", server_arguments=["foo", "--port=1"])
    assert len(faults) == 4
    assert "neither a model nor a LoRA adapter" in faults[0]
    assert "cannot be found" in faults[1]


def test_judges_are_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("INOC_JUDGE_API_KEY", KEY)
    with server(lambda *_: (401, {"error": KEY})) as (url, _):
        judges = [f"{url}#j", "openai/gpt-4o", "vllm/~nouser/x", "nobody/x", f"{url}#j", "opnai"]
        faults = checked(tmp_path, f"a={url}#m", judges=judges, tasks=["emergent_misalignment"])
        assert len(faults) == 7
        assert KEY not in "".join(faults)
        named = ("named twice", "No OPENAI_API_KEY", "no user", "'nobody'", "'opnai'", "CHECKPOINT_API", "INOC_JUDGE")
        for told, words in zip(faults, named, strict=True):
            assert words in told
        with pytest.raises(InputError) as caught:
            check_judging([f"{url}#j", "openai/gpt-4o", f"{url}/#j"], "alignmnt", None, [tmp_path / "no.jsonl"])
        assert len(caught.value.faults) == 5
        assert caught.value.faults[0] == "a judge is named twice; name each once"


def test_a_good_request_passes_and_asks_for_nothing(judge_server: Callable[..., Served], tmp_path: Path) -> None:
    served = judge_server()
    request = Request([f"a={served.url}#m"], tmp_path / "out", ["emergent_misalignment"], [f"{served.url}#judge"])
    found = check_request(request, lambda _: None)
    # Eight questions are the task's own, and every default of the task stands.
    assert found.plans["emergent_misalignment"].judged
    assert [member.label for member in found.members] == ["a"]
    assert served.get("/stats") == {"calls": 0, "made": 0, "judged": 0}
    assert not (tmp_path / "out").exists()


def test_places_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    assert folder_faults(tmp_path / "new" / "deep") == []
    assert "is no folder; name another output" in folder_faults(tmp_path / "file" / "x")[0]
    assert "the shell knows no home" in folder_faults(Path("~nouser/x"))[0]
    check_room(tmp_path / "new" / "deep", 1000)
    with pytest.raises(WorkError, match="are needed and"):
        check_room(tmp_path, 10**18)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(WorkError, match="nothing may be written into"):
        check_room(tmp_path)


def test_options_of_the_server_are_those_of_the_installed_one() -> None:
    good = ["--dtype=float32", "--gpu-memory-utilization", "0.8", "-tp", "2", "--no-enable-prefix-caching"]
    assert list(option_faults([*good, "--max_num_seqs=4", "--hf-overrides.x=1"])) == []
    dtype, stray, ours = option_faults(["--dtpye=float32", "--enforce-eager", "--seed=1", "x", "--api-key=k"])
    assert "did you mean '--dtype'?" in dtype
    assert "is no option of vLLM" in stray
    assert "--api-key is set by this program" in ours


def test_the_plan_says_in_words_what_cannot_be_found(tmp_path: Path, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m", "org/n")
    done = score(
        "a=org/m", "b=org/n", "--tasks", "spanish_capitals", "--limit", "2", "--samples", "1", "--plan",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no size" not in done.stdout
    assert "questions or training seeds are too few" in " ".join(done.stdout.split())
    assert not (tmp_path / "out").exists()
