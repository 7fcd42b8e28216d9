"""Which quantised weights a server of ours can serve here: told from their configuration, before anything is loaded.

What vLLM's kernels take is from its own code, version 0.32 (vllm/model_executor/layers/quantization, and
vllm/model_executor/kernels/linear for processors without a GPU). What is not known here is left to vLLM, whose refusal
is told in words, see causes.py.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.hub_id import read_hub_id
from inoc_evals.checkpoints.quantised import CONFIG, Quantisation, configured, quantisation_of
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.errors import InputError
from inoc_evals.machine import cpu_flags, has_gpu

# Formats of other programs, which vLLM does not serve.
_NEVER = ("aqlm", "eetq", "hqq", "quanto", "higgs", "bitnet", "spqr", "vptq", "gguf")
_ON_CPU = (
    "on a CPU vLLM serves GPTQ, AWQ and compressed-tensors with weights of 4 bits, and compressed-tensors with weights "
    "and activations of 8"
)
_PLAIN = "name the model that it was made from, or a copy that is quantised otherwise"
# Tiles of AMX, without which vLLM multiplies no blocks of 8-bit floating-point numbers on a CPU.
_TILES = "amx_tile"
# What some versions of vLLM serve, and others do not.
BITSANDBYTES, ORDERED = "bitsandbytes", "desc_act"


def check_servable(folder: Path, where: str | None = None) -> None:
    """Raise InputError, in one sentence with a remedy, where the weights in `folder` are quantised in a way that cannot
    be served on this machine. `where` names the model in it, by default the folder."""
    found = quantisation_of(folder)
    if found is not None:
        _refuse(found, where or str(folder))


def check_base(base: Checkpoint, hub: Hub) -> None:
    """The same for a whole model or what an adapter is put on, by its config.json alone where its weights are not here
    yet. Raises as `Hub.file` does."""
    if base.is_here:
        check_servable(Path(base.base), base.reference)
        return
    name = read_hub_id(base.pinned or "")
    found = configured(hub.file(hub.find(name), CONFIG)) if name is not None else None
    if found is not None:
        _refuse(found, base.reference)


def fault(found: Quantisation, *, cpu: bool, flags: Collection[str], lacks: Collection[str]) -> str | None:
    """Why weights of this kind cannot be served, on a processor with these `flags` or, without `cpu`, on a GPU, and
    what to do; None where nothing speaks against it. `lacks` is what this vLLM no longer serves, of `BITSANDBYTES` and
    `ORDERED`."""
    if found.method in _NEVER:
        return f"vLLM does not serve this format; {_PLAIN}"
    if found.method == BITSANDBYTES and (cpu or BITSANDBYTES in lacks):
        here = "on a CPU vLLM does not serve it" if cpu else "this version of vLLM does not serve it"
        return f"{here}; {_PLAIN}: adapters that were trained on it are served on the model that it was made from"
    if found.method == "gptq" and found.settings.get("desc_act") and found.group is not None and ORDERED in lacks:
        return f"this version of vLLM serves no groups that are ordered by activation (desc_act); {_PLAIN}"
    return _fault_on_cpu(found, flags) if cpu else None


def _fault_on_cpu(found: Quantisation, flags: Collection[str]) -> str | None:
    if found.floating:
        message = f"this processor multiplies no blocks of 8-bit floating-point numbers (it has no {_TILES})"
        return f"{message}; use a GPU, or {_PLAIN}" if _in_blocks(found) and _TILES not in flags else None
    packed = found.bits == 4 and found.activations is None
    whole = found.method == "compressed-tensors" and found.bits == found.activations == 8
    if found.method in ("gptq", "awq", "compressed-tensors") and not (packed or whole):
        return f"{_ON_CPU}; use a GPU, or {_PLAIN}"
    if found.method == "gptq" and found.settings.get("sym") is False:
        return f"on a CPU vLLM serves GPTQ only where it is symmetric (sym); use a GPU, or {_PLAIN}"
    return None


def _in_blocks(found: Quantisation) -> bool:
    """Do blocks of weights share a scale?"""
    if found.settings.get("weight_block_size"):
        return True
    groups = found.settings.get("config_groups")
    weights = [group.get("weights") for group in groups.values()] if isinstance(groups, dict) else []
    return any(isinstance(each, dict) and each.get("strategy") == "block" for each in weights)


def _refuse(found: Quantisation, where: str) -> None:
    told = fault(found, cpu=not has_gpu(), flags=cpu_flags(), lacks=_lacks())
    if told is not None:
        raise InputError(f"{where} is quantised ({found.words()}), and {told}")


def _lacks() -> set[str]:
    """What the vLLM that is installed no longer serves, by its files: to import it takes many seconds."""
    spec = find_spec("vllm")
    places = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or []]
    lacks: set[str] = set()
    for folder in (place / "model_executor" / "layers" / "quantization" for place in places):
        if not (folder / "bitsandbytes.py").is_file():
            lacks.add(BITSANDBYTES)
        gptq = folder / "utils" / "gptq_utils.py"
        if gptq.is_file() and "(desc_act=True) is no longer" in gptq.read_text(encoding="utf-8"):
            lacks.add(ORDERED)
    return lacks
