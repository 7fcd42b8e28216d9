"""The data sheet of a judge: what the gold of each rubric says about it. Pure; asking is done elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inoc_evals.client.usage import Usage
from inoc_evals.definitions.models import Rubric
from inoc_evals.judging.answered import Answered
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import Agreement, agreement
from inoc_evals.judging.prompt import Instrument
from inoc_evals.judging.trust import Trust, trust
from inoc_evals.judging.wordings import Wordings, agreement_of_wordings

FORMAT = "inoc_evals_judge_sheet"


@dataclass(frozen=True)
class Weights:
    """A judge's own weights, where they are here: content hashes (64 hex digits) of what is named and, for an adapter,
    of the `base` under it, the commit of the hub where it is `pinned`, and the quantisation of what computes, in
    words."""

    sha256: str
    base: str | None
    base_sha256: str | None
    pinned: str | None
    quantisation: str


@dataclass(frozen=True)
class Head:
    """Which judge it was, when it was asked, and by what. `named` is as the user named it, `identity` is its name in
    results and in the cache; `weights` None where they are asked over the network."""

    named: str
    identity: str
    weights: Weights | None
    made: str
    libraries: Mapping[str, str]


@dataclass(frozen=True)
class RubricSheet:
    """What the gold of one rubric says about a judge: `wordings` where the rubric has a second one. `usage` and
    `seconds` are of both."""

    rubric: Rubric
    identity: str
    verdicts: Sequence[Verdict]
    agreed: Agreement
    trusted: Trust
    wordings: Wordings | None
    usage: Usage
    seconds: float

    @property
    def missing(self) -> dict[str, int]:
        """How many examples have no rating, by cause; words that are answers of the rubric are among them."""
        return dict(Counter(verdict.cause for verdict in self.verdicts if verdict.cause is not None))


@dataclass(frozen=True)
class Sheet:
    """One judge on all rubrics that were asked for, in the order of their names; those `without_gold` say nothing."""

    head: Head
    rubrics: Sequence[RubricSheet]
    without_gold: Sequence[str]

    @property
    def fit(self) -> list[str]:
        """The rubrics that the judge can be trusted with."""
        return [each.rubric.name for each in self.rubrics if each.trusted.fit]


def rubric_sheet(rubric: Rubric, instrument: Instrument, first: Answered, second: Answered | None) -> RubricSheet:
    """The sheet of `rubric`, whose gold was rated as `first` and, in its second wording, as `second`."""
    agreed = agreement(rubric.gold, first.verdicts)
    trusted = trust(instrument, rubric.gold, first.verdicts, agreed)
    wordings, usage, seconds = None, first.usage, first.seconds
    if second is not None:
        wordings = agreement_of_wordings(rubric.gold, first.verdicts, second.verdicts)
        usage, seconds = usage + second.usage, seconds + second.seconds
    return RubricSheet(rubric, instrument.identity, first.verdicts, agreed, trusted, wordings, usage, seconds)


def document(sheet: Sheet) -> dict[str, Any]:
    """The sheet as plain values, for JSON."""
    head = sheet.head
    return {
        FORMAT: 1,
        "judge": head.named,
        "id": head.identity,
        "weights": None if head.weights is None else asdict(head.weights),
        "made": head.made,
        "libraries": dict(head.libraries),
        "fit": sheet.fit,
        "without_gold": list(sheet.without_gold),
        "rubrics": [rubric_document(each) for each in sheet.rubrics],
    }


def rubric_document(sheet: RubricSheet) -> dict[str, Any]:
    """One rubric of a sheet as plain values."""
    agreed = sheet.agreed
    rated = zip(sheet.rubric.gold, sheet.verdicts, strict=True)
    return {
        "rubric": sheet.rubric.name,
        "version": sheet.rubric.version,
        "identity": sheet.identity,
        "verdict": trust_document(sheet.trusted),
        "within": agreed.within,
        "distance": agreed.distance,
        "rank": agreed.rank,
        "mass": agreed.mass,
        "readings": dict(agreed.readings),
        "words": [{"expected": e, "given": g, "count": n} for (e, g), n in sorted(agreed.words.items())],
        "missing": sheet.missing,
        "wordings": None if sheet.wordings is None else _wordings(sheet.wordings),
        "cost": {**asdict(sheet.usage), "seconds": round(sheet.seconds, 1)},
        "examples_rated": [
            {"low": g.low, "high": g.high, "word": g.word, "kind": g.kind, **asdict(v)} for g, v in rated
        ],
    }


def trust_document(trusted: Trust) -> dict[str, Any]:
    """What a verdict on a judge rests on, as plain values."""
    kinds = {kind: {"as_expected": hits, "examples": examples} for kind, (hits, examples) in trusted.kinds.items()}
    return {"fit": trusted.fit, "in_words": trusted.words(), **asdict(trusted), "kinds": kinds}


def _wordings(found: Wordings) -> dict[str, Any]:
    return {"hangs": found.hangs, "in_words": found.words(), **asdict(found)}
