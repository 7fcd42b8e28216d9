"""All interventions by name: the files of this folder that declare one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from inoc_evals.inoculation.interventions.declaration import Intervention


@cache
def interventions() -> dict[str, Intervention]:
    """Name -> intervention. A file whose intervention has another name than the file raises ValueError."""
    declared: dict[str, Intervention] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        intervention = getattr(import_module(f"{__package__}.{module}"), "INTERVENTION", None)
        if isinstance(intervention, Intervention):
            if intervention.name != module:
                raise ValueError(
                    f"the file {module}.py declares the intervention {intervention.name}; give both one name"
                )
            declared[module] = intervention
    return declared
