"""Our sandbox as inspect's own tools see it: inspect's checks of every sandbox, and what they do not check."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import sandbox
from inspect_ai.util._sandbox import self_check

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.sandboxes import BwrapSandbox, run_code
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.protocols.requests import Execute
from tests.harness.unseen import eval

CHECKS = {name: check for name, check in vars(self_check).items() if name.startswith("test_")}
# What is not so here, and why.
OTHERWISE = {
    "test_read_file_is_directory": "there is no /etc",
    "test_exec_permission_error": "there is no /etc",
    "test_exec_as_user": "there is one user",
    "test_exec_as_nonexistent_user": "there is one user",
}


@pytest.fixture
def environment() -> Iterator[BwrapSandbox]:
    made = BwrapSandbox()
    yield made
    asyncio.run(BwrapSandbox.sample_cleanup("t", None, {"default": made}, False))


@pytest.mark.parametrize("name", sorted(CHECKS.keys() - OTHERWISE.keys()))
def test_inspects_own_checks(name: str, environment: BwrapSandbox) -> None:
    assert list(inspect.signature(CHECKS[name]).parameters) == ["sandbox_env"]
    asyncio.run(CHECKS[name](environment))


def test_nothing_of_the_machine_is_read_or_written_through_a_link(environment: BwrapSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")

    async def attack() -> None:
        await environment.exec(["ln", "-s", str(secret), "link"])
        await environment.exec(["ln", "-s", str(tmp_path), "folder"])
        with pytest.raises(FileNotFoundError):
            await environment.read_file("link")
        with pytest.raises(OSError, match="folder/written"):
            await environment.write_file("folder/written", "x")
        with pytest.raises(OSError, match="secret"):
            await environment.read_file(f"/proc/1/root{secret}")

    asyncio.run(attack())
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert secret.read_text() == "hidden"


def test_a_file_that_is_no_program(environment: BwrapSandbox) -> None:
    async def run() -> None:
        await environment.write_file("plain", "x")
        with pytest.raises(PermissionError, match=r"\./plain"):
            await environment.exec(["./plain"])
        assert (await environment.exec(["no-such-program"])).returncode == 127

    asyncio.run(run())


def test_a_disk_that_is_filled_ends_the_program(environment: BwrapSandbox) -> None:
    fill = "for i in $(seq 100); do head -c 20000000 /dev/zero > f$i; done"
    with pytest.raises(OSError, match="it wrote more than 512 MB"):
        asyncio.run(environment.exec(["sh", "-c", fill]))


def test_files_stay_from_one_call_to_the_next_and_go_with_the_sample() -> None:
    async def use() -> Path:
        made = (await BwrapSandbox.sample_init("t", None, {}))["default"].as_type(BwrapSandbox)
        await made.exec(["sh", "-c", "echo kept > a; echo too > /tmp/b"])
        assert await made.read_file("a") == "kept\n"
        assert await made.read_file("../tmp/b") == "too\n"
        folder = made._folders.work
        assert (folder / "a").exists()
        await BwrapSandbox.sample_cleanup("t", None, {"default": made}, False)
        return folder

    assert not asyncio.run(use()).exists()


@solver
def asks() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        told = await sandbox().exec(["python3", "-c", "print(open('given.txt').read() + str(6 * 7))"])
        state.output.completion = told.stdout + told.stderr
        return state

    return solve


@scorer(metrics=[])
def heard() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=1, answer=state.output.completion)

    return score


def test_a_task_of_others_can_name_it(tmp_path: Path) -> None:
    sample = Sample(input="Go on.", files={"given.txt": "the answer: "})
    task = Task(dataset=[sample], solver=asks(), scorer=heard(), sandbox="bwrap")
    (log,) = eval(task, model=get_model("mockllm/model"), display="none", log_dir=str(tmp_path))
    assert log.status == "success"
    assert log.samples
    assert log.samples[0].output.completion == "the answer: 42\n"


def test_inspects_local_sandbox_is_refused_before_the_model_is_asked(tmp_path: Path) -> None:
    model = get_model("mockllm/model")
    (log,) = eval(build("reward_hacking", limit=1), model=model, sandbox="local", display="none", log_dir=str(tmp_path))
    assert log.status == "error"
    assert log.error
    assert "inspect's sandbox 'local' isolates nothing" in log.error.message
    assert not log.stats.model_usage
    with pytest.raises(InputError, match="sandbox cannot be 'local'"):
        build("reward_hacking", sandbox="local")


def test_a_log_is_scored_anew_in_our_own() -> None:
    """Outside of a sample there is no sandbox of inspect's."""
    assert asyncio.run(run_code(Execute(("echo", "here")))).output == "here\n"
