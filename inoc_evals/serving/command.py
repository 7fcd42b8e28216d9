"""The command line of a server, from what it serves and the machine that it runs on."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from inoc_evals.client.next_tokens import MOST_LISTED
from inoc_evals.errors import InputError
from inoc_evals.serving.slots import Slots
from inoc_evals.tensors import read_tensors

_UNIPROC = "vllm.v1.executor.uniproc_executor.UniProcExecutor"
_FLOAT32_SHARE = 1 / 4
_FLOAT32_BYTES = 4


def server_command(
    base: str,
    base_name: str,
    adapters: Mapping[str, Path],
    room: Slots | None,
    *,
    port: int,
    max_model_len: int,
    more: Sequence[str],
) -> list[str]:
    """The words of the command for vLLM, `more` of them at its end. `adapters` maps served names to LoRA folders."""
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *_model(base)]
    command += ["--served-model-name", base_name, "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--generation-config",
        "vllm",
        "--max-logprobs",
        str(MOST_LISTED),
        "--max-model-len",
        str(max_model_len),
    ]
    command += ["--disable-uvicorn-access-log"]
    if room is not None:
        command += ["--enable-lora", "--max-loras", str(room.loras), "--max-cpu-loras", str(room.cpu_loras)]
        command += ["--max-lora-rank", str(room.rank), "--lora-modules"]
        command += [f"{name}={folder.resolve()}" for name, folder in adapters.items()]
    return [*command, *more]


def transformers_command(
    base: str, base_name: str, adapters: Mapping[str, Path], port: int, max_model_len: int, kind: str
) -> list[str]:
    """The words of the command for our own server; `kind` is that of the numbers, in vLLM's words."""
    command = [sys.executable, "-m", "inoc_evals.serving.transformers_server", "--model", base]
    command += ["--served-model-name", base_name, "--port", str(port), "--max-model-len", str(max_model_len)]
    command += ["--dtype", {"half": "float16", "float": "float32"}.get(kind, kind), "--lora-modules"]
    return [*command, *(f"{name}={folder.resolve()}" for name, folder in adapters.items())]


def cpu_arguments(base: str, flags: frozenset[str], memory: int, extra_args: Sequence[str]) -> list[str]:
    """What a server on a CPU with these `flags` needs; `memory` is what is free, in bytes."""
    # Compiling takes longer than it saves on a CPU, and grouping by adapter cannot be compiled.
    # Only whole blocks of a prompt are cached, and a judge asks many short questions about one prompt.
    arguments = ["--enforce-eager", "--block-size", "32"]
    if not any("parallel" in argument or "executor" in argument for argument in extra_args):
        # A worker of its own imports vLLM once more (10 s). vLLM wants one for the number of its threads, which the
        # environment says here.
        arguments += ["--distributed-executor-backend", _UNIPROC]
    if _slow_bfloat16(flags) and 0 < _float32_size(base) <= memory * _FLOAT32_SHARE:
        arguments += ["--dtype", "float32"]
    return arguments


def _slow_bfloat16(flags: frozenset[str]) -> bool:
    """Whether oneDNN has no bfloat16 products here: vLLM then falls back to PyTorch's, at a third of float32's speed.

    Which processors have them: https://uxlfoundation.github.io/oneDNN/dev_guide_data_types.html
    """
    return "avx2" in flags and "avx512bw" not in flags


def _float32_size(base: str) -> int:
    """Bytes that the weights of a bfloat16 folder, which may be steered by numbers of 32 bits, take in float32; 0 for
    any other base."""
    folder = Path(base)
    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    try:
        tensors = [tensor for file in files for tensor in read_tensors(file).values()]
    except InputError:  # vLLM names what is wrong with the file
        return 0
    kinds = {tensor.dtype for tensor in tensors}
    if "BF16" not in kinds or kinds - {"BF16", "F32"}:
        return 0
    return sum(math.prod(tensor.shape) for tensor in tensors) * _FLOAT32_BYTES


def _model(base: str) -> list[str]:
    if Path(base).is_dir() or "@" not in base:
        return ["--model", base]
    name, revision = base.rsplit("@", 1)
    return ["--model", name, "--revision", revision, "--tokenizer-revision", revision]
