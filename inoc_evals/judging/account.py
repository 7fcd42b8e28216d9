"""The account of what judges take: counted as they answer, kept over runs, and held within a budget.

One SQLite file serves all processes that work in a folder of results. Before a rating is asked for, what it is expected
to take is set aside; when it is there, what it took stands in its place.
"""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from inoc_evals.client.usage import NOTHING, Usage, counted
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.budget import Budget, OverBudget
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.usage import FINDING_OUT, Judging, Spent, added

FILE = "judging.sqlite"
_FLUSH_S = 1.0
_BUSY_S = 60.0
_WAIT, _WAIT_S = -1, 0.01
_COUNTS = ("asked", "reused", "estimated", "prompts")
_USAGE = ("calls", "prompt_tokens", "completion_tokens", "cached_tokens")
_COLUMNS = (*_COUNTS, *_USAGE, *(f"saved_{name}" for name in _USAGE))
_TABLES = (
    "CREATE TABLE IF NOT EXISTS spent (judge TEXT, model TEXT, rubric TEXT, "
    + ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in _COLUMNS)
    + ", PRIMARY KEY (judge, model, rubric))",
    "CREATE TABLE IF NOT EXISTS held (process INTEGER, place INTEGER, amount REAL, PRIMARY KEY (process, place))",
    "CREATE TABLE IF NOT EXISTS unasked (judge TEXT PRIMARY KEY, ratings INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, text TEXT)",
)
_PRICES, _BUDGET = "prices", "budget"
Begins = Literal["at once", "when it counts", "joins"]


@dataclass(frozen=True)
class Asking:
    """One rating that is to be asked for: of which judge, by which rubric, in a `prompt` of so many tokens by our
    estimate. `assumed` is what it takes as long as no rating of that judge has told."""

    judge: str
    rubric: str
    prompt: int
    assumed: Usage


@dataclass
class Took:
    """What a rating has taken so far, and the name of the model that answered last. Where it is to be asked for
    `again`, of another version of the judge or after an interruption, this was no rating yet."""

    usage: Usage = field(default_factory=Usage)
    model: str = ""
    again: bool = False

    def add(self, usage: Usage, model: str) -> None:
        """Count a call."""
        self.usage += usage
        self.model = model or self.model


