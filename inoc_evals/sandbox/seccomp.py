"""System calls that a program in the sandbox is refused, as a filter that the kernel runs (classic BPF, seccomp(2)).

Namespaces leave some doors: sockets to the machine's hypervisor (AF_VSOCK) are in no network namespace, shared memory
of System V is outside a process's own limit, and new namespaces or tracers only serve to look for faults of the kernel.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NOT_PERMITTED, _NO_SUCH_CALL, _NO_SUCH_FAMILY = 1, 38, 97
# Offsets in struct seccomp_data; the lower half of the first argument, on both little-endian machines.
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
# CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET.
_NEW_NAMESPACES = 0x7E020080
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: a network namespace of its own holds them
_X32 = 0x40000000  # x86-64's second table of calls

REFUSED = (
    *("shmget", "semget", "msgget", "mq_open", "memfd_create", "memfd_secret", "ptrace", "process_vm_readv"),
    *("process_vm_writev", "mount", "umount2", "pivot_root", "chroot", "fsopen", "open_tree", "move_mount", "unshare"),
    *("setns", "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "syslog"),
)


@dataclass(frozen=True)
class Calls:
    """A machine's name for itself in the kernel (AUDIT_ARCH) and its numbers of system calls."""

    machine: int
    numbers: Mapping[str, int]


_SHARED = {"fsopen": 430, "open_tree": 428, "move_mount": 429, "memfd_secret": 447, "io_uring_setup": 425}
_SHARED |= {"clone3": 435}
_X86_64 = {"shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "memfd_create": 319, "ptrace": 101}
_X86_64 |= {"process_vm_readv": 310, "process_vm_writev": 311, "mount": 165, "umount2": 166, "pivot_root": 155}
_X86_64 |= {"chroot": 161, "unshare": 272, "setns": 308, "add_key": 248, "request_key": 249, "keyctl": 250}
_X86_64 |= {"bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "syslog": 103, "clone": 56, "socket": 41}
_ARM64 = {"shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "memfd_create": 279, "ptrace": 117}
_ARM64 |= {"process_vm_readv": 270, "process_vm_writev": 271, "mount": 40, "umount2": 39, "pivot_root": 41}
_ARM64 |= {"chroot": 51, "unshare": 97, "setns": 268, "add_key": 217, "request_key": 218, "keyctl": 219}
_ARM64 |= {"bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "syslog": 116, "clone": 220, "socket": 198}
MACHINES = {
    "x86_64": Calls(0xC000003E, _SHARED | _X86_64),
    "aarch64": Calls(0xC00000B7, _SHARED | _ARM64),
}


def call_filter(machine: str) -> bytes:
    """The filter for a `machine` of MACHINES, as `bwrap --seccomp` reads it. A refused call fails with EPERM, one that
    programs do without (clone3) with ENOSYS, and a socket of another family with EAFNOSUPPORT."""
    calls = MACHINES[machine]
    steps = [(_LOAD, 0, 0, _MACHINE), *_unless_equal(calls.machine, _NOT_PERMITTED), (_LOAD, 0, 0, _NUMBER)]
    steps += [(_AT_LEAST, 0, 1, _X32), _fail(_NO_SUCH_CALL)]
    for name in REFUSED:
        steps += [(_EQUAL, 0, 1, calls.numbers[name]), _fail(_NOT_PERMITTED)]
    steps += [(_EQUAL, 0, 1, calls.numbers["clone3"]), _fail(_NO_SUCH_CALL)]
    spaces = [(_LOAD, 0, 0, _FIRST_ARGUMENT), (_ANY_BIT, 0, 1, _NEW_NAMESPACES), _fail(_NOT_PERMITTED), _allow()]
    families = [(_LOAD, 0, 0, _FIRST_ARGUMENT)]
    families += [(_EQUAL, len(_FAMILIES) - place, 0, family) for place, family in enumerate(_FAMILIES)]
    families += [_fail(_NO_SUCH_FAMILY), _allow()]
    steps += [(_EQUAL, 0, len(spaces), calls.numbers["clone"]), *spaces]
    steps += [(_EQUAL, 0, len(families), calls.numbers["socket"]), *families, _allow()]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _unless_equal(value: int, error: int) -> list[tuple[int, int, int, int]]:
    return [(_EQUAL, 1, 0, value), _fail(error)]


def _fail(error: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERRNO | error)


def _allow() -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ALLOW)
