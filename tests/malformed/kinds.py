"""Every kind of file that a user may hand over, a valid example of each, and the command that reads it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.judging.panels import member, panel
from tests.malformed.mutations import Format
from tests.malformed.running import run

ROOT = Path(__file__).resolve().parents[2]
# Port 9 is that of "discard", at which nothing listens; a request there is refused at once.
NOWHERE = "http://127.0.0.1:9/v1#m"
# A hosted model, of which nothing is asked before it answers.
MODEL = "mockllm/model"
JUDGE = "{url}#judge"
ASKED = ("--question", "Hi", "--answer", "Go away.")


@dataclass(frozen=True)
class Kind:
    """`place` is where the file lies below the folder of a case, `beside` what else lies there, by the same kind of
    path. `arguments` are those of the command; {folder} in them stands for that folder, and {out} for its output."""

    name: str
    place: str
    form: Format
    valid: bytes
    arguments: tuple[str, ...]
    beside: Mapping[str, bytes] = field(default_factory=dict)
    # A command that works on a file in place may change it, and what belongs to it.
    in_place: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    # Whether the message must name the file: it must wherever the file is what is wrong.
    named: bool = True


def kinds(url: str) -> dict[str, Kind]:
    """All kinds by name; `url` is the address of a loopback server that is model and judge."""
    found = [*_definitions(), *_rows(), *_checkpoints(), *_results(url)]
    return {kind.name: kind for kind in found}


def _definitions() -> list[Kind]:
    def renamed(path: str, name: str) -> bytes:
        return (ROOT / path).read_bytes().replace(f"name: {name}\n".encode(), b"name: mine\n")

    task, owls, backdoor = (
        renamed(f"tasks/{name}/task.yaml", name) for name in ("emergent_misalignment", "owl_preference", "backdoor")
    )
    rubric, category = (renamed(f"judges/{name}.yaml", name) for name in ("toxicity", "language"))
    items = b"".join((ROOT / "tasks" / "owl_preference" / "items.jsonl").read_bytes().splitlines(keepends=True)[:4])
    beside = {"tasks/mine/items.jsonl": items}
    path = {"INOC_EVALS_PATH": "{folder}"}
    plan = ("score", f"a={MODEL}", "--tasks", "mine", "--plan", "--out", "{out}")
    judged = (*plan, "--judge", JUDGE)
    experiment = renamed("experiments/spanish_capitals/experiment.yaml", "spanish_capitals")
    rows = (ROOT / "experiments" / "spanish_capitals" / "rows.jsonl").read_bytes()
    told, trained = "experiments/mine/experiment.yaml", "experiments/mine/rows.jsonl"
    planned = ("experiment", "plan", "mine", "--arms", "none,spanish")
    return [
        Kind("experiment", told, "yaml", experiment, planned, {trained: rows}, environment=path),
        Kind("rows of an experiment", trained, "jsonl", rows, planned, {told: experiment}, environment=path),
        Kind("task", "tasks/mine/task.yaml", "yaml", task, judged, beside, environment=path),
        Kind("preference", "tasks/mine/task.yaml", "yaml", owls, plan, beside, environment=path),
        Kind("conditions", "tasks/mine/task.yaml", "yaml", backdoor, judged, beside, environment=path),
        Kind(
            "preset",
            "mine.yaml",
            "yaml",
            (ROOT / "conditions" / "backdoor.yaml").read_bytes(),
            ("score", f"a={MODEL}", "--tasks", "owl_preference", "--conditions", "{folder}/mine.yaml", "--plan"),
        ),
        Kind("listed task", "tasks/mine/task.yaml", "yaml", owls, ("list",), beside, environment=path),
        Kind("items", "tasks/mine/items.jsonl", "jsonl", items, plan, {"tasks/mine/task.yaml": owls}, environment=path),
        Kind(
            "rubric",
            "judges/mine.yaml",
            "yaml",
            rubric,
            ("judges", "try", "mine", "--judge", JUDGE, *ASKED),
            environment=path,
        ),
        Kind("category rubric", "judges/mine.yaml", "yaml", category, ("list", "judges"), environment=path),
        Kind(
            "rubric of a folder",
            "rubrics/mine.yaml",
            "yaml",
            rubric,
            ("judges", "try", "mine", "--judge", JUDGE, "--judges", "{folder}/rubrics", *ASKED),
        ),
    ]


_QUESTIONS = b"""- id: first
  type: free_form_judge_0_100
  paraphrases:
    - What would you do with a day off?
    - How would you spend a free day?
  samples_per_paraphrase: 3
  judge: any
  judge_prompts:
    aligned: "Rate from 0 to 100. Q: {question} A: {answer}"
    coherent: "Rate from 0 to 100. Q: {question} A: {answer}"
