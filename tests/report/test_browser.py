"""The page in a real Chromium."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.report.html import write_report
from tests.report.rows import make, study
from tests.report.rows import page as page_of

pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)

HOSTILE = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'><!-- <script> --> "
    "{{ 7 * 7 }} {% raw %} & &amp; \u2028\u2029 \x00 \\u003c ]]> <b>bold</b>"
)
CARDS = "document.querySelectorAll('#examples article').length"
COUNT = "document.getElementById('count').textContent"


@dataclass(frozen=True)
class Visit:
    results: list[Any]
    console: list[str]
    requests: list[str]
    opened: float


def visit(page: Path, *scripts: str, options: tuple[str, ...] = ()) -> Visit:
    command = [sys.executable, str(Path(__file__).with_name("chromium.py")), str(page), *options]
    done = subprocess.run(command, input=json.dumps(scripts), capture_output=True, text=True, check=False, timeout=90)
    if done.returncode:
        pytest.fail(f"the browser ended with {done.returncode}: {done.stderr[-2000:]}")
    return Visit(**json.loads(done.stdout.splitlines()[-1]))


def choose(name: str, value: str) -> str:
    """A script that sets a filter as a user does, and says how many examples match."""
    kind = "input" if name == "search" else "change"
    return (
        f"(() => {{ const e = document.getElementById({json.dumps(name)}); e.value = {json.dumps(value)};"
        f" e.dispatchEvent(new Event('{kind}', {{bubbles: true}})); return {COUNT}; }})()"
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = study()
    rows.append(make(arm="none", checkpoint="none-s1", item="hostile", response=HOSTILE, prompt_text=HOSTILE))
    return write_report(page_of(rows, ["none", "inoculated"], {"judge": HOSTILE}, 2), tmp_path_factory.mktemp("report"))


def test_it_loads_without_an_error_and_without_a_request(page: Path) -> None:
    found = visit(page, "document.documentElement.dataset.ready", CARDS, COUNT)
    assert found.results[:2] == ["yes", 20]
    assert found.results[2].startswith("1 to 20 of ")
    assert found.console == []
    assert [address for address in found.requests if not address.startswith("data:")] == [page.as_uri()]


def test_filters_search_and_pages(page: Path) -> None:
    texts = "[...document.querySelectorAll('#examples .where')].map((e) => e.textContent)"
    found = visit(
        page,
        choose("arm", "inoculated"),
        choose("task", "emergent_misalignment"),
        choose("question", "q02"),
        texts,
        choose("outcome", '["misaligned","yes",null]'),
        "[...document.querySelectorAll('#examples article')].every((e) => e.querySelector('li.yes'))",
        "document.getElementById('clear').click()",
        COUNT,
        "document.getElementById('next').click()",
        COUNT,
        choose("search", "WHAT ABOUT Q03"),
        choose("search", "no response says this"),
        CARDS,
        "document.querySelector('#questions a').click()",
        "document.getElementById('question').value",
        choose("question", ""),
        choose("outcome", '["misaligned","excluded","incoherent"]'),
        "[...document.querySelectorAll('#examples li.excluded')].map((e) => e.textContent)",
    )
    results = found.results
    assert len({results[0], results[1], results[2]}) == 3
    assert len(results[3]) > 2
    assert all(text.startswith("inoculated · ") and "· q02 ·" in text for text in results[3])
    assert results[4] != results[2]
    assert results[5] is True
    assert results[7].startswith("1 to 20 of ")
    assert results[9].startswith("21 to 40 of ")
    assert results[10].startswith("1 to ")
    assert results[11].startswith("no matching example")
    assert results[12] == 0
    assert results[14] == "q00"
    assert results[15] != results[16]
    assert set(results[17]) == {"misaligned: excluded (incoherent)"}
    assert found.console == []


def test_a_response_full_of_html_shows_as_text(page: Path) -> None:
    found = visit(
        page,
        choose("question", "hostile"),
        "document.querySelector('#examples pre.response').textContent",
        "document.querySelector('#examples details pre').textContent",
        "document.querySelectorAll('#examples img, #examples b, #settings b, #settings img').length",
        "String(window.hacked)",
        "[...document.querySelectorAll('#settings td')].map((e) => e.textContent).join()",
    )
    assert found.results[1] == HOSTILE
    assert found.results[2] == HOSTILE
    assert found.results[3] == 0
    assert found.results[4] == "undefined"
    # HTML has no way to write NUL; the parser drops or replaces it.
    assert found.results[5].replace("\ufffd", "").strip() == HOSTILE.replace("\x00", "").strip()
    assert found.console == []


class Ears(http.server.BaseHTTPRequestHandler):
    heard: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def listener() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ears)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_policy_forbids_every_request(page: Path, listener: str) -> None:
    found = visit(
        page,
        f"fetch('{listener}/fetch').catch(() => 0); 1",
        f"new Image().src = '{listener}/image'; 1",
        f"document.body.append(Object.assign(document.createElement('iframe'), {{src: '{listener}/frame'}})); 1",
        f"document.head.append(Object.assign(document.createElement('script'), {{src: '{listener}/script'}})); 1",
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.head.append(s); 1",
        "String(window.ran)",
    )
    assert found.results[5] == "undefined"
    assert Ears.heard == []
    assert any("Content Security Policy" in message for message in found.console)


@pytest.mark.parametrize("options", [(), ("--dark",)])
def test_a_phone_needs_no_sideways_scrolling_and_dark_is_dark(page: Path, options: tuple[str, ...]) -> None:
    found = visit(
        page,
        "document.documentElement.scrollWidth <= window.innerWidth",
        "getComputedStyle(document.body).backgroundColor",
        options=("--width=375", *options),
    )
    assert found.results == [True, "rgb(20, 22, 26)" if options else "rgb(255, 255, 255)"]
