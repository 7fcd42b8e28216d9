"""Sheets of the responses on which raters differ, so that somebody settles them: blind to arm and to who said what."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from inoc_evals.labelling.folder import said
from inoc_evals.labelling.form import Form
from inoc_evals.labelling.sheets import rows, write_sheets
from inoc_evals.results.label import ADJUDICATED, Label, Labels

FOLDER = "adjudicate"


def differing(labels: Labels) -> dict[str, list[Label]]:
    """By response what raters said of those that two or more labelled, not alike, and nobody has settled."""
    settled = labels.settled()
    given: dict[str, list[Label]] = {}
    for label in labels.labels:
        if label.rater != ADJUDICATED:
            given.setdefault(label.response, []).append(label)
    return {response: all_ for response, all_ in given.items() if response not in settled}


def write_adjudication(folder: Path, labels: Labels, form: Form) -> tuple[Path, ...]:
    """Write sheets of all responses on which raters differ into a new folder in `folder`; none where there are none.
    Raises WorkError."""
    # In an order that does not tell who said it.
    told = {response: " | ".join(sorted(map(said, given))) for response, given in differing(labels).items()}
    if not told:
        return ()
    places = (folder / (FOLDER if number == 1 else f"{FOLDER}-{number}") for number in count(1))
    place = next(place for place in places if not place.exists())
    return write_sheets(place, form, rows(labels, form, told))
