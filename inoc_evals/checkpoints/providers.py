"""The providers of models that inspect knows: models behind an interface, of which we have no weights."""

from __future__ import annotations

from functools import cache

from inoc_evals.checkpoints.compat import registered_providers

# Its server would be inspect's own, which takes sampling settings from the model's files and forgets adapters.
SERVED_BY_US = "vllm"
# Those that go on with the beginning of an answer; others would answer it.
_PREFILLING = ("anthropic", "bedrock", "hf", "mockllm", "none")
# Those behind which a server has a chat template of the model's.
_TEMPLATED = ("openai-api", "vllm", "sglang")


@cache
def known_providers() -> frozenset[str]:
    """The names in inspect's registry, those of installed packages included. No provider is loaded."""
    return registered_providers()


def provider_of(reference: str) -> str | None:
    """The provider that PROVIDER/MODEL names, or None."""
    provider, slash, model = reference.partition("/")
    return provider if slash and model and provider in known_providers() else None


def goes_on(model: str) -> bool:
    """Does the provider of `model` (PROVIDER/MODEL) let it go on with the beginning of an answer?"""
    return model.partition("/")[0] in _PREFILLING


def takes_template(model: str) -> bool:
    """Does the provider of `model` (PROVIDER/MODEL) hand arguments of the chat template on to a server?"""
    return model.partition("/")[0] in _TEMPLATED
