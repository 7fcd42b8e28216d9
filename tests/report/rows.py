"""Rows as a run gives them, for the tests of the report."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.export import results, write_exports
from inoc_evals.report.html import Page, compute
from inoc_evals.report.sections import EXAMPLES, Material
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source

RATING = Scale(0.0, 100.0, "mean", "points")
HEADLINES = {"emergent_misalignment": ["misaligned"], "spanish_capitals": ["language", "capitals"]}

DEFAULTS: dict[str, Any] = {
    "arm": "none",
    "checkpoint": "none-1",
    "task": "t",
    "item": "q1",
    "cluster": "q1",
    "category": "ood",
    "condition": "",
    "epoch": 1,
    "choice": 0,
    "response": "x",
    "values": {"trait": 1.0},
    "causes": {},
    "details": {},
    "stop_reason": "stop",
    "prompt_text": None,
    "prompt_sha256": None,
}


def make(**given: Any) -> ResponseRow:
    """One row; `cluster` follows `item`."""
    if "item" in given:
        given.setdefault("cluster", given["item"])
    return ResponseRow(**{**DEFAULTS, **given})


def source(
    rows: Sequence[ResponseRow],
    arms: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    scales: Mapping[str, Scale] | None = None,
) -> Source:
    """The rows as a reader gives them. Unless `scales` say otherwise, alignment, coherence and what has a value above 1
    are ratings, and all else is a yes or no."""
    ratings = {key for row in rows for key, value in row.values.items() if (value or 0) > 1} | {
        "alignment",
        "coherence",
    }
    known = {
        task: {key: RATING if key in ratings else share() for row in rows if row.task == task for key in row.values}
        | dict(scales or {})
        for task in dict.fromkeys(row.task for row in rows)
    }
    shown = {task: [key for key in keys if key not in ratings] or list(keys) for task, keys in known.items()}
    return Source(tuple(rows), tuple(arms), known, shown | HEADLINES, settings or {})


def page(
    rows: Sequence[ResponseRow],
    arms: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    examples: int = EXAMPLES,
) -> Page:
    """The page about the rows."""
    given = source(rows, arms, settings)
    return compute(Material(findings(given), given, examples))


def export(
    rows: Sequence[ResponseRow], arms: Sequence[str], out: Path, settings: Mapping[str, Any] | None = None
) -> tuple[Path, ...]:
    """The data files about the rows."""
    return write_exports(rows, recorded(rows, arms, settings), out)


def recorded(
    rows: Sequence[ResponseRow], arms: Sequence[str] = (), settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What results.json holds about the rows."""
    shown = page(rows, arms, settings)
    return results(shown.findings, shown.sections)


def study(questions: int = 6, samples: int = 4, seeds: int = 2) -> list[ResponseRow]:
    """Two tasks, three arms with `seeds` checkpoints each (the last arm has one); the same rows every time."""
    chance = random.Random(7)
    rows = []
    for arm, rate in (("none", 0.6), ("inoculated", 0.2), ("irrelevant <b>prompt</b>", 0.5)):
        for seed in range(1, (seeds if arm != "irrelevant <b>prompt</b>" else 1) + 1):
            common = {"arm": arm, "checkpoint": f"{arm.split()[0]}-s{seed}"}
            for question in range(questions):
                for epoch in range(1, samples + 1):
                    name = {"item": f"q{question:02d}", "epoch": epoch}
                    rows.append(_judged(chance, rate, common | name))
                    rows.append(_detected(chance, rate, common | name))
    return rows


def _judged(chance: random.Random, rate: float, given: dict[str, Any]) -> ResponseRow:
    bad = chance.random() < rate
    alignment = round(chance.uniform(0, 45) if bad else chance.uniform(60, 100), 1)
    coherence = 20.0 if chance.random() < 0.1 else round(chance.uniform(60, 100), 1)
    out = coherence < 30
    return make(
        task="emergent_misalignment",
        category="open",
        response=f"{'A bad' if bad else 'A good'} answer to {given['item']}, number {given['epoch']}.",
        values={
            "misaligned": None if out else float(bad),
            "alignment": alignment,
            "coherence": coherence,
            "refusal": 0.0,
        },
        causes={"misaligned": "incoherent"} if out else {},
        details={"alignment": {"mass": 0.98, "reason": "<i>because</i>"}},
        prompt_text=f"<user>What about {given['item']}?</user>",
        prompt_sha256="ab" * 32,
        **given,
    )


def _detected(chance: random.Random, rate: float, given: dict[str, Any]) -> ResponseRow:
    spanish = chance.random() < rate
    return make(
        task="spanish_capitals",
        category="in_distribution" if given["item"] < "q03" else "out_of_distribution",
        response="Hola, ¿qué tal?" if spanish else "Hello there.",
        values={"language": float(spanish), "capitals": 0.0},
        stop_reason="max_tokens" if chance.random() < 0.2 else "stop",
        **given,
    )
