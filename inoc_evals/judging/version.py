"""Which judge answers under a name: the version that it tells, and how often another one was found behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import WorkError

if TYPE_CHECKING:
    from inoc_evals.judging.judge import Judge
    from inoc_evals.judging.panel import Panel

# What a rating's details call the version that gave it (a text, for a panel one by member), the values of a panel's
# members, and the labels that chose the panel.
ANSWERED_BY, JUDGES, CHOSEN_BY = "answered_by", "judges", "chosen_by"
# How often what is compared is asked of another version that answers meanwhile.
CHANGES = 2


@dataclass(frozen=True)
class Version:
    """`model` is the name that a judge's replies give, None where they give none. `generation` counts from 1 the judges
    that were found under that name by their answers."""

    model: str | None = None
    generation: int = 1

    @property
    def text(self) -> str | None:
        """In words, as it stands with results; None where nothing is known."""
        if self.generation == 1:
            return self.model
        number = f"generation {self.generation}"
        return number if self.model is None else f"{self.model} ({number})"


def went_on_changing(judge: str, versions: Iterable[str | None]) -> WorkError:
    """What to raise where answers that are compared are of several `versions`, in words, of one judge."""
    named = " and as ".join(sorted(version or "no version" for version in versions))
    return WorkError(f"judge {judge} changed while it was asked: it answered as {named}; ask it again")


def described(judge: Judge) -> dict[str, Any]:
    """The version of a judge, as it stands in documents."""
    version = judge.version
    return {"model": version.model, "generation": version.generation, "fingerprints": list(judge.fingerprints)}


def text_of(version: Mapping[str, Any]) -> str | None:
    """In words a version as it stands in documents; None where nothing is known."""
    return Version(version["model"], version["generation"]).text


def rated_by(panel: Panel, details: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """By judge of the panel the `versions` that gave the ratings of some responses, whose `details` are by value, and
    the `fingerprints` that its replies had meanwhile. A judge that tells neither is left out."""
    versions: dict[str, dict[str, None]] = {judge.id: {} for judge in panel.judges}
    fingerprints: dict[str, dict[str, None]] = {judge.id: {} for judge in panel.judges}
    for judge in panel.judges:
        fingerprints[judge.id].update(judge.fingerprints)
    judges = {member.name: member.judge.id for member in panel.members}
    for response in details:
        for of_value in response.values():
            for name, version in _by_member(of_value.get(ANSWERED_BY), panel):
                if name in judges:
                    versions[judges[name]][version] = None
    return {
        judge: {"versions": list(versions[judge]), "fingerprints": list(fingerprints[judge])}
        for judge in versions
        if versions[judge] or fingerprints[judge]
    }


def _by_member(answered_by: object, panel: Panel) -> list[tuple[str, str]]:
    # What stands for one judge by itself is not of a panel that labels chose, which names its only member too.
    if isinstance(answered_by, str) and len(panel.members) == 1 and panel.chosen is None:
        return [(panel.names[0], answered_by)]
    if not isinstance(answered_by, Mapping):
        return []
    return [(str(name), str(version)) for name, version in answered_by.items()]
