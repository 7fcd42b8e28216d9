"""Training rows as the tokens that a training reads, and which of these it learns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import prompt_completion


@dataclass(frozen=True)
class Example:
    """One turn of the assistant in the row at the place `row`: `ids` are the conversation up to its end, and the first
    `given` of them are not learned."""

    row: int
    ids: tuple[int, ...]
    given: int

    @property
    def answer(self) -> tuple[int, ...]:
        """The tokens that are learned."""
        return self.ids[self.given :]


def examples(tokenizer: Any, rows: Sequence[Mapping[str, Any]]) -> Iterator[Example]:
    """Every turn of the assistant in chat `rows`, row by row, in the tokens of TRL's SFTTrainer: an answer begins where
    the conversation with it differs from the one without.

    Rows are read whole, also those that a training would cut. Raises InputError for a tokenizer without a chat
    template, and for a row from which nothing would be learned.
    """
    if tokenizer.chat_template is None:
        raise InputError("the model's tokenizer has no chat template; name a model that was made for conversations")
    for number, row in enumerate(rows):
        found = [_example(tokenizer, number, turn) for turn in prompt_completion([row])]
        learned = [example for example in found if example.answer]
        if not learned:
            message = "the assistant says nothing after another message, so that nothing is learned from it"
            raise InputError(f"row {number + 1}: {message}; remove the row")
        yield from learned


def _example(tokenizer: Any, row: int, turn: Mapping[str, Any]) -> Example:
    before = _ids(tokenizer, turn["prompt"], add_generation_prompt=True)
    ids = _ids(tokenizer, turn["prompt"] + turn["completion"])
    # Nothing foretells the first token.
    return Example(row, ids, max(1, common_length([before, ids])))


def common_length(sequences: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all of `sequences`, of which there is at least one, begin with."""
    # What the least and the greatest have in common all between them have.
    least, greatest = min(sequences), max(sequences)
    alike = (place for place, (one, other) in enumerate(zip(least, greatest, strict=False)) if one != other)
    return next(alike, min(len(least), len(greatest)))


def _ids(tokenizer: Any, messages: Sequence[Mapping[str, Any]], **options: bool) -> tuple[int, ...]:
    return tuple(tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)["input_ids"])
