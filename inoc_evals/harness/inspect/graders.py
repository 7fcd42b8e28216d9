"""The judges of a run: whatever the user bound to inspect's role "grader", or those that rate a log anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from inspect_ai.model import Model, model_roles

from inoc_evals.errors import InputError
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import default_cache, judge_of
from inoc_evals.judging.fulfil import Kept
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import Panel, panel_of
from inoc_evals.results.rated_by import RatedBy

ROLE = "grader"
_judges: dict[tuple[str, int, str], Judge] = {}
_caches: list[JudgementCache] = []
Place = tuple[int | str, int]  # a sample's id and epoch


@dataclass(frozen=True)
class Before:
    """What stood in a sample: the ratings of each response, and which versions of judges gave them."""

    ratings: Sequence[Kept] = ()
    rated_by: Mapping[str, RatedBy] = field(default_factory=dict)


_NOTHING = Before()
_anew: list[tuple[Panel, Mapping[Place, Before]]] = []


def graders(ratings: int) -> Panel:
    """The judges bound to the role, a list of models being a panel.

    Raises InputError if there is none: without this inspect would let every model grade itself.
    """
    bound = model_roles().get(ROLE)
    if bound is None:
        raise InputError(
            "this task needs a judge, and the role 'grader' has no model; write --model-role grader=PROVIDER/MODEL, "
            "or -T judge=later and rate the log afterwards with `inoc-evals judges rate`"
        )
    return panel_of([_grader(model, ratings) for model in (bound if isinstance(bound, list) else [bound])])


@contextmanager
def rating_anew(panel: Panel, before: Mapping[Place, Before]) -> Iterator[None]:
    """While the block runs, `panel` rates, whatever is bound to the role; what it does not rate stays as it was
    `before`."""
    _anew.append((panel, before))
    try:
        yield
    finally:
        _anew.pop()


def raters_of(place: Place, ratings: int) -> tuple[Panel, Before]:
    """Who rates the sample at `place`, with `ratings` answers drawn where the user's judges are asked, and what stood
    there. Raises what `graders` raises."""
    if not _anew:
        return graders(ratings), _NOTHING
    panel, before = _anew[-1]
    return panel, before.get(place, _NOTHING)


def _grader(model: Model, ratings: int) -> Judge:
    """The judge that `model` is in this process, always the same one, so that what it found out is kept."""
    if not _caches:
        _caches.append(default_cache())
    key = (str(model), ratings, str(getattr(model.api, "base_url", "")))
    if key not in _judges:
        _judges[key] = judge_of(model, _caches[0], ratings)
    return _judges[key]


async def prepare_graders(ratings: int) -> None:
    """Ask every judge once whether it answers, before anything is generated. Raises InputError or WorkError."""
    await graders(ratings).prepare()


def flush_judgements() -> None:
    """Put on disk what the judges said in the last moment."""
    for cache in _caches:
        cache.flush()
