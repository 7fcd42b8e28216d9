"""What can be told to be wrong with a run of lm-eval before a model is loaded or a server started."""

from __future__ import annotations

import argparse
import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.blanking import looks_secret
from inoc_evals.definitions.arms import Variation
from inoc_evals.definitions.catalog import find_task, path_faults
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import did_you_mean, near, shown
from inoc_evals.harness.lm_eval.arguments import own_names
from inoc_evals.harness.lm_eval.documents import plan_of
from inoc_evals.harness.lm_eval.judges import chosen_judges, named_judges
from inoc_evals.plan.compiled import Plan, require_sandbox
from inoc_evals.plan.preflight import folder_faults, judge_faults
from inoc_evals.plan.varied import varied

# lm-eval hands these to every model.
_ALWAYS = frozenset({"self", "batch_size", "max_batch_size", "device"})


@dataclass(frozen=True)
class Asked:
    """The tasks of a run: those of `ours`, lm-eval's name for it -> our name, and whether there are `foreign` ones of
    lm-eval's own, which may read other metadata."""

    ours: Mapping[str, str]
    foreign: bool


def check_tasks(options: argparse.Namespace, config: Any, asked: Asked, faults: Faults) -> None:
    """Our tasks with their arguments and judges, and what else of the options is about them."""
    faults.add(*path_faults())
    ours = asked.ours
    plans: list[Plan] = []
    known: set[str] = set()
    for ours_name in dict.fromkeys(ours.values()):
        with faults.collected():
            known |= {*own_names(find_task(ours_name)[1])}
            plans.append(plan_of(ours_name, config.metadata))
            require_sandbox(plans[-1], "lm-eval")
    if ours and not asked.foreign and known:
        faults.add(*(_unknown_key(key, known) for key in options.metadata or {} if key not in known))
    judged = [plan for plan in plans if plan.judged]
    if judged:
        with faults.collected():
            chosen_judges([f"inoc_{plan.task.name}" for plan in judged], judged[0].ratings)
        faults.add(*judge_faults(named_judges()))
    if ours and config.system_instruction is not None:
        remedy = 'leave --system_instruction out and write --metadata \'{"system_prompt": "..."}\''
        faults.add(f"our tasks take their system prompt as absent, empty or a text; {remedy}")
    if ours and config.num_fewshot:
        faults.add("our tasks have no examples; leave --num_fewshot out")


def check_variations(variations: Mapping[str, Variation], config: Any, asked: Asked, faults: Faults) -> None:
    """What the arms, by label, vary: our tasks must be able to be asked so, and lm-eval's own cannot be."""
    if variations and asked.foreign:
        message = f"arm {next(iter(variations))} varies how it is asked, which reaches our tasks only"
        faults.add(f"{message}; leave lm-eval's own tasks out, or run them by themselves")
    for label, variation in variations.items():
        for name in dict.fromkeys(asked.ours.values()):
            with faults.collected():
                plan_of(name, varied(config.metadata or {}, label, variation, "--metadata"))


def check_places(options: argparse.Namespace, config: Any, serves: bool, faults: Faults) -> None:
    """The folders that are read and written; `serves`: with the log of a server."""
    if config.include_path and not os.path.isdir(config.include_path):  # noqa: PTH112
        faults.add(f"--include_path {config.include_path} is no folder; correct it")
    if config.output_path:
        path = Path(config.output_path)
        faults.add(
            *(f"--output_path {fault}" for fault in folder_faults(path.parent if path.suffix == ".json" else path))
        )
    if looks_secret(str(config.model_args)):
        faults.add("--model_args holds a key, which the results show; put it in OPENAI_API_KEY or HF_TOKEN")
    if serves:
        faults.add(*(f"--log {fault}" for fault in folder_faults(options.log.parent)))
        if os.path.isdir(options.log):  # noqa: PTH112
            faults.add(f"--log {options.log} is a folder; name a file")


def check_foreign(names: Sequence[str], manager: Any, faults: Faults) -> None:
    """Names of lm-eval's own tasks, groups and tags; what is a file or a pattern is lm-eval's to read."""
    known = {*manager.all_tasks, *manager.all_groups, *manager.all_tags}
    for name in names:
        if os.path.isdir(name):  # noqa: PTH112
            faults.add(f"{shown(name)} is a folder; name a task, or give the folder to --include_path")
        elif name.endswith((".yaml", ".yml")):
            if not os.path.exists(name):  # noqa: PTH110
                faults.add(f"there is no file {shown(name)} of a task; correct it")
        elif name not in known and not manager.match_tasks([name]):
            hint = did_you_mean(name, known) or "; `lm_eval ls tasks` lists lm-eval's, `inoc-evals list` ours"
            faults.add(f"there is no task {shown(name)}{hint}")


def check_model(config: Any, given: bool, faults: Faults) -> None:
    """lm-eval's model; `given` says whether the user named one. Its module is loaded, as the run needs it anyway."""
    from lm_eval.api.registry import get_model, model_registry

    if not given:
        what = "--arms FOLDER... for adapters on one server, --url for a running server, or --model and --model_args"
        faults.add(f"nothing is named that could be evaluated; write {what}")
        return
    import lm_eval.models  # noqa: F401 - fills the registry

    if config.model not in model_registry:
        hint = did_you_mean(str(config.model), model_registry.keys())
        remedy = hint or f"; there are: {', '.join(sorted(model_registry.keys()))}"
        faults.add(f"lm-eval has no model {shown(config.model)}{remedy}")
        return
    if faults:
        return
    try:
        found = get_model(config.model)
    except ImportError as error:
        faults.add(f"--model {config.model} cannot be used: {' '.join(str(error).split())}")
        return
    wanted = [
        name
        for name, parameter in inspect.signature(found.__init__).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and name not in _ALWAYS | {*config.model_args}
    ]
    if wanted:
        faults.add(f"--model {config.model} needs --model_args {','.join(f'{name}=...' for name in wanted)}")


def _unknown_key(key: str, known: set[str]) -> str:
    meant = near(key, known)
    remedy = f"did you mean {meant!r}?" if meant else f"choose from {', '.join(sorted(known))}"
    return f"metadata {shown(key)} is no argument of the tasks named; {remedy}"
