"""What we need of inspect beyond its public interface, and what spares its start."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

from inspect_ai._util.constants import LOG_SCHEMA_VERSION
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import _assistant_internal as per_sample

__all__ = ["LOG_SCHEMA_VERSION", "PrerequisiteError", "import_ahead", "without_unused_providers"]

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
