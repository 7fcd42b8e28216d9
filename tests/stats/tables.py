"""Responses from counts of hits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.tables import Table


def counted(hits: npt.ArrayLike, asked: npt.ArrayLike) -> Table:
    """The table of `hits` out of `asked` responses, shape (questions,) or (checkpoints, questions); 0 asked: none."""
    hit = np.atleast_2d(np.asarray(hits, dtype=float))
    counts = np.broadcast_to(np.asarray(asked, dtype=np.int64), hit.shape)
    means = np.divide(hit, counts, out=np.full(hit.shape, np.nan), where=counts > 0)
    deviations = np.where(counts > 0, counts * np.nan_to_num(means) * (1 - np.nan_to_num(means)), 0.0)
    names = (tuple(f"{kind}{place}" for place in range(size)) for kind, size in zip("sq", hit.shape, strict=True))
    checkpoints, questions = names
    return Table(checkpoints, questions, means, counts, deviations)
