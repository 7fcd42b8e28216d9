"""lm-eval still has what we need of it beyond its documented interface; a failure here names the version."""

from __future__ import annotations

import argparse
import inspect
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lm_eval.api.model import CachingLM
from lm_eval.api.task import ConfigurableTask
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.openai_completions import LocalChatCompletion

from inoc_evals.harness.lm_eval import compat

BROKE = f"lm-eval {version('lm_eval')} has another inside; see harness/lm_eval/compat.py"


def chat_model() -> LocalChatCompletion:
    return LocalChatCompletion(base_url="http://127.0.0.1:9/v1/chat/completions", model="arm", num_concurrent=2)


def test_the_options_of_its_run_command() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    parser = compat.add_run_command(commands)
    assert {"--tasks", "--output_path", "--metadata"} <= parser._option_string_actions.keys(), BROKE


def test_its_reader_of_yaml_imports_functions(tmp_path: Path) -> None:
    file = tmp_path / "entry.yaml"
    file.write_text("task: x\nclass: !function inoc_evals.harness.lm_eval.task.InocTask\n")
    assert inspect.isclass(compat.load_entry(file)["class"]), BROKE


def test_the_body_of_a_chat_request_leaves_the_settings_as_they_are() -> None:
    settings: dict[str, Any] = {"until": ["x"], "temperature": 0.7, "max_gen_toks": 5, "top_k": 0, "seed": None}
    before = dict(settings)
    body = compat.chat_body(chat_model(), [{"role": "user", "content": "Hi"}], settings)
    assert settings == before
    wanted = {"model": "arm", "temperature": 0.7, "max_tokens": 5, "stop": ["x"], "top_k": 0, "seed": None}
    assert body == {"messages": [{"role": "user", "content": "Hi"}], **wanted}, BROKE


def test_what_a_chat_model_is_told() -> None:
    model = chat_model()
    for name in ("model", "api_key", "timeout", "max_retries", "base_url", "_concurrent", "_seed"):
        assert hasattr(model, name), f"no {name}: {BROKE}"
    assert compat.tells_tokens(model), BROKE
    assert not compat.keeps_answers(model)
    assert compat.adapter_of(model) is None


def test_a_model_that_keeps_its_answers_is_known(tmp_path: Path) -> None:
    model = chat_model()
    CachingLM(model, str(tmp_path / "answers"))
    assert compat.keeps_answers(model), BROKE


def test_the_adapter_of_its_vllm_model_lies_where_we_look() -> None:
    # Importing it needs the vLLM for GPUs.
    spec = find_spec("lm_eval.models.vllm_causallms")
    assert spec is not None, BROKE
    assert spec.origin is not None, BROKE
    assert "self.lora_request = LoRARequest(" in Path(spec.origin).read_text(), BROKE


def test_a_task_that_only_predicts() -> None:
    source = inspect.getsource(ConfigurableTask)
    assert "self._metric_fn_list" in source, BROKE
    assert "self._aggregation_list" in source, BROKE
    assert '"bypass"' in inspect.getsource(inspect.getmodule(ConfigurableTask) or ConfigurableTask), BROKE


def test_the_names_of_the_files_that_it_writes(tmp_path: Path) -> None:
    tracker = EvaluationTracker(output_path=str(tmp_path))
    tracker.general_config_tracker.log_experiment_args("local", "model=arm", "", "", False)
    tracker.save_results_aggregated({"config": {}, "results": {}}, None)
    name, date = compat.written_by(tracker)
    assert [file.name for file in (tmp_path / name).iterdir()] == [f"results_{date}.json"], BROKE
