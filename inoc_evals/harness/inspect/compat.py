"""What we need of inspect beyond its public interface, and what spares its start."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from zipfile import ZipFile

import click
from inspect_ai import Task
from inspect_ai._display.core.active import display
from inspect_ai._eval import loader, registry
from inspect_ai._util.constants import LOG_SCHEMA_VERSION
from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.logger import _logHandler, init_logger
from inspect_ai._util.registry import registry_info, registry_lookup, registry_params
from inspect_ai.model import Model, ModelOutput
from inspect_ai.model import _assistant_internal as per_sample
from inspect_ai.model._generate_config import active_generate_config
from inspect_ai.model._reasoning import parse_content_with_reasoning
from inspect_ai.util._display import init_display_type
from rich import get_console
from rich.console import Console

__all__ = [
    "LOG_SCHEMA_VERSION",
    "PrerequisiteError",
    "arguments_taken",
    "close_connections",
    "import_ahead",
    "limit_of_answers",
    "load_tasks",
    "log_to_stderr",
    "open_log",
    "parameters_of",
    "parted",
    "without_screen",
    "without_unused_providers",
]

_ANTHROPIC = "inspect_ai.model._providers.anthropic"
# What inspect imports with the first sample, and we with the first answer.
_LATE = ("openai", "acp.schema", "inspect_ai.model._openai_responses", "wordfreq")


@contextmanager
def without_unused_providers() -> Iterator[None]:
    """Spare the import of Anthropic's library (2 to 4 s), which inspect does for every sample where it is installed.

    It has nothing to prepare there unless a model of Anthropic's exists by now. For our own tasks only: a foreign one
    may make such a model within a sample.
    """
    before = per_sample._HAS_ANTHROPIC
    per_sample._HAS_ANTHROPIC = before and _ANTHROPIC in sys.modules
    try:
        yield
    finally:
        per_sample._HAS_ANTHROPIC = before


@contextmanager
def without_screen() -> Iterator[None]:
    """Let inspect draw on a console that shows nothing, and does not work out what it would show. It would put its
    screen, which is empty where nothing is to be displayed, into a notebook, and silence the console of the whole
    program for good; and laying out a table of the results of 200 tasks takes rich a minute."""
    console = get_console()
    before = console.__dict__
    init_display_type("none")
    # Made with the first run, when it sets up the console.
    display()
    console.__dict__ = {**Console(quiet=True, force_jupyter=False).__dict__, "print": lambda *_, **__: None}
    try:
        yield
    finally:
        console.__dict__ = before


def log_to_stderr() -> None:
    """Let what is logged from now on go to standard error, a message as it stands. From its first run on inspect prints
    all that the program logs to its console: to standard output, beside a document, and to nobody in `without_screen`.
    """
    init_logger(None)
    handler = _logHandler["handler"]
    if handler is not None and handler.logger_format == "rich":
        handler.emit_display = lambda record: click.echo(handler.format(record), err=True)  # type: ignore[method-assign]


@dataclass(frozen=True)
class _Parting:
    """What is to be done with an output before inspect keeps it, and whether its raw reply is to be forgotten."""

    part: Callable[[ModelOutput], None]
    forget: bool


_parting: ContextVar[_Parting | None] = ContextVar("parting", default=None)
_PARTING = "_inoc_evals_parting"


def _split(content: str) -> Any:
    return parse_content_with_reasoning(content) if _parting.get() is None else (content, None)


@contextmanager
def parted(model: Model, part: Callable[[ModelOutput], None], *, forget: bool) -> Iterator[None]:
    """Within the block `part` is handed the outputs of `model`, to change them in place before inspect keeps them; with
    `forget` the raw replies are not kept.

    Of an OpenAI-compatible model the text is as it came: inspect takes a <think> block out of it wherever it stands,
    and then nobody can tell any more whether an answer speaks of one.
    """
    # Models behind OpenAI's protocol have imported it, and OpenAI's library with it, which need not be installed.
    if (openai := sys.modules.get("inspect_ai.model._openai")) is not None:
        openai.parse_content_with_reasoning = _split  # type: ignore[attr-defined]
    if not hasattr(model.api, _PARTING):
        generate = model.api.generate

        async def changed(*given: Any, **named: Any) -> Any:
            found = await generate(*given, **named)
            output, call = found if isinstance(found, tuple) else (found, None)
            if (parting := _parting.get()) is not None and isinstance(output, ModelOutput):
                parting.part(output)
                if parting.forget and call is not None:
                    call.response = None
            return found

        model.api.generate = changed  # type: ignore[method-assign]
        setattr(model.api, _PARTING, True)
    before = _parting.set(_Parting(part, forget))
    try:
        yield
    finally:
        _parting.reset(before)


def limit_of_answers() -> int | None:
    """How many tokens an answer of the evaluated model may take, as the running task and its user say."""
    return active_generate_config().max_tokens


async def close_connections(models: Iterable[Model]) -> None:
    """Close the connections of models behind OpenAI's protocol, which are opened anew with the next request. inspect
    leaves those of every model open for as long as there is the model."""
    # Whose models have imported it, and OpenAI's library with it, which need not be installed.
    provider = sys.modules.get("inspect_ai.model._providers.openai_compatible")
    for model in models:
        if provider is not None and isinstance(model.api, provider.OpenAICompatibleAPI):
            await model.api.aclose()
            model.api.initialize()


def import_ahead() -> None:
    """Begin to import, beside other work, what the first sample needs."""

    def load() -> None:
        for name in _LATE:
            with suppress(ImportError):  # whoever needs it says what is missing
                importlib.import_module(name)

    Thread(target=load, name="imports", daemon=True).start()


def open_log(file: Path) -> ZipFile:
    """The archive that a log in inspect's own format is. Raises what zipfile raises.

    inspect teaches zipfile the compression of its logs, and reads all of a log where we need a tenth.
    """
    importlib.import_module("inspect_ai._util.zipfile")
    return ZipFile(file)


def load_tasks(spec: str, arguments: Mapping[str, Any]) -> list[Task]:
    """The tasks of the file FILE.py[@TASK] or of that name in inspect's registry, and none for anything else: inspect
    would go through folders and run what it finds there. It only logs a warning about arguments that tasks do not
    take."""
    file = spec.rpartition("@")[0] or spec
    if not file.endswith(".py") and not spec.startswith("hf/") and registry_lookup("task", spec) is None:
        return []
    warnings = logging.getLogger(registry.__name__)
    before, warnings.disabled = warnings.disabled, True
    try:
        return loader.load_tasks([spec], dict(arguments))
    finally:
        warnings.disabled = before


def arguments_taken(task: Task) -> Mapping[str, Any]:
    """The arguments with which a loaded task was made."""
    return registry_params(task)


def parameters_of(task: Task) -> list[str]:
    """The names of all arguments that a loaded task takes."""
    function = registry_lookup("task", registry_info(task).name)
    return [str(name) for name in registry_info(function).metadata["params"]] if function is not None else []
