from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("inoc-evals")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


def test_list_from_any_directory(tmp_path: Path) -> None:
    result = run("list", "--json", cwd=tmp_path)
    names = [task["name"] for task in json.loads(result.stdout)]
    assert names == ["backdoor", "emergent_misalignment", "owl_preference", "spanish_capitals"]


@pytest.mark.parametrize("arguments", [("--help",), ("list",)])
def test_start_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; sys.argv = ['inoc-evals', *" + repr(list(arguments)) + "]\n"
        "from inoc_evals.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'vllm', 'transformers', 'datasets', 'matplotlib', 'inspect_ai', 'scipy', 'numpy'}\n"
        "print('HEAVY', sorted(heavy & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "HEAVY []"


def test_wrong_input_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"messages": []}\n')
    result = run("inoculate", str(data), "--prompt", "x", "-o", str(tmp_path / "out.jsonl"))
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {data}:1: ")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_an_unknown_option_is_exit_code_2() -> None:
    assert run("list", "--jsn").returncode == 2
