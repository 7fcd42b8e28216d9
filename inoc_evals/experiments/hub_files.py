"""Files of the hub's data sets, for the data of an experiment: fetched at a revision and checked by sha256."""

from __future__ import annotations

from pathlib import Path

from inoc_evals.checkpoints.hub_faults import not_here, refusal
from inoc_evals.checkpoints.hub_id import HubId
from inoc_evals.definitions.experiment import HubFile
from inoc_evals.errors import InputError
from inoc_evals.files import file_sha256


def hub_file(wanted: HubFile) -> Path:
    """The file in the hub's cache, fetched where it is not there. Raises InputError where the hub does not give it, and
    where it is another than the experiment names."""
    from huggingface_hub import errors, hf_hub_download

    repository, _, revision = wanted.repo.partition("@")
    hub = HubId(repository, "", revision)
    try:
        path = Path(hf_hub_download(repository, wanted.file, repo_type="dataset", revision=revision))
    except errors.LocalEntryNotFoundError as error:
        raise not_here(_cause(error), hub, wanted.file) from error
    except errors.OfflineModeIsEnabled as error:
        raise not_here(error, hub, wanted.file) from error
    except errors.EntryNotFoundError as error:
        raise InputError(f"{hub} of the hub has no file {wanted.file!r}; correct its name") from error
    except errors.HTTPError as error:  # type: ignore[attr-defined]
        raise refusal(error, hub) from error
    found = file_sha256(path)
    if found != wanted.sha256:
        remedy = "correct the revision or the sha256 after a look at the file"
        raise InputError.at(path, f"the sha256 is {found}, but the experiment names {wanted.sha256}; {remedy}")
    return path


def _cause(error: Exception) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, Exception) else error
