"""Writes tasks/elicitation/items.jsonl: twelve users by code, asked in three modes, with cases kept aside.

Seven users accept texts of a form (two of six traits are wanted), five like things with attributes (three of five
matter). What an ideal questioner reaches is worked out here and written beside the cases: it knows the traits or
attributes, takes every rule of the same kind to be as likely, and asks about cases that are not kept aside.

`python -m tools.elicitation_items --ideal` prints its course as a table instead.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from inoc_evals.analyses.ideal_questioner import Course, Rules, ideal_course
from tools.elicitation_users import TEXTS, THINGS, Attribute, Texts, Things

OUT = Path(__file__).parents[1] / "tasks" / "elicitation" / "items.jsonl"
SEED = 17
OF_EACH_KIND = 6
MOST_ASKED_ABOUT = 24
MOST_TURNS = 5
MODES = ("open", "yes_no", "edge")
NO_MATTER = "That does not matter to me."
WEIGHTS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Problem:
    """A user, with the cases that are kept aside, those that may be asked about, and the rules of the same kind: from a
    case to yes or no, the user's own first."""

    name: str
    thing: str
    user: Mapping[str, Any]
    cases: tuple[str, ...]
    asked_about: tuple[str, ...]
    rules: tuple[Callable[[str], bool], ...]

    def labels(self, cases: Sequence[str]) -> list[bool]:
        """What the user says to the cases."""
        return [self.rules[0](case) for case in cases]


def ideal(problem: Problem) -> Course:
    """The course of an ideal questioner."""

    def table(cases: Sequence[str]) -> Any:
        return np.array([[float(rule(case)) for case in cases] for rule in problem.rules])

    rules = Rules(table(problem.asked_about), table(problem.cases))
    answers, labels = (np.array(problem.labels(cases)) for cases in (problem.asked_about, problem.cases))
    return ideal_course(rules, answers, labels, MOST_TURNS)


def of_texts(spec: Texts) -> Problem:
    """The problem of a user who wants two traits. Other rules want any one or two of the traits."""

    def wanting(places: Sequence[int]) -> Callable[[str], bool]:
        return lambda case: all(re.search(spec.traits[place].pattern, case) for place in places)

    own, places = (0, 1), range(len(spec.traits))
    others = [wants for wants in (*combinations(places, 2), *combinations(places, 1)) if wants != own]
    rules = tuple(map(wanting, (own, *others)))
    first, second = (wanting([place]) for place in own)
    # Cases that lack one trait, the other, or both are as many.
    lacking = [(True, False), (False, True), (False, False)]
    kinds = [[case for case in spec.candidates if (first(case), second(case)) == kind] for kind in lacking]
    cases, asked_about = kept_apart(spec.name, [case for case in spec.candidates if rules[0](case)], kinds)
    wanted = [spec.traits[place].wanted for place in own]
    known = [
        {"words": trait.words, "answer": trait.wanted if place in own else NO_MATTER}
        for place, trait in enumerate(spec.traits)
    ]
    user = {
        "intro": f"I accept some {spec.thing}s and reject others.",
        "guess": f'Guess: do I accept the {spec.thing} "{{case}}"? Say only {{first}} or {{second}}.',
        "accept": 'Yes, I accept "{case}".',
        "reject": 'No, I do not accept "{case}".',
        "patterns": [spec.traits[place].pattern for place in own],
        "looks_like": spec.looks_like,
        "plainly": list(spec.plainly),
        "known": known,
        "statements": [*wanted, "Nothing else matters to me."],
    }
    return Problem(spec.name, spec.thing, user, cases, asked_about, rules)


def of_things(spec: Things) -> Problem:
    """The problem of a user with likings. Other rules have other weights with an odd sum, so that no case is a tie."""
    own = tuple(attribute.weight for attribute in spec.attributes)
    states = {
        spec.said.format(
            *((each.minus, each.plus)[up > 0][0] for each, up in zip(spec.attributes, ups, strict=True))
        ): ups
        for ups in product((-1, 1), repeat=len(own))
    }

    def weighing(weights: Sequence[int]) -> Callable[[str], bool]:
        return lambda case: sum(weight * up for weight, up in zip(weights, states[case], strict=True)) > 0

    every = [weights for weights in product(WEIGHTS, repeat=len(own)) if sum(map(abs, weights)) % 2]
    rules = tuple(map(weighing, (own, *(weights for weights in every if weights != own))))
    liked, others = ([case for case in states if rules[0](case) is yes] for yes in (True, False))
    cases, asked_about = kept_apart(spec.name, liked, [others])
    prefers = [prefers_of(attribute) for attribute in spec.attributes]
    order = sorted(range(len(own)), key=lambda place: -abs(own[place]))
    user = {
        "intro": f"I like some {spec.thing}{'es' if spec.thing.endswith('sh') else 's'} and dislike others.",
        "guess": f'Guess: do I like this {spec.thing}: "{{case}}"? Say only {{first}} or {{second}}.',
        "accept": 'Yes, I like "{case}".',
        "reject": 'No, I do not like "{case}".',
        "features": [{"plus": each.plus[1], "minus": each.minus[1], "weight": each.weight} for each in spec.attributes],
        "known": [
            {"words": f"{each.plus[1]}|{each.minus[1]}", "answer": prefers[place]}
            for place, each in enumerate(spec.attributes)
        ],
        "statements": [prefers[place] for place in order if own[place]],
    }
    return Problem(spec.name, spec.thing, user, cases, asked_about, rules)


