"""What no protocol of ours can say: the function `ask` in the file task.py of the task's own folder.

The file is code of whoever wrote the task, and runs with the user's rights: only when a run names a task that lies in
this package, or in a folder that the user named in INOC_EVALS_PATH.
"""

from __future__ import annotations

import importlib.util
import inspect
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Protocol, Settings, Way
from inoc_evals.protocols.trajectory import Asking

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item

FILE = "task.py"
FUNCTION = "ask"
_PARAMETERS = ("item", "condition", "settings")


class Own(Way):
    """What the function `ask` in the file task.py beside task.yaml asks; it reads what else it wants from the item's
    `data`. `several_turns` says that it goes on with what a model answers, if only to some answers or items."""

    several_turns: bool = False


def ask(item: Item, condition: Condition, settings: Settings) -> Asking:
    """What the folder's own function asks, and its trajectories."""
    return (yield from load(settings.folder / FILE)(item, condition, settings))


@cache
def load(path: Path) -> Callable[[Item, Condition, Settings], Asking]:
    """The function of the file. Raises InputError, with its place, for a file that cannot be used."""
    if not path.is_file():
        raise InputError.at(path, f"there is no such file; write it, with `def {FUNCTION}({', '.join(_PARAMETERS)})`")
    name = f"inoc_evals_own_{path.parent.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError.at(path, "this is no Python file; correct it")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise InputError.at(path, f"not valid Python ({error.msg}); correct it", error.lineno, error.offset) from None
    # The file is somebody's code and may raise anything, and exit too.
    except (Exception, SystemExit) as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        said = one_line(error if isinstance(error, Exception) else Exception(f"it exits with {error}"))
        line = frames[-1].lineno if frames else None
        raise InputError.at(path, f"the file cannot be loaded ({said}); correct it", line) from None
    function = getattr(module, FUNCTION, None)
    if not inspect.isgeneratorfunction(function) or tuple(inspect.signature(function).parameters) != _PARAMETERS:
        wanted = f"def {FUNCTION}({', '.join(_PARAMETERS)})"
        raise InputError.at(path, f"there is no generator `{wanted}` that yields requests; write one")
    chosen: Callable[[Item, Condition, Settings], Asking] = function
    return chosen


def check(_: Item, settings: Settings) -> None:
    """Raise InputError for a file that cannot be used."""
    load(settings.folder / FILE)


def files(settings: Settings) -> Sequence[Path]:
    """The file, which decides what is asked."""
    return (settings.folder / FILE,)


PROTOCOL = Protocol("own", Own, ask, gives="anything", at_once=None, check=check, files=files)
