"""Which versions of judges rated results: what is noted with them, and when two of one name must be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

# Under which name it stands with results and in settings.
RATED_BY = "rated_by"
# Who rated, by names; in a log that was rated after its run by rating.
JUDGES = "judges"


class RatedBy(BaseModel):
    """The `versions` of one judge that gave ratings, and the `fingerprints` of what served it, as it told them."""

    model_config = ConfigDict(strict=True)

    versions: list[str] = []
    fingerprints: list[str] = []


def all_noted(noted: Iterable[Mapping[str, RatedBy]]) -> dict[str, dict[str, list[str]]]:
    """By judge what several notes say together, each version and fingerprint once."""
    versions: dict[str, dict[str, None]] = {}
    fingerprints: dict[str, dict[str, None]] = {}
    for judges in noted:
        for name, note in judges.items():
            versions.setdefault(name, {}).update(dict.fromkeys(note.versions))
            fingerprints.setdefault(name, {}).update(dict.fromkeys(note.fingerprints))
    return {name: {"versions": [*versions[name]], "fingerprints": [*fingerprints[name]]} for name in versions}


def noted_of(settings: object) -> dict[str, RatedBy]:
    """What settings, or the record of a run, note; nothing for what was not written so."""
    noted = settings.get(RATED_BY) if isinstance(settings, Mapping) else None
    listed = noted.items() if isinstance(noted, Mapping) else ()
    return {str(name): note for name, each in listed if (note := _note(each)) is not None}


def _note(noted: object) -> RatedBy | None:
    lists = {name: noted.get(name, []) for name in RatedBy.model_fields} if isinstance(noted, Mapping) else None
    if lists is None or not all(isinstance(texts, list) and all(map(_text, texts)) for texts in lists.values()):
        return None
    return RatedBy(**lists)


def _text(value: object) -> bool:
    return isinstance(value, str)


def changed_judges(settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each judge of which several versions rated the results with these settings, of one source or of
    several."""
    return [
        f"ratings by {name} are of {len(note['versions'])} versions of it, {' and '.join(note['versions'])}, which may "
        "be why values differ; `inoc-evals judges rate` rates all by the one that answers now"
        for name, note in all_noted(map(noted_of, _with_inner(settings))).items()
        if len(note["versions"]) > 1
    ]


def _with_inner(settings: object) -> Iterator[object]:
    """The settings, and all that runs of either harness and files of rows hold in them."""
    yield settings
    if not isinstance(settings, Mapping):
        return
    for name in ("sources", "logs", "samples"):
        inner = settings.get(name)
        for each in inner if isinstance(inner, list) else ():
            yield from _with_inner(each)
    if "source" in settings:
        yield from _with_inner(settings["source"])
