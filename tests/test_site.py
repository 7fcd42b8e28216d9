"""The site of the documentation: it builds without a warning, its links lead somewhere, and it asks no other host."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

from inoc_evals.cli import cli

ROOT = Path(__file__).resolve().parents[1]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src"}


class Read(HTMLParser):
    """The links of a page, what a browser loads for it, and where links may lead in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value for key, value in attrs if value is not None}
        self.anchors |= {told[key] for key in ("id", "name") if key in told}
        if tag == "a" and "href" in told:
            self.links.add(told["href"])
        if tag in LOADED and LOADED[tag] in told:
            self.loaded.add(told[LOADED[tag]])


def lost(site: Path, page: Path, link: str) -> bool:
    """Whether a link within the site leads to no file, or to no place in it."""
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme not in ("https", "mailto", "data") or (parts.scheme == "https" and not parts.netloc)
    if parts.path.startswith("/"):
        # The page of errors, which may stand at any address, names the others from the top.
        path = site / unquote(parts.path).lstrip("/")
    else:
        path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    path = path / "index.html" if path.is_dir() else path
    if not path.is_file() or not path.is_relative_to(site):
        return True
    return path.suffix == ".html" and bool(parts.fragment) and parts.fragment not in Read(path).anchors


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site").resolve()
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    for page in pages:
        read = Read(page)
        assert [link for link in read.links | read.loaded if lost(site, page, link)] == [], page
        assert [address for address in read.loaded if urlsplit(address).netloc] == [], page


def test_a_link_that_leads_nowhere_is_noticed(site: Path) -> None:
    page = site / "score" / "index.html"
    assert not lost(site, page, "../commands/#inoc-evals-score")
    assert lost(site, page, "../commands/#inoc-evals-scores")
    assert lost(site, page, "../nowhere/")
    assert lost(site, page, "https:///nowhere")


def test_each_task_rubric_and_command_has_its_place(site: Path) -> None:
    for path in ROOT.glob("tasks/*/task.yaml"):
        assert (site / "tasks" / path.parent.name / "index.html").is_file()
    for path in ROOT.glob("judges/*.yaml"):
        assert (site / "rubrics" / path.stem / "index.html").is_file()
    for path in ROOT.glob("experiments/*/experiment.yaml"):
        page = (site / "experiments" / path.parent.name / "index.html").read_text()
        told = yaml.safe_load(path.read_text())
        assert all(html.escape(each["that"]) in page for each in told["found"])
        assert all(f"<td>{arm}</td>" in page for arm in told["arms"])
    anchors = Read(site / "commands" / "index.html").anchors
    assert {f"inoc-evals-{name}" for name, command in cli.commands.items() if not command.hidden} <= anchors
    assert {"inoc_evalsscore", "inoc_evalsload", "inoc_evalsscores"} <= Read(site / "api" / "index.html").anchors
