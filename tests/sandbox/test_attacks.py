"""Programs that try to get out of the sandbox, to harm the machine, or to outlive their run. Each is run as it stands;
one that gets through says so. Nothing of the machine is read or changed, and the run ends in time."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from inoc_evals.protocols.requests import Execute, Limits
from inoc_evals.sandbox.command import Folders
from inoc_evals.sandbox.running import Job, execute, made_folder, run

SECRET = "canary-5f2c81d07e"
LIMITS = Limits(seconds=2.0, memory_mb=256, processes=8, output_bytes=50_000)
# What each of them begins with: `through` says that an attack got somewhere.
HEAD = """
import ctypes, os, signal, socket, sys, threading, time
def through(*what):
    os.write(1, ("THROUGH " + " ".join(map(str, what)) + "\\n").encode())
def tries(call, *arguments):
    try:
        through(call(*arguments))
    except Exception as error:
        print(type(error).__name__)
libc = ctypes.CDLL(None, use_errno=True)
def syscall(*arguments):
    if libc.syscall(*arguments) >= 0:
        through("system call", arguments[0])
"""
ATTACKS = {
    # Reading.
    # Where Python lies in the home, the names that lead to it are there, and nothing else.
    "the home": """
try:
    left = [name for name in os.listdir(HOME) if not (sys.base_prefix + "/").startswith(f"{HOME}/{name}/")]
except OSError:
    left = []
if left: through(left)
""",
    "a key in the home": "tries(open, HOME + '/.ssh/id_rsa')",
    "a secret file": "tries(lambda: open(CANARY).read())",
    "the environment": "if SECRET_VARIABLE in os.environ: through(os.environ[SECRET_VARIABLE])",
    "another's environment": """
for number in os.listdir("/proc"):
    if number.isdigit():
        try:
            told = open(f"/proc/{number}/environ", "rb").read()
        except OSError:
            continue
        if SECRET_VARIABLE.encode() in told:
            through(told)
""",
    "passwords": "tries(lambda: open('/etc/shadow').read())\ntries(lambda: open('/etc/passwd').read())",
    "the machine's processes": """
if len([number for number in os.listdir("/proc") if number.isdigit()]) > 8:
    through(os.listdir("/proc"))
""",
    "another's root": "tries(lambda: os.listdir('/proc/1/root' + HOME))",
    "another's open files": """
for number in os.listdir("/proc/1/fd") if os.access("/proc/1/fd", os.R_OK) else ():
    try:
        data = os.read(os.open("/proc/1/fd/" + number, os.O_RDONLY | os.O_NONBLOCK), 1000)
    except OSError:
        continue
    if data:
        through(number, data)
""",
    "files left open": """
