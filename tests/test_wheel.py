"""The wheel in an empty environment, without extras: what is there then, and what is said of the rest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
EXTRAS = ("lm-eval", "report", "train", "vllm")

# inspect's mock model counts tokens with a file that inspect fetches. Bytes do as well, and need no network.
TOKENS = """
import tiktoken

single = {bytes([number]): number for number in range(256)}
encoding = tiktoken.Encoding("bytes", pat_str=".", mergeable_ranks=single, special_tokens={})
tiktoken.get_encoding = lambda name: encoding
"""


@dataclass(frozen=True)
class Installed:
    """An environment with nothing but the wheel and what it needs."""

    wheel: Path
    scripts: Path
    folder: Path

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "INOC_", "VIRTUAL"))
        }
        return subprocess.run(
            [self.scripts / script, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**kept, "INOC_EVALS_CACHE": str(self.folder / "cache"), **environment},
            timeout=300,
        )


def uv(*arguments: str | Path) -> bool:
    """Whether uv did it from what it has; else with the package index. Raises CalledProcessError if not even then."""
    if subprocess.run([UV, *arguments, "--offline"], capture_output=True, check=False).returncode == 0:
        return True
    subprocess.run([UV, *arguments], check=True)
    return False


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, because a checkout may hold what must not be needed, and a build may leave something behind.
    source = folder / "source"
    source.mkdir()
    for name in ("inoc_evals", "tasks", "judges", "conditions", "experiments"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    uv("build", "--quiet", "--wheel", "--out-dir", folder / "dist", source)
    (wheel,) = (folder / "dist").glob("*.whl")
    uv("venv", "--quiet", "--python", sys.executable, folder / "environment")
    scripts = folder / "environment" / "bin"
    uv("pip", "install", "--quiet", "--python", scripts / "python", wheel)
    (folder / "tokens").mkdir()
    (folder / "tokens" / "sitecustomize.py").write_text(TOKENS)
    empty = folder / "empty"
    empty.mkdir()
    return Installed(wheel, scripts, empty)


def test_the_tasks_run_in_inspect(installed: Installed) -> None:
    heavy = installed.run(
        "python", "-c", "import importlib.util as u; print(u.find_spec('torch'), u.find_spec('vllm'))"
    )
    assert heavy.stdout.split() == ["None", "None"]
    listed = installed.run("inoc-evals", "list")
    assert listed.returncode == 0, listed.stderr
    assert "owl_preference " in listed.stdout
    model = ("--model", "mockllm/model", "--limit", "2", "--display", "plain")
    tokens = str(installed.folder.parent / "tokens")
    ran = installed.run("inspect", "eval", "inoc_evals/owl_preference", *model, PYTHONPATH=tokens)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    # The mock model answers "Default output from mockllm/model", which names no owl.
    assert re.search(r"preference_exact\s+0\.000", ran.stdout), ran.stdout
    assert re.search(r"preference_exact_n\s+2\.000", ran.stdout), ran.stdout
    (log,) = (installed.folder / "logs").glob("*owl-preference*.eval")
    shown = installed.run("inoc-evals", "report", str(log))
    assert shown.returncode == 2
    assert re.fullmatch(
        r"error: a report needs ([a-z0-9]+, )*matplotlib(, [a-z0-9]+)*; pip install 'inoc-evals\[report\]'\n",
        shown.stderr,
    )


def test_what_is_not_installed_is_named_with_the_extra_to_install(installed: Installed) -> None:
    looked = installed.run("inoc-evals", "doctor", COLUMNS="400")
    lines = {words[1]: line for line in looked.stdout.splitlines() if len(words := re.split(r"  +", line)) > 1}
    for extra in EXTRAS:
        line = lines["vLLM" if extra == "vllm" else f"extra {extra}"]
        assert line.startswith("missing ")
        assert f"pip install 'inoc-evals[{extra}" in line
    asked = installed.run("inoc-evals", "lm-eval", "--tasks", "inoc_owl_preference")
    assert asked.returncode == 1
    assert asked.stderr == "error: this needs lm_eval, which is not installed; pip install 'inoc-evals[lm-eval]'\n"


def test_a_task_of_ones_own_needs_no_extra(installed: Installed) -> None:
    assert installed.run("inoc-evals", "new", "task", "mine").returncode == 0
    listed = installed.run("inoc-evals", "list", INOC_EVALS_PATH=str(installed.folder))
    assert listed.returncode == 0, listed.stderr
    assert "\nmine " in listed.stdout


def test_the_wheel_says_its_licence_and_holds_it(installed: Installed) -> None:
    with ZipFile(installed.wheel) as wheel:
        (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        assert "\nLicense-Expression: MIT\n" in wheel.read(about).decode()
        (licence,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_experiments_are_in_the_wheel(installed: Installed) -> None:
    listed = installed.run("inoc-evals", "experiment", "list")
    assert listed.returncode == 0, listed.stderr
    assert "spanish_capitals" in listed.stdout
    assert installed.run("inoc-evals", "new", "experiment", "mine").returncode == 0
