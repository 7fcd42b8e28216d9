"""What other commands found and left in a folder, beside the results of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError

T = TypeVar("T")


def read_beside(path: Path, kind: type[T], command: str, version: int) -> T:
    """The findings in a file that `inoc-evals COMMAND` wrote, as a dataclass with a `format`. Raises InputError for
    anything else, and for those of another format than `version`."""
    from pydantic import TypeAdapter, ValidationError

    data = read_object(path, f"what `inoc-evals {command}` found")
    if data.get("format") not in (version, None):
        message = f"its format is {data['format']} and not {version}; run `inoc-evals {command}` again"
        raise InputError.at(path, message)
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"{where}: {first['msg'].lower()}; run `inoc-evals {command}` again, or remove this file"
        raise InputError.at(path, message) from None
