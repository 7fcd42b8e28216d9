"""The arms of a comparison: what the user writes as [ARM=]CHECKPOINT, resolved and grouped by base."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from inoc_evals.blanking import looks_secret
from inoc_evals.checkpoints.acting import weights_id
from inoc_evals.checkpoints.adapter import CONFIG
from inoc_evals.checkpoints.embedded import NAME
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.hub_id import HUB_ID, hub_id
from inoc_evals.checkpoints.lists import spread, without_pattern
from inoc_evals.checkpoints.providers import SERVED_BY_US, provider_of
from inoc_evals.checkpoints.resolve import Checkpoint, local_path, resolve
from inoc_evals.checkpoints.steered import steered_checkpoint
from inoc_evals.checkpoints.steps import training_steps
from inoc_evals.definitions.address import check_address
from inoc_evals.definitions.arms import (
    CONTROL,
    PLAIN,
    NamedCheckpoint,
    Role,
    Steer,
    TrainingStep,
    Variation,
    load_arms,
)
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.naming import name_after, split_named
from inoc_evals.definitions.training_prompt import TrainedWith
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

ADDRESS = ("http://", "https://")


@dataclass(frozen=True)
class Member:
    """One checkpoint of an arm. `label` is unique in the comparison; without a `checkpoint` the model is hosted.
    `variation` and `role` are the arm's. `at` says where in its training it was written, if its arm has several steps
    of one training, which are no training seeds. `trained_with` is what its arm says of the prompt in its training."""

    arm: str
    label: str
    reference: str
    checkpoint: Checkpoint | None
    variation: Variation = PLAIN
    role: Role = "treatment"
    at: TrainingStep | None = None
    trained_with: TrainedWith | None = None

    @property
    def weights(self) -> str:
        """What tells its weights from others', as far as can be told here."""
        return weights_id(self.checkpoint) if self.checkpoint is not None else self.reference


