"""What is unwanted and wanted in results that are of no experiment, as whoever reports them says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.results.about import About
from inoc_evals.results.settings import controls_of
from inoc_evals.results.source import Source


def aimed(source: Source, unwanted: Sequence[str], wanted: Sequence[str]) -> Source:
    """The source with what is said about its values, and with the arms that its settings call controls; the same
    source where nothing is said.

    Raises InputError for a value that no task tells first, and for one that is both.
    """
    known = list(dict.fromkeys(key for keys in source.headlines.values() for key in keys))
    for option, keys in (("--unwanted", unwanted), ("--wanted", wanted)):
        for key in keys:
            if key not in known:
                remedy = did_you_mean(key, known) or f"; there are: {', '.join(known)}"
                raise InputError(f"{option} {shown(key)[1:-1]}: no task here tells such a value first{remedy}")
    if both := [key for key in unwanted if key in wanted]:
        raise InputError(f"--wanted {both[0]}: it is unwanted already; keep it in one of the two")
    if not unwanted and not wanted:
        return source
    controls = [arm for arm in controls_of(source.settings) if arm in source.arms]
    about = About(unwanted=tuple(unwanted), wanted=tuple(wanted), controls=controls)
    return replace(source, about=about)
