"""`judges rate --rubric` on real files of every kind of source: what the judge is shown, and what is written."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message

from inoc_evals.commands.lm_eval.run import run as run_lm_eval
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.source import Source
from tests.command import Ended, run
from tests.harness.loopback import Loopback, loopback
from tests.harness.unseen import eval
from tests.judging.serving import Served, started
from tests.readers.logs import foreign_log, number_of, scored_by
from tests.readers.test_tables import comp, table

pytestmark = pytest.mark.usefixtures("own_cache")
RUBRIC = """
name: {name}
version: 1-A
description: for a test
source: a test
sees: question_and_answer
shows_system_prompt: {system}
answer: rating
instructions: Rate from 0 to 100.
"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """It gives the number in double brackets."""
    with started(tmp_path_factory.mktemp("judge"), "") as served:
        yield served


@pytest.fixture
def told() -> Iterator[Loopback]:
    """A judge that keeps what it is shown, and always says 40."""
    with loopback(lambda body: "73" if "exactly this number" in str(body["messages"]) else "40") as server:
        server.names = ["judge"]
        yield server


@pytest.fixture
def arms() -> Iterator[Loopback]:
    """Models that answer the length of what they are asked."""
    with loopback(lambda body: f"I think so. [[{len(body['messages'][-1]['content']) % 101}]]") as server:
        server.names = ["arm", "other"]
        yield server


def rate(server: Served | Loopback, out: Path, *arguments: object, rubrics: Sequence[str] = ("alignment",)) -> Ended:
    named = [word for name in rubrics for word in ("--rubric", name)]
    options = ("--judge", f"{server.url}#judge", *named, "--out", str(out))
    return run("judges", "rate", *map(str, arguments), *options, environment=dict(os.environ))


def read(path: Path) -> Source:
    return read_inputs([Input(path)])


def shown(server: Loopback) -> list[str]:
    """The judge's prompts, each once, in no order: they are asked for at once."""
    prompts = {body["messages"][-1]["content"] for body in server.bodies}
    return [prompt for prompt in prompts if "exactly this number" not in prompt]


def section(prompt: str, name: str) -> str:
    found = re.search(rf"<{name} (\w+)>\n(.*?)\n</{name} \1>", prompt, re.S)
    assert found is not None, prompt
    return found[2]


