"""What was proven of the checkpoints of a run, as it is shown and stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.sizes import is_alike
from inoc_evals.results.settings import Proven
from inoc_evals.serving.proof import Change, Reading, compared, read_base
from inoc_evals.serving.server import BASE, Server

_SHOWN = 8


@dataclass
class Known:
    """What the full models of a run answered so far, by their references: a merged or quantised model can be compared
    with the one it was made of only where both are asked."""

    answers: dict[str, tuple[Path, Reading]] = field(default_factory=dict)

    def proven(self, group: Served, members: Sequence[Member], server: Server, others: bool) -> dict[str, Proven]:
        """What is proven of `members`, by label, whom this server serves. With `others` there are full models that
        another server serves. Raises WorkError where the server does not tell."""
        reference = group.base.reference
        found = {
            member.label: as_proven(server.proof.changes[label], reference)
            for member in members
            if (label := group.members[member.label]) is not None
        }
        if not others:
            return found
        reading = server.proof.readings.get(BASE) or read_base(server.url, server.api_key, server.names[BASE])
        folder = Path(group.base.base)
        like = next((name for name, (other, _) in self.answers.items() if is_alike(folder, other)), None)
        self.answers[reference] = folder, reading
        if like is not None:
            change = as_proven(compared(reading, self.answers[like][1], like), like)
            found |= {member.label: change for member in members if group.members[member.label] is None}
        return found


def as_proven(change: Change, against: str) -> Proven:
    """The change as it is stored, from the model that the user calls `against`."""
    return Proven(
        against=against,
        largest=change.largest,
        mean=change.mean,
        noise=change.noise,
        probes=change.probes,
        silent=change.silent,
    )


def told(proven: Mapping[str, Proven]) -> Iterator[str]:
    """What was proven, in a few lines for the screen."""
    acting = {label: found for label, found in proven.items() if not found.silent}
    if acting:
        order = sorted(acting, key=lambda label: acting[label].largest)
        shown = order if len(order) <= _SHOWN else [order[0], order[-1]]
        between = ", " if len(order) <= _SHOWN else " to "
        changes = between.join(f"{label} {acting[label].largest:.2g} ({acting[label].mean:.2g})" for label in shown)
        yield f"proven to act, by the largest (mean) change of a next token's probabilities: {changes}"
    for label, found in proven.items():
        if found.silent:
            yield f"note: {label} answers the {found.probes} probes as {found.against} does"
