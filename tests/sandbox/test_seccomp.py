"""The filter of system calls, run step by step as the kernel runs it."""

from __future__ import annotations

import errno
import struct

import pytest

from inoc_evals.sandbox.seccomp import MACHINES, REFUSED, call_filter

ALLOWED, FAILED = 0x7FFF0000, 0x00050000
X86, ARM = 0xC000003E, 0xC00000B7


def decided(machine: str, arch: int, number: int, first: int = 0) -> int | None:
    """The error with which a call fails, None where it is allowed."""
    data = struct.pack("<iIQ6Q", number, arch, 0, first, 0, 0, 0, 0, 0)
    steps = [*struct.iter_unpack("<HBBI", call_filter(machine))]
    place, held = 0, 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return None if value == ALLOWED else value & 0xFFFF if value & 0x7FFF0000 == FAILED else -1
        else:
            true = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            place += yes if true else no


@pytest.mark.parametrize(("machine", "arch"), [("x86_64", X86), ("aarch64", ARM)])
def test_what_is_refused_and_what_is_not(machine: str, arch: int) -> None:
    numbers = MACHINES[machine].numbers
    for name in REFUSED:
        assert decided(machine, arch, numbers[name]) == errno.EPERM, name
    assert decided(machine, arch, numbers["clone3"]) == errno.ENOSYS
    # Threads and children as the C library makes them, and none in namespaces of their own.
    assert decided(machine, arch, numbers["clone"], 0x3D0F00) is None
    assert decided(machine, arch, numbers["clone"], 0x01200011) is None
    for namespace in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decided(machine, arch, numbers["clone"], namespace | 17) == errno.EPERM
    assert [decided(machine, arch, numbers["socket"], family) for family in (1, 2, 10)] == [None] * 3
    for family in (0, 3, 16, 17, 31, 38, 40):
        assert decided(machine, arch, numbers["socket"], family) == errno.EAFNOSUPPORT


def test_all_else_is_allowed() -> None:
    known = set(MACHINES["x86_64"].numbers.values())
    assert all(decided("x86_64", X86, number) is None for number in range(470) if number not in known)


def test_calls_of_another_machine_are_refused() -> None:
    assert decided("x86_64", 0x40000003, 1) == errno.EPERM  # 32 bits
    assert decided("x86_64", X86, 0x40000001) == errno.ENOSYS  # x32
    assert decided("aarch64", X86, 1) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_jumps_stay_within(machine: str) -> None:
    """The kernel refuses a filter of more than 4096 steps, and one that runs over its end."""
    steps = [*struct.iter_unpack("<HBBI", call_filter(machine))]
    assert len(steps) < 4096
    assert steps[-1][0] == 0x06
    assert all(place + 1 + max(yes, no) < len(steps) for place, (_, yes, no, _) in enumerate(steps[:-1]))
