"""What the causes of a missing rating mean, in words, wherever they are printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

# The word for a rating that a budget left out.
OVER_BUDGET = "over_budget"
_MEANINGS: Mapping[str, str] = {
    "low_mass": "too little of the judge's probability lies on answers that the rubric allows",
    "judge_empty": "the judge's reply was empty",
    "judge_malformed": "the judge's reply could not be read",
    "judge_incomplete": "the judge's reply broke off",
    "judge_failed": "the judge's provider gave an error",
    "judge_changing": "the judge's replies came from several versions of it",
    "judge_timeout": "the judge did not answer in time",
    "judge_too_long": "the response is longer than the judge reads",
    "judge_unreachable": "the judge could not be reached",
    "not_rated": "no judge was asked",
    OVER_BUDGET: "the budget for judges was spent, so that none was asked",
    "empty": "the response is blank, so that no judge was asked",
    "no_text": "the response is no text, so that no judge was asked",
    "unfinished_reasoning": "the response's reasoning never ended, so that there is no answer",
    "error": "the response could not be drawn",
}
# Nothing came back that is of the judge's making.
_SILENT = frozenset(
    {
        "judge_failed",
        "judge_incomplete",
        "judge_changing",
        "judge_timeout",
        "judge_too_long",
        "judge_unreachable",
        "not_rated",
        OVER_BUDGET,
    }
)
_REFUSED = re.compile(r"judge_refused_(\d+)")


def of_failure(cause: str) -> str:
    """The cause of a rating that is missing because asking a judge failed with the `cause` of a ServerError."""
    return cause if cause == OVER_BUDGET else f"judge_{cause}"


def meaning(cause: str) -> str:
    """`cause` in words; every other cause is a word that the rubric offers the judge instead of a rating."""
    if refused := _REFUSED.fullmatch(cause):
        return f"the judge's server refused with status {refused[1]}"
    return _MEANINGS.get(cause, f"the judge answered {cause.upper()}")


def is_answer(cause: str | None) -> bool:
    """Did the judge give a rating (None) or a word that the rubric offers?"""
    return cause is None or (cause not in _MEANINGS and _REFUSED.fullmatch(cause) is None)


def is_read(cause: str | None) -> bool:
    """Did it, or could its reply at least be read, though most of its probability lies on what is no answer?"""
    return cause == "low_mass" or is_answer(cause)


def is_reply(cause: str | None) -> bool:
    """Did it say anything, be it empty or not to be read, so that a missing rating is its own doing? Not where it was
    not asked, where its server refused or did not answer, and where several versions of it did."""
    return cause not in _SILENT and (cause is None or _REFUSED.fullmatch(cause) is None)


def counted(causes: Iterable[str]) -> str:
    """What `causes`, of which there may be several of a kind, mean, each with how often; the commonest first."""
    return "; ".join(f"{meaning(cause)}: {count}" for cause, count in Counter(causes).most_common())


def legend(causes: Iterable[str]) -> list[str]:
    """A line for each cause."""
    return [f"  {cause}: {meaning(cause)}" for cause in sorted(set(causes))]