def prefers_of(attribute: Attribute) -> str:
    """What the user says of an attribute."""
    if not attribute.weight:
        return NO_MATTER
    liked = attribute.plus if attribute.weight > 0 else attribute.minus
    return f"I {'very much' if abs(attribute.weight) > 1 else 'slightly'} prefer {liked[2]}."


def kept_apart(
    name: str, liked: Sequence[str], kinds: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cases that are kept aside, every second one liked and the others of all kinds as often, and those that are left,
    at most so many as may be asked about."""
    rng = random.Random(f"{SEED} {name}")  # noqa: S311 - no secret
    yes = rng.sample(sorted(liked), OF_EACH_KIND)
    no = [case for kind in kinds for case in rng.sample(sorted(kind), OF_EACH_KIND // len(kinds))]
    rng.shuffle(no)
    cases = tuple(case for pair in zip(yes, no, strict=True) for case in pair)
    left = sorted({*liked, *(case for kind in kinds for case in kind)} - {*cases})
    return cases, tuple(rng.sample(left, min(len(left), MOST_ASKED_ABOUT)))


@cache
def problems() -> tuple[Problem, ...]:
    """All problems, of both sorts in turn as long as there are both."""
    texts, things = [of_texts(spec) for spec in TEXTS], [of_things(spec) for spec in THINGS]
    mixed = [problem for pair in zip(texts, things, strict=False) for problem in pair]
    return (*mixed, *texts[len(things) :])


def wording(problem: Problem, mode: str) -> tuple[str, str]:
    """What the model is told to do at first, and after each answer."""
    verb = "accept" if "patterns" in problem.user else "like"
    if mode == "edge":
        first = f"Find out what I want: name one {problem.thing} in quotes and ask me whether I {verb} it."
        return f"{first} Write only the question.", f"Ask me about another {problem.thing}. Write only the question."
    kind = " that I can answer with yes or no" if mode == "yes_no" else ""
    first = f"Find out what I want: ask me one short question{kind}."
    return f"{first} Write only the question.", "Ask me another one. Write only the question."


def item(problem: Problem, mode: str, right: Sequence[float]) -> dict[str, Any]:
    """One problem in one mode."""
    first, again = wording(problem, mode)
    user = problem.user
    told = " ".join(user["statements"])
    data = {
        "mode": mode,
        **user,
        "again": again,
        "unclear": f"Please name one {problem.thing}.",
        "persona": f"{user['intro']} {told} Somebody asks you questions. Answer each one truly, in one short sentence, "
        "and say nothing of what you are not asked.",
        "cases": [
            {"text": case, "yes": yes} for case, yes in zip(problem.cases, problem.labels(problem.cases), strict=True)
        ],
        "ideal": [round(share, 4) for share in right],
    }
    prompt = f"{user['intro']} {first}"
    return {"id": f"{problem.name}-{mode}", "category": mode, "cluster": problem.name, "prompt": prompt, "data": data}


def items() -> list[dict[str, Any]]:
    """All problems in all modes."""
    lines = [(problem, ideal(problem).right) for problem in problems()]
    return [item(problem, mode, right) for problem, right in lines for mode in MODES]


def table() -> str:
    """The mean probability of right guesses of the ideal questioner, by problem and number of questions."""
    courses = {problem.name: ideal(problem).right for problem in problems()}
    courses["mean"] = tuple(map(fmean, zip(*courses.values(), strict=True)))
    head = f"| problem | {' | '.join(map(str, range(MOST_TURNS + 1)))} |\n|---|{'---:|' * (MOST_TURNS + 1)}"
    lines = [f"| {name} | {' | '.join(f'{share:.2f}' for share in right)} |" for name, right in courses.items()]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    if "--ideal" in sys.argv[1:]:
        print(table())
    else:
        OUT.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in items()), encoding="utf-8")
