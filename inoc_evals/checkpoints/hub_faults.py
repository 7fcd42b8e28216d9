"""Why the hub does not give what it was asked for: one sentence with what to do about it.

The sentences hold nothing that the hub said, and so no token that it might repeat.
"""

from __future__ import annotations

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.hub_id import HubId
from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError

_LONGEST = 160


class Absent(InputError):
    """The hub has no repository of that name, as far as can be told."""


def is_unreachable(error: Exception) -> bool:
    """Did nobody answer, or only that it does not work now, so that the cache is all there is?"""
    from huggingface_hub import errors

    if isinstance(error, errors.HfHubHTTPError):
        return error.response.status_code >= 500
    return isinstance(error, errors.OfflineModeIsEnabled | errors.HTTPError)  # type: ignore[attr-defined]


def refusal(error: Exception, hub: HubId) -> InputError:
    """The sentence for an `error` of huggingface_hub about what is asked of `hub`."""
    from huggingface_hub import constants, errors

    what, token = f"{hub.repository} of the hub", _has_token()
    if isinstance(error, errors.GatedRepoError):
        page = f"{blanked(constants.ENDPOINT)}/{hub.repository}"
        if token:
            remedy = f"ask for access at {page}, or set HF_TOKEN to a token of an account that has it"
            return InputError(f"{what} is gated, and your token has no access; {remedy}")
        remedy = f"ask for access at {page}, then set HF_TOKEN to a token of yours"
        return InputError(f"{what} is gated, and there is no token; {remedy}")
    if isinstance(error, errors.RepositoryNotFoundError):
        if token:
            remedy = "correct the name, or set HF_TOKEN to a token that may read it"
            return Absent(f"the hub has no repository {hub.repository} for your token; {remedy}")
        remedy = "correct the name, or set HF_TOKEN if it is private"
        return Absent(f"the hub has no public repository {hub.repository}; {remedy}")
    if isinstance(error, errors.RevisionNotFoundError):
        remedy = "write a branch, tag or commit behind the @, or leave it out"
        return InputError(f"{what} has no revision {hub.revision!r}; {remedy}")
    if isinstance(error, errors.HFValidationError):
        return Absent(f"{hub.repository} cannot be the name of a repository of the hub; correct it")
    if isinstance(error, errors.HfHubHTTPError):
        return InputError(_of_status(error.response.status_code, what))
    return InputError(f"what answers at {blanked(constants.ENDPOINT)} is no hub; correct HF_ENDPOINT, or unset it")


def _of_status(status: int, what: str) -> str:
    if status == 429:
        limit = "set HF_TOKEN, which raises the limit, " if not _has_token() else ""
        remedy = f"wait some minutes, {limit}or write @COMMIT, which is not asked for again once it is in the cache"
        return f"the hub takes no more requests for now, the last one for {what}; {remedy}"
    if status == 401:
        remedy = "set HF_TOKEN to a valid one, or unset it for what is public"
        return f"the hub does not take your token for {what}; {remedy}"
    if status == 403:
        return f"your token may not read {what}; give it that right in its settings, or set HF_TOKEN to another"
    return f"the hub answers {status} for {what}; look at its page, and try again later"


def not_here(error: Exception, hub: HubId, what: str = "") -> InputError:
    """The sentence for a hub that cannot be asked and a cache without `hub`, or without the file `what` of it."""
    from huggingface_hub import constants

    lacking = f"{what} of {hub}" if what else str(hub)
    if constants.is_offline_mode():
        fetch = f"hf download {hub.repository}" + (f" --revision {hub.revision}" if hub.revision else "")
        fetch += f" --include '{hub.folder}/*'" if hub.folder else ""
        remedy = f"unset it, or run `{fetch}` where there is a network"
        return Absent(f"HF_HUB_OFFLINE is set and the cache does not hold {lacking}; {remedy}")
    reason = blanked(one_line(error))[:_LONGEST]
    remedy = "check the network and HF_ENDPOINT, or name a folder"
    return Absent(f"the hub cannot be reached ({reason}) and the cache does not hold {lacking}; {remedy}")


def _has_token() -> bool:
    from huggingface_hub import get_token

    return get_token() is not None
