"""The judges' part in measuring: `Rate` is answered, everything else is another's to fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inoc_evals.errors import WorkError
from inoc_evals.judging.panel import Panel
from inoc_evals.protocols.requests import Judged, Rate, Request

Kept = Mapping[str, Judged]
NOTHING_KEPT: Kept = {}
_NOT_RATED = Judged(None, "not_rated")


def kept_ratings(stored: Mapping[str, Any], names: Iterable[str]) -> dict[str, Judged]:
    """The ratings `names` of a response of which values, causes and details are `stored`; those that are none are left
    out."""

    def of(name: str, kind: str) -> Any:
        told = stored.get(kind)
        return told.get(name) if isinstance(told, Mapping) else None

    found = {}
    for name in names:
        value, cause, details = (of(name, kind) for kind in ("values", "causes", "details"))
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = Judged(float(value), None, details or {})
        elif isinstance(cause, str):
            found[name] = Judged(None, cause, details or {})
    return found


async def rated(request: Request, panel: Panel, kept: Kept = NOTHING_KEPT) -> Judged:
    """The panel's verdict on what a `Rate` asks about; of a rating that is not for it, what was `kept` of that one.
    Raises WorkError for any other request."""
    if not isinstance(request, Rate):
        raise WorkError(f"a measure asks for {type(request).__name__}, which no judge can answer")
    if not panel.rates(request.instrument):
        return kept.get(request.rubric, _NOT_RATED)
    return await panel.rate(request.instrument, request.material)
