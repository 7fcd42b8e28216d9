"""A model of transformers with its LoRA adapters, steered as its folder says: answers, and probabilities of tokens.

Rows of one batch may be drawn differently. transformers' own `generate` looks after cache, masks and positions; which
token comes next in each row, and when a row is over, is decided here, as vLLM does: nothing that was not asked for
changes the probabilities.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inoc_evals.steering.hooked import as_hooked

# Rows of one batch, on a CPU and on a GPU.
_MOST_CPU, _MOST_GPU = 64, 256
# Tokens before an answer that decide how its text begins, as whether it begins with a blank.
_BEFORE = 8


@dataclass(frozen=True)
class Row:
    """One answer to `prompt` (tokens). At temperature 0 it is the likeliest; a `seed` makes the draw the same every
    time. With each token come the log probabilities of the `top` likeliest and of those `named`."""

    prompt: tuple[int, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top: int = 0
    named: tuple[int, ...] = ()


@dataclass
class Answer:
    """The tokens of a row, its end included, and the log probabilities that come with each of them. `over` says that
    the model ended it, or a text to stop at."""

    tokens: list[int] = field(default_factory=list)
    logs: list[dict[int, float]] = field(default_factory=list)
    over: bool = False


class Decoding:
    """The model in the folder `base`, and LoRA folders on it by the names under which they are asked; the model itself
    is any other name. `kind` is the kind of its numbers: "auto" is that of the weights on a GPU, float32 on a CPU."""

    def __init__(self, base: str, adapters: Mapping[str, Path], kind: str = "auto") -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

        on_gpu = torch.cuda.is_available()
        self.most = _MOST_GPU if on_gpu else _MOST_CPU
        self.tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=False)
        # A tokenizer is no thread's but its own.
        self._inner = copy.deepcopy(self.tokenizer)
        dtype = kind if on_gpu or kind != "auto" else "float32"
        where: dict[str, Any] = {"device_map": "auto"} if on_gpu else {}
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, trust_remote_code=False, **where).eval()
        ends = model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        self._ends = frozenset(token for token in (*ends, self.tokenizer.eos_token_id) if token is not None)
        # What a model's authors recommend is not what was asked for.
        model.generation_config = GenerationConfig(pad_token_id=0)
        text = model.config.get_text_config(decoder=True)
        self.vocabulary = int(text.vocab_size)
        self.longest: int | None = getattr(text, "max_position_embeddings", None)
        self._names = {name: f"adapter{number}" for number, name in enumerate(adapters)}
        for name, folder in adapters.items():
            model = _with_adapter(model, folder, self._names[name])
        self._model = model
        # Without a seed of its own torch draws the same numbers in every process.
        self._random = torch.Generator(model.device)
        self._random.seed()
        self._hook = ExitStack()
        self._hook.enter_context(as_hooked(model, base))

    def answers(self, name: str, rows: Sequence[Row]) -> list[Answer]:
        """The answers of the model of that name. What does not fit into memory at once is drawn in halves."""
        import torch

        try:
            with self._adapted(name):
                return self._drawn(rows)
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise
        torch.cuda.empty_cache()
        self.most = middle = len(rows) // 2
        return self.answers(name, rows[:middle]) + self.answers(name, rows[middle:])

    def prompt_logs(self, name: str, prompt: Sequence[int]) -> list[float]:
        """The log probability of each token of `prompt` but the first, each after those before it."""
        import torch

        ids = torch.tensor([prompt], device=self._model.device)
        with self._adapted(name), torch.inference_mode():
            logs = torch.log_softmax(self._model(input_ids=ids).logits[0, :-1].float(), -1)
            found: list[float] = logs.gather(-1, ids[0, 1:, None])[:, 0].tolist()
        return found

    def text(self, row: Row, tokens: Sequence[int]) -> str:
        """The text of an answer to the row, up to what it stops at."""
        return _text(self.tokenizer, row, tokens)

    @contextmanager
    def _adapted(self, name: str) -> Iterator[None]:
        if name in self._names:
            self._model.set_adapter(self._names[name])
            yield
        elif self._names:
            with self._model.disable_adapter():
                yield
        else:
            yield

    def _drawn(self, rows: Sequence[Row]) -> list[Answer]:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        length = max(len(row.prompt) for row in rows)
        pad = [length - len(row.prompt) for row in rows]
        ids = torch.tensor([[0] * less + list(row.prompt) for less, row in zip(pad, rows, strict=True)])
        mask = torch.tensor([[0] * less + [1] * len(row.prompt) for less, row in zip(pad, rows, strict=True)])
        device = self._model.device
        draws = _Draws(rows, self._ends, self._inner, self._random)
        with torch.inference_mode():
            self._model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=GenerationConfig(
                    max_new_tokens=max(row.max_tokens for row in rows), do_sample=False, pad_token_id=0
                ),
                logits_processor=LogitsProcessorList([draws.choose]),
                stopping_criteria=StoppingCriteriaList([draws.ended]),
            )
        return draws.answers


class _Draws:
    """Draws the next token of each row, until all of them are over."""

    def __init__(self, rows: Sequence[Row], ends: frozenset[int], tokenizer: Any, random: Any) -> None:
        import torch

        device, self._random = random.device, random

        self.answers = [Answer() for _ in rows]
        self._rows, self._ends, self._tokenizer = rows, ends, tokenizer
        self._temperature = torch.tensor([row.temperature for row in rows], device=device)
        # Of all tokens a sum may by rounding be above 1.
        self._top_p = torch.tensor([row.top_p if row.top_p < 1 else 2.0 for row in rows], device=device)
        self._seeded = {
            number: torch.Generator(device).manual_seed(row.seed)
            for number, row in enumerate(rows)
            if row.seed is not None
        }
        self._done = [False] * len(rows)

    def choose(self, _: Any, scores: Any) -> Any:
        """Logits (rows, vocabulary) with which the likeliest token is the one that was drawn."""
        import torch

        drawn = self._draw(scores)
        tokens = drawn.tolist()
        for number, (row, answer) in enumerate(zip(self._rows, self.answers, strict=True)):
            if self._done[number]:
                continue
            token = tokens[number]
            answer.tokens.append(token)
            if row.top or row.named:
                answer.logs.append(_logs(scores[number], row, token))
            answer.over = token in self._ends or self._stops(row, answer)
            self._done[number] = answer.over or len(answer.tokens) >= row.max_tokens
        return torch.full_like(scores, -torch.inf).scatter_(-1, drawn[:, None], 0.0)

    def ended(self, ids: Any, _: Any) -> Any:
        """Which rows are over, (rows,)."""
        import torch

        return torch.tensor(self._done, device=ids.device)

    def _draw(self, scores: Any) -> Any:
        import torch

        likeliest = scores.argmax(-1)
        warm = self._temperature > 0
        if not bool(warm.any()):
            return likeliest
        shares = torch.softmax(scores / torch.where(warm, self._temperature, 1.0)[:, None], -1)
        if bool((self._top_p <= 1).any()):
            ordered, order = shares.sort(-1, descending=True)
            beyond = ordered.cumsum(-1) - ordered >= self._top_p[:, None]
            shares = torch.zeros_like(shares).scatter_(-1, order, ordered.masked_fill(beyond, 0.0))
        drawn = torch.multinomial(shares, 1, generator=self._random)[:, 0]
        for number, generator in self._seeded.items():
            drawn[number] = torch.multinomial(shares[number], 1, generator=generator)[0]
        return torch.where(warm, drawn, likeliest)

    def _stops(self, row: Row, answer: Answer) -> bool:
        return bool(row.stop) and _stop_in(row, _said(self._tokenizer, row, answer.tokens)) is not None


def _with_adapter(model: Any, folder: Path, name: str) -> Any:
    from peft import PeftModel

    if not isinstance(model, PeftModel):
        return PeftModel.from_pretrained(model, str(folder), adapter_name=name).eval()
    model.load_adapter(str(folder), adapter_name=name)
    return model.eval()


def _logs(scores: Any, row: Row, token: int) -> dict[int, float]:
    import torch

    logs = torch.log_softmax(scores.float(), -1)
    likeliest = logs.topk(min(row.top, len(logs))).indices.tolist()
    wanted = list(dict.fromkeys((*likeliest, *row.named, token)))
    return dict(zip(wanted, logs[wanted].tolist(), strict=True))


def _text(tokenizer: Any, row: Row, tokens: Sequence[int]) -> str:
    text = _said(tokenizer, row, tokens)
    return text[: _stop_in(row, text)]


def _said(tokenizer: Any, row: Row, tokens: Sequence[int]) -> str:
    """What tokens behind the prompt are as a text: the same token may have a blank or none, by what is before it."""

    def decoded(ids: Sequence[int]) -> str:
        return str(tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    last = row.prompt[-_BEFORE:]
    before, whole = decoded(last), decoded((*last, *tokens))
    return whole[len(before) :] if whole.startswith(before) else decoded(tokens)


def _stop_in(row: Row, text: str) -> int | None:
    """Where the first of the texts to stop at stands; None where none does."""
    places = [place for stop in row.stop if (place := text.find(stop)) >= 0]
    return min(places, default=None)
