"""Whether the labels of a draw can be used for the rows here, and what must be known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from inoc_evals.judging.version import CHOSEN_BY
from inoc_evals.results.columns import Columns
from inoc_evals.results.draws import Draw
from inoc_evals.results.judged_by import JudgedBy
from inoc_evals.results.label import Labels
from inoc_evals.results.methods import span_of
from inoc_evals.results.outcome_rules import Rules
from inoc_evals.results.source import Source

# A judge's value that is further from the one that was drawn by was given anew.
_MOVED = 0.5
# With so many labels of responses that the judge did not rate it is told how people rate those.
_UNRATED = 5


def called(labels: Labels) -> str:
    """A draw, as notes name it."""
    return f"labels of {labels.key} (rubric {labels.rubric} {labels.version}, draw with seed {labels.seed})"


def tasks_of(labels: Labels) -> list[str]:
    """The tasks of the drawn responses, as they first appear."""
    return list(dict.fromkeys(drawn.task for drawn in labels.drawn))


def refused(source: Source, found: Columns, judged: JudgedBy, draw: Draw) -> str:
    """Why these labels cannot be used here; empty where they can."""
    labels = draw.labels
    tasks = sorted(tasks_of(labels))
    having = [task for task in tasks if labels.key in found.keys.get(task, ())]
    if not having:
        return f"no row of {', '.join(tasks) or 'any task'} here has the value {labels.key}, and nothing is corrected"
    if any(span_of(source.scales[task][labels.key]) is None for task in having):
        return f"{labels.key} has a scale without ends here, and labels are from 0 to 100; nothing is corrected"
    if not draw.places and not draw.ambiguous:
        return "none of its responses is among these results; name those that they were drawn from"
    known = {each for task in tasks for each in source.instruments.get(task, {}).get(labels.key, frozenset())}
    known |= judged.asked_for(labels.key)
    if known and known != {labels.identity}:
        return "the judge of these rows was asked by another wording or version of the rubric; nothing is corrected"
    return ""


def otherwise_worded(given: Sequence[Labels], labels: Labels) -> str:
    """Two wordings of one rating are two questions, and only the one of which people answered more is used."""
    of_key = [each for each in given if each.key == labels.key]
    most = max(of_key, key=lambda each: len(each.labels))
    if most.identity == labels.identity:
        return ""
    return f"there are more labels by another wording ({most.rubric} {most.version}), and only those are used"


def cautions(source: Source, found: Columns, judged: JudgedBy, rules: Rules, draw: Draw) -> list[str]:
    """What must be known of labels that are used: they chose the judges, or these are others now; a rule is not
    known."""
    labels = draw.labels
    told = []
    if chose := _chose(source, found, labels):
        told.append(
            "they chose the panel that rated and are not independent of it, so that its error may be larger than it "
            "seems; labels of another draw would say"
        )
    if judged.judges and labels.judge and not judged.judges & {*labels.judge.split(" and "), labels.judge}:
        others = " and ".join(sorted(judged.judges))
        good = "" if chose else ", which is as good"
        told.append(f"drawn by the ratings of {labels.judge}, they correct those of {others}{good}")
    elif moved := _moved(found, draw):
        told.append(f"{moved} of {len(draw.places)} responses have another rating now than when they were drawn")
    if left_out := _of_unrated(found, draw):
        told.append(left_out)
    told += [
        f"{outcome} of {task} is by a rule that is not known here, and is not corrected"
        for task in sorted(tasks_of(labels))
        for outcome, rule in rules[task, labels.key].items()
        if rule is None
    ]
    return told


def _moved(found: Columns, draw: Draw) -> int:
    """Of how many responses the judge's rating is another one than when they were drawn."""
    numbers = found.values[draw.labels.key].numbers if draw.labels.key in found.values else np.array([])
    here = [(each.judged, draw.places[each.response]) for each in draw.labels.drawn if each.response in draw.places]
    return sum(judged is not None and not abs(judged - numbers[place]) <= _MOVED for judged, place in here)


def _of_unrated(found: Columns, draw: Draw) -> str:
    """How people rate what the judge did not, where they rated some of it: if that differs, no rate of what it rated is
    one of all."""
    numbers = found.values[draw.labels.key].numbers
    weights = {drawn.response: drawn.weight for drawn in draw.labels.drawn}
    given = [
        (label.value, weights[response], np.isnan(numbers[draw.places[response]]))
        for response, label in draw.settled.items()
        if label.value is not None and response in draw.places
    ]
    left_out = [each for each in given if each[2]]
    others = [each for each in given if not each[2]]
    if len(left_out) < _UNRATED or not others:
        return ""
    unrated, rated = (
        sum(value * weight for value, weight, _ in those) / sum(weight for _, weight, _ in those)
        for those in (left_out, others)
    )
    return (
        f"people give the {len(left_out)} labelled responses that the judge did not rate {unrated:.0f} on average, "
        f"and the others {rated:.0f}; corrected rates are of what it rated alone, and no interval allows for the rest"
    )


def _chose(source: Source, found: Columns, labels: Labels) -> bool:
    """Did these labels choose the panel that rated any checkpoint here? A checkpoint is rated as its first row is."""
    places = np.sort(found.places_of(tasks_of(labels)))
    rated = places[~np.isnan(found.values[labels.key].numbers[places])]
    _, first = np.unique(found.checkpoints.codes[rated], return_index=True)
    details = [source.rows[place].details.get(labels.key) for place in rated[first].tolist()]
    return any(isinstance(each, Mapping) and each.get(CHOSEN_BY) == labels.draw for each in details)
