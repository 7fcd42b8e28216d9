"""The judges of a run: whatever the user bound to inspect's role "grader"."""

from __future__ import annotations

from inspect_ai.model import Model, model_roles

from inoc_evals.errors import InputError
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import default_cache, judge_of
from inoc_evals.judging.judge import Judge, prepare_all

ROLE = "grader"
_judges: dict[tuple[str, int, str], Judge] = {}
_caches: list[JudgementCache] = []


def graders(ratings: int) -> list[Judge]:
    """The judges bound to the role, a list of models being a panel.

    Raises InputError if there is none: without this inspect would let every model grade itself.
    """
    bound = model_roles().get(ROLE)
    if bound is None:
        raise InputError(
            "this task needs a judge, and the role 'grader' has no model; write --model-role grader=PROVIDER/MODEL, "
            "or -T judge=later and rate the log afterwards with `inoc-evals judges rate`"
        )
    return [grader(model, ratings) for model in (bound if isinstance(bound, list) else [bound])]


def grader(model: Model, ratings: int) -> Judge:
    """The judge that `model` is in this process, always the same one, so that what it found out is kept."""
    if not _caches:
        _caches.append(default_cache())
    key = (str(model), ratings, str(getattr(model.api, "base_url", "")))
    if key not in _judges:
        _judges[key] = judge_of(model, _caches[0], ratings)
    return _judges[key]


async def prepare_graders(ratings: int) -> None:
    """Ask every judge once whether it answers, before anything is generated. Raises InputError or WorkError."""
    await prepare_all(graders(ratings))


def flush_judgements() -> None:
    """Put on disk what the judges said in the last moment."""
    for cache in _caches:
        cache.flush()
