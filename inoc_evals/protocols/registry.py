"""All protocols by name: the files of this folder that declare one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from pydantic_core import PydanticKnownError, SchemaValidator, core_schema

from inoc_evals.protocols.declaration import Protocol, Way


@cache
def protocols() -> dict[str, Protocol]:
    """Name -> protocol. A file whose protocol has another name than the file raises ValueError."""
    declared: dict[str, Protocol] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        protocol = getattr(import_module(f"{__package__}.{module}"), "PROTOCOL", None)
        if isinstance(protocol, Protocol):
            if protocol.name != module:
                raise ValueError(f"the file {module}.py declares the protocol {protocol.name}; give both one name")
            declared[module] = protocol
    return declared


def read_way(value: object) -> Way:
    """What a task says under `protocol`, a name or a mapping that has one, as the model that the protocol declares."""
    if isinstance(value, Way):
        return value
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise PydanticKnownError("string_type")
    way: Way = _tagged().validate_python(value)
    return way


@cache
def _tagged() -> SchemaValidator:
    schemas = {}
    for name, protocol in protocols().items():
        protocol.way.model_rebuild()
        schemas[name] = protocol.way.__pydantic_core_schema__
    return SchemaValidator(core_schema.tagged_union_schema(schemas, discriminator="name"))
