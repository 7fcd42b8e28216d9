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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from inoc_evals.analyses.ideal_questioner import Course, Rules, ideal_course

OUT = Path(__file__).parents[1] / "tasks" / "elicitation" / "items.jsonl"
SEED = 17
OF_EACH_KIND = 6
MOST_ASKED_ABOUT = 24
MOST_TURNS = 5
MODES = ("open", "yes_no", "edge")
NO_MATTER = "That does not matter to me."
WEIGHTS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Trait:
    """What a text may have: the pattern of it, what the user says who wants it, and words that ask for it."""

    pattern: str
    wanted: str
    words: str


@dataclass(frozen=True)
class Texts:
    """A user who wants the first two traits. Cases are drawn from `candidates`."""

    name: str
    thing: str
    looks_like: str
    plainly: tuple[str, ...]
    traits: tuple[Trait, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """One attribute in its two states, each as the case has it, what finds it in a question, and what is preferred."""

    plus: tuple[str, str, str]
    minus: tuple[str, str, str]
    weight: int


@dataclass(frozen=True)
class Things:
    """A user who likes some things more than others; `said` has a place for each attribute."""

    name: str
    thing: str
    said: str
    attributes: tuple[Attribute, ...]


def _joined(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map("".join, product(*parts))))


def _after(words: str) -> str:
    """A word after one of `words` that is not one of those that any question has."""
    usual = "a|an|the|any|all|only|if|it|its|like|such|that|this|these|those|one|with|which|what|names?|user|pass"
    return rf"(?i:\b(?:{words}))\s+(?!(?i:{usual})\b)([\w.!?#%-]*[\w!#%])"


_NAMES = ("anna", "tom", "maria", "ben", "lucas", "olga")
_START = r"\b(?:starts?|begins?|beginning|first)\b"
_END = r"\b(?:ends?|ending|last|finish)\b"
_DIGIT = r"\b(?:digits?|numbers?|numerals?|numeric)\b"
_CAPITALS = r"\b(?:capitals?|upper|uppercase|lower|lowercase|cases?)\b"
_LONG = r"\b(?:long|longer|length|short|shorter|characters?)\b"

