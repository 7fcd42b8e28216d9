"""All generators by name: the files of this folder that declare one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from inoc_evals.experiments.generators.declaration import Generator


@cache
def generators() -> dict[str, Generator]:
    """Name -> generator. A file whose generator has another name than the file raises ValueError."""
    declared: dict[str, Generator] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        generator = getattr(import_module(f"{__package__}.{module}"), "GENERATOR", None)
        if isinstance(generator, Generator):
            if generator.name != module:
                raise ValueError(f"the file {module}.py declares the generator {generator.name}; give both one name")
            declared[module] = generator
    return declared
