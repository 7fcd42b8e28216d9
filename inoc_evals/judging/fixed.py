"""What a judge said of a fixed set of answers: each rubric's gold examples, kept beside the cache of judgements."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from inoc_evals.judging.cache import opened, reported
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.judging.version import Version

# Of a judge that tells no version the model is empty. `compared` is when it was last found the same, or first found to
# be another than before; until then it is empty.
_FIXED = """CREATE TABLE IF NOT EXISTS fixed (
    judge TEXT, model TEXT, generation INTEGER, identity TEXT, reading TEXT, example TEXT,
    rubric TEXT NOT NULL, found TEXT NOT NULL, made TEXT NOT NULL, compared TEXT NOT NULL, libraries TEXT NOT NULL,
    PRIMARY KEY (judge, model, generation, identity, reading, example)) WITHOUT ROWID"""
_KEEP = "INSERT OR IGNORE INTO fixed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COMPARED = (
    "UPDATE fixed SET compared = ? WHERE judge = ? AND model = ? AND generation = ? AND identity = ? AND reading = ?"
)
_LIBRARIES = ("inoc-evals", "inspect-ai", "aiohttp")


@dataclass(frozen=True)
class Group:
    """Which answers belong together: those of one version of a judge to one rubric (by the identity of its instrument)
    that were read in one way."""

    judge: str
    version: Version
    identity: str
    reading: str


@dataclass(frozen=True)
class Kept:
    """Stored answers by example. `made` is when the first was stored and `compared` when they were last found to be the
    judge's still, both as times in ISO form; empty where nobody compared."""

    group: Group
    made: str
    compared: str
    answers: Mapping[str, Distribution]


def example_key(instrument: Instrument, material: Material) -> str:
    """The sha256 of what a judge is asked about an example, without what only its own tokenizer needs."""
    return hashlib.sha256(render(instrument, material).encode("utf-8", "surrogatepass")).hexdigest()


class FixedAnswers:
    """The stored answers. Raises WorkError if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = opened(path, _FIXED)

    def __enter__(self) -> FixedAnswers:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def keep(self, group: Group, rubric: str, answers: Mapping[str, Distribution], *, compared: bool = False) -> None:
        """Store answers by example; those that are there stay as they are. `compared`: they were compared with what was
        stored before, whatever came of it."""
        now = moment(datetime.now(UTC))
        libraries = json.dumps({name: version(name) for name in _LIBRARIES})
        whose = columns(group)
        rows = [(*whose, example, rubric, found.to_json(), now, "", libraries) for example, found in answers.items()]
        with reported(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_KEEP, rows)
            if compared:
                self._connection.execute(_COMPARED, (now, *whose))
            self._connection.execute("COMMIT")

    def kept(self, judge: str, identity: str) -> list[Kept]:
        """All that is stored of a judge and an instrument, by group, the one that was begun first in front. An answer
        that cannot be read any more is left out."""
        asked = (
            "SELECT model, generation, reading, example, found, made, compared FROM fixed "
            "WHERE judge = ? AND identity = ?"
        )
        with reported(self.path):
            rows = self._connection.execute(asked, (judge, identity)).fetchall()
        groups: dict[Group, list[Sequence[str]]] = {}
        for model, generation, reading, *answer in rows:
            group = Group(judge, Version(model or None, int(generation)), identity, reading)
            groups.setdefault(group, []).append(answer)
        found = [_kept(group, answers) for group, answers in groups.items()]
        return sorted(found, key=lambda each: (each.made, each.group.version.generation))

    def rubrics(self, judge: str) -> list[str]:
        """The names of the rubrics of which something is stored of a judge."""
        with reported(self.path):
            rows = self._connection.execute("SELECT DISTINCT rubric FROM fixed WHERE judge = ?", (judge,)).fetchall()
        return sorted(str(name) for (name,) in rows)


def columns(group: Group) -> tuple[str, str, int, str, str]:
    """A group as the columns judge, model, generation, identity and reading."""
    version = group.version
    return group.judge, version.model or "", version.generation, group.identity, group.reading


def _kept(group: Group, rows: Iterable[Sequence[str]]) -> Kept:
    answers, times, compared = {}, [], []
    for example, text, made, when in rows:
        times.append(made)
        compared.append(when)
        try:
            answers[example] = Distribution.from_json(text)
        except ValueError:
            continue
    return Kept(group, min(times), max(compared), answers)


def moment(time: datetime) -> str:
    """A time of UTC in ISO form, in full, because two versions of a judge may be met on one day."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
