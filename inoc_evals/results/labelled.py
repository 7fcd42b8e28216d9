"""What people's labels say of rows: of the rating that they give, and of every outcome that a rule makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inoc_evals.definitions.rules import Rule
from inoc_evals.measures.reading import DOES_NOT_APPLY
from inoc_evals.results.columns import Columns
from inoc_evals.results.draws import Draw, Weighed, partly_drawn, weighed, without_disputed
from inoc_evals.results.judged_by import JudgedBy, judged_by
from inoc_evals.results.label import Labels
from inoc_evals.results.label_use import called, cautions, otherwise_worded, refused, tasks_of
from inoc_evals.results.matched import matched
from inoc_evals.results.methods import span_of
from inoc_evals.results.outcome_rules import Rules, outcome_rules
from inoc_evals.results.readings import decided
from inoc_evals.results.shown import is_shown
from inoc_evals.results.source import Source
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.responses import Labels as Names
from inoc_evals.stats.responses import labels as names

_HIGHEST = 100.0
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Drawing:
    """What became of one draw. Of `drawn` responses `labelled` have a label that counts or sets them apart, raters
    differ on `disputed`, and on `open` nobody has said anything. Of the labelled ones `set_apart` are those that people
    leave out, `not_here` those that no row here is, `ambiguous` those that several rows here may be, `unjudged` those
    that the judge gave no value. `corrected` are the values that they correct; none where the labels cannot be used."""

    rubric: str
    version: str
    rated: str
    judge: str
    seed: int
    drawn: int
    labelled: int
    disputed: int
    open: int
    set_apart: int
    not_here: int
    ambiguous: int
    unjudged: int
    corrected: tuple[str, ...]


@dataclass(frozen=True)
class LabelledValue:
    """The value `key` of a task, one entry for each row: what the judge makes of it, 0..1 (NaN: left out), what people
    make of it (NaN: left out, or no label), whether there is a label, and its design weight. `asked` are the responses
    that the correction is about: the judge rated them, and a label may change the value. `rated` is the rating that
    people gave."""

    task: str
    key: str
    rated: str
    judged: Floats
    people: Floats
    labelled: Mask
    weights: Floats
    asked: Mask


@dataclass(frozen=True)
class Drawings:
    """All draws, the labels of their rows, the rules of the outcomes that these change, and what is to be said."""

    draws: tuple[Drawing, ...]
    rated: tuple[Weighed, ...]
    rules: Rules
    notes: tuple[str, ...]


def drawings(source: Source, found: Columns) -> Drawings:
    """What the draws of `source` say of its rows, which `found` are the columns of."""
    judged = judged_by(source.settings)
    given = [draw for labels in source.labels for draw in _by_value(source, found, judged, labels)]
    of_values = [draw.labels for draw in given]
    ratings = ((task, labels.key) for labels in of_values for task in tasks_of(labels))
    rules = outcome_rules(source.settings, found, ratings)
    draws, notes = [], []
    usable: dict[str, list[Draw]] = {}
    for draw in given:
        labels = draw.labels
        why = refused(source, found, judged, draw) or otherwise_worded(of_values, labels)
        said = [why] if why else cautions(source, found, judged, rules, draw)
        notes += [f"{called(labels)}: {each}" for each in (*said, *draw.notes)]
        draws.append(_drawing(found, draw, () if why else _corrected_by(found, rules, labels)))
        if not why:
            usable.setdefault(labels.key, []).append(draw)
    rated: list[Weighed] = []
    shown = names([row.task if is_shown(row) else "" for row in source.rows])
    for key, of_key in sorted(usable.items()):
        kept, disputed = without_disputed(of_key)
        if disputed:
            what = "what two draws settle differently counts as not labelled"
            notes.append(f"labels of {key}: {what} ({disputed} of the responses)")
        tasks = {task for draw in kept for task in tasks_of(draw.labels)}
        here = _may_be_labelled(found, shown, tasks, key)
        notes += [f"labels of {key}: {each}" for each in partly_drawn(kept, source.rows, here)]
        rated += weighed(kept, key, source.rows)
    return Drawings(tuple(draws), tuple(rated), rules, tuple(notes))


def labelled_values(source: Source, found: Columns, drawn: Drawings) -> Iterator[LabelledValue]:
    """Each value that labels correct: outcomes as they are made of the labelled rating, then the rating itself."""
    for rated in drawn.rated:
        for outcome, rule in drawn.rules[rated.task, rated.key].items():
            if rule is not None:
                yield _of_outcome(found, rated, outcome, rule)
        yield _of_rating(source, found, rated)


def _by_value(source: Source, found: Columns, judged: JudgedBy, labels: Labels) -> Iterator[Draw]:
    """The labels once for each value of the rows that their rubric rates: the one that they were drawn by, and those
    that files of rows note, whoever rated them. People labelled the rubric, and no judge of it."""
    settled, here = labels.settled(), matched(labels, source.rows)
    keys = {key for task in tasks_of(labels) for key in found.keys.get(task, ())}
    there = [key for key in dict.fromkeys([labels.key, *judged.values_by(labels.identity)]) if key in keys]
    for place, key in enumerate(there or [labels.key]):
        # What is said of the responses is said once.
        notes = () if place else here.notes
        yield Draw(replace(labels, key=key), settled, here.places, here.ambiguous, notes)


def _may_be_labelled(found: Columns, shown: Names, tasks: Collection[str], key: str) -> dict[str, int]:
    """By arm how many of its responses to these tasks are shown to those who label the rating `key`. `shown` are the
    tasks of all rows that people may be shown."""
    values = found.values[key]
    asked = [code for code, task in enumerate(shown.names) if task in tasks]
    elsewhere = [code for code, cause in enumerate(values.causes) if cause == DOES_NOT_APPLY]
    those = np.isin(shown.codes, asked) & ~np.isin(values.cause, elsewhere)
    codes, first, counts = np.unique(found.arms.codes[those], return_index=True, return_counts=True)
    arms = sorted(zip(first.tolist(), codes.tolist(), counts.tolist(), strict=True))
    return {found.arms.names[code]: count for _, code, count in arms}


def _corrected_by(found: Columns, rules: Rules, labels: Labels) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for task in tasks_of(labels):
        if labels.key in found.keys.get(task, ()):
            known = (outcome for outcome, rule in rules[task, labels.key].items() if rule is not None)
            keys |= dict.fromkeys((*known, labels.key))
    return tuple(keys)


def _drawing(found: Columns, draw: Draw, values: tuple[str, ...]) -> Drawing:
    labels, settled = draw.labels, draw.settled
    said = {label.response for label in labels.labels}
    numbers = found.values[labels.key].numbers if labels.key in found.values else None
    here = [draw.places[response] for response in settled if response in draw.places]
    ambiguous = sum(response in draw.ambiguous for response in settled)
    return Drawing(
        rubric=labels.rubric,
        version=labels.version,
        rated=labels.key,
        judge=labels.judge,
        seed=labels.seed,
        drawn=len(labels.drawn),
        labelled=len(settled),
        disputed=len(said) - len(settled),
        open=sum(drawn.response not in said for drawn in labels.drawn),
        set_apart=sum(label.value is None for label in settled.values()),
        not_here=len(settled) - len(here) - ambiguous,
        ambiguous=ambiguous,
        unjudged=0 if numbers is None else int(np.isnan(numbers[here]).sum()),
        corrected=values,
    )


def _of_rating(source: Source, found: Columns, rated: Weighed) -> LabelledValue:
    scale = source.scales[rated.task][rated.key]
    low, high = span_of(scale) or (0.0, _HIGHEST)
    judged = (found.values[rated.key].numbers - low) / (high - low)
    people, labelled, weights = _columns(rated, len(judged))
    if scale.averaged == "share":
        judged, people = (np.where(np.isnan(each), np.nan, each >= 0.5) for each in (judged, people))
    return LabelledValue(rated.task, rated.key, rated.key, judged, people, labelled, weights, ~np.isnan(judged))


def _of_outcome(found: Columns, rated: Weighed, outcome: str, rule: Rule) -> LabelledValue:
    """The outcome as the judge's ratings make it, and with people's rating in place of the judge's; all other ratings
    stay the judge's."""
    ratings = {name: found.values[name].numbers for name in rule.names()}
    judged = decided(rule, ratings)
    given, labelled, weights = _columns(rated, len(judged))
    people = decided(rule, {**ratings, rated.key: given * _HIGHEST})
    # Where another rating leaves a response out, no label brings it in.
    others = Rule(rule.decides, tuple(term for term in rule.where if term.name != rated.key))
    asked = ~np.isnan(decided(others, ratings))
    return LabelledValue(rated.task, outcome, rated.key, judged, people, labelled, weights, asked)


def _columns(rated: Weighed, rows: int) -> tuple[Floats, Mask, Floats]:
    people, weights = np.full(rows, np.nan), np.ones(rows)
    labelled = np.zeros(rows, dtype=np.bool_)
    places = list(rated.rated)
    people[places] = list(rated.rated.values())
    weights[places] = [rated.weights[place] for place in places]
    labelled[places] = True
    return people, labelled, weights