for number in range(3, 64):
    try:
        os.fstat(number)
        through("file", number, os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
""",
    "memory of the kernel": "for name in ('/proc/kcore', '/dev/mem'): tries(open, name, 'rb')",
    "the disk itself": """
for name in os.listdir("/dev"):
    if name.startswith(("sd", "vd", "nvme", "dm-", "loop")):
        through(name)
""",
    # A way out through links and mounts.
    "a link to a secret": "tries(os.symlink, CANARY, 'link')\ntries(lambda: open('link').read())",
    "a link in /tmp": "tries(os.symlink, CANARY, '/tmp/link')",
    "a hard link": "tries(os.link, '/usr/bin/env', 'env')",
    "up and up": "tries(lambda: open('../../../../../../../..' + CANARY).read())",
    "a root of its own": "syscall(161, b'/proc/1/root')\nsyscall(155, b'.', b'.')",
    "a mount": "syscall(165, b'none', b'/w', b'tmpfs', 0, None)\nsyscall(430, b'tmpfs', 0)",
    "namespaces of its own": """
for flag in (0x10000000, 0x20000, 0x40000000):
    syscall(272, flag)
    syscall(56, flag | signal.SIGCHLD, 0, 0, 0, 0)
""",
    "another's namespaces": """
for name in ("mnt", "net", "user"):
    try:
        syscall(308, os.open("/proc/1/ns/" + name, os.O_RDONLY), 0)
    except OSError:
        pass
syscall(308, 0, 0)
""",
    "root again": "tries(lambda: os.setuid(0) or os.getuid())\ntries(lambda: os.setgroups([0]))",
    "a program that makes root": """
import subprocess
for name in ("/usr/bin/su", "/usr/bin/passwd", "/usr/bin/newgrp", "/usr/bin/mount"):
    if os.path.exists(name):
        done = subprocess.run([name], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode == 0 and b"uid=0" in done.stdout:
            through(name)
""",
    "tracing another": "syscall(101, 16, 1, 0, 0)\nsyscall(101, 16, os.getppid(), 0, 0)",
    "keys of the kernel": "syscall(250, 0, -3, 1)\nsyscall(248, b'user', b'a', b'b', 1, -3)",
    "programs in the kernel": """
for call in ((321, 0, 0, 0), (298, 0, 0, -1, -1, 0), (323, 0), (425, 8, 0)):
    syscall(*call)
""",
    # Writing.
    "the system": "for place in ('/usr', '/usr/bin', '/', '/etc', '/root'): tries(open, place + '/written', 'w')",
    "its own files": "tries(open, 'test.py', 'w')\ntries(os.remove, 'test.py')\ntries(os.chmod, 'test.py', 0o777)",
    "Python's own files": "tries(open, os.__file__, 'a')\ntries(open, sys.executable, 'ab')",
    "memory as a disk": "for place in ('/dev/shm', '/dev', '/run', '/tmp'): tries(open, place + '/written', 'w')",
    "settings of the kernel": """
for name in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/oom_score_adj"):
    try:
        with open(name, "w") as file:
            file.write("-1000")
        through(name)
    except OSError:
        pass
""",
    "a file without end": """
with open("big", "wb") as file:
    while True:
        file.write(b"x" * 1000000)
        through("wrote")
""",
    "files in memory": "syscall(319, b'a', 0)\nsyscall(447, 0)",
    # The network.
    "a server on this machine": "tries(socket.create_connection, ('127.0.0.1', PORT), 1)",
    "a server elsewhere": "tries(socket.create_connection, ('1.1.1.1', 53), 1)",
    "names": "tries(socket.gethostbyname, 'example.com')",
    "the hypervisor": "tries(lambda: socket.socket(40, socket.SOCK_STREAM))",
    "raw packets": "for of in ((17, 0), (2, 1)): tries(socket.socket, of[0], socket.SOCK_RAW, of[1])",
    "the kernel's own network": "tries(lambda: socket.socket(16, socket.SOCK_RAW, 0))",
    "a socket of this machine's": """
plain = socket.socket(socket.AF_UNIX)
tries(lambda: plain.connect(chr(0) + ABSTRACT) or "connected")
tries(lambda: plain.connect("/var/run/docker.sock") or "connected")
""",
    # Other processes.
    "the parent": """
for parent in (os.getppid(), 1):
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        try:
            os.kill(parent, number)
        except OSError:
            pass
""",
    "everybody": "libc.kill(-1, 0)",
    "the one who asked": "tries(os.kill, ASKER, signal.SIGTERM)",
    "processes without end": """
children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
        children += 1
        if children > 20:
            through("children", children)
            break
except OSError:
    pass
""",
    "a bomb": "while True:\n    try: os.fork()\n    except OSError: pass",
    "a daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
""",
    "threads without end": """
try:
    for number in range(1000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        if number > 20:
            through("threads", number)
            break
except RuntimeError:
    pass
os._exit(0)
""",
    "no end by a signal": """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1)
""",
    # What there is only so much of.
    "memory": "tries(lambda: len(bytearray(1 << 30)))",
    "memory bit by bit": """
held = []
while len(held) < 300:
    held.append(bytearray(1 << 20))
through("megabytes", len(held))
""",
    "memory that is shared": """
import mmap
tries(lambda: mmap.mmap(-1, 1 << 30))
syscall(29, 0, 1 << 28, 0o1600)
syscall(68, 0, 0o1600)
""",
    "a bomb in an archive": """
import zlib
packed = zlib.compress(b"0" * (1 << 27), 9)
tries(lambda: len(zlib.decompress(zlib.compress(packed * 4)) * 1000))
""",
    "output without end": "while True: print('x' * 10000)",
    "errors without end": "while True: sys.stderr.write('x' * 10000)",
    "a sleep without end": "time.sleep(1000)",
    "work without end": "while True: pass",
    "a number without end": "tries(lambda: 10 ** 10 ** 9 and 1)",
    "calls without end": "sys.setrecursionlimit(1 << 30)\ndef call(): call()\ncall()",
    "priority and limits": """
import resource
tries(lambda: os.nice(-10))
tries(lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)) or "more memory")
""",
    "files at a time": """
held = []
try:
    while len(held) < 100:
        held.append(os.open("/dev/null", os.O_RDONLY))
    through("files", len(held))
except OSError:
    pass
""",
}
# Harmless ones, which get through where there is no sandbox: they do what they say.
THROUGH = (
    *("the home", "a secret file", "the environment", "passwords", "the machine's processes", "a link to a secret"),
    *("up and up", "a server on this machine", "a socket of this machine's", "files in memory", "files at a time"),
    *("memory", "memory that is shared", "its own files", "memory as a disk", "threads without end"),
)


@pytest.fixture(scope="module")
def listening() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.01)
    return server


