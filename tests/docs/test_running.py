"""Every command on the pages is run as it stands there, or says what it needs that this test does not have.

The models are a loopback server, which the variables of the providers name; what a page takes for granted (adapters,
logs, tables) is made before, small.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from inspect_ai.model import _model

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.labelling.folder import write_draw
from inoc_evals.labelling.form import form_of, write_form
from inoc_evals.results.label import Drawn, Label, Labels, Position
from tests.checkpoints.hub import lora, model
from tests.command import Ended, run
from tests.docs.pages import PAGES, ROOT, blocks, commands, name
from tests.judging.serving import Served, started
from tests.readers.logs import foreign_log, number_of, scored_by
from tests.readers.test_lm_eval_files import SAMPLES, written
from tests.readers.test_tables import organism

# What may excuse a command, as docs/README.md explains it.
LACKING = frozenset(
    {
        "a GPU",
        "vLLM",
        "the hub",
        "the network",
        "a key",
        "docker",
        "a package index",
        "minutes",
        "the demo",
        "your adapters",
        "Slurm",
    }
)
JUDGE = "gpt-4o-2024-08-06"
# The judge of this test is not fit, which the command tells by its exit code.
CODES: Mapping[tuple[str, ...], set[int]] = {("judges", "check"): {0, 1}}
UNMARKED = re.compile(r"(inoc-evals|inspect|lm_eval|make|pip) ")


@pytest.fixture(autouse=True)
def _no_models_of_before() -> Iterator[None]:
    """inspect keeps models by name, with the address that a variable named when they were made."""
    with mock.patch.dict(_model._models, clear=True):
        yield


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with started(tmp_path_factory.mktemp("served"), f"judge={JUDGE}") as server:
        yield server


@pytest.fixture(scope="module")
def shards(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two shards of a run, results-1 and results-2."""
    folder = tmp_path_factory.mktemp("shards")
    arms = (f"none={served.url}#a", f"inoculated={served.url}#b", "--tasks", "spanish_capitals", "--limit", "2")
    for number in (1, 2):
        given = ("--shard", f"{number}/2", "--out", f"results-{number}")
        ended = run("score", *arms, *given, cwd=folder, environment=environment(served, folder))
        assert ended.code == 0, ended.err
    return folder


def environment(served: Served, folder: Path) -> dict[str, str]:
    address = {f"{provider}_BASE_URL": served.url for provider in ("OPENAI", "VLLM")}
    keys = {f"{provider}_API_KEY": "of-nobody" for provider in ("OPENAI", "VLLM", "INOC_JUDGE")}
    return {**address, **keys, "INOC_EVALS_CACHE": str(folder / "cache"), "INSPECT_DISPLAY": "none"}


def make_adapters(folder: Path, _: Path) -> None:
    base = folder / "base"
    made = {base: model()}
    # Two arms of one content would be refused.
    for seed, each in enumerate(("none-s1", "inoc-s1", "none", "inoc")):
        made[folder / "runs" / each] = lora(str(base), seed)
    for place, contents in made.items():
        place.mkdir(parents=True)
        for file, content in contents.items():
            (place / file).write_bytes(content)


def make_prompts(folder: Path, _: Path) -> None:
    """The file of arms as the page shows it."""
    page = (ROOT / "docs" / "conditions.md").read_text(encoding="utf-8")
    (folder / "arms.yaml").write_text(blocks(page, "yaml")[0])


def make_prices(folder: Path, _: Path) -> None:
    """The table of prices as the page shows it."""
    page = (ROOT / "docs" / "judge-cost.md").read_text(encoding="utf-8")
    (folder / "prices.yaml").write_text(blocks(page, "yaml")[0])


def make_results(folder: Path, shards: Path) -> None:
    assert run("report", *(str(shards / f"results-{n}") for n in (1, 2)), "--out", str(folder / "report")).code == 0
    shutil.rmtree(folder / "report")
    shutil.copytree(shards / "results-1", folder / "results")
    shutil.copytree(shards / "results-2" / "logs", folder / "results" / "logs", dirs_exist_ok=True)
    settings = json.loads((folder / "results" / "settings.json").read_text())
    (folder / "results" / "settings.json").write_text(json.dumps({**settings, "shard": [1, 1]}))


