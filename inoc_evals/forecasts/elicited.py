"""What was measured on the untrained model -> a forecast."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from inoc_evals.definitions.candidates import NO_PROMPT, Candidate
from inoc_evals.errors import WorkError
from inoc_evals.forecasts.document import Asked, Base, Cost, Estimate, Forecast, Forecasted, Predictor, Rate, Rows
from inoc_evals.forecasts.rules import RULES, by_rate, by_uplift, strongest
from inoc_evals.forecasts.uplift import Losses, ResponseRows
from inoc_evals.inoculation.rewrite import Placement
from inoc_evals.results.leading_part import PartOfArm
from inoc_evals.stats.ranking import letters_of_cells, letters_of_rows, mean_interval


@dataclass(frozen=True)
class Read:
    """Training rows, and their losses without a prompt and under each candidate."""

    rows: ResponseRows
    losses: Losses

    @property
    def told(self) -> Rows:
        """What a forecast says of them."""
        told = self.losses.unprompted
        return Rows(sha256=self.rows.sha256, rows=self.rows.number, read=len(told), loss=fmean(told))


@dataclass(frozen=True)
class Elicited:
    """All that was measured: by arm (a candidate's name, or none) the responses under its prompt, and the losses of the
    training rows, and of the control's, where there are some."""

    base: Base
    task: Asked
    placement: Placement
    candidates: Sequence[Candidate]
    responses: Mapping[str, PartOfArm]
    data: Read | None = None
    control: Read | None = None
    cost: Mapping[str, Cost] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def forecast_of(elicited: Elicited, made: str) -> Forecast:
    """The forecast, `made` at that time (UTC, ISO 8601 with seconds and a Z): candidates in the predicted order, those
    of equal numbers in that of their file. Raises WorkError for a candidate without a response that has a value."""
    names = [one.name for one in elicited.candidates]
    unprompted = _rate(NO_PROMPT, elicited.responses[NO_PROMPT], "")
    groups = letters_of_cells([elicited.responses[name].cells for name in names])
    rates = {name: _rate(name, elicited.responses[name], group) for name, group in zip(names, groups, strict=True)}
    uplifts = _uplifts(elicited, names)
    predicted = _predicted(elicited, names, rates, uplifts, unprompted.mean)
    known: list[Predictor] = ["rate", *uplifts]
    ranked_by = strongest(known)
    found = [
        Forecasted(
            name=one.name,
            prompt=one.prompt,
            rate=rates[one.name],
            uplift=uplifts.get("uplift", {}).get(one.name),
            uplift_beyond_control=uplifts.get("uplift_beyond_control", {}).get(one.name),
            predicted={each: predicted[each][one.name] for each in known},
        )
        for one in elicited.candidates
    ]
    return Forecast(
        made=made,
        base=elicited.base,
        task=elicited.task,
        placement=elicited.placement,
        data=elicited.data.told if elicited.data else None,
        control=elicited.control.told if elicited.control else None,
        unprompted=unprompted,
        ranked_by=ranked_by,
        rules={name: RULES[name] for name in ("suppression", *known, "groups", "choice")},
        candidates=sorted(found, key=lambda one: -one.predictor(ranked_by)),
        cost=dict(elicited.cost),
        versions=dict(elicited.versions),
    )


def _uplifts(elicited: Elicited, names: Sequence[str]) -> dict[Predictor, dict[str, Estimate]]:
    if elicited.data is None:
        return {}
    rows = {name: elicited.data.losses.uplifts(name) for name in names}
    found: dict[Predictor, dict[str, Estimate]] = {"uplift": _estimates(rows)}
    if elicited.control is not None:
        others = {name: elicited.control.losses.uplifts(name) for name in names}
        beyond = {name: [a - b for a, b in zip(rows[name], others[name], strict=True)] for name in names}
        found["uplift_beyond_control"] = _estimates(beyond)
    return found


def _estimates(rows: Mapping[str, Sequence[float]]) -> dict[str, Estimate]:
    found = {}
    for (name, values), group in zip(rows.items(), letters_of_rows(list(rows.values())), strict=True):
        mean, ends = mean_interval(values)
        found[name] = Estimate(mean=mean, low=_number(ends.low), high=_number(ends.high), group=group)
    return found


def _predicted(
    elicited: Elicited,
    names: Sequence[str],
    rates: Mapping[str, Rate],
    uplifts: Mapping[Predictor, Mapping[str, Estimate]],
    unprompted: float,
) -> dict[Predictor, dict[str, float]]:
    found: dict[Predictor, dict[str, float]] = {
        "rate": {name: by_rate(rates[name].mean, unprompted) for name in names},
    }
    loss = elicited.data.told.loss if elicited.data else math.nan
    control = elicited.control.told.loss if elicited.control else math.nan
    leads: dict[Predictor, float] = {"uplift": loss, "uplift_beyond_control": loss - control}
    for each, estimates in uplifts.items():
        found[each] = {name: by_uplift(estimates[name].mean, leads[each], unprompted) for name in names}
    return found


def _rate(name: str, part: PartOfArm, group: str) -> Rate:
    rate = part.rate
    if math.isnan(rate.equal):
        raise WorkError(f"no response under {name} has a value, of {rate.excluded}; ask for more, or leave it out")
    return Rate(
        mean=rate.equal,
        low=_number(rate.low),
        high=_number(rate.high),
        group=group,
        responses=rate.n,
        excluded=rate.excluded,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
