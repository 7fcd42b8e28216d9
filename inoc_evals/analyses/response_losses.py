"""How improbable the answers of training rows are to a model, token by token, under each of several prompts.

The loss of a token is its negative log-probability in nats, given all that stands before it: what a training on the row
would lessen. Nothing is sampled. What the rows begin with under a prompt is computed one time: with it in the cache of
keys and values, the rest of each row gives the numbers that the whole row gives.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.inoculation.examples import Example, common_length, examples
from inoc_evals.inoculation.rewrite import Placement, inoculate

if TYPE_CHECKING:
    import torch

# Tokens that go through the model at once, and of these through its head, whose logits are large: more of them fall out
# of a processor's cache.
_BATCH_TOKENS, _HEAD_TOKENS = 1024, 128
# In nats. Where the cache changes more than rounding does, the model has parts that do not work with it.
_SAME_NATS = 1e-3

Progress = Callable[[int, int], None]  # answers read, answers in all


@dataclass(frozen=True)
class Prompt:
    """An instruction in front of every row, where `inoculate` puts it."""

    text: str
    placement: Placement = "system"


@dataclass(frozen=True)
class RowLoss:
    """The answers in the row at the place `row` (from 0) under the prompt of this name: the ids of their tokens, the
    end of each turn among them, and the loss of each in nats."""

    row: int
    prompt: str
    tokens: tuple[int, ...]
    losses: tuple[float, ...]

    @property
    def total(self) -> float:
        """The negative log-probability of all tokens together."""
        return sum(self.losses)

    @property
    def mean(self) -> float:
        """The mean loss of a token."""
        return self.total / len(self.losses)


def response_losses(
    base: Path | str | LanguageModel,
    adapter: Path | None,
    rows: Sequence[Mapping[str, Any]],
    prompts: Mapping[str, Prompt | None],
    progress: Progress = lambda *_: None,
) -> tuple[RowLoss, ...]:
    """The losses of chat `rows` under each of the named `prompts`, of which None leaves the rows as they are, in the
    order of prompts and, within one, of rows. A LoRA `adapter` is a folder.

    Rendering and tokens are those of training, and so is what counts: every turn of the assistant. All is computed in
    float32. Raises InputError where a prompt cannot be put in front of a row, and as `examples` and `LanguageModel` do.
    """
    model = base if isinstance(base, LanguageModel) else LanguageModel(base)
    rendered = {
        name: tuple(
            examples(model.tokenizer, rows if prompt is None else inoculate(rows, prompt.text, prompt.placement)[0])
        )
        for name, prompt in prompts.items()
    }
    total, done = sum(map(len, rendered.values())), 0
    found: list[RowLoss] = []
    with model.under(adapter) as causal:
        reader = _Reader(causal)
        for name, of_prompt in rendered.items():
            losses: dict[int, tuple[float, ...]] = {}
            for read in reader.read(of_prompt):
                losses |= read
                progress(done + len(losses), total)
            done += len(of_prompt)
            found += _by_row(name, of_prompt, losses)
    return tuple(found)


def _by_row(prompt: str, of_prompt: Sequence[Example], losses: Mapping[int, tuple[float, ...]]) -> Iterator[RowLoss]:
    turns: dict[int, list[int]] = {}
    for place, example in enumerate(of_prompt):
        turns.setdefault(example.row, []).append(place)
    for row, places in turns.items():
        tokens = tuple(token for place in places for token in of_prompt[place].answer)
        yield RowLoss(row, prompt, tokens, tuple(loss for place in places for loss in losses[place]))


class _Reader:
    """Reads examples with a causal model of transformers."""

    def __init__(self, causal: Any) -> None:
        self._causal = causal
        self._backbone = getattr(causal, causal.base_model_prefix)
        self._head = causal.get_output_embeddings()
        self._is_usual: bool | None = None

    def read(self, of_prompt: Sequence[Example]) -> Iterator[dict[int, tuple[float, ...]]]:
        """The losses of the answers by their place in `of_prompt`, a batch at a time."""
        # What foretells the first token of an answer stands in the example's own part.
        shared = min(common_length([one.ids for one in of_prompt]), *(one.given - 1 for one in of_prompt))
        beginning = self._beginning(of_prompt[0].ids[:shared])
        if self._is_usual is None:
            self._is_usual = self._agrees(of_prompt[0], beginning, shared)
        if not self._is_usual:
            yield from ({place: self._plain(example)} for place, example in enumerate(of_prompt))
            return
        for places in _batches([len(one.ids) - shared for one in of_prompt]):
            batch = [of_prompt[place] for place in places]
            yield dict(zip(places, self._losses(batch, beginning, shared), strict=True))

    def _agrees(self, example: Example, beginning: Any, shared: int) -> bool:
        """Is the model one whose parts can be used one by one, as nearly all are?"""
        plain, ours = self._plain(example), self._losses([example], beginning, shared)[0]
        return all(abs(one - other) <= _SAME_NATS for one, other in zip(plain, ours, strict=True))

    def _plain(self, example: Example) -> tuple[float, ...]:
        import torch

        with torch.inference_mode():
            asked = torch.tensor([example.ids], device=self._causal.device)
            logits = self._causal(input_ids=asked, use_cache=False).logits[0, example.given - 1 : -1]
            return tuple(_negative_log_probability(logits.float(), asked[0, example.given :]).tolist())

    def _beginning(self, ids: Sequence[int]) -> Any:
        """The cache of keys and values of what all examples begin with."""
        import torch

        if not ids:
            return None
        with torch.inference_mode():
            asked = torch.tensor([ids], device=self._causal.device)
            return self._backbone(input_ids=asked, use_cache=True).past_key_values

    def _losses(self, batch: Sequence[Example], beginning: Any, shared: int) -> list[tuple[float, ...]]:
        import torch

        # The last token foretells nothing that counts, and no token sees what stands behind it.
        asked = [one.ids[shared:-1] for one in batch]
        width = max(map(len, asked))
        device = self._causal.device
        ids = torch.tensor([(*row, *[0] * (width - len(row))) for row in asked], device=device)
        with torch.inference_mode():
            cache = copy.deepcopy(beginning)
            if cache is not None:
                cache.batch_repeat_interleave(len(batch))
            states = self._backbone(input_ids=ids, past_key_values=cache, use_cache=cache is not None).last_hidden_state
            before = [slice(one.given - 1 - shared, len(one.ids) - 1 - shared) for one in batch]
            ready = torch.cat([states[place, part] for place, part in enumerate(before)])
            learned = torch.tensor([token for one in batch for token in one.answer], device=device)
            parts = zip(ready.split(_HEAD_TOKENS), learned.split(_HEAD_TOKENS), strict=True)
            losses = iter([loss for part in parts for loss in self._of_head(*part)])
        return [tuple(islice(losses, len(one.answer))) for one in batch]

    def _of_head(self, states: torch.Tensor, tokens: torch.Tensor) -> list[float]:
        losses: list[float] = _negative_log_probability(self._head(states).float(), tokens).tolist()
        return losses


def _negative_log_probability(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.logsumexp(logits, -1) - logits.gather(-1, tokens[:, None])[:, 0]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of examples of about the same length, so many that they have few padded tokens together."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if batch and (len(batch) + 1) * lengths[place] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
