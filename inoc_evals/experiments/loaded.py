"""An experiment with everything that its file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inoc_evals.definitions.document import YamlFile
from inoc_evals.definitions.experiment import Experiment
from inoc_evals.definitions.statements import Statement
from inoc_evals.experiments.generators.declaration import GeneratorOptions
from inoc_evals.experiments.rows import Row
from inoc_evals.experiments.transforms import Transform, TransformOptions
from inoc_evals.inoculation.interventions.declaration import Intervention, InterventionOptions
from inoc_evals.plan.compiled import Plan


@dataclass(frozen=True)
class PartRead:
    """One part of the data: its rows as their file has them (None: not here yet), the options of its generator, and the
    transformations with theirs."""

    rows: tuple[Row, ...] | None
    made_by: GeneratorOptions | None
    transforms: tuple[tuple[Transform, TransformOptions], ...]


@dataclass(frozen=True)
class Intervened:
    """The intervention of an arm with its options."""

    intervention: Intervention
    options: InterventionOptions


@dataclass(frozen=True)
class Loaded:
    """An experiment that was found to be right. `prompts` are each arm's, cycled by row; `recipes`, and `plans` by
    task, are those of each scale, `statements` in the order of `found`. `missing` says of a scale which published items
    are not here; the plans that need them have none. `interventions` are those of the arms that have one."""

    document: YamlFile
    experiment: Experiment
    parts: Mapping[str, PartRead]
    prompts: Mapping[str, tuple[str, ...]]
    recipes: Mapping[str, Mapping[str, Any]]
    plans: Mapping[str, Mapping[str, Plan]]
    statements: tuple[Statement, ...]
    missing: Mapping[str, tuple[str, ...]]
    interventions: Mapping[str, Intervened] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the file lies, and what stands beside it."""
        return self.document.path.parent
