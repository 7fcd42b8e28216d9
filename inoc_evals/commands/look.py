"""A task of others, looked at without loading inspect before it must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.plan.foreign import Foreign


def look(asked: str, arguments: Mapping[str, Any]) -> Foreign:
    """What the task of others that `asked` names would run as. Raises InputError."""
    from inoc_evals.harness.inspect.loading import look_at

    return look_at(asked, arguments)
