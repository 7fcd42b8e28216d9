"""A judge's value for a response, by a rubric or by the published prompt that takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import fill
from inoc_evals.definitions.judged import Rating
from inoc_evals.definitions.task import Task
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.scale import Scale

if TYPE_CHECKING:
    from inoc_evals.judging.prompt import Instrument
    from inoc_evals.protocols.trajectory import Trajectory

NOT_RATED = "not_rated"
SCALE = Scale(0.0, 100.0, "mean", "points", "higher is a higher rating")


def rating_name(rubric: str) -> str:
    """What a rating by `rubric` is called where nobody says otherwise."""
    return f"rating of {rubric.replace('_', ' ')}"


@dataclass(frozen=True)
class Asked:
    """A rating as a run asks for it: the task's `name` for it, and the `instrument` that a judge gets. With `reasoning`
    the judge is shown what the model wrote for itself before the answer. Where there is `only`, responses to items of
    other categories are not rated."""

    name: str
    instrument: Instrument
    reasoning: bool = False
    only: tuple[str, ...] | None = None


def task_instruments(
    task: Task, parameters: Mapping[str, str], published: Mapping[str, str] | None = None
) -> dict[str, Instrument]:
    """What each rating of the task asks a judge: its rubric, or the `published` prompt that takes its place.

    Raises InputError for a rubric that is not there or a parameter that it does not have.
    """
    from inoc_evals.definitions.catalog import find_rubric
    from inoc_evals.judging.prompt import from_published, from_rubric

    instruments = {}
    for name, rating in task.ratings.items():
        if published and rating.published in published:
            instruments[name] = from_published(rating.published or name, published[rating.published or name])
        else:
            given = {key: fill(value, parameters) for key, value in rating.parameters.items()}
            instruments[name] = from_rubric(find_rubric(rating.rubric)[1], given)
    return instruments


def _ask(asked: Asked, trajectory: Trajectory) -> Measuring:
    """A blank response is not shown to a judge: its cause is "empty"."""
    from inoc_evals.judging.prompt import Material
    from inoc_evals.protocols.requests import Judged, Rate

    if asked.only is not None and trajectory.item.category not in asked.only:
        return {"": Reading(None, DOES_NOT_APPLY)}
    if not trajectory.answer.strip():
        return {"": Reading(None, "empty")}
    thought = trajectory.reasoning if asked.reasoning else None
    material = Material(trajectory.answer, trajectory.question, trajectory.system, thought)
    (reply,) = yield [Rate(asked.name, asked.instrument, material)]
    if not isinstance(reply, Judged):
        raise TypeError(f"a rating was asked for, and {type(reply).__name__} came")
    cause = None if reply.value is not None else reply.cause or NOT_RATED
    return {"": Reading(reply.value, cause, reply.details)}


def _scales(rating: Rating) -> Mapping[str, Scale]:
    return {"": replace(SCALE, name=rating.called or rating_name(rating.rubric))}


MEASURE = Measure("rating", Rating, _scales, _ask, needs=frozenset({"judge"}), section="ratings")
