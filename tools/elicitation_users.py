"""The users of the task elicitation: seven accept texts of a form, five like things with attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product


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