def make_shards(folder: Path, shards: Path) -> None:
    for number in (1, 2):
        shutil.copytree(shards / f"results-{number}", folder / f"results-{number}")


def make_logs(folder: Path, _: Path) -> None:
    right = scored_by("right", lambda state: "C" if number_of(state) < 4 else "I")
    foreign_log(folder / "logs", [right]).rename(folder / "logs" / "none.eval")


def make_imports(folder: Path, shards: Path) -> None:
    make_logs(folder, shards)
    written(folder / "lm-eval" / "inoculated", SAMPLES, {"inoc_arm": {"label": "a", "arm": "a"}})
    for place, each in enumerate(("none", "a", "b", "responses")):
        rows = [(f"Q{n}?", f"q{n}", f"answer {n} of {each} [[{n}]]", 90 - 20 * place * (n % 2), 90) for n in range(6)]
        organism(folder / f"{each}.csv", rows)


def make_labels(folder: Path, shards: Path, number: str = "10") -> None:
    """What two raters filled in, and what settles where they differ."""
    make_imports(folder, shards)
    with TemporaryDirectory() as place:
        out = Path(place) / "labels"
        drawn = ("none.csv", "a.csv", "--rubric", "alignment", "-n", number, "--out", str(out))
        assert run("judges", "label", *drawn, cwd=folder).code == 0
        for name, label in (("ann.csv", "80"), ("ben.jsonl", "20")):
            text = (out / "sheets" / f"sheet{Path(name).suffix}").read_text(encoding="utf-8-sig")
            filled = text.replace('"label": null', f'"label": {label}').replace(",,\n", f",{label},\n")
            (folder / name).write_text(filled)
            assert (
                run("judges", "labels", str(out), "--read", str(folder / name), "--rater", name, cwd=folder).code == 0
            )
        assert run("judges", "labels", str(out), "--adjudicate").code == 0
        text = (out / "adjudicate" / "sheet.csv").read_text(encoding="utf-8-sig")
        (folder / "settled.csv").write_text(text.replace(",,\n", ",50,\n"))


def make_more_labels(folder: Path, shards: Path) -> None:
    make_labels(folder, shards, "200")


def make_rows(folder: Path, _: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hola"}]}
    (folder / "data.jsonl").write_text(json.dumps(row) + "\n")


def make_wanted(folder: Path, _: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "HELLO"}]}
    (folder / "wanted.jsonl").write_text(json.dumps(row) + "\n")


