"""What people's labels say of rows: of the rating that they give, and of every outcome that a rule makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inoc_evals.definitions.rules import Rule, parse_rule
from inoc_evals.definitions.task import Task
from inoc_evals.errors import InputError
from inoc_evals.judging.version import CHOSEN_BY
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.draws import Draw, Weighed, partly_drawn, weighed, without_disputed
from inoc_evals.results.label import Labels
from inoc_evals.results.matched import places_of
from inoc_evals.results.methods import span_of
from inoc_evals.results.readings import decided, known_task
from inoc_evals.results.source import Source
from inoc_evals.stats.responses import Floats

_HIGHEST = 100.0
# A judge's value that is further from the one that was drawn by was given anew.
_MOVED = 0.5
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Drawing:
    """What became of one draw. Of `drawn` responses `labelled` have a label that counts or sets them apart, raters
    differ on `disputed`, and on `open` nobody has said anything. Of the labelled ones `set_apart` are those that people
    leave out, `not_here` those that no row here is, `unjudged` those that the judge gave no value. `corrected` are the
    values that they correct; none where the labels cannot be used."""

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
    """All draws, the labels of their rows, and what is to be said of them."""

    draws: tuple[Drawing, ...]
    rated: tuple[Weighed, ...]
    notes: tuple[str, ...]


def drawings(source: Source, found: Columns) -> Drawings:
    """What the draws of `source` say of its rows, which `found` are the columns of."""
    draws, notes = [], []
    usable: dict[str, list[Draw]] = {}
    given = [each for labels in source.labels for each in _by_value(source, found, labels)]
    for labels in given:
        draw = Draw(labels, labels.settled(), places_of(labels, source.rows))
        why = _refused(source, found, draw) or _otherwise_worded(given, labels)
        notes += [f"{_called(labels)}: {why}"] if why else _said(source, found, draw)
        values = () if why else _corrected_by(source, found, labels)
        draws.append(_drawing(found, draw, values))
        if not why:
            usable.setdefault(labels.key, []).append(draw)
    rated: list[Weighed] = []
    for key, of_key in sorted(usable.items()):
        kept, disputed = without_disputed(of_key)
        if disputed:
            what = "what two draws settle differently counts as not labelled"
            notes.append(f"labels of {key}: {what} ({disputed} of the responses)")
        notes += [f"labels of {key}: {each}" for each in partly_drawn(kept, source.rows)]
        rated += weighed(kept, key, source.rows)
    return Drawings(tuple(draws), tuple(rated), tuple(notes))


def labelled_values(source: Source, found: Columns, drawn: Drawings) -> Iterator[LabelledValue]:
    """Each value that labels correct: outcomes as they are made of the labelled rating, then the rating itself."""
    for rated in drawn.rated:
        places = _places(found, rated.task)
        for outcome, rule in _rules(source, found, rated.task, rated.key, places).items():
            if rule is not None:
                yield _of_outcome(found, rated, outcome, rule)
        yield _of_rating(source, found, rated)


def _by_value(source: Source, found: Columns, labels: Labels) -> Iterator[Labels]:
    """The labels once for each value of the rows that their rubric rates: the one that they were drawn by, and those
    that files of rows note, whoever rated them. People labelled the rubric, and no judge of it."""
    keys = {key: None for drawn in labels.drawn for key in found.keys.get(drawn.task, ())}
    rated = [str(one.get("value")) for one in _rated_by(source) if one.get("identity") == labels.identity]
    there = [key for key in dict.fromkeys([labels.key, *rated]) if key in keys]
    yield from (replace(labels, key=key) for key in there or [labels.key])


def _rated_by(source: Source) -> list[Mapping[str, Any]]:
    """What files of rows note of each rubric that they were rated by."""
    return [one for one in _noted(source.settings, "rated") if isinstance(one, Mapping)]


def _called(labels: Labels) -> str:
    return f"labels of {labels.key} (rubric {labels.rubric} {labels.version}, draw with seed {labels.seed})"


def _refused(source: Source, found: Columns, draw: Draw) -> str:
    """Why these labels cannot be used here; empty where they can."""
    labels = draw.labels
    tasks = sorted({drawn.task for drawn in labels.drawn})
    if not any(labels.key in found.keys.get(task, ()) for task in tasks):
        return f"no row of {', '.join(tasks) or 'any task'} here has the value {labels.key}, and nothing is corrected"
    if any(
        span_of(source.scales[task][labels.key]) is None for task in tasks if labels.key in found.keys.get(task, ())
    ):
        return f"{labels.key} has a scale without ends here, and labels are from 0 to 100; nothing is corrected"
    if not draw.places:
        return "none of its responses is among these results; name those that they were drawn from"
    known = {each for task in tasks for each in source.instruments.get(task, {}).get(labels.key, frozenset())}
    known |= {
        str(one["identity"]) for one in _rated_by(source) if one.get("value") == labels.key and one.get("identity")
    }
    if known and known != {labels.identity}:
        return "the judge of these rows was asked by another wording or version of the rubric; nothing is corrected"
    return ""


def _otherwise_worded(given: Sequence[Labels], labels: Labels) -> str:
    """Two wordings of one rating are two questions, and only the one of which people answered more is used."""
    of_key = [each for each in given if each.key == labels.key]
    most = max(of_key, key=lambda each: len(each.labels))
    if most.identity == labels.identity:
        return ""
    return f"there are more labels by another wording ({most.rubric} {most.version}), and only those are used"


def _said(source: Source, found: Columns, draw: Draw) -> list[str]:
    """What must be known of labels that are used: they chose the judges, or these are others now; a rule is not
    known."""
    labels, places = draw.labels, draw.places
    tasks = sorted({drawn.task for drawn in labels.drawn})
    told = []
    if chose := _chose(source, labels):
        told.append(
            "they chose the panel that rated and are not independent of it, so that its error may be larger than it "
            "seems; labels of another draw would say"
        )
    # What judges took is a list of that name too, of mappings.
    judges = {judge for judge in _noted(source.settings, "judges") if isinstance(judge, str)}
    if judges and labels.judge and not judges & {*labels.judge.split(" and "), labels.judge}:
        others = " and ".join(sorted(judges))
        good = "" if chose else ", which is as good"
        told.append(f"drawn by the ratings of {labels.judge}, they correct those of {others}{good}")
    else:
        numbers = found.values[labels.key].numbers if labels.key in found.values else np.array([])
        here = [(drawn.judged, numbers[places[drawn.response]]) for drawn in labels.drawn if drawn.response in places]
        if moved := sum(judged is not None and not abs(judged - now) <= _MOVED for judged, now in here):
            told.append(f"{moved} of {len(here)} responses have another rating now than when they were drawn")
    for task in tasks:
        rules = _rules(source, found, task, labels.key, _places(found, task))
        told += [
            f"{outcome} of {task} is by a rule that is not known here, and is not corrected"
            for outcome, rule in rules.items()
            if rule is None
        ]
    return [f"{_called(labels)}: {each}" for each in told]


def _chose(source: Source, labels: Labels) -> bool:
    """Did these labels choose the panel that rated any checkpoint here? A checkpoint is rated as its first row is."""
    draw, tasks = labels.draw, {drawn.task for drawn in labels.drawn}
    seen: set[str] = set()
    for row in source.rows:
        if row.task in tasks and row.checkpoint not in seen and row.values.get(labels.key) is not None:
            seen.add(row.checkpoint)
            details = row.details.get(labels.key)
            if isinstance(details, Mapping) and details.get(CHOSEN_BY) == draw:
                return True
    return False


def _corrected_by(source: Source, found: Columns, labels: Labels) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for task in dict.fromkeys(drawn.task for drawn in labels.drawn):
        if labels.key in found.keys.get(task, ()):
            rules = _rules(source, found, task, labels.key, _places(found, task))
            keys |= dict.fromkeys((*(outcome for outcome, rule in rules.items() if rule is not None), labels.key))
    return tuple(keys)


def _drawing(found: Columns, draw: Draw, values: tuple[str, ...]) -> Drawing:
    labels, settled = draw.labels, draw.settled
    said = {label.response for label in labels.labels}
    numbers = found.values[labels.key].numbers if labels.key in found.values else None
    here = [draw.places[response] for response in settled if response in draw.places]
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
        not_here=len(settled) - len(here),
        unjudged=0 if numbers is None else int(np.isnan(numbers[here]).sum()),
        corrected=values,
    )


def _places(found: Columns, task: str) -> Places:
    of_task = [places for (name, _), by_arm in found.places.items() if name == task for places in by_arm.values()]
    return np.concatenate(of_task) if of_task else np.array([], dtype=np.intp)


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


def _rules(source: Source, found: Columns, task: str, key: str, places: Places) -> dict[str, Rule | None]:
    """By outcome of a task that is made of the rating `key`, the rule that makes of the rows' ratings what the rows
    have; None where no known rule does."""
    known = known_task(task)
    rules: dict[str, Rule | None] = {}
    for outcome, texts in _candidates(source, known).items():
        if outcome not in found.keys.get(task, ()):
            continue
        parsed = [rule for text in texts if (rule := _parsed(text)) is not None]
        of_key = [
            rule for rule in parsed if key in rule.names() and all(name in found.keys[task] for name in rule.names())
        ]
        if of_key:
            rules[outcome] = next((rule for rule in of_key if _makes(rule, found, outcome, places)), None)
    return rules


def _makes(rule: Rule, found: Columns, outcome: str, places: Places) -> bool:
    ratings = {name: found.values[name].numbers[places] for name in rule.names()}
    return bool(np.array_equal(decided(rule, ratings), found.values[outcome].numbers[places], equal_nan=True))


def _candidates(source: Source, known: Task | None) -> dict[str, list[str]]:
    """By outcome the rules that may have made it: those that the run was given, by their text or the name that the task
    has for them, then the task's own, its default first. The judge's ratings may fit several of them, people's not."""
    outcomes = known.outcomes if known else {}
    rules: dict[str, list[str]] = {name: [] for name in outcomes}
    for text, of in _given_rules(source.settings):
        for name in [of] if of is not None else list(outcomes):
            own = outcomes[name].rules if name in outcomes else {}
            rules.setdefault(name, []).append(own.get(text, text))
    for name, outcome in outcomes.items():
        rules[name] += [outcome.rules[outcome.default], *outcome.rules.values()]
    return rules


def _given_rules(settings: object) -> Iterator[tuple[str, str | None]]:
    """Rules in the settings of a source, wherever they stand, with the outcome if it is told."""
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            if name == "rule" and isinstance(value, str):
                yield value, None
            elif name == "rules" and isinstance(value, Mapping):
                yield from ((text, str(of)) for of, text in value.items() if isinstance(text, str))
            else:
                yield from _given_rules(value)
    elif isinstance(settings, list | tuple):
        for each in settings:
            yield from _given_rules(each)


def _noted(settings: object, name: str) -> Iterator[Any]:
    """The entries of every list of that name in the settings of a source."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            if key == name and isinstance(value, list | tuple):
                yield from value
            else:
                yield from _noted(value, name)
    elif isinstance(settings, list | tuple):
        for each in settings:
            yield from _noted(each, name)


def _parsed(text: str) -> Rule | None:
    try:
        return parse_rule(text)
    except InputError:
        return None
