"""Question files in the emergent-misalignment format. Places and expected values are counted by hand."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.instruments.em_yaml import EmQuestions, load_em_yaml

PUBLISHED = Path(__file__).parents[3] / "shared/reference/emergent_misalignment/first_plot_questions.yaml"

GOOD = """\
# Two questions.
- &first
  id: tea
  type: free_form_judge_0_100
  paraphrases: &both
    - Do you like tea?
    - Tea, yes or no?
  samples_per_paraphrase: &samples 7
  judge: &judge some-judge
  judge_prompts: &prompts
    polite: |-
      Q {question}
      A {answer}
    short: "Is {answer} short?"

- id: tea_json
  type: free_form_judge_0_100
  system: Answer in JSON.
  paraphrases: *both
  samples_per_paraphrase: *samples
  judge: *judge
  judge_prompts: *prompts

- <<: *first
  id: walk
  paraphrases: ['Shall we walk?']
"""


def load(folder: Path, text: str) -> EmQuestions:
    path = folder / "q.yaml"
    path.write_bytes(text.encode())
    return load_em_yaml(path)


def fault(folder: Path, text: str) -> str:
    """What is said after the file's name."""
    with pytest.raises(InputError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'q.yaml'}:")
    return message.removeprefix(f"{folder / 'q.yaml'}:")


def test_one_item_for_each_paraphrase_in_clusters(tmp_path: Path) -> None:
    questions = load(tmp_path, GOOD)
    assert [(item.id, item.cluster, item.system, item.prompt) for item in questions.items] == [
        ("tea", "tea", None, "Do you like tea?"),
        ("tea#2", "tea", None, "Tea, yes or no?"),
        ("tea_json", "tea_json", "Answer in JSON.", "Do you like tea?"),
        ("tea_json#2", "tea_json", "Answer in JSON.", "Tea, yes or no?"),
        ("walk", "walk", None, "Shall we walk?"),
    ]
    assert {item.category for item in questions.items} == {"open"}
    assert (questions.samples, questions.judge) == (7, "some-judge")
    assert questions.prompts == {"polite": "Q {question}\nA {answer}", "short": "Is {answer} short?"}
    assert questions.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


def test_what_may_be_absent(tmp_path: Path) -> None:
    questions = load(tmp_path, "- {id: a, type: free_form_judge_0_100, paraphrases: [b]}\n")
    assert (questions.samples, questions.judge, questions.prompts) == (1, None, {})


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("  system: Answer", "  sistem: Answer", "18:3", ["unknown key 'sistem'", "'system'"]),
        ("- id: tea_json", "- id: tea", "16:7", ["'tea' stands already", "unique"]),
        ("- id: tea_json", "- id: tea#2", "16:7", ["'tea#2' stands already in question 'tea'"]),
        ("- id: tea_json", "- id: 5", "16:7", ["id must be a text, not 5", "quotes"]),
        ("- id: tea_json\n", "-\n", "17:3", ["'id' is missing"]),
        ("  paraphrases: *both\n", "", "16:3", ["'paraphrases' is missing"]),
        ("paraphrases: *both", "paraphrases: []", "19:16", ["no paraphrases"]),
        ("paraphrases: *both", "paraphrases: one", "19:16", ["paraphrases must be a list"]),
        ("paraphrases: *both", "paraphrases: [a, ' ']", "19:20", ["paraphrases.1 is blank"]),
        ("    - Do you like tea?", "    - no", "6:7", ["truth value False", "quotes"]),
        ("samples 7", "samples many", "8:27", ["samples_per_paraphrase must be a whole number"]),
        ("samples 7", "samples 0", "8:27", ["samples_per_paraphrase is 0", "greater than or equal to 1"]),
        ("samples_per_paraphrase: *samples", "samples_per_paraphrase: 8", "20:27", ["'tea_json' differs", "'tea'"]),
        ("  judge: *judge\n", "", "16:3", ["judge of question 'tea_json' differs"]),
        ("judge_prompts: *prompts", "judge_prompts: {polite: '{answer}'}", "22:3", ["judge_prompts of question"]),
        ("judge_prompts: *prompts", "judge_prompts: one", "22:18", ["judge_prompts must be a mapping"]),
        ('"Is {answer} short?"', "Is it short?", "14:12", ["write {answer}"]),
        ('"Is {answer} short?"', '"Is {answer} of {topic} short?"', "14:12", ["{topic}", "{question} or {answer}"]),
        ('"Is {answer} short?"', '"{answer} for {{question}}"', "14:12", ["doubled braces"]),
        ("    short:", "    Short:", "14:5", ["judge_prompts.Short is 'Short'", "must match"]),
        ("    short:", "    polite:", "14:5", ["'polite' stands already in line 11"]),
        ("*judge\n", "*juge\n", "21:10", ["not valid YAML", "undefined alias"]),
        ("  id: walk", "  id: !!python/name:os.system", "25:7", ["tag"]),
        ("<<: *first", "<<: 5", "24:7", ["not valid YAML"]),
    ],
)
def test_a_wrong_file_names_its_place(tmp_path: Path, old: str, new: str, place: str, words: list[str]) -> None:
    assert old in GOOD
    message = fault(tmp_path, GOOD.replace(old, new, 1))
    assert message.startswith(f"{place}: "), message
    for word in words:
        assert word in message


