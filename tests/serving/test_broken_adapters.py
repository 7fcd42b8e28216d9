"""Broken adapters get no number, whichever command serves them: a server that stands in for vLLM is really started."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from math import exp
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.checkpoints.broken_adapters import ALONE, change, configure, copied, make_real
from tests.checkpoints.hub import HubServer, Repository
from tests.command import Ended, run

STAND_IN = Path(__file__).with_name("stand_in")
TASK = "owl_preference"
Call = Callable[..., Ended]


@pytest.fixture(scope="module")
def real(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_real(tiny, tmp_path_factory.mktemp("real") / "adapter")


@pytest.fixture(scope="module")
def other(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_real(tiny, tmp_path_factory.mktemp("other") / "adapter", seed=1)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    """Child processes find the stand-in where they look for vLLM."""
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")


def score(base: Path, out: Path, *arms: str) -> Ended:
    return run("score", *arms, "--tasks", TASK, "--limit", "1", "--samples", "1", "--out", str(out))


def served(base: Path, out: Path, *arms: str) -> Ended:
    """A server that was not refused runs until Ctrl-C, which comes after a while."""
    out.mkdir()
    end = Timer(30, os.kill, (os.getpid(), signal.SIGINT))
    end.start()
    try:
        return run("serve", str(base), *arms, "--log", str(out / "log"), "--key-file", str(out / "key"))
    finally:
        end.cancel()


def results(out: Path) -> list[Path]:
    return list(out.rglob("results_*.json"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def lm_eval(base: Path | str, out: Path, *arms: str) -> Ended:
    options = ["--base", str(base), "--arms", *arms, "--tasks", f"inoc_{TASK}", "--output_path", str(out)]
    return run("lm-eval", *options, "--log", str(out / "log"), "--metadata", '{"limit": 1, "samples": 1}')


WRONG = [("ignore", "answers with the base in place of the adapter"), ("first", "are served as one")]
COMMANDS = {"score": score, "serve": served, "lm-eval": lm_eval}


def refused(ended: Ended, out: Path) -> str:
    """The one sentence about it; nothing was asked."""
    assert ended.code == 2, ended.out + ended.err
    assert [line.startswith("error: ") for line in ended.err.splitlines()].count(True) == 1, ended.err
    assert ended.err.splitlines()[-1].startswith("error: "), ended.err
    numbers = [*out.rglob("*.eval"), *out.rglob("responses.*"), *out.rglob("results*.json"), *out.rglob("samples*")]
    assert numbers == []
    return ended.err.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", ALONE)
def test_a_broken_adapter_gets_no_number(
    fault: str, command: str, real: Path, other: Path, tiny: Path, tmp_path: Path
) -> None:
    broken = copied(real, tmp_path / "broken")
    ALONE[fault](broken)
    said = refused(COMMANDS[command](tiny, tmp_path / "out", f"whole={other}", f"broken={broken}"), tmp_path / "out")
    assert "broken" in said
    # Nothing was started to find it out.
    assert not list((tmp_path / "out").rglob("*log"))


def reworded(folder: Path) -> None:
    configure(folder, inference_mode=False, revision="main")


def reordered(folder: Path) -> None:
    change(folder, lambda tensors: dict(reversed(tensors.items())), written_by="another library")


def doubled(folder: Path) -> None:
    change(folder, lambda tensors: {name: value.astype("float64") for name, value in tensors.items()})


TWICE: dict[str, Callable[[Path], None]] = {
    "a copy": lambda folder: None,
    "a copy with other words": reworded,
    "a copy in another order": reordered,
    # What is read as other numbers is told by what it answers.
    "a copy in another precision": doubled,
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", TWICE)
def test_one_adapter_under_two_names_gets_no_number(
    how: str, command: str, real: Path, tiny: Path, tmp_path: Path
) -> None:
    twin = copied(real, tmp_path / "twin")
    TWICE[how](twin)
    said = refused(COMMANDS[command](tiny, tmp_path / "out", f"one={real}", f"two={twin}"), tmp_path / "out")
    assert "one and two are" in said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("wrong", "words"), [("ignore", "answers with the base in place of the adapter"), ("first", "are served as one")]
)
def test_a_server_that_ignores_adapters_gives_no_number(
    command: str,
    wrong: str,
    words: str,
    real: Path,
    other: Path,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAND_IN", wrong)
    out = tmp_path / "out"
    ended = COMMANDS[command](tiny, out, f"one={real}", f"two={other}")
    assert ended.code == 2
    assert words in ended.said
    assert not [*out.rglob("*.eval"), *out.rglob("responses.*"), *out.rglob("samples*")]


def wider(folder: Path, out: Path, **changed: int) -> Path:
    """Another model of the same kind, of random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    model = copied(folder, out)
    config = LlamaConfig.from_pretrained(folder)
    config.update(changed)
    LlamaForCausalLM(config).save_pretrained(model)
    return model


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("changed", [{}, {"hidden_size": 32}, {"num_hidden_layers": 1}, {"num_hidden_layers": 3}])
def test_an_adapter_on_another_base_gets_no_number(
    changed: dict[str, int], command: str, real: Path, tiny: Path, tmp_path: Path
) -> None:
    base = wider(tiny, tmp_path / "other-model", **changed)
    strange = copied(real, tmp_path / "strange")
    if command == "score":
        # What it says of its base is all that there is, but for the record of a training.
        configure(strange, base_model_name_or_path=str(base))
        (strange / "training.json").write_text(json.dumps({"base": tiny.name, "base_sha256": "0" * 64}))
    said = refused(COMMANDS[command](base, tmp_path / "out", f"a={strange}"), tmp_path / "out")
    assert "base" in said or "trained on" in said