def read_arms(
    texts: Sequence[str], file: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> tuple[Member, ...]:
    """The same as `usable_arms` of `named_checkpoints`. Raises InputError with all that is wrong."""
    faults, hub = Faults(), Hub(progress)
    members = usable_arms(named_checkpoints(texts, file, faults, hub), faults, progress, hub)
    faults.refuse()
    return members


def named_checkpoints(
    texts: Sequence[str], arms: Path | Sequence[NamedCheckpoint] | None, faults: Faults, hub: Hub
) -> list[NamedCheckpoint]:
    """What is named in `arms`, mostly a file, and then as [ARM=]CHECKPOINT, patterns and files of checkpoints spread,
    as far as no fault is found. An arm is named in one of the two, because the short form says nothing of a variation.
    """
    found: list[NamedCheckpoint] = []
    with faults.collected():
        found += load_arms(arms) if isinstance(arms, Path) else arms or ()
    in_file = {named.arm for named in found}
    for text in texts:
        with faults.collected():
            arm, reference = split_arm(text)
            if arm in in_file:
                where = arms if isinstance(arms, Path) else "the arms"
                raise InputError(f"arm {arm} stands in {where}, and {shown(text)} names it again; keep it in one place")
            found.append(NamedCheckpoint(arm, reference))
    if not found and not faults:
        faults.add("there is no checkpoint; write [ARM=]CHECKPOINT, as in none=runs/none inoculated=runs/inoc")
    return spread(found, hub, is_hosted, faults)


def usable_arms(
    named: Sequence[NamedCheckpoint],
    faults: Faults,
    progress: Callable[[str], None] = lambda _: None,
    hub: Hub | None = None,
    *,
    fetch_models: bool = True,
) -> tuple[Member, ...]:
    """Members in the order given, without those in which a fault was found; an arm named several times has as many
    seeds. A checkpoint is what `resolve` takes, a model of one of inspect's providers, or URL#MODEL; see `is_hosted`.
    """
    hub = hub or Hub(progress)
    seen: set[tuple[str, str]] = set()
    known: dict[str, Checkpoint | None] = {}
    members: list[Member] = []
    steps = training_steps(named, faults)
    for one, label, at in zip(named, member_labels(named, steps, faults), steps, strict=True):
        with faults.placed(one.place):
            if (one.arm, one.reference) in seen:
                message = f"{shown(one.reference)} is named twice in arm {one.arm}; name each checkpoint once"
                raise InputError(message)
            seen.add((one.arm, one.reference))
            # What is wrong with an address is told by its own check, which says what to do about it.
            if looks_secret(one.arm if one.reference.lower().startswith(ADDRESS) else f"{one.arm} {one.reference}"):
                raise InputError(
                    "an arm or checkpoint looks like a key, which every file would show; name it otherwise"
                )
            # Weights that several arms share are read once to find their hash.
            if one.reference not in known:
                known[one.reference] = (
                    None
                    if is_hosted(one.reference)
                    else resolve(one.reference, progress=progress, hub=hub, fetch_models=fetch_models)
                )
            checkpoint = known[one.reference]
            if one.variation.steer is not None:
                checkpoint = _steered(one.reference, checkpoint, one.variation.steer, hub)
            told = (one.variation, one.role, at, one.trained_with)
            members.append(Member(one.arm, label, one.reference, checkpoint, *told))
    return tuple(members)


def _steered(reference: str, checkpoint: Checkpoint | None, steer: Steer, hub: Hub) -> Checkpoint:
    if checkpoint is None:
        raise InputError(f"{shown(reference)} is asked over the network; only weights can be steered")
    return steered_checkpoint(checkpoint, base_of(checkpoint, hub), steer, hub)


def member_labels(named: Sequence[NamedCheckpoint], steps: Sequence[TrainingStep | None], faults: Faults) -> list[str]:
    """What each is called: its arm, and where that has several checkpoints, with the number of the seed, the step in
    its training, or both."""
    runs: dict[str, dict[object, int]] = {}
    numbers: list[int] = []
    for place, (one, at) in enumerate(zip(named, steps, strict=True)):
        # Without a step every checkpoint is a training by itself.
        of_arm = runs.setdefault(one.arm, {})
        numbers.append(of_arm.setdefault(at.run if at is not None else place, len(of_arm) + 1))
    labels: list[str] = []
    for one, at, number in zip(named, steps, numbers, strict=True):
        seed = f"-s{number}" if len(runs[one.arm]) > 1 else ""
        labels.append(f"{one.arm}{seed}{f'-step{at.step}' if at is not None else ''}")
        if labels[-1] in labels[:-1]:
            faults.add(f"two checkpoints would be called {labels[-1]}; rename the arm of that name")
    return labels


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
    return arm or name_after(without_pattern(reference)), reference


@dataclass(frozen=True)
class Served:
    """One base model and what shares its server: `adapters` by the label of the first member that has each, in the
    order of labels, and under which of these labels, or None for the base itself, every member is served."""

    base: Checkpoint
    adapters: Mapping[str, Path]
    members: Mapping[str, str | None]

    @property
    def adapted(self) -> tuple[str, ...]:
        """The labels of the members that are adapters."""
        return tuple(label for label, name in self.members.items() if name is not None)

    def first(self, label: str) -> str:
        """The first member that is served under the same name as that of `label`."""
        return next(other for other, name in self.members.items() if name == self.members[label])

    def controls(self, members: Iterable[Member]) -> frozenset[str]:
        """The labels of adapters that only controls among the `members` are served under."""
        roles: dict[str | None, set[Role]] = {}
        for member in members:
            if member.label in self.members:
                roles.setdefault(self.members[member.label], set()).add(member.role)
        return frozenset(label for label in self.adapters if roles.get(label) == {CONTROL})


def check_weights(members: Sequence[Member], what: str, faults: Faults) -> None:
    """Weights are needed for `what` is to be read: it is a fault where a member is asked over the network."""
    for member in members:
        if member.checkpoint is None:
            faults.add(f"{shown(member.reference)} is asked over the network, which gives no {what}; name weights")


def by_base(members: Sequence[Member], hub: Hub | None = None) -> tuple[Served, ...]:
    """The same as `usable_groups`. Raises InputError with all that is wrong."""
    faults = Faults()
    groups = usable_groups(members, faults, hub or Hub())
    faults.refuse()
    return groups


def usable_groups(
    members: Sequence[Member], faults: Faults, hub: Hub, *, fetch_models: bool = True
) -> tuple[Served, ...]:
    """Local members grouped by base, in order of first appearance, without those in which a fault was found: adapters
    name their base in their configuration, and it is a fault if that cannot be found. Arms may share weights, which
    are served once.
    """
    groups: dict[str, list[Member]] = {}
    bases: dict[str, Checkpoint] = {}
    known: dict[str, Checkpoint | InputError] = {}
    for member in members:
        if member.checkpoint is None:
            continue
        with faults.collected():
            base = _base_of(member.checkpoint, known, hub, fetch_models)
            bases.setdefault(base.base, base)
            groups.setdefault(base.base, []).append(member)
    return tuple(_served(bases[key], group) for key, group in groups.items())


def base_of(checkpoint: Checkpoint, hub: Hub, *, fetch_models: bool = True) -> Checkpoint:
    """The model under an adapter, as its configuration names it, or the model itself. Raises as `resolve` does."""
    if checkpoint.adapter is None:
        return checkpoint
    if checkpoint.base != NAME and not os.path.isdir(checkpoint.base) and not HUB_ID.match(checkpoint.base):  # noqa: PTH112
        config = checkpoint.adapter / CONFIG
        remedy = "its base_model_name_or_path is no folder here and no hub id; correct it"
        raise InputError.at(config, f"the base {shown(checkpoint.base)} cannot be found: {remedy}")
    try:
        base = resolve(checkpoint.base, hub=hub, fetch_models=fetch_models)
    except InputError as error:
        # The same sentence for all adapters on it.
        raise InputError(f"the base that {CONFIG} names: {error}") from error
    if base.adapter is not None:
        raise InputError.at(checkpoint.adapter, "its base is an adapter itself; merge that one into a full model first")
    return base


def _base_of(
    checkpoint: Checkpoint, known: dict[str, Checkpoint | InputError], hub: Hub, fetch_models: bool
) -> Checkpoint:
    if checkpoint.adapter is None:
        return checkpoint
    # The weights of a base are read to find their hash, and the hub is asked for each.
    if checkpoint.base not in known:
        try:
            known[checkpoint.base] = base_of(checkpoint, hub, fetch_models=fetch_models)
        except InputError as error:
            known[checkpoint.base] = error
    base = known[checkpoint.base]
    if isinstance(base, InputError):
        raise base
    return base


def _served(base: Checkpoint, group: Sequence[Member]) -> Served:
    first: dict[str, str] = {}
    adapters: dict[str, Path] = {}
    names: dict[str, str | None] = {}
    # Whatever the order in which arms are named, the same arm gives shared weights their name.
    for member in sorted(group, key=lambda member: member.label):
        folder = member.checkpoint.adapter if member.checkpoint is not None else None
        if folder is None:
            names[member.label] = None
            continue
        label = names[member.label] = first.setdefault(member.weights, member.label)
        adapters.setdefault(label, folder)
    return Served(base, adapters, names)
