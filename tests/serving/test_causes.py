"""Lines as vLLM, torch and the hub's client write them, shortened in the middle."""

from __future__ import annotations

import pytest

from inoc_evals.serving.causes import cause_of_end

PREFIX = "(EngineCore pid=71) ERROR 11-21 09:00:00 [core.py:1108] "
HUB = "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cache"


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("OSError: You are trying to access a gated repo.\nMake sure to have access to it", "HF_TOKEN"),
        ("huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1-2)", "gated"),
        ("OSError: org/nme is not a local folder and is not a valid model identifier listed on", "check the spelling"),
        ("OSError: v9 is not a valid git identifier (branch name, tag name or commit id)", "after the @"),
        (HUB, "name a local folder"),
        ("ValueError: Unknown quantization method: bitsandbytes. Must be one of ['awq', 'fp8']", "made from"),
        (
            "ValueError: Failed to find a kernel that can implement the WNA16 linear layer. Reasons: ",
            "cannot compute with weights that are quantised so",
        ),
        (
            "ValueError: torch.float32 is not supported for quantization method auto_gptq. Supported dtypes: [",
            "not served in torch.float32; add --server-arg=--dtype=bfloat16",
        ),
        (
            "  Value error, Model architectures ['NonsenseForCausalLM'] are not supported for now. Supported "
            "architectures: dict_keys(['LlamaForCausalLM'])",
            "cannot serve models of this architecture",
        ),
        (
            "  Value error, User-specified max_model_len (4096) is greater than the derived max_model_len "
            "(max_position_embeddings=2048.0 or model_max_length=None in model's config.json).",
            "--max-model-len",
        ),
        (
            "ValueError: To serve at least one request with the model's max seq len (131072), (14.0 GiB KV cache is "
            "needed, which is larger than the available KV cache memory (3.1 GiB).",
            "VLLM_CPU_KVCACHE_SPACE",
        ),
        ("ValueError: No available memory for the cache blocks. Try increasing", "--gpu-memory-utilization=0.95"),
        (
            "ValueError: Free memory on device cuda:0 (3.2/79.1 GiB) on startup is less than desired GPU memory "
            "utilization (0.92, 72.8 GiB).",
            "other programs",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of",
            "--tensor-parallel-size=2",
        ),
        ("RuntimeError: CUDA driver version is insufficient for CUDA runtime version", "driver is too old"),
        ("ImportError: libcudart.so.13: cannot open shared object file: No such file", "inoc-evals[vllm-cpu]"),
        ("RuntimeError: No CUDA GPUs are available", "inoc-evals doctor"),
        ("api_server.py: error: unrecognized arguments: --no-such-thing=3", "does not know --no-such-thing=3; correct"),
        ("api_server.py: error: argument --max-loras: invalid int value: 'x'", "this value for --max-loras; correct"),
        ("inoc-evals: the server was ended by signal 9", "memory runs out"),
        ("[core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup", "was killed"),
    ],
)
def test_a_known_cause_has_a_remedy(line: str, remedy: str) -> None:
    before = "INFO 11-21 09:00:00 [api_server.py:1] vLLM API server version 0.32.0"
    log = "\n".join([before, *(PREFIX + part for part in line.splitlines()), "RuntimeError: see root cause above."])
    if line.startswith("inoc-evals"):
        log = f"{before}\n{line}"
    assert remedy in (cause_of_end(log) or "")


def test_the_deepest_cause_is_told() -> None:
    # A hub that cannot be reached is behind a chain of errors, of which the first is about a socket.
    log = f"httpcore.ConnectError: [Errno -2] Name or service not known\n\nThe above exception was\n{HUB}"
    assert "the hub cannot be reached" in (cause_of_end(log) or "")
    log = "MemoryError\nOSError: You are trying to access a gated repo."
    assert "gated" in (cause_of_end(log) or "")


def test_ordinary_lines_are_no_cause() -> None:
    lines = (
        "INFO [gpu_worker.py:300] Available KV cache memory: 40.1 GiB",
        "INFO: Started server process [17]",
        "WARNING [cpu.py:12] VLLM_CPU_KVCACHE_SPACE is 2",
        "inoc-evals: the server was ended by itself with exit code 1",
        "INFO: args: Namespace(max_model_len=4096, gpu_memory_utilization=0.92)",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
        "ERROR [core.py:1108] EngineCore encountered a fatal error.",
        "WARNING [core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup",
    )
    assert cause_of_end("\n".join(lines)) is None