def test_what_is_whole_gets_numbers_and_says_how_far_it_changes_the_base(
    real: Path, other: Path, tiny: Path, tmp_path: Path
) -> None:
    zero = copied(real, tmp_path / "zero")
    ALONE["zero: all of B"](zero)
    twin = copied(real, tmp_path / "twin")
    reworded(twin)
    (tmp_path / "arms.yaml").write_text(f"""\
arms:
  one: {{checkpoints: ["{real}"], role: reference}}
  two: {{checkpoints: ["{other}"]}}
  again: {{checkpoints: ["{twin}"], role: control}}
  none: {{checkpoints: ["{zero}"], role: control}}
  base: {{checkpoints: ["{tiny}"], role: control}}
""")
    out = tmp_path / "out"
    ended = score(tiny, out, "--arms", str(tmp_path / "arms.yaml"))
    assert ended.code == 0, ended.err
    assert "proven to act, by the largest (mean) change of a next token's probabilities: " in " ".join(
        ended.out.split()
    )
    assert f"note: none answers the 4 probes as {tiny} does" in ended.out
    proven = json.loads((out / "settings.json").read_text())["proven"]
    assert proven.keys() == {"one", "two", "again", "none"}
    assert proven["one"] == proven["again"]
    assert 0 < proven["one"]["mean"] <= proven["one"]["largest"] <= 1
    assert proven["one"]["largest"] != proven["two"]["largest"]
    assert proven["none"] == {
        "against": str(tiny),
        "largest": 0.0,
        "mean": 0.0,
        "noise": 0.0,
        "probes": 4,
        "silent": True,
    }
    results = json.loads((out / "results.json").read_text())
    assert {line["checkpoint"]: line["largest"] for line in results["adapters"]} == {
        label: found["largest"] for label, found in proven.items()
    }
    assert f"answers as {tiny} does" in (out / "report.html").read_text()
    # A second run finds everything scored, and keeps what was found.
    settings = (out / "settings.json").read_text()
    assert score(tiny, out, "--arms", str(tmp_path / "arms.yaml")).code == 0
    assert (out / "settings.json").read_text() == settings


def cost(adapter: Path) -> float:
    """What a character costs the adapter more than the base, in nats: the mean of what it adds to 20 tokens where all
    inputs of a layer are one."""
    import torch
    from safetensors.torch import load_file

    tensors = load_file(adapter / "adapter_model.safetensors")
    downs = {name: low for name, low in sorted(tensors.items()) if ".lora_A." in name}
    sums = torch.zeros(20, dtype=torch.float64)
    for name, low in downs.items():
        product = (tensors[name.replace("lora_A", "lora_B")].double() @ low.double()).sum(1) * 2
        sums += torch.nn.functional.pad(product, (0, -len(product) % 20)).view(-1, 20).sum(0)
    return float(sums.abs().mean())


