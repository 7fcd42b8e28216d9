from __future__ import annotations

import platform
from pathlib import Path

import pytest

from inoc_evals.machine import cpu_flags, device_memory, host_memory

GIB = 1 << 30
X86 = """processor\t: 0
model name\t: Some CPU
flags\t\t: fpu sse2 avx2
bugs\t\t: spectre_v1

processor\t: 1
flags\t\t: fpu sse2 avx2
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd bf16\n"


def test_memory_is_known() -> None:
    assert GIB // 4 < host_memory() < 1 << 44


@pytest.mark.parametrize(("told", "bytes_"), [("81559\n24576\n", 24 * GIB), ("[N/A]\n", 0), (None, 0)])
def test_the_smallest_of_the_gpus_that_the_driver_tells_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None, bytes_: int
) -> None:
    if told is not None:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\nprintf '{told}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert device_memory() == bytes_


@pytest.mark.parametrize(
    ("text", "flags"), [(X86, {"fpu", "sse2", "avx2"}), (ARM, {"fp", "asimd", "bf16"}), ("", set())]
)
def test_flags_of_a_processor(text: str, flags: set[str]) -> None:
    assert cpu_flags(text) == flags


@pytest.mark.skipif(platform.machine() != "x86_64", reason="every x86_64 processor has SSE2")
def test_flags_of_this_processor() -> None:
    assert "sse2" in cpu_flags()
