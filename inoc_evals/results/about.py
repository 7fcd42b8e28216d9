"""What an experiment says of its arms and values, and what its source found: beside the rows, the input of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inoc_evals.definitions.statements import Statement
from inoc_evals.results.forecast import Prediction

# The rank of a value that is neither unwanted nor wanted.
OTHER = 2


@dataclass(frozen=True)
class Claim:
    """A statement of the source, and where it says so."""

    statement: Statement
    where: str


@dataclass(frozen=True)
class Cost:
    """What one training of an arm took, with those that it needs, in the mean over its training seeds: seconds of its
    steps, rows and tokens seen, and bytes of the weights that it left; None where nobody noted it."""

    seconds: float | None = None
    rows: float | None = None
    tokens: float | None = None
    bytes: float | None = None


@dataclass(frozen=True)
class About:
    """An experiment as it was run at one `scale`; without a name, what somebody says of results that are of none.

    `asked_for` are the values of the traits that each arm's prompt asked for; `unwanted` and `wanted` are values too.
    `forecast` is what was foretold of its arms, `kinds` what was done in each to keep a trait away. `controls` are the
    arms that are no way to keep a trait away; `costs` are those of arms that were trained."""

    experiment: str = ""
    question: str = ""
    source: str = ""
    scale: str = ""
    asked_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unwanted: Sequence[str] = ()
    wanted: Sequence[str] = ()
    claims: Sequence[Claim] = ()
    forecast: Prediction | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    controls: Sequence[str] = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)

    def rank(self, key: str) -> int:
        """Where a value stands: what is unwanted first, what is wanted beside it, then all others."""
        return 0 if key in self.unwanted else 1 if key in self.wanted else OTHER
