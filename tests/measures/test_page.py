"""The page that shows how a measure is added shows a real one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_the_files_as_they_are() -> None:
    page = (ROOT / "docs" / "add-a-measure.md").read_text(encoding="utf-8")
    diff = re.search(r"```diff\n(.*?)\n```", page, re.DOTALL)
    assert diff is not None
    files = re.findall(r"^\+\+\+ b/(\S+)\n@@ [^\n]*\n((?:\+[^\n]*\n?)+)", diff[1] + "\n", re.MULTILINE)
    assert [path for path, _ in files] == ["inoc_evals/measures/length.py", "tests/measures/test_length.py"]
    for path, added in files:
        shown = "".join(line[1:] + "\n" for line in added.rstrip("\n").split("\n"))
        assert shown == (ROOT / path).read_text(encoding="utf-8")
