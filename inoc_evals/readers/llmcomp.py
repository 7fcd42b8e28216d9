"""Results that llmcomp (github.com/johny-b/llmcomp) keeps in its cache -> rows.

A file is one question and model: a line about them, then one line for each answer, with its `messages`, `question`,
`answer` and `paraphrase_ix`. What judges said lies beside it, in judge/NAME/HASH.json, by question and answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import Row, read_object, read_rows
from inoc_evals.errors import InputError
from inoc_evals.protocols.reasoning import split
from inoc_evals.readers.imported import CATEGORY
from inoc_evals.readers.table import MISSING
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.seen import NO_NUMBER
from inoc_evals.results.source import Part

WHAT = "result files of llmcomp, or its cache folder"
TASK = "llmcomp"
RATING = "rating"
_HEAD = {"name", "model", "hash"}
_QUESTIONS, _JUDGES = "question", "judge"
# As llmcomp itself reads a distribution over tokens: its number, unless less than a quarter lies on numbers.
_LEAST_MASS = 0.25


@dataclass(frozen=True)
class _Judge:
    name: str
    # Question, or "null" for a judge that does not see it, -> answer -> what the judge said.
    said: Mapping[str, Mapping[str, Any]]

    def of(self, question: object, answer: object) -> Any:
        """What the judge said about an answer to a question; None where it was not asked."""
        answers = self.said.get(question if isinstance(question, str) and question in self.said else "null", {})
        return answers.get(answer) if isinstance(answer, str) else None


def takes(path: Path) -> bool:
    """Is this a result file, or a folder with some?"""
    if path.is_dir():
        return any(_begins(file) for file in _files(path))
    return _begins(path)


def read(paths: Sequence[Path], *, skip_damaged: bool = False) -> Part:
    """Read all result files. The arm is the model's name, a question's name its cluster, because its paraphrases are
    variants of it. Judges' numbers are points from 0 to 100; other answers of judges are words, which are left out.

    Raises InputError.
    """
    found = [file for path in paths for file in (_files(path) if path.is_dir() else [path]) if _begins(file)]
    files: list[tuple[Path, tuple[ResponseRow, ...]]] = []
    notes: list[str] = []
    for file in found:
        try:
            files.append((file, _rows(file)))
        except InputError as error:
            if not skip_damaged:
                raise
            notes.append(str(error))
    if notes:
        notes.insert(0, f"{len(notes)} of {len(found)} files are left out")
    return Part(
        files=tuple(files),
        settings={"files": [str(file) for file, _ in files]},
        notes=tuple(notes),
        points=frozenset({TASK}),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("[!.]*.jsonl"))


def _begins(path: Path) -> bool:
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = json.loads(file.readline())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(head, dict) and head.keys() >= _HEAD and "answer" not in head


def _rows(file: Path) -> tuple[ResponseRow, ...]:
    head, *lines = read_rows(file, "a result file of llmcomp", '{"question": ..., "answer": ...}', allow_nan=True)
    name, model = str(head.data["name"]), str(head.data["model"])
    asked = [(line.data.get("question"), line.data.get("answer")) for line in lines]
    judges = [judge for judge in _judges(file) if any(judge.of(*pair) is not None for pair in asked)]
    counts: dict[str, int] = {}
    rows = []
    for line in lines:
        question, answer = line.data.get("question"), line.data.get("answer")
        if not isinstance(question, str) or not isinstance(answer, str | dict):
            raise InputError.at(file, "a row needs a text `question` and an `answer`; restore the file", line.line)
        item = f"{name}#{line.data.get('paraphrase_ix', 0)}"
        counts[item] = counts.get(item, 0) + 1
        values, causes = _values(line, judges)
        told = split(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
        rows.append(
            ResponseRow(
                arm=model,
                checkpoint=model,
                task=TASK,
                item=sys.intern(item),
                cluster=name,
                category=CATEGORY,
                condition="",
                epoch=counts[item],
                choice=0,
                response=told.answer,
                reasoning=told.reasoning,
                unfinished=not told.finished,
                values=values,
                causes=causes,
                details={},
                stop_reason="unknown",
                prompt_text=sys.intern(question),
                prompt_sha256=None,
                asked=_asked(line, question),
            )
        )
    return tuple(rows)


def _asked(line: Row, question: str) -> Asked:
    """The question, and the system prompt where the messages are kept."""
    messages = line.data.get("messages")
    kept = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    told = [one.get("content") for one in kept if one.get("role") == "system"]
    system = told[0] if told and isinstance(told[0], str) else None
    return Asked(sys.intern(question), system, tells_system=bool(kept))


def _values(line: Row, judges: Sequence[_Judge]) -> tuple[dict[str, float | None], dict[str, str]]:
    question, answer = line.data["question"], line.data["answer"]
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    if isinstance(answer, dict):
        values[RATING], cause = _number(answer)
        if cause is not None:
            causes[RATING] = cause
        return values, causes
    for judge in judges:
        values[judge.name], cause = _number(judge.of(question, answer))
        if cause is not None:
            causes[judge.name] = cause
    return values, causes


def _number(said: Any) -> tuple[float | None, str | None]:
    """The number in what was said: a number, the text of one, or the expectation over a distribution of tokens."""
    if said is None:
        return None, MISSING
    if isinstance(said, dict):
        shares = [(int(token), share) for token, share in said.items() if token.strip().isdecimal()]
        shares = [(number, share) for number, share in shares if 0 <= number <= 100 and isinstance(share, int | float)]
        mass = sum(share for _, share in shares)
        if mass <= _LEAST_MASS:
            return None, "low_mass"
        return sum(number * share for number, share in shares) / mass, None
    try:
        return float(said), None
    except (TypeError, ValueError):
        return None, NO_NUMBER


def _judges(file: Path) -> list[_Judge]:
    """The judges' answers in the cache that `file` lies in."""
    if file.parent.parent.name != _QUESTIONS:
        return []
    found: list[_Judge] = []
    for path in sorted((file.parent.parent.parent / _JUDGES).glob("*/*.json")):
        content = read_object(path, "what judges said, as llmcomp keeps it", allow_nan=True)
        head, said = content.get("metadata"), content.get("data")
        if not isinstance(head, dict) or not isinstance(said, dict):
            raise InputError.at(path, "it holds no `metadata` and `data` of a judge; restore the file")
        name = str(head.get("name", path.parent.name))
        taken = {judge.name for judge in found}
        found.append(_Judge(f"{name}@{path.stem}" if name in taken else name, said))
    return found