def alive(mark: str) -> list[str]:
    """The processes of this machine whose command line holds `mark`."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if mark in line and "ps -ww" not in line]


@dataclass
class Prey:
    """What the attacks are after."""

    folder: Path
    port: int
    mark: str
    server: socket.socket
    canary: Path = field(init=False)

    def __post_init__(self) -> None:
        self.canary = self.folder / "secret.txt"
        self.canary.write_text(SECRET)

    def attack(self, name: str) -> str:
        """The program of that attack, which knows where everything is."""
        known = {"HOME": str(Path.home()), "CANARY": str(self.canary), "SECRET_VARIABLE": "CANARY_API_KEY"}
        known |= {"PORT": self.port, "ABSTRACT": self.mark, "ASKER": os.getpid()}  # type: ignore[dict-item]
        return "\n".join(f"{key} = {value!r}" for key, value in known.items()) + HEAD + ATTACKS[name]


@pytest.fixture
def prey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: socket.socket) -> Iterator[Prey]:
    monkeypatch.setenv("CANARY_API_KEY", SECRET)
    mark = f"mark{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX) as plain:
        plain.bind("\0" + mark)
        plain.listen()
        yield Prey(tmp_path, listening.getsockname()[1], mark, listening)


@pytest.mark.parametrize("name", ATTACKS)
def test_held(name: str, prey: Prey) -> None:
    started = time.monotonic()
    with made_folder({"test.py": prey.attack(name)}) as (work, user):
        program = ("python3", "-s", "-S", "-B", "test.py", prey.mark)
        ended = asyncio.run(run(Job(program, Folders(work), user, LIMITS)))
    output, errors = ended.output.decode(errors="replace"), ended.errors.decode(errors="replace")
    assert time.monotonic() - started < LIMITS.seconds + 5
    assert "THROUGH" not in output
    assert SECRET not in output + errors
    assert not any(name in errors for name in ("NameError", "SyntaxError", "ImportError", "AttributeError"))
    assert len(output) <= LIMITS.output_bytes
    assert (ended.cause is not None) == (ended.exit is None)
    assert prey.canary.read_text() == SECRET
    assert [path.name for path in prey.folder.iterdir()] == ["secret.txt"]
    assert not alive(prey.mark)
    with pytest.raises(TimeoutError):
        prey.server.accept()


@pytest.mark.parametrize("name", THROUGH)
def test_the_same_gets_through_without_a_sandbox(name: str, prey: Prey) -> None:
    work = prey.folder / "work"
    work.mkdir()
    (work / "test.py").write_text(prey.attack(name).replace("'/tmp'", repr(str(work))))
    done = subprocess.run([sys.executable, "test.py"], cwd=work, capture_output=True, text=True, timeout=20)
    assert "THROUGH" in done.stdout


def test_forty_and_more() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize(
    ("program", "exit_status", "cause"),
    [
        ("print('done')", 0, None),
        ("raise SystemExit(7)", 7, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", 139, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", None, "timeout"),
        ("while True: pass", None, "timeout"),
        ("import time; time.sleep(60)", None, "timeout"),
        ("while True: print('x' * 1000)", None, "output"),
        ("print('x' * 60_000)", None, "output"),
    ],
)
def test_how_it_ended(program: str, exit_status: int | None, cause: str | None) -> None:
    request = Execute(("python3", "test.py"), {"test.py": program}, Limits(seconds=1.0, output_bytes=50_000))
    ended = asyncio.run(execute(request))
    assert (ended.exit, ended.cause) == (exit_status, cause)


def test_no_other_end_can_be_told() -> None:
    """Even where a program can write where bwrap says how it ended."""
    program = """
