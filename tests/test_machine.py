from __future__ import annotations

import platform

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
    assert device_memory() >= 0


@pytest.mark.parametrize(
    ("text", "flags"), [(X86, {"fpu", "sse2", "avx2"}), (ARM, {"fp", "asimd", "bf16"}), ("", set())]
)
def test_flags_of_a_processor(text: str, flags: set[str]) -> None:
    assert cpu_flags(text) == flags


@pytest.mark.skipif(platform.machine() != "x86_64", reason="every x86_64 processor has SSE2")
def test_flags_of_this_processor() -> None:
    assert "sse2" in cpu_flags()
