"""Calls of models and the tokens that they take, and who counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Usage:
    """Calls that a model answered, and their tokens as its server counts them. `cached_tokens` are those of the prompts
    that it took from a cache of its own, as far as it tells. Requests that only make tokens of a text are no calls."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Usage) -> Usage:
        return Usage(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def tokens(self) -> int:
        """Those of prompts and completions together."""
        return self.prompt_tokens + self.completion_tokens


NOTHING = Usage()
# A call, and the name that the server gives the model that answered it; "" where it gives none.
Counter = Callable[[Usage, str], None]
_counter: ContextVar[Counter | None] = ContextVar("inoc_evals_counter", default=None)


@contextmanager
def counted(counter: Counter) -> Iterator[None]:
    """Tell `counter` of every call that is made within, in tasks too that begin within."""
    token = _counter.set(counter)
    try:
        yield
    finally:
        _counter.reset(token)


def tell(usage: Usage, model: str) -> None:
    """Tell whoever counts here of an answered call."""
    counter = _counter.get()
    if counter is not None:
        counter(usage, model)
