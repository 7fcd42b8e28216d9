"""The judges of a run, from the variable INOC_JUDGE: lm-eval has no option for a second model."""

from __future__ import annotations

import os
from collections.abc import Sequence

from inoc_evals.cache import cache_directory
from inoc_evals.client.apart import run_apart
from inoc_evals.client.models import named_model
from inoc_evals.errors import InputError
from inoc_evals.judging.connect import default_cache, judge_of
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.panel import Panel, panel_of

VARIABLE = "INOC_JUDGE"
OFF = "off"
_judges: dict[tuple[str, int, str], Judge] = {}


def chosen_judges(tasks: Sequence[str], ratings: int) -> Panel:
    """The judges of `tasks` that INOC_JUDGE names, separated by commas; nobody for "off".

    Raises InputError if the variable is not set, because responses that nobody rates are paid for in vain.
    """
    if not os.environ.get(VARIABLE, "").strip():
        raise InputError(
            f"{_need(tasks)} a judge; set {VARIABLE} to PROVIDER/MODEL or URL#MODEL, or to {OFF} to keep the "
            "responses and rate the samples file later with `inoc-evals judges rate`"
        )
    return panel_of([_judge(text, ratings) for text in named_judges()])


def _need(tasks: Sequence[str]) -> str:
    if len(tasks) == 1:
        return f"task {tasks[0]} needs"
    return f"tasks {', '.join(tasks[:-1])} and {tasks[-1]} need"


def named_judges() -> list[str]:
    """The names in INOC_JUDGE; none if it is not set or "off"."""
    named = os.environ.get(VARIABLE, "").strip()
    return [] if named == OFF else [text.strip() for text in named.split(",") if text.strip()]


def prepare(panel: Panel) -> None:
    """Ask every judge once whether it answers. Raises InputError or WorkError."""
    run_apart(panel.prepare())


def _judge(text: str, ratings: int) -> Judge:
    if text.startswith("vllm/") and not os.environ.get("VLLM_BASE_URL"):
        remedy = "start it with `inoc-evals serve` and write URL#MODEL (key in INOC_JUDGE_API_KEY)"
        raise InputError(f"judge {text}: this would start a second vLLM server inside the run; {remedy}")
    # What was found out about a judge before generation is used after it.
    key = (text, ratings, str(cache_directory()))
    if key not in _judges:
        _judges[key] = judge_of(named_model(text), default_cache(), ratings)
    return _judges[key]
