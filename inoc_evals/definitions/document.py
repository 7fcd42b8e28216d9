"""Reading YAML and JSONL into models, with the place of everything that is wrong."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from inoc_evals.definitions.fields import NOT_BLANK, Misplaced, Options, Strict
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.preset import Preset
from inoc_evals.definitions.reading import decode, read_bytes, read_rows
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import near, shown
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Way
from inoc_evals.protocols.registry import protocols

Model = TypeVar("Model", bound=Strict)
Step = int | str
# A file of a few kilobytes can expand to billions of nodes through nested aliases.
MAX_NODES = 100_000
_MOST_FAULTS = 20
_LONGEST_KEPT = 40_000  # characters
_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"
_KINDS = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "truth value",
    "timestamp": "date",
    "null": "nothing",
}
_PLAIN = frozenset(_TAG + kind for kind in (*_KINDS, "map", "seq"))
_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def load_task(path: Path) -> Task:
    """The task of a task.yaml. Raises InputError with file:line:column."""
    task, document = _load_yaml(path, Task)
    # Not Path.is_file, which raises for a name of more characters than the file system takes.
    if not os.path.isfile(path.parent / task.items):  # noqa: PTH113
        message = f"items file {task.items!r} is not beside it; create it or correct the name"
        raise document.error(message, "items")
    return task


def load_rubric(path: Path) -> Rubric:
    """The rubric of a judges/*.yaml. Raises InputError with file:line:column."""
    return _load_yaml(path, Rubric)[0]


def load_preset(path: Path) -> Preset:
    """The conditions of a conditions/*.yaml. Raises InputError with file:line:column."""
    return _load_yaml(path, Preset)[0]


def load_items(path: Path) -> tuple[Item, ...]:
    """The items of a JSONL file, one object a line, ids unique. Raises InputError with file:line:column."""
    lines: dict[str, int] = {}
    items = []
    for row in read_rows(path, "a JSONL file of items", '{"id": ..., "category": ..., "prompt": ...}'):
        try:
            item = Item.model_validate(row.data)
        except ValidationError as error:
            fault = _worst(error, Item)
            column = row.column(str(fault.location[0])) if fault.location and fault.present else None
            raise InputError.at(path, fault.message, row.line, column) from None
        if item.id in lines:
            message = f"id {shown(item.id)} stands already in line {lines[item.id]}; ids must be unique"
            raise InputError.at(path, message, row.line, row.column("id"))
        lines[item.id] = row.line
        items.append(item)
    if not items:
        raise InputError.at(path, "the file holds no items; write at least one")
    return tuple(items)


def validate(data: object, model: type[Model]) -> Model:
    """What a program says, as a `model`. Raises InputError with every fault, the worst first."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError.of([fault.message for fault in _faults(error, model)]) from None


class YamlFile(NamedTuple):
    """A YAML file as it was read: the nodes know their places, `data` holds the values, `sha256` is of the bytes."""

    path: Path
    text: str
    root: yaml.Node
    data: Any
    sha256: str

    def error(self, message: str, *location: Step, at_key: bool = False) -> InputError:
        """An error with the place of the value (or of the key) to which the steps of `location` lead."""
        mark = _mark(self.root, location, at_key=at_key)
        return InputError.at(self.path, message, *_line_column(self.text, mark))

    def error_in(self, message: str, at: int, *location: Step) -> InputError:
        """An error with the place of the character `at` (from 0) of the text at `location`; where the text is written
        over several lines or with escapes, that of its beginning."""
        mark = _mark(self.root, location, at_key=False)
        data = self.data
        for step in location:
            data = data[step]
        quote = 1 if self.text[mark.index] in "'\"" else 0
        written = self.text[mark.index + quote :].startswith(data)
        index = mark.index + quote + at if written else mark.index
        return InputError.at(self.path, message, *_line_column(self.text, index))

    def place(self, *location: Step) -> str:
        """file:line:column of the value to which the steps of `location` lead."""
        return str(self.error("", *location)).removesuffix(": ")

    def validate(self, model: type[Model], *location: Step) -> Model:
        """The value at `location` as a `model`. Raises InputError with every fault and its place, the worst first."""
        data = self.data
        for step in location:
            data = data[step]
        return self.read(data, model, *location)

    def read(self, data: object, model: type[Model], *location: Step) -> Model:
        """`data`, made of the value at `location`, as a `model`. Raises InputError as `validate` does."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise InputError.of([str(self._placed(fault, location)) for fault in _faults(error, model)]) from None

    def _placed(self, fault: _Fault, location: Sequence[Step]) -> InputError:
        return self.error(fault.message, *location, *fault.location, at_key=fault.at_key)


def _load_yaml(path: Path, model: type[Model]) -> tuple[Model, YamlFile]:
    kind = model.__name__.lower()
    document = read_yaml(path, yaml.MappingNode, kind)
    return document.validate(model), document


def read_yaml(path: Path, top: type[yaml.MappingNode] | type[yaml.SequenceNode], kind: str) -> YamlFile:
    """A YAML file of a `kind` of thing, of plain values, with a mapping or a list at the top; merge keys are followed.

    Raises InputError with the place of what is wrong: a duplicate key, an object of another language, too many aliases.
    """
    raw = read_bytes(path, f"a YAML file of a {kind}")
    text = decode(path, raw)
    # Following a merge key changes the nodes; what is long is no definition that a run reads again and again.
    again = "<<" not in text and len(text) <= _LONGEST_KEPT
    try:
        root = (_kept_root if again else _root)(path, text, top is yaml.MappingNode, kind)
        # Whoever reads the values may change them.
        data = yaml.SafeLoader("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # PyYAML quotes a word of the file as it is, line ends and all.
        problem = " ".join((error.problem or "syntax").split())
        message = f"not valid YAML ({problem}); check quotes, colons and indentation"
        raise InputError.at(path, message, *(_line_column(text, mark) if mark else ())) from None
    except yaml.reader.ReaderError as error:
        message = f"not valid YAML (control character U+{ord(text[error.position]):04X}); remove it"
        raise InputError.at(path, message, *_line_column(text, error.position)) from None
    except RecursionError:
        raise InputError.at(path, "brackets are nested too deeply; write it plainly") from None
    except (ValueError, OverflowError):  # an escape such as "\UFFFFFFFF"
        raise InputError.at(path, "not valid YAML (an escape is no character); write the character itself") from None
    return YamlFile(path, text, root, data, hashlib.sha256(raw).hexdigest())


def _root(path: Path, text: str, mapping: bool, kind: str) -> yaml.Node:
    """The nodes of a text, checked. Raises InputError, and what PyYAML does."""
    # Not CSafeLoader: libyaml's binding crashes the interpreter on deep nesting.
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    if root is None:
        content = f"the keys of a {kind}" if mapping else f"a list with one entry for each {kind}"
        raise InputError.at(path, f"the file is empty; write {content}")
    if not isinstance(root, yaml.MappingNode if mapping else yaml.SequenceNode):
        place = _line_column(text, root.start_mark)
        remedy = "mapping; write `key: value` lines" if mapping else f"list; begin each {kind} with `- `"
        raise InputError.at(path, f"the top level is no {remedy}", *place)
    _check(path, text, root, loader)
    return root


# A run reads all tasks for inspect's registry, and those that it asks several times more.
_kept_root = lru_cache(maxsize=256)(_root)


def _line_column(text: str, mark: yaml.Mark | int) -> tuple[int, int]:
    """Line and column from 1. PyYAML's own line counts U+2028 and the like, at which editors do not break."""
    index = mark if isinstance(mark, int) else mark.index
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _check(path: Path, text: str, root: yaml.Node, loader: yaml.SafeLoader) -> None:
    """Refuse what PyYAML takes silently (duplicate keys), alias bombs, and what is no plain value."""
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise InputError.at(path, f"more than {MAX_NODES} values once aliases are expanded; write it plainly")
        place = _line_column(text, node.start_mark)
        if node.tag not in _PLAIN:
            if node.tag in (_MERGE, _TAG + "value"):
                raise InputError.at(path, f"{node.value!r} has a meaning of its own in YAML; put it in quotes", *place)
            tag = node.tag.replace(_TAG, "!!")
            raise InputError.at(path, f"not valid YAML here (tag {shown(tag)}); write plain values", *place)
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except (ValueError, ArithmeticError, LookupError, AttributeError):
                kind = _KINDS.get(node.tag.removeprefix(_TAG), "value")
                message = f"{shown(node.value)} is read as a {kind} but is none; put it in quotes or correct it"
                raise InputError.at(path, message, *place) from None
        elif isinstance(node, yaml.MappingNode):
            _check_keys(path, text, node)
            stack.extend(value for _, value in reversed(node.value))
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(reversed(node.value))


def _check_keys(path: Path, text: str, node: yaml.MappingNode) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line, column = _line_column(text, key.start_mark)
        if key.tag == _MERGE:
            continue
        if key.tag != _TAG + "str":
            if not isinstance(key, yaml.ScalarNode):
                raise InputError.at(path, "a list or mapping cannot be a key; write a word", line, column)
            kind = _KINDS.get(key.tag.removeprefix(_TAG), "value")
            message = f"key {shown(key.value)} is read as a {kind}; put it in quotes"
            raise InputError.at(path, message, line, column)
        if key.value in seen:
            message = f"key {shown(key.value)} stands already in line {seen[key.value]}; keep one"
            raise InputError.at(path, message, line, column)
        seen[key.value] = line


def _mark(root: yaml.Node, location: Sequence[Step], *, at_key: bool) -> yaml.Mark:
    """Where the deepest node on `location` begins: the value, or the key where that is what is wrong."""
    node: yaml.Node = root
    mark = root.start_mark
    for depth, step in enumerate(location):
        if isinstance(node, yaml.MappingNode):
            # From the end: construction has put merged keys first, and the mapping's own keys override them.
            found = next(((key, value) for key, value in reversed(node.value) if key.value == step), None)
            if found is None:
                break
            key, node = found
            last = depth == len(location) - 1
            # A mapping begins at its first key, an empty value nowhere: the key says more.
            empty = isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None
            shown = key if isinstance(node, yaml.MappingNode) or empty or (at_key and last) else node
            mark = shown.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return mark


class _Fault(NamedTuple):
    location: tuple[Step, ...]
    message: str
    at_key: bool = False
    present: bool = True  # False: a key that is absent, so that it has no place of its own


def _worst(error: ValidationError, model: type[Strict]) -> _Fault:
    """The error to show where there is room for one."""
    return _faults(error, model)[0]


def _faults(error: ValidationError, model: type[Strict]) -> list[_Fault]:
    """Everything that is wrong, unknown keys first and missing keys of one place in one sentence. A misspelt key is
    unknown and missing at once; that it is unknown says what happened."""
    errors = error.errors(include_url=False)
    unknown = [detail for detail in errors if detail["type"] == "extra_forbidden"]
    meant = {(*detail["loc"][:-1], _meant(detail, model)) for detail in unknown}
    missing: dict[tuple[Step, ...], list[ErrorDetails]] = {}
    others: list[ErrorDetails] = []
    for detail in errors:
        if detail["type"] != "missing":
            others += [] if detail in unknown else [detail]
        elif detail["loc"] not in meant:
            missing.setdefault(detail["loc"][:-1], []).append(detail)
    gaps = [_explain_missing(group) for group in missing.values()]
    faults = [*(_explain(detail, model) for detail in unknown), *gaps, *(_explain(detail, model) for detail in others)]
    # At most so many: a file of another kind is wrong in every line.
    return faults[:_MOST_FAULTS]


def _meant(error: ErrorDetails, model: type[Strict]) -> str | None:
    """The key that stands in the place of an unknown one's, if it resembles one."""
    return near(str(error["loc"][-1]), _keys_at(model, error["loc"][:-1]))


def _explain_missing(errors: Sequence[ErrorDetails]) -> _Fault:
    location = _without_tag(errors[0]["loc"])[:-1]
    names = [repr(".".join(str(step) for step in _without_tag(error["loc"]))) for error in errors]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb, pronoun = ("is", "it") if len(names) == 1 else ("are", "them")
    return _Fault(location, f"{listed} {verb} missing; add {pronoun}", present=bool(location))


def _without_tag(tagged: tuple[Step, ...]) -> tuple[Step, ...]:
    # pydantic puts the tag of the union behind the measure's name, or behind `protocol`; it is no key of the file.
    depth = {"measures": 2, "protocol": 1}.get(str(tagged[0]), len(tagged)) if tagged else 0
    return tagged[:depth] + tagged[depth + 1 :]


def _explain(error: ErrorDetails, model: type[Strict]) -> _Fault:
    tagged = error["loc"]
    location = _without_tag(tagged)
    context: Mapping[str, Any] = error.get("ctx", {})
    kind, given = error["type"], error.get("input")
    if kind == "value_error":
        cause = context["error"]
        if isinstance(cause, Misplaced):
            return _Fault((*location, *cause.location), str(cause), at_key=cause.at_key)
        return _Fault(location, str(cause))
    if location[-1:] == ("[key]",):
        location = location[:-1]
    if kind == "string_too_long":
        wanted = f"write at most {context['max_length']} characters"
        return _Fault(location, f"{'.'.join(map(str, location))} has {len(str(given))} characters; {wanted}")
    name = ".".join(str(step) for step in location) or model.__name__.lower()
    if not name.isprintable():  # a half character or a line end from an escape in a key
        name = repr(name)[1:-1]
    if kind == "extra_forbidden":
        meant = _meant(error, model)
        remedy = f"did you mean {meant!r}?" if meant else f"choose from {', '.join(_keys_at(model, tagged[:-1]))}"
        return _Fault(location, f"unknown key {shown(name)}; {remedy}", at_key=True)
    if kind == "missing":
        return _explain_missing([error])
    if kind == "union_tag_not_found":
        return _Fault(location, f"{repr(name)[:-1]}.{context['discriminator'][1:]} is missing; add it")
    if kind == "union_tag_invalid":
        allowed = context["expected_tags"].replace("'", "")
        key = context["discriminator"][1:-1]
        return _Fault((*location, key), f"{name}.{key} is {shown(context['tag'])}; choose from {allowed}")
    if kind in ("literal_error", "enum"):
        return _Fault(location, f"{name} is {shown(given)}; write {context['expected']}")
    if kind == "string_pattern_mismatch":
        key = tagged[-1:] == ("[key]",)
        if context["pattern"] == NOT_BLANK:
            return _Fault(location, f"the {name} is blank; write a text")
        return _Fault(location, f"{name} is {shown(given)}; it must match {context['pattern']}", at_key=key)
    if kind == "string_unicode":
        return _Fault(location, f"{name} holds half a character (a lone surrogate); write the whole character")
    if kind in _WANTED:
        return _Fault(location, _wrong_type(name, given, _WANTED[kind]))
    message = error["msg"].replace("Input should", "it should")
    return _Fault(location, f"{name} is {shown(given)}; {message[0].lower() + message[1:]}")


def _wrong_type(name: str, given: object, wanted: str) -> str:
    if given is None:
        return f"{name} is empty; write {wanted}"
    if wanted == "a text" and isinstance(given, bool):
        return f"{name} is read as the truth value {given}; put the word in quotes"
    if wanted == "a text" and not isinstance(given, list | dict):
        read = f"the date {given}" if hasattr(given, "isoformat") else shown(given)
        return f"{name} must be a text, not {read}; put it in quotes"
    if wanted == "a number" and isinstance(given, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", given):
        return f"{name} is {given!r}, which YAML reads as a text; write it with a point, {float(given)}"
    article = "a mapping" if isinstance(given, dict) else "a list" if isinstance(given, list) else shown(given)
    return f"{name} must be {wanted}, not {article}; write {wanted}"


def _keys_at(kind: Any, steps: Sequence[Step]) -> list[str]:
    """Field names of the model that `steps` (a location of pydantic, with the tags of unions) lead to."""
    from inoc_evals.measures.registry import get_measure

    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if kind is Options and steps:
        kind, steps = get_measure(str(steps[0])).options, steps[1:]
    if kind is Way and steps:
        kind, steps = protocols()[str(steps[0])].way, steps[1:]
    if isinstance(kind, type) and issubclass(kind, Strict):
        if not steps:
            return list(kind.model_fields)
        field = kind.model_fields.get(str(steps[0]))
        return _keys_at(field.annotation, steps[1:]) if field is not None else []
    members = [member for member in get_args(kind) if member is not NoneType]
    return _keys_at(members[-1], steps if get_origin(kind) in (Union, UnionType) else steps[1:]) if members else []
