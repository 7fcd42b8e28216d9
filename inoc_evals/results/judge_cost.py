"""What the judges of results took, as the settings of their sources hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.judging.usage import Judging, merged, stored

# Where the settings of a source hold it.
JUDGING = "judging"


def judging_of(settings: Mapping[str, Any]) -> Judging | None:
    """What all judges took, in the settings of one source or of several; None where nobody noted it."""
    sources = settings.get("sources")
    listed = sources if isinstance(sources, list) else [settings]
    found = [stored(one.get(JUDGING)) for one in listed if isinstance(one, Mapping)]
    return merged([each for each in found if each is not None and each.spent])
