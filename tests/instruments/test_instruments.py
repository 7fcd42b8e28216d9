"""Instruments are taken only with the right sha256, from a server or a file, and nothing is left of a failed try."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from inoc_evals.cli import cli
from inoc_evals.errors import InputError, WorkError
from inoc_evals.instruments import published as instruments
from inoc_evals.instruments.published import (
    INSTRUMENTS,
    add_instrument,
    find_instrument,
    installed_path,
    list_instruments,
)
from inoc_evals.plan.questions import read_questions

CONTENT = b"- {id: a, type: free_form_judge_0_100, paraphrases: [b]}\n"
OTHER = CONTENT + b"# changed\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved.yaml":
            self.send_response(302)
            self.send_header("Location", "/good.yaml")
            self.end_headers()
            return
        body = {"/good.yaml": CONTENT, "/cut.yaml": CONTENT, "/other.yaml": OTHER}.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"") + (100 if self.path == "/cut.yaml" else 0)))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


def pin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let em_first_plot be CONTENT, to be had from `url`."""
    changed = replace(INSTRUMENTS["em_first_plot"], url=url, sha256=hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setitem(INSTRUMENTS, "em_first_plot", changed)


def test_every_instrument_is_pinned() -> None:
    pinned = [one for one in list_instruments() if one.sha256 is not None]
    decisions, *plots = pinned
    assert [one.name for one in plots] == ["em_first_plot", "em_model_organisms", "em_preregistered"]
    for one in plots:
        assert re.fullmatch(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+\.yaml", one.url)
    assert decisions.name == "discrim_eval_explicit"
    assert re.fullmatch(r"https://huggingface\.co/datasets/[^/]+/[^/]+/resolve/[0-9a-f]{40}/.+\.jsonl", decisions.url)
    for one in pinned:
        assert re.fullmatch(r"[0-9a-f]{64}", one.sha256 or "")
    for one in list_instruments():
        known = (*pinned, find_instrument("mbpp_sanitized"), find_instrument("discrim_eval_implicit"))
        assert one in known or one.format in ("chat_rows", "reviews")
    mbpp = find_instrument("mbpp_sanitized")
    assert re.fullmatch(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+\.json", mbpp.url)


ROWS = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'


def test_a_file_without_a_known_sha256_is_taken_by_the_users(
    cache: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="no sha256 of insecure_code is known here; write the one that you know"):
        add_instrument("insecure_code", sha256=None)
    with pytest.raises(InputError, match="'abc' is no sha256"):
        add_instrument("insecure_code", sha256="abc")
    with pytest.raises(InputError, match="pinned here; drop --sha256"):
        add_instrument("em_first_plot", sha256="0" * 64)
    copy = cache.parent / "copy.jsonl"
    copy.write_bytes(2 * ROWS)
    right = hashlib.sha256(2 * ROWS).hexdigest()
    for allow_other in (False, True):
        with pytest.raises(InputError, match=f"the sha256 is {right}, but insecure_code is to be {'0' * 64}"):
            add_instrument("insecure_code", copy, allow_other, "0" * 64)
    assert not cache.exists()
    path = add_instrument("insecure_code", copy, sha256=right)
    assert installed_path("insecure_code") == path
    assert instruments.instrument_state("insecure_code") == "installed"
    path.write_bytes(ROWS)
    with pytest.raises(InputError, match="no longer the file that was added"):
        installed_path("insecure_code")
    monkeypatch.setitem(INSTRUMENTS, "insecure_code", replace(INSTRUMENTS["insecure_code"], url=f"{server}/good.yaml"))
    assert add_instrument("insecure_code", sha256=hashlib.sha256(CONTENT).hexdigest()).read_bytes() == CONTENT


def test_a_file_of_rows_has_as_many_as_were_counted(cache: Path) -> None:
    copy = cache.parent / "copy.jsonl"
    for count, right in ((1072, False), (1073, True)):
        copy.write_bytes(count * ROWS)
        given = hashlib.sha256(copy.read_bytes()).hexdigest()
        if right:
            assert add_instrument("sneaky_dialogues", copy, sha256=given).is_file()
        else:
            with pytest.raises(InputError, match="has 1072 lines, and sneaky_dialogues is known to have 1073"):
                add_instrument("sneaky_dialogues", copy, sha256=given)
            assert not cache.exists()


def test_training_rows_are_no_questions(cache: Path) -> None:
    with pytest.raises(InputError, match="instrument insecure_code holds training rows and no questions"):
        read_questions(Path("none"), "instrument:insecure_code")


def test_an_unknown_name_gets_the_known_ones(cache: Path) -> None:
    with pytest.raises(InputError, match=r"known instruments: .*em_first_plot, .*did you mean 'em_first_plot'"):
        find_instrument("em_frist_plot")
    for action in (installed_path, add_instrument):
        with pytest.raises(InputError, match="there is no instrument 'x'"):
            action("x")


def test_fetched_once_and_then_found(cache: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, f"{server}/good.yaml")
    assert installed_path("em_first_plot") is None
    path = add_instrument("em_first_plot")
    assert path == cache / "instruments" / "em_first_plot" / "good.yaml"
    assert path.read_bytes() == CONTENT
    assert installed_path("em_first_plot") == path
    assert [left.name for left in path.parent.iterdir()] == ["good.yaml"]


@pytest.mark.parametrize(
    ("page", "kind", "words"),
    [
        ("other.yaml", InputError, hashlib.sha256(OTHER).hexdigest() + ".*" + hashlib.sha256(CONTENT).hexdigest()),
        ("cut.yaml", WorkError, "could not be fetched .*--file"),
        ("absent.yaml", WorkError, r"\(status 404\).*--file"),
        ("moved.yaml", WorkError, "redirects to .*/good.yaml, which is not https"),
    ],
)
def test_a_failed_fetch_leaves_nothing(
    cache: Path, server: str, monkeypatch: pytest.MonkeyPatch, page: str, kind: type[Exception], words: str
) -> None:
    pin(monkeypatch, f"{server}/{page}")
    with pytest.raises(kind, match=words) as caught:
        add_instrument("em_first_plot")
    assert "\n" not in str(caught.value)
    assert not cache.exists()


def test_a_failed_fetch_keeps_what_was_there(cache: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, f"{server}/cut.yaml")
    copy = cache.parent / "copy.yaml"
    copy.write_bytes(CONTENT)
    path = add_instrument("em_first_plot", copy)
    with pytest.raises(WorkError):
        add_instrument("em_first_plot")
    assert installed_path("em_first_plot") == path


def test_no_network_names_the_way_out(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        pin(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}/good.yaml")
        with pytest.raises(WorkError, match="instruments add em_first_plot --file PATH"):
            add_instrument("em_first_plot")


def test_a_server_that_never_ends(cache: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, f"{server}/good.yaml")
    monkeypatch.setattr(instruments, "MAX_BYTES", 10)
    with pytest.raises(WorkError, match="more than 10 bytes"):
        add_instrument("em_first_plot")


def test_a_wrong_proxy_setting(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(WorkError, match="--file"):
        add_instrument("em_first_plot")


def test_a_file_with_another_hash_is_refused(cache: Path) -> None:
    copy = cache.parent / "copy.yaml"
    copy.write_bytes(OTHER)
    with pytest.raises(InputError) as caught:
        add_instrument("em_first_plot", copy)
    message = str(caught.value)
    assert message.startswith(f"{copy}: ")
    assert hashlib.sha256(OTHER).hexdigest() in message
    assert "215abde5b02811e922b6ac563ff33c490e0dff9ab58439df840f3135e9387173" in message
    assert not cache.exists()
    with pytest.raises(InputError, match="there is no such file"):
        add_instrument("em_first_plot", cache.parent / "absent.yaml")


def test_a_file_changed_after_it_was_added_is_refused(
    cache: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, f"{server}/good.yaml")
    path = add_instrument("em_first_plot")
    path.write_bytes(OTHER)
    with pytest.raises(InputError, match=r"good\.yaml: .*instruments add em_first_plot"):
        installed_path("em_first_plot")
    listed = [line.split() for line in CliRunner().invoke(cli, ["list", "instruments"]).output.splitlines()]
    assert [words[1] for words in listed if words[0] == "em_first_plot"] == ["changed"]
    add_instrument("em_first_plot")
    assert installed_path("em_first_plot") == path


def test_another_revision_is_taken_knowingly_and_held_to_its_own_hash(cache: Path) -> None:
    copy = cache.parent / "copy.yaml"
    copy.write_bytes(OTHER)
    path = add_instrument("em_first_plot", copy, allow_other=True)
    assert installed_path("em_first_plot") == path
    path.write_bytes(CONTENT)
    with pytest.raises(InputError, match="no longer the file"):
        installed_path("em_first_plot")
    with pytest.raises(InputError, match="--file"):
        add_instrument("em_first_plot", None, allow_other=True)


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(CONTENT)
    pin(monkeypatch, "https://example.org/good.yaml")
    monkeypatch.setenv("INOC_EVALS_CACHE", str(copy))
    with pytest.raises(WorkError, match=r"cannot be written .*INOC_EVALS_CACHE"):
        add_instrument("em_first_plot", copy)


def test_the_command_says_what_it_is_and_how_to_use_it(
    cache: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, f"{server}/good.yaml")
    result = CliRunner().invoke(cli, ["instruments", "add", "em_first_plot"])
    assert result.exit_code == 0
    for words in ("Betley et al.", "MIT", f"{server}/good.yaml", hashlib.sha256(CONTENT).hexdigest(), str(cache)):
        assert words in result.output
    assert result.output.endswith("-T items=instrument:em_first_plot\n")
    rows = json.loads(CliRunner().invoke(cli, ["list", "instruments", "--json"]).output)
    assert [(row["name"], row["state"]) for row in rows if row["sha256"]] == [
        ("discrim_eval_explicit", "not installed"),
        ("em_first_plot", "installed"),
        ("em_model_organisms", "not installed"),
        ("em_preregistered", "not installed"),
    ]
