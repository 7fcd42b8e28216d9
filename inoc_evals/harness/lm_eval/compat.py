"""What we need of lm-eval beyond its documented interface. A test says which version no longer has it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from inoc_evals.client.endpoint import OFF, ON
from inoc_evals.client.thinking import PROBE
from inoc_evals.plan.thinking import SWITCH


def add_run_command(commands: Any) -> ArgumentParser:
    """The parser of lm-eval's own `run`, added to argparse's `commands`."""
    from lm_eval._cli.run import Run

    Run.create(commands)
    parser: ArgumentParser = commands.choices["run"]
    return parser


def load_entry(path: Path) -> Any:
    """A YAML file as lm-eval reads it, its `!function`s imported."""
    from lm_eval.tasks._yaml_loader import load_yaml

    return load_yaml(path, resolve_func=True)


def keeps_answers(backend: object) -> bool:
    """Does lm-eval's model hand out answers that it kept under --use_cache?"""
    return getattr(getattr(backend, "cache_hook", None), "dbdict", None) is not None


def tells_tokens(backend: object) -> bool:
    """Does lm-eval's model have `answer_tokens`?"""
    return hasattr(backend, "_encode_pair")


def answer_tokens(backend: Any, context: Any, text: str) -> list[int]:
    """The tokens of `text` as the beginning of the answer to `context`."""
    tokens: list[int] = backend._encode_pair(context, text)[1]
    return tokens


def adapter_of(backend: object) -> object | None:
    """The LoRA adapter of lm-eval's vLLM model; None where it has none or is another model."""
    return getattr(backend, "lora_request", None)


def cuts_reasoning(backend: object) -> bool:
    """Does lm-eval's model cut off what stands before a mark (its think_end_token)?"""
    return getattr(backend, "think_end_token", None) is not None


def enabled_thinking(backend: object) -> bool | None:
    """What lm-eval's model, which applies a chat template itself, gives it as enable_thinking; None for nothing."""
    given = getattr(backend, "enable_thinking", None)
    return given if given is not None else (getattr(backend, "chat_template_args", None) or {}).get(SWITCH)


def prompt_and_limit(backend: Any, prompt: str) -> tuple[int, int | None]:
    """How many tokens a prompt has for lm-eval's model, and how many it and its reply may have together: of a longer
    prompt lm-eval would cut off the beginning. None where the model does not tell."""
    limit = getattr(backend, "max_length", None)
    if not isinstance(limit, int) or not hasattr(backend, "tok_encode"):
        return 0, None
    return len(backend.tok_encode(prompt)), limit


def template_thinks(backend: Any) -> bool:
    """Does the chat template that lm-eval's model applies know of thinking, and render prompts as with it?"""
    tokenizer: Any = getattr(backend, "tokenizer", None)
    given = getattr(backend, "chat_template_args", None) or {}
    if not hasattr(tokenizer, "apply_chat_template"):
        return False
    enabled = enabled_thinking(backend)
    given = given if enabled is None else {**given, SWITCH: enabled}
    chat = [{"role": "user", "content": PROBE}]
    as_it_is, on, off = (
        tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, **{**given, **how})
        for how in ({}, ON, OFF)
    )
    return bool(on != off and as_it_is == on)


def only_predicts(task: Any) -> bool:
    """Does lm-eval run this task without its metrics (--predict_only)?"""
    return "bypass" in task._metric_fn_list


def own_aggregations(task: Any) -> dict[str, Any]:
    """Metric name -> aggregation, of the metrics that lm-eval itself gave the task."""
    return dict(task._aggregation_list)


def chat_body(model: Any, messages: list[dict[str, str]], settings: dict[str, Any]) -> dict[str, Any]:
    """What lm-eval's chat model sends for `messages` under a task's generation settings."""
    # lm-eval takes out of the settings what it has a name of its own for.
    body: dict[str, Any] = model._create_payload(messages, generate=True, gen_kwargs={**settings}, seed=model._seed)
    return body


def written_by(tracker: Any) -> tuple[str, str]:
    """The folder's name and the time in the files' names that lm-eval's tracker writes."""
    return str(tracker.general_config_tracker.model_name_sanitized), str(tracker.date_id)
