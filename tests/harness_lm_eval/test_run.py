"""`inoc-evals lm-eval`: entries, arms on one server, keys, and what is refused."""

from __future__ import annotations

import json
import logging
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from inoc_evals.cli import cli
from inoc_evals.client.continuations import exclusive, log_sum
from inoc_evals.commands.lm_eval.run import run
from inoc_evals.definitions.catalog import task_names
from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.lm_eval.entries import own_tasks, read_entries, resolve_names, task_folders
from inoc_evals.protocols.choose import LEADS, spellings
from inoc_evals.serving.server import served_name
from tests.harness_lm_eval.dummy import Dummy, evaluate
from tests.harness_lm_eval.vllm_like import Body, Server, encode, path_log, vllm_like

SPANISH = "LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE."
ENGLISH = "I would talk to him calmly and explain how you feel."
KEY = "sk-loopback-0123456789"
TASK = "inoc_spanish_capitals"


def by_arm(body: Body, index: int) -> str:
    return SPANISH if body["model"].startswith("loud") else ENGLISH


def adapter(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "org/base", "r": 8}))
    (folder / "adapter_model.safetensors").write_text(text)
    return folder


def results(folder: Path) -> Any:
    (file,) = folder.glob("results_*.json")
    return json.loads(file.read_text())