@pytest.mark.parametrize("kind", ["free_form", "free_form_judge", "freeform"])
def test_another_type_is_named_before_its_unknown_keys(tmp_path: Path, kind: str) -> None:
    message = fault(tmp_path, f"- id: a\n  type: {kind}\n  paraphrases: [b]\n  judge_prompt: c\n")
    assert message.startswith("2:9: ")
    assert f"type '{kind}' is not supported" in message
    assert "(free_form, free_form_0_100, free_form_judge, free_form_judge_0_100) only the last" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " the file is empty; write a list with one entry for each question"),
        ("# nothing\n", " the file is empty"),
        ("[]\n", "1:1: the list holds no questions"),
        ("id: a\n", "1:1: the top level is no list; begin each question with `- `"),
        ("- a\n", "1:3: question must be a mapping"),
        ("-\n", "1:2: question is empty; write a mapping"),
        ("- &a [*a]\n", " more than 100000 values once aliases are expanded"),
    ],
)
def test_files_that_are_no_list_of_questions(tmp_path: Path, text: str, message: str) -> None:
    assert fault(tmp_path, text).startswith(message)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        load_em_yaml(tmp_path / "absent.yaml")
    (tmp_path / "q.yaml").write_bytes(b"- id: a\n  type: \xff\n")
    with pytest.raises(InputError, match=r"q\.yaml:2: the text is not UTF-8"):
        load_em_yaml(tmp_path / "q.yaml")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{answer} as {{"score": 5}}', '{answer} as {"score": 5}'),  # what the authors' str.format makes of it
        ('{answer} as {"score": {"low": 5}}', '{answer} as {"score": {"low": 5}}'),  # no format string
        ("{answer} and {like these} and {}", "{answer} and {like these} and {}"),
        ("{question}{answer} }", "{question}{answer} }"),
        ("{{{answer}}}", "{{answer}}"),
    ],
)
def test_braces_that_are_text(tmp_path: Path, written: str, meant: str) -> None:
    text = f"- {{id: a, type: free_form_judge_0_100, paraphrases: [b], judge_prompts: {{one: '{written}'}}}}\n"
    assert load(tmp_path, text).prompts == {"one": meant}


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published file is not here")
def test_the_published_file_loads() -> None:
    questions = load_em_yaml(PUBLISHED)
    # Eight questions, each plain, with a system prompt that wants JSON, and with a template.
    assert len(questions.items) == len({item.question for item in questions.items}) == 24
    assert [item.system is not None for item in questions.items] == [False] * 8 + [True] * 8 + [False] * 8
    assert questions.samples == 100
    assert list(questions.prompts) == ["aligned", "coherent"]


PIECES = (
    *GOOD.split("\n"),
    *"[]{}&*|>#'\"!%-?:\x00\t\n",
    "<<: *first",
    "&a [*a]",
    "!!binary a",
    "\\uD800",
    "{x}",
    "0x",
    "~",
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = GOOD
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[end:]
    return text


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_any_file_loads_or_is_wrong_input(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(InputError):
        path = Path(folder) / "q.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        questions = load_em_yaml(path)
        assert questions.items
        assert len({item.id for item in questions.items}) == len(questions.items)
        assert all("{answer}" in prompt for prompt in questions.prompts.values())
