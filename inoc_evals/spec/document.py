"""Reading YAML and JSONL into models, with the place of everything that is wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Item, Rubric, Strict, Task

Model = TypeVar("Model", bound=Strict)
# A file of a few kilobytes can expand to billions of nodes through nested aliases.
MAX_NODES = 100_000


def load_task(path: Path) -> Task:
    """The task of a task.yaml. Raises InputError with file:line:column."""
    task = _load_yaml(path, Task)
    if not (path.parent / task.items).is_file():
        raise InputError.at(path, f"items file {task.items!r} is not beside it; create it or correct the name")
    return task


def load_rubric(path: Path) -> Rubric:
    """The rubric of a judges/*.yaml. Raises InputError with file:line:column."""
    return _load_yaml(path, Rubric)


def load_items(path: Path) -> tuple[Item, ...]:
    """The items of a JSONL file, one object a line, ids unique. Raises InputError with file:line:column."""
    lines: dict[str, int] = {}
    items = []
    # Only "\n" ends a JSONL row: str.splitlines would also cut at characters that JSON strings may hold.
    for number, line in enumerate(_read(path, "a JSONL file of items").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line, object_pairs_hook=_no_duplicates)
        except json.JSONDecodeError as error:
            message = f"not JSON ({error.msg}); write one object a line"
            raise InputError.at(path, message, number, error.colno) from None
        except (_DuplicateKey, RecursionError) as error:
            raise InputError.at(path, str(error) or "nested too deeply", number) from None
        if not isinstance(data, dict):
            raise InputError.at(path, 'not an object; write {"id": ..., "category": ..., "prompt": ...}', number)
        try:
            item = Item.model_validate(data)
        except ValidationError as error:
            location, message = _explain(error, Item)
            column = _json_column(line, location)
            raise InputError.at(path, message, number, column) from None
        if item.id in lines:
            message = f"id {item.id!r} stands already in line {lines[item.id]}; ids must be unique"
            raise InputError.at(path, message, number, _json_column(line, ("id",)))
        lines[item.id] = number
        items.append(item)
    if not items:
        raise InputError.at(path, "the file holds no items; write at least one")
    return tuple(items)


class _DuplicateKey(Exception):
    pass


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKey(f"key {key!r} appears twice; keep one")
        result[key] = value
    return result


def _json_column(line: str, location: Sequence[int | str]) -> int | None:
    if not location:
        return None
    place = line.find(json.dumps(str(location[0]), ensure_ascii=False))
    return place + 1 if place >= 0 else None


def _read(path: Path, wanted: str) -> str:
    if path.is_dir():
        raise InputError.at(path, f"this is a folder; name {wanted}")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError.at(path, f"there is no such file; name {wanted}") from None
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror}); name {wanted}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError.at(path, "the text is not UTF-8; save the file as UTF-8", line) from None


def _load_yaml(path: Path, model: type[Model]) -> Model:
    text = _read(path, f"a YAML file of a {model.__name__.lower()}")
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        if root is None:
            raise InputError.at(path, "the file is empty; write the keys of a " + model.__name__.lower())
        if not isinstance(root, yaml.MappingNode):
            raise InputError.at(path, "the top level is no mapping; write `key: value` lines", *_mark(root))
        _check(path, root)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML ({error.problem or 'syntax'}); check quotes, colons and indentation"
        raise InputError.at(path, message, mark.line + 1 if mark else None, mark.column + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError.at(path, f"not valid YAML ({str(error).splitlines()[0]}); correct it") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        location, message = _explain(error, model)
        raise InputError.at(path, message, *_position(root, location, message.startswith("unknown key"))) from None


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _check(path: Path, root: yaml.Node) -> None:
    """Refuse duplicate keys, which PyYAML merges silently, and alias bombs."""
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise InputError.at(path, f"more than {MAX_NODES} values once aliases are expanded; write it plainly")
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, int] = {}
            for key, value in node.value:
                name = str(key.value)
                if name in seen and name != "<<":
                    message = f"key {name!r} stands already in line {seen[name]}; keep one"
                    raise InputError.at(path, message, *_mark(key))
                seen[name] = key.start_mark.line + 1
                stack.append(value)
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)


def _position(root: yaml.Node, location: Sequence[int | str], at_key: bool = False) -> tuple[int, int]:
    """Line and column of the deepest node on `location`: of its value, or of its key where the key is what is wrong."""
    node, place = root, _mark(root)
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                continue  # pydantic adds the tag of a union, which is no key of the file
            place = _mark(found[0] if at_key or isinstance(found[1], yaml.MappingNode) else found[1])
            node = found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            place = _mark(node)
    return place


def _explain(error: ValidationError, model: type[Strict]) -> tuple[tuple[int | str, ...], str]:
    # A misspelt key is also a missing one; the misspelling is what the user needs to hear.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    location = tuple(first["loc"])
    name = ".".join(str(step) for step in location) or model.__name__.lower()
    kind, given = first["type"], first.get("input")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _fields(model), n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "remove it"
        return location, f"unknown key {name!r}; {remedy}"
    if kind == "missing":
        return location, f"{name!r} is missing; add it"
    if kind == "string_type":
        if isinstance(given, bool):
            return location, f"{name} is read as the truth value {given}; put the word in quotes"
        return location, f"{name} must be a text, not {given!r}; put it in quotes"
    if kind == "value_error":
        return location, str(first["ctx"]["error"])
    if kind == "string_pattern_mismatch":
        pattern = first["ctx"]["pattern"]
        return location, f"{name} is {given!r}; it must match {pattern}"
    message = first["msg"][0].lower() + first["msg"][1:]
    return location, f"{name} is {given!r}; {message.replace('input should', 'it should')}"


def _fields(model: type[Strict]) -> list[str]:
    """Field names of the model and of the models inside it: what a misspelt key may have meant."""
    names: list[str] = []
    todo: list[Any] = [model]
    done: set[Any] = set()
    while todo:
        kind = todo.pop()
        if kind in done:
            continue
        done.add(kind)
        if isinstance(kind, type) and issubclass(kind, Strict):
            names += kind.model_fields
            todo += [field.annotation for field in kind.model_fields.values()]
        else:
            todo += getattr(kind, "__args__", ())
    return names
