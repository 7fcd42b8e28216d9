"""What people and judges say of a response as one of a few classes, on which both can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inoc_evals.errors import InputError
from inoc_evals.judging.distribution import Distribution, parse_answer
from inoc_evals.judging.prompt import Instrument
from inoc_evals.results.label import Label
from inoc_evals.stats.responses import Floats

SET_APART = "set apart"
_RATED = ("rating", "reasoned")
_MIDDLE = 50.0


@dataclass(frozen=True)
class Classes:
    """The classes of an instrument. Ratings have two, below `threshold` and from it on, among which words that count
    as a number fall too; YES and NO, and the categories, are themselves. Words that set a response apart are one class
    together: whether a response counts at all is part of what a judge is asked, and which word it says is not."""

    instrument: Instrument
    threshold: float
    names: tuple[str, ...]

    def of_answer(self, answer: int | str | None) -> int | None:
        """The class of a judge's answer, a number or a word; None for what is no answer."""
        if isinstance(answer, str):
            if answer in self.names:
                return self.names.index(answer)
            if answer not in self.instrument.words:
                return None
            value = self.instrument.words[answer]
            return self.names.index(SET_APART) if value is None else self._side(value)
        if answer is None or not parts_ratings(self.instrument):
            return None
        return self._side(answer)

    def of_label(self, label: Label) -> int | None:
        """The class of what people say; None where a value alone does not tell which category was meant."""
        if label.word in self.names:
            return self.names.index(label.word)
        if label.value is None:
            return self.names.index(SET_APART) if SET_APART in self.names else None
        return self._side(label.value)

    def shares(self, found: Distribution) -> Floats:
        """The judge's probability of each class, and last that of what is no answer; they sum to 1."""
        shares = np.zeros(len(self.names) + 1)
        said: list[tuple[int | str, float]] = [*found.numbers.items(), *found.words.items()]
        for answer, share in said:
            place = self.of_answer(answer)
            if place is not None:
                shares[place] += share
        shares[-1] = max(0.0, 1.0 - shares.sum())
        return np.asarray(shares / shares.sum(), dtype=np.float64)

    def drawn(self, texts: tuple[str, ...]) -> list[int]:
        """The class of each drawn answer, the number of classes for what is none."""
        places = (self.of_answer(parse_answer(self.instrument, text)[0]) for text in texts)
        return [len(self.names) if place is None else place for place in places]

    def _side(self, value: float) -> int | None:
        if parts_ratings(self.instrument):
            return int(value >= self.threshold)
        if self.instrument.kind == "yes_no":
            return self.names.index("YES" if value >= _MIDDLE else "NO")
        alike = [word for word in self.names if self.instrument.words.get(word) == value]
        return self.names.index(alike[0]) if len(alike) == 1 else None


def parts_ratings(instrument: Instrument) -> bool:
    """Does it ask for ratings, which a threshold parts into classes?"""
    return instrument.kind in _RATED


def classes_of(instrument: Instrument, threshold: float | None = None) -> Classes:
    """The classes of `instrument`; ratings are parted at `threshold` (50 where None is given). Raises InputError for a
    threshold where there are no ratings."""
    apart = any(value is None for value in instrument.words.values())
    if parts_ratings(instrument):
        border = _MIDDLE if threshold is None else threshold
        names = [f"below {border:g}", f"{border:g} or more"]
        if not 0 < border <= 100:
            raise InputError(f"--threshold {border:g} parts no ratings; choose a number above 0, up to 100")
    elif threshold is not None:
        kind = "YES or NO" if instrument.kind == "yes_no" else "categories"
        raise InputError(f"rubric {instrument.name} asks for {kind}, which have no --threshold; leave it out")
    else:
        border = _MIDDLE
        names = ["NO", "YES"] if instrument.kind == "yes_no" else _categories(instrument)
    if apart and SET_APART not in names:
        own = instrument.kind == "category" and all(
            word in names for word, value in instrument.words.items() if value is None
        )
        names += [] if own else [SET_APART]
    return Classes(instrument, border, tuple(names))


def _categories(instrument: Instrument) -> list[str]:
    """The categories, and words beside them that count as a number."""
    categories = {each.answer for each in instrument.rubric.categories} if instrument.rubric else set()
    return [word for word, value in instrument.words.items() if word in categories or value is not None]