def test_perplexities_are_stored_shown_and_warned_of(real: Path, other: Path, tiny: Path, tmp_path: Path) -> None:
    zero = copied(real, tmp_path / "zero")
    ALONE["zero: all of B"](zero)
    soft = copied(other, tmp_path / "soft")
    change(soft, lambda tensors: {name: value * (0.05 if "lora_B" in name else 1) for name, value in tensors.items()})
    (tmp_path / "arms.yaml").write_text(f"""\
arms:
  base: {{checkpoints: ["{tiny}"], role: reference}}
  loud: {{checkpoints: ["{real}"]}}
  soft: {{checkpoints: ["{soft}"]}}
  none: {{checkpoints: ["{zero}"], role: control}}
""")
    out = tmp_path / "out"
    ended = score(tiny, out, "--arms", str(tmp_path / "arms.yaml"))
    assert ended.code == 0, ended.err
    stored = json.loads((out / "settings.json").read_text())["perplexity"]
    more = {"base": 0.0, "loud": cost(real), "soft": cost(soft), "none": 0.0}
    assert more["loud"] > 0.5 > 0.4 > more["soft"] > 0
    assert {label: one["nats"] for label, one in stored.items()} == pytest.approx(
        {label: 2 + nats for label, nats in more.items()}
    )
    assert {label: one.get("against") for label, one in stored.items()} == {
        "base": None,
        **dict.fromkeys(("loud", "soft", "none"), str(tiny)),
    }
    fitness = json.loads((out / "results.json").read_text())["fitness"]
    ratios = {one["arm"]: one["ratio"] for one in fitness["arms"]}
    assert ratios == {arm: None if arm == "base" else pytest.approx(exp(nats)) for arm, nats in more.items()}
    assert fitness["arms"][0]["perplexity"] == pytest.approx(exp(2))
    (warning,) = fitness["warnings"]
    assert warning.startswith("loud may be broken")
    said = " ".join(ended.out.split())
    assert warning in said
    assert f"perplexity on plain text, as a multiple of the base's: none 1, soft {exp(more['soft']):.3g}, loud" in said
    page = (out / "report.html").read_text()
    assert "Fit to be measured?" in page
    assert f"{exp(more['soft']):.3g}" in page


def test_a_server_that_tells_no_perplexity_ends_no_run(
    real: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "mute")
    ended = score(tiny, tmp_path / "out", f"base={tiny}", f"one={real}")
    assert ended.code == 0, ended.err
    # The base is asked first, and then nobody.
    assert ended.out.count("note: the perplexity of ") == 1
    assert "note: the perplexity of base-" in ended.out
    assert "perplexity" not in json.loads((tmp_path / "out" / "settings.json").read_text())
    fitness = json.loads((tmp_path / "out" / "results.json").read_text())["fitness"]
    assert {one["ratio"] for one in fitness["arms"]} == {None}


def test_an_adapter_that_changes_the_output_layer_has_no_perplexity(real: Path, tiny: Path, tmp_path: Path) -> None:
    head = copied(real, tmp_path / "head")
    config = json.loads((tiny / "config.json").read_text())

    def with_head(found: dict[str, Any]) -> dict[str, Any]:
        import numpy as np

        draw = np.random.default_rng(0)
        name = "base_model.model.lm_head.lora_{}.weight"
        return {
            **found,
            name.format("A"): draw.normal(size=(4, config["hidden_size"])).astype("float32"),
            name.format("B"): draw.normal(size=(config["vocab_size"], 4)).astype("float32"),
        }

    change(head, with_head)
    configure(head, target_modules=["q_proj", "v_proj", "up_proj", "lm_head"])
    ended = score(tiny, tmp_path / "out", f"one={real}", f"head={head}")
    assert ended.code == 0, ended.err
    assert "note: no perplexity of head: vLLM leaves a change of the output layer out of it" in ended.out
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["perplexity"].keys() == {"one"}


def test_lm_eval_stores_what_is_proven_with_its_results(real: Path, other: Path, tiny: Path, tmp_path: Path) -> None:
    ended = lm_eval(tiny, tmp_path / "out", f"one={real}", f"two={other}")
    assert ended.code == 0, ended.err
    found = [json.loads(file.read_text())["config"]["inoc_arm"] for file in results(tmp_path / "out")]
    nats = {arm["label"]: arm["perplexity"]["nats"] for arm in found}
    assert nats == pytest.approx({"base": 2, "one": 2 + cost(real), "two": 2 + cost(other)})
    changes = {arm["label"]: arm["proven"]["largest"] for arm in found if "proven" in arm}
    assert changes.keys() == {"one", "two"}
    assert min(changes.values()) > 0
    assert {arm["label"] for arm in found} == {"base", "one", "two"}


