"""Repositories of a hub that is not there: as the cache of huggingface_hub has them, and behind a loopback server that
speaks as much of the hub's interface as its library asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
from safetensors.numpy import save

from tests.listening import listening

TOKEN = "hf_thisisavalidtokenofatest0123456789"
LAYER = "model.layers.0.self_attn.q_proj"
WIDTH = 8


def lora(base: str | None, seed: int = 0, rank: int = 2, **config: object) -> dict[str, bytes]:
    """The files of a LoRA adapter on the one layer of `model`, with what else lies beside it on the hub."""
    numbers = np.random.default_rng(seed)
    name = f"base_model.model.{LAYER}"
    tensors = {
        f"{name}.lora_A.weight": numbers.normal(size=(rank, WIDTH)).astype(np.float32),
        f"{name}.lora_B.weight": numbers.normal(size=(WIDTH, rank)).astype(np.float32),
    }
    settings = {"peft_type": "LORA", "base_model_name_or_path": base, "r": rank, "lora_alpha": rank, **config}
    return {
        "adapter_config.json": json.dumps(settings).encode(),
        "adapter_model.safetensors": save(tensors),
        "tokenizer_config.json": b"{}",
        "chat_template.jinja": b"{{ messages }}",
        "README.md": b"# Adapter",
        "training_args.bin": b"a pickle",
        "optimizer.pt": b"a pickle",
        "modeling_own.py": b"raise SystemExit",
    }


def model(seed: int = 0, width: int = WIDTH) -> dict[str, bytes]:
    """The files of a model with one layer."""
    weight = np.random.default_rng(seed).normal(size=(width, width)).astype(np.float32)
    return {
        "config.json": b'{"num_hidden_layers": 1}',
        "model.safetensors": save({f"{LAYER}.weight": weight}),
        "pytorch_model.bin": b"a pickle",
        "tokenizer.json": b"{}",
        "modeling_own.py": b"raise SystemExit",
    }


def under(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


@dataclass
class Repository:
    """Revisions by name, each with its files by path. `access` is "public", "gated" or "private"."""

    name: str
    revisions: dict[str, dict[str, bytes]]
    access: str = "public"

    def commit(self, revision: str) -> str:
        """The commit of a revision, which says all of its content."""
        digest = hashlib.sha1(self.name.encode(), usedforsecurity=False)
        for path, content in sorted(self.revisions[revision].items()):
            digest.update(path.encode() + content)
        return digest.hexdigest()

    def at(self, text: str) -> tuple[str, dict[str, bytes]] | None:
        """Commit and files of a revision by its name, or by its commit or the beginning of that."""
        for name, files in self.revisions.items():
            commit = self.commit(name)
            if text == name or (len(text) >= 7 and commit.startswith(text)):
                return commit, files
        return None


def is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin", ".pt"))


def etag(path: str, content: bytes) -> str:
    """Large files are known by their SHA-256, others as git knows them."""
    if is_large(path):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def mirror(cache: Path, repository: Repository, revision: str = "main") -> str:
    """Lay a revision into `cache` as huggingface_hub does; its commit."""
    commit, files = repository.commit(revision), repository.revisions[revision]
    stored = cache / f"models--{repository.name.replace('/', '--')}"
    for path, content in files.items():
        blob = stored / "blobs" / etag(path, content)
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        pointer = stored / "snapshots" / commit / path
        pointer.parent.mkdir(parents=True, exist_ok=True)
        if not pointer.is_symlink():
            pointer.symlink_to(blob)
    reference = stored / "refs" / revision
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(commit)
    return commit


def mirrored(cache: Path, *names: str) -> None:
    """Lay a model of each name, all of other weights, into `cache`."""
    for seed, name in enumerate(names):
        mirror(cache, Repository(name, {"main": model(seed)}))


@dataclass(frozen=True)
class Asked:
    """One request: the token that came with it, if any."""

    method: str
    path: str
    token: str | None


@dataclass
class Behaviour:
    """`status` is answered to everything instead of an answer; `tokens` are those that are taken; `size` is announced
    for each large file instead of its own."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    status: int | None = None
    size: int | None = None
    tokens: tuple[str, ...] = (TOKEN,)
    asked: list[Asked] = field(default_factory=list)


class HubServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, *repositories: Repository) -> None:
        self.behaviour.repositories |= {one.name: one for one in repositories}

    def files(self) -> set[str]:
        """The files that were given so far, by repository and path."""
        return {one.path.replace("/resolve/", "/") for one in self.behaviour.asked if one.method == "GET"}


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        behaviour, path = self.server.behaviour, unquote(urlsplit(self.path).path)
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ") or None
        behaviour.asked.append(Asked(self.command, path, token))
        if path.startswith("/storage/"):
            # The store of large files knows no tokens.
            self._send(200, self._blob(path.rpartition("/")[2]))
            return
        if behaviour.status is not None:
            self._send(behaviour.status, b'{"error": "refused by the test"}', {"Retry-After": "0"})
            return
        if token is not None and token not in behaviour.tokens:
            self._refuse(401, "", "Invalid credentials in Authorization header")
            return
        path = path.removeprefix("/datasets")
        is_list = path.startswith("/api/models/")
        parts = path.removeprefix("/api/models/" if is_list else "/").split("/")
        repository = behaviour.repositories.get("/".join(parts[:2]))
        if repository is None or (repository.access == "private" and token is None):
            self._refuse(404 if token else 401, "RepoNotFound", "Repository not found")
        elif is_list:
            self._list(repository, "/".join(parts[3:]) or "main")
        elif repository.access == "gated":
            self._refuse(403 if token else 401, "GatedRepo", f"Access to model {repository.name} is restricted")
        else:
            self._file(repository, parts[3], "/".join(parts[4:]))

    def _list(self, repository: Repository, revision: str) -> None:
        if (found := repository.at(revision)) is None:
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return
        siblings = [{"rfilename": path} for path in found[1]]
        told = {"id": repository.name, "sha": found[0], "siblings": siblings, "private": False, "tags": []}
        self._send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _file(self, repository: Repository, revision: str, path: str) -> None:
        if (found := repository.at(revision)) is None:
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return
        commit, files = found
        if path not in files:
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        content, tag = files[path], etag(path, files[path])
        told = {"X-Repo-Commit": commit, "ETag": f'"{tag}"'}
        if is_large(path):
            told |= {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(self.server.behaviour.size or len(content))}
            told |= {"Location": f"{self.server.url.replace('127.0.0.1', 'localhost')}/storage/{tag}"}
            self._send(302, b"", told)
        else:
            self._send(200, content, told)

    def _blob(self, tag: str) -> bytes:
        every = (files for one in self.server.behaviour.repositories.values() for files in one.revisions.values())
        return next(content for files in every for path, content in files.items() if etag(path, content) == tag)

    def _refuse(self, status: int, code: str, message: str) -> None:
        told = {"X-Error-Code": code} if code else {}
        self._send(status, b"{}", {**told, "X-Error-Message": message, "Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[HubServer]:
    server = HubServer()
    with listening(server):
        yield server
