"""What is done in each arm of an experiment to keep a trait away, in a few words: the kind of its intervention."""

from __future__ import annotations

from inoc_evals.definitions.arms import CONTROL
from inoc_evals.definitions.experiment import ExperimentArm
from inoc_evals.experiments.loaded import Loaded

NONE = "none"


def kinds(loaded: Loaded, scale: str) -> dict[str, str]:
    """The kind of each arm, several joined by "and"; `NONE` for one that is trained and asked without anything."""
    experiment = loaded.experiment
    usual = experiment.arm_data(experiment.reference, scale)
    found = {}
    for name, arm in experiment.arms.items():
        told = loaded.interventions.get(name)
        # Clean rows afterwards are other rows by what they are.
        own = told is None and not arm.untrained and experiment.arm_data(name, scale) != usual
        parts = [
            "untrained" if arm.untrained else "",
            "other data" if own else "",
            told.intervention.kind if told is not None else "",
            _prompt(arm, loaded.prompts[name], told is not None and told.intervention.needs_prompt),
            _evaluation(arm),
        ]
        found[name] = " and ".join(filter(None, parts)) or NONE
    return found


def _prompt(arm: ExperimentArm, prompts: tuple[str, ...], said: bool) -> str:
    """The kind of its prompt in training; "" where there is none, or it is `said` already."""
    if not prompts or said:
        return ""
    if arm.on_tags is not None:
        return "prompt on a share of rows"
    if arm.role == CONTROL and not arm.asks_for:
        return "placebo prompt"
    return "inoculation prompt" if len(prompts) == 1 else "pool of inoculation prompts"


def _evaluation(arm: ExperimentArm) -> str:
    """The kind of what it changes at evaluation."""
    given = arm.variation.given()
    if "steer" in given:
        return "steering at evaluation"
    if {"system_prompt", "user_prompt", "prefill"} & given.keys():
        return "prompt at evaluation"
    return "other decoding" if given else ""
