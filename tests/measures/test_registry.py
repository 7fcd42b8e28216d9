"""Measures of other packages: real distributions in a folder on the path, as an installer leaves them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from inoc_evals.cli import cli
from inoc_evals.definitions.catalog import list_tasks
from inoc_evals.definitions.document import load_task
from inoc_evals.errors import InputError
from inoc_evals.measures import registry
from inoc_evals.measures.measuring import bind, read_now
from inoc_evals.measures.registry import broken_measures, detector_names, find_measure
from inoc_evals.measures.scales import task_scales
from tests.measures.asked import answered

GOOD = """\
from typing import Self

from pydantic import model_validator

from inoc_evals.definitions.fields import Misplaced, Options, Template
from inoc_evals.measures.declaration import detector
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale


class CountOptions(Options):
    word: Template
    rival: Template | None = None

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.word == self.rival:
            raise Misplaced("the two words are the same; change one", "rival")
        return self


MEASURE = detector(
    "count",
    CountOptions,
    lambda options: {"": Scale(0.0, None, "unbounded", "times", "", f"times {options.word}")},
    lambda options, text: {"": Reading(float(text.count(options.word) - text.count(options.rival or "\\0")))},
)
"""
TASK = """\
name: demo
version: 1-A
title: Demo
description: How often?
source: own
parameters:
  animal: {default: owl, description: an animal}
measures:
  times: {detector: count, word: "{animal}", rival: cat}
headline: [times]
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution on the path: its module's text, and its measures (name -> what the entry point names)."""
    site = tmp_path / "site"

    def put(package: str, text: str, entries: dict[str, str]) -> None:
        about = site / f"{package}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        listed = "".join(f"{name} = {target}\n" for name, target in entries.items())
        (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{listed}")
        (site / f"{package}.py").write_text(text)
        registry._others.cache_clear()

    monkeypatch.syspath_prepend(site)
    yield put
    registry._others.cache_clear()
    for name in [name for name in sys.modules if name.startswith("other_")]:
        del sys.modules[name]


def write_task(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    (folder / "task.yaml").write_text(text)
    return folder / "task.yaml"


def test_a_measure_of_another_package_is_like_ours(install: Install, tmp_path: Path) -> None:
    install("other_count", GOOD, {"count": "other_count:MEASURE"})
    assert "count" in detector_names()
    task = load_task(write_task(tmp_path / "demo", TASK))
    bound = bind(task, {"animal": "owl"}, {}, {})
    assert read_now(bound, answered("owl owl cat")).values == {"times": 1.0}
    assert task_scales(task)["times"].name == "times owl"
    assert task_scales(task, {"animal": "dog"})["times"].unit == "times"


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('word: "{animal}"', "werd: owl", "9:28", "unknown key 'measures.times.werd'; did you mean 'word'?"),
        ('"{animal}"', '"{anmal}"', "9:34", "{anmal} is no parameter of this task (it has: animal)"),
        ("rival: cat", 'rival: "{anmal}"', "9:53", "{anmal} is no parameter of this task (it has: animal)"),
        ("rival: cat", "rival: no", "9:53", "measures.times.rival is read as the truth value False"),
        ('word: "{animal}"', "word: cat", "9:46", "the two words are the same; change one"),
        (
            "detector: count",
            "detector: cont",
            "9:21",
            "capitals, code, confirms, count, first_word_capitals, first_word_language, insults, ",
        ),
        ("detector: count", "detector: rating", "9:21", "measures.times.detector is 'rating'; choose from"),
        ("detector: count", "detector: words", "9:21", "measures.times.detector is 'words'; choose from"),
        ("detector: count", "detector: ../count", "9:21", "measures.times.detector is '../count'; choose from"),
        ("detector: count", "detector: [count]", "9:21", "choose from"),
    ],
)
def test_faults_in_its_options_have_their_place(
    install: Install, tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    install("other_count", GOOD, {"count": "other_count:MEASURE"})
    assert TASK.count(old) == 1
    path = write_task(tmp_path / "demo", TASK.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert str(caught.value).split("\n")[0].startswith(f"{path}:{place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "target", "words"),
    [
        ("count", "import nowhere_at_all", "other_bad:MEASURE", "No module named 'nowhere_at_all'"),
        ("count", "raise ValueError('two\\nlines')", "other_bad:MEASURE", "(two lines)"),
        ("count", "import sys; sys.exit(3)", "other_bad:MEASURE", "it exits with 3"),
        ("count", "", "other_bad:MEASURE", "has no attribute 'MEASURE'"),
        ("count", "MEASURE = 5", "other_bad:MEASURE", "is no inoc_evals.measures.declaration.Measure"),
        ("count", "(", "other_bad:MEASURE", "was never closed"),
        ("counts", GOOD, "other_bad:MEASURE", "it calls itself count"),
        ("Count", GOOD, "other_bad:MEASURE", "its name does not match"),
        ("count", GOOD.replace("word: Template", "word: 'Unknown'"), "other_bad:MEASURE", "Unknown"),
        (
            "count",
            GOOD.replace("class CountOptions(Options)", "class CountOptions"),
            "other_bad:MEASURE",
            "its options",
        ),
        ("language", GOOD, "other_bad:MEASURE", "inoc_evals has a measure of this name"),
    ],
)
def test_a_broken_one_is_one_sentence_and_hides_no_other(
    install: Install, tmp_path: Path, name: str, text: str, target: str, words: str
) -> None:
    install("other_bad", text, {name: target})
    install("other_fine", GOOD.replace('"count"', '"fine"'), {"fine": "other_fine:MEASURE"})
    (sentence,) = broken_measures()
    assert sentence.startswith(f"measure {name} of package other_bad cannot be used (")
    assert words in sentence
    assert "\n" not in sentence
    assert sentence.endswith("; repair that package or remove it")
    names = detector_names()
    assert "fine" in names
    assert {"capitals", "language", "length", "preference", "refusal"} <= set(names)
    assert all(list_tasks())
    if name == "count":
        path = write_task(tmp_path / "demo", TASK)
        with pytest.raises(InputError) as caught:
            load_task(path)
        assert str(caught.value) == f"{path}:9:21: {sentence}"
    result = CliRunner().invoke(cli, ["list"])
    assert "spanish_capitals" in result.stdout
    assert sentence in str(result.exception)


def test_two_packages_with_one_name_are_told_apart_from_none(install: Install) -> None:
    install("other_count", GOOD, {"count": "other_count:MEASURE"})
    install("other_again", GOOD, {"count": "other_again:MEASURE"})
    (sentence,) = broken_measures()
    assert "other_count" in sentence
    assert "other_again" in sentence
    with pytest.raises(InputError, match="measure count of package other_"):
        find_measure("count")


def test_a_task_loads_the_files_of_its_own_measures_only() -> None:
    code = (
        "import sys\n"
        "from inoc_evals.definitions.catalog import find_task\n"
        "find_task('spanish_capitals')\n"
        "loaded = {name.rpartition('.')[2] for name in sys.modules if name.startswith('inoc_evals.measures.')}\n"
        "print(sorted(loaded & {'language', 'capitals', 'preference', 'refusal', 'length', 'rating', 'claims'}))\n"
        "print([name for name in ('torch', 'wordfreq', 'inspect_ai', 'numpy', 'scipy') if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.splitlines() == ["['capitals', 'language']", "[]"]
