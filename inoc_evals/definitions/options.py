"""What a task says of one measure: the model is declared in the measure's own file and looked up by name."""

from __future__ import annotations

from functools import cache

from pydantic_core import PydanticKnownError, SchemaValidator, core_schema

from inoc_evals.definitions.fields import Misplaced, Options, Strict
from inoc_evals.errors import InputError
from inoc_evals.measures.registry import detector_names, find_measure


def read_options(value: object) -> Options:
    """The options of a measure as the model that the measure declares. Raises pydantic's errors, as for a union of all
    these models told apart by `detector`; only the files of measures that a task names are loaded."""
    if isinstance(value, Options):
        return value
    if not isinstance(value, dict):
        raise PydanticKnownError("dict_type")
    tagged = {"discriminator": "'detector'"}
    if "detector" not in value:
        raise PydanticKnownError("union_tag_not_found", tagged)
    name = value["detector"]
    try:
        measure = find_measure(name) if isinstance(name, str) else None
    except InputError as error:
        raise Misplaced(str(error), "detector") from None
    if measure is None or measure.section != "measures":
        known = ", ".join(f"'{known}'" for known in detector_names())
        raise PydanticKnownError("union_tag_invalid", {**tagged, "tag": str(name), "expected_tags": known})
    options: Options = _tagged(measure.options, measure.name).validate_python(value)
    return options


@cache
def _tagged(options: type[Strict], name: str) -> SchemaValidator:
    # A union of one: a fault has the measure's name in its location, by which the keys known there are found.
    options.model_rebuild()
    schema = core_schema.tagged_union_schema({name: options.__pydantic_core_schema__}, discriminator="detector")
    return SchemaValidator(schema)
