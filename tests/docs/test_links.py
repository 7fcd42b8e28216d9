"""Links between the pages lead somewhere, and the first page is short."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, name

WORDS = 1300


def lost(page: Path, target: str) -> bool:
    """Whether a link on a page leads nowhere, or out of the project."""
    written, _, anchor = unquote(target).partition("#")
    path = (page.parent / written).resolve() if written else page
    if not path.is_relative_to(ROOT) or not path.exists():
        return True
    return bool(anchor) and (path.suffix != ".md" or anchor not in anchors(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    assert [target for target in links(page.read_text(encoding="utf-8")) if lost(page, target)] == []


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    readme = ROOT / "README.md"
    assert not lost(readme, "docs/score.md")
    assert not lost(readme, "#quick-start")
    assert not lost(ROOT / "docs" / "README.md", "../README.md#quick-start")
    assert lost(readme, "docs/nowhere.md")
    assert lost(readme, "#slow-start")
    assert lost(readme, "docs/score.md#nowhere")
    # It is there, and in nobody else's clone.
    assert lost(readme, str(tmp_path))


def test_links_and_headings_are_those_that_a_reader_sees() -> None:
    page = "# A `b`: c-d_e!\n[x](a.md) ![p](b.png 'p')\n\n`[no](c.md)`\n```\n# no\n[no](d.md)\n```\n"
    page += "## Twice\n## Twice\n## [Linked](e.md) heading\n[away](https://f.g) [mail](mailto:h@i)\n[r]: j.md\n"
    assert links(page) == ["a.md", "b.png", "e.md", "j.md"]
    assert anchors(page) == {"a-b-c-d_e", "twice", "twice-1", "linked-heading"}


def test_the_index_lists_every_page_once() -> None:
    folder = ROOT / "docs"
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = [link.partition("#")[0] for link in links(index) if not link.startswith("..")]
    pages = [str(page.relative_to(folder)) for page in PAGES if folder in page.parents]
    # Pages of rubrics have an index of their own.
    rubrics = {page for page in pages if page.startswith("rubrics/")} - {"rubrics/README.md"}
    assert sorted(listed) == sorted(set(pages) - rubrics - {"README.md"})
    shown = links((folder / "rubrics" / "README.md").read_text(encoding="utf-8"))
    assert sorted(f"rubrics/{link}" for link in shown if not link.startswith("..")) == sorted(rubrics)


def test_the_first_page_is_short_and_shows_a_report() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= WORDS
    assert "docs/figure.png" in links(text)
