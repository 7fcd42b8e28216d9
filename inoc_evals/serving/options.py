"""Are the arguments that a user hands on to vLLM arguments of the installed vLLM? Told without loading it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.definitions.words import did_you_mean, shown

# What the server is started with is how it is found, kept apart and asked; see serve().
_OURS = ("model", "served-model-name", "host", "port", "uds", "api-key", "lora-modules", "generation-config")
_LITERAL = re.compile(r"--[a-z][a-z0-9-]+")


def option_faults(arguments: Sequence[str]) -> Iterator[str]:
    """What is wrong with each of the `arguments` for vLLM, as far as their names tell."""
    awaited = False
    for text in arguments:
        if not text.startswith("-"):
            if not awaited:
                yield f"--server-arg {shown(text)} is no option of vLLM; write it as in --server-arg=--dtype=float32"
            awaited = False
            continue
        awaited = "=" not in text
        name = text.partition("=")[0].removeprefix("--").partition(".")[0].replace("_", "-")
        if name in _OURS:
            yield f"--server-arg {shown(text)}: --{name} is set by this program; leave it out"
        elif text.startswith("--") and not _known(name):
            hint = did_you_mean(f"--{name}", _options())
            yield f"--server-arg {shown(text)}: the installed vLLM has no option --{name}{hint}"


def given_value(arguments: Sequence[str], name: str) -> str | None:
    """The value that the last of `arguments` with this name (without its hyphens) gives, or None."""
    found = None
    for place, text in enumerate(arguments):
        said, sign, value = text.partition("=")
        if said.removeprefix("--").replace("_", "-") == name and said.startswith("--"):
            found = value if sign else next(iter(arguments[place + 1 : place + 2]), None)
    return found


def _known(name: str) -> bool:
    options = _options()
    positive = name.removeprefix("no-")
    # Without the sources nothing can be told, and vLLM takes the beginning of a name for the name.
    return not options or any(option.startswith((f"--{name}", f"--{positive}")) for option in options)


@cache
def _options() -> frozenset[str]:
    """The options that the sources of vLLM's command line name, in literals or as fields of its data classes."""
    spec = find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    root = Path(next(iter(spec.submodule_search_locations)))
    found: set[str] = set()
    for path in (root / "engine" / "arg_utils.py", *sorted((root / "entrypoints").glob("**/cli_args.py"))):
        if path.is_file():
            found |= _named_in(path.read_text(encoding="utf-8"))
    return frozenset(found)


def _named_in(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _LITERAL.fullmatch(node.value):
            found.add(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(f"--{node.target.id.replace('_', '-')}")
    return found
