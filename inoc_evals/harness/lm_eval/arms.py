"""The arms of a run: labels, the names under which one server knows them, and hashes of what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.serving.server import BASE, serve, served_name
from inoc_evals.spec.errors import InputError, WorkError


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
class _Named:
    label: str
    reference: str


@contextmanager
def served_arms(
    base: str | None,
    given: Sequence[str],
    url: str | None,
    key_env: str | None,
    log: Path,
    max_model_len: int,
    progress: Callable[[str], None],
) -> Iterator[ServedArms]:
    """The base and all arms ([LABEL=]FOLDER, or with `url` also [LABEL=]NAME) on one server for as long as needed.

    Without `url` a server is started. Raises InputError for an arm that cannot be served together with the others or
    that the named server does not have, WorkError for a server that does not answer.
    """
    named = _named(given)
    if url is not None:
        key = _key(key_env)
        address = url.rstrip("/")
        yield ServedArms(address, _on_server(base, named, address, key), key)
        return
    adapters = {one.label: _adapter(one) for one in named}
    root = resolve(base if base is not None else _common_base(adapters), progress=progress)
    if root.adapter is not None:
        raise InputError(f"{root.reference!r} is a LoRA adapter; name the full model as --base")
    folders = {label: found.adapter for label, found in adapters.items() if found.adapter is not None}
    with serve(root.base, root.content_hash, folders, log, max_model_len=max_model_len, progress=progress) as server:
        arms = [Arm(BASE, server.names[BASE], root.reference, root.content_hash)]
        arms += [Arm(name, server.names[name], one.reference, one.content_hash) for name, one in adapters.items()]
        yield ServedArms(server.url, tuple(arms), server.api_key)


def _named(given: Sequence[str]) -> list[_Named]:
    found: dict[str, _Named] = {}
    for text in given:
        label, _, reference = text.rpartition("=")
        label = label or Path(reference).name
        if label in found or label == BASE:
            raise InputError(f"two arms are labelled {label!r} ({BASE!r} is the base's); write LABEL=FOLDER")
        found[label] = _Named(label, reference)
    return list(found.values())


def _adapter(one: _Named) -> Checkpoint:
    found = resolve(one.reference)
    if found.adapter is None:
        raise InputError(f"{one.reference!r} is no LoRA adapter; only adapters share the base's server")
    return found


def _common_base(adapters: dict[str, Checkpoint]) -> str:
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


def _on_server(base: str | None, named: Sequence[_Named], url: str, key: str) -> tuple[Arm, ...]:
    offered = _offered(url, key)
    wanted = [*([_Named(BASE, base)] if base is not None else []), *named]
    return tuple(_arm(one, offered) for one in wanted)


def _arm(one: _Named, offered: Sequence[str]) -> Arm:
    if one.reference in offered:
        return Arm(one.label, one.reference, one.reference, None)
    if not Path(one.reference).expanduser().is_dir() and one.label != BASE:
        raise InputError(f"{one.reference!r} is no folder and no name of this server; it has: {', '.join(offered)}")
    found = resolve(one.reference)
    # The label in the served name is whatever the server was started with; the hash says what it is.
    suffix = served_name("", found.content_hash)
    served = [name for name in offered if name.endswith(suffix)]
    if not served:
        raise InputError(f"this server does not serve {one.reference} ({suffix[1:]}); it has: {', '.join(offered)}")
    return Arm(one.label, served[0], one.reference, found.content_hash)


def _offered(url: str, key: str) -> list[str]:
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(headers=headers, timeout=30.0, trust_env=False) as client:
            answer = client.get(f"{url}/models")
            if answer.status_code in (401, 403):
                raise InputError(f"the server at {url} refuses the key; name its variable with --key-env")
            return [str(model["id"]) for model in answer.raise_for_status().json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise WorkError(f"no model list at {url}/models ({error}); check the address, which ends in /v1") from None
