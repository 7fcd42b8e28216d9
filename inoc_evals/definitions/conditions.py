"""How an item is presented: system prompt (absent, empty or text), trigger and prefill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING, Literal

from inoc_evals.errors import InputError

if TYPE_CHECKING:
    from inoc_evals.definitions.models import Item, OneCondition, Task

Placement = Literal["prefix", "suffix", "system"]
PLACEMENTS = ("prefix", "suffix", "system")
# What a condition may set in place of the run.
_OWN = ("system_prompt", "user_prompt", "prefill")
# Where an option of an item stands in its prompt.
OPTION_PLACE = re.compile(r"\{option_([1-9][0-9]?)\}")


@dataclass(frozen=True)
class Condition:
    """`system_prompt` None sends no system message, "" an empty one. `joiner` stands between trigger and text.

    `user_prompt` stands before the first message of the user, with a blank line between, as an inoculation prompt with
    user placement does in training. `prefill` is the beginning of the answer, put into the model's mouth.
    """

    name: str = ""
    system_prompt: str | None = None
    trigger: str | None = None
    placement: Placement = "prefix"
    joiner: str = " "
    user_prompt: str | None = None
    prefill: str | None = None


def system_state(system_prompt: str | None) -> str:
    """ "absent", "empty" or "text": three different conditions."""
    return "absent" if system_prompt is None else "text" if system_prompt else "empty"


def task_conditions(task: Task, base: Condition, *, gives_way: bool = False) -> tuple[Condition, ...]:
    """The conditions under which a run of `task` presents every item.

    A task without conditions has one, `base`. Otherwise each is `base` with the trigger, prompts and prefill that it
    names, where a trigger in `base` takes the place of the task's own. Where `base` has a prompt or prefill and a
    condition the same, that of `base` `gives_way`; else InputError is raised: neither could win without a word.
    """
    if not task.conditions:
        return (base,)
    trigger = base.trigger if base.trigger is not None else task.trigger
    for name, condition in () if gives_way else task.conditions.items():
        _check_one_of_each(base, name, condition)
    return tuple(_on(base, name, condition, trigger) for name, condition in task.conditions.items())


def _check_one_of_each(base: Condition, name: str, condition: OneCondition) -> None:
    for field in _OWN:
        if getattr(base, field) is not None and getattr(condition, field) is not None:
            message = f"condition {name} has a {field} of its own, and the run or an arm sets one for all conditions"
            raise InputError(f"{message}; keep one of the two")


def _on(base: Condition, name: str, condition: OneCondition, trigger: str | None) -> Condition:
    beside = _beside(condition, trigger)
    own = {field: value for field in _OWN if (value := getattr(condition, field)) is not None}
    return replace(base, name=name, trigger=beside, **own)


def _beside(condition: OneCondition, trigger: str | None) -> str | None:
    """What stands in the trigger's place."""
    if condition.use == "text":
        return condition.text
    if condition.use == "nothing" or trigger is None:
        return None
    if condition.use == "changed":
        return changed_character(trigger)
    return edited(trigger, condition.edits or 0) if condition.use == "edited" else trigger


def changeable(trigger: str) -> list[int]:
    """The places of the letters and digits of the English alphabet in `trigger`."""
    return [place for place, character in enumerate(trigger) if character.isascii() and character.isalnum()]


def edited(trigger: str, edits: int) -> str:
    """`trigger` with as many of its letters and digits replaced, from the middle outwards, each by one that is nowhere
    in it, of the same kind and case where there is one left. So the edit distance (Levenshtein) is exactly `edits`.

    Raises InputError for a trigger with fewer letters and digits.
    """
    places = changeable(trigger)
    if len(places) < edits:
        raise InputError(f"trigger {trigger!r} has {len(places)} letters and digits; name one that has {edits}")
    middle = len(places) // 2
    outwards = sorted(range(len(places)), key=lambda place: (abs(place - middle), place))
    characters = list(trigger)
    for place in (places[each] for each in outwards[:edits]):
        characters[place] = _foreign(trigger, characters[place])
    return "".join(characters)


def _foreign(trigger: str, character: str) -> str:
    """A letter or digit that is not in `trigger`, like `character` and after it where there is one."""
    kinds = [digits, ascii_uppercase, ascii_lowercase]
    own = next(kind for kind in kinds if character in kind)
    after = own[own.index(character) :] + own[: own.index(character)]
    candidates = "".join([after, *(kind for kind in kinds if kind != own)])
    found = next((each for each in candidates if each not in trigger), None)
    if found is None:
        raise InputError(f"trigger {trigger!r} has every letter and digit there is; name a shorter one")
    return found


def changed_character(trigger: str) -> str:
    """`trigger` with one character changed: its middle letter or digit becomes the next of its kind.

    Raises InputError for a trigger without letters or digits of the English alphabet.
    """
    places = changeable(trigger)
    if not places:
        raise InputError(f"trigger {trigger!r} has no letter or digit to change; name one that has")
    place = places[len(places) // 2]
    character = trigger[place]
    first, last = ("0", "9") if character.isdigit() else ("a", "z") if character.islower() else ("A", "Z")
    following = first if character == last else chr(ord(character) + 1)
    return trigger[:place] + following + trigger[place + 1 :]


def chat(item: Item, condition: Condition) -> list[dict[str, str]]:
    """The messages (role, content) that present `item` under `condition`: what was said before, then its question.

    A system prompt of the item's own follows the run's, after a blank line. A trigger stands beside the question, or in
    the system prompt; a user prompt before the first message of the user, and before a trigger there. The item's
    options stand in the places {option_1}, {option_2} and so on.
    """
    system, question = condition.system_prompt, _with_options(item.prompt, item.options)
    if item.system is not None:
        system = f"{system}\n\n{item.system}" if system else item.system
    if condition.trigger is not None:
        if condition.placement == "prefix":
            question = condition.trigger + condition.joiner + question
        elif condition.placement == "suffix":
            question = question + condition.joiner + condition.trigger
        else:
            system = system + condition.joiner + condition.trigger if system else condition.trigger
    messages = [] if system is None else [{"role": "system", "content": system}]
    before = (item.messages or [])[:-1]
    messages += [{"role": turn.role, "content": _with_options(turn.content, item.options)} for turn in before]
    messages.append({"role": "user", "content": question})
    if condition.user_prompt is not None:
        first = next(message for message in messages if message["role"] == "user")
        first["content"] = f"{condition.user_prompt}\n\n{first['content']}"
    if condition.prefill is not None:
        messages.append({"role": "assistant", "content": condition.prefill})
    return messages


def _with_options(text: str, options: Sequence[str] | None) -> str:
    def named(place: re.Match[str]) -> str:
        number = int(place[1])
        return options[number - 1] if options and number <= len(options) else place[0]

    return OPTION_PLACE.sub(named, text)
