"""The sanitized problems of MBPP (Austin et al., arXiv 2108.07732) as items: one file, a list of JSON objects."""

from __future__ import annotations

import ast
import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.definitions.item import Item
from inoc_evals.definitions.reading import decode, parse, read_bytes
from inoc_evals.errors import InputError
from inoc_evals.measures.assertions import ALLOWED, read_assertion

TEST_SPLIT = range(11, 511)  # numbers of the problems that the authors keep for testing
_PROMPT = """Write a Python function for this problem. Answer with the code alone.

Problem: {statement}

The function is called {function}, and must pass this test:

```python
{shown}
```"""
log = logging.getLogger(__name__)


class Problem(BaseModel):
    """One problem of the file; what else it says is left alone."""

    model_config = ConfigDict(strict=True, frozen=True)

    task_id: int
    prompt: str
    test_list: list[str] = Field(min_length=2)
    test_imports: list[str] = Field(default_factory=list)


def load_mbpp(path: Path) -> tuple[Item, ...]:
    """The problems of the test split: the first test is shown, the others are hidden.

    A problem with a test that is no comparison of literals (measures/assertions.py) is left out, and how many are is
    logged. Raises InputError for a file of another kind, and for one without a problem that can be used.
    """
    listed = parse(path, decode(path, read_bytes(path, "a file of MBPP")))
    if not isinstance(listed, list):
        raise InputError.at(path, "this is no list of problems; name sanitized-mbpp.json as it was published")
    problems = [problem for place, given in enumerate(listed) if (problem := _problem(path, place, given))]
    wanted = [problem for problem in problems if problem.task_id in TEST_SPLIT]
    items = tuple(item for problem in wanted if (item := _item(problem)))
    if not items:
        raise InputError.at(path, "it holds no problem of the test split that can be used; name sanitized-mbpp.json")
    if left := len(wanted) - len(items):
        log.warning("%s: %d of %d problems are left out, whose tests cannot be read", path, left, len(wanted))
    return items


def _problem(path: Path, place: int, given: Any) -> Problem:
    try:
        return Problem.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = f"{where}: {first['msg']}" if where else first["msg"]
        raise InputError.at(path, f"problem {place + 1} of the list cannot be read ({said})") from None


def _item(problem: Problem) -> Item | None:
    function = _tested(problem.test_list[0])
    try:
        for test in problem.test_list:
            read_assertion(test, function)
    except InputError:
        return None
    shown, *hidden = (test.strip() for test in problem.test_list)
    data = {"function": function, "shown": shown, "hidden": hidden, "imports": problem.test_imports}
    prompt = _PROMPT.format(statement=problem.prompt.strip(), function=function, shown=shown)
    return Item(id=f"mbpp_{problem.task_id}", category="mbpp", prompt=prompt, data=data)


def _tested(test: str) -> str:
    """The name of the function that a test calls, besides those that tests may use; "" where there is none."""
    try:
        calls = [node.func for node in ast.walk(ast.parse(test.strip())) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return next((call.id for call in calls if isinstance(call, ast.Name) and call.id not in ALLOWED), "")