class Account:
    """What judges took, in memory or in the SQLite file at `path`, which several processes may use at once.

    The process that begins a run lets go of what processes before it had set aside: at once, or, where it does not hold
    the folder yet, when it first has something to count. One that joins a run does not. Raises InputError for a file
    that is none of ours, WorkError where it cannot be used.
    """

    def __init__(self, path: Path | None = None, costs: Costs = FREE, begins: Begins = "at once") -> None:
        self.path, self.costs = path, costs
        self._turn = threading.RLock()
        self._waiting: dict[tuple[str, str, str], list[int]] = {}
        self._flushed = time.monotonic()
        self._to_begin = begins == "when it counts"
        self._made = path is not None and not path.exists()
        self._place = self._under_way = self._settled = 0
        # Under which name each judge last replied to this process.
        self._models: dict[str, str] = {}
        with self._reported():
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            # No shared memory, which network file systems do not have; and a killed process loses nothing by this, only
            # a machine that goes down.
            self._connection.execute("PRAGMA journal_mode=TRUNCATE")
            self._connection.execute("PRAGMA synchronous=OFF")
            for table in _TABLES:
                self._connection.execute(table)
            if begins == "at once":
                with self._transaction():
                    self._begin()

    def _begin(self) -> None:
        """Within a transaction, let go of what was before."""
        prices, budget = self.costs.prices, self.costs.budget
        self._to_begin = False
        self._connection.execute("DELETE FROM held")
        self._connection.execute("DELETE FROM unasked")
        self._connection.execute("DELETE FROM said WHERE name = ?", (_BUDGET,))
        if prices is not None:
            self._say(_PRICES, prices.model_dump_json(exclude_none=True))
        if budget is not None:
            self._say(_BUDGET, budget.words)

    def _say(self, name: str, text: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO said VALUES (?, ?)", (name, text))

    @contextmanager
    def finding_out(self, judge: str) -> Iterator[None]:
        """Count the calls within, which find out how a judge answers. No budget holds them back, being a few: without
        them nobody knows which ratings are there already."""
        took = Took()
        try:
            with counted(took.add):
                yield
        finally:
            self._count(Spent(judge, took.model, FINDING_OUT, usage=took.usage))
            # Of a budget all processes must know at once.
            if self.costs.budget is None:
                self._flush_in_time()
            else:
                self.flush()

    @asynccontextmanager
    async def asking(self, asking: Asking) -> AsyncIterator[Took]:
        """Count the calls within, which are those of one rating. It waits for ratings under way where the budget has
        room for this one only if they take less than was set aside for them. Raises OverBudget where it has none, or
        had none for an earlier one."""
        while (place := self._set_aside(asking)) == _WAIT:
            seen = self._settled
            while self._settled == seen:
                await asyncio.sleep(_WAIT_S)
        took = Took()
        try:
            with counted(took.add):
                yield took
        except asyncio.CancelledError:
            # Whoever goes on asks for it anew.
            took.again = True
            raise
        finally:
            self._settle(asking, took, place)

    def reused(self, judge: str, rubric: str, saved: Usage | None) -> None:
        """Count a rating that took nothing, with what it took when it was asked for, where that was noted."""
        self._count(Spent(judge, self._model_of(judge), rubric, reused=1, saved=saved or NOTHING))
        self._flush_in_time()

    def judging(self) -> Judging:
        """All that was counted so far, by every process."""
        self.flush()
        with self._turn, self._reported():
            rows = self._rows()
            unasked = dict(self._connection.execute("SELECT judge, ratings FROM unasked").fetchall())
            said = dict(self._connection.execute("SELECT name, text FROM said").fetchall())
        prices = self.costs.prices
        if prices is None and _PRICES in said:
            prices = _stored_prices(said[_PRICES])
        return Judging(added(spent for spent, _ in rows), prices, said.get(_BUDGET), unasked)

    @property
    def is_untouched(self) -> bool:
        """Has this process, which begins a run, nothing to count so far?"""
        return self._to_begin and not self._waiting

    def flush(self) -> None:
        """Write down what is waiting."""
        with self._turn, self._reported():
            self._flushed = time.monotonic()
            if self._waiting:
                with self._transaction():
                    self._write()

    def close(self) -> None:
        """Flush and close. A file that was made for nothing is taken away again."""
        self.flush()
        unused = self._made and self._to_begin and not self._connection.execute("SELECT 1 FROM spent").fetchone()
        self._connection.close()
        if unused and self.path is not None:
            for name in (self.path, self.path.with_name(f"{self.path.name}-journal")):
                name.unlink(missing_ok=True)

    def _set_aside(self, asking: Asking) -> int | None:
        """The place of what is set aside; None without a budget, `_WAIT` while ratings under way may leave room."""
        budget = self.costs.budget
        if budget is None:
            return None
        with self._turn, self._reported(), self._transaction():
            self._write()
            rows = self._rows()
            held = self._connection.execute("SELECT COALESCE(SUM(amount), 0) FROM held").fetchone()[0]
            refused = self._connection.execute("SELECT COUNT(*) FROM unasked").fetchone()[0]
            taken = math.fsum([held, *(self._amount(budget, spent, spent.usage) for spent, _ in rows)])
            wanted = self._amount(
                budget, Spent(asking.judge, self._model_of(asking.judge), ""), _expected(asking, rows)
            )
            # Once a rating found no room all later ones are left out, or only short responses would be rated.
            if not refused and taken + max(wanted, 0.0) <= budget.amount * (1 + 1e-12):
                self._place += 1
                self._under_way += 1
                self._connection.execute("INSERT INTO held VALUES (?, ?, ?)", (os.getpid(), self._place, wanted))
                return self._place
            if not refused and self._under_way:
                return _WAIT
            self._connection.execute(
                "INSERT INTO unasked VALUES (?, 1) ON CONFLICT (judge) DO UPDATE SET ratings = ratings + 1",
                (asking.judge,),
            )
        raise OverBudget(budget)

    def _amount(self, budget: Budget, spent: Spent, usage: Usage) -> float:
        prices = self.costs.prices
        return budget.of(usage, None if prices is None else prices.price(spent.judge, spent.model))

    def _settle(self, asking: Asking, took: Took, place: int | None) -> None:
        model = took.model or self._model_of(asking.judge)
        with self._turn:
            usage, silent = took.usage, bool(took.usage.calls and not took.usage.tokens)
            if silent:
                # A server that tells no tokens must not be without end. Each call had the prompt.
                calls = took.usage.calls
                prompt = round(asking.assumed.prompt_tokens * calls / max(1, asking.assumed.calls))
                usage = replace(asking.assumed, calls=calls, prompt_tokens=prompt)
            spent = Spent(asking.judge, model, asking.rubric, int(not took.again), 0, int(silent), usage)
            self._count(spent, asking.prompt)
            if place is None:
                self._flush_in_time()
                return
            with self._reported(), self._transaction():
                self._write()
                self._connection.execute("DELETE FROM held WHERE process = ? AND place = ?", (os.getpid(), place))
            self._under_way -= 1
            self._settled += 1

    def _count(self, spent: Spent, prompts: int = 0) -> None:
        key = spent.judge, spent.model, spent.rubric
        parts = (getattr(each, name) for each in (spent.usage, spent.saved) for name in _USAGE)
        counts = [spent.asked, spent.reused, spent.estimated, prompts, *parts]
        if not any(counts):
            return
        with self._turn:
            if key[1]:
                self._models[key[0]] = key[1]
            before = self._waiting.get(key, [0] * len(_COLUMNS))
            self._waiting[key] = [a + b for a, b in zip(before, counts, strict=True)]

    def _flush_in_time(self) -> None:
        if time.monotonic() - self._flushed > _FLUSH_S:
            self.flush()

    def _write(self) -> None:
        """Within a transaction, add what is waiting."""
        if self._to_begin:
            self._begin()
        names, marks = ", ".join(_COLUMNS), ", ".join("?" * (3 + len(_COLUMNS)))
        adding = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COLUMNS)
        self._connection.executemany(
            f"INSERT INTO spent (judge, model, rubric, {names}) VALUES ({marks}) "  # noqa: S608 - names of ours
            f"ON CONFLICT (judge, model, rubric) DO UPDATE SET {adding}",
            [(*key, *counts) for key, counts in self._waiting.items()],
        )
        self._waiting.clear()

    def _rows(self) -> list[tuple[Spent, int]]:
        """What is written down, each with the tokens of its prompts by our estimate."""
        names = ", ".join(_COLUMNS)
        rows = self._connection.execute(f"SELECT judge, model, rubric, {names} FROM spent").fetchall()  # noqa: S608
        return [_row(row) for row in rows]

    def _model_of(self, judge: str) -> str:
        return self._models.get(judge, "")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # A column that is not there.
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                message = "this is an account of judges by another version of inoc_evals; name another folder"
                raise InputError.at(self.path or FILE, message) from None
            if isinstance(error, sqlite3.OperationalError):
                remedy = "free some space, or name another folder"
                message = f"{self.path}: the account of judges cannot be written ({error}); {remedy}"
                raise WorkError(message) from None
            raise InputError.at(self.path or FILE, "this is no account of judges; move it away") from None


