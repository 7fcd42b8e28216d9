"""The losses of training answers as small tables of a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from inoc_evals.report import surprise_texts as texts
from inoc_evals.report.summary import Column, Table
from inoc_evals.report.terminal import rich_table
from inoc_evals.results.surprise import Surprise

if TYPE_CHECKING:
    from rich.console import RenderableType

_LISTED = 10


def tables(found: Surprise) -> Iterator[RenderableType]:
    """Arm by arm the losses, and what was learned; then the tokens from which the prompt takes most at first."""
    from rich.text import Text

    yield Text(texts.title(found))
    yield Text(
        f"loss of a token in nats, with 95% intervals {texts.LIKE}, paired by row; the last column is of whole rows"
    )
    for name, of_training in groupby(found.points, key=lambda point: point.training):
        points = list(of_training)
        yield Text(f"\n{name}", style="bold")
        yield _table(texts.POINTS, [texts.of_point(point) for point in points])
        if learned := [texts.of_learned(one, one.learned) for one in points if one.learned is not None]:
            yield Text("learned: how much lower the loss of a token is than at step 0")
            yield _table(texts.LEARNED, learned)
    label, answers = next(iter(texts.telling(found).items()))
    yield Text(f"\n{label}: the tokens from which the prompt takes most", style="bold")
    yield _table(texts.TOKENS, [texts.of_token(token) for token in answers.tokens[:_LISTED]])


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> RenderableType:
    columns = (Column(names[0], False), *map(Column, names[1:]))
    return rich_table(Table(columns, tuple(rows)), ())
