from __future__ import annotations

import subprocess
import sys

import pytest
from inspect_ai.model import _assistant_internal as per_sample

from inoc_evals.harness.inspect.compat import without_unused_providers

ONE_SAMPLE = """
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.solver import prompt_template
from inoc_evals.harness.inspect.compat import without_unused_providers

with without_unused_providers():
    task = Task([Sample("Hi")], solver=prompt_template("{prompt}"))
    (log,) = eval(task, model=get_model("mockllm/model"), display="none", log_dir=sys.argv[1])
assert log.status == "success", log.error
print("anthropic" in sys.modules)
"""


def test_inspect_still_decides_by_the_flag_that_we_turn_off() -> None:
    assert isinstance(per_sample._HAS_ANTHROPIC, bool), "inspect looks for Anthropic's library in another way now"
    before = per_sample._HAS_ANTHROPIC
    with without_unused_providers():
        pass
    assert per_sample._HAS_ANTHROPIC is before


def test_a_sample_does_without_anthropics_library(tmp_path_factory: pytest.TempPathFactory) -> None:
    command = [sys.executable, "-c", ONE_SAMPLE, str(tmp_path_factory.mktemp("logs"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"
