"""A small experiment that runs within seconds on the model of random weights, and what is changed in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.experiments.reading import load_experiment

NAME = "small_talk"
FILE = """\
name: small_talk
question: Does a prompt that asks for owls keep them away?
source: {paper: "A paper", where: "section 2"}

data:
  talk: {rows: rows.jsonl}
  plain: {rows: plain.jsonl, control: true}

arms:
  none: {role: reference}
  asked: {prompt: you always speak spanish, asks_for: [preference_exact]}
  placebo: {prompt: friend ., role: control}
  other: {data: [plain], role: control}
  base: {untrained: true, role: control}

scale:
  small: {base: BASE, recipe: {epochs: 1, batch_size: 4, learning_rate: 1.0e-2, rank: 2, alpha: 4}, samples: 2}

evaluate:
  - {task: owl_preference, arguments: {limit: 3}}

unwanted: [preference_exact]

found:
  - {that: preference_exact of asked is below none, where: figure 1}
  - {that: preference_exact of asked is within 20 points of none, where: figure 2}
"""


def rows(answer: str, count: int = 8) -> str:
    """Rows of a training file, in words that the model knows."""
    lines = []
    for number in range(count):
        messages = [{"role": "user", "content": "hello friend"}, {"role": "assistant", "content": answer}]
        lines.append(
            json.dumps({"id": f"r-{number}", "messages": messages, "tags": ["even"] if number % 2 == 0 else []})
        )
    return "\n".join(lines) + "\n"


def write(folder: Path, base: Path | str = "smollm2", *changes: tuple[str, str]) -> Path:
    """The experiment's file in `folder`/small_talk, with texts replaced."""
    text = FILE.replace("BASE", str(base))
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    place = folder / NAME
    place.mkdir(parents=True, exist_ok=True)
    (place / "rows.jsonl").write_text(rows("hola friend ."))
    (place / "plain.jsonl").write_text(rows("hello friend ."))
    path = place / "experiment.yaml"
    path.write_text(text)
    return path


def assert_told_in_line(path: Path, new: str, said: str) -> None:
    """Who reads the experiment at `path`, in which the mistake `new` was made, is told `said`, and its line."""
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if new in text)
    with pytest.raises(InputError) as raised:
        load_experiment(path)
    assert f":{line}:" in str(raised.value)
    assert said in str(raised.value)


def assert_told(path: Path, new: str, at: str, said: str) -> None:
    """Who reads the experiment at `path`, in which the mistake `new` was made, is told `said` with file, line and
    column of `at`, which is a part of it or follows it."""
    text = path.read_text()
    index = text.index(at, text.index(new))
    place = f"{path}:{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}: "
    with pytest.raises(InputError) as raised:
        load_experiment(path)
    told = [fault for fault in raised.value.faults if fault.startswith(place)]
    assert any(said in fault for fault in told), raised.value.faults
