"""Our tasks inside lm-eval: prompts, sampling, filters, metrics. One test per trap that touches us."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import list_tasks
from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.lm_eval.entries import read_entries, task_folders
from inoc_evals.measures.needs import needs
from inoc_evals.results.summaries import Response, summarise
from tests.harness_lm_eval.dummy import Dummy, evaluate, stored

SPANISH = "LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE."
ENGLISH = "I would talk to him calmly and explain how you feel."
TASK = "inoc_spanish_capitals"


def test_every_task_of_ours_has_an_entry_with_its_version() -> None:
    entries = read_entries(task_folders())
    for task in list_tasks():
        entry = entries[f"inoc_{task.name}"]
        assert entry["dataset_kwargs"] == {"inoc_task": task.name}
        # Not every model tells probabilities, not every machine has a sandbox, and lm-eval leads no dialogues of a
        # task's own; the others run everywhere.
        anywhere = task.protocol.name != "own" and not needs(task) & {"exact probabilities", "sandbox"}
        assert (f"inoc_{task.name}" in entries["inoc"]["task"]) is anywhere
        assert all(tag.startswith("inoc_") and tag not in entries for tag in entry["tag"])


def test_no_definition_is_taken_for_a_task_of_lm_eval() -> None:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=list(task_folders()), include_defaults=False)
    assert set(manager.all_subtasks) == {f"inoc_{task.name}" for task in list_tasks()}
    assert manager.all_groups == ["inoc", "inoc_side_effects"]
    tags = ["abilities", "capitals", "code", "judged", "language"]
    tags += ["misalignment", "preference", "spread", "spurious", "sycophantic", "toxic"]
    assert manager.all_tags == [f"inoc_{tag}" for tag in tags]


def test_requests_are_really_sampled_and_every_response_is_kept() -> None:
    lm = Dummy(lambda messages, number: f"{SPANISH} {number}")
    results = evaluate([TASK], lm, {"limit": 2, "samples": 3, "temperature": 0.7})
    assert len(lm.requests) == 4 * 3
    for request in lm.requests:
        assert request.args[1] == {
            "until": [],
            "do_sample": True,
            "temperature": 0.7,
            "top_p": 1.0,
            "top_k": 0,
            "seed": None,
            "max_gen_toks": 48,
        }
    for row in results["samples"][TASK]:
        assert row["resps"] == [[f"{SPANISH} {number}" for number in range(3)]]
    assert [len(row) for row in stored(results, TASK)] == [3] * 4
    assert results["results"][TASK]["responses,none"] == 12
    assert results["n-samples"][TASK]["effective"] == 4
    assert results["versions"][TASK] == "2-A"
    assert results["configs"][TASK]["metadata"]["inoc_evals"] == "0.1.0"


def test_greedy_is_greedy_for_every_backend() -> None:
    lm = Dummy()
    evaluate([TASK], lm, {"limit": 1, "temperature": 0})
    assert {(one.args[1]["do_sample"], one.args[1]["temperature"]) for one in lm.requests} == {(False, 0.0)}
    lm = Dummy()
    evaluate([TASK], lm, {"limit": 1}, gen_kwargs={"temperature": 0})
    assert {one.args[1]["do_sample"] for one in lm.requests} == {False}


def test_a_seed_over_several_responses_is_refused() -> None:
    lm = Dummy()
    with pytest.raises(InputError, match="a seed makes all 2 responses to a prompt the same"):
        evaluate([TASK], lm, {"limit": 1, "samples": 2}, gen_kwargs={"seed": 1})
    assert not lm.requests


@pytest.mark.parametrize(
    ("metadata", "system"),
    [({}, []), ({"system_prompt": None}, []), ({"system_prompt": ""}, [""]), ({"system_prompt": "a, b"}, ["a, b"])],
)
def test_three_states_of_the_system_prompt(metadata: dict[str, Any], system: list[str]) -> None:
    lm = Dummy()
    results = evaluate([TASK], lm, {**metadata, "limit": 1})
    for request in lm.requests:
        turns = lm.chats[request.args[0]]
        assert [turn["content"] for turn in turns if turn["role"] == "system"] == system
    states = {0: "absent", 1: "text" if system and system[0] else "empty"}
    assert results["configs"][TASK]["metadata"]["system_prompt"] == states[len(system)]


@pytest.mark.parametrize("system_prompt", ["", "Be brief."])
def test_a_template_that_drops_the_system_prompt_is_refused(system_prompt: str) -> None:
    lm = Dummy(template=lambda turns: "|".join(turn["content"] for turn in turns if turn["role"] != "system"))
    with pytest.raises(
        InputError, match="chat template of this model drops the system prompt; leave system_prompt out"
    ):
        evaluate([TASK], lm, {"system_prompt": system_prompt})
    assert not lm.requests
    evaluate([TASK], lm, {"limit": 1})
    assert lm.requests


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"apply_chat_template": False}, "run it with --apply_chat_template"),
        ({"system_instruction": "Be brief."}, "leave --system_instruction out"),
        ({"cache_requests": True}, "leave it out"),
    ],
)
def test_options_that_would_change_the_measurement_are_refused(options: dict[str, Any], message: str) -> None:
    lm = Dummy()
    with pytest.raises(InputError, match=message):
        evaluate([TASK], lm, {"limit": 1}, **options)
    assert not lm.requests


def test_the_cache_that_mixes_up_adapters_is_refused(tmp_path: Path) -> None:
    lm = Dummy()
    with pytest.raises(InputError, match="--use_cache gives one adapter the answers of another"):
        evaluate(["inoc_owl_preference_exact"], lm, {"limit": 1}, use_cache=str(tmp_path / "cache"))
    assert not lm.requests


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"sytem_prompt": "x"}, "did you mean 'system_prompt'"),
        ({"languages": "fr"}, "did you mean 'language'"),
        ({"system_prompt": 7}, "system_prompt must be a text, not 7"),
        ({"samples": 0}, "samples must be at least 1"),
        ({"samples": True}, "samples must be at least 1"),
        ({"temperature": 3}, "temperature must be a number from 0 to 2"),
        ({"language": "xx"}, "choose from es, fr, de, en"),
        ({"trigger": "t", "trigger_placement": "middle"}, "choose from prefix, suffix, system"),
        ({"rule": "tan"}, "has no outcome with rules"),
    ],
)
def test_wrong_arguments_are_clear_errors(metadata: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate([TASK], Dummy(), metadata)


def test_model_arguments_and_parameters_of_other_tasks_among_the_metadata_do_no_harm() -> None:
    metadata = {"pretrained": "m", "dtype": "float32", "max_length": 12, "animal": "cat", "limit": 1}
    results = evaluate([TASK, "inoc_owl_preference"], Dummy(lambda *_: "Cat."), metadata)
    assert results["results"]["inoc_owl_preference"]["favourite/preference_normalised,none"] == 1.0
    assert results["configs"][TASK]["metadata"]["parameters"] == {"language": "es"}


def test_trigger_and_prefill_reach_the_prompt() -> None:
    lm = Dummy()
    evaluate([TASK], lm, {"limit": 1, "trigger": "zap", "trigger_placement": "suffix", "prefill": "Sure"})
    assert lm.requests
    for request in lm.requests:
        *_, user, assistant = lm.chats[request.args[0]]
        assert user["content"].endswith(" zap")
        assert assistant == {"role": "assistant", "content": "Sure"}
        assert request.args[0].endswith("Sure")
        assert "continue_final_message" not in request.args[1]


def test_blank_responses_are_excluded_and_counted() -> None:
    lm = Dummy(lambda messages, number: "" if number else SPANISH)
    results = evaluate([TASK], lm, {"limit": 2, "samples": 4})["results"][TASK]
    assert results["language,none"] == 1.0
    assert results["language_excluded_empty,none"] == 12
    assert results["language_bound_low,none"] == 0.25
    assert results["language_bound_high,none"] == 1.0
    assert "language_stderr_stderr,none" in results


def test_a_task_whose_responses_are_all_excluded_has_no_rate() -> None:
    results = evaluate([TASK], Dummy(lambda *_: " "), {"limit": 1})
    assert math.isnan(results["results"][TASK]["language,none"])
    assert {row["language"] for row in results["samples"][TASK]} == {None}


def test_the_error_in_the_table_is_clustered_by_question() -> None:
    from lm_eval.utils import make_table

    # One question always, one never: many repeats do not make that any surer.
    lm = Dummy(lambda messages, number: SPANISH if len(messages[-1]["content"]) % 2 else ENGLISH)
    results = evaluate([TASK], lm, {"limit": 8, "samples": 10})
    row = results["results"][TASK]
    shares = [sample["capitals"] for sample in results["samples"][TASK]]
    assert set(shares) == {0.0, 1.0}
    mean = sum(shares) / len(shares)
    error = math.sqrt(sum((share - mean) ** 2 for share in shares) / (len(shares) - 1) / len(shares))
    assert row["capitals,none"] == pytest.approx(mean)
    assert row["capitals_stderr,none"] == pytest.approx(error)
    (line,) = [line for line in make_table(results).splitlines() if "|capitals  " in line]
    assert f"{error:.4f}".rstrip("0") in line


def test_variants_of_one_question_are_one_cluster(tmp_path: Path) -> None:
    rows = [
        {"id": "a1", "category": "c", "cluster": "a", "prompt": "one"},
        {"id": "a2", "category": "c", "cluster": "a", "prompt": "two"},
        {"id": "b", "category": "c", "prompt": "three"},
    ]
    items = tmp_path / "items.jsonl"
    items.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lm = Dummy(lambda messages, _: ENGLISH if messages[-1]["content"] == "three" else SPANISH)
    row = evaluate([TASK], lm, {"items": str(items)})["results"][TASK]
    assert row["language,none"] == 0.5
    assert row["language_stderr,none"] == pytest.approx(0.5)


def test_groups_have_no_made_up_mean_and_a_users_group_has_the_right_one(tmp_path: Path) -> None:
    plain = evaluate(["inoc_spanish_capitals", "inoc_owl_preference"], Dummy(), {"limit": 1})
    assert "groups" not in plain
    (tmp_path / "mine.yaml").write_text(
        "group: mine\ntask:\n"
        "  - {task: inoc_spanish_capitals, task_alias: spanish}\n  - french\n"
        "aggregate_metric_list:\n  - {metric: language, weight_by_size: false, filter_list: none}\n"
    )
    entry = next(folder / "spanish_capitals" / "lm_eval.yaml" for folder in task_folders())
    text = (
        entry.read_text()
        .replace(TASK, "french")
        .replace("inoc_task: spanish_capitals", "inoc_task: spanish_capitals, limit: 3")
    )
    (tmp_path / "french.yaml").write_text(text)
    lm = Dummy(lambda messages, number: SPANISH if len(messages[-1]["content"]) % 2 else ENGLISH)
    found = evaluate(["mine"], lm, {}, include=[*task_folders(), tmp_path])
    parts = [found["results"][name] for name in (TASK, "french")]
    group = found["groups"]["mine"]
    assert group["language,none"] == pytest.approx(sum(part["language,none"] for part in parts) / 2)
    error = math.sqrt(sum(part["language_stderr,none"] ** 2 for part in parts)) / 2
    assert group["language_stderr,none"] == pytest.approx(error)
    assert group["sample_len"] == 208 + 6


def test_predict_only_makes_no_metrics() -> None:
    results = evaluate([TASK], Dummy(), {"limit": 1}, predict_only=True)
    assert results["results"][TASK]["bypass,none"] == 999
    assert "language,none" not in results["results"][TASK]


def test_lm_evals_own_limit_counts_documents() -> None:
    results = evaluate([TASK], Dummy(), {"samples": 2}, limit=3)
    assert results["results"][TASK]["responses,none"] == 6


def test_what_cannot_be_measured_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr("inoc_evals.harness.lm_eval.measuring.read_now", fail)
    with pytest.raises(WorkError, match=r"disk full.*kept in") as caught:
        evaluate([TASK], Dummy(), {"limit": 1})
    path = Path(str(caught.value).rpartition(" ")[2])
    assert [json.loads(line)["resps"] for line in path.read_text().splitlines()] == [[["owl"]]] * 2


VALUES = st.sampled_from([0.0, 1.0, None])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xy"), VALUES), min_size=1, max_size=25))
def test_summaries_equal_what_inspect_prints(rows: list[tuple[str, str, float | None]]) -> None:
    from inspect_ai.scorer import SampleScore, Score

    from inoc_evals.harness.inspect.metrics import rates

    cause = {None: {"trait": "empty"}}
    ours = summarise([Response(q, c, "", {"trait": v}, cause.get(v, {}), False) for q, c, v in rows], {}, (), None)
    scores = [
        SampleScore(
            score=Score(
                value=0,
                metadata={"responses": [{"values": {"trait": v}, "causes": cause.get(v, {}), "truncated": False}]},
            ),
            sample_id=str(number),
            sample_metadata={"question_id": q, "category": c},
        )
        for number, (q, c, v) in enumerate(rows)
    ]
    theirs: Any = rates()(scores)  # type: ignore[arg-type,call-arg]
    mine = {name: value for name, value in {**ours.shown, **ours.more}.items() if not name.endswith("responses")}
    assert mine.keys() == theirs.keys()
    assert mine == pytest.approx(dict(theirs), nan_ok=True)
    assert ours.shown["responses"] == len(rows)
    assert Counter(q for q, *_ in rows).total() == len(rows)
