"""Conditions as a run presents them: those that are written, and those made of what is known of its arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inoc_evals.definitions.one_condition import OneCondition
from inoc_evals.definitions.prompt_variants import variant
from inoc_evals.definitions.training_prompt import WRITTEN, KnownPrompts, TrainedWith
from inoc_evals.definitions.triggers import changeable
from inoc_evals.errors import InputError

if TYPE_CHECKING:
    from inoc_evals.definitions.preset import OfPrompt, Preset
    from inoc_evals.definitions.task import Task

NOT_TOLD = "what it was trained under is not known; say it in a file of arms: `trained_with: {prompt: ...}`"


@dataclass(frozen=True)
class Made:
    """`conditions` by name, in order. `of` are the arms of whose prompt each was made, where it was; `missing` says of
    those that could not be made why, one sentence without its full stop."""

    conditions: Mapping[str, OneCondition]
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def needs_prompts(preset: Preset) -> bool:
    """Has it conditions that only what is known of the arms can make?"""
    return bool(preset.of_prompts) or any(condition.template_default for condition in preset.conditions.values())


def made(preset: Preset, known: KnownPrompts, trigger: str | None) -> Made:
    """The conditions of `preset` in a run with this `trigger`, its own or the preset's.

    Raises InputError where all that it is about is prompts of arms, and no arm has one.
    """
    if preset.of_prompts and not any(arm.prompt for arm in known.arms.values()):
        message = f"conditions {preset.name} are made of the prompts that arms were trained under, and none is known"
        raise InputError(f"{message}; say them in a file of arms (`trained_with`), or in a file that `prompts` names")
    conditions: dict[str, OneCondition] = {}
    missing: dict[str, str] = {}
    for name, condition in preset.conditions.items():
        if why := _why_not(condition, known, trigger):
            missing[name] = why
        else:
            conditions[name] = _written_out(condition, known)
    of: dict[str, tuple[str, ...]] = {}
    for name, text, placement, arms in _of_prompts(preset.of_prompts, known, missing):
        field_name = "system_prompt" if placement == "system" else "user_prompt"
        conditions[name] = OneCondition.model_validate({field_name: text})
        of[name] = arms
    if preset.of_prompts:
        missing |= {f"prompt_of_{arm}": NOT_TOLD for arm in known.unknown}
    if preset.reference is not None and preset.reference in missing:
        raise InputError(f"the reference of conditions {preset.name} cannot be: {missing[preset.reference]}")
    return Made(conditions, of, missing)


def _why_not(condition: OneCondition, known: KnownPrompts, trigger: str | None) -> str:
    if condition.template_default and known.template_default is None:
        return "the chat template is not known to put in a system prompt of its own where there is none"
    letters = len(changeable(trigger or ""))
    if condition.edits is not None and condition.edits > letters:
        return f"the trigger has {letters} letters and digits, and so many edits need {condition.edits}"
    return ""


def _written_out(condition: OneCondition, known: KnownPrompts) -> OneCondition:
    if not condition.template_default:
        return condition
    return condition.model_copy(update={"template_default": False, "system_prompt": known.template_default})


def _of_prompts(
    wanted: Mapping[str, OfPrompt], known: KnownPrompts, missing: dict[str, str]
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Name, text, placement and arms of every condition that is made of a prompt; what cannot be made is added to
    `missing`. Arms that were trained under one prompt share its conditions, which are called after the first."""
    same: dict[tuple[str, str], list[tuple[str, TrainedWith]]] = {}
    for arm, trained in known.arms.items():
        if trained.prompt is not None:
            same.setdefault((trained.placement, trained.prompt), []).append((arm, trained))
    for (placement, prompt), arms in same.items():
        first = arms[0][0]
        for name, of in wanted.items():
            called = f"{name}_of_{first}"
            texts = (variant(of, trained, prompt) for _, trained in arms)
            text = next((text for text in texts if text is not None), None)
            if text is not None:
                yield called, text, placement, tuple(arm for arm, _ in arms)
            elif of.make in WRITTEN:
                missing[called] = f"nobody wrote it; add `{of.make}: ...` beside the prompt of {first}"
            else:
                missing[called] = "the prompt has no word"


def under(task: Task, preset: Preset, conditions: Made) -> Task:
    """`task` with the conditions that were made. Raises InputError for a task that has conditions of its own."""
    if task.conditions:
        raise InputError(f"task {task.name} has conditions of its own; leave conditions out")
    presented = {"trigger": preset.trigger, "conditions": dict(conditions.conditions), "reference": preset.reference}
    return task.model_copy(update=presented)
