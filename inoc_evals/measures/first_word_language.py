"""How probable is it that the first word of an answer is in a language? Read off single words (see first_words.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import Options, Template
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.measures import first_words
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.known import first_word_is
from inoc_evals.measures.language import NAMES, TARGETS
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.words import listed

if TYPE_CHECKING:
    from inoc_evals.protocols.trajectory import Trajectory


class FirstWordLanguageOptions(Options):
    """The first word is to be in the language `target`, where answers are expected to be in that or in `against` (ISO
    639-1 codes). Words that are about as common in both are undecided, and so are numbers, single letters, names that
    stand in the question, and words that no list holds."""

    target: Template
    against: Template = "en"


def _check(options: FirstWordLanguageOptions) -> None:
    for code in (options.target, options.against):
        if code not in TARGETS:
            raise InputError(f"no language {shown(code)}; choose from {', '.join(sorted(TARGETS))}")
    if options.target == options.against:
        remedy = "write under `against` the language in which answers are expected otherwise"
        raise InputError(f"{NAMES[options.target]} is not told from itself; {remedy}")
    by_words = not first_words.told_by_script(options.target, options.against)
    for code in (options.target, options.against):
        if by_words and listed(code) is None:
            remedy = "choose another language, or read whole answers with `detector: language`"
            raise InputError(f"there is no list of the words of {NAMES[code]} to read single words with; {remedy}")


def _scales(options: FirstWordLanguageOptions) -> Mapping[str, Scale]:
    language = NAMES.get(options.target, options.target)
    return first_words.scales(f"first word in {language}", f"higher is more in {language}")


def ask(options: FirstWordLanguageOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one trajectory's first words."""
    names = first_words.names_in(trajectory.question, options.against)
    verdict = first_words.language_verdict(options.target, options.against, names)
    reads = first_word_is("language", target=options.target, against=options.against, names=list(names))
    return first_words.added_up(trajectory.words, verdict, first_words.never_in_language(options.target), reads)
    yield  # a generator that yields nothing


MEASURE = Measure(
    "first_word_language",
    FirstWordLanguageOptions,
    _scales,
    ask,
    check=_check,
    needs=frozenset({"exact probabilities", "first words"}),
)
