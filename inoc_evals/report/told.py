"""The answer as plain data, for what commands print with --json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inoc_evals.judging.usage import plain
from inoc_evals.report.corrected_texts import sentences as corrected_sentences
from inoc_evals.report.frontier_texts import sentences as frontier_sentences
from inoc_evals.report.profile_texts import sentences as profile_sentences
from inoc_evals.report.sentences import sentences
from inoc_evals.report.texts import value_name
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.judge_cost import judging_of


def told(found: Findings) -> dict[str, Any]:
    """What `answer` shows: the sentences, and as in results.json rates, differences, the checkpoints' fitness and,
    where there are some, the curves over the steps of training, the tasks that were asked under several conditions, the
    frontier, how surely orders stay, contrasts of factors, what judges took, the profile of a panel of dispositions,
    and what labels of people change. `values` say what each key of a task measures."""
    more = {"rates": found.rates, "fitness": found.fit}
    answered = {"answer": list(sentences(found)), **told_differences(found, found.differences), **more}
    at_times: dict[str, Any] = {"progress": found.progress, "grid": found.grids, "survival": found.survival}
    at_times["contrasts"] = found.contrasts
    judging = judging_of(found.settings)
    at_times["judging"] = None if judging is None else plain(judging)
    shown = {name: told for name, told in at_times.items() if told}
    return {**answered, **shown, **told_frontier(found), **_told_profile(found), **told_corrected(found)}


def _told_profile(found: Findings) -> dict[str, Any]:
    if found.profile is None:
        return {}
    return {"profile": {"sentences": profile_sentences(found), **vars(found.profile)}}


def told_corrected(found: Findings) -> dict[str, Any]:
    """What labels of people change, with the sentences; nothing without labels."""
    if found.corrected is None:
        return {}
    return {"corrected": {"sentences": corrected_sentences(found), **vars(found.corrected)}}


def told_frontier(found: Findings) -> dict[str, Any]:
    """The frontier with its sentences; nothing without one."""
    if found.frontier is None:
        return {}
    return {"frontier": {"sentences": frontier_sentences(found), **vars(found.frontier)}}


def told_differences(found: Findings, differences: Sequence[Difference]) -> dict[str, Any]:
    """Differences with what their keys and arms are."""
    return {
        "arms": found.arms,
        "reference": found.reference,
        "responses": found.responses,
        "values": {
            task: {key: value_name(found, task, key) for key in values.keys} for task, values in found.tasks.items()
        },
        "differences": differences,
        "notes": found.notes,
    }
