"""What this machine has: a GPU or none, memory, and a processor that multiplies bfloat16."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_CPU = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/meminfo")
_NVIDIA = Path("/proc/driver/nvidia/version")


def has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded."""
    return _NVIDIA.exists()


def device_memory() -> int:
    """The memory of the smallest GPU in bytes; 0 without one."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    query = [command, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - fixed
    except (OSError, subprocess.TimeoutExpired):
        return 0
    sizes = [int(line) for line in done.stdout.split() if line.isdigit()] if done.returncode == 0 else []
    return min(sizes, default=0) << 20


def host_memory() -> int:
    """The host's free memory in bytes, with what the system would give back."""
    for line in _MEMORY.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def cpu_flags(text: str | None = None) -> frozenset[str]:
    """What the processor can do, in the words of Linux (`avx2`, `avx512bw`, on ARM `bf16`); empty where it says none.

    `text` stands for the content of /proc/cpuinfo.
    """
    if text is None:
        text = _CPU.read_text(encoding="utf-8", errors="replace") if _CPU.exists() else ""
    for line in text.splitlines():
        name, _, words = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return frozenset(words.split())
    return frozenset()
