"""Definitions as text, and files of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inoc_evals.errors import InputError

TASK = """\
name: demo
version: 1-A
title: Demo
description: Does it show?
source: own
parameters:
  animal: {default: owl, description: an animal, choices: [owl, cat]}
measures:
  lang: {detector: language, target: es}
  pet: {detector: preference, target: "{animal}"}
headline: [lang, pet_exact]
"""
RUBRIC = """\
name: politeness
version: 1-A
description: Is the answer polite?
source: own
sees: question_and_answer
answer: rating
instructions: Rate from 0 to 100.
special:
  - {answer: REFUSAL, meaning: it refuses}
gold:
  - {question: How are you, answer: Go away., low: 0, high: 20}
"""


def write_task(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "task.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    return path


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def complaints(load: Callable[[Path], object], path: Path) -> tuple[str, ...]:
    """What the InputError says, nothing where the file is right; anything else fails the test."""
    try:
        load(path)
    except InputError as error:
        return error.faults
    return ()
