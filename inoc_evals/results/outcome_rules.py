"""Which rule made each outcome of the rows here, so that it can be made again of other ratings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np

from inoc_evals.definitions.rules import Rule, parse_rule
from inoc_evals.errors import InputError
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.readings import decided, known_task

# By task and rating, by outcome.
Rules = Mapping[tuple[str, str], Mapping[str, Rule | None]]
_GivenRules = Sequence[tuple[str, str | None]]


def outcome_rules(settings: Mapping[str, object], found: Columns, ratings: Iterable[tuple[str, str]]) -> Rules:
    """For each of `ratings` (task and value key) the outcomes of its task that are made of it, each with the rule that
    makes of the rows' ratings what the rows have; None where no known rule does. `settings` are those of the source."""
    given = list(_given_rules(settings))
    keys: dict[str, dict[str, None]] = {}
    for task, key in ratings:
        keys.setdefault(task, {})[key] = None
    rules: dict[tuple[str, str], dict[str, Rule | None]] = {}
    for task, of_task in keys.items():
        known, places = _known_rules(task, given, found), found.places_of([task])
        for key in of_task:
            rules[task, key] = {
                outcome: next((rule for rule in several if _makes(rule, found, outcome, places)), None)
                for outcome, every in known.items()
                if (several := [rule for rule in every if key in rule.names()])
            }
    return rules


def _known_rules(task: str, given: _GivenRules, found: Columns) -> dict[str, list[Rule]]:
    """By outcome that rows of the task have the rules that may have made it of what the rows have."""
    keys = found.keys.get(task, ())
    return {
        outcome: [
            rule for text in texts if (rule := _parsed(text)) is not None and all(name in keys for name in rule.names())
        ]
        for outcome, texts in _candidates(task, given).items()
        if outcome in keys
    }


def _candidates(task: str, given: _GivenRules) -> dict[str, list[str]]:
    """By outcome the rules that may have made it: those that the run was given, by their text or the name that the task
    has for them, then the task's own, its default first. The judge's ratings may fit several of them, people's not."""
    known = known_task(task)
    outcomes = known.outcomes if known else {}
    rules: dict[str, list[str]] = {name: [] for name in outcomes}
    for text, of in given:
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


def _parsed(text: str) -> Rule | None:
    with suppress(InputError):
        return parse_rule(text)
    return None


def _makes(rule: Rule, found: Columns, outcome: str, places: Places) -> bool:
    ratings = {name: found.values[name].numbers[places] for name in rule.names()}
    return bool(np.array_equal(decided(rule, ratings), found.values[outcome].numbers[places], equal_nan=True))
