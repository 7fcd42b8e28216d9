"""What `inoc-evals judges worth` does: how many draws of a reference judge other judges are worth, by labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from inoc_evals.commands.labelled import Read, about, about_lines, asked_document, version_lines
from inoc_evals.commands.labelled_cost import refuse_unasked
from inoc_evals.console import list_line
from inoc_evals.document import print_document
from inoc_evals.judging.accounting import current
from inoc_evals.judging.candidates import Answers, ask_all
from inoc_evals.judging.connect import default_cache, judge_models
from inoc_evals.judging.usage import plain
from inoc_evals.judging.worth import Curve, Worth, curve, from_answers, from_exact, scored, worth
from inoc_evals.labelling.labelled import Labelled, answered_by_all, probabilities
from inoc_evals.stats.calibration import estimated_likelihood
from inoc_evals.stats.ratios import Estimate
from inoc_evals.stats.responses import Floats

# What worth in draws of the reference is where the judge is the reference.
_OF_ITSELF = (
    "it is the reference itself, so that 1, 2, ... draws are worth as many, whatever was drawn; the intervals say from "
    "which numbers of its draws the labels do not tell them"
)
_EXACT_OF_ITSELF = "it is the reference itself, whose exact reading is worth infinitely many of its draws"


@dataclass(frozen=True)
class _Valued:
    """What a judge is worth with `draws` answers; None where its reading is exact."""

    judge: str
    draws: int | None
    worth: Worth


def worth_judges(read: Read, judges: Sequence[str], reference: str, draws: int, *, as_json: bool = False) -> None:
    """Ask `judges` and `reference` about the labelled responses, with `draws` answers where a reading is not exact, and
    print what each is worth. Raises InputError or WorkError."""
    cache = default_cache()
    with judge_models([reference, *judges]) as models:
        by_judge = ask_all(models, read.wordings, [draws], read.given.materials, cache)
    cache.close()
    refuse_unasked()
    asked = [each for own in by_judge for each in own]
    given, (first, *others) = answered_by_all(read.given, asked)
    click.echo("comparing draws ...", err=True)
    line = _curve(first, given, draws, read.labels.seed)
    exact = (
        None
        if first.candidate.draws
        else estimated_likelihood(_exact_scores(first, given, read.labels.seed), given.truth)
    )
    valued = [each for other in others for each in _valued(other, given, line, read.labels.seed)]
    if as_json:
        print_document(_document(read, given, asked, line, exact, valued))
    else:
        click.echo("\n".join(_lines(read, given, asked, line, exact, valued)))


def _curve(answers: Answers, given: Labelled, draws: int, seed: int) -> Curve:
    if answers.candidate.draws is None:
        return curve(from_exact(_shares(answers, given), draws), given.truth, seed)
    said = np.array([given.classes.drawn(tuple(each.samples)) for each in answers.said if each is not None])
    return curve(from_answers(said), given.truth, seed)


def _exact_scores(answers: Answers, given: Labelled, seed: int) -> Floats:
    return scored(probabilities(answers, given.classes), given.truth, seed)


def _valued(answers: Answers, given: Labelled, reference: Curve, seed: int) -> list[_Valued]:
    candidate = answers.candidate
    if candidate.draws is None:
        return [_Valued(candidate.judge, None, worth(_exact_scores(answers, given, seed), reference))]
    own = _curve(answers, given, candidate.draws, seed)
    return [_Valued(candidate.judge, number, worth(each, reference)) for number, each in enumerate(own.scores, start=1)]


def _shares(answers: Answers, given: Labelled) -> Floats:
    return np.array([given.classes.shares(each) for each in answers.said if each is not None])


def _lines(
    read: Read,
    given: Labelled,
    asked: Sequence[Answers],
    line: Curve,
    exact: Estimate | None,
    valued: Sequence[_Valued],
) -> list[str]:
    most = len(line.scores)
    lines = [*about_lines(read, given), *version_lines(asked)]
    simulated = ", simulated from its exact reading, which is what drawing gives" if exact else ""
    lines.append(f"reference {asked[0].candidate.judge}: calibrated log-likelihood by draws{simulated}")
    shown = [f"{number}: {mean:.3f}" for number, mean in enumerate(line.means, start=1)]
    if exact is not None:
        shown.append(f"its exact reading: {exact.mean:.3f}")
    lines.append(list_line([(" ", 0)], ", ".join(shown)))
    for judge in dict.fromkeys(each.judge for each in valued):
        lines.append(f"{judge}: worth in draws of the reference, and calibrated log-likelihood")
        if judge == asked[0].candidate.judge:
            lines.append(list_line([(" ", 0)], _OF_ITSELF if exact is None else _EXACT_OF_ITSELF))
        for each in (one for one in valued if one.judge == judge):
            what = "exact" if each.draws is None else f"{each.draws} drawn"
            lines.append(f"  {what:>9}: {each.worth.words(most)}; {each.worth.likelihood.mean:.3f}")
    return lines


def _document(
    read: Read,
    given: Labelled,
    asked: Sequence[Answers],
    line: Curve,
    exact: Estimate | None,
    valued: Sequence[_Valued],
) -> dict[str, Any]:
    most = len(line.scores)
    return {
        **about(read, given),
        "reference": {
            "judge": asked[0].candidate.judge,
            "draws": most,
            "simulated": exact is not None,
            "curve": line.means,
            "exact": exact,
        },
        "judges": [
            {
                "judge": each.judge,
                "draws": each.draws,
                "likelihood": each.worth.likelihood,
                "worth": {"draws": each.worth.draws, "low": each.worth.low, "high": each.worth.high},
                "in_words": each.worth.words(most),
            }
            for each in valued
        ],
        "asked": list(map(asked_document, asked)),
        "cost": plain(current().judging()),
    }