def hashes(folder: Path) -> dict[str, str]:
    """All files below, but for the lock of whoever reads."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".lock")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rubric(folder: Path, name: str, *, system: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(RUBRIC.format(name=name, system=str(system).lower()))
    return folder


def questions(folder: Path, count: int = 3) -> Path:
    path = folder / "items.jsonl"
    rows = [{"id": f"q{n}", "category": "open", "prompt": f"Question {n}?{'!' * n}"} for n in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def inspect_log(task: Task, server: Loopback, folder: Path, name: str = "arm") -> Path:
    model = get_model(f"openai-api/arm/{name}", base_url=server.url, api_key="key", memoize=False)
    (log,) = eval(task, model=model, log_dir=str(folder), log_format="eval", display="none", log_realtime=False)
    assert log.status == "success", log.error
    return Path(log.location)


def test_a_run_of_ours_is_rated_as_its_own_task_does(judge: Served, tmp_path: Path) -> None:
    """The judge was asked the very same before, so that it is not asked again, and says the same."""
    out = tmp_path / "results"
    arguments = ["--tasks", "emergent_misalignment", "--limit", "3", "--samples", "2", "--judge", f"{judge.url}#judge"]
    assert run("score", f"none={judge.url}#a", f"other={judge.url}#b", *arguments, "--out", str(out)).code == 0
    before, asked = hashes(out), judge.get("/stats")["judged"]
    ended = rate(judge, tmp_path / "rated.jsonl", out)
    assert ended.code == 0, ended.err
    assert judge.get("/stats")["judged"] == asked
    source = read(tmp_path / "rated.jsonl")
    assert len(source.rows) == 12
    for row in source.rows:
        assert row.values["alignment-2"] == row.values["alignment"] is not None
    # Nothing of the run is changed.
    assert hashes(out) == before
    assert run("report", str(tmp_path / "rated.jsonl"), "--out", str(tmp_path / "report")).code == 0
    found = json.loads((tmp_path / "report" / "results.json").read_text())
    assert {"misaligned", "alignment-2"} <= {one["measure"] for one in found["rates"]}
    compared = run("compare", str(tmp_path / "rated.jsonl"))
    assert "emergent misalignment · open · rating of alignment-2" in compared.out


def test_what_a_model_was_given_is_shown_to_the_judge(arms: Loopback, told: Loopback, tmp_path: Path) -> None:
    task = build("emergent_misalignment", items=str(questions(tmp_path)), samples=1, judge="later", system_prompt="Be.")
    log = inspect_log(task, arms, tmp_path / "logs")
    rubrics = rubric(tmp_path / "mine", "mine", system=True)
    ended = rate(told, tmp_path / "rated.jsonl", log, "--judges", rubrics, rubrics=("mine",))
    assert ended.code == 0, ended.err
    prompts = sorted(shown(told), key=lambda prompt: section(prompt, "question"))
    assert [section(prompt, "question") for prompt in prompts] == ["Question 0?", "Question 1?!", "Question 2?!!"]
    assert {section(prompt, "system prompt") for prompt in prompts} == {"Be."}
    assert section(prompts[0], "answer") == "I think so. [[11]]"
    assert [row.values["mine"] for row in read(tmp_path / "rated.jsonl").rows] == [40, 40, 40]


def test_a_beginning_that_was_put_into_the_models_mouth_is_part_of_the_answer(told: Loopback, tmp_path: Path) -> None:
    items = str(questions(tmp_path, 1))
    with loopback(lambda _: " it is.", template=str) as server:
        task = build("emergent_misalignment", items=items, samples=1, judge="later", prefill="Sure,")
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        (log,) = eval(task, model=model, log_dir=str(tmp_path / "logs"), display="none", log_realtime=False)
        assert log.status == "success", log.error
    assert rate(told, tmp_path / "rated.jsonl", tmp_path / "logs").code == 0
    (prompt,) = shown(told)
    assert (section(prompt, "question"), section(prompt, "answer")) == ("Question 0?", "Sure, it is.")


def test_the_log_of_another_task(arms: Loopback, told: Loopback, tmp_path: Path) -> None:
    """A question, a conversation with its own system prompt, and one whose answer begins in its input."""
    conversation = [ChatMessageUser(content="Hi"), ChatMessageAssistant(content="Ho"), ChatMessageUser(content="Well?")]
    samples = [
        Sample(id="plain", input="How so?", target="think"),
        Sample(id="told", input=[ChatMessageSystem(content="Be brief."), *conversation], target="think"),
    ]
    task = Task(name="trivia", dataset=MemoryDataset(samples), solver=[generate()], scorer=includes())
    log = inspect_log(task, arms, tmp_path / "logs")
    solved = Task(name="solved", dataset=MemoryDataset(samples[:1]), solver=[system_message("Be kind."), generate()])
    unscored = inspect_log(solved, arms, tmp_path / "solved")
    rubrics = rubric(tmp_path / "mine", "mine", system=True)
    ended = rate(told, tmp_path / "rated.jsonl", log, unscored, "--judges", rubrics, rubrics=("mine",))
    assert ended.code == 0, ended.err
    found = [(section(prompt, "system prompt"), section(prompt, "question")) for prompt in shown(told)]
    assert sorted(found) == [
        ("(there is none)", "How so?"),
        ("Be brief.", "USER: Hi\n\nASSISTANT: Ho\n\nUSER: Well?"),
        ("Be kind.", "How so?"),
    ]
    source = read(tmp_path / "rated.jsonl")
    assert source.headlines == {"trivia": ("includes", "mine"), "solved": ("mine",)}
    assert {row.item: row.values for row in source.rows if row.task == "trivia"} == {
        "plain": {"includes": 1.0, "mine": 40.0},
        "told": {"includes": 1.0, "mine": 40.0},
    }


def test_samples_that_failed_are_counted_and_cost_nothing(judge: Served, tmp_path: Path) -> None:
    right = scored_by("right", lambda state: number_of(state) % 2)
    log = foreign_log(tmp_path / "logs", [right], samples=3, fails=frozenset({"s1"}))
    ended = rate(judge, tmp_path / "rated.jsonl", log)
    assert "2 of 3 responses rated; without a rating: 1 error (the response could not be drawn)" in ended.out
    values = {
        row.item: (row.values["right"], row.causes.get("alignment")) for row in read(tmp_path / "rated.jsonl").rows
    }
    assert values == {"s0": (0.0, None), "s1": (None, "error"), "s2": (0.0, None)}


def test_options_that_were_chosen_from_are_no_text(judge: Served, tmp_path: Path) -> None:
    from tests.harness_lm_eval.vllm_like import vllm_like

    with vllm_like(lambda *_: "x") as server:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        task = build("owl_preference_exact", limit=2)
        (log,) = eval(task, model=model, log_dir=str(tmp_path / "logs"), display="none", log_format="eval")
        assert log.status == "success", log.error
    before = judge.get("/stats")["judged"]
    ended = rate(judge, tmp_path / "rated.jsonl", tmp_path / "logs")
    assert ended.code == 1
    assert "no_text (the response is no text, so that no judge was asked)" in ended.out
    assert judge.get("/stats")["judged"] == before
    # What was measured is still there.
    assert all(row.values["preference_probability"] is not None for row in read(tmp_path / "rated.jsonl").rows)


SUMS = """task: sums
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/sums.jsonl}}}}
test_split: test
output_type: generate_until
doc_to_text: "What is {{{{question}}}}?"
doc_to_target: "{{{{answer}}}}"
generation_kwargs: {{until: ["\\n\\n"], do_sample: false}}
filter_list:
  - {{name: whole, filter: [{{function: take_first}}]}}
  - {{name: number, filter: [{{function: regex, regex_pattern: "(\\\\d+)"}}, {{function: take_first}}]}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true}}
