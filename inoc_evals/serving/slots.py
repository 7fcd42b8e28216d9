"""How many LoRA adapters a server keeps ready, from their number, rank and size and the memory there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.checkpoints.adapter import WEIGHTS, read_config
from inoc_evals.checkpoints.fit import lora_matrices
from inoc_evals.errors import InputError
from inoc_evals.tensors import read_tensors

# The ranks that vLLM has kernels for (its --max-lora-rank).
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
# vLLM fills the rest of the device with the base's weights and the answers in flight.
_DEVICE_SHARE = 1 / 8
_HOST_SHARE = 1 / 2
BFLOAT16, FLOAT32 = 2, 4  # bytes a number


@dataclass(frozen=True)
class Slots:
    """`rank` of every slot, `loras` adapters that one batch may mix, `cpu_loras` adapters kept in the host's memory;
    a slot takes `size` bytes.

    With fewer than there are adapters vLLM still serves them all, but in turns: it loads what is asked for from its
    folder, in place of what was not asked for longest.
    """

    rank: int
    loras: int
    cpu_loras: int
    size: int

    def told(self, count: int) -> str:
        """What there is room for, of `count` adapters, in one line."""
        each = f"{count} adapters of up to {self.size / 1e6:.3g} MB each"
        if count <= self.cpu_loras:
            return f"{each}: all are kept in memory, and {self.loras} may share a batch"
        return f"{each}: {self.cpu_loras} fit into memory at a time, and {self.loras} may share a batch"


def slots(
    adapters: Mapping[str, Path], device_memory: int, host_memory: int, number_bytes: int = BFLOAT16, most: int = 0
) -> Slots:
    """Slots for LoRA folders by label (one or more), with the memory of one device and the free memory of the host in
    bytes.

    A slot has the highest rank of all adapters, in numbers of `number_bytes`, on the layers that the widest of them
    has. As many as fit into an eighth of the device are ready at once, and as many as fit into half of the host's
    memory are kept there, `most` of them where that is not 0. Raises InputError for an adapter that is none, or with a
    rank that vLLM has no kernels for.
    """
    ranks = {label: read_config(folder).highest for label, folder in adapters.items()}
    rank = _allowed(ranks)
    width = max(map(_width, adapters.values()), default=0)
    size = max(1, rank * width * number_bytes)
    wanted = min(most or len(adapters), len(adapters))
    loras = _count(device_memory * _DEVICE_SHARE, size, wanted)
    return Slots(rank, loras, max(loras, _count(host_memory * _HOST_SHARE, size, wanted)), size)


def _count(memory: float, slot: int, wanted: int) -> int:
    return max(1, min(wanted, int(memory // slot)))


def _width(folder: Path) -> int:
    """The sum of inputs and outputs of the layers that an adapter changes."""
    path = folder / WEIGHTS
    return sum(pair.a[1] + pair.b[0] for pair in lora_matrices(path, read_tensors(path)).values())


def _allowed(ranks: Mapping[str, int]) -> int:
    label, highest = max(ranks.items(), key=lambda entry: entry[1])
    allowed: Sequence[int] = [rank for rank in RANKS if rank >= highest]
    if not allowed:
        raise InputError(f"adapter {label} has rank {highest}; vLLM serves at most {RANKS[-1]}")
    return allowed[0]
