"""Probabilities of an item's options as the beginning of the answer; nothing is drawn.

An answer names an option if it begins with one of the option's surface forms. Forms of which none begins with another,
in the model's tokens, exclude each other, so that their probabilities add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from inoc_evals.definitions.conditions import OPTION_PLACE
from inoc_evals.definitions.fields import Template, fill
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Protocol, Settings, Way
from inoc_evals.protocols.plural import plural
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Choose as Request
from inoc_evals.protocols.requests import Chosen
from inoc_evals.protocols.trajectory import Asking, Trajectory

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item

Forms = Literal["given", "cased", "word"]
# A blank before the option is another way to say the same.
LEADS = ("", " ")
# An answer that begins with "I" speaks of somebody.
LETTERS = ascii_uppercase.replace("I", "")
ONE_ORDER = ""
ORDERS = ("as written", "reversed")


class Choose(Way):
    """How probable is each option as the beginning of the answer? `options` are those of items that have none of their
    own. `forms` says what counts as an option beside its own spelling: nothing ("given"), other capitals ("cased"), or
    those and the English plural of a word ("word").

    With `both_orders` every item is asked twice, the second time with its options in reverse; {option_1}, {option_2}
    and so on are their places in the prompt. Options of an item with `letters` stand there with their letter.
    """

    options: list[Template] = Field(default=[], max_length=99)
    forms: Forms = "given"
    both_orders: bool = False


def ask(item: Item, condition: Condition, settings: Settings) -> Asking:
    """One request, or one for each order of the options; one trajectory."""
    forms = item_forms(item, settings)
    orders = [(ONE_ORDER, list(forms))]
    if settings.way.both_orders:
        orders = [(ORDERS[0], list(forms)), (ORDERS[1], list(reversed(forms)))]
    requests = [_request(item, condition, forms, names) for _, names in orders]
    replies = yield requests
    chosen = {}
    for (order, _), reply in zip(orders, replies, strict=True):
        if not isinstance(reply, Chosen):
            raise TypeError(f"a request for probabilities was answered with {type(reply).__name__}")
        chosen[order] = reply
    first = next(iter(chosen.values()))
    return [Trajectory(item, condition, requests[0].messages, chosen=chosen, rendered=first.rendered)]


def _request(item: Item, condition: Condition, forms: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> Request:
    """The item with its options in the order of `names`; what is asked for are its options in the order of `forms`."""
    if not item.letters:
        return Request(presented(item.model_copy(update={"options": list(names)}), condition), forms)
    letters = dict(zip(names, LETTERS, strict=False))
    lettered = [f"{letters[name]}. {name}" for name in names]
    said = {name: tuple(lead + letters[name] for lead in LEADS) for name in forms}
    return Request(presented(item.model_copy(update={"options": lettered}), condition), said)


def item_forms(item: Item, settings: Settings) -> dict[str, tuple[str, ...]]:
    """Option -> all ways to say it, each with and without a blank before it. Raises InputError for an item without
    options, and where two options are said in the same way."""
    names = item.options or [fill(option, settings.parameters) for option in settings.way.options]
    if not names:
        raise InputError("it has no options; add `options`, or name some under `protocol` in task.yaml")
    by_option: dict[str, tuple[str, ...]] = {}
    taken: dict[str, str] = {}
    for name in names:
        option = name.strip()
        spelt = spellings((option, *(item.forms or {}).get(name, ())), settings.way.forms)
        for form in spelt:
            if taken.setdefault(form, option) != option:
                raise InputError(f"the options {taken[form]!r} and {option!r} are both said {form!r}; change one")
        by_option[option] = tuple(lead + form for lead in LEADS for form in spelt)
    return by_option


def spellings(words: Iterable[str], forms: Forms) -> tuple[str, ...]:
    """What counts as saying one of the `words`, without doubles."""
    listed = [word.strip() for word in words]
    if forms == "word":
        listed = [spelt for word in listed for spelt in (word.lower(), plural(word.lower()))]
    if forms != "given":
        listed = [spelt for word in listed for spelt in (word, word.lower(), word[:1].upper() + word[1:], word.upper())]
    return tuple(dict.fromkeys(listed))


def check(item: Item, settings: Settings) -> None:
    """Raise InputError for an item without options, and for places in its prompt that do not fit them."""
    names = list(item_forms(item, settings))
    if item.letters and len(names) > len(LETTERS):
        raise InputError(f"it has {len(names)} options and `letters`, and there are {len(LETTERS)}; drop some")
    texts = " ".join([item.prompt, *(turn.content for turn in item.messages or ())])
    places = {int(place) for place in OPTION_PLACE.findall(texts)}
    if beyond := [place for place in sorted(places) if place > len(names)]:
        raise InputError(f"{{option_{beyond[0]}}} is no option of it (it has {len(names)}); correct the prompt")
    if settings.way.both_orders and places != set(range(1, len(names) + 1)):
        wanted = ", ".join(f"{{option_{place}}}" for place in range(1, len(names) + 1))
        raise InputError(
            f"its options are asked for in both orders, but have no places; write {wanted} into its prompt"
        )


PROTOCOL = Protocol("choose", Choose, ask, gives="probabilities", check=check)
