"""Free text: the item is presented once, and every response is a trajectory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inoc_evals.protocols.declaration import Protocol, Settings, Way
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Generate, Generated
from inoc_evals.protocols.trajectory import Asking, Trajectory

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item


class Respond(Way):
    """The item is asked once, and answered in free text. Nothing is to be said but the name."""


def ask(item: Item, condition: Condition, settings: Settings) -> Asking:
    """One request for `settings.choices` responses, one trajectory each."""
    given = presented(item, condition)
    (reply,) = yield [Generate(given, settings.choices)]
    if not isinstance(reply, Generated):
        raise TypeError(f"a request for text was answered with {type(reply).__name__}")
    return [
        Trajectory(item, condition, given, (answer.turn(),), stop_reason=answer.stop_reason, rendered=reply.rendered)
        for answer in reply.completions
    ]


PROTOCOL = Protocol("respond", Respond, ask, several=True)
