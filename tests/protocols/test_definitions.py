"""What task.yaml may say under `protocol`, and how a fault in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.definitions.document import load_task
from inoc_evals.errors import InputError
from inoc_evals.protocols.registry import protocols

HEAD = "name: made\nversion: 1-A\ntitle: Made\ndescription: d\nsource: s\n"
REFUSAL = "measures:\n  declines: {detector: refusal}\nheadline: [declines]\n"
OWL = "measures:\n  owl: {detector: probability, target: owl}\nheadline: [owl_share]\n"
FIRST = "measures:\n  loud: {detector: first_word_capitals}\nheadline: [loud]\n"


def load(folder: Path, text: str) -> object:
    (folder / "made").mkdir()
    file = folder / "made" / "task.yaml"
    file.write_text(HEAD + text)
    (folder / "made" / "items.jsonl").write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    return load_task(file).protocol


def test_every_file_that_declares_a_protocol_is_one() -> None:
    assert set(protocols()) == {"respond", "choose", "converse", "first_word", "own"}


def test_a_task_says_the_name_alone_or_with_fields(tmp_path: Path) -> None:
    assert load(tmp_path, "protocol: choose\n" + OWL) == protocols()["choose"].way(name="choose")


def test_free_text_is_what_is_asked_for_where_nothing_is_said(tmp_path: Path) -> None:
    assert load(tmp_path, REFUSAL) == protocols()["respond"].way(name="respond")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "protocol: chose\n" + OWL,
            r"task.yaml:6:11: protocol.name is 'chose'; choose from choose, converse, first_word, own",
        ),
        ("protocol: {}\n" + OWL, r"6:\d+: 'protocol.name' is missing; add it"),
        ("protocol: 3\n" + OWL, r"6:11: protocol must be a text"),
        ("protocol: {name: choose, form: word}\n" + OWL, r"6:\d+: unknown key 'protocol.form'; did you mean 'forms'"),
        ("protocol: {name: converse, turns: 3}\n" + REFUSAL, r"6:\d+: there is nobody to talk to"),
        (OWL, r"7:3: measure owl reads nothing of what protocol respond gives; write `protocol: choose`"),
        ("protocol: choose\n" + REFUSAL, r"measure declines reads nothing of what protocol choose gives"),
        (
            "protocol: first_word\n" + OWL,
            r"owl reads nothing of what protocol first_word gives; write `protocol: choose`",
        ),
        (
            "protocol: choose\n" + FIRST,
            r"loud reads nothing of what protocol choose gives; write `protocol: first_word`",
        ),
        (FIRST, r"loud reads nothing of what protocol respond gives; write `protocol: first_word`"),
        ("protocol: {name: first_word, mass: 1.5}\n" + FIRST, r"6:36: protocol.mass is 1.5; it should be less than 1"),
        ("protocol: {name: choose, both_orders: true}\n" + OWL, r"`both_orders` stands under `protocol` and"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(tmp_path, text)
