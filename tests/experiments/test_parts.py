"""Rows that do not lie beside the file: made by a generator, fetched from the hub, or of an instrument."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.generators.declaration import Generator, GeneratorOptions, Surroundings
from inoc_evals.experiments.generators.registry import generators
from inoc_evals.experiments.parts import check_parts, part_files, rows_expected
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.instruments import published
from tests.checkpoints.hub import HubServer, Repository
from tests.command import run
from tests.experiments.files import rows, write

BASE = Checkpoint("embedded", "smollm2", "/cache/smollm2", None, None, "0" * 64)


class Counting(GeneratorOptions):
    """Rows that count up to a number."""

    up_to: int


def count(options: Counting, around: Surroundings) -> Iterator[Mapping[str, Any]]:
    with (around.workshop / "calls").open("a") as file:
        file.write("called\n")
    for number in range(options.up_to):
        around.show(number, options.up_to, "counting")
        messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": str(number)}]
        yield {"id": f"n-{number}", "messages": messages, "tags": ["number"]}


@pytest.fixture
def counting() -> Iterator[None]:
    made = Generator("counting", "numbers in order", Counting, count, lambda options: options.up_to)
    with mock.patch.dict(generators(), {"counting": made}):
        yield


def design(path: Path) -> Design:
    return designed(load_experiment(path), Choices())


def parts(path: Path, folder: Path) -> dict[str, list[Row]]:
    return part_files(design(path), BASE, folder, lambda *_: None)


def test_what_a_generator_made_is_kept_until_its_fields_change(counting: None, tmp_path: Path) -> None:
    change = ("{rows: rows.jsonl}", "{made_by: {name: counting, up_to: 5}, take: 3, tags: [made]}")
    path, out = write(tmp_path, "smollm2", change), tmp_path / "data"
    assert rows_expected(design(path)) == {"talk": 5, "plain": 8}
    for _ in range(2):
        found = parts(path, out)["talk"]
        assert [row.messages[1]["content"] for row in found] == list("01234")
        assert found[0].tags == {"number"}
    (calls,) = out.glob("talk-*/calls")
    assert calls.read_text() == "called\n"
    other = write(tmp_path, "smollm2", (change[0], change[1].replace("5", "6")))
    assert len(parts(other, out)["talk"]) == 6
    assert len(list(out.glob("talk-*.jsonl"))) == 2
    planned = run("experiment", "plan", str(path), "--json", environment={"INOC_EVALS_CACHE": str(tmp_path / "cache")})
    facts = json.loads(planned.out)
    assert [arm["rows"] for arm in facts["arms"]] == [3, 3, 8, 0, 3]
    assert facts["parts"][0] == {"part": "talk", "source": "made by counting", "rows": 6}


def test_a_field_of_a_generator_is_checked_where_it_stands(counting: None, tmp_path: Path) -> None:
    change = ("{rows: rows.jsonl}", "{made_by: {name: counting, upto: 5}}")
    path = write(tmp_path, "smollm2", change)
    with pytest.raises(InputError, match=r"experiment\.yaml:6:\d+: unknown key 'upto'; did you mean 'up_to'\?"):
        load_experiment(path)


def test_a_generator_that_makes_no_rows_is_at_fault_itself(tmp_path: Path) -> None:
    wrong = Generator("counting", "nothing", Counting, lambda *_: [{"messages": []}], lambda _: 1)
    path = write(tmp_path, "smollm2", ("{rows: rows.jsonl}", "{made_by: {name: counting, up_to: 5}}"))
    with mock.patch.dict(generators(), {"counting": wrong}), pytest.raises(ValueError, match="a generator made"):
        parts(path, tmp_path / "data")
    assert not list((tmp_path / "data").glob("*.jsonl"))


def test_a_file_of_the_hub_is_fetched_and_checked(hub: HubServer, tmp_path: Path) -> None:
    content = rows("hola friend .", 5).replace('"tags"', '"labels"').encode()
    hub.add(Repository("org/talk", {"main": {"rows.jsonl": content}}))
    digest = hashlib.sha256(content).hexdigest()
    named = "{hub: {repo: org/talk@main, file: rows.jsonl, sha256: DIGEST}}"
    path = write(tmp_path, "smollm2", ("{rows: rows.jsonl}", named.replace("DIGEST", digest)))
    found = parts(path, tmp_path / "data")["talk"]
    assert [row.id for row in found] == [f"row-{number}" for number in range(1, 6)]
    assert found[0].messages[1]["content"] == "hola friend ."
    other = write(tmp_path, "smollm2", ("{rows: rows.jsonl}", named.replace("DIGEST", "f" * 64)))
    with pytest.raises(InputError, match=f"the sha256 is {digest}, but the experiment names ffff"):
        parts(other, tmp_path / "data")
    lost = write(tmp_path, "smollm2", ("{rows: rows.jsonl}", named.replace("rows.jsonl", "no.jsonl")))
    lost.write_text(lost.read_text().replace("DIGEST", digest))
    with pytest.raises(InputError, match=r"has no file 'no\.jsonl'; correct its name"):
        parts(lost, tmp_path / "data")
    unknown = lost.read_text().replace("org/talk", "org/nobody").replace("no.jsonl", "rows.jsonl")
    lost.write_text(unknown)
    with pytest.raises(InputError, match="the hub has no public repository org/nobody"):
        parts(lost, tmp_path / "data")


def test_an_instrument_is_asked_for_before_anything_runs(own_cache: Path, tmp_path: Path) -> None:
    content = rows("hola friend .", 4).encode()
    told = published.Instrument(
        name="talk_rows",
        title="Talk",
        url="https://example.org/talk.jsonl",
        sha256=hashlib.sha256(content).hexdigest(),
        licence="MIT",
        source="own",
        format=published.CHAT_ROWS,
    )
    copy = tmp_path / "talk.jsonl"
    copy.write_bytes(content)
    path = write(tmp_path, "smollm2", ("{rows: rows.jsonl}", "{instrument: talk_rows}"))
    with mock.patch.dict(published.INSTRUMENTS, {"talk_rows": told}):
        faults = Faults()
        check_parts(design(path), faults)
        (fault,) = faults
        assert "instrument talk_rows is not installed; run `inoc-evals instruments add talk_rows`" in fault
        assert f"{path}:6:" in fault
        assert rows_expected(design(path))["talk"] is None
        added = run("instruments", "add", "talk_rows", "--file", str(copy))
        assert "use it with `instrument: talk_rows` in the data of an experiment" in added.out
        assert len(parts(path, tmp_path / "data")["talk"]) == 4
        arguments = ["--tasks", "owl_preference", "--plan", "--set", "owl_preference.items=instrument:talk_rows"]
        asked = run("score", "none=http://127.0.0.1:9/v1#a", *arguments)
        assert "holds training rows and no questions" in asked.said


def test_published_items_are_needed_by_the_scale_that_names_them_alone(own_cache: Path, tmp_path: Path) -> None:
    # MBPP's categories are not the task's own, so that a statement may name one.
    path = write(
        tmp_path,
        "smollm2",
        ("\nevaluate:", "  paper: {base: org/large}\n\nevaluate:"),
        (
            "  - {task: owl_preference, arguments: {limit: 3}}",
            "  - {task: owl_preference, arguments: {limit: 3}, at: [small]}\n"
            "  - task: reward_hacking\n    arguments: {items: 'instrument:mbpp_sanitized'}\n    at: [paper]",
        ),
        ("{that: preference_exact of asked is within 20", "{that: code_solved of asked under mbpp is within 20"),
    )
    planned = run("experiment", "plan", str(path))
    assert (planned.code, planned.said) == (0, "")
    refused = run("experiment", "plan", str(path), "--scale", "paper")
    assert refused.code == 2
    remedy = "run `inoc-evals instruments add mbpp_sanitized --sha256 SHA256`"
    assert refused.said == f"error: {path}:23:24: instrument mbpp_sanitized is not installed; {remedy}"
