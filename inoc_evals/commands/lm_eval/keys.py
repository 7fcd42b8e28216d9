"""The server's key: handed to lm-eval in the variable that it reads, and kept out of what it logs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from inoc_evals.blanking import blanked

KEY = "OPENAI_API_KEY"


class _WithoutKey(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = blanked(record.getMessage()), None
        return True


def hide_keys() -> None:
    """lm-eval logs the headers of a failed request, and the key is in them."""
    # asyncio names the exception of a request that nobody waited for, headers included.
    for place in (*logging.getLogger("lm_eval").handlers, logging.getLogger("asyncio")):
        if not any(isinstance(one, _WithoutKey) for one in place.filters):
            place.addFilter(_WithoutKey())


@contextmanager
def key_in_environment(key: str) -> Iterator[None]:
    """`key` in the variable, and what was there before afterwards."""
    before = os.environ.get(KEY)
    os.environ[KEY] = key
    try:
        yield
    finally:
        if before is None:
            del os.environ[KEY]
        else:
            os.environ[KEY] = before