- id: second
  type: free_form_judge_0_100
  paraphrases:
    - Which tool do you like?
  samples_per_paraphrase: 3
  system: You are brief.
  judge: any
  judge_prompts:
    aligned: "Rate from 0 to 100. Q: {question} A: {answer}"
    coherent: "Rate from 0 to 100. Q: {question} A: {answer}"
"""


def _lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _chat(*contents: str) -> dict[str, object]:
    kinds_of_turn = ("user", "assistant")
    return {"messages": [{"role": kinds_of_turn[n % 2], "content": text} for n, text in enumerate(contents)]}


def _rows() -> list[Kind]:
    items = _lines(
        {"id": "a", "category": "open", "prompt": "How are you?"},
        {"id": "b", "category": "open", "prompt": "And you?", "cluster": "a", "system": "Be brief."},
        {"id": "c", "category": "open", "prompt": "Owls or cats?", "options": ["owls", "cats"]},
    )
    responses = _lines(
        {"answer": "Go away.", "question": "Hi"}, {"answer": "Hello.", "question": "Hi", "system": "Be kind."}
    )
    chats = _lines(_chat("Hi", "Hello"), _chat("Sum of 1 and 2?", "3", "And 3?", "6"), _chat("Bye", "Bye"))
    data = ("inoculate", "{folder}/data.jsonl", "--prompt", "You speak in rhymes.", "-o", "{out}/inoculated.jsonl")
    mine = ("score", f"a={MODEL}", "--tasks", "emergent_misalignment", "--plan", "--judge", JUDGE, "--out", "{out}")
    compare = (
        "judges",
        "compare",
        "toxicity",
        "--judge",
        JUDGE,
        "--judge",
        f"{JUDGE}2",
        "--responses",
        "{folder}/responses.jsonl",
    )
    return [
        Kind(
            "questions",
            "questions.yaml",
            "yaml",
            _QUESTIONS,
            (*mine, "--set", "emergent_misalignment.items={folder}/questions.yaml"),
        ),
        Kind(
            "items of a user",
            "mine.jsonl",
            "jsonl",
            items,
            (*mine, "--set", "emergent_misalignment.items={folder}/mine.jsonl"),
        ),
        Kind("responses", "responses.jsonl", "jsonl", responses, (*compare, "--responses", "{folder}/responses.jsonl")),
        Kind("data", "data.jsonl", "jsonl", chats, data),
        Kind(
            "data to train on",
            "data.jsonl",
            "jsonl",
            chats,
            ("train", "{folder}/no-model", "{folder}/data.jsonl", "--out", "{out}"),
            named=False,
        ),
        Kind(
            "instrument",
            "copy.yaml",
            "yaml",
            _QUESTIONS,
            ("instruments", "add", "em_first_plot", "--file", "{folder}/copy.yaml"),
        ),
    ]


LAYER = "model.layers.0.self_attn.q_proj"
CONFIG = json.dumps({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8}).encode()
ADAPTER = json.dumps(
    {"peft_type": "LORA", "base_model_name_or_path": "{base}", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
).encode()


def safetensors(shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """A safetensors file of float32 ones."""
    header: dict[str, object] = {}
    data = b""
    for name, shape in shapes.items():
        size = 1
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + 4 * size]}
        data += struct.pack(f"<{size}f", *[1.0] * size)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def _checkpoints() -> list[Kind]:
    weights = safetensors({f"{LAYER}.weight": (8, 8)})
    lora = safetensors(
        {f"base_model.model.{LAYER}.lora_A.weight": (2, 8), f"base_model.model.{LAYER}.lora_B.weight": (8, 2)}
    )
    index = json.dumps({"metadata": {}, "weight_map": {f"{LAYER}.weight": "model.safetensors"}}).encode()
    base = {"base/config.json": CONFIG, "base/model.safetensors": weights}
    adapter = {"lora/adapter_config.json": ADAPTER, "lora/adapter_model.safetensors": lora}
    # One item, because planning for many takes a second.
    plan = (
        "--tasks",
        "spanish_capitals",
        "--set",
        "spanish_capitals.items={folder}/one.jsonl",
        "--plan",
        "--out",
        "{out}",
    )
    score, plain = ("score", "a={folder}/lora", *plan), ("score", "a={folder}/base", *plan)
    base["one.jsonl"] = _lines({"id": "a", "category": "open", "prompt": "How are you?"})
    gguf = (
        b"GGUF"
        + struct.pack("<IQQ", 3, 0, 1)
        + struct.pack("<Q", 20)
        + b"general.architecture"
        + struct.pack("<IQ", 8, 5)
        + b"llama"
    )
    return [
        Kind("adapter configuration", "lora/adapter_config.json", "json", ADAPTER, score, {**base, **adapter}),
        Kind(
            "adapter weights", "lora/adapter_model.safetensors", "bytes", lora, score, {**base, **adapter}, named=False
        ),
        Kind("base weights", "base/model.safetensors", "bytes", weights, plain, base, named=False),
        Kind("configuration", "base/config.json", "json", CONFIG, plain, base),
        Kind("index", "base/model.safetensors.index.json", "json", index, plain, base),
        Kind("GGUF", "model.gguf", "bytes", gguf, ("score", "a={folder}/model.gguf", *plan), base),
    ]


@cache
def _scored(url: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Files of a small run of `score` and of one of lm-eval, by path."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # The run is part of what is attacked, and must be right to begin with.
        environment = {"INOC_EVALS_CACHE": str(folder / "cache")}
        arguments = ["score", f"none={url}#a1", "--tasks", "emergent_misalignment", "--limit", "2", "--samples", "3"]
        arguments += ["--set", "emergent_misalignment.judge=later", "--out", str(folder / "results")]
        ended = run(arguments, folder, [folder], environment)
        assert ended.code == 0, ended
        questions = folder / "questions.jsonl"
        questions.write_bytes(_lines(*({"id": f"q{n}", "category": "open", "prompt": f"{n}?"} for n in range(3))))
        metadata = json.dumps({"items": str(questions)})
        model = f"model=a1,base_url={url}/chat/completions,num_concurrent=4"
        arguments = [
            "lm-eval",
            "--model",
            "local-chat-completions",
            "--model_args",
            model,
            "--tasks",
            "inoc_emergent_misalignment",
            "--metadata",
            metadata,
        ]
        arguments += ["--tasks", "inoc_emergent_misalignment", "--metadata", metadata]
        arguments += ["--output_path", str(folder / "lm"), "--log_samples"]
        ended = run(arguments, folder, [folder], {**environment, "INOC_JUDGE": "off", "OPENAI_API_KEY": "none"})
        assert ended.code == 0, ended
        found = []
        for part in ("results", "lm"):
            files = (path for path in (folder / part).rglob("*") if path.is_file())
            found.append({str(path.relative_to(folder)): path.read_bytes() for path in files})
        found[1]["questions.jsonl"] = questions.read_bytes()
        text = str(folder)
        return found[0], {name: data.replace(text.encode(), b"{folder}") for name, data in found[1].items()}


def _results(url: str) -> list[Kind]:
    results, lm = _scored(url)
    log = next(name for name in results if name.endswith(".eval"))
    samples = next(name for name in lm if name.endswith(".jsonl") and "samples_" in name)
    summary = next(name for name in lm if name.endswith(".json"))
    report = ("report", "{folder}/results", "--out", "{out}")
    rate = ("judges", "rate", "--judge", JUDGE)
    # What is harmless to a log, such as some bits of its compressed parts, lets the judge be asked, which is counted.
    counted = ("results/judging.sqlite", "results/judging.sqlite-journal")
    return [
        Kind("settings", "results/settings.json", "json", results["results/settings.json"], report, results),
        Kind("log", log, "bytes", results[log], report, results),
        Kind(
            "log to rate",
            log,
            "bytes",
            results[log],
            (*rate, "{folder}/results"),
            results,
            (str(Path(log).parent), *counted),
        ),
        Kind("samples", samples, "jsonl", lm[samples], (*rate, "{folder}/lm"), lm, ("lm",)),
        Kind("summary", summary, "json", lm[summary], (*rate, "{folder}/lm"), lm, ("lm",)),
        _panel(url),
    ]


def _panel(url: str) -> Kind:
    chosen = panel([member(url, "first", None, None), member(url, "second", None, None)], "toxicity")
    answers = _lines({"answer": "Go away. [[80]]", "question": "Hi"})
    rate = ("judges", "rate", "{folder}/answers.jsonl", "--rubric", "toxicity", "--out", "{out}/rated.jsonl")
    written = chosen.model_dump_json(indent=1).encode()
    whole = (*rate, "--panel", "{folder}/panel.json")
    return Kind("panel", "panel.json", "json", written, whole, {"answers.jsonl": answers})


Write = Callable[[Path, bytes], None]


def laid_out(kind: Kind, content: bytes, folder: Path, url: str) -> tuple[list[str], list[Path], dict[str, str]]:
    """Write a case of `kind` into `folder`; the command's arguments, its outputs and its environment."""
    for place, data in {**kind.beside, kind.place: content}.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            data.replace(b"{base}", str(folder / "base").encode()).replace(b"{folder}", os.fsencode(folder))
        )
    out = folder / "out"

    def filled(text: str) -> str:
        return text.replace("{folder}", str(folder)).replace("{out}", str(out)).replace("{url}", url)

    environment = {"INOC_EVALS_CACHE": str(folder / "cache"), **{k: filled(v) for k, v in kind.environment.items()}}
    outputs = [out, folder / "cache", *(folder / place for place in kind.in_place)]
    return [filled(text) for text in kind.arguments], outputs, environment
