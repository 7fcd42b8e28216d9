from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.errors import WorkError
from inoc_evals.judging.cache import JudgementCache, cache_key
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.version import Version

WRITER = """
import sys
from pathlib import Path
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.distribution import Distribution
cache = JudgementCache(Path(sys.argv[1]))
for number in range(2000):
    cache.put(f"{sys.argv[2]}-{number}", Distribution({number % 101: 1.0}, {}, "tree"))
    assert cache.get(f"{sys.argv[2]}-{number}").numbers == {number % 101: 1.0}
cache.close()
"""


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abc"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    cache = JudgementCache(path)
    for name in "abc":
        for number in (0, 999, 1999):
            found = cache.get(f"{name}-{number}")
            assert found is not None
            assert found.numbers == {number % 101: 1.0}
    assert cache.get("a-2000") is None


def test_what_was_flushed_survives(tmp_path: Path) -> None:
    first = JudgementCache(tmp_path / "c.sqlite")
    first.put("k", Distribution({1: 0.5}, {"CODE": 0.25}, "first token"))
    first.flush()
    second = JudgementCache(tmp_path / "c.sqlite")
    assert second.get("k") == Distribution({1: 0.5}, {"CODE": 0.25}, "first token")


def test_every_part_of_the_key_counts() -> None:
    parts = ("rubric", "judge", Version("model"), "tree", "prompt")
    keys = {cache_key(*parts)}
    keys |= {cache_key("rubric2", *parts[1:]), cache_key("rubric", "judge2", *parts[2:])}
    keys |= {cache_key("rubric", "judge", version, "tree", "prompt") for version in (Version(), Version("model", 2))}
    keys |= {cache_key(*parts[:3], "tree2", "prompt"), cache_key(*parts[:4], "prompt2")}
    assert len(keys) == 7
    assert cache_key("ab", "c", Version(), "d", "e") != cache_key("a", "bc", Version(), "d", "e")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_text("this is no database, and long enough to be looked at " * 20)
    with pytest.raises(WorkError, match=r"c\.sqlite: the cache of judgements cannot be used"):
        JudgementCache(tmp_path / "c.sqlite")


def test_a_damaged_record_is_asked_for_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache = JudgementCache(path)
    cache.put("k", Distribution({1: 0.5}, {}, "tree"))
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE judgements SET found = substr(found, 1, 20)")
    cache = JudgementCache(path)
    assert cache.get("k") is None
    cache.put("k", Distribution({2: 0.5}, {}, "tree"))
    assert cache.get("k") == Distribution({2: 0.5}, {}, "tree")
