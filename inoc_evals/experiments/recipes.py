"""The recipe of a scale: the fields of a training, as strict as the rest of the file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_origin

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from inoc_evals.definitions.document import YamlFile
from inoc_evals.definitions.fields import Strict
from inoc_evals.inoculation.recipe import Recipe

SEED = "seed"


def read_recipe(document: YamlFile, scale: str) -> Mapping[str, Any]:
    """The fields of the recipe that the scale of this name sets. Raises InputError with their places."""
    where = ("scale", scale, "recipe")
    written = document.data["scale"][scale].get("recipe", {})
    if SEED in written:
        raise document.error("seeds are those of the run (--seeds); drop it", *where, SEED, at_key=True)
    given = document.read(written, _written(), *where).model_dump(exclude_unset=True)
    try:
        Recipe(**given)
    except ValidationError as error:
        # What one field makes of another.
        (fault,) = error.errors(include_url=False)
        message = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
        named = next((name for name in given if f" {name};" in message), None)
        raise document.error(message, *where, *([named] if named else []), at_key=True) from None
    return given


@cache
def _written() -> type[Strict]:
    fields: dict[str, Any] = {
        name: (_annotated(field), field) for name, field in Recipe.model_fields.items() if name != SEED
    }
    return create_model("Recipe", __base__=Strict, **fields)


def _annotated(field: FieldInfo) -> Any:
    # YAML has no tuples.
    if get_origin(field.annotation) is tuple:
        from typing import Annotated

        return Annotated[field.annotation, Field(strict=False)]
    return field.annotation
