"""What every definition is made of: strict models, names, texts, and texts that name parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from inoc_evals.errors import InputError

NAME = r"^[a-z][a-z0-9_]*$"
NOT_BLANK = r"\S"
VERSION = r"^[0-9]+-[A-Z]$"
# Wider than NAME, so that {Animal} is an unknown name and not a text that nobody fills.
REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Names and ids become names of files in logs, of columns and of metrics.
LONGEST_NAME, LONGEST_ID = 100, 500
# More responses to a prompt, or tokens of a response, than anyone has asked for.
MOST = 1_000_000

Name = Annotated[str, Field(pattern=NAME, max_length=LONGEST_NAME)]
Text = Annotated[str, Field(pattern=NOT_BLANK)]
Id = Annotated[str, Field(pattern=NOT_BLANK, max_length=LONGEST_ID)]
_FILLABLE: Final = "holds parameters"
# A text in which {name} stands for a parameter of the task.
Template = Annotated[str, Field(pattern=NOT_BLANK), _FILLABLE]


class Misplaced(ValueError):
    """A fault between two fields. `location` leads from the model that raises it to the field that is to be changed."""

    def __init__(self, message: str, *location: int | str, at_key: bool = False) -> None:
        super().__init__(message)
        self.location = location
        self.at_key = at_key


class Strict(BaseModel):
    """Frozen, no unknown keys, no silent conversion: `no` stays an error where a text is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Options(Strict):
    """What a task says of one measure under `measures`. `detector` is the measure's name in the registry; each measure
    adds the fields that it has."""

    detector: Name


def fill(text: str, parameters: Mapping[str, str]) -> str:
    """Replace every {name} by the parameter's value. Raises InputError for an unknown name."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            message = f"{{{name}}} in {text!r} is no parameter of the task (it has: {known}); declare it or correct it"
            raise InputError(message)
        return parameters[name]

    # One pass: braces in a value stay as they are.
    return REFERENCE.sub(value, text)


def templates(options: Strict) -> dict[str, str]:
    """Field -> text of the fields that are declared as `Template`, or as `Template | None` and given."""
    values = {name: getattr(options, name) for name, field in type(options).model_fields.items() if fillable(field)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def fillable(field: FieldInfo) -> bool:
    """Is the field declared as `Template`, or as one among others (`Template | None`, `list[Template]`)?"""
    members: tuple[Any, ...] = get_args(field.annotation)
    return _FILLABLE in (*field.metadata, *(part for member in members for part in getattr(member, "__metadata__", ())))
