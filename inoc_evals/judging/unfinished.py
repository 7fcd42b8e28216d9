"""What a judge said in a run of `judges drift` that did not end, so that the same command goes on with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inoc_evals.judging.cache import opened, reported
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.fixed import Group, columns, moment

# An older answer is no answer of now: what is compared is said within so many hours.
HOURS = 6
_UNFINISHED = """CREATE TABLE IF NOT EXISTS unfinished (
    judge TEXT, model TEXT, generation INTEGER, identity TEXT, reading TEXT, draws INTEGER, example TEXT, time INTEGER,
    found TEXT NOT NULL, made TEXT NOT NULL,
    PRIMARY KEY (judge, model, generation, identity, reading, draws, example, time)) WITHOUT ROWID"""
_ADD = "INSERT OR REPLACE INTO unfinished VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OF_GROUP = "judge = ? AND model = ? AND generation = ? AND identity = ? AND reading = ? AND draws = ?"


@dataclass(frozen=True)
class Answers:
    """By example, and by which time of asking (from 0), what a judge said; `since` is when the first of it was said, in
    ISO form, empty where there is nothing."""

    said: Mapping[tuple[str, int], Distribution]
    since: str


class Unfinished:
    """The answers of runs that did not end, in the file of judgements. Each is on disk as soon as it is added, and gone
    after `HOURS`. Raises WorkError if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = opened(path, _UNFINISHED)
        with reported(path):
            limit = moment(datetime.now(UTC) - timedelta(hours=HOURS))
            self._connection.execute("DELETE FROM unfinished WHERE made < ?", (limit,))

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def answers(self, group: Group, draws: int) -> Answers:
        """What is there of a group whose judge drew so many answers (0 where it was read exactly). What cannot be read
        any more is left out."""
        asked = f"SELECT example, time, found, made FROM unfinished WHERE {_OF_GROUP} ORDER BY made"  # noqa: S608
        with reported(self.path):
            rows = self._connection.execute(asked, (*columns(group), draws)).fetchall()
        said, times = {}, []
        for example, time, text, made in rows:
            try:
                said[str(example), int(time)] = Distribution.from_json(text)
            except ValueError:
                continue
            times.append(str(made))
        return Answers(said, min(times, default=""))

    def add(self, group: Group, draws: int, example: str, time: int, found: Distribution) -> None:
        """Store one answer."""
        row = (*columns(group), draws, example, time, found.to_json(), moment(datetime.now(UTC)))
        with reported(self.path):
            self._connection.execute(_ADD, row)

    def end(self, judge: str, identities: Collection[str]) -> None:
        """The run on these rubrics has ended: the next one asks anew."""
        with reported(self.path):
            self._connection.executemany(
                "DELETE FROM unfinished WHERE judge = ? AND identity = ?", [(judge, each) for each in identities]
            )
