"""Files of panels, as `judges select --out` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.candidates import Wording
from inoc_evals.judging.chosen import (
    ChosenLabels,
    ChosenMember,
    ChosenPanel,
    ChosenRubric,
    ChosenVerdict,
    write_panel,
)
from inoc_evals.judging.prompt import from_rubric

DRAW = "d" * 64


def member(url: str, wording: Wording, draws: int | None, version: str | None, name: str = "judge") -> ChosenMember:
    """The judge `name` of a server on loopback."""
    identity = f"openai-api/judge/{name} at {url}"
    return ChosenMember(judge=f"{url}#{name}", identity=identity, version=version, wording=wording, draws=draws)


def panel(members: Sequence[ChosenMember], rubric: str = "alignment", **parameters: str) -> ChosenPanel:
    """These members, chosen for one of our rubrics."""
    found = find_rubric(rubric)[1]
    identity = from_rubric(found, parameters).identity
    return ChosenPanel(
        inoc_evals_panel=1,
        rubric=ChosenRubric(name=rubric, version=found.version, identity=identity, parameters=parameters),
        members=list(members),
        temperature=1.5,
        verdict=ChosenVerdict(gain=True, nats=0.1, low=0.02, high=0.18, in_words="gain: use them together"),
        labels=ChosenLabels(folder="labels", draw=DRAW, used=120, threshold=50.0),
    )


def panel_file(path: Path, members: Sequence[ChosenMember], rubric: str = "alignment", **parameters: str) -> Path:
    """The same in a file."""
    write_panel(path, panel(members, rubric, **parameters))
    return path