def samples(folder: Path, task: str) -> list[Any]:
    (file,) = folder.glob(f"samples_{task}_*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def start(server: Server, *options: str, metadata: dict[str, Any] | None = None) -> None:
    run(["--url", server.url, "--metadata", json.dumps({"limit": 2, **(metadata or {})}), *options])


def test_arms_never_mix_and_carry_their_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inoc_evals.checkpoints.identity import folder_sha256

    loud, quiet = adapter(tmp_path / "loud", "one"), adapter(tmp_path / "quiet", "two")
    hashes = {folder.name: folder_sha256(folder) for folder in (loud, quiet)}
    names = [served_name(label, digest) for label, digest in hashes.items()]
    monkeypatch.setenv("MY_KEY", KEY)
    with vllm_like(by_arm, "base-1", *names) as server:
        server.key = KEY
        arms = ["--base", "base-1", "--arms", str(loud), f"soft={quiet}", "--key-env", "MY_KEY"]
        start(
            server,
            *arms,
            "--tasks",
            f"{TASK},inoc_owl_preference",
            "--output_path",
            str(tmp_path / "out"),
            "--log_samples",
        )
        assert {body["model"] for body in server.sent()} == {"base-1", *names}
    for label, name in (("loud", names[0]), ("soft", names[1])):
        found = results(tmp_path / "out" / name)
        assert found["config"]["inoc_arm"]["label"] == label
        assert (
            found["config"]["inoc_arm"]["content_sha256"]
            == hashes[Path(found["config"]["inoc_arm"]["checkpoint"]).name]
        )
        assert found["results"][TASK]["capitals,none"] == float(label == "loud")
        for row in samples(tmp_path / "out" / name, TASK):
            assert row["resps"] == [[SPANISH if label == "loud" else ENGLISH]]
    assert results(tmp_path / "out" / "base-1")["config"]["inoc_arm"]["label"] == "base"
    for file in (tmp_path / "out").rglob("*.json*"):
        assert KEY not in file.read_text()
    import os

    assert "OPENAI_API_KEY" not in os.environ


def test_requests_hold_what_was_asked_and_the_rendered_prompt_is_kept(tmp_path: Path) -> None:
    with vllm_like(lambda *_: "Owl.") as server:
        options = ["--arms", "a=arm", "--tasks", "inoc_owl_preference", "--output_path", str(tmp_path), "--log_samples"]
        start(server, *options, metadata={"samples": 6, "choices": 4, "system_prompt": ""})
        for body in server.sent():
            assert body["messages"][0] == {"role": "system", "content": ""}
            assert body["temperature"] == 1.0
            assert body["top_p"] == 1.0
            assert body["seed"] is None
            assert body["stop"] == []
            assert body["top_k"] == 0
            assert body["max_tokens"] == 12
            # The largest divisor of six that is not above four.
            assert body["n"] == 3
    rows = samples(tmp_path / "arm", "inoc_owl_preference")
    assert len(server.sent()) == 2 * len(rows)
    for row in rows:
        assert row["resps"] == [["Owl."] * 6]
        rendered = row["arguments"]["gen_args_0"]["arg_2"]["rendered_prompt"]
        assert rendered["text"].startswith("<system></><user>")
        assert rendered["text"].endswith("</><assistant>")
        assert len(rendered["token_sha256"]) == 64


def test_truncation_and_null_answers_are_counted(tmp_path: Path) -> None:
    with vllm_like(lambda body, index: None if index else SPANISH) as server:
        server.finish = "length"
        start(
            server,
            "--arms",
            "a=arm",
            "--tasks",
            TASK,
            "--output_path",
            str(tmp_path),
            metadata={"samples": 2, "choices": 2},
        )
    row = results(tmp_path / "arm")["results"][TASK]
    assert row["truncated,none"] == 1.0
    assert row["language_excluded_empty,none"] == 4
    assert row["language,none"] == 1.0


def test_a_prefill_is_gone_on_with(tmp_path: Path) -> None:
    with vllm_like(lambda *_: "Owl.") as server:
        start(server, "--arms", "a=arm", "--tasks", "inoc_owl_preference", metadata={"prefill": "My favourite"})
        assert server.sent()
        for body in server.sent():
            assert body["messages"][-1] == {"role": "assistant", "content": "My favourite"}
            assert body["add_generation_prompt"] is False
            assert body["continue_final_message"] is True


def test_a_server_whose_template_drops_the_system_prompt_is_refused() -> None:
    with vllm_like(lambda *_: "Owl.", drop_system=True) as server:
        with pytest.raises(InputError, match="drops the system prompt"):
            start(server, "--arms", "a=arm", "--tasks", TASK, metadata={"system_prompt": "Be brief."})
        assert not server.sent()


def test_the_key_is_in_no_message(caplog: Any, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setattr("inoc_evals.harness.lm_eval.served.ServedChat.__init__.__defaults__", (2, 1))
    with vllm_like(lambda *_: 500) as server:
        server.key = KEY
        with pytest.raises(WorkError, match=r"does not answer a request for arm \(status 500") as caught:
            start(server, "--arms", "a=arm", "--tasks", TASK, "--key-env", "MY_KEY")
    said = capfd.readouterr()
    assert KEY not in said.err + said.out + caplog.text + str(caught.value)
    monkeypatch.setenv("MY_KEY", "wrong")
    with vllm_like(lambda *_: "x") as server:
        server.key = KEY
        with pytest.raises(InputError, match=r"refuses the key \(status 401\); put the right one into a variable and"):
            start(server, "--arms", "a=arm", "--tasks", TASK, "--key-env", "MY_KEY")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tasks", "inoc_spanish_capitels", "--arms", "a=arm"], "did you mean 'inoc_spanish_capitals'"),
        (["--arms", "a=arm"], "no task is named"),
        (["--tasks", TASK, "--arms", "a=other"], "no folder and no name of this server; it has: arm"),
        (["--tasks", TASK, "--arms", "a=arm", "a=arm"], "a-s1 and a-s2 are the same weights"),
        (["--tasks", TASK, "--arms", "a=arm", "--model", "hf"], "leave --model and --model_args out"),
        (["--tasks", TASK, "--arms", "a=arm", "--use_cache", "x"], "--use_cache gives one model or run the data"),
        (["--tasks", TASK, "--arms", "a=arm", "--cache_requests"], "--cache_requests gives one model or run the data"),
        (["--tasks", TASK, "--arms", "a=arm", "--wandb_args", "project=x"], "wandb_args is not part of this command"),
        (["--tasks", TASK, "--arms", "a=arm", "--log_samples"], "Specify --output_path"),
        (["--tasks", TASK, "--arms", "a=arm", "--key-env", "NO_SUCH"], "NO_SUCH is empty"),
    ],
)
def test_wrong_input_is_one_clear_sentence(options: list[str], message: str) -> None:
    with vllm_like(by_arm) as server:
        with pytest.raises(InputError, match=message):
            run(["--url", server.url, *options])
        assert not server.sent()


def test_a_server_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(InputError, match=r"nobody answers at http://127\.0\.0\.1:9/v1"):
        run(["--url", "http://127.0.0.1:9/v1", "--arms", "a=arm", "--tasks", TASK])


