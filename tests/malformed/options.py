"""Odd values for every option, argument and environment variable. Options are read off the command itself, so that a
new one is attacked without being named here."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click

from inoc_evals.checkpoints.hub_id import HUB_ID
from tests.malformed.kinds import MODEL, NOWHERE

ODD: tuple[str, ...] = (
    "",
    " ",
    "-1",
    "0",
    "-0.0",
    "1e999",
    "nan",
    "99999999999999999999999",
    "9" * 6_000,
    "0x_",
    "2024-13-45",
    "!!int x",
    "!!python/object/apply:os.system [true]",
    "&a [*a]",
    "[[[[[[",
    "[" * 20_000,
    "{}",
    "{nobody}",
    "'",
    '"',
    "%s%n",
    "null",
    "a=b=c",
    "=",
    "a=",
    "=b",
    ",",
    "a,,b",
    "a\nb",
    "\x1b[31mred",
    "[cyan]text[/]",
    "\u202egnp.exe",
    "\udcff",
    "🦉" * 100,
    "x" * 300,
    "~",
    "~nobody-at-all/x",
    "../" * 40,
    "/dev/null",
    "/dev/full",
    "/proc/self/mem",
    "/proc/no/such",
    "{folder}",
    "{folder}/file",
    "{folder}/file/below",
    "{folder}/fifo",
    "{folder}/dangling",
    "{folder}/loop",
    "http://",
    "http://[::1#m",
    "http://127.0.0.1:99999/v1#m",
    "http://127.0.0.1:9/v1",
    NOWHERE,
    "http://user:pass@127.0.0.1:9/v1#m",
    "http://127.0.0.1:9/v1?api_key=sk-0123456789abcdef0123#m",
    "a=" + NOWHERE,
    "a={folder}/file",
    "mockllm",
    "mockllm/",
    "/",
    "vllm/",
    "openai/gpt-4.1-mini",
    "instrument:",
    "instrument:nobody",
    "betley",
    "alignment < ",
    "1/0",
    "3/2",
    "-1/2",
    "--help-me",
    "--",
)  # fmt: skip

_PLAN = ("score", f"a={MODEL}", "--tasks", "owl_preference", "--limit", "1", "--plan", "--out", "{out}")
_SCORE = ("score", "a={url}#a1", "--tasks", "owl_preference", "--limit", "1", "--out", "{out}")
_LM = (
    "lm-eval", "--model", "local-chat-completions", "--model_args", "model=a1,base_url={url}/chat/completions",
    "--tasks", "inoc_owl_preference", "--metadata", '{"limit": 1}', "--output_path", "{out}",
)  # fmt: skip
# A command that would be right and ends at once, or one that stops before it starts what takes long.
BASES: Mapping[str, tuple[str, ...]] = {
    "demo": ("demo", "--out", "{out}", "--model", "{folder}/no-model"),
    "experiment list": ("experiment", "list"),
    "experiment plan": ("experiment", "plan", "spanish_capitals", "--model", "{folder}/no-model"),
    "experiment run": ("experiment", "run", "spanish_capitals", "--model", "{folder}/no-model", "--out", "{out}"),
    "list": ("list", "tasks"),
    "new task": ("new", "task", "mine", "--out", "{out}"),
    "new experiment": ("new", "experiment", "mine", "--out", "{out}"),
    "new rubric": ("new", "rubric", "mine", "--out", "{out}"),
    "judges check": ("judges", "check", "toxicity", "--judge", "{url}#judge"),
    "judges try": ("judges", "try", "toxicity", "--judge", "{url}#judge", "--question", "q", "--answer", "a"),
    "judges drift": ("judges", "drift", "toxicity", "--judge", "{url}#judge"),
    "judges compare": ("judges", "compare", "toxicity", "--judge", "{url}#judge", "--judge", "{url}#judge2"),
    "judges rate": ("judges", "rate", "{folder}/logs", "--judge", "{url}#judge"),
    "judges label": ("judges", "label", "{folder}/logs", "--rubric", "toxicity", "--out", "{out}"),
    "judges labels": ("judges", "labels", "{folder}/labels"),
    "judges select": ("judges", "select", "{folder}/labels", "--judge", "{url}#judge", "--judge", "{url}#judge2"),
    "judges worth": ("judges", "worth", "{folder}/labels", "--judge", "{url}#judge", "--reference", "{url}#judge2"),
    "judges sheet": ("judges", "sheet", "--judge", "{url}#judge", "--rubrics", "toxicity", "--out", "{out}/sheet.md"),
    "judges teach": ("judges", "teach", "{folder}/labels", "--base", "{folder}/no-model", "--out", "{out}"),
    "score": _PLAN,
    "report": ("report", "{folder}/results", "--out", "{out}"),
    "compare": ("compare", "{folder}/results"),
    "doctor": ("doctor",),
    "instruments add": ("instruments", "add", "em_first_plot", "--file", "{folder}/file"),
    "inoculate": ("inoculate", "{folder}/data.jsonl", "--prompt", "p", "-o", "{out}/data.jsonl"),
    "train": ("train", "{folder}/no-model", "{folder}/data.jsonl", "--out", "{out}"),
    "train-kts": (
        *("train-kts", "{folder}/no-model", "--direction", "{folder}/file", "--layer", "0", "--out", "{out}"),
    ),
    "direction make": (
        *("direction", "make", "{folder}/no-model", "--prompts", "owl_preference", "--prompt", "p"),
        *("--out", "{out}/d.safetensors"),
    ),
    "direction project": ("direction", "project", "{folder}/file", "{folder}/no-model", "--prompts", "owl_preference"),
    "elicit": (
        *("elicit", "{folder}/no-model", "--prompts", "{folder}/data.jsonl", "--task", "spanish_capitals"),
        *("--out", "{out}"),
    ),
    "surprise": ("surprise", "{folder}/no-model", "{folder}/data.jsonl", "--prompt", "p", "--out", "{out}"),
    "influence": (
        *("influence", "{folder}/no-model", "{folder}/data.jsonl", "--task", "spanish_capitals"),
        *("--out", "{out}"),
    ),
    "serve": ("serve", "{folder}/no-model", "--log", "{out}/log", "--key-file", "{out}/key"),
    "tasks-path": ("tasks-path",),
}
LM_OPTIONS = (
    "--tasks", "--metadata", "--arms", "--base", "--url", "--key-env", "--max-model-len", "--log", "--num-concurrent",
    "--output_path", "--model", "--model_args", "--include_path", "--limit", "--samples", "--num_fewshot", "--seed",
    "--gen_kwargs", "--system_instruction", "--batch_size",
)  # fmt: skip
VARIABLES = (
    ("INOC_EVALS_PATH", ("list",)),
    ("INOC_EVALS_PATH", _PLAN),
    ("INOC_EVALS_CACHE", ("judges", "try", "toxicity", "--judge", "{url}#judge", "--question", "q", "--answer", "a")),
    ("INOC_EVALS_CACHE", ("list", "instruments")),
    ("INOC_JUDGE_API_KEY", ("judges", "check", "toxicity", "--judge", "{url}#judge")),
    ("INOC_CHECKPOINT_API_KEY", _PLAN),
    ("INOC_JUDGE", (*_LM[:5], "--tasks", "inoc_emergent_misalignment", "--metadata", '{"limit": 1}')),
)
BASE_MODELS = (
    "demo model",
    "experiment plan model",
    "experiment run model",
    "train base",
    "judges teach base",
    "serve base",
    "surprise checkpoints",
    "influence checkpoints",
    "elicit base",
    "train-kts base",
    "direction make base",
    "direction project checkpoints",
)
SETTINGS = (
    "system_prompt", "user_prompt", "trigger", "trigger_placement", "trigger_joiner", "prefill", "samples", "choices",
    "temperature", "top_p", "max_tokens", "items", "limit", "judge", "ratings", "rule", "animal", "name",
    "nobody", "sample", "",
)  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """One odd call of a `subject`: an option, an argument, a setting or a variable."""

    subject: str
    what: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@cache
def odd_calls() -> tuple[Odd, ...]:
    """Every option, argument and variable with every odd value, in a fixed order."""
    return (*_options(), *_settings(), *_lm_options(), *_variables())


def _options() -> Iterator[Odd]:
    from inoc_evals.cli import cli

    for name, command in _commands(cli):
        for parameter in command.params:
            if getattr(parameter, "is_flag", False):
                continue
            base = BASES[name]
            if name == "score" and parameter.name in ("out", "workers", "shard", "server_arguments"):
                base = _SCORE
            subject = f"{name} {parameter.name}"
            for value in ODD:
                # Its weights would be looked for on the network.
                if subject in BASE_MODELS and HUB_ID.match(value):
                    continue
                yield Odd(subject, f"{subject} {value[:60]!r}", _with(base, name, command, parameter, value))


def _commands(command: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, *names, name)
    elif names != ("lm-eval",):
        yield " ".join(names), command


def _with(
    base: tuple[str, ...], name: str, command: click.Command, parameter: click.Parameter, value: str
) -> tuple[str, ...]:
    """`base` with `value` for the parameter, in the place of the one that it has, if any."""
    words = list(base)
    if isinstance(parameter, click.Option):
        given = next((words.index(option) for option in parameter.opts if option in words), None)
        if given is None or parameter.multiple:
            return (*words, f"{max(parameter.opts, key=len)}={value}")
        words[given : given + 2] = [f"{max(parameter.opts, key=len)}={value}"]
        return tuple(words)
    arguments = [other for other in command.params if isinstance(other, click.Argument)]
    start = len(name.split()) + arguments.index(parameter)
    words[start : start + 1] = [value]
    return tuple(words)


def _settings() -> Iterator[Odd]:
    for key in SETTINGS:
        task = "emergent_misalignment" if key in ("judge", "ratings", "rule") else "owl_preference"
        base = (
            "score",
            f"a={MODEL}",
            "--tasks",
            task,
            "--limit",
            "1",
            "--plan",
            "--out",
            "{out}",
            "--judge",
            "{url}#judge",
        )
        for value in ODD:
            yield Odd(f"--set {key}", f"--set {task}.{key}={value[:60]!r}", (*base, "--set", f"{task}.{key}={value}"))


def _lm_options() -> Iterator[Odd]:
    metadata = [json.dumps({key: value}) for key in SETTINGS[:-1] for value in (None, True, -1, 1e308, [], {}, "", "x")]
    for option in LM_OPTIONS:
        for value in (*ODD, *(metadata if option == "--metadata" else ())):
            words = list(_LM)
            if option in words:
                place = words.index(option)
                del words[place : place + 2]
            if option in ("--arms", "--base", "--key-env", "--url"):
                words = ["lm-eval", "--tasks", "inoc_owl_preference"]
                words += [] if option == "--url" else ["--url", "{url}"]
                words += ["--arms", "a1=a1"] if option != "--arms" else []
            yield Odd(f"lm-eval {option}", f"lm-eval {option} {value[:60]!r}", (*words, f"{option}={value}"))


def _variables() -> Iterator[Odd]:
    for name, arguments in VARIABLES:
        for value in ODD:
            subject = f"{name} for {' '.join(arguments[:2])}"
            yield Odd(subject, f"{subject}: {value[:60]!r}", arguments, {name: value})


def prepare(folder: Path) -> None:
    """What the odd values and the calls speak of: a file, a pipe that nobody writes to, links to nothing."""
    (folder / "file").write_text("text\n")
    os.mkfifo(folder / "fifo")
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder / "loop")
    chat = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    (folder / "data.jsonl").write_text(json.dumps(chat) + "\n")


def some_of_each(seed: int, count: int) -> list[Odd]:
    """`count` odd calls of every subject, drawn by the `seed`."""
    calls: dict[str, list[Odd]] = {}
    for call in odd_calls():
        calls.setdefault(call.subject, []).append(call)
    return [
        call
        for subject, group in calls.items()
        for call in random.Random(f"{subject} {seed}").sample(group, min(count, len(group)))
    ]


def filled(odd: Odd, folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment with the places that they name."""

    def fill(text: str) -> str:
        return text.replace("{folder}", str(folder)).replace("{out}", str(folder / "out")).replace("{url}", url)

    environment = {"INOC_EVALS_CACHE": str(folder / "cache"), "OPENAI_API_KEY": "none"}
    return [fill(word) for word in odd.arguments], environment | {k: fill(v) for k, v in odd.environment.items()}
