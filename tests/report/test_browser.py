"""The page in a real Chromium."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inoc_evals.report.html import write_report
from tests.report.browser import CARDS, COUNT, visit
from tests.report.rows import make, study
from tests.report.rows import page as page_of

pytest.importorskip("PyQt6.QtWebEngineWidgets", reason="needs pyqt6-webengine", exc_type=ImportError)

HOSTILE = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'><!-- <script> --> "
    "{{ 7 * 7 }} {% raw %} & &amp; \u2028\u2029 \x00 \\u003c ]]> <b>bold</b>"
)


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


WHERE = "[...document.querySelectorAll('#examples .where')].map((e) => e.textContent)"
FILTERS = "['arm', 'task', 'part', 'question'].map((name) => document.getElementById(name).value)"
TARGET = "document.querySelector('article.target')"
LOST = "document.getElementById('lost').textContent"
ODD = 'a/b %2F # ?é \ud83e "q" <i>'


def at(fragment: str) -> tuple[str, ...]:
    return (f"--at={fragment.removeprefix('#')}",)


def test_an_address_opens_a_question(page: Path) -> None:
    found = visit(page, FILTERS, WHERE, "scrollY > 500", options=at("/question/emergent_misalignment/open/q03"))
    assert found.results[0] == ["", "emergent_misalignment", "open", "q03"]
    assert len(found.results[1]) > 5
    assert all("· open · q03 ·" in text for text in found.results[1])
    assert found.results[2] is True
    assert found.console == []


def test_an_address_beside_a_response_opens_it_again(tmp_path: Path) -> None:
    path = write_report(page_of(study(samples=20), examples=100), tmp_path)
    article = "document.querySelector('#examples article:last-child')"
    text = "querySelector('pre.response').textContent"
    given = visit(
        path,
        choose("task", "emergent_misalignment"), choose("question", "q02"),
        "document.getElementById('next').click()", f"{article}.{text}",
        f"{article}.querySelector('.links a').getAttribute('href')", COUNT,
    )  # fmt: skip
    shown, address, count = given.results[3:]
    box = f"{TARGET}.getBoundingClientRect()"
    found = visit(
        path,
        f"{TARGET}.{text}", FILTERS, COUNT,
        f"document.activeElement === {TARGET}", f"{box}.top >= 0 && {box}.bottom <= innerHeight",
        "document.getElementById('clear').click()", f"{TARGET} === null", "location.hash",
        f"{article}.querySelector('.links a').click()", f"until {TARGET} !== null", "location.hash", COUNT,
        options=at(address),
    )  # fmt: skip
    assert found.results[0] == shown
    assert found.results[1] == ["", "emergent_misalignment", "open", "q02"]
    assert found.results[2] == count != ""
    assert count.startswith("21 to 40 of ")
    assert found.results[3] is found.results[4] is True
    assert found.results[6] is True
    assert found.results[7] == address != found.results[10]
    assert found.console == []


def test_the_same_address_leads_there_once_more(page: Path) -> None:
    press = "document.querySelector('#questions a').click()"
    found = visit(page, press, "until location.hash !== ''", FILTERS, choose("question", ""), press, FILTERS)
    assert found.results[2] == found.results[5]
    assert found.results[2][3] == "q00"


def test_odd_names_have_addresses_too(tmp_path: Path) -> None:
    rows = [make(), make(arm=ODD, checkpoint=ODD, task=ODD, item=ODD, category=ODD, response="found")]
    path = write_report(page_of(rows), tmp_path)
    first = visit(
        path,
        "[...document.querySelectorAll('#questions a')].find((e) => e.hash.includes('%252F')).getAttribute('href')",
        choose("arm", ODD),
        "document.querySelector('#examples .links a').getAttribute('href')",
    )
    for address in (first.results[0], first.results[2]):
        found = visit(path, "document.querySelector('#examples pre.response').textContent", CARDS, options=at(address))
        assert found.results == ["found", 1]
        assert found.console == []


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        (
            "/response/none-s1/emergent_misalignment/open/q03/99/1",
            "response 99.1 of none-s1 to emergent_misalignment open q03",
        ),
        ("/question/t/ood/nowhere", "question nowhere of t ood"),
        ("/question/%ff/x/y", "something"),
        ("/other", "something"),
    ],
)
def test_an_address_of_nothing_says_so(page: Path, fragment: str, told: str) -> None:
    found = visit(page, LOST, CARDS, choose("arm", "none"), LOST, options=at(fragment))
    assert found.results[0].startswith(f"The address leads to {told}, which this page does not hold.")
    assert found.results[1] == 20
    assert found.results[3] == ""
    assert found.console == []


def test_a_hundred_thousand_responses_open_in_three_seconds(tmp_path: Path) -> None:
    rows = study(questions=50, samples=200)
    assert len(rows) == 100_000
    path = write_report(page_of(rows, examples=len(rows)), tmp_path)
    asked = ("document.documentElement.dataset.ready", COUNT, choose("search", "number 17."))
    visits = [visit(path, *asked) for _ in range(3)]
    assert visits[0].results[:2] == ["yes", "1 to 20 of 100,000 matching examples (100,000 on this page)"]
    assert visits[0].results[2].startswith("1 to 20 of 250 matching")
    assert min(each.opened for each in visits) < 3
