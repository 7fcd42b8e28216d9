"""Folders of the hub's repositories: which files they hold, at which commit, and those that are needed, here.

Files are fetched into the cache that all tools of the hub share. What belongs to one checkpoint is a folder of links
into it in our own cache: other tools may put more files into theirs, which would change what is served and its hash.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any

from inoc_evals.cache import cache_directory
from inoc_evals.checkpoints.hub_faults import is_unreachable, not_here, refusal
from inoc_evals.checkpoints.hub_id import COMMIT, HubId
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import file_sha256, make_folder, unwritable, write_whole

_TIMEOUT_S = 10
_AT_ONCE = 8
_SHORT = 12
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ALL = "all"
# As `_place` lays it.
_HERE = re.compile(r"/hub/([^/]+?)--([^/]+)/([0-9a-f]{40})/([^/]+)-[0-9a-f]{12}/?\Z")


@dataclass(frozen=True)
class HubFolder:
    """A folder that `hub` names, at a `commit` (40 hex digits): the `names` of the files in it. `here` is the folder
    with those of them that are needed, once they are fetched; `fetched` says whether they are."""

    hub: HubId
    commit: str
    names: frozenset[str]
    here: Path
    fetched: bool

    @property
    def pinned(self) -> str:
        """ORG/NAME/FOLDER@COMMIT."""
        return f"{self.hub.place}@{self.commit}"


@dataclass(frozen=True)
class _Listing:
    """The names of all files of a repository at a commit by folder; of those in the cache where `cached`."""

    commit: str
    folders: Mapping[str, frozenset[str]]
    cached: bool


class Hub:
    """Asks the hub, or its cache on disk where nobody answers, and asks everything once: a revision is the same commit
    for all that is found through one Hub."""

    def __init__(self, progress: Callable[[str], None] = lambda _: None) -> None:
        self._progress = progress
        self._listings: dict[tuple[str, str | None], _Listing | InputError] = {}
        self._unreachable: Exception | None = None
        self._told: set[str] = set()

    def find(self, hub: HubId) -> HubFolder:
        """What the folder holds. Raises InputError, with what to do, where it cannot be told."""
        commit = hub.revision if hub.revision and COMMIT.fullmatch(hub.revision) else self._listing(hub).commit
        here = _place(hub, commit)
        if _is_whole(here):
            return HubFolder(hub, commit, frozenset(path.name for path in here.iterdir()), here, True)
        names = self.folders(hub).get(hub.folder, frozenset())
        return HubFolder(hub, commit, names, here, False)

    def folders(self, hub: HubId) -> Mapping[str, frozenset[str]]:
        """The names of files by folder, of the whole repository at the revision of `hub`. Raises InputError."""
        return self._listing(hub).folders

    def is_cached(self, hub: HubId) -> bool:
        """Is only known what the cache holds, and not the repository itself? Raises InputError."""
        return self._listing(hub).cached

    def fetch(self, found: HubFolder, names: Iterable[str], *, large: bool = False) -> Path:
        """The folder with the files `names` and no others; `large` ones are shown on a terminal as they come. Raises
        InputError where the hub does not give them, and WorkError where they cannot be written."""
        if found.fetched:
            return found.here
        what = found.hub.place if large else f"adapters of {found.hub.repository}"
        self._say(f"fetching {what} at commit {found.commit[:_SHORT]}")
        wanted = sorted(names)
        if large:
            self._check_space(found, wanted)
            # Ctrl-C would wait for other threads to have all of theirs.
            pointers = {name: self.file(found, name, large=True) for name in wanted}
        else:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                pointers = dict(zip(wanted, pool.map(lambda name: self.file(found, name), wanted), strict=True))
        _note(found)
        _link(found.here, pointers)
        return found.here

    def file(self, found: HubFolder, name: str, *, large: bool = False) -> Path:
        """One file of the folder, in the hub's cache. Raises as `fetch` does."""
        return Path(self._downloaded(found, name, tqdm_class=None if large else _no_bar())).absolute()

    def _check_space(self, found: HubFolder, names: Iterable[str]) -> None:
        from huggingface_hub import constants

        files = [self._downloaded(found, name, dry_run=True) for name in names]
        wanted = sum(file.file_size or 0 for file in files if file.will_download)
        cache = Path(constants.HF_HUB_CACHE)
        free = disk_usage(next(folder for folder in (cache, *cache.absolute().parents) if folder.is_dir())).free
        if wanted > free:
            sizes = f"{wanted / 1e9:,.1f} GB are to be fetched, and {free / 1e9:,.1f} GB are free in {cache}"
            raise InputError(f"{found.hub}: {sizes}; free some, or set HF_HOME to a folder on another disk")

    def _downloaded(self, found: HubFolder, name: str, **options: Any) -> Any:
        """What the hub's library gives for one file of the folder. Raises as `fetch` does."""
        from huggingface_hub import constants, errors, hf_hub_download

        path = f"{found.hub.folder}/{name}".lstrip("/")
        try:
            return hf_hub_download(found.hub.repository, path, revision=found.commit, **options)
        except errors.LocalEntryNotFoundError as error:
            # What the library could not get, and neither had; its cause says why.
            raise _refused(error.__cause__ or error, found.hub, name) from error
        except (errors.HTTPError, errors.OfflineModeIsEnabled) as error:  # type: ignore[attr-defined]
            raise _refused(error, found.hub, name) from error
        except OSError as error:
            if error.errno:
                raise unwritable(Path(constants.HF_HUB_CACHE), error) from error
            remedy = "run the same command again"
            raise WorkError(f"{name} of {found.hub} came otherwise than the hub announced it; {remedy}") from error

    def _listing(self, hub: HubId) -> _Listing:
        key = hub.repository, hub.revision
        if key not in self._listings:
            try:
                self._listings[key] = self._looked_up(HubId(hub.repository, "", hub.revision))
            except InputError as error:
                self._listings[key] = error
        known = self._listings[key]
        if isinstance(known, InputError):
            raise known
        return known

    def _looked_up(self, hub: HubId) -> _Listing:
        from huggingface_hub import HfApi, errors

        if self._unreachable is not None:
            return self._of_cache(hub, self._unreachable)
        try:
            info = HfApi().model_info(hub.repository, revision=hub.revision, timeout=_TIMEOUT_S)
        except (errors.HTTPError, errors.OfflineModeIsEnabled) as error:  # type: ignore[attr-defined]
            if not is_unreachable(error):
                raise refusal(error, hub) from error
            self._unreachable = error
            return self._of_cache(hub, error)
        # What is no answer of the hub, which the library takes for one, breaks it in one of these ways.
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise refusal(error, hub) from error
        if info.sha is None or not COMMIT.fullmatch(info.sha):
            raise refusal(ValueError("no commit"), hub)
        return _Listing(info.sha, _by_folder(one.rfilename for one in info.siblings or ()), False)

    def _of_cache(self, hub: HubId, error: Exception) -> _Listing:
        from huggingface_hub import HfApi, constants, errors

        try:
            commit = HfApi().resolve_revision(hub.repository, revision=hub.revision, local_files_only=True).resolved
        except errors.RevisionResolutionError:
            raise not_here(error, hub) from error
        except errors.HFValidationError as wrong:
            raise refusal(wrong, hub) from wrong
        snapshot = _stored(hub.repository) / "snapshots" / commit
        files = [path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()]
        if not files:
            raise not_here(error, hub) from error
        why = "HF_HUB_OFFLINE is set" if constants.is_offline_mode() else "the hub cannot be reached"
        self._say(f"{why}: {hub} is taken from the cache, at commit {commit[:_SHORT]}")
        return _Listing(commit, _by_folder(files), True)

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._progress(text)