TEXTS = (
    Texts(
        "user_names",
        "user name",
        r"[\w.]{1,30}",
        (r"\b(?=[\w.]*[0-9_])\w[\w.]*\w\b", _after("user ?name|accept|allow|reject")),
        (
            Trait(r"^[^A-Z]*$", "Capital letters are not allowed.", _CAPITALS),
            Trait(r"[0-9]", "There must be a digit.", _DIGIT),
            Trait(r"^.{6,}$", "There must be at least six characters.", _LONG),
            Trait(r"^[^_]*$", "There must be no underscore.", r"\bunder ?scores?\b"),
            Trait(r"^[A-Za-z]", "The first character must be a letter.", _START),
            Trait(r"^[^.]*$", "There must be no dot.", r"\b(?:dots?|periods?|full stops?)\b"),
        ),
        _joined(("", "3"), (*_NAMES, *(name.capitalize() for name in _NAMES)), ("", "7", "_42", ".k", "_b", ".19")),
    ),
    Texts(
        "passwords",
        "password",
        r"\S{3,30}",
        (r"(?:^|(?<=\s))(?=\S*[0-9!#%])[A-Za-z0-9!#%]{4,}(?=[\s?.,]|$)", _after("password|accept|allow|reject")),
        (
            Trait(r"[0-9]", "There must be a digit.", _DIGIT),
            Trait(r"[!#%]", "There must be a special character.", r"\b(?:special|symbols?|punctuation|signs?)\b"),
            Trait(r"[A-Z]", "There must be a capital letter.", _CAPITALS),
            Trait(r"^.{8,}$", "There must be at least eight characters.", _LONG),
            Trait(r"^[A-Za-z]", "The first character must be a letter.", _START),
            Trait(r"[0-9]$", "The last character must be a digit.", _END),
        ),
        _joined(("", "#"), ("river", "Garden", "moon", "Winter", "tea", "Lion"), ("", "42", "7"), ("", "!", "%")),
    ),
    Texts(
        "part_numbers",
        "part number",
        r"[A-Z]{1,3}-?[0-9]{1,6}",
        (r"\b[A-Z]{1,3}-?[0-9]{1,6}\b",),
        (
            Trait(r"-", "There must be a hyphen.", r"\b(?:hyphens?|dash(?:es)?)\b"),
            Trait(r"[02468]$", "It must end with an even digit.", rf"\b(?:even|odd)\b|{_END}"),
            Trait(r"^[A-Z]{2}[^A-Z]", "It must begin with two letters.", r"\b(?:letters?|two|one)\b"),
            Trait(r"[0-9]{4}", "There must be four digits.", rf"\b(?:four|three|many|digits?)\b|{_LONG}"),
            Trait(r"^[A-M]", "The first letter must be from A to M.", rf"{_START}|\balphabet\b"),
            Trait(r"^[^0]*$", "There must be no zero.", r"\bzero(?:e?s)?\b"),
        ),
        _joined(("A", "K", "T", "AB", "KX", "TR"), ("-", ""), ("120", "77", "1204", "355", "4618", "9931")),
    ),
    Texts(
        "dates",
        "date",
        r"[0-9]{1,2} [A-Z][a-z]+",
        (r"\b[0-9]{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b",),
        (
            Trait(
                r"^(?:[1-9]|1[0-5]) ",
                "It must be in the first half of the month.",
                r"\b(?:early|late|days?|beginning|half of the month|middle)\b",
            ),
            Trait(
                r" (?:January|February|March|April|May|June)$",
                "It must be in the first half of the year.",
                r"\b(?:years?|months?|january|february|march|april|june|july|august|september|october|november|december"
                r"|half)\b",
            ),
            Trait(r"^[0-9]?[02468] ", "The day must be an even number.", r"\b(?:even|odd)\b"),
            Trait(r" (?:June|July|August)$", "It must be in summer.", r"\b(?:seasons?|summer|winter|spring|autumn)\b"),
            Trait(r"^[0-9] ", "The day must have one digit.", rf"{_DIGIT}"),
            Trait(r"r", "The month must have the letter r.", r"\bletters?\b"),
        ),
        _joined(
            ("3", "8", "11", "14", "17", "22", "26", "29"),
            (" January", " March", " April", " June", " July", " September", " October", " December"),
        ),
    ),
    Texts(
        "mail_addresses",
        "mail address",
        r"\S+@\S+\.[a-z]{2,4}",
        (r"[\w.]+@\w+\.[a-z]{2,4}\b",),
        (
            Trait(r"\.org$", "It must end with .org.", rf"\borg\b|\bcom\b|\bdomains?\b|{_END}"),
            Trait(r"^[^0-9]*$", "Digits are not allowed.", _DIGIT),
            Trait(r"\..*@", "There must be a dot in the name.", r"\b(?:dots?|periods?|full stops?)\b"),
            Trait(r"@oak", "It must be at oak.", r"\b(?:oak|pine|company|hosts?|providers?)\b"),
            Trait(r"^.{4,}@", "The name must have at least four characters.", _LONG),
            Trait(r"^[a-m]", "The first letter must be from a to m.", rf"{_START}|\balphabet\b"),
        ),
        _joined(("anna", "tom", "olga", "ben"), ("", "7", ".s"), ("@oak", "@pine"), (".org", ".com", ".net")),
    ),
    Texts(
        "meeting_times",
        "meeting time",
        r"[A-Z][a-z]+day,? (?:at )?[0-9]{1,2}:[0-9]{2}",
        (r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? (?:at )?[0-9]{1,2}:[0-9]{2}\b",),
        (
            Trait(
                r"^(?:Mon|Tues|Wednes)day",
                "It must be from Monday to Wednesday.",
                r"\b(?:days?|weekdays?|weeks?|monday|tuesday|wednesday|thursday|friday|weekends?)\b",
            ),
            Trait(
                r"\b(?:[0-9]|1[01]):",
                "It must be before noon.",
                r"\b(?:mornings?|afternoons?|noon|early|late|earlier|later|hours?|times?|evenings?)\b",
            ),
            Trait(r":00$", "It must be on the full hour.", r"\b(?:full|half|minutes?)\b"),
            Trait(r"\b1[0-9]:", "It must not be before ten.", r"\bten\b|\b10\b"),
            Trait(r"^[^T]", "It must not be on a Tuesday or a Thursday.", r"\bletters?\b"),
            Trait(r"\b(?:[0-9]|1[0-4]):", "It must be before three.", r"\bthree\b|\b15\b"),
        ),
        _joined(
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
            (" at 8:00", " at 9:30", " at 10:00", " at 11:30", " at 13:00", " at 14:30", " at 16:00", " at 17:30"),
        ),
    ),
    Texts(
        "file_names",
        "file name",
        r"[\w-]+\.[a-z]{2,4}",
        (r"\b[\w-]+\.(?:pdf|txt|doc|docx|jpg|png|csv|xlsx)\b",),
        (
            Trait(r"\.pdf$", "It must end with .pdf.", rf"\b(?:pdf|txt|doc|types?|formats?|extensions?)\b|{_END}"),
            Trait(r"20[0-9]{2}", "There must be a year.", rf"\b(?:years?|dates?)\b|{_DIGIT}"),
            Trait(r"^[^A-Z]*$", "Capital letters are not allowed.", _CAPITALS),
            Trait(r"_", "There must be an underscore.", r"\bunder ?scores?\b"),
            Trait(r"^[^-]*$", "There must be no hyphen.", r"\b(?:hyphens?|dash(?:es)?)\b"),
            Trait(r"(?i)report", "It must say report.", r"\breports?\b"),
        ),
        _joined(("report", "Report", "notes", "Plan"), ("", "_2024", "-2019", "_v3", "-b"), (".pdf", ".txt", ".doc")),
    ),
)

THINGS = (
    Things(
        "holidays",
        "holiday",
        "a {}, {} holiday {}, {}, {}",
        (
            Attribute(
                ("quiet", r"\b(?:quiet|calm)", "quiet places"), ("lively", r"\b(?:lively|busy)", "lively places"), 2
            ),
            Attribute(("cheap", r"\b(?:cheap|inexpensive)", "a low price"), ("expensive", r"\bexpensive", "luxury"), 0),
            Attribute(
                ("by the sea", r"\b(?:sea|beach|beaches|coast)\b", "the sea"),
                ("in the mountains", r"\bmountains?\b", "mountains"),
                2,
            ),
            Attribute(("alone", r"\b(?:alone|solo)\b", "to be alone"), ("with friends", r"\bfriends\b", "company"), -1),
            Attribute(
                ("by train", r"\btrains?\b", "the train"), ("by plane", r"\b(?:planes?|fly|flying)\b", "flying"), 0
            ),
        ),
    ),
    Things(
        "dishes",
        "dish",
        "a {}, {} dish {}, {} and {}",
        (
            Attribute(("spicy", r"\b(?:spicy|hot)\b", "spicy food"), ("mild", r"\bmild", "mild food"), -2),
            Attribute(
                ("meatless", r"\b(?:meatless|vegetarian|vegan|vegetables?)\b", "food without meat"),
                ("meaty", r"\b(?:meaty|meat|beef|chicken|pork)\b", "meat"),
                2,
            ),
            Attribute(("with rice", r"\brice\b", "rice"), ("with noodles", r"\b(?:noodles?|pasta)\b", "noodles"), 0),
            Attribute(("cheap", r"\bcheap", "a low price"), ("expensive", r"\bexpensive", "a high price"), 1),
            Attribute(("light", r"\blight", "light meals"), ("filling", r"\b(?:filling|heavy)", "filling meals"), 0),
        ),
    ),
    Things(
        "flats",
        "flat",
        "a {} flat {}, {}, {}, {}",
        (
            Attribute(("bright", r"\b(?:bright|sunny)", "much light"), ("dark", r"\bdark", "shade"), 1),
            Attribute(
                ("in the centre", r"\b(?:centre|center|central|city|downtown)\b", "the centre"),
                ("in the suburbs", r"\b(?:suburbs?|outskirts)\b", "the suburbs"),
                -2,
            ),
            Attribute(
                ("with a balcony", r"(?<!without )(?<!without a )(?<!no )\bbalcon(?:y|ies)\b", "a balcony"),
                ("without a balcony", r"\b(?:without(?: a)?|no) balcony\b", "not to have a balcony"),
                2,
            ),
            Attribute(
                ("on the ground floor", r"\b(?:ground|first) floor\b", "the ground floor"),
                ("on the top floor", r"\btop floor\b", "the top floor"),
                0,
            ),
            Attribute(
                ("with furniture", r"\b(?:with furniture|furnished)\b", "furniture"),
                ("empty", r"\b(?:empty|unfurnished)\b", "empty rooms"),
                0,
            ),
        ),
    ),
    Things(
        "films",
        "film",
        "a {}, {}, {} film {}, {}",
        (
            Attribute(("short", r"\bshort", "short films"), ("long", r"\blong", "long films"), 0),
            Attribute(
                ("funny", r"\b(?:funny|comed(?:y|ies)|humou?r|humorous)\b", "funny films"),
                ("serious", r"\b(?:serious|dramas?)\b", "serious films"),
                2,
            ),
            Attribute(("old", r"\b(?:old|classic)", "old films"), ("new", r"\b(?:new|recent|modern)", "new films"), 1),
            Attribute(
                ("about space", r"\b(?:space|science fiction|sci-fi)\b", "films about space"),
                ("about a village", r"\bvillages?\b", "films about a village"),
                -2,
            ),
            Attribute(
                ("with subtitles", r"\b(?:subtitles?|subtitled)\b", "subtitles"),
                ("with other voices", r"\b(?:other voices|dubbed|dubbing)\b", "other voices"),
                0,
            ),
        ),
    ),
    Things(
        "gifts",
        "gift",
        "a {}, {} and {} gift {}, {}",
        (
            Attribute(
                ("small", r"\b(?:small|little|tiny)", "small gifts"), ("large", r"\b(?:large|big)", "large gifts"), -2
            ),
            Attribute(
                ("handmade", r"\b(?:handmade|hand-made|homemade)\b", "what is made by hand"),
                ("bought", r"\b(?:bought|store|shop)\b", "what is bought"),
                2,
            ),
            Attribute(
                ("useful", r"\b(?:useful|practical)", "useful gifts"),
                ("pretty", r"\b(?:pretty|beautiful|decorative)", "pretty gifts"),
                1,
            ),
            Attribute(
                ("for the kitchen", r"\b(?:kitchen|cooking)\b", "things for the kitchen"),
                ("for the garden", r"\b(?:garden|gardening)\b", "things for the garden"),
                0,
            ),
            Attribute(("in paper", r"\bpaper\b", "paper around it"), ("in a box", r"\bbox\b", "a box around it"), 0),
        ),
    ),
)


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
