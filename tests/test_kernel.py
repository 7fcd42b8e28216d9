"""What scoring and results show in a notebook's cells, in a real kernel."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import inoc_evals
from tests.harness.loopback import Loopback, loopback
from tests.kernel import executed
from tests.readers.test_tables import organism

ARMS = '{{"none": "{url}#none", "spanish": "{url}#spanish"}}'
SCORE = "import inoc_evals\nscores = inoc_evals.score({arms}, 'spanish_capitals', out='{out}', limit={limit}{more})"


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with loopback(lambda body: "Hola, ¿qué tal estás hoy?" if body["model"] == "none" else "How are you today?") as one:
        one.names = ["none", "spanish"]
        yield one


@pytest.fixture(scope="module")
def cells(server: Loopback, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("notebook")
    arms = ARMS.format(url=server.url)
    sources = {
        "score": SCORE.format(arms=arms, out="loud", limit=3, more=""),
        "quiet": SCORE.format(arms=arms, out="quiet", limit=2, more=", quiet=True"),
        "wrong": SCORE.format(arms=arms, out="wrong", limit=2, more=", judge='nobody'"),
        "answer": "scores",
        "plot": "scores.plot()",
        "backend": "import sys, matplotlib\nprint(matplotlib.get_backend(), 'matplotlib.pyplot' in sys.modules)",
        "pyplot": "import matplotlib.pyplot\nfigure = scores.plot()\nfigure",
        "printed": "import rich\nrich.print('[bold]still here[/bold]')",
        "lines": "from inoc_evals.cell import cell_console\nshown = cell_console()\nshown.print('one')\n"
        "shown.print()\nshown.print('two\\nthree')",
        "awaits": "import asyncio\nawait asyncio.sleep(0)\nprint('awake')",
    }
    found = executed(list(sources.values()), folder, allow_errors=True)
    assert (folder / "quiet" / "report.html").is_file()
    return dict(zip(sources, found, strict=True))


def test_one_line_says_how_far_the_work_is(cells: dict[str, list[Any]]) -> None:
    (line,) = cells["score"]
    assert line.output_type == "display_data"
    assert set(line.data) == {"text/plain"}
    assert line.data["text/plain"].startswith("scored in ")


def test_the_next_line_takes_the_place_of_the_one_before(cells: dict[str, list[Any]]) -> None:
    assert [line.data["text/plain"] for line in cells["lines"]] == ["two three"]


def test_or_nothing_does(cells: dict[str, list[Any]]) -> None:
    assert cells["quiet"] == []


def test_what_is_wrong_is_a_sentence(cells: dict[str, list[Any]]) -> None:
    (error,) = cells["wrong"]
    assert error.output_type == "error"
    assert len(error.traceback) == 1
    assert error.traceback[0].startswith("InputError: ")
    assert "nobody" in error.traceback[0]


def test_the_answer_is_shown_as_text_and_html(cells: dict[str, list[Any]]) -> None:
    (answer,) = cells["answer"]
    assert set(answer.data) == {"text/plain", "text/html"}


def test_a_figure_is_one_picture_and_no_backend_is_touched(cells: dict[str, list[Any]]) -> None:
    (picture,) = cells["plot"]
    assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
    # For those who do not see it.
    assert "spanish against none" in picture.metadata["image/png"]["alt"]
    assert cells["backend"][0].text == "module://matplotlib_inline.backend_inline False\n"


def test_nor_is_it_shown_twice_where_pyplot_is_used(cells: dict[str, list[Any]]) -> None:
    assert [("image/png" in one.data) for one in cells["pyplot"]] == [True]


def test_the_kernel_is_as_it_was(cells: dict[str, list[Any]]) -> None:
    assert "still here" in cells["printed"][0].data["text/plain"]
    assert cells["awaits"][0].text == "awake\n"


class Tables(HTMLParser):
    """The tables of a page: captions, and cells with their tags and scopes."""

    def __init__(self) -> None:
        super().__init__()
        self.captions: list[str] = []
        self.heads: list[tuple[str | None, str]] = []
        self.open: list[tuple[str, str | None]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((tag, dict(attrs).get("scope")))
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tag, scope = self.open[-1] if self.open else ("", None)
        if tag == "caption":
            self.captions.append(data)
        elif tag == "th":
            self.heads.append((scope, data))


def results(folder: Path) -> inoc_evals.Scores:
    rows = [("Q?", f"q{n}", f"answer {n}", 90 if n % 2 else 10, 90) for n in range(40)]
    none = organism(folder / "none.csv", rows)
    other = organism(folder / "other.csv", [(*row[:3], 90, 90) for row in rows])
    return inoc_evals.load({"none": none, "<b>other</b>": other})


def test_the_html_is_sentences_and_tables_with_captions_and_scopes(tmp_path: Path) -> None:
    shown = results(tmp_path)._repr_html_()
    assert shown is not None
    page = Tables()
    page.feed(shown)
    assert page.open == []
    assert page.captions == [
        "emergent misalignment · open · misaligned answers",
        "emergent misalignment · open · misaligned answers: differences from none",
    ]
    assert ("col", "95% interval") in page.heads
    assert [name for scope, name in page.heads if scope == "row"] == ["none", "<b>other</b>", "<b>other</b>"]
    # A name of the user's is no markup.
    assert "b" not in page.tags
    # Twenty of forty are misaligned in the one arm, none in the other.
    assert shown.index("misaligned answers 50.0 points lower") < shown.index("<table")
    assert ">50.0</td>" in shown


def test_a_program_that_runs_a_loop_of_its_own_shows_results_too(tmp_path: Path) -> None:
    async def look() -> str:
        return repr(results(tmp_path))

    assert "misaligned answers 50.0 points lower" in " ".join(asyncio.run(look()).split())
