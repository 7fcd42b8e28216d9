"""What we need of inspect beyond its public interface. A test says which version no longer has it."""

from __future__ import annotations


def registered_providers() -> frozenset[str]:
    """The names of the providers in inspect's registry, those of installed packages included. No provider is loaded."""
    # The providers of inspect itself are registered when its models are imported.
    import inspect_ai.model  # noqa: F401
    from inspect_ai._util.entrypoints import ensure_entry_points
    from inspect_ai._util.registry import registry_find, registry_info, registry_unqualified_name

    ensure_entry_points()
    found = registry_find(lambda info: info.type == "modelapi")
    return frozenset(registry_unqualified_name(registry_info(provider)) for provider in found)