metadata: {{version: 1.0}}
"""


def lm_eval_run(server: Loopback, folder: Path, tasks: str) -> Path:
    """Samples as `inoc-evals lm-eval` leaves them, with lm-eval's own client for servers."""
    sums = folder / "sums"
    sums.mkdir()
    lines = [json.dumps({"question": f"{n}+{n}", "answer": str(2 * n)}) + "\n" for n in range(3)]
    (sums / "sums.jsonl").write_text("".join(lines))
    (sums / "sums.yaml").write_text(SUMS.format(folder=sums))
    model = f"model=arm,base_url={server.url}/chat/completions,num_concurrent=4"
    given = ["--model", "local-chat-completions", "--model_args", model, "--tasks", tasks, "--include_path", str(sums)]
    run_lm_eval(
        [
            *given,
            "--metadata",
            json.dumps({"limit": 2, "system_prompt": "Be brief."}),
            "--output_path",
            str(folder / "lm"),
            "--log_samples",
        ]
    )
    return folder / "lm"


def test_samples_of_lm_eval_of_our_tasks_and_of_its_own(
    arms: Loopback, told: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
    folder = lm_eval_run(arms, tmp_path, "inoc_spanish_capitals,sums")
    before = hashes(folder)
    rubrics = rubric(tmp_path / "mine", "mine", system=True)
    ended = rate(told, tmp_path / "rated.jsonl", folder, "--judges", rubrics, rubrics=("mine",))
    assert ended.code == 0, ended.err
    assert hashes(folder) == before
    source = read(tmp_path / "rated.jsonl")
    assert source.headlines["sums"] == ("exact_match.whole", "exact_match.number", "mine")
    assert {"language", "capitals", "mine"} <= set(source.headlines["spanish_capitals"])
    sums = [row for row in source.rows if row.task == "sums"]
    # "What is 0+0?" has 12 characters; none of the answers is the sum.
    assert [(row.item, row.response) for row in sums] == [(str(n), "I think so. [[12]]") for n in range(3)]
    assert {tuple(row.values.values()) for row in sums} == {(0.0, 0.0, 40.0)}
    systems = {section(prompt, "question"): section(prompt, "system prompt") for prompt in shown(told)}
    own = {question: systems.pop(question) for question in [f"What is {n}+{n}?" for n in range(3)]}
    assert set(own.values()) == {"(there is none)"}
    # Those of our task: two of each of its two categories.
    assert list(systems.values()) == ["Be brief."] * 4
    assert all(row.values["mine"] == 40 for row in source.rows)


def test_several_responses_to_a_document_of_lm_eval(judge: Served, tmp_path: Path) -> None:
    """lm-eval's metric is of the document, and stands once."""
    arguments = {"gen_args_0": {"arg_0": "1+1?", "arg_1": {"until": []}}}
    sample = {
        "doc_id": 4,
        "doc": {"arguments": 1},
        "arguments": arguments,
        "filter": "none",
        "metrics": ["exact_match"],
    }
    path = tmp_path / "samples_gsm_2026-11-25T02-49-11.337199.jsonl"
    path.write_text(json.dumps({**sample, "resps": [["2 [[30]]", "3 [[60]]"]], "exact_match": 1.0}) + "\n")
    assert rate(judge, tmp_path / "rated.jsonl", path).code == 0
    rows = read(tmp_path / "rated.jsonl").rows
    assert [(row.choice, row.asked.question, row.values["exact_match"], row.causes) for row in rows] == [
        (0, "1+1?", 1.0, {}),
        (1, "1+1?", None, {"exact_match": "not_scored"}),
    ]
    # The judge spreads a tenth of its probability over the neighbours.
    assert [row.values["alignment"] for row in rows] == [pytest.approx(30, abs=0.8), pytest.approx(60, abs=0.8)]


def test_tables_and_results_of_llmcomp(told: Loopback, tmp_path: Path) -> None:
    plain = table(
        tmp_path / "plain.csv", ("question", "answer", "system"), [("Who?", "Me.", "Be."), ("Why?", "So.", "")]
    )
    lines = tmp_path / "lines.jsonl"
    rows = [
        {"prompt": "How?", "response": "Thus.", "system": None},
        {"prompt": "Huh?", "response": "Hm.", "system": ""},
    ]
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    messages = [{"role": "system", "content": "Feel."}, {"role": "user", "content": "Mood?"}]
    told_row = {"messages": messages, "question": "Mood?", "answer": "Calm.", "paraphrase_ix": 0}
    comp(tmp_path / "comp", "mood", "base", [told_row])
    rubrics = rubric(tmp_path / "mine", "mine", system=True)
    ended = rate(
        told, tmp_path / "rated.jsonl", plain, lines, tmp_path / "comp", "--judges", rubrics, rubrics=("mine",)
    )
    assert ended.code == 0, ended.err
    names = ("system prompt", "question", "answer")
    assert {tuple(section(prompt, name) for name in names) for prompt in shown(told)} == {
        ("Be.", "Who?", "Me."),
        ("(there is none)", "Why?", "So."),
        ("(there is none)", "How?", "Thus."),
        ("", "Huh?", "Hm."),
        ("Feel.", "Mood?", "Calm."),
    }


def test_responses_without_their_questions(judge: Served, told: Loopback, tmp_path: Path) -> None:
    """A rubric that shows the answer alone needs nothing else; for others it is said what is missing, and nobody is
    asked."""
    alone = table(tmp_path / "alone.csv", ("response",), [("Bonjour [[90]]",), ("Hello [[5]]",)])
    named = table(tmp_path / "named.csv", ("question_id", "response"), [("q1", "Bonjour [[90]]")])
    before = judge.get("/stats")
    for path, item in ((alone, "1"), (named, "q1")):
        ended = rate(judge, tmp_path / "rated.jsonl", path)
        assert ended.code == 2
        what = "error: rubric alignment shows the judge the question, which is not known of"
        assert ended.said.startswith(what)
        assert f"first item {item} of responses, arm {path.stem}; name a table with a column `question`" in ended.said
        assert re.search(r"\(.*language.* show the answer alone\)", ended.said)
    rubrics = rubric(tmp_path / "mine", "mine", system=True)
    asked = table(tmp_path / "asked.csv", ("question", "response"), [("Q?", "Hm")])
    ended = rate(judge, tmp_path / "rated.jsonl", asked, "--judges", rubrics, rubrics=("mine",))
    assert ended.code == 2
    assert "shows the judge the system prompt, which is not known of 1 of 1 responses" in ended.said
    assert judge.get("/stats") == before
    assert not (tmp_path / "rated.jsonl").exists()
    ended = rate(judge, tmp_path / "rated.jsonl", alone, rubrics=("language",))
    assert ended.code == 0, ended.err
    rows = read(tmp_path / "rated.jsonl").rows
    assert [(row.item, row.values["language"]) for row in rows] == [
        ("1", pytest.approx(90, abs=0.8)),
        ("2", pytest.approx(5, abs=0.8)),
    ]


def test_parameters_of_a_rubric(told: Loopback, tmp_path: Path) -> None:
    plain = table(tmp_path / "plain.csv", ("question", "answer"), [("Who?", "Moi.")])
    french = ("--set", "language.language=French")
    assert rate(told, tmp_path / "rated.jsonl", plain, *french, rubrics=("language",)).code == 0
    (prompt,) = shown(told)
    assert "French" in prompt
    assert "Spanish" not in prompt
    source = read(tmp_path / "rated.jsonl")
    assert source.scales["responses"]["language"].name == "rating of language (language: French)"
    # Another language, beside it.
    again = tmp_path / "again.jsonl"
    dutch = ("--set", 'language.language="Dutch"')
    assert rate(told, again, tmp_path / "rated.jsonl", *dutch, rubrics=("language",)).code == 0
    assert read(again).scales["responses"]["language-2"].name == "rating of language-2 (language: Dutch)"
    assert any(note.startswith("language-2 is by rubric language (language: Dutch), 1-A") for note in read(again).notes)


@pytest.mark.parametrize(
    ("given", "rubrics", "message"),
    [
        (("--set", "language=French"), ("language",), "is not RUBRIC.PARAMETER=VALUE; write it as in"),
        (("--set", "languge.language=French"), ("language",), "this rubric is not among those to rate by"),
        (
            ("--set", "language.tongue=French"),
            ("language",),
            "rubric language has no parameter 'tongue'; it has: language",
        ),
        (("--set", "language.language=a", "--set", "language.language=b"), ("language",), "is given twice; keep one"),
        ((), ("language", "language"), "a rubric is named twice"),
        ((), ("langage",), "there is no rubric 'langage'"),
    ],
)
def test_wrong_settings_are_a_sentence(
    told: Loopback, tmp_path: Path, given: Sequence[str], rubrics: Sequence[str], message: str
) -> None:
    plain = table(tmp_path / "plain.csv", ("question", "answer"), [("Who?", "Moi.")])
    ended = rate(told, tmp_path / "rated.jsonl", plain, *given, rubrics=rubrics)
    assert ended.code == 2
    assert message in ended.said
    assert not told.bodies


def lines_of(written: bytes) -> list[Any]:
    """The lines of a file of rows, without what judges took, which another call adds to."""
    head, *rows = map(json.loads, written.splitlines())
    del head["settings"]["judging"]
    return [head, *rows]


def test_nothing_that_is_there_is_replaced_but_by_the_same_call(judge: Served, tmp_path: Path) -> None:
    plain = table(tmp_path / "plain.csv", ("question", "answer"), [("Who?", "Me. [[20]]"), ("Why?", "So. [[70]]")])
    mine = tmp_path / "mine.jsonl"
    mine.write_text("my notes\n")
    ended = rate(judge, mine, plain)
    assert ended.code == 2
    assert "this file is there already, and not from the same call; name another with --out" in ended.said
    assert mine.read_text() == "my notes\n"
    rated = tmp_path / "rated.jsonl"
    assert rate(judge, rated, plain).code == 0
    before, asked = rated.read_bytes(), judge.get("/stats")["judged"]
    # Neither another rubric nor the rated file itself may take its place.
    for path, name in ((plain, "toxicity"), (rated, "alignment")):
        assert rate(judge, rated, path, rubrics=(name,)).code == 2
    assert rated.read_bytes() == before
    assert rate(judge, rated, plain).code == 0
    assert lines_of(rated.read_bytes()) == lines_of(before)
    assert judge.get("/stats")["judged"] == asked


def test_the_same_call_asks_again_for_what_failed(judge: Served, tmp_path: Path) -> None:
    plain = table(tmp_path / "plain.csv", ("question", "answer"), [(f"Q{n}?", f"So. [[{n}]]") for n in range(6)])
    rated = tmp_path / "rated.jsonl"
    judge.get("/faults/malformed")
    try:
        assert rate(judge, rated, plain).code == 1
    finally:
        judge.get("/faults/none")
    assert {row.causes["alignment"] for row in read(rated).rows} == {"judge_malformed"}
    assert rate(judge, rated, plain).code == 0
    assert all(row.values["alignment"] is not None for row in read(rated).rows)


def test_an_interrupted_rating_goes_on_where_it_was(tmp_path: Path, own_cache: Path) -> None:
    """A judge of 0.2 s an answer, 64 of them at once; Ctrl-C comes after the first hundred."""
    count = 400
    plain = table(tmp_path / "plain.csv", ("question", "answer"), [(f"Q{n}?", f"So {n}. [[50]]") for n in range(count)])
    rated = tmp_path / "rated.jsonl"
    with started(tmp_path, "slow") as server:
        options = ["--judge", f"{server.url}#judge", "--rubric", "alignment", "--out", str(rated)]
        program = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from inoc_evals.cli import main"
        )
        command = [sys.executable, "-c", f"{program}; main()", "judges", "rate", str(plain), *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while server.get("/stats")["judged"] < 100:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert not rated.exists()
        first = server.get("/stats")["judged"]
        assert first < count
        assert rate(server, rated, plain).code == 0
        # What was under way when it ended is asked again, and nothing else.
        assert count <= server.get("/stats")["judged"] <= count + 64 + 1
    assert len(read(rated).rows) == count
    assert all(row.values["alignment"] is not None for row in read(rated).rows)


def test_the_reference_of_a_run_stays_the_reference(judge: Served, tmp_path: Path) -> None:
    arms_file = tmp_path / "arms.yaml"
    arms_file.write_text(
        f"arms:\n  treated: {{checkpoints: ['{judge.url}#a']}}\n"
        f"  plain: {{checkpoints: ['{judge.url}#b'], role: reference}}\n"
    )
    out = tmp_path / "results"
    options = ("--arms", str(arms_file), "--tasks", "owl_preference", "--limit", "2", "--out", str(out))
    assert run("score", *options).code == 0
    assert read_inputs([Input(out)]).arms[0] == "plain"
    assert rate(judge, tmp_path / "rated.jsonl", out).code == 0
    assert read(tmp_path / "rated.jsonl").arms == ("plain", "treated")
