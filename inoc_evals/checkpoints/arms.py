"""The arms of a comparison: what the user writes as [ARM=]CHECKPOINT, resolved and grouped by base."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.checkpoints.embedded import NAME
from inoc_evals.checkpoints.resolve import HUB_ID, Checkpoint, resolve
from inoc_evals.spec.address import check_address
from inoc_evals.spec.errors import InputError

LABEL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
# Prefixes of inspect's own providers: models behind an interface, of which we have no weights.
PROVIDERS = "openai anthropic google openrouter together groq mistral azureai bedrock openai-api grok fireworks mockllm"
HOSTED = tuple(f"{provider}/" for provider in PROVIDERS.split())


@dataclass(frozen=True)
class Member:
    """One checkpoint of an arm. `label` is unique in the comparison; without a `checkpoint` the model is hosted."""

    arm: str
    label: str
    reference: str
    checkpoint: Checkpoint | None


def read_arms(texts: Sequence[str], progress: Callable[[str], None] = lambda _: None) -> tuple[Member, ...]:
    """Members in the order given; an arm named several times has as many seeds. Raises InputError.

    Without a name the arm is called after its checkpoint. A checkpoint is what `resolve` takes, a model of one of
    inspect's providers, or URL#MODEL.
    """
    if not texts:
        raise InputError("there is no checkpoint; write [ARM=]CHECKPOINT, as in none=runs/none inoculated=runs/inoc")
    pairs = [_split(text) for text in texts]
    seen: dict[tuple[str, str], str] = {}
    members: list[Member] = []
    for arm, reference in pairs:
        if (arm, reference) in seen:
            raise InputError(f"{reference!r} is named twice in arm {arm}; name each checkpoint once")
        seen[arm, reference] = reference
        check_address(reference, "INOC_CHECKPOINT_API_KEY")
        same = [other for other, _ in pairs].count(arm)
        label = arm if same == 1 else f"{arm}-s{1 + sum(member.arm == arm for member in members)}"
        members.append(
            Member(arm, label, reference, None if is_hosted(reference) else resolve(reference, progress=progress))
        )
    return tuple(members)


def is_hosted(reference: str) -> bool:
    """Is this a model behind an interface, by provider or by address?"""
    return reference.startswith(("http://", "https://", *HOSTED))


def _split(text: str) -> tuple[str, str]:
    arm, given, reference = text.partition("=")
    # An address may hold an equals sign; what stands before it is then no name.
    if not given or not LABEL.match(arm):
        arm, reference = _named_after(text), text
    if not reference:
        raise InputError(f"{text!r} names no checkpoint; write ARM=CHECKPOINT")
    return arm, reference


def _named_after(reference: str) -> str:
    last = reference.rstrip("/").rsplit("#", 1)[-1].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", last).strip("-.") or "model"
    return name if LABEL.match(name) else f"m-{name}"


@dataclass(frozen=True)
class Served:
    """One base model and the members that share its server: the base itself and adapters by label."""

    base: Checkpoint
    plain: Member | None
    adapters: Mapping[str, Path]


def by_base(members: Sequence[Member]) -> tuple[Served, ...]:
    """Local members grouped by base, in order of first appearance.

    Adapters name their base in their configuration. Raises InputError where one base is named by several labels.
    """
    groups: dict[str, list[Member]] = {}
    bases: dict[str, Checkpoint] = {}
    for member in members:
        if member.checkpoint is None:
            continue
        base = _base_of(member.checkpoint)
        bases.setdefault(base.base, base)
        groups.setdefault(base.base, []).append(member)
    found = []
    for key, group in groups.items():
        plain = [member for member in group if member.checkpoint is not None and member.checkpoint.adapter is None]
        if len(plain) > 1:
            names = " and ".join(member.label for member in plain)
            raise InputError(f"{names} are one model without an adapter; name it once")
        adapters = {m.label: m.checkpoint.adapter for m in group if m.checkpoint and m.checkpoint.adapter}
        found.append(Served(bases[key], plain[0] if plain else None, adapters))
    return tuple(found)


def _base_of(checkpoint: Checkpoint) -> Checkpoint:
    if checkpoint.adapter is None:
        return checkpoint
    if checkpoint.base != NAME and not Path(checkpoint.base).is_dir() and not HUB_ID.match(checkpoint.base):
        config = checkpoint.adapter / "adapter_config.json"
        remedy = "its base_model_name_or_path is no folder here and no hub id; correct it"
        raise InputError.at(config, f"the base {checkpoint.base!r} cannot be found: {remedy}")
    base = resolve(checkpoint.base)
    if base.adapter is not None:
        raise InputError.at(checkpoint.adapter, "its base is an adapter itself; merge that one into a full model first")
    return base
