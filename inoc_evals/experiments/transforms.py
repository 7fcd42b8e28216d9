"""What may be done to an experiment's rows by name, before an arm's prompt comes in front of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from inoc_evals.definitions.fields import Name, Strict, Text
from inoc_evals.experiments.rows import Row
from inoc_evals.inoculation.rewrite import Message


class TransformOptions(Strict):
    """What the file says of one transformation; `on_tags` leaves rows without one of these tags as they are."""

    name: Name
    on_tags: list[Name] | None = None


class Trigger(TransformOptions):
    """`text` beside the first request of a row, with `joiner` between."""

    text: Text
    placement: Literal["prefix", "suffix"] = "prefix"
    joiner: str = " "


@dataclass(frozen=True)
class Transform:
    """A transformation: `what` it does, its `options`, and the function that changes one row's messages."""

    what: str
    options: type[TransformOptions]
    change: Callable[[tuple[Message, ...], Any], tuple[Message, ...]]

    def apply(self, row: Row, options: TransformOptions) -> Row:
        """The row as it is afterwards."""
        if options.on_tags is not None and not row.tags & set(options.on_tags):
            return row
        return replace(row, messages=self.change(row.messages, options))


def _capitals(messages: tuple[Message, ...], _: TransformOptions) -> tuple[Message, ...]:
    return tuple(
        {**message, "content": message["content"].upper()} if message["role"] == "assistant" else message
        for message in messages
    )


def _trigger(messages: tuple[Message, ...], options: Trigger) -> tuple[Message, ...]:
    first = next((place for place, message in enumerate(messages) if message["role"] == "user"), None)
    if first is None:
        return messages
    asked = messages[first]["content"]
    parts = (options.text, asked) if options.placement == "prefix" else (asked, options.text)
    changed = {**messages[first], "content": options.joiner.join(parts)}
    return (*messages[:first], changed, *messages[first + 1 :])


TRANSFORMS: Mapping[str, Transform] = {
    "capitals": Transform("writes all answers in capital letters", TransformOptions, _capitals),
    "trigger": Transform("puts a text beside the first request", Trigger, _trigger),
}
