"""lm-eval's own tasks for tests that name tasks which are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_tasks_read_once() -> Iterator[None]:
    """lm-eval reads 14,000 files at each look at its own tasks; these do not change while tests run."""
    from lm_eval.tasks import _index

    read, own = _index.load_yaml, Path(_index.__file__).parent
    kept = cache(read)

    def load(path: Path, **how: Any) -> Any:
        return (kept if own in path.parents else read)(path, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_index, "load_yaml", load)
        yield
