"""Models of inspect's by name or address."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from inoc_evals.checkpoints.arms import ADDRESS, check_server
from inoc_evals.checkpoints.hub_id import HUB, HUB_ID
from inoc_evals.checkpoints.providers import known_providers
from inoc_evals.client.endpoint import CONNECTIONS, Endpoint
from inoc_evals.definitions.address import check_address, plain_address
from inoc_evals.definitions.words import did_you_mean, shown, without_markup
from inoc_evals.errors import InputError

if TYPE_CHECKING:
    from inspect_ai.model import Model

OPENAI = "https://api.openai.com/v1"
# Other OpenAI models give no log probabilities, or not through chat completions.
_WITH_LOGPROBS = re.compile(r"^(?:ft:)?gpt-(?:3\.5|4)")
_WITHOUT_LOGPROBS = frozenset({"anthropic", "bedrock"})


def address_of(model: Model) -> str | None:
    """Where a model is asked that speaks OpenAI's interface; None where the provider has an interface of its own."""
    provider, _, name = str(model).partition("/")
    url = getattr(model.api, "base_url", None)
    if provider == "openai" and not url and not name.startswith("azure/"):
        # As inspect looks it up when it makes its client.
        url = os.environ.get("OPENAI_BASE_URL") or os.environ.get("INSPECT_EVAL_MODEL_BASE_URL") or OPENAI
    return url if isinstance(url, str) else None


def endpoint_of(model: Model) -> Endpoint | None:
    """The same model over plain HTTP, where it is behind OpenAI's interface and may tell log probabilities, else None.
    It has as many connections as the model, and is the caller's to close."""
    provider, _, name = str(model).partition("/")
    url, key = address_of(model), getattr(model.api, "api_key", None)
    connections = model.config.max_connections or CONNECTIONS
    if provider == "openai-api" and url is not None:
        return Endpoint(url, name.partition("/")[2], key, connections)
    if provider == "openai" and url is not None and has_logprobs(name):
        return Endpoint(url, name, key, connections)
    return None


def has_logprobs(name: str) -> bool:
    """Does the model of OpenAI that is called so tell log probabilities through chat completions?"""
    return bool(_WITH_LOGPROBS.match(name))


def tells_likely_tokens(reference: str) -> bool:
    """May the hosted model tell the likeliest first tokens? False only where it is known that it does not: a server
    at an address says so itself."""
    provider, _, name = reference.partition("/")
    if provider == "openai" and not name.startswith("azure/"):
        return has_logprobs(name)
    return provider not in _WITHOUT_LOGPROBS


def check_name(text: str, what: str = "judge") -> None:
    """Raise InputError for what names no model, whatever keys and packages there are: it is neither an address
    (URL#MODEL) nor of a provider that inspect knows (PROVIDER/MODEL)."""
    if text.lower().startswith(ADDRESS):
        check_server(text, _variable(what))
        return
    provider, slash, _ = text.partition("/")
    if not slash:
        raise InputError(f"{shown(text)} is no {what}; write PROVIDER/MODEL, URL#MODEL or vllm/CHECKPOINT")
    if provider not in known_providers():
        hint = did_you_mean(provider, known_providers())
        others = "" if hint else f"; there are: {', '.join(sorted(known_providers()))}"
        raise InputError(f"{what} {shown(text)}: inspect knows no provider {shown(provider)}{hint}{others}")


def _variable(what: str) -> str:
    """The environment variable for the key of a server."""
    return f"INOC_{what.upper()}_API_KEY"


def named_model(text: str, what: str = "judge", label: str | None = None) -> Model:
    """The inspect model for a name (provider/model) or an address (URL#MODEL, key in INOC_JUDGE_API_KEY or, for
    another `what`, INOC_CHECKPOINT_API_KEY). Behind an address it is called openai-api/WHAT/MODEL, or
    openai-api/WHAT-LABEL/MODEL where a `label` tells it from another of that name. Raises InputError."""
    from inspect_ai.model import get_model

    check_name(text, what)
    if text.lower().startswith(ADDRESS):
        url, _, name = plain_address(text).partition("#")
        key = os.environ.get(_variable(what)) or "none"
        service = f"{what}-{label}" if label else what
        return get_model(f"openai-api/{service}/{name}", base_url=url, api_key=key, memoize=False)
    try:
        model = get_model(text)
    # Each provider raises exceptions of its own for a name or setting that it cannot use; inspect's have a `message`.
    except Exception as error:
        said = without_markup(str(getattr(error, "message", error))) or type(error).__name__
        raise InputError(f"{what} {shown(text)[1:-1]} cannot be used: {said}{_or_of_the_hub(text, what)}") from error
    # Inspect's logs hold an address that comes from a variable too.
    check_address(address_of(model) or "", "the provider's own variable for it")
    return model


def _or_of_the_hub(text: str, what: str) -> str:
    if what == "judge" or not HUB_ID.match(text):
        return ""
    return f"; for weights of that name on the hub write {HUB}{text}"
