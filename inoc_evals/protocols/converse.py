"""Several turns with a partner, scripted or the model that the user bound to a role. Tools work on virtual files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Misplaced, Name, Template, Text, fill
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Protocol, Settings, Way
from inoc_evals.protocols.dialogue import By, file_hands, played, scripted, talk
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.trajectory import Asking, Trajectory

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item

_MOST_TURNS = 200


class Converse(Way):
    """At most `turns` answers of the evaluated model. After each the partner speaks: the next of its `lines` (none left
    ends the conversation), or the model of `role` with `instructions` as its system prompt.

    `stop` is a text that ends the conversation in whosever message it stands. With `files` the model may list, read and
    write virtual files, those in the item's `data` under "files" to begin with, `by` its server's tool calls or tags.
    """

    turns: int = Field(ge=1, le=_MOST_TURNS)
    lines: list[Template] = Field(default_factory=list)
    role: Name | None = None
    instructions: Template | None = None
    stop: Text | None = None
    files: bool = False
    by: By = "calls"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.lines and self.role is not None:
            raise Misplaced("the partner has either `lines` or a `role`; drop one", "role")
        if not self.lines and self.role is None and not self.files:
            raise Misplaced("there is nobody to talk to; add `lines`, a `role` or `files`", "turns", at_key=True)
        if self.instructions is not None and self.role is None:
            raise Misplaced("`instructions` are for the model of a `role`; add one, or drop them", "instructions")
        return self


def ask(item: Item, condition: Condition, settings: Settings) -> Asking:
    """One conversation, which is one trajectory."""
    way: Converse = settings.way
    given = presented(item, condition)
    if way.role is not None:
        instructions = None if way.instructions is None else fill(way.instructions, settings.parameters)
        partner = played(way.role, instructions, given)
    else:
        partner = scripted([fill(line, settings.parameters) for line in way.lines])
    files = dict(item.data.get("files", {}))
    talked = yield from talk(given, partner, way.turns, file_hands(files) if way.files else (), way.by, way.stop)
    return [
        Trajectory(
            item,
            condition,
            given,
            talked.turns,
            files=files,
            stop_reason=talked.stop_reason,
            rendered=talked.reply.rendered,
        )
    ]


def check(item: Item, settings: Settings) -> None:
    """Raise InputError for a text that names no parameter of the task, and for files that are not texts by name."""
    for text in (*settings.way.lines, settings.way.instructions or ""):
        fill(text, settings.parameters)
    files = item.data.get("files", {})
    if settings.way.files and not (
        isinstance(files, dict) and all(isinstance(part, str) for pair in files.items() for part in pair)
    ):
        raise InputError("data.files must be a mapping of names to texts; correct it")


PROTOCOL = Protocol("converse", Converse, ask, at_once=False, check=check)