import os, sys
for number in os.listdir("/proc/1/fd") if os.access("/proc/1/fd", os.R_OK) else ():
    try:
        os.write(os.open("/proc/1/fd/" + number, os.O_WRONLY | os.O_NONBLOCK), b'{ "exit-code": 0 }\\n')
    except OSError:
        pass
sys.exit(5)
"""
    ended = asyncio.run(execute(Execute(("python3", "test.py"), {"test.py": program})))
    assert (ended.exit, ended.cause) == (5, None)


def test_an_honest_program_has_what_it_needs() -> None:
    """Beside it lie its files; Python's library is there, threads and children are."""
    program = """
import sys
assert sys.version == VERSION and sys.base_prefix == PREFIX
import hashlib, json, math, random, subprocess, threading
thread = threading.Thread(target=print, args=("thread",))
thread.start(); thread.join()
print(open("beside.txt").read(), subprocess.run(["echo", "child"], capture_output=True, text=True).stdout, end="")
print(json.dumps([math.pi, hashlib.sha256(b"").hexdigest()[:4]]), sorted(set("abc")))
"""
    ours = f"VERSION, PREFIX = {sys.version!r}, {sys.base_prefix!r}\n"
    files = {"test.py": ours + program, "beside.txt": "äöü"}
    ended = asyncio.run(execute(Execute(("python3", "test.py"), files)))
    assert (ended.exit, ended.cause) == (0, None)
    assert ended.output == "thread\näöü child\n[3.141592653589793, \"e3b0\"] ['a', 'b', 'c']\n"


def test_a_program_that_is_not_there_is_one_that_failed() -> None:
    ended = asyncio.run(execute(Execute(("no-such-program",))))
    assert (ended.exit, ended.cause, ended.output) == (127, None, "")


def test_it_ends_with_the_one_who_asked(tmp_path: Path) -> None:
    """A killed process leaves no program behind."""
    mark = f"mark{time.monotonic_ns()}"
    code = f"""
import asyncio
from inoc_evals.protocols.requests import Execute
from inoc_evals.sandbox.running import execute
asyncio.run(execute(Execute(("python3", "-c", "import time; time.sleep(60)", {mark!r}))))
"""
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}) as asker:
        # Before the program runs bwrap has not yet bound itself to the one who asked.
        wait_until(lambda: any(line.split()[1] == "python3" for line in alive(mark)))
        asker.kill()
    wait_until(lambda: not alive(mark))


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_one_that_is_given_up_is_ended() -> None:
    mark = f"mark{time.monotonic_ns()}"

    async def give_up() -> None:
        program = ("python3", "-c", "import time; time.sleep(60)", mark)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(execute(Execute(program)), 1)

    asyncio.run(give_up())
    assert not alive(mark)
