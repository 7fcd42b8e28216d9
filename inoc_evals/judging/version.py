"""Which judge answers under a name: the version that it tells, and how often another one was found behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inoc_evals.judging.judge import Judge

# What a rating's details call the version that gave it: a text, for a panel one by judge.
ANSWERED_BY = "answered_by"


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


def described(judge: Judge) -> dict[str, Any]:
    """The version of a judge, as it stands in documents."""
    version = judge.version
    return {"model": version.model, "generation": version.generation, "fingerprints": list(judge.fingerprints)}


def rated_by(judges: Sequence[Judge], details: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """By judge the `versions` that gave the ratings of some responses, whose `details` are by value, and the
    `fingerprints` that its replies had meanwhile. A judge that tells neither is left out."""
    versions: dict[str, dict[str, None]] = {judge.id: {} for judge in judges}
    for response in details:
        for told in response.values():
            for name, version in _by_judge(told.get(ANSWERED_BY), judges):
                versions.get(name, {})[version] = None
    return {
        judge.id: {"versions": list(versions[judge.id]), "fingerprints": list(judge.fingerprints)}
        for judge in judges
        if versions[judge.id] or judge.fingerprints
    }


def _by_judge(told: object, judges: Sequence[Judge]) -> list[tuple[str, str]]:
    if isinstance(told, str) and len(judges) == 1:
        return [(judges[0].id, told)]
    return [(str(name), str(version)) for name, version in told.items()] if isinstance(told, Mapping) else []
