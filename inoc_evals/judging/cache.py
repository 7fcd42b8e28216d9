"""Judgements on disk: one SQLite file that several processes may use at once."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

from inoc_evals.client.usage import Usage
from inoc_evals.errors import WorkError
from inoc_evals.files import make_folder
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.version import Version

_FLUSH_ROWS = 512
_FLUSH_S = 1.0
_BUSY_S = 60.0
_JUDGEMENTS = "CREATE TABLE IF NOT EXISTS judgements (key TEXT PRIMARY KEY, found TEXT NOT NULL) WITHOUT ROWID"
# Of a judge that tells no version the model is empty.
_GENERATIONS = (
    "CREATE TABLE IF NOT EXISTS generations (judge TEXT, model TEXT, generation INTEGER NOT NULL, "
    "PRIMARY KEY (judge, model)) WITHOUT ROWID"
)
_TOOK = (
    "CREATE TABLE IF NOT EXISTS took (key TEXT PRIMARY KEY, calls INTEGER NOT NULL, prompt INTEGER NOT NULL, "
    "completion INTEGER NOT NULL, cached INTEGER NOT NULL) WITHOUT ROWID"
)


def cache_key(identity: str, judge: str, version: Version, how: str, prompt: str) -> str:
    """The sha256 of the instrument's identity, the judge's id and version, how it is read, and the exact prompt."""
    text = json.dumps([identity, judge, version.model, version.generation, how, prompt], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def opened(path: Path, *tables: str) -> sqlite3.Connection:
    """The file of judgements, with `tables` made where they are not there. Raises WorkError."""
    make_folder(path.parent)
    with reported(path):
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        for table in tables:
            connection.execute(table)
    return connection


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """A WorkError in place of what SQLite raises where the file cannot be used."""
    try:
        yield
    except sqlite3.Error as error:
        full_or_closed = re.search(r"full|readonly|unable to open|disk I/O", str(error))
        remedy = "free some space, or name another folder in INOC_EVALS_CACHE" if full_or_closed else "move it away"
        raise WorkError(f"{path}: the cache of judgements cannot be used ({error}); {remedy}") from None


class JudgementCache:
    """Distributions by key. Writes are gathered and committed together, at the latest by `flush`; a killed process
    loses at most the last second of them. Raises WorkError if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: dict[str, str] = {}
        self._took: dict[str, Usage] = {}
        self._flushed = time.monotonic()
        self._connection = opened(path, _JUDGEMENTS, _GENERATIONS, _TOOK)

    def get(self, key: str) -> Distribution | None:
        """The stored distribution; None where there is none, or none that can be read, so that it is asked for anew."""
        text = self._waiting.get(key)
        if text is None:
            with reported(self.path):
                row = self._connection.execute("SELECT found FROM judgements WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            text = row[0]
        try:
            return Distribution.from_json(text)
        except ValueError:
            return None

    def taken(self, key: str) -> Usage | None:
        """What the judgement took when it was asked for; None where that was not noted."""
        if (waiting := self._took.get(key)) is not None:
            return waiting
        asked = "SELECT calls, prompt, completion, cached FROM took WHERE key = ?"
        with reported(self.path):
            row = self._connection.execute(asked, (key,)).fetchone()
        return None if row is None else Usage(*map(int, row))

    def note_taken(self, key: str, took: Usage) -> None:
        """Store what a judgement took, with the next one that is put."""
        self._took[key] = took

    def put(self, key: str, found: Distribution) -> None:
        """Store a distribution; the last one of a key stays."""
        self._waiting[key] = found.to_json()
        if len(self._waiting) >= _FLUSH_ROWS or time.monotonic() - self._flushed > _FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Commit everything that is waiting."""
        self._flushed = time.monotonic()
        if not self._waiting:
            return
        rows = list(self._waiting.items())
        took = [(key, *astuple(usage)) for key, usage in self._took.items()]
        with reported(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO judgements VALUES (?, ?)", rows)
            self._connection.executemany("INSERT OR REPLACE INTO took VALUES (?, ?, ?, ?, ?)", took)
            self._connection.execute("COMMIT")
        self._waiting.clear()
        self._took.clear()

    def version(self, judge: str, model: str | None) -> Version:
        """The judge of that id that answers as `model` now."""
        asked = "SELECT generation FROM generations WHERE judge = ? AND model = ?"
        with reported(self.path):
            row = self._connection.execute(asked, (judge, model or "")).fetchone()
        return Version(model, int(row[0]) if row else 1)

    def begin_generation(self, judge: str, after: Version) -> Version:
        """From now on whoever answers as that model is another judge than `after`, and none of its judgements count."""
        begun = Version(after.model, after.generation + 1)
        # Two processes may find the same.
        put = (
            "INSERT INTO generations VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET generation = max(generation, excluded.generation)"
        )
        with reported(self.path):
            self._connection.execute(put, (judge, after.model or "", begun.generation))
        return begun

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._connection.close()
