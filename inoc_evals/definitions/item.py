"""What an item may say, and how the parameters of a run are filled into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from inoc_evals.definitions.fields import Id, Misplaced, Strict, Text, fill
from inoc_evals.errors import InputError


class Turn(Strict):
    """One message of a conversation that an item begins in the middle of."""

    role: Literal["user", "assistant"]
    content: Text


class Item(Strict):
    """One prompt. Items of one `cluster` are variants of one question and count as one in the statistics.

    `messages` instead of `prompt` are a conversation that ends with the user's question, which is the prompt then.
    `options` are what a model chooses from, `forms` further ways to say an option; with `letters` it says the letter
    that stands before an option, A before the first, in whatever order they stand. `data` is whatever the task's own
    protocol or measures want to know.
    """

    id: Id
    category: Id
    prompt: Text
    messages: list[Turn] | None = Field(default=None, min_length=1)
    cluster: Id | None = None
    system: Text | None = None
    template: bool = False
    options: list[Text] | None = Field(default=None, min_length=2, max_length=99)
    forms: dict[Text, list[Text]] | None = None
    letters: bool = False
    data: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _prompt_of_messages(cls, written: Any) -> Any:
        """The last message is the prompt, so that a definition has one of the two."""
        if not isinstance(written, dict) or written.get("messages") is None:
            return written
        if "prompt" in written:
            raise Misplaced("an item has either `prompt` or `messages`; drop one", "messages")
        turns = written["messages"]
        last = turns[-1] if isinstance(turns, list) and turns else None
        content = last.get("content") if isinstance(last, dict) else None
        # What is wrong with the messages is told of them, and not of a prompt that nobody wrote.
        return {**written, "prompt": content if isinstance(content, str) and content.strip() else "-"}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.messages and self.messages[-1].role != "user":
            place = len(self.messages) - 1
            raise Misplaced("the last message must be the user's question; add it", "messages", place, "role")
        for option in self.forms or {}:
            if option not in (self.options or ()):
                known = ", ".join(self.options or ()) or "none"
                message = f"{option!r} is no option of this item (it has: {known}); correct it"
                raise Misplaced(message, "forms", option, at_key=True)
        return self

    @property
    def question(self) -> str:
        """The cluster, or the id where the item is a question of its own."""
        return self.cluster or self.id


def render_items(items: Sequence[Item], parameters: Mapping[str, str]) -> tuple[Item, ...]:
    """Items with templates filled. A choice whose two options coincide (ignoring case) is left out.

    Raises InputError for a name that is no parameter, and where no item is left.
    """
    rendered = []
    for item in items:
        if item.template:
            try:
                item = _filled(item, parameters)
            except InputError as error:
                raise InputError(f"item {item.id!r}: {error}") from None
        if item.options and len({option.strip().casefold() for option in item.options}) < len(item.options):
            continue
        rendered.append(item)
    if items and not rendered:
        raise InputError("both options are the same in every item; choose another parameter value or other items")
    return tuple(rendered)


def _filled(item: Item, parameters: Mapping[str, str]) -> Item:
    places = {f"option_{number}": f"{{option_{number}}}" for number in range(1, len(item.options or ()) + 1)}

    def text(template: str) -> str:
        return fill(template, {**places, **parameters})

    return item.model_copy(
        update={
            "prompt": text(item.prompt),
            "messages": [turn.model_copy(update={"content": text(turn.content)}) for turn in item.messages or ()]
            or None,
            "options": [text(option) for option in item.options] if item.options else None,
            "forms": {text(name): [text(form) for form in forms] for name, forms in item.forms.items()}
            if item.forms
            else None,
        }
    )
