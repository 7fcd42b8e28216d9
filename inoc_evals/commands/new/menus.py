"""What a definition may say, read off the registries as YAML comments: a new measure or protocol stands there too."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic.fields import FieldInfo

from inoc_evals.definitions.fields import Strict, fillable
from inoc_evals.definitions.words import printable
from inoc_evals.measures.declaration import Measure, value_key
from inoc_evals.measures.registry import registered
from inoc_evals.protocols.registry import protocols

_WIDTH = 118
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}
# Stands for a text that an option must have, so that its scales can be asked for.
_ANY_TEXT = "x"


def comment(text: str, indent: int = 0) -> str:
    """`text` as lines of YAML comment, the second and further ones two characters deeper than the first."""
    first, rest = "#" + " " * (indent + 1), "#" + " " * (indent + 3)
    words = " ".join(printable(text).split())
    return "\n".join(textwrap.wrap(words, _WIDTH, initial_indent=first, subsequent_indent=rest)) or "#"


def plain(text: str) -> str:
    """`text` as YAML reads it back; in quotes only where it would be read as something else, as "yes" would."""
    return text if yaml.safe_load(text) == text else json.dumps(text)


def detector_menu() -> str:
    """Every detector, ours and other packages', with what it asks, its fields and the keys of its values."""
    lines = []
    for name, measure in registered().items():
        if measure.section != "measures":
            continue
        needs = f" Needs {' and '.join(sorted(measure.needs))}." if measure.needs else ""
        lines.append(comment(f"{name}: {_said(measure.options)}{needs}", 2))
        lines += fields_of(measure.options, "detector")
        if keys := _keys(measure):
            lines.append(comment(f"values: {', '.join(keys)}", 6))
    return "\n".join(lines)


def protocol_menu() -> str:
    """Every protocol, with what it does, what its measures find, and its fields."""
    lines = []
    for name, protocol in protocols().items():
        gives = "texts and probabilities" if protocol.gives == "anything" else protocol.gives
        lines.append(comment(f"{name} (gives {gives}): {_said(protocol.way)}", 2))
        lines += fields_of(protocol.way, "name")
    return "\n".join(lines)


def choice_menu(model: type[Strict], field: str, meanings: Mapping[str, str]) -> str:
    """What the `field` of a definition may be, each with its meaning where there is one."""
    names = get_args(model.model_fields[field].annotation)
    return "\n".join(comment(f"{name}: {meanings[name]}" if name in meanings else name, 2) for name in names)


def optional_fields(model: type[Strict], but: Iterable[str] = ()) -> str:
    """The names of the fields that a definition may leave out."""
    return ", ".join(name for name, field in model.model_fields.items() if not field.is_required() and name not in but)


def _said(model: type[Strict]) -> str:
    # Not inspect.getdoc, which takes the words of the class above where there are none.
    return " ".join((model.__doc__ or "no description").split())


def fields_of(model: type[Strict], but: str) -> list[str]:
    """The fields of a model, a comment each, without the one that is called `but`."""
    return [
        comment(f"{name}: {_kind(field)}{_default(field)}", 6)
        for name, field in model.model_fields.items()
        if name != but
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True, validated_data={})
    return ", may be left out" if value is None or value == [] or value == {} else f", {_written(value)} if left out"


def _written(value: object) -> str:
    if isinstance(value, str) and value != value.strip():
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(field: FieldInfo) -> str:
    kind = _kind_of(field.annotation)
    return f"{kind} that may hold a {{parameter}}" if fillable(field) else kind


def _kind_of(annotation: Any) -> str:
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind_of(members[0])
    if origin in (Union, UnionType):
        return " or ".join(_kind_of(member) for member in members if member is not NoneType)
    if origin is Literal:
        return " or ".join(map(str, members))
    if origin is list:
        return f"list of {_kind_of(members[0])}s"
    return _KINDS.get(annotation, "see its documentation")


def _keys(measure: Measure[Any]) -> Sequence[str]:
    """The keys of a measure's values where a task calls it NAME; none where they cannot be told without its options."""
    given: dict[str, Any] = {
        name: _ANY_TEXT for name, field in measure.options.model_fields.items() if field.is_required()
    }
    try:
        options = measure.options.model_construct(**given)
        return [value_key("NAME", ending) for ending in measure.scales(options)]
    # A measure of another package may take its options in any way.
    except Exception:
        return ()
