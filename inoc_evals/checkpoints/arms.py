"""The arms of a comparison: what the user writes as [ARM=]CHECKPOINT, resolved and grouped by base."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from inoc_evals.blanking import looks_secret
from inoc_evals.checkpoints.embedded import NAME
from inoc_evals.checkpoints.providers import SERVED_BY_US, provider_of
from inoc_evals.checkpoints.resolve import HUB_ID, Checkpoint, hub_id, local_path, resolve
from inoc_evals.definitions.address import check_address
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.naming import name_after, split_named
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

ADDRESS = ("http://", "https://")


@dataclass(frozen=True)
class Member:
    """One checkpoint of an arm. `label` is unique in the comparison; without a `checkpoint` the model is hosted."""

    arm: str
    label: str
    reference: str
    checkpoint: Checkpoint | None


def read_arms(texts: Sequence[str], progress: Callable[[str], None] = lambda _: None) -> tuple[Member, ...]:
    """The same as `usable_arms`. Raises InputError with all that is wrong."""
    faults = Faults()
    members = usable_arms(texts, faults, progress)
    faults.refuse()
    return members


def usable_arms(
    texts: Sequence[str], faults: Faults, progress: Callable[[str], None] = lambda _: None
) -> tuple[Member, ...]:
    """Members in the order given, without those in which a fault was found; an arm named several times has as many
    seeds.

    Without a name the arm is called after its checkpoint. A checkpoint is what `resolve` takes, a model of one of
    inspect's providers, or URL#MODEL; see `is_hosted`.
    """
    if not texts:
        faults.add("there is no checkpoint; write [ARM=]CHECKPOINT, as in none=runs/none inoculated=runs/inoc")
    pairs: list[tuple[str, str]] = []
    for text in texts:
        with faults.collected():
            pairs.append(split_arm(text))
    seen: set[tuple[str, str]] = set()
    members: list[Member] = []
    counts: dict[str, int] = {}
    for arm, reference in pairs:
        if (arm, reference) in seen:
            faults.add(f"{shown(reference)} is named twice in arm {arm}; name each checkpoint once")
            continue
        seen.add((arm, reference))
        counts[arm] = counts.get(arm, 0) + 1
        # What is wrong with an address is told by its own check, which says what to do about it.
        if looks_secret(arm if reference.lower().startswith(ADDRESS) else f"{arm} {reference}"):
            faults.add("an arm or checkpoint looks like a key, which every file would show; name it otherwise")
            continue
        same = [other for other, _ in pairs].count(arm)
        label = arm if same == 1 else f"{arm}-s{counts[arm]}"
        with faults.collected():
            checkpoint = None if is_hosted(reference) else resolve(reference, progress=progress)
            members.append(Member(arm, label, reference, checkpoint))
    return tuple(members)


def is_hosted(reference: str) -> bool:
    """Is this a model behind an interface, by provider or by address? Raises InputError for an address that cannot be
    used.

    What lies here as a file or folder is that; hub:ORG/NAME is always weights of the hub; and PROVIDER/MODEL is the
    provider's model wherever inspect knows the provider, even if the hub has an organisation of that name.
    """
    if reference.lower().startswith(ADDRESS):
        check_server(reference, "INOC_CHECKPOINT_API_KEY")
        return True
    if reference == NAME or hub_id(reference) is not None or local_path(reference) is not None:
        return False
    provider = provider_of(reference)
    if provider == SERVED_BY_US:
        checkpoint = reference.partition("/")[2]
        message = f"write {shown(checkpoint)}, for which a vLLM server is started, or URL#MODEL for one that runs"
        raise InputError(f"{shown(reference)} would be served without our settings of sampling and adapters; {message}")
    return provider is not None


def check_server(text: str, variable: str) -> None:
    """Raise InputError unless `text` is URL#MODEL; `variable` is the environment variable for its key."""
    url, _, model = text.partition("#")
    check_url(url, variable)
    if not model.strip():
        raise InputError(f"{shown(text)} names no model; write URL#MODEL, as in http://127.0.0.1:8000/v1#name")
    check_address(text, variable)


def check_url(url: str, variable: str) -> None:
    """Raise InputError unless `url` can be the address of a server; `variable` is the place for its key."""
    try:
        parts = urlsplit(url)
        usable = url.lower().startswith(ADDRESS) and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or not character.isprintable() for character in url):
        raise InputError(f"{shown(url)} is no address; write it as in http://127.0.0.1:8000/v1")
    check_address(url, variable)


def split_arm(text: str) -> tuple[str, str]:
    """Arm and checkpoint of [ARM=]CHECKPOINT; without a name the arm is called after its checkpoint. Raises
    InputError."""
    arm, reference = split_named(text)
    return arm or name_after(reference), reference


@dataclass(frozen=True)
class Served:
    """One base model and the members that share its server: the base itself and adapters by label."""

    base: Checkpoint
    plain: Member | None
    adapters: Mapping[str, Path]


def by_base(members: Sequence[Member]) -> tuple[Served, ...]:
    """The same as `usable_groups`. Raises InputError with all that is wrong."""
    faults = Faults()
    groups = usable_groups(members, faults)
    faults.refuse()
    return groups


def usable_groups(members: Sequence[Member], faults: Faults) -> tuple[Served, ...]:
    """Local members grouped by base, in order of first appearance, without those in which a fault was found.

    Adapters name their base in their configuration. It is a fault if that cannot be found, and if one base is named by
    several labels.
    """
    groups: dict[str, list[Member]] = {}
    bases: dict[str, Checkpoint] = {}
    for member in members:
        if member.checkpoint is None:
            continue
        with faults.collected():
            base = _base_of(member.checkpoint)
            bases.setdefault(base.base, base)
            groups.setdefault(base.base, []).append(member)
    found = []
    for key, group in groups.items():
        plain = [member for member in group if member.checkpoint is not None and member.checkpoint.adapter is None]
        if len(plain) > 1:
            names = " and ".join(member.label for member in plain)
            faults.add(f"{names} are one model without an adapter; name it once")
        adapters = {m.label: m.checkpoint.adapter for m in group if m.checkpoint and m.checkpoint.adapter}
        found.append(Served(bases[key], plain[0] if plain else None, adapters))
    return tuple(found)


def _base_of(checkpoint: Checkpoint) -> Checkpoint:
    if checkpoint.adapter is None:
        return checkpoint
    if checkpoint.base != NAME and not os.path.isdir(checkpoint.base) and not HUB_ID.match(checkpoint.base):  # noqa: PTH112
        config = checkpoint.adapter / "adapter_config.json"
        remedy = "its base_model_name_or_path is no folder here and no hub id; correct it"
        raise InputError.at(config, f"the base {shown(checkpoint.base)} cannot be found: {remedy}")
    base = resolve(checkpoint.base)
    if base.adapter is not None:
        raise InputError.at(checkpoint.adapter, "its base is an adapter itself; merge that one into a full model first")
    return base