def blob_sha256(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file in a folder that was fetched. The hub's cache calls large files by it, so that
    they need not be read."""
    pointer = path.readlink() if path.is_symlink() else path
    blob = pointer.readlink().name if pointer.is_symlink() else ""
    return blob if _SHA256.fullmatch(blob) else file_sha256(path)


def _by_folder(files: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for file in files:
        folder, _, name = file.rpartition("/")
        found.setdefault(folder, set()).add(name)
    return {folder: frozenset(names) for folder, names in found.items()}


def _refused(error: BaseException, hub: HubId, name: str) -> InputError:
    if not isinstance(error, Exception):
        raise error
    return not_here(error, hub, name) if _is_lacking(error) else refusal(error, hub)


def _is_lacking(error: Exception) -> bool:
    from huggingface_hub import errors

    return is_unreachable(error) or isinstance(error, errors.LocalEntryNotFoundError)


def _no_bar() -> type[Any]:
    """Bars for hundreds of small files would hide what is printed."""
    from tqdm import tqdm

    class Silent(tqdm):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **{**named, "disable": True})

    return Silent


def _stored(repository: str) -> Path:
    """Where the hub's cache has the repository."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")


def _note(found: HubFolder) -> None:
    """Keep in the hub's cache which commit the revision was, as its own tools do: it is asked where nobody answers."""
    from huggingface_hub import constants

    revision = found.hub.revision or constants.DEFAULT_REVISION
    path = _stored(found.hub.repository) / "refs" / revision
    if revision != found.commit and not (path.is_file() and path.read_text(encoding="utf-8") == found.commit):
        write_whole(path, found.commit)


def _place(hub: HubId, commit: str) -> Path:
    """Where the links to the files of a folder lie."""
    last = re.sub(r"[^A-Za-z0-9_.-]+", "-", hub.folder.rpartition("/")[2])[:60].lstrip(".-") or _ALL
    digits = hashlib.sha256(hub.folder.encode()).hexdigest()[:_SHORT]
    return cache_directory().absolute() / "hub" / hub.repository.replace("/", "--") / commit / f"{last}-{digits}"


def called(folder: str) -> HubId | None:
    """What the hub calls the folder with this path, which `Hub.fetch` has made here or on another machine: of its path
    there only the last part is known. None for another folder."""
    found = _HERE.search(folder)
    return HubId(f"{found[1]}/{found[2]}", "" if found[4] == _ALL else found[4], found[3]) if found else None


def _is_whole(folder: Path) -> bool:
    """Is it there, and does every link still lead to a file?"""
    links = list(folder.iterdir()) if folder.is_dir() else []
    return bool(links) and all(path.is_file() for path in links)


def _link(folder: Path, pointers: Mapping[str, Path]) -> None:
    make_folder(folder.parent)
    # Links into a cache that was emptied; no link is followed.
    if folder.is_dir():
        shutil.rmtree(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".inoc-evals-", dir=folder.parent) as scratch:
            made = Path(scratch) / folder.name
            made.mkdir()
            for name, pointer in pointers.items():
                (made / name).symlink_to(pointer)
            made.rename(folder)
    except OSError as error:
        # Another process has made the same at the same time.
        if not _is_whole(folder):
            raise unwritable(folder, error) from error