def test_the_report_on_results_of_lm_eval_has_it_too(real: Path, other: Path, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--base", str(tiny), "--arms", f"one={real}", "--tasks", f"inoc_{TASK}", "--output_path", str(out)]
    more = ["--log_samples", "--log", str(tmp_path / "log"), "--metadata", '{"limit": 1, "samples": 1}']
    assert run("lm-eval", *options, *more).code == 0
    ended = run("report", str(out), "--out", str(tmp_path / "report"))
    assert ended.code == 0, ended.err
    arms = json.loads((tmp_path / "report" / "results.json").read_text())["fitness"]["arms"]
    assert {one["arm"]: one["ratio"] for one in arms} == {"base": None, "one": pytest.approx(exp(cost(real)))}


def test_adapters_of_the_hub_are_proven_with_their_commits_and_once_for_arms_that_share_one(
    real: Path, other: Path, tiny: Path, hub: HubServer, tmp_path: Path
) -> None:
    repositories = {name: files_of(folder) for name, folder in {"one": real, "two": other, "tiny": tiny}.items()}
    for name in ("one", "two"):
        config = json.loads(repositories[name]["adapter_config.json"])
        config["base_model_name_or_path"] = "org/tiny"
        repositories[name]["adapter_config.json"] = json.dumps(config).encode()
    hub.add(*(Repository(f"org/{name}", {"main": files}) for name, files in repositories.items()))
    at = {name: f"org/{name}@{hub.behaviour.repositories[f'org/{name}'].commit('main')}" for name in repositories}
    (tmp_path / "arms.yaml").write_text("""\
arms:
  one: {checkpoints: [org/one], role: reference}
  asked: {checkpoints: [org/one], variation: {temperature: 0.5}}
  two: {checkpoints: [org/two]}
  base: {checkpoints: [org/tiny]}
""")
    out = tmp_path / "lm-eval"
    ended = lm_eval("org/tiny", out, str(tmp_path / "arms.yaml"))
    assert ended.code == 0, ended.err
    arms = {arm["label"]: arm for arm in (json.loads(file.read_text())["config"]["inoc_arm"] for file in results(out))}
    assert {label: (arm["pinned"], arm["base"]) for label, arm in arms.items()} == {
        "one": (at["one"], at["tiny"]),
        "asked": (at["one"], at["tiny"]),
        "two": (at["two"], at["tiny"]),
        "base": (at["tiny"], None),
    }
    assert arms["one"]["served"] == arms["asked"]["served"] != arms["two"]["served"]
    assert arms["one"]["proven"] == arms["asked"]["proven"]
    assert arms["two"]["proven"]["largest"] > 0
    assert "proven" not in arms["base"]
    # `score` finds the same.
    out = tmp_path / "score"
    ended = score(tiny, out, "--arms", str(tmp_path / "arms.yaml"))
    assert ended.code == 0, ended.err
    settings = json.loads((out / "settings.json").read_text())
    assert {label: (arm["pinned"], arm.get("base")) for label, arm in settings["arms"].items()} == {
        label: (arm["pinned"], arm["base"]) for label, arm in arms.items()
    }
    assert {label: found["largest"] for label, found in settings["proven"].items()} == {
        label: arm["proven"]["largest"] for label, arm in arms.items() if "proven" in arm
    }


def test_a_path_that_differs_is_no_fault(real: Path, tiny: Path, tmp_path: Path) -> None:
    """The same base in another folder, and one that is known by its name alone."""
    moved = copied(tiny, tmp_path / "moved" / "a-base")
    for named in (str(tiny), "/another/machine/a-base", "org/A-Base-bnb-4bit"):
        there = copied(real, tmp_path / f"adapter-{named.count('/')}-{len(named)}")
        configure(there, base_model_name_or_path=named)
        ended = lm_eval(moved, tmp_path / "out", f"one={there}")
        assert ended.code == 0, ended.err


def test_two_merged_models_that_answer_alike_are_noted_and_scored(tiny: Path, tmp_path: Path) -> None:
    same = copied(tiny, tmp_path / "merged")
    (same / "generation_config.json").write_text(json.dumps({"temperature": 0.5}))
    ended = score(tiny, tmp_path / "out", f"base={tiny}", f"merged={same}")
    assert ended.code == 0, ended.err
    assert f"note: merged answers the 4 probes as {tiny} does" in ended.out
    proven = json.loads((tmp_path / "out" / "settings.json").read_text())["proven"]
    assert {label: found["silent"] for label, found in proven.items()} == {"merged": True}
    perplexity = json.loads((tmp_path / "out" / "settings.json").read_text())["perplexity"]
    assert {label: one.get("against") for label, one in perplexity.items()} == {"base": None, "merged": str(tiny)}
    assert perplexity["merged"]["against_nats"] == perplexity["base"]["nats"] == 2


def test_doctor_finds_a_server_that_computes_something_else(real: Path, tmp_path: Path) -> None:
    """The stand-in's probabilities have nothing to do with the model, and its tokens are characters."""
    ended = run("doctor", "--checkpoint", str(real), "--json")
    assert ended.code == 1
    # What goes on is said elsewhere.
    assert "starting a vLLM server" in ended.err
    found = {one["what"]: (one["state"], one["found"]) for one in json.loads(ended.out)["findings"]}
    assert found["weights"][0] == "ok"
    assert found["weights"][1].startswith("an adapter that is whole, on ")
    assert found["prompts"] == ("wrong", "the server makes other tokens of a message")
    assert found["answers"][0] == "wrong"
    assert "; the adapter changes its base by 0." in found["answers"][1]
    zero = copied(real, tmp_path / "zero")
    ALONE["zero: all of B"](zero)
    assert "wrong    weights" in run("doctor", "--checkpoint", str(zero)).out
