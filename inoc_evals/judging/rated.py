"""How many responses of a file have their ratings, and why the others have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inoc_evals.judging.causes import is_answer, meaning


@dataclass(frozen=True)
class Rated:
    """Of `responses` in `file`, `rated` have every rating of their task; the others count in `missing` under the cause
    of their first rating that is missing. A cause may be a word with which the judge set the response apart. `rated_by`
    says which versions of the judges rated."""

    file: Path
    responses: int
    rated: int
    missing: Mapping[str, int]
    rated_by: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """Responses about which the judge said something that counts: rated, or set apart by a word of the rubric."""
        return self.rated + sum(count for cause, count in self.missing.items() if is_answer(cause))

    def words(self) -> str:
        """The counts, with each cause in words."""
        text = f"{self.rated} of {self.responses} responses rated"
        causes = [f"{count} {cause} ({meaning(cause)})" for cause, count in sorted(self.missing.items())]
        return f"{text}; without a rating: {', '.join(causes)}" if causes else text


def count_rated(file: Path, ratings: Sequence[str], stored: Iterable[Mapping[str, Any]]) -> Rated:
    """Count `stored` responses, each with its `values` and `causes` by key, by the `ratings` of their task. Responses
    to which no rating applies do not count; one without any value failed."""
    responses = rated = 0
    missing: Counter[str] = Counter()
    for response in stored:
        values, causes = response.get("values") or {}, response.get("causes") or {}
        wanted = [name for name in ratings if name in values] if values else ratings
        if not wanted:
            continue
        responses += 1
        absent = next((name for name in wanted if values.get(name) is None), None)
        if absent is None:
            rated += 1
        else:
            missing[str(causes.get(absent, "not_rated"))] += 1
    return Rated(file, responses, rated, dict(missing))


def total(files: Iterable[Rated], what: Path) -> Rated:
    """The sum of several files, under the name `what`."""
    listed = list(files)
    missing: Counter[str] = Counter()
    for file in listed:
        missing.update(file.missing)
    return Rated(what, sum(file.responses for file in listed), sum(file.rated for file in listed), dict(missing))