def make_alignment_labels(folder: Path, _: Path) -> None:
    """Forty responses by alignment, half of which people call well meant."""
    instrument = from_rubric(find_rubric("alignment")[1])
    drawn = tuple(
        Drawn(f"{n:016x}", None, f"Number {n}: [[{n % 2 * 80 + 10}]]", "Q?", None, "a", "c", "t", at.item, at, "s", 1.0)
        for n, at in enumerate(Position(f"q{n % 8}", "", 1 + n // 8, 0) for n in range(40))
    )
    given = tuple(Label(each.response, "ann", n % 2 * 100.0) for n, each in enumerate(drawn))
    head = (instrument.name, instrument.version, instrument.identity, "alignment", JUDGE, 1)
    write_draw(folder / "labels", Labels(*head, (), drawn, given))
    write_form(folder / "labels", form_of(instrument, 50.0))


def make_register(folder: Path, _: Path) -> None:
    shutil.copytree(ROOT / "docs" / "register", folder / "docs" / "register")


def make_examples(folder: Path, _: Path) -> None:
    shutil.copytree(ROOT / "examples", folder / "examples")


MADE: Mapping[str, Sequence[Callable[[Path, Path], None]]] = {
    "docs/add-a-rubric.md": [make_logs],
    "docs/before-a-run.md": [make_adapters],
    "docs/conditions.md": [make_adapters, make_prompts],
    "docs/hardware.md": [make_shards],
    "docs/interventions.md": [make_rows, make_wanted],
    "docs/json.md": [make_results],
    "docs/labels.md": [make_labels],
    "docs/judge-cost.md": [make_prices],
    "docs/corrected.md": [make_more_labels],
    "docs/rate-anything.md": [make_results, make_imports],
    "docs/register/README.md": [make_register],
    "docs/results-and-imports.md": [make_imports],
    "docs/resume.md": [make_results],
    "docs/score.md": [make_adapters, make_results],
    "docs/select-a-judge.md": [make_alignment_labels, make_imports],
    "docs/serving.md": [make_rows],
    "docs/tasks-and-rubrics.md": [make_adapters],
    "docs/training.md": [make_rows],
}


def inspect(words: Sequence[str], folder: Path, given: Mapping[str, str]) -> Ended:
    """`inspect WORDS` in this process, which has imported what takes a process of its own ten seconds."""
    from inspect_ai._cli.main import inspect as command
    from inspect_ai._util.error import PrerequisiteError

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, given),
        mock.patch.object(sys, "argv", ["inspect", *words]),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            command.main(list(words), prog_name="inspect", standalone_mode=False)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except PrerequisiteError as error:
            code = 1
            err.write(str(error))
    return Ended(code, out.getvalue(), err.getvalue())


def carry_out(words: Sequence[str], folder: Path, given: dict[str, str]) -> None:
    """Run one command in `folder`; what it exports goes into `given`. Raises AssertionError where it fails."""
    words = list(words)
    target = words.pop(words.index(">") + 1) if ">" in words else None
    program, *rest = [word for word in words if word != ">"]
    if program == "export":
        given |= dict(word.split("=", 1) for word in rest)
        return
    if program == "inspect":
        ended = inspect(rest, folder, given)
    else:
        assert program == "inoc-evals", f"say what {program} needs, or teach this test to run it"
        ended = run(*rest, cwd=folder, environment=given)
    allowed = next((codes for first, codes in CODES.items() if tuple(rest[: len(first)]) == first), {0})
    assert ended.code in allowed, f"{shlex.join(words)}\n{ended.out}\n{ended.err}"
    if target is not None:
        (folder / target).write_text(ended.out)


def on_page(page: Path) -> list[tuple[list[str], str]]:
    text = page.read_text(encoding="utf-8")
    return [each for block in blocks(text, "bash") for each in commands(block)]


@pytest.mark.parametrize("page", [page for page in PAGES if any(not needs for _, needs in on_page(page))], ids=name)
def test_commands_do_as_the_page_says(page: Path, served: Served, shards: Path, tmp_path: Path) -> None:
    given = environment(served, tmp_path)
    for make in MADE.get(name(page), ()):
        make(tmp_path, shards)
    for words, needs in on_page(page):
        if not needs:
            known = [
                word.replace("PROVIDER/MODEL", f"openai/{JUDGE}").replace("http://127.0.0.1:8000/v1", served.url)
                for word in words
            ]
            carry_out(known, tmp_path, given)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_commands_need_is_explained_and_every_command_stands_in_a_block_of_bash(page: Path) -> None:
    for words, needs in on_page(page):
        assert set(needs.split(", ")) <= LACKING | {""}, words
    text = page.read_text(encoding="utf-8")
    for language in ("", "sh", "shell", "console", "text"):
        assert not [line for block in blocks(text, language) for line in block.splitlines() if UNMARKED.match(line)]


def test_a_command_that_fails_or_that_nobody_can_run_is_noticed(tmp_path: Path) -> None:
    for words in (["inoc-evals", "report", "nothing"], ["inspect", "eval", "nothing.py"], ["curl", "http://h"]):
        with pytest.raises(AssertionError):
            carry_out(words, tmp_path, {"INSPECT_DISPLAY": "none"})
