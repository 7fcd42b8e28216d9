"""Files of candidate prompts: what they may say, and the place of everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.candidates import read_candidates
from inoc_evals.errors import InputError

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiments" / "spanish_capitals" / "prompts"


def written(folder: Path, text: str) -> Path:
    path = folder / "prompts.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_names_stand_in_brackets_and_others_are_called_after_their_line(tmp_path: Path) -> None:
    text = "\ufeff# strong ones\r\n[order] Answer in Spanish.\r\n\r\n  Spanish, please [or so].  \r\n"
    found = read_candidates(written(tmp_path, text))
    assert [(one.name, one.prompt, one.line) for one in found] == [
        ("order", "Answer in Spanish.", 2),
        ("prompt-4", "Spanish, please [or so].", 4),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a] One.\n  [b c] Two.\n", ":2:4: 'b c' is no name of an arm"),
        ("[a] One.\n[b]   \n", ":2:4: candidate b has no prompt"),
        ("[a] One.\n[b Two.\n", ":2:1: a name begins here and no ] ends it"),
        ("[a] One.\n[a] Two.\n", ":2:4: the name a stands already in line 1"),
        ("[a] One.\n\n[b] One.\n", ":3:4: this prompt stands already in line 1"),
        ("[none] One.\n[b] Two.\n", ":1:2: none is the arm without a prompt"),
        ("[a] One.\n", ": a ranking needs two candidates or more, and here are 1"),
        ("# nothing\n", ": a ranking needs two candidates or more, and here are 0"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_candidates(path)
    assert str(error.value).startswith(f"{path}{told}")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_candidates(written(tmp_path, "[x y] One.\n[ok] Two.\n[z]\n"))
    assert len(error.value.faults) == 2


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes(b"One.\nTw\xf3.\n")
    with pytest.raises(InputError, match=r":2: the text is not UTF-8"):
        read_candidates(path)


PROMPT = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1).map(str.strip)
PROMPTS = st.lists(
    PROMPT.filter(lambda text: text and text[0] not in "[#\ufeff" and text == text.strip()),
    min_size=2,
    max_size=8,
    unique=True,
)


@given(PROMPTS)
def test_prompts_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, prompts: list[str]) -> None:
    text = "".join(f"[p{number}] {prompt}\n" for number, prompt in enumerate(prompts))
    found = read_candidates(written(tmp_path_factory.mktemp("prompts"), text))
    assert [one.prompt for one in found] == prompts


def test_the_candidates_of_the_experiment_can_be_read() -> None:
    for name in ("spanish", "capitals"):
        assert len(read_candidates(EXPERIMENT / f"{name}.txt")) >= 12