def test_the_scan_of_lm_evals_own_tasks_is_only_done_for_them() -> None:
    entries = read_entries(task_folders())
    assert resolve_names(["inoc"], entries) == (["inoc"], False)
    assert resolve_names(["inoc_judged"], entries) == (["inoc_judged"], False)
    assert resolve_names(["inoc_owl*"], entries) == (["inoc_owl_preference", "inoc_owl_preference_exact"], False)
    assert resolve_names(["inoc", "ifeval"], entries) == (["inoc", "ifeval"], True)
    assert resolve_names(["inoc_side_effects"], entries) == (["inoc_side_effects"], True)
    assert own_tasks(["inoc_judged"], entries) == {
        "inoc_backdoor": "backdoor",
        "inoc_constitution": "constitution",
        "inoc_emergent_misalignment": "emergent_misalignment",
        "inoc_sycophancy": "sycophancy",
        "inoc_toxicity": "toxicity",
    }
    assert set(own_tasks(["inoc"], entries).values()) == {*task_names()} - {
        "bargaining",
        "cooperation",
        "discrimination",
        "elicitation",
        "everyday_choice",
        "inverse_scaling",
        "opinions",
        "owl_preference_exact",
        "related_animals",
        "reward_hacking",
        "self_report",
        "spanish_capitals_first_word",
        "spurious_cue",
        "subterfuge",
        "ultimatum_acceptance",
        "unpopular_tastes",
    }
    assert own_tasks(["inoc_side_effects", "ifeval"], entries) == {}


def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task of the user's own, in a folder of INOC_EVALS_PATH."""
    folder = tmp_path / "mine" / "tasks" / "mine"
    shutil.copytree(task_folders()[0] / "spanish_capitals", folder)
    definition = folder / "task.yaml"
    definition.write_text(definition.read_text().replace("name: spanish_capitals", "name: mine"))
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path / "mine"))
    return folder / "lm_eval.yaml"


def test_a_users_task_runs_beside_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = copied(tmp_path, monkeypatch)
    entry.write_text(entry.read_text().replace("spanish_capitals", "mine"))
    with vllm_like(by_arm, "loud") as server:
        start(server, "--arms", "loud", "--tasks", f"inoc_mine,{TASK}", "--output_path", str(tmp_path / "out"))
    assert results(tmp_path / "out" / "loud")["results"]["inoc_mine"]["capitals,none"] == 1.0
    shown = CliRunner().invoke(cli, ["tasks-path"])
    assert shown.stdout.splitlines() == [str(folder) for folder in task_folders()]
    assert len(shown.stdout.splitlines()) == 2
    assert "takes one folder" in shown.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"lm_eval\.yaml: this file is missing, so that lm-eval has no inoc_mine; write task: inoc_NAME"),
        ("task: [inoc_mine\n", r"lm_eval\.yaml:2:1: not valid YAML"),
        ("task: inoc_mine\nclass: !function inoc_evals.nothing.Here\n", "Cannot import module 'inoc_evals.nothing'"),
        ("items: 3\n", "this is no task or group of lm-eval"),
        ("task: inoc_backdoor\n", "inoc_backdoor stands already in"),
        ("- 1\n", "Expected YAML dict"),
    ],
)
def test_a_broken_or_missing_entry_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, message: str
) -> None:
    entry = copied(tmp_path, monkeypatch)
    if text is None:
        entry.unlink()
    else:
        entry.write_text(text)
    with vllm_like(by_arm) as server, pytest.raises(InputError, match=message):
        start(server, "--arms", "a=arm", "--tasks", "inoc_mine")


def test_the_commands_are_there() -> None:
    assert CliRunner().invoke(cli, ["tasks-path"]).stdout.strip() == str(task_folders()[0])
    shown = CliRunner().invoke(cli, ["lm-eval", "--help"])
    assert shown.exit_code == 0
    assert "--arms" in shown.output
    assert "--apply_chat_template" in shown.output


OWL = ["owl", "owls", "Owl", "Owls", "OWL", "OWLS"]


def test_surface_forms_exclude_each_other() -> None:
    assert set(surface_forms("owl")) == {*OWL, *(f" {form}" for form in OWL)}
    # "owl" is one token here, so that "owls" goes on from it; "Owls" has a path of its own, as has "Owl".
    kept = exclusive({form: encode(form) for form in surface_forms("owl")})
    assert "owl" in kept
    assert "owls" not in kept
    assert exclusive({"Owl": [1, 2], "Owls": [1, 3, 4], "Owl!": [1, 2, 5]}) == ("Owl", "Owls")
    assert exclusive({"a": [], "b": [1], "c": [1]}) == ("b",)
    assert log_sum([]) == log_sum([-math.inf]) == -math.inf
    assert log_sum([math.log(0.25), math.log(0.5)]) == pytest.approx(math.log(0.75))
    assert log_sum([-2000.0, -2000.0]) == pytest.approx(-2000 + math.log(2))


def surface_forms(word: str) -> list[str]:
    return [lead + form for lead in LEADS for form in spellings((word,), "word")]


