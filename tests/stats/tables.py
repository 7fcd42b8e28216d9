"""Tables of responses from counts of hits, or from the means of their cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import Table, table


def counted(hits: npt.ArrayLike, asked: npt.ArrayLike) -> Table:
    """The table of `hits` out of `asked` responses, shape (questions,) or (checkpoints, questions); 0 asked: none."""
    hit = np.atleast_2d(np.asarray(hits, dtype=np.int64))
    counts = np.broadcast_to(np.asarray(asked, dtype=np.int64), hit.shape)
    means = np.divide(hit, counts, out=np.full(hit.shape, np.nan), where=counts > 0)
    deviations = np.where(counts > 0, counts * np.nan_to_num(means) * (1 - np.nan_to_num(means)), 0.0)
    checkpoints, questions = (
        tuple(f"{kind}{place:03}" for place in range(size)) for kind, size in zip("sq", hit.shape, strict=True)
    )
    return Table(checkpoints, questions, means, counts, deviations)


def responses(hits: npt.ArrayLike, asked: npt.ArrayLike) -> Responses:
    """The responses of such a table."""
    hit = np.atleast_2d(np.asarray(hits, dtype=np.int64))
    counts = np.broadcast_to(np.asarray(asked, dtype=np.int64), hit.shape)
    rows = [
        (float(number < hit[place]), f"q{place[1]:03}", f"s{place[0]:03}")
        for place, count in np.ndenumerate(counts)
        for number in range(int(count))
    ]
    values, questions, checkpoints = zip(*rows, strict=True) if rows else ((), (), ())
    return Responses(values, questions, checkpoints)


def valued(means: npt.ArrayLike, asked: npt.ArrayLike) -> Table:
    """The table whose cells hold `asked` responses of one value each, given by `means`; NaN: no response."""
    cells = np.atleast_2d(np.asarray(means, dtype=float))
    counts = np.broadcast_to(np.asarray(asked, dtype=np.int64), cells.shape)
    rows = [
        (float(cells[place]), f"q{place[1]}", f"s{place[0]}")
        for place, count in np.ndenumerate(counts)
        for _ in range(int(count))
        if not np.isnan(cells[place])
    ]
    values, questions, checkpoints = zip(*rows, strict=True) if rows else ((), (), ())
    return table(Responses(values, questions, checkpoints))
