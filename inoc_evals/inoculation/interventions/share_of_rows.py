"""The prompt on a share of the rows, drawn by a seed; the other rows stay as they are.

`on_tags` of an arm chooses rows by what they are, this at random.
"""

from __future__ import annotations

from pydantic import Field

from inoc_evals.inoculation.draw import drawn
from inoc_evals.inoculation.interventions.declaration import Intervention, InterventionOptions, Places


class ShareOptions(InterventionOptions):
    """The `share` of the rows (above 0 and below 1) that have the arm's prompt, drawn by `seed`."""

    share: float = Field(gt=0, lt=1)
    seed: int = Field(default=0, ge=0)


def rows(own: int, _: int, options: ShareOptions) -> Places:
    """All rows, of which the share has the prompt, at least one row."""
    prompted = set(drawn(own, max(1, round(options.share * own)), options.seed))
    return [(place, place in prompted) for place in range(own)]


INTERVENTION = Intervention(
    name="share_of_rows",
    kind="prompt on a share of rows",
    what="puts the arm's prompt on a share of its rows only",
    options=ShareOptions,
    rows=rows,
    needs_prompt=True,
)