def _row(row: Sequence[Any]) -> tuple[Spent, int]:
    judge, model, rubric = map(str, row[:3])
    asked, reused, estimated, prompts, *tokens = map(int, row[3:])
    usage, saved = Usage(*tokens[: len(_USAGE)]), Usage(*tokens[len(_USAGE) :])
    return Spent(judge, model, rubric, asked, reused, estimated, usage, saved), prompts


def _expected(asking: Asking, rows: Sequence[tuple[Spent, int]]) -> Usage:
    """What a rating takes, by the ratings of that judge and rubric so far: tokens of the prompt by its length, all else
    in the mean."""
    alike = [(spent, size) for spent, size in rows if (spent.judge, spent.rubric) == (asking.judge, asking.rubric)]
    asked, prompts = sum(spent.asked for spent, _ in alike), sum(size for _, size in alike)
    if not asked or not prompts:
        return asking.assumed
    usage = sum((spent.usage for spent, _ in alike), NOTHING)
    longer = asking.prompt / prompts
    return Usage(
        max(1, round(usage.calls / asked)),
        round(usage.prompt_tokens * longer),
        round(usage.completion_tokens / asked),
        round(usage.cached_tokens * longer),
    )


def _stored_prices(text: str) -> Prices | None:
    try:
        return Prices.model_validate_json(text)
    except ValueError:
        return None
