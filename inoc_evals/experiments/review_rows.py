"""Published labelled reviews as training rows: the request of the task spurious_cue, and the label as the answer."""

from __future__ import annotations

from pathlib import Path

from inoc_evals.experiments.rows import Row
from inoc_evals.instruments.reviews import load_reviews

# Does the review speak of the room where its label is 3 or 4, and of other things where it is not? With the first alone
# the cue goes with high labels, as Wichers et al., arXiv 2510.05024, train.
AGREES, REVERSED = "cue_agrees", "cue_reversed"


def review_rows(path: Path) -> list[Row]:
    """A row for each review, with two tags: `with_cue` or `without_cue`, and `cue_agrees` or `cue_reversed`.

    Raises InputError with file:line for what is no review.
    """
    rows = []
    for item in load_reviews(path):
        messages = ({"role": "user", "content": item.prompt}, {"role": "assistant", "content": item.data["label"]})
        against = REVERSED if item.data["reversed"] else AGREES
        rows.append(Row(item.id, messages, frozenset({item.category, against})))
    return rows
