"""The data sheet of a judge: what the gold of each rubric says about it. Pure; asking is done elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.answered import Answered
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import Agreement, agreement, versions_of
from inoc_evals.judging.prompt import Instrument
from inoc_evals.judging.trust import Trust, trust
from inoc_evals.judging.usage import plain
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
    """What the gold of one rubric says about a judge, which `answered` by all wordings of the rubric: `wordings` where
    there are two."""

    rubric: Rubric
    identity: str
    answered: Answered
    agreed: Agreement
    trusted: Trust
    wordings: Wordings | None

    @property
    def missing(self) -> dict[str, int]:
        """How many examples have no rating, by cause; words that are answers of the rubric are among them."""
        return dict(Counter(verdict.cause for verdict in self.answered.verdicts if verdict.cause is not None))

    @property
    def judge(self) -> str:
        """Its name in results."""
        return self.answered.judge

    @property
    def about(self) -> str:
        """The identity of what the judge was asked."""
        return self.identity

    @property
    def answered_as(self) -> list[str]:
        """The versions of the judge that rated by any wording, as far as it tells one."""
        return versions_of(verdict for verdicts in self.answered.by for verdict in verdicts)

    def after(self, earlier: RubricSheet) -> RubricSheet:
        """The same with what `earlier` took added to what this took."""
        return replace(self, answered=self.answered.after(earlier.answered))


@dataclass(frozen=True)
class Sheet:
    """One judge on all rubrics that were asked for, one at least, in the order of their names; those `without_gold` say
    nothing."""

    head: Head
    rubrics: Sequence[RubricSheet]
    without_gold: Sequence[str]

    @property
    def version(self) -> Mapping[str, Any]:
        """Who answered, as it stands in documents: one version, on all rubrics."""
        return self.rubrics[-1].answered.version

    @property
    def fit(self) -> list[str]:
        """The rubrics that the judge can be trusted with."""
        return [each.rubric.name for each in self.rubrics if each.trusted.fit]


def rubric_sheet(rubric: Rubric, instrument: Instrument, found: Answered) -> RubricSheet:
    """The sheet of `rubric`, whose gold was answered by `instrument` and, where it has a second wording, by that."""
    agreed = agreement(rubric.gold, found.verdicts)
    trusted = trust(instrument, rubric.gold, found.verdicts, agreed)
    wordings = agreement_of_wordings(rubric.gold, *found.by) if len(found.by) == 2 else None
    return RubricSheet(rubric, instrument.identity, found, agreed, trusted, wordings)


def document(sheet: Sheet) -> dict[str, Any]:
    """The sheet as plain values, for JSON."""
    head = sheet.head
    return {
        FORMAT: 1,
        "judge": head.named,
        "id": head.identity,
        "version": dict(sheet.version),
        "weights": None if head.weights is None else asdict(head.weights),
        "made": head.made,
        "libraries": dict(head.libraries),
        "fit": sheet.fit,
        "without_gold": list(sheet.without_gold),
        "rubrics": [rubric_document(each) for each in sheet.rubrics],
    }


def rubric_document(sheet: RubricSheet) -> dict[str, Any]:
    """One rubric of a sheet as plain values."""
    rubric = sheet.rubric
    return {"rubric": rubric.name, "version": rubric.version, "identity": sheet.identity, **gold_document(sheet)}


def gold_document(sheet: RubricSheet) -> dict[str, Any]:
    """What a judge says of the gold of a rubric as plain values, with what that says about the judge."""
    agreed, trusted, found = sheet.agreed, sheet.trusted, sheet.answered
    kinds = {kind: {"as_expected": hits, "examples": examples} for kind, (hits, examples) in trusted.kinds.items()}
    verdict = {"fit": trusted.fit, "undecided": trusted.undecided, "in_words": trusted.words()}
    rated = zip(sheet.rubric.gold, found.verdicts, strict=True)
    return {
        "verdict": {**verdict, **asdict(trusted), "kinds": kinds},
        **asdict(agreed),
        "words": [{"expected": e, "given": g, "count": n} for (e, g), n in sorted(agreed.words.items())],
        "missing": sheet.missing,
        "wordings": None if sheet.wordings is None else _wordings(sheet.wordings, found.by[1]),
        "cost": {**plain(found.judging), "seconds": round(found.seconds, 1)},
        "examples_rated": [
            {"low": g.low, "high": g.high, "word": g.word, "kind": g.kind, **asdict(v)} for g, v in rated
        ],
    }


def _wordings(found: Wordings, reworded: Sequence[Verdict]) -> dict[str, Any]:
    told = {"hangs": found.hangs, "in_words": found.words(), **asdict(found)}
    return {**told, "reworded": [asdict(verdict) for verdict in reworded]}
