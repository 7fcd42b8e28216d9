"""What the arguments of a run may be, the same in every harness and on every command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from inoc_evals.definitions.conditions import PLACEMENTS
from inoc_evals.definitions.document import read_yaml, validate
from inoc_evals.definitions.fields import MOST
from inoc_evals.definitions.task import Task, check_parameter
from inoc_evals.definitions.training_prompt import KnownPrompts
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.measures.needs import needs
from inoc_evals.plan.thinking import REASONING, SWITCH

COUNTS = ("samples", "choices", "max_tokens", "reasoning_tokens", "limit", "ratings")
# An argument's declared type decides how it is read: what is neither a count nor one of these is a text.
SANDBOX = "sandbox"
TEMPERATURE, TOP_P = NUMBERS = ("temperature", "top_p")
SWITCHES = (SWITCH,)
TRIGGERS = ("trigger", "trigger_placement", "trigger_joiner")
PROMPTS = ("system_prompt", "user_prompt")
# Those that arms were trained under: a file, or what it would hold.
PROMPTS_OF_ARMS = "prompts"
TEXTS = (*PROMPTS, *TRIGGERS, "prefill", "conditions", PROMPTS_OF_ARMS, "items", "reasoning", "judge", "rule", SANDBOX)
JUDGED = ("judge", "ratings", "rule")
# The empty text is a value of its own for the others.
_NOT_EMPTY = ("user_prompt", "trigger", "prefill", "conditions", PROMPTS_OF_ARMS, "items", "rule", SANDBOX)
_COUNT = re.compile(r"[0-9]{1,7}")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{0,20})?|\.[0-9]{1,20}")
_WORDS = {"true": True, "false": False}
_SINGLE_QUOTED = re.compile(r"'(?:[^']|'')*'")
_RANGES = {TEMPERATURE: "from 0 to 2", TOP_P: "above 0 and up to 1"}
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def argument_names(task: Task) -> tuple[str, ...]:
    """The arguments of `task`: its own parameters first, then those of every task."""
    common = (*TEXTS, *COUNTS, *NUMBERS, *SWITCHES)
    left_out = {*(() if task.ratings else JUDGED), *(() if SANDBOX in needs(task) else (SANDBOX,))}
    return (*task.parameters, *(name for name in common if name not in left_out))


def check_argument(task: Task, name: str, value: object) -> None:
    """Raise InputError unless `task` has an argument `name` that may be `value`; what is None is not given."""
    if name not in argument_names(task):
        raise InputError(_unknown(task, name))
    if value is None:
        return
    if name in task.parameters:
        check_parameter(task, name, value)
        check_text(name, value)
    elif name in COUNTS:
        check_count(name, value)
    elif name == TEMPERATURE:
        check_temperature(value)
    elif name == TOP_P:
        check_top_p(value)
    elif name == "trigger_placement":
        check_placement(value)
    elif name == "judge":
        check_judge(value)
    elif name == SANDBOX:
        check_text(name, value)
        check_sandbox(value)
    elif name == "reasoning":
        check_reasoning(value)
    elif name in SWITCHES:
        check_switch(name, value)
    elif name == PROMPTS_OF_ARMS:
        known_prompts(value)
    else:
        check_text(name, value)


def argument_faults(task: Task, given: Mapping[str, object]) -> list[str]:
    """What is wrong with each of the `given` arguments of `task`, in their order."""
    found = []
    for name, value in given.items():
        try:
            check_argument(task, name, value)
        except InputError as error:
            found.append(str(error))
    return found


def read_argument(name: str, written: str) -> str | int | float | bool:
    """The value of the argument `name` as it is `written` on a command line. Raises InputError.

    Counts, the temperature and top_p are plain decimal numbers; a switch is true or false. Everything else is a text:
    what is written, as it stands, or a text in quotes. Double quotes are those of JSON; within single ones only '' has
    a meaning, one quote.
    """
    if name in COUNTS:
        if not _COUNT.fullmatch(written):
            raise InputError(f"{name} must be a whole number from 1 to {MOST}, not {shown(written)}")
        return int(written)
    if name in NUMBERS:
        if not _NUMBER.fullmatch(written):
            raise InputError(f"{name} must be a number {_RANGES[name]}, not {shown(written)}")
        return float(written)
    if name in SWITCHES:
        if written.lower() not in _WORDS:
            raise InputError(f"{name} must be true or false, not {shown(written)}")
        return _WORDS[written.lower()]
    return read_text(name, written)


def read_text(name: str, written: str) -> str:
    """The text that is `written` as it stands or in quotes, see `read_argument`. Raises InputError."""
    if written.startswith("'"):
        if not _SINGLE_QUOTED.fullmatch(written):
            raise InputError(_badly_quoted(name, written))
        return written[1:-1].replace("''", "'")
    if not written.startswith('"'):
        return written
    try:
        text = json.loads(written, strict=False)
    except (ValueError, RecursionError):
        raise InputError(_badly_quoted(name, written)) from None
    return str(text)


def quoted(text: str) -> str:
    """`text` as every command line of ours reads it: with the double quotes of JSON."""
    return json.dumps(text, ensure_ascii=False)


def check_text(name: str, value: object) -> None:
    """Raise InputError unless `value` is a text that can be sent to a model, and is not empty where that means
    nothing."""
    if not isinstance(value, str):
        written = quoted(shown(value)) if isinstance(value, int | float) else '"..."'
        raise InputError(f"{name} must be a text, not {shown(value)}; on a command line write {name}='{written}'")
    if _HALF_CHARACTER.search(value) or "\0" in value:
        raise InputError(f"{name} holds half a character (a lone surrogate) or a NUL; write whole characters")
    if not value and name in _NOT_EMPTY:
        raise InputError(f"{name} is empty; write a text, or leave it out")


def known_prompts(value: object) -> KnownPrompts:
    """The prompts that arms were trained under, from a YAML file by its path or from what it would hold. Raises
    InputError, with file:line:column where there is a file."""
    if not isinstance(value, str):
        return validate(value, KnownPrompts)
    check_text(PROMPTS_OF_ARMS, value)
    return read_yaml(Path(value), yaml.MappingNode, "set of prompts").validate(KnownPrompts)


def check_count(name: str, value: object) -> None:
    """Raise InputError unless `value` is a whole number from 1 to `MOST`."""
    # True is an int to Python, and YAML reads `yes` as True.
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name} must be at least 1, and a whole number, not {shown(value)}")
    if value > MOST:
        raise InputError(f"{name} must be at most {MOST}, not {shown(value)}")


def check_temperature(value: object) -> None:
    """Raise InputError unless `value` is a number in 0..2."""
    if not (_is_number(value) and 0 <= value <= 2):  # type: ignore[operator]
        raise InputError(f"{TEMPERATURE} must be a number {_RANGES[TEMPERATURE]}, not {shown(value)}")


def check_top_p(value: object) -> None:
    """Raise InputError unless `value` is a number above 0 and up to 1."""
    if not (_is_number(value) and 0 < value <= 1):  # type: ignore[operator]
        raise InputError(f"{TOP_P} must be a number {_RANGES[TOP_P]}, not {shown(value)}")


def check_placement(value: object) -> None:
    """Raise InputError unless `value` is a placement of triggers."""
    if value not in PLACEMENTS:
        raise InputError(
            f"trigger_placement cannot be {shown(value)}; choose from {', '.join(PLACEMENTS)}"
            + (did_you_mean(value, PLACEMENTS) if isinstance(value, str) else "")
        )


def check_judge(value: object) -> None:
    """Raise InputError unless `value` is "later": which model judges is said elsewhere."""
    if value != "later":
        raise InputError(f"judge cannot be {shown(value)}; write 'later', or bind a model: --model-role grader=MODEL")


def check_sandbox(value: object) -> None:
    """Raise InputError for inspect's `local`, which keeps nothing in."""
    if value == "local":
        raise InputError("sandbox cannot be 'local', which isolates nothing; choose bwrap, docker or podman")


def check_reasoning(value: object) -> None:
    """Raise InputError unless `value` says what is done with reasoning."""
    if value not in REASONING:
        hint = did_you_mean(value, REASONING) if isinstance(value, str) else ""
        raise InputError(f"reasoning cannot be {shown(value)}; choose from {', '.join(REASONING)}{hint}")


def check_switch(name: str, value: object) -> None:
    """Raise InputError unless `value` is true or false."""
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false, not {shown(value)}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _unknown(task: Task, name: str) -> str:
    if name in JUDGED:
        return f"task {task.name} asks no judge; leave {name} out"
    if name == SANDBOX:
        return f"task {task.name} runs no code; leave {name} out"
    meant = did_you_mean(name, argument_names(task))
    remedy = meant or f"; it has: {', '.join(argument_names(task))}"
    return f"task {task.name} has no argument {shown(name)}{remedy}"


def _badly_quoted(name: str, written: str) -> str:
    return (
        f"{name}={shown(written)[1:-1]} begins with a quotation mark and is no text in quotes; write all of it "
        f"in double quotes, as in {name}='{quoted(written[:30])}'"
    )
