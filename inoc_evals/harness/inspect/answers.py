"""Answers on disk as they come: whatever ends a run, what a model answered is not asked for again.

inspect writes a sample down when all of it is rated, and several samples at a time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput
from pydantic import ValidationError

from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.inspect.stopping import under_way

FILE = "answers.sqlite"


@dataclass(frozen=True)
class Place:
    """Where an answer belongs: a sample of a task on a model."""

    model: str
    task: str
    item: str
    epoch: int


class Answers:
    """The answers of the unfinished samples of a folder of logs, in one SQLite file. A process works alone in it.

    Raises InputError for a file that is none of ours, and WorkError where it cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        with self._reported():
            self._connection = sqlite3.connect(self.path, isolation_level=None)
            # Alone in the file, so that SQLite needs no shared memory, which network file systems do not have.
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A killed process loses nothing; only a machine that goes down can lose the last moments.
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, model TEXT NOT NULL, task TEXT NOT NULL, "
                "item TEXT NOT NULL, epoch INTEGER NOT NULL, choices INTEGER NOT NULL, output TEXT NOT NULL)"
            )

    def get(self, key: str) -> ModelOutput | None:
        """The answer to the request of that key, or None."""
        with self._reported():
            row = self._connection.execute("SELECT output FROM answers WHERE key = ?", (key,)).fetchone()
        try:
            return None if row is None else ModelOutput.model_validate_json(row[0])
        except ValidationError:
            raise self._damaged("an answer in it cannot be read") from None

    def put(self, key: str, place: Place, output: ModelOutput) -> None:
        """Store an answer. It is on disk, for this machine's other processes, when this returns."""
        values = (key, place.model, place.task, place.item, place.epoch, len(output.choices), output.model_dump_json())
        with self._reported():
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def counts(self) -> dict[Place, int]:
        """Responses by place."""
        with self._reported():
            rows = self._connection.execute(
                "SELECT model, task, item, epoch, SUM(choices) FROM answers GROUP BY model, task, item, epoch"
            ).fetchall()
        return {Place(str(row[0]), str(row[1]), str(row[2]), int(row[3])): int(row[4]) for row in rows}

    def close(self) -> None:
        """Close the file; it stays."""
        with self._reported():
            self._connection.close()

    def discard(self) -> None:
        """Remove the file, once everything in it is in finished logs."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise WorkError(f"{self.path}: the answers cannot be kept ({error}); make room or give access") from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, what: str) -> InputError:
        return InputError.at(self.path, f"the answers of unfinished samples are damaged ({what}); remove the file")


_current: list[Answers] = []


@contextmanager
def answers_kept(folder: Path) -> Iterator[Answers]:
    """Within the block `answered` keeps its answers in `folder`."""
    answers = Answers(folder)
    _current.append(answers)
    try:
        yield answers
    finally:
        _current.remove(answers)
        # A block that discarded them has closed them already.
        with suppress(WorkError, InputError):
            answers.close()


def kept_answers(folder: Path) -> dict[Place, int]:
    """How many responses lie in `folder` for samples that need not be finished. Raises InputError if damaged."""
    if not (folder / FILE).is_file():
        return {}
    answers = Answers(folder)
    try:
        return answers.counts()
    finally:
        answers.close()


def request_key(
    place: Place,
    task_sha256: str,
    messages: Sequence[ChatMessage],
    config: GenerateConfig,
    number: int,
    also: Sequence[object] = (),
) -> str:
    """The sha256 (64 hex digits) of all that makes this request, the sample's `number`-th (from 0), what it is: `also`
    is what else than messages and settings does, as values that JSON can hold."""
    chat = [[message.role, message.text] for message in messages]
    wanted = config.model_dump(exclude_none=True)
    parts = [place.model, place.task, place.item, place.epoch, number, task_sha256, chat, wanted, *also]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


async def answered(key: str, place: Place, ask: Callable[[], Awaitable[ModelOutput]]) -> ModelOutput:
    """The kept answer of that key, or a new one, which is kept."""
    kept = _current[-1].get(key) if _current else None
    if kept is not None:
        return kept
    async with under_way():
        output = await ask()
        if _current and output.choices:
            _current[-1].put(key, place, output)
    return output
