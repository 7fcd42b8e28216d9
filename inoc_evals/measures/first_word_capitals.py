"""How probable is it that the first word of an answer is in capitals? Read off single words (see first_words.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import Options
from inoc_evals.measures import first_words
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.known import first_word_is
from inoc_evals.measures.scale import Scale

if TYPE_CHECKING:
    from inoc_evals.protocols.trajectory import Trajectory


class FirstWordCapitalsOptions(Options):
    """All letters of the first word are to be capitals. A word of one letter, a number and a word of a script without
    capitals are undecided."""


def _scales(_: FirstWordCapitalsOptions) -> Mapping[str, Scale]:
    return first_words.scales("first word in capitals", "higher is more in capitals")


def ask(_: FirstWordCapitalsOptions, trajectory: Trajectory) -> Measuring:
    """The readings of one trajectory's first words."""
    verdict, never = first_words.capitals_verdict, first_words.never_in_capitals
    return first_words.added_up(trajectory.words, verdict, never, first_word_is("capitals"))
    yield  # a generator that yields nothing


MEASURE = Measure(
    "first_word_capitals",
    FirstWordCapitalsOptions,
    _scales,
    ask,
    needs=frozenset({"exact probabilities", "first words"}),
)