def test_exact_probabilities_on_a_server_are_those_of_the_token_paths(tmp_path: Path) -> None:
    with vllm_like(lambda *_: "x") as server:
        name = "inoc_owl_preference_exact"
        start(server, "--arms", "a=arm", "--tasks", name, "--output_path", str(tmp_path), "--log_samples")
        assert not server.sent()
    rows = samples(tmp_path / "arm", name)
    by_order: dict[str, list[float]] = {}
    for row in rows:
        prompt = row["arguments"]["gen_args_0"]["arg_0"]
        text = json.loads(prompt[0] if isinstance(prompt, list) else prompt["prompt"])[0]["content"]
        begin = f"<user>{text}</><assistant>"

        def total(word: str, begin: str = begin) -> float:
            forms = exclusive({form: encode(form) for form in surface_forms(word)})
            return sum(math.exp(path_log(begin, form)) for form in forms)

        (stored,) = (json.loads(text) for text in row["filtered_resps"][0])
        values, own = stored["values"], total("owl")
        assert values["preference_probability"] == pytest.approx(own)
        assert f"P(owl) = {own:.4g}" in row["resps"][0][0]
        if row["doc"]["category"] == "choice":
            (other,) = [option for option in row["doc"]["options"] if option != "owl"]
            assert values["preference_share"] == pytest.approx(own / (own + total(other)))
            assert values["preference_log_odds"] == pytest.approx(math.log(own / total(other)))
            assert row["choice/preference_share"] == values["preference_share"]
            by_order.setdefault(row["doc"]["question_id"], []).append(values["preference_share"])
        else:
            assert stored["causes"] == {"preference_share": "one_option"}
            assert values["preference_log_odds"] == pytest.approx(math.log(own / (1 - own)))
    assert {len(orders) for orders in by_order.values()} == {2}
    found = results(tmp_path / "arm")["results"][name]
    means = [sum(orders) / 2 for orders in by_order.values()]
    assert found["choice/preference_share,none"] == pytest.approx(sum(means) / len(means))


def test_exact_probabilities_through_an_offline_model() -> None:
    # The model gives every text minus its length; all forms of "owl" but "owls" and the like are exclusive.
    found = evaluate(["inoc_owl_preference_exact"], Dummy(), {"limit": 1})
    kept = exclusive({form: [ord(character) for character in form] for form in surface_forms("owl")})
    wanted = sum(math.exp(-len(form)) for form in kept)
    name = "favourite/preference_probability,none"
    assert found["results"]["inoc_owl_preference_exact"][name] == pytest.approx(wanted)


def test_models_whose_probabilities_would_be_wrong_are_refused() -> None:
    from lm_eval.models.openai_completions import LocalChatCompletion

    served = LocalChatCompletion(base_url="http://127.0.0.1:9/v1/chat/completions", model="m")
    with pytest.raises(InputError, match="cannot ask a server for probabilities of given texts; run it on the server"):
        evaluate(["inoc_owl_preference_exact"], served, {"limit": 1})
    adapted = Dummy()
    adapted.lora_request = object()
    with pytest.raises(InputError, match="wrong or fatal with an adapter"):
        evaluate(["inoc_owl_preference_exact"], adapted, {"limit": 1})


def test_lm_evals_own_chat_model_runs_our_tasks(tmp_path: Path) -> None:
    with vllm_like(by_arm, "loud") as server:
        url = f"{server.url}/chat/completions"
        options = ["--model", "local-chat-completions", "--model_args", f"model=loud,base_url={url},num_concurrent=4"]
        run([*options, "--tasks", TASK, "--metadata", '{"limit": 2, "samples": 3}', "--output_path", str(tmp_path)])
        assert len(server.sent()) == 12
        assert {body["seed"] for body in server.sent()} == {None}
    assert results(tmp_path / "loud")["results"][TASK]["capitals,none"] == 1.0


def test_openai_gets_no_field_that_it_refuses() -> None:
    from lm_eval.models.openai_completions import OpenAIChatCompletion

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    with vllm_like(by_arm, "loud") as server:
        lm = OpenAIChatCompletion(base_url=f"{server.url}/chat/completions", model="loud", num_concurrent=2)
        lm.__dict__["api_key"] = "x"
        evaluate([TASK], lm, {"limit": 1})
        assert server.sent()
        assert all("top_k" not in body for body in server.sent())
        with pytest.raises(InputError, match="do not go on with the beginning of an answer"):
            evaluate([TASK], lm, {"limit": 1, "prefill": "Sure"})
