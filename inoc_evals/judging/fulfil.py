"""The judges' part in measuring: `Rate` is answered, everything else is another's to fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from inoc_evals.errors import WorkError
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import of_panel, rate_panel
from inoc_evals.protocols.requests import Judged, Rate, Request

_SEEN = tuple(field.name for field in fields(Verdict))


async def rated(request: Request, judges: Sequence[Judge]) -> Judged:
    """The panel's verdict on what a `Rate` asks about. Raises WorkError for any other request."""
    if not isinstance(request, Rate):
        raise WorkError(f"a measure asks for {type(request).__name__}, which no judge can answer")
    if not judges:
        return Judged(None, "not_rated")
    verdict, by_judge = await rate_panel(judges, request.instrument, request.material)
    details = {key: value for key in _SEEN if (value := getattr(verdict, key)) not in (None, {})}
    if len(by_judge) > 1:
        details |= of_panel(by_judge)
    return Judged(verdict.value, verdict.cause, details)
